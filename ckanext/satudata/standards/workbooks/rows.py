"""Reading tables with a heading: MS-Var and MS-Ind, one row per item.

The heading may stand anywhere and take up to three rows, merged or not, with the row of column numbers ``(2) (3) …``
below it. Columns are known by their words; by their number only where the words say nothing.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ckanext.satudata.standards.bps import Item

from . import answers
from .grid import Sheet, text_of
from .labels import alike, variants
from .layout import column_keys, columns, label_of
from .problems import ERROR, INFO, Problem

#: How far down a heading is looked for, and how many rows it may take.
DEEPEST_HEADING, TALLEST_HEADING = 80, 3
FEWEST_COLUMNS = 3
#: Columns farther out are none of a form.
WIDEST = 60
_COLUMN_NUMBER = re.compile(r"^\(\s*(\d{1,2})\s*\)$")
_FOOT = re.compile(r"^(catatan|keterangan|sumber|petunjuk)\b", re.IGNORECASE)
_BULLET = re.compile(r"^\s*(?:\(?\d{1,2}[.)]|[a-z][.)]|[-•*–])\s+")


@dataclass
class Entry:
    """One item of a table: a variable or an indicator."""

    row: int
    values: dict[str, Any] = field(default_factory=dict)
    cells: dict[str, tuple[int, int]] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)

    @property
    def refused(self) -> bool:
        """Whether something in it cannot be read."""
        return any(problem.severity == ERROR for problem in self.problems)


@dataclass
class Heading:
    """Where a table begins and which column is which item."""

    form: str
    top: int
    bottom: int
    places: dict[int, Item]


@dataclass
class Table:
    """A read table; ``above`` is what the lines over it say of the activity (title, code, year)."""

    sheet: str
    form: str
    entries: list[Entry]
    above: dict[str, str]
    problems: list[Problem] = field(default_factory=list)


def heading_of(sheet: Sheet, form: str) -> Heading | None:
    """The heading of a form's table on a sheet; None where there is none."""
    wanted = [(item, column_keys(item)) for item in columns(form)]
    best: tuple[tuple[int, int, int], Heading] | None = None
    for row in sheet.rows():
        if row > DEEPEST_HEADING:
            break
        for depth in range(1, TALLEST_HEADING + 1):
            places = _columns(sheet, wanted, row, depth)
            score = (len(places), -depth, -row)
            if len(places) >= FEWEST_COLUMNS and (best is None or score > best[0]):
                best = (score, Heading(form, row, row + depth - 1, places))
    if best is None:
        return None
    heading = best[1]
    heading.places |= _nearly(sheet, wanted, heading)
    _by_number(sheet, heading, wanted)
    return heading


def _words(sheet: Sheet, top: int, bottom: int, column: int) -> list[str]:
    """What stands over a column, from the top; nothing where that is too long for a heading."""
    texts = [text_of(value) for row in range(top, bottom + 1) if (value := sheet.spread(row, column)) is not None]
    return [] if any(len(text) > 200 for text in texts) else list(dict.fromkeys(texts))


def _columns(sheet: Sheet, wanted: list[tuple[Item, frozenset[str]]], row: int, depth: int) -> dict[int, Item]:
    """The columns whose words are those of an item."""
    last = max(sheet.last_column(at) for at in range(row, row + depth))
    found: dict[int, Item] = {}
    for column in range(1, min(last, WIDEST) + 1):
        texts = _words(sheet, row, row + depth - 1, column)
        for text in (" ".join(texts), texts[-1], texts[0]) if texts else ():
            keys = variants(text)
            item = next((item for item, known in wanted if not known.isdisjoint(keys)), None)
            if item is not None:
                if item not in found.values():
                    found[column] = item
                break
    return found


def _nearly(sheet: Sheet, wanted: list[tuple[Item, frozenset[str]]], heading: Heading) -> dict[int, Item]:
    """Further columns whose words are misspelt."""
    left = [(item, known) for item, known in wanted if item not in heading.places.values()]
    near: list[tuple[float, int, Item]] = []
    last = max(sheet.last_column(at) for at in range(heading.top, heading.bottom + 1))
    for column in range(1, min(last, WIDEST) + 1):
        texts = [] if column in heading.places else _words(sheet, heading.top, heading.bottom, column)
        for item, known in left if texts else ():
            score = max((alike(key, name, 0.88) for key in variants(" ".join(texts)) for name in known), default=0.0)
            if score:
                near.append((score, column, item))
    found: dict[int, Item] = {}
    for _score, column, item in sorted(near, key=lambda each: (-each[0], each[1])):
        if column not in found and item not in found.values():
            found[column] = item
    return found


def _by_number(sheet: Sheet, heading: Heading, wanted: list[tuple[Item, frozenset[str]]]) -> None:
    """The row of column numbers belongs to the heading; it names columns whose words are not known."""
    for row in range(heading.bottom + 1, heading.bottom + 4):
        numbers = {c: m.group(1) for c, v in sheet.row(row) if (m := _COLUMN_NUMBER.match(text_of(v)))}
        if len(numbers) < FEWEST_COLUMNS:
            continue
        taken = {item.key for item in heading.places.values()}
        agreed = all(heading.places[c].no in ("", f"({n})") for c, n in numbers.items() if c in heading.places)
        for column, number in numbers.items() if agreed else ():
            item = next((item for item, _keys in wanted if item.no == f"({number})"), None)
            if column not in heading.places and item is not None and item.key not in taken:
                heading.places[column] = item
        heading.bottom = row
        return


def read(sheet: Sheet, heading: Heading, name: str) -> Table:
    """The items of a table.

    :param name: field of the item's name; a row without it goes on with the one above, or has none
    """
    entries: list[Entry] = []
    name_column = next((column for column, item in heading.places.items() if item.field == name), None)
    for row in _rows_below(sheet, heading.bottom):
        cells = _cells(sheet, row, heading.places)
        if not cells or _is_heading_again(cells) or _is_foot(cells, name_column):
            continue
        continued = name_column not in {column for column, _v in cells} and (
            entries and _goes_on(sheet, row, cells, heading.places, name_column, entries[-1])
        )
        if not continued:
            entries.append(Entry(row))
        _fill(sheet, entries[-1], row, cells, heading.places, bool(continued))
    for entry in entries:
        _split_lists(entry)
    table = Table(sheet.name, heading.form, entries, _above(sheet, heading.top))
    asked = {item.field for item in heading.places.values()}
    missing = [label_of(item) for item in columns(heading.form) if item.field not in asked and not item.officer]
    if missing:
        params = {"columns": "; ".join(missing)}
        table.problems = [Problem("missing_columns", INFO, sheet.name, heading.top, params=params)]
    return table


def _rows_below(sheet: Sheet, bottom: int) -> list[int]:
    return sorted(row for row in {*sheet.cells, *(r for r, _c in sheet.bad)} if row > bottom)


def _cells(sheet: Sheet, row: int, places: Mapping[int, Item]) -> list[tuple[int, Any]]:
    found = dict(sheet.row(row))
    for r, column in sheet.bad:
        if r == row:
            found.setdefault(column, "")
    return sorted((column, value) for column, value in found.items() if column in places)


def _is_heading_again(cells: list[tuple[int, Any]]) -> bool:
    return len(cells) >= 2 and all(_COLUMN_NUMBER.match(text_of(value)) for _column, value in cells)


def _is_foot(cells: list[tuple[int, Any]], name_column: int | None) -> bool:
    """A note below the table, in one cell; nothing an officer would call an item."""
    return len(cells) == 1 and bool(_FOOT.match(text_of(cells[0][1]))) and ":" in text_of(cells[0][1])


def _goes_on(
    sheet: Sheet,
    row: int,
    cells: list[tuple[int, Any]],
    places: Mapping[int, Item],
    name_column: int | None,
    last: Entry,
) -> bool:
    """Whether a row without a name belongs to the item above: its name is merged down, or only lists go on."""
    first = min(places)
    if any(column < first and re.fullmatch(r"\d+[.)]?", text_of(value)) for column, value in sheet.row(row)):
        return False  # it has a number of its own
    name = last.cells.get("__name__")
    if name_column is not None and sheet.spread(row, name_column) is not None and name is not None:
        return True
    return all(places[column].rows or places[column].field == "klasifikasi_isian" for column, _value in cells) and all(
        places[column].rows not in (None, "variabel") or places[column].field == "klasifikasi_isian"
        for column, _value in cells
    )


def _fill(
    sheet: Sheet, entry: Entry, row: int, cells: list[tuple[int, Any]], places: Mapping[int, Item], more: bool
) -> None:
    parts: dict[str, dict[str, Any]] = {}
    for column, cell in cells:
        item = places[column]
        value, problems = answers.single(sheet, item, (row, column, cell))
        entry.problems += problems
        if value in (None, "", []):
            continue
        if item.form == "ms_ind" and item.rows:
            parts.setdefault(item.rows, {})[item.field] = value
            entry.cells.setdefault(item.rows, (row, column))
            continue
        if more and item.field in entry.values:
            entry.values[item.field] = f"{entry.values[item.field]}\n{value}"
            continue
        entry.values[item.field] = value
        entry.cells.setdefault(item.field, (row, column))
        if item.field in ("nama", "title"):
            entry.cells["__name__"] = (row, column)
    for name, part in parts.items():
        entry.values.setdefault(name, []).append(part)


def _split_lists(entry: Entry) -> None:
    """Several components typed into one cell, a line each, become several rows."""
    for name, value in entry.values.items():
        if not isinstance(value, list) or len(value) != 1 or not isinstance(value[0], dict):
            continue
        lines = {key: [part for part in text.split("\n") if part.strip()] for key, text in value[0].items()}
        lengths = {len(parts) for parts in lines.values()}
        if len(lengths) == 1 and lengths != {1}:
            count = lengths.pop()
            entry.values[name] = [
                {key: _BULLET.sub("", parts[at]).strip() for key, parts in lines.items()} for at in range(count)
            ]


def _above(sheet: Sheet, top: int) -> dict[str, str]:
    """What the lines over a table say of the activity."""
    wanted = {
        "title": ("judulkegiatan", "namakegiatan", "kegiatan"),
        "kode_kegiatan": ("kodekegiatan",),
        "tahun": ("tahun", "tahunkegiatan"),
    }
    found: dict[str, str] = {}
    for row in sheet.rows():
        if row >= top:
            break
        cells = sheet.row(row)
        for at, (_column, value) in enumerate(cells):
            head, _colon, tail = text_of(value).partition(":")
            keys = variants(head)
            name = next((name for name, known in wanted.items() if set(known) & set(keys)), None)
            if name is None or name in found:
                continue
            after = [text_of(v) for _c, v in cells[at + 1 :] if text_of(v).strip(" :")]
            answer = tail.strip() or (after[0] if after else "")
            if answer:
                found[name] = answer.lstrip(": ")
    return found
