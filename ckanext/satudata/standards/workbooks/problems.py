"""What is wrong with a workbook, and where: kept without words, told in the reader's language."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import ckantoolkit as tk

ERROR, WARNING, INFO = "error", "warning", "info"


@dataclass(frozen=True)
class Problem:
    """One remark about a cell, a row, a sheet or the whole workbook.

    :ivar kind: which of the texts of :func:`texts`
    :ivar severity: ``error`` keeps the item out; ``warning`` and ``info`` do not
    :ivar sheet: name of the sheet, empty for the workbook
    :ivar row: number of the row, from 1; None for the sheet
    :ivar column: number of the column, from 1; None for the row
    :ivar field: the field that was meant, where one was
    :ivar raw: what stands in the cell, shortened
    :ivar params: what else the text names
    """

    kind: str
    severity: str = ERROR
    sheet: str = ""
    row: int | None = None
    column: int | None = None
    field: str = ""
    raw: str = ""
    params: dict[str, str] = dataclasses.field(default_factory=dict)

    def as_dict(self) -> dict[str, Any]:
        """As it is kept with a preview."""
        return {
            "kind": self.kind,
            "severity": self.severity,
            "sheet": self.sheet,
            "row": self.row,
            "column": self.column,
            "field": self.field,
            "raw": self.raw,
            "params": self.params,
        }

    @property
    def cell(self) -> str:
        """The name of the cell as spreadsheets show it: ``C14``; the row alone where the column is not known."""
        return cell_name(self.row, self.column)


class Refused(Exception):
    """The file as a whole cannot be read; ``problem`` says why."""

    def __init__(self, kind: str, **params: str) -> None:
        self.problem = Problem(kind, params=params)
        super().__init__(kind)


def cell_name(row: int | None, column: int | None) -> str:
    """``C14`` for row 14, column 3."""
    letters, number = "", column or 0
    while number:
        number, rest = divmod(number - 1, 26)
        letters = chr(65 + rest) + letters
    return f"{letters}{row or ''}"


def shortened(value: Any) -> str:
    """What stands in a cell, as a message may quote it."""
    text = " ".join(str(value).split())
    return text if len(text) <= 60 else f"{text[:59]}…"


def texts() -> dict[str, tuple[str, str]]:
    """Of each kind what is wrong and how to mend it."""
    _ = tk._
    return {
        "too_large": (
            _("The file has {size} MB; at most {most} MB are read."),
            _("BPS forms are small: take out pictures and other sheets, then save it again."),
        ),
        "empty_file": (_("The file is empty."), _("Choose the workbook again.")),
        "old_excel": (
            _("This is a workbook of the old kind (.xls), or one that a password protects."),
            _("Open it, take the password away, and save it as “Excel Workbook (.xlsx)”."),
        ),
        "opendocument": (
            _("This is an OpenDocument file (.ods)."),
            _("Open it and save it as “Excel Workbook (.xlsx)”."),
        ),
        "binary_excel": (
            _("This is a binary workbook (.xlsb)."),
            _("Open it and save it as “Excel Workbook (.xlsx)”."),
        ),
        "not_excel": (
            _("This is not an Excel workbook, or it is damaged."),
            _("Open it in a spreadsheet program and save it as “Excel Workbook (.xlsx)”."),
        ),
        "bomb": (
            _("The file unpacks to far more than a form holds ({size} MB); it was not opened."),
            _("Copy the form into a new workbook, then save that."),
        ),
        "too_many_parts": (
            _("The file holds more parts than a workbook of forms can have; it was not opened."),
            _("Copy the form into a new workbook, then save that."),
        ),
        "entities": (
            _("The file holds declarations that no spreadsheet program writes; it was not opened."),
            _("Open it in a spreadsheet program and save it as “Excel Workbook (.xlsx)”."),
        ),
        "too_many_cells": (
            _("The workbook has more than {most} filled cells."),
            _("Leave only the sheets of the forms in it, or split it."),
        ),
        "too_many_items": (
            _("The workbook has more than {most} activities and indicators."),
            _("Split it into several workbooks."),
        ),
        "no_forms": (
            _("No BPS form was found in it: neither MS-Keg nor MS-Var nor MS-Ind."),
            _("Use one of the empty forms on this page, or check that the headings are those of the form."),
        ),
        "nothing_filled": (
            _("The forms in it are empty."),
            _("Fill in MS-Keg, MS-Var or MS-Ind, save the workbook, then upload it again."),
        ),
        "macros": (_("The workbook holds macros. They were not run; only values were read."), ""),
        "skipped_sheet": (_("The sheet is none of the BPS forms and was passed over."), ""),
        "far_cells": (
            _("Cells beyond column {column} or row {row} were not read."),
            _("Move what belongs to the form into its place."),
        ),
        "cell_too_long": (
            _("The cell holds {length} characters; at most {most} are taken."),
            _("Shorten the text, or put the long version into a file of the dataset."),
        ),
        "no_cached_value": (
            _("The cell holds a formula without a stored result; formulas are not calculated here."),
            _("Open the file in a spreadsheet program and save it, or type the value itself."),
        ),
        "error_value": (_("The cell holds the error {raw}."), _("Mend the formula, or type the value itself.")),
        "control_characters": (_("Invisible control characters in the cell were left out."), ""),
        "unknown_choice": (
            _("“{raw}” is not a choice for “{label}”."),
            _("Write one of: {allowed}"),
        ),
        "number_without_list": (
            _("“{raw}” is a number, but the sheet does not list the choices of “{label}” with their numbers."),
            _("The editions of the form number them differently. Write the words: {allowed}"),
        ),
        "two_choices": (
            _("“{label}” takes one choice; here are several: {raw}"),
            _("Leave one of them."),
        ),
        "bad_date": (
            _("“{raw}” is not a date for “{label}”."),
            _("Write it as 15 Januari 2026, 15/01/2026 or 2026-01-15."),
        ),
        "bad_year": (_("“{raw}” is not a year for “{label}”."), _("Write four digits, as 2026.")),
        "bad_number": (_("“{raw}” is not a whole number for “{label}”."), _("Write digits only, as 12.")),
        "extra_text": (
            _("“{raw}” stands beside the answer to “{label}” and was not read."),
            _("Put the whole answer into one cell."),
        ),
        "twice": (
            _("“{label}” is answered twice; the first answer was taken."),
            _("Leave one of them."),
        ),
        "no_title": (_("The title of the activity is missing."), _("Fill in “Judul Kegiatan”.")),
        "no_name": (_("The row has no name."), _("Fill in the name, or empty the whole row.")),
        "same_name": (
            _("“{raw}” stands here a second time."),
            _("Give each its own name, or leave one of the rows."),
        ),
        "no_activity": (
            _("The sheet holds variables, but it is not clear of which activity."),
            _("Put the MS-Keg of the activity into the same workbook, or write “Judul Kegiatan” and its title above "
              "the table."),
        ),
        "bps_fills_in": (
            _("The code “{raw}” was not taken: an officer of BPS enters it."),
            _("Ask the pembina to enter it; the rest of the form is taken as it is."),
        ),
        "not_in_schema": (_("This portal has no field “{label}”; its value was left out."), ""),
        "missing_columns": (
            _("The table has no columns for: {columns}."),
            _("Add those you want to fill in; what the portal holds in them stays."),
        ),
        "ambiguous": (
            _("Several entries of the portal fit: {raw}"),
            _("Write the activity code, or make the titles differ."),
        ),
        "refused": ("{reason}", ""),
    }  # fmt: skip


def told(problem: Mapping[str, Any]) -> dict[str, str]:
    """A kept problem in the reader's language: ``message``, ``fix``, ``where`` and ``severity``."""
    message, fix = texts().get(problem["kind"], (problem["kind"], ""))
    given = {**problem.get("params", {}), "raw": problem.get("raw", "")}
    cell = cell_name(problem.get("row"), problem.get("column"))
    if problem.get("sheet") and problem.get("column"):
        where = tk._("Sheet {sheet}, cell {cell}").format(sheet=problem["sheet"], cell=cell)
    elif problem.get("sheet") and problem.get("row"):
        where = tk._("Sheet {sheet}, row {row}").format(sheet=problem["sheet"], row=problem["row"])
    elif problem.get("sheet"):
        where = tk._("Sheet {sheet}").format(sheet=problem["sheet"])
    else:
        where = ""
    return {
        "severity": str(problem.get("severity", ERROR)),
        "where": where,
        "sheet": str(problem.get("sheet", "")),
        "cell": cell,
        "message": _filled(message, given),
        "fix": _filled(fix, given),
    }


def _filled(text: str, params: Mapping[str, str]) -> str:
    # Not str.format: what stands in a cell may hold braces of its own.
    for name, value in params.items():
        text = text.replace("{" + name + "}", str(value))
    return text
