"""The grid of the page: what was typed into it, as typed, and what the page shows. No Flask."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ckanext.satudata import json_text
from ckanext.satudata.standards.typing import numbers
from ckanext.satudata.standards.typing.table import (
    KINDS,
    LONGEST_CELL,
    MOST_COLUMNS,
    MOST_ROWS,
    NAME,
    Column,
    Table,
    machine_name,
)

#: Rows a press on *more rows* adds.
ADDED = 5


@dataclass
class Grid:
    """A table as it stands on the page.

    :ivar table: cells as people write them
    :ivar removed: rows ticked to be taken out
    """

    table: Table
    removed: set[int] = field(default_factory=set)

    def without_removed(self) -> Table:
        rows = [row for at, row in enumerate(self.table.rows) if at not in self.removed]
        return Table(self.table.columns, rows)


def of_table(table: Table) -> Grid:
    """The grid of a stored table: numbers as people write them."""
    figures = {place for place, column in enumerate(table.columns) if column.kind == "number"}
    rows = [[numbers.shown(cell) if at in figures else cell for at, cell in enumerate(row)] for row in table.rows]
    return Grid(Table(list(table.columns), rows))


def read(form: Mapping[str, str]) -> Grid:
    """The grid as a form sent it; whatever it sent, never larger than a table may be.

    Cells come as ``c<row>-<column>``; of a row whose keys stand fixed, those come together as JSON in ``k<row>``.
    """
    columns, places = [], []
    for at in range(MOST_COLUMNS):
        name, kind = machine_name(form.get(f"col-{at}", "")), form.get(f"kind-{at}", "")
        if name and kind in KINDS and not form.get(f"drop-{at}"):
            columns.append(Column(name, kind))
            places.append(at)
    added = machine_name(form.get("new-column", ""))
    if added and len(columns) < MOST_COLUMNS:
        columns.append(Column(added, "number" if form.get("new-kind") == "number" else "text"))
        places.append(MOST_COLUMNS)
    count = form.get("n", "")
    rows, removed = [], set()
    for at in range(min(int(count), MOST_ROWS) if count.isdecimal() and len(count) < 6 else 0):
        fixed = _fixed(form.get(f"k{at}", ""))
        rows.append([fixed.get(str(place), form.get(f"c{at}-{place}", ""))[: 2 * LONGEST_CELL] for place in places])
        if form.get(f"d{at}"):
            removed.add(at)
    return Grid(Table(columns, rows), removed)


def _fixed(text: str) -> dict[str, str]:
    try:
        found = json_text.loads(text) if text else {}
    except ValueError:
        return {}
    return {str(key): str(value) for key, value in found.items()} if isinstance(found, dict) else {}


def shown(grid: Grid, report: Mapping[str, Any], all_open: bool = False) -> dict[str, Any]:
    """What the template needs: columns with keys first, rows with their cells, mistakes beside each.

    :param report: of ``service.report``, for these rows in this order
    :param all_open: whether cells that say what a row is about can be typed into as well
    """
    table = grid.table
    order = sorted(range(len(table.columns)), key=lambda place: not table.columns[place].is_key)
    by_cell = {(each["row"], each["column"]): each["message"] for each in report["mistakes"]}
    wrong_rows = {each["row"] for each in report["mistakes"] if table.columns[each["column"]].is_key}
    keys = table.keys
    rows = []
    for at, row in enumerate(table.rows):
        # What the table was begun with is not typed again: only what is wrong, or was added, stands open.
        fixed = not all_open and at not in wrong_rows and bool(keys) and all(row[place] for place in keys)
        cells = [
            {
                "place": place,
                "text": row[place],
                "fixed": fixed and place in keys,
                "error": by_cell.get((at, place), ""),
                "kind": table.columns[place].kind,
                "name": table.columns[place].name,
            }
            for place in order
        ]
        rows.append(
            {
                "at": at,
                "cells": cells,
                "removed": at in grid.removed,
                "label": _label(table, row),
                "fixed_keys": json.dumps({str(place): row[place] for place in keys}) if fixed else "",
            }
        )
    return {
        "columns": [
            {"place": place, "name": table.columns[place].name, "kind": table.columns[place].kind} for place in order
        ],
        "rows": rows,
        "count": len(table.rows),
        "room": len(table.columns) < MOST_COLUMNS,
        "signature": _signature(table),
    }


def _signature(table: Table) -> str:
    """Equal where the same rows stand in the same places: what was kept of them may be put back."""
    about = [table.names, [[row[place] for place in table.keys] for row in table.rows]]
    return hashlib.sha256(json.dumps(about).encode()).hexdigest()[:12]


def _label(table: Table, row: list[str]) -> str:
    """What a row is about, for readers of a phone or a screen reader; a region by its name where there is one."""
    names = table.names
    skipped = {"kode_wilayah"} if NAME in names else set()
    return " · ".join(row[place] for place in table.keys if row[place] and names[place] not in skipped)
