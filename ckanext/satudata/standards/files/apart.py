"""Files read by a process of its own, with limits of memory and time: what a crooked one breaks is not the portal.

What the readers of XLS and PDF take into memory depends on what the file claims; here it is bounded by the system.
A workbook of zeros or a PDF that unpacks without end costs its reader its life, and the file gets a finding.
"""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
import sys
import threading
from collections.abc import Generator
from pathlib import Path
from typing import Any

_READER = Path(__file__).with_name("reader.py")
_LIBRARIES = {"XLS": "xlrd", "PDF": "pypdfium2"}
#: Address space of a reader: far more than a workbook of 10 MB or a PDF of 7,000 pages needs (docs/measured.md).
MEGABYTES = 1024
#: No line of a reader is longer; one that is comes from no reader of ours.
_LONGEST_LINE = 64 * 1024 * 1024
_SPARE_SECONDS = 5


class Ended(ValueError):
    """The reader was ended by a limit, or by the file. Its argument is the trouble (see ``FileFacts.trouble``)."""


def read(kind: str, path: Path, seconds: float) -> Generator[dict[str, Any], None, None]:
    """What stands in a file, piece by piece as :mod:`reader` tells it; stop early by closing.

    :param kind: ``XLS`` or ``PDF``
    :param seconds: of processor time, and with some to spare of the clock
    :raises Ended: it could not be read to its end
    """
    found = importlib.util.find_spec(_LIBRARIES[kind])
    folder = str(Path(found.origin).parent.parent) if found is not None and found.origin else ""
    allowed = max(1, int(seconds))
    command = [_python(), "-I", str(_READER), kind, str(path), str(MEGABYTES), str(allowed), folder]
    reader = subprocess.Popen(  # noqa: S603 -- our own reader; of the file only its path is given
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        cwd="/",
        env={"LANG": "C.UTF-8", "PATH": os.environ.get("PATH", "")},
        close_fds=True,
    )
    clock = threading.Timer(allowed + _SPARE_SECONDS, reader.kill)
    clock.daemon = True
    clock.start()
    assert reader.stdout is not None
    try:
        while (line := reader.stdout.readline(_LONGEST_LINE)).endswith(b"\n"):
            said = json.loads(line)
            if "trouble" in said:
                raise Ended(str(said["trouble"]))
            if "done" in said:
                return
            yield said
        # SIGXCPU, SIGKILL, SIGABRT where memory ran out in C++: what is inside is too much, or built to be.
        raise Ended("too_large" if reader.wait() < 0 else "unreadable")
    finally:
        clock.cancel()
        reader.kill()
        reader.stdout.close()
        reader.wait()


def _python() -> str:
    """The interpreter this runs in; within a web server that embeds it, ``sys.executable`` is the server."""
    if Path(sys.executable or "").name.startswith("python"):
        return sys.executable
    for folder in (sys.prefix, sys.exec_prefix, sys.base_prefix):
        candidate = Path(folder) / "bin" / "python3"
        if candidate.exists():
            return str(candidate)
    return "python3"
