"""Parts of a workbook, parsed as they are unpacked: expat, without document types, entities or outside addresses."""

from __future__ import annotations

import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any
from xml.parsers import expat

_PIECE = 256 * 1024
#: A small part (names of sheets, styles) that is larger than this is no small part.
LARGEST_SMALL = 16 * 1024 * 1024


class Entities(ValueError):
    """The part declares a document type or entities: no program that writes workbooks does."""


class TooLarge(ValueError):
    """More than is taken into memory."""


@dataclass
class Sheet:
    """One sheet: its name, and its rows as they are read; the counts are final after the last row."""

    name: str
    hidden: bool = False
    rows: Iterator[tuple[int, list[str]]] = field(default_factory=lambda: iter(()))
    merged: int = 0
    formulas: int = 0


def parser() -> Any:
    """An expat parser that refuses what is not plain XML; names come with their prefix."""
    made: Any = expat.ParserCreate()
    made.buffer_text = True
    made.buffer_size = 1 << 16

    def refuse(*_args: Any) -> None:
        raise Entities

    made.StartDoctypeDeclHandler = refuse
    made.EntityDeclHandler = refuse
    made.UnparsedEntityDeclHandler = refuse
    made.ExternalEntityRefHandler = refuse
    return made


def feed(archive: zipfile.ZipFile, name: str, made: Any, go_on: Callable[..., bool]) -> Iterator[None]:
    """Parse a part piece by piece, stopping after each for what the handlers have gathered."""
    with archive.open(name) as stream:
        while piece := stream.read(_PIECE):
            made.Parse(piece, False)
            more = go_on(len(piece))
            yield
            if not more:
                return
    made.Parse(b"", True)
    yield


def small(archive: zipfile.ZipFile, name: str, start: Callable[[str, dict[str, str]], None]) -> None:
    """Parse a small part at once, calling ``start(local name, attributes by local name)`` for each element.

    :raises TooLarge: it is not small
    """
    if name not in archive.namelist():
        return
    if archive.getinfo(name).file_size > LARGEST_SMALL:
        raise TooLarge
    made = parser()

    def handle(tag: str, attributes: dict[str, str]) -> None:
        start(local(tag), {local(key): value for key, value in attributes.items()})

    made.StartElementHandler = handle
    with archive.open(name) as stream:
        made.Parse(stream.read(LARGEST_SMALL), True)


def local(name: str) -> str:
    """A name without its prefix; no two elements that matter here differ by prefix alone."""
    return name.rsplit(":", 1)[-1]
