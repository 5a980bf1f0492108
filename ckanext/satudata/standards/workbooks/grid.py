"""Sheets as plain values by row and column: what stands in the cells, with merged ranges and nothing of their looks."""

from __future__ import annotations

import datetime as dt
import io
import re
import warnings
from dataclasses import dataclass, field
from typing import Any

from . import dates, safety
from .problems import ERROR, INFO, WARNING, Problem, Refused, shortened

_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u200b\u200e\u200f\u202a-\u202e\u2060\ufeff\ufffe\uffff]")
_ERRORS = frozenset({"#REF!", "#VALUE!", "#NAME?", "#DIV/0!", "#N/A", "#NULL!", "#NUM!"})
#: Texts that stand for "nothing" where people fill in forms by hand; "-" is an answer people give on purpose.
_BLANK = re.compile(r"^[.…_\s]*$")


@dataclass
class Sheet:
    """One sheet.

    :ivar cells: ``{row: {column: value}}``, rows and columns from 1; only cells with something in them
    :ivar merges: merged ranges
    :ivar bad: problems of single cells, told where the cell is wanted: ``{(row, column): Problem}``
    """

    name: str
    cells: dict[int, dict[int, Any]] = field(default_factory=dict)
    merges: list[tuple[int, int, int, int]] = field(default_factory=list)
    bad: dict[tuple[int, int], Problem] = field(default_factory=dict)
    hidden: bool = False
    #: the day its serial numbers of dates are counted from
    start: dt.date = dates.START

    def rows(self) -> list[int]:
        """Numbers of the rows with something in them, from the top."""
        return sorted(self.cells)

    def row(self, number: int) -> list[tuple[int, Any]]:
        """Cells of one row, from the left."""
        return sorted(self.cells.get(number, {}).items())

    def spread(self, row: int, column: int) -> Any:
        """What a person sees there: the value of the merged range the cell belongs to."""
        value = self.cells.get(row, {}).get(column)
        if value is not None:
            return value
        top = self._covers.get((row, column))
        return self.cells.get(top[0], {}).get(top[1]) if top else None

    def last_column(self, row: int) -> int:
        """The last filled column of a row, merged ranges counted to their end; 0 for an empty row."""
        own = max(self.cells.get(row, {}), default=0)
        return max([own, *(right for top, left, bottom, right in self.merges if top <= row <= bottom)], default=own)

    def settle(self) -> None:
        """Once filled: values that a merged range hides go, as no person sees them."""
        self._covers: dict[tuple[int, int], tuple[int, int]] = {}
        for top, left, bottom, right in self.merges:
            for row in range(top, min(bottom, top + 500) + 1):
                for column in range(left, min(right, left + safety.LAST_COLUMN) + 1):
                    if (row, column) != (top, left):
                        self._covers[row, column] = (top, left)
                        line = self.cells.get(row)
                        if line:
                            line.pop(column, None)
        for row in [number for number, line in self.cells.items() if not line]:
            del self.cells[row]


def read(data: bytes) -> tuple[list[Sheet], list[Problem]]:
    """The sheets of a workbook, and what is to be said of it as a whole.

    :raises Refused: it is no workbook, or one that is not opened
    """
    facts = safety.inspected(data)
    from openpyxl import load_workbook

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of styles and drawings this does not look at
            book = load_workbook(io.BytesIO(data), read_only=True, data_only=True, keep_links=False)
            try:
                sheets = [
                    _sheet(one, facts, one._worksheet_path.lstrip("/"), book.epoch.date())
                    for one in book.worksheets
                    if hasattr(one, "_worksheet_path")
                ]
            finally:
                book.close()
    except Refused:
        raise
    except Exception as error:  # openpyxl raises whatever its readers meet in a damaged file
        raise Refused("not_excel") from error
    problems = [Problem("macros", INFO)] if facts.macros else []
    for sheet, far in sheets:
        if far:
            params = {"column": "DP", "row": str(safety.LAST_ROW)}
            problems.append(Problem("far_cells", WARNING, sheet.name, params=params))
    return [sheet for sheet, _far in sheets], problems


def _sheet(source: Any, facts: safety.Facts, part: str, start: dt.date) -> tuple[Sheet, bool]:
    if part not in facts.counted:
        raise Refused("not_excel")  # a sheet under a name no spreadsheet program gives it
    hidden = source.sheet_state != "visible"
    sheet = Sheet(str(source.title), merges=facts.merges.get(part, []), hidden=hidden, start=start)
    source.reset_dimensions()  # the dimension a file declares may be a million rows
    for line in source.iter_rows(max_col=safety.LAST_COLUMN, max_row=safety.LAST_ROW):
        for cell in line:
            if cell.value is not None:
                _keep(sheet, cell.row, cell.column, cell.value)
    for row, column in facts.unsaved.get(part, ()):
        sheet.cells.get(row, {}).pop(column, None)
        sheet.bad[row, column] = Problem("no_cached_value", ERROR, sheet.name, row, column)
    sheet.settle()
    return sheet, part in facts.far


def _keep(sheet: Sheet, row: int, column: int, value: Any) -> None:
    if isinstance(value, str):
        if len(value) > safety.LONGEST_CELL:
            params = {"length": _grouped(len(value)), "most": _grouped(safety.LONGEST_CELL)}
            raw = shortened(value[:100])
            sheet.bad[row, column] = Problem("cell_too_long", ERROR, sheet.name, row, column, raw=raw, params=params)
            return
        if value in _ERRORS:
            sheet.bad[row, column] = Problem("error_value", ERROR, sheet.name, row, column, raw=value)
            return
        cleaned = _CONTROL.sub("", value.replace("\r\n", "\n").replace("\r", "\n")).replace("\xa0", " ")
        if _CONTROL.search(value):
            sheet.bad[row, column] = Problem("control_characters", INFO, sheet.name, row, column)
        value = cleaned.strip()
        if _BLANK.match(value):
            return
    sheet.cells.setdefault(row, {})[column] = value


def _grouped(number: int) -> str:
    return f"{number:,}".replace(",", ".")


def text_of(value: Any) -> str:
    """A cell as the text a person sees: whole numbers without a decimal point, dates as ISO."""
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    if isinstance(value, dt.datetime):
        return value.date().isoformat() if value.time() == dt.time() else value.isoformat(" ", "minutes")
    if isinstance(value, (dt.date, dt.time)):
        return value.isoformat()
    return str(value)
