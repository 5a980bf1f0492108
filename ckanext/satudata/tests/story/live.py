"""A portal that answers over HTTP: ``ckan run`` on the databases of the test, as a process of its own."""

from __future__ import annotations

import contextlib
import itertools
import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from ckantoolkit import config

ROOT = Path(__file__).resolve().parents[4]
CKAN = Path(sys.executable).with_name("ckan")
_WAIT = 240
_PORTS = itertools.count(os.getpid() * 97 % 11_000 + 20_000)


@dataclass
class LivePortal:
    """Where it answers, and what it runs with."""

    url: str
    ini: Path
    log: Path

    def ckan(self, *arguments: str) -> str:
        """Run a command of CKAN's on this portal, such as the worker's burst; what it printed."""
        done = subprocess.run(
            [CKAN, "-c", self.ini, *arguments], capture_output=True, text=True, check=False, timeout=_WAIT
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout


def free_port() -> int:
    """A port of this machine that nobody listens on.

    Each process of the tests counts up from a place of its own, below the ports that the system hands out to every
    outgoing connection: nobody else takes it before the server that it is for.
    """
    for port in _PORTS:
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(("127.0.0.1", port))
            return port
    raise AssertionError("unreachable")


@contextlib.contextmanager
def serve(directory: Path, **options: str) -> Iterator[LivePortal]:
    """Start the portal of ``test.ini`` with these options in addition, and end it.

    :param directory: for its configuration and log
    :param options: of CKAN, with ``__`` for each dot
    """
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    ini, log = directory / "live.ini", directory / "live.log"
    settings = {
        "ckan.site_url": url,
        # The same files for both: some tests upload here and look there.
        "ckan.storage_path": str(config["ckan.storage_path"]),
        # What a browser meets on a real portal; test.ini leaves it out for the tests that post by program.
        "WTF_CSRF_ENABLED": "true",
        "ckan.locale_default": "id",
        "ckan.locale_order": "id en",
        "ckan.locales_offered": "id en",
        **{key.replace("__", "."): value for key, value in options.items()},
    }
    lines = [f"{key} = {value.replace('%', '%%')}" for key, value in settings.items()]
    ini.write_text("\n".join(["[app:main]", f"use = config:{ROOT / 'test.ini'}", *lines, ""]), encoding="utf-8")
    # What pytest runs on decides, not test.ini alone: the environment names the servers.
    environment = {key: value for key, value in os.environ.items() if key != "CKAN_SITE_URL"}
    with log.open("w") as out:
        process = subprocess.Popen(
            [CKAN, "-c", ini, "run", "-H", "127.0.0.1", "-p", str(port), "-r", "-t"],
            stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.STDOUT, env=environment, cwd=directory,
        )  # fmt: skip
    try:
        _wait(process, url, log)
        yield LivePortal(url, ini, log)
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _wait(process: subprocess.Popen[bytes], url: str, log: Path) -> None:
    deadline = time.monotonic() + _WAIT
    while time.monotonic() < deadline:
        if process.poll() is not None:
            break
        with contextlib.suppress(OSError):
            urllib.request.urlopen(f"{url}/api/3/action/status_show", timeout=30).close()
            return
        time.sleep(0.2)
    raise AssertionError(f"The portal does not answer:\n{log.read_text()[-4000:]}")


def database_url() -> str:
    """Where the test's own portal keeps its data."""
    return str(config["sqlalchemy.url"])
