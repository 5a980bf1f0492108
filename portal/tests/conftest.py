"""Directories and processes of the launcher's own tests."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from portal.home import Home


@pytest.fixture
def home(tmp_path: Path) -> Home:
    """An empty directory for a portal."""
    made = Home(tmp_path / "home")
    made.prepare()
    return made


@pytest.fixture
def sleeper() -> Iterator[Callable[..., subprocess.Popen[bytes]]]:
    """Make processes that wait, with words of our choice on their command line; ended after the test."""
    made: list[subprocess.Popen[bytes]] = []

    def make(*words: str, code: str = "import time; time.sleep(60)") -> subprocess.Popen[bytes]:
        made.append(subprocess.Popen([sys.executable, "-c", code, *words], start_new_session=True))
        return made[-1]

    yield make
    for process in made:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
