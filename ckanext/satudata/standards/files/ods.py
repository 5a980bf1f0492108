"""ODS: the sheets of a workbook of LibreOffice, as text."""

from __future__ import annotations

import zipfile
from collections.abc import Callable, Iterator
from typing import Any

from ckanext.satudata.standards.files.xlsx import number
from ckanext.satudata.standards.files.xmlparts import Sheet, feed, local, parser

#: A cell or row repeated oftener than this is the empty edge of the sheet.
_MOST_REPEATED = 1_000
_NUMBERS = frozenset(("float", "currency", "percentage"))


def sheets(archive: zipfile.ZipFile, go_on: Callable[..., bool]) -> Iterator[Sheet]:
    """The sheets in their order, all from one part, each read before the next."""
    made = parser()
    reader = _Reader(made)
    made.StartElementHandler, made.EndElementHandler = reader.start, reader.end
    source = feed(archive, "content.xml", made, go_on)
    state = {"ended": False}

    def more() -> bool:
        state["ended"] = next(source, "end") == "end"
        return not state["ended"]

    number_of = 0
    while True:
        while len(reader.sheets) <= number_of and more():
            pass
        if len(reader.sheets) <= number_of:
            return
        sheet = reader.sheets[number_of]
        sheet.rows = _rows(reader, number_of, more)
        yield sheet
        for _ in sheet.rows:
            pass
        number_of += 1


def _rows(reader: _Reader, place: int, more: Callable[[], bool]) -> Iterator[tuple[int, list[str]]]:
    waiting = reader.rows[place]
    while True:
        yield from waiting
        waiting.clear()
        if place in reader.closed or not more():
            yield from waiting
            waiting.clear()
            return


class _Reader:
    """Handlers of expat: they gather rows per sheet."""

    def __init__(self, made: Any) -> None:
        self.made = made
        self.sheets: list[Sheet] = []
        self.rows: list[list[tuple[int, list[str]]]] = []
        self.closed: set[int] = set()
        self._row: list[str] = []
        self._at = 0
        self._times = 1
        self._cell: dict[str, str] = {}
        self._text: list[str] = []
        self._inside = 0

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        name = local(tag)
        if name == "table":
            given = _plain(attributes)
            self.sheets.append(Sheet(given.get("name", "")))
            self.rows.append([])
            self._at = 0
        elif name == "table-row":
            self._row = []
            self._times = _times(_plain(attributes).get("number-rows-repeated"))
        elif name in ("table-cell", "covered-table-cell"):
            self._cell = _plain(attributes)
            self._text = []
            sheet = self.sheets[-1] if self.sheets else Sheet("")
            sheet.formulas += "formula" in self._cell
            spans = (self._cell.get("number-columns-spanned", "1"), self._cell.get("number-rows-spanned", "1"))
            sheet.merged += spans != ("1", "1")
        elif name == "annotation":
            self._inside += 1
        elif name == "p" and not self._inside and self._cell:
            if self._text:
                self._text.append("\n")
            self.made.CharacterDataHandler = self._text.append

    def end(self, tag: str) -> None:
        name = local(tag)
        if name == "p":
            self.made.CharacterDataHandler = None
        elif name == "annotation":
            self._inside -= 1
        elif name in ("table-cell", "covered-table-cell"):
            value = self._value()
            times = _times(self._cell.get("number-columns-repeated"))
            if times <= _MOST_REPEATED and len(self._row) + times <= 16_384:
                self._row += [value] * times
            self._cell = {}
        elif name == "table-row":
            if any(self._row):
                waiting = self.rows[-1]
                for offset in range(min(self._times, _MOST_REPEATED)):
                    waiting.append((self._at + 1 + offset, list(self._row)))
            self._at += self._times
        elif name == "table":
            self.closed.add(len(self.sheets) - 1)

    def _value(self) -> str:
        kind = self._cell.get("value-type", "")
        if kind in _NUMBERS:
            return number(self._cell.get("value", "")) if "value" in self._cell else "".join(self._text)
        if kind == "date":
            return self._cell.get("date-value", "").removesuffix("T00:00:00")
        return "".join(self._text)


def _plain(attributes: dict[str, str]) -> dict[str, str]:
    return {local(key): value for key, value in attributes.items()}


def _times(value: str | None) -> int:
    return max(1, int(value)) if value and value.isdigit() else 1
