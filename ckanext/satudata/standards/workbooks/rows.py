"""Reading tables with a heading: MS-Var and MS-Ind, one row per item, and the small tables inside MS-Keg.

The heading may stand anywhere and take up to three rows, merged or not, with the row of column numbers ``(2) (3) …``
below it. Columns are known by their words; by their number only where the words say nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from ckanext.satudata.standards.bps import Item

from . import answers
from .answers import Cell
from .grid import Sheet, text_of
from .labels import alike, variants
from .layout import column_keys, columns
from .problems import ERROR, INFO, Problem

#: How far down a heading is looked for, and how many rows it may take.
DEEPEST_HEADING, TALLEST_HEADING = 80, 3
FEWEST_COLUMNS = 3
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
    _by_number(sheet, heading, wanted)
    return heading


def _columns(sheet: Sheet, wanted: list[tuple[Item, frozenset[str]]], row: int, depth: int) -> dict[int, Item]:
    last = max(sheet.last_column(at) for at in range(row, row + depth))
    exact: dict[int, Item] = {}
    near: list[tuple[float, int, Item]] = []
    for column in range(1, min(last, 60) + 1):
        texts = [text_of(value) for at in range(row, row + depth) if (value := sheet.spread(at, column)) is not None]
        texts = list(dict.fromkeys(texts))
        if not texts or any(len(text) > 200 for text in texts):
            continue
        forms = [variants(" ".join(texts)), variants(texts[-1]), variants(texts[0])]
        for keys in forms:
            item = next((item for item, known in wanted if not known.isdisjoint(keys)), None)
            if item is not None:
                break
        if item is not None:
            if item not in exact.values():
                exact[column] = item
            continue
        for other, known in wanted:
            score = max((alike(key, name) for key in forms[0] for name in known), default=0.0)
            if score >= 0.88:
                near.append((score, column, other))
    for _score, column, item in sorted(near, key=lambda each: (-each[0], each[1])):
        if column not in exact and item not in exact.values():
            exact[column] = item
    return exact


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
    table.problems = [
        Problem("missing_column", INFO, sheet.name, heading.top, params={"label": item.label.get("id", item.field)})
        for item in columns(heading.form)
        if item.field not in asked and len(item.editions) > 1 and not item.officer
    ]
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


def small_table(
    sheet: Sheet, item: Item, cells: Iterable[Cell], keys: list[tuple[Item, frozenset[str]]]
) -> tuple[list[dict[str, Any]], list[Problem]]:
    """Rows of a table inside MS-Keg (3.4 variables, 4.5 areas); without a heading, columns as they come."""
    by_row: dict[int, list[tuple[int, Any]]] = {}
    for row, column, value in cells:
        by_row.setdefault(row, []).append((column, value))
    places: dict[int, Item] = {}
    begin = 0
    for row in sorted(by_row):
        texts = [(column, variants(text_of(value))) for column, value in by_row[row]]
        named = {column: item for column, words in texts for item, known in keys if not known.isdisjoint(words)}
        if len(named) >= min(2, len(keys)):
            places, begin = named, row
            break
    found: list[dict[str, Any]] = []
    problems: list[Problem] = []
    if not places and len(keys) > 2:
        return [], []
    for row in sorted(by_row):
        if row <= begin:
            continue
        line = [(c, v) for c, v in by_row[row] if v != "" and not str(v).strip().startswith("(")]
        if places:
            line = [(c, v) for c, v in line if c in places]
        else:
            line = [(c, v) for c, v in line if text_of(v) != ":" and not re.fullmatch(r"\(?\d+[.)]?", text_of(v))]
        values: dict[str, Any] = {}
        order = [column_item for column_item, _known in keys]
        for at, (column, value) in enumerate(line[: len(order)] if not places else line):
            column_item = places[column] if places else order[at]
            read_value, more = answers.single(sheet, column_item, (row, column, value))
            problems += more
            if read_value not in (None, "", []):
                values[column_item.field] = read_value
        if values:
            found.append(values)
    return found, problems
