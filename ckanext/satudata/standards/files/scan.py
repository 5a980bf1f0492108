"""What is in a file: the one function that looks, whatever the file is."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from ckanext.satudata.standards.files import delimited, kinds, pdf, records, sheets, xls
from ckanext.satudata.standards.files.facts import FileFacts

log = logging.getLogger(__name__)

_PIECE = 1 << 20
#: So long a look may take, in seconds; what is left is not looked at, and the facts say so.
LONGEST = 600.0

Progress = Callable[[float], None]


def look(path: Path, said: str, progress: Progress | None = None, seconds: float = LONGEST) -> FileFacts:
    """Read a file and say what was seen. Nothing in it is executed, and whatever is in it, this returns.

    :param path: of the file
    :param said: declared format, upper case without a dot (``CSV``); an unknown one is only named by its bytes
    :param progress: told now and then how far it is, from 0 to 1
    :param seconds: after so long the rest is left unread (``complete`` is False then)
    """
    began = time.monotonic()
    try:
        facts = FileFacts(size=path.stat().st_size)
    except OSError:
        return FileFacts(trouble="missing")
    done = 0

    def go_on(bytes_read: int = 0) -> bool:
        nonlocal done
        done += bytes_read
        if progress is not None and facts.size:
            progress(min(0.99, done / facts.size))
        return time.monotonic() - began < seconds

    try:
        _look(path, said, facts, go_on, seconds)
    except (OSError, MemoryError) as error:
        log.warning("A file could not be looked into: %s", type(error).__name__)
        facts.trouble = facts.trouble or "unreadable"
    except Exception as error:
        # A hostile file ends here; its content stays out of the log.
        log.warning("A %s file of %d bytes broke the look: %s", facts.kind, facts.size, type(error).__name__)
        facts.trouble = facts.trouble or "unreadable"
        facts.complete = False
    facts.seconds = round(time.monotonic() - began, 3)
    return facts


def _look(path: Path, said: str, facts: FileFacts, go_on: Callable[..., bool], seconds: float) -> None:
    found = kinds.look(path, said)
    facts.kind, facts.trouble = found.kind, found.trouble
    facts.macros, facts.external = found.macros, found.external
    if facts.trouble:
        return
    if facts.kind == "CSV" and said in ("CSV", "TSV", ""):
        delimited.scan(_pieces(path, go_on), said, facts, go_on)
    elif facts.kind == "JSON":
        records.scan(path, facts, go_on)
    elif facts.kind in ("XLSX", "ODS"):
        sheets.scan(path, facts, go_on)
    elif facts.kind == "XLS":
        xls.scan(path, facts, go_on, seconds)
    elif facts.kind == "PDF":
        pdf.scan(path, facts, go_on, seconds)


def _pieces(path: Path, go_on: Callable[..., bool]) -> Iterator[bytes]:
    with path.open("rb") as stream:
        while piece := stream.read(_PIECE):
            yield piece
            go_on(len(piece))
