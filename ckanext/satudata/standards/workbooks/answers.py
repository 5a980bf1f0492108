"""One answer of a form as it will be stored: text, date, year, number or choices, with what is wrong with it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from ckanext.satudata.standards.bps import Item

from . import choices, dates
from .grid import Sheet, text_of
from .layout import label_of
from .problems import ERROR, INFO, WARNING, Problem, shortened

Cell = choices.Cell
#: Longest list of choices a message names.
_NAMED = 8
#: Written in place of a text that does not fit into one cell; read as "nothing typed here".
TOO_LONG_FOR_A_CELL = "(Teks lebih panjang daripada satu sel; lihat di portal)"


def trouble(sheet: Sheet, kind: str, item: Item | None, cell: Cell, severity: str = ERROR, **params: str) -> Problem:
    """A problem of one cell."""
    named = {**params}
    if item is not None:
        named.setdefault("label", label_of(item))
        if item.choices:
            named.setdefault("allowed", _allowed(item))
    row, column, value = cell
    return Problem(
        kind, severity, sheet.name, row, column, item.field if item else "", shortened(text_of(value)), named
    )


def _allowed(item: Item) -> str:
    labels = [choice.label.get("id") or choice.label["en"] for choice in item.choices]
    return "; ".join(labels[:_NAMED]) + ("; …" if len(labels) > _NAMED else "")


def single(sheet: Sheet, item: Item, cell: Cell) -> tuple[Any, list[Problem]]:
    """The value of one cell for an item; None where it cannot be one.

    :returns: ``(value, problems)``; a list for a multiselect
    """
    row, column, value = cell
    found = [sheet.bad[row, column]] if (row, column) in sheet.bad else []
    if any(problem.severity == ERROR for problem in found):
        return None, [_named(problem, item) for problem in found]
    if value == TOO_LONG_FOR_A_CELL:
        return None, []
    if item.choices:
        result, more = chosen(sheet, item, [cell])
        return result[0], found + more
    readers = {
        "date": (lambda given: dates.date_of(given, sheet.start), "bad_date"),
        "year": (dates.year_of, "bad_year"),
        "integer": (dates.integer_of, "bad_number"),
    }
    if item.kind in readers:
        reader, kind = readers[item.kind]
        read = reader(value)
        return (read, found) if read is not None else (None, [*found, trouble(sheet, kind, item, cell)])
    return text_of(value), found


def _named(problem: Problem, item: Item) -> Problem:
    return Problem(problem.kind, problem.severity, problem.sheet, problem.row, problem.column, item.field, problem.raw,
                   {**problem.params, "label": label_of(item)})  # fmt: skip


def chosen(sheet: Sheet, item: Item, cells: Iterable[Cell]) -> tuple[tuple[Any, str], list[Problem]]:
    """The choices in a piece of the form.

    :returns: ``((value, words of "Lainnya"), problems)``; the value is text for a select, a list for a multiselect,
        None where nothing is chosen
    """
    cells = list(cells)
    found = choices.read(item, cells)
    problems = [
        trouble(sheet, kind, item, cell, ERROR if not found.values or kind == "number_without_list" else WARNING)
        for kind, cell in found.trouble
    ]
    if item.kind == "multiselect":
        return (found.values or None, found.other), problems
    if len(found.values) > 1:
        labels = [choice.label.get("id", "") for choice in item.choices if choice.value in found.values]
        several = trouble(sheet, "two_choices", item, cells[0])
        return (None, ""), [*problems, _with_raw(several, "; ".join(labels))]
    return (found.values[0] if found.values else None, found.other), problems


def _with_raw(problem: Problem, raw: str) -> Problem:
    return Problem(problem.kind, problem.severity, problem.sheet, problem.row, problem.column, problem.field,
                   shortened(raw), problem.params)  # fmt: skip


def noticed(sheet: Sheet, cells: Iterable[Cell]) -> list[Problem]:
    """Remarks the reader of the cells themselves made, other than errors."""
    return [sheet.bad[row, column] for row, column, _value in cells
            if (row, column) in sheet.bad and sheet.bad[row, column].severity == INFO]  # fmt: skip
