"""The small tables inside MS-Keg: its variables in short (3.4) and its areas (4.5)."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from ckanext.satudata.standards.bps import Item

from . import answers
from .answers import Cell
from .grid import Sheet, text_of
from .labels import variants
from .problems import Problem


def table(
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
        line = [(c, v) for c, v in by_row[row] if v != ""]
        if places:
            line = [(c, v) for c, v in line if c in places]
        else:
            line = [
                (c, v) for c, v in line if text_of(v)[0] not in ":(" and not re.fullmatch(r"\(?\d+[.)]?", text_of(v))
            ]
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
