"""What is wrong with a typed table, cell by cell, in words."""

from __future__ import annotations

from dataclasses import dataclass

import ckantoolkit as tk

from ckanext.satudata.regions import service as regions
from ckanext.satudata.standards.periods import parse_period
from ckanext.satudata.standards.typing import numbers
from ckanext.satudata.standards.typing.table import Table

#: What officers write for a figure they do not have; none of it is a number.
NOTHING = frozenset({"-", "–", "—", "...", "…", "n/a", "na", "nihil", "null", "x", "tidak ada", "kosong"})


@dataclass(frozen=True)
class Mistake:
    """One cell that needs a hand.

    :ivar row: counted from 0
    :ivar column: likewise
    """

    row: int
    column: int
    message: str


def mistakes(table: Table) -> list[Mistake]:
    """Every cell that is not what its column asks for, from the top; one query for all region codes.

    :param table: as ``table.understood`` gives it
    """
    codes = [place for place, column in enumerate(table.columns) if column.kind == "region"]
    known = set(regions.regions_by_code(row[place] for row in table.rows for place in codes if row[place]))
    found = []
    seen: dict[tuple[str, ...], int] = {}
    for at, row in enumerate(table.rows):
        for place, column in enumerate(table.columns):
            message = _about(column.kind, row[place], known)
            if message:
                found.append(Mistake(at, place, message))
        key = tuple(row[place].casefold() for place in table.keys)
        if not any(key):
            continue
        if key in seen:
            message = tk._("The same as row {number}; one of the two must go or differ.").format(number=seen[key] + 1)
            found.append(Mistake(at, table.keys[0], message))
        seen.setdefault(key, at)
    return found


def empty_values(table: Table) -> int:
    """How many figures are still to be typed."""
    values = [place for place, column in enumerate(table.columns) if column.kind == "number"]
    return sum(1 for row in table.rows for place in values if not row[place])


def _about(kind: str, cell: str, known: set[str]) -> str:
    if kind == "number":
        if not cell or numbers.is_stored(cell):
            return ""
        if cell.casefold() in NOTHING:
            return str(tk._("Write 0 where there are none; leave the cell empty where it is not known."))
        return str(tk._("Write a number alone, for example 1.263 or 12,5; units belong into the metadata."))
    if kind == "period":
        if cell and parse_period(cell) is None:
            return str(tk._("Write the period as 2025, 2025-12, 2025-Q4 or 2025-12-31."))
        return "" if cell else str(tk._("The period is missing."))
    if kind == "region":
        if not cell:
            return str(tk._("The region code is missing."))
        if cell not in known:
            return _unknown(cell)
        return ""
    if cell[:1] in ("=", "+", "@") and len(cell) > 1:
        return str(tk._("A spreadsheet would take this for a formula; begin with a letter or a digit."))
    return ""


def _unknown(cell: str) -> str:
    """Why a code is none; a bare one without its system is explained (BPS 1271 is Sibolga, 12.71 is Medan)."""
    try:
        regions.find(cell)
    except ValueError as error:
        return str(error)
    return str(tk._("“{code}” is no region code of this portal, for example 12.71.15.1001.").format(code=cell[:20]))
