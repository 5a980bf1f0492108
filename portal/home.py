"""The portal's own directory: where everything lies, what it remembers, and who may change it at a time."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import secrets
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from portal.errors import PortalError

# The servers start in threads of one process, and each remembers its port.
_one_writer = threading.Lock()
MARK = "made-by-satudata-portal"
ROOT = Path(__file__).resolve().parent.parent


class Home:
    """One portal's directory.

    :param path: the directory; ``SATUDATA_PORTAL_HOME`` or ``.portal`` in the checkout if not given
    """

    def __init__(self, path: Path | str | None = None) -> None:
        chosen = path or os.environ.get("SATUDATA_PORTAL_HOME") or ROOT / ".portal"
        self.path = Path(chosen).expanduser().resolve()
        self.run = self.path / "run"
        self.log = self.path / "log"

    def prepare(self) -> None:
        """Make the directories, readable by their owner only (they hold passwords and data)."""
        try:
            self.path.mkdir(parents=True, exist_ok=True)
            self.run.mkdir(exist_ok=True)
            self.log.mkdir(exist_ok=True)
            (self.path / ".gitignore").write_text("*\n")
            (self.path / MARK).touch()
        except OSError as error:
            raise PortalError(
                f"The directory {self.path} cannot be written: {error.strerror}.",
                "Give another one: SATUDATA_PORTAL_HOME=/some/dir make …",
            ) from error

    def is_ours(self) -> bool:
        """Whether this directory was made by us, and may be removed by us."""
        return self.path == ROOT / ".portal" or (self.path / MARK).is_file()

    def pid_file(self, name: str) -> Path:
        return self.run / f"{name}.pid"

    def log_file(self, name: str) -> Path:
        return self.log / f"{name}.log"

    @property
    def state(self) -> dict[str, Any]:
        """What was chosen before (ports and the like); empty for a new or damaged file."""
        return _read_json(self.path / "state.json")

    def remember(self, **values: Any) -> None:
        """Add values to the state."""
        with _one_writer:
            _write_json(self.path / "state.json", {**self.state, **values})

    def secret(self, name: str, length: int = 32) -> str:
        """A random secret, made at first use and kept in a file that only its owner reads."""
        path = self.path / "secrets.json"
        with _one_writer:
            known = _read_json(path)
            if name not in known:
                known[name] = secrets.token_urlsafe(length)
                _write_json(path, known)
        return str(known[name])

    @contextlib.contextmanager
    def lock(self) -> Iterator[None]:
        """One command at a time changes this portal; a second one waits and says so."""
        self.prepare()
        with (self.path / "lock").open("w") as handle:
            waiting = False
            while True:
                try:
                    fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    break
                except OSError:
                    if not waiting:
                        print(f"Waiting: another command is working on {self.path} …", file=sys.stderr)
                        waiting = True
                    time.sleep(0.2)
            yield


def _read_json(path: Path) -> dict[str, Any]:
    try:
        read = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return read if isinstance(read, dict) else {}


def _write_json(path: Path, values: dict[str, Any]) -> None:
    part = path.with_suffix(".part")
    part.touch(mode=0o600)
    part.write_text(json.dumps(values, indent=1, sort_keys=True) + "\n", encoding="utf-8")
    part.replace(path)
