"""A workbook of BPS forms as activities with their variables, and indicators; each with what is wrong in it."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

from . import grid, keg, rows
from .grid import Sheet
from .labels import squashed
from .problems import ERROR, INFO, WARNING, Problem, Refused, shortened

MOST_ITEMS = 2000
#: Sheets that come with forms and are none: lists of choices, instructions.
_BESIDE = re.compile(r"^(pilihan|petunjuk|referensi|lookup|list|daftar|panduan|keterangan|cover|sampul)", re.IGNORECASE)


@dataclass
class Found:
    """One activity or indicator of a workbook.

    :ivar kind: ``kegiatan`` or ``indikator``
    :ivar values: by field; only what was filled in
    :ivar sheet: where it stands, with ``row`` for a row of a table
    :ivar partial: only variables of an activity that has to be on the portal already
    """

    kind: str
    sheet: str
    row: int | None
    values: dict[str, Any]
    problems: list[Problem] = field(default_factory=list)
    partial: bool = False

    @property
    def refused(self) -> bool:
        """Whether something in it cannot be read."""
        return any(problem.severity == ERROR for problem in self.problems)


@dataclass
class Workbook:
    """What a workbook holds; ``problems`` are those of the workbook and its sheets."""

    found: list[Found]
    problems: list[Problem]


def read(data: bytes) -> Workbook:
    """Read a workbook of the forms.

    :param data: the bytes of the file; at most what :func:`safety.taken` lets through
    :raises Refused: it is no workbook, is not opened, or holds no form
    """
    sheets, problems = grid.read(data)
    forms: list[tuple[Sheet, keg.Form]] = []
    tables: list[rows.Table] = []
    for sheet in sheets:
        if not sheet.cells and not sheet.bad:
            continue
        if _BESIDE.match(sheet.name) and sheet.hidden:
            continue
        heading = _table(sheet)
        form = None if heading and len(heading[1].places) >= 6 else keg.read(sheet)
        if form is not None:
            forms.append((sheet, form))
        elif heading is not None:
            tables.append(rows.read(sheet, heading[1], heading[0]))
        elif not _BESIDE.match(sheet.name):
            problems.append(Problem("skipped_sheet", INFO, sheet.name))
    activities = [_activity(form) for _sheet, form in forms if form.values or form.problems]
    indicators: list[Found] = []
    for table in tables:
        problems += table.problems
        if table.form == "ms_ind":
            indicators += [_indicator(table, entry) for entry in table.entries]
        else:
            _attach(table, activities, problems)
    _note_doubles(indicators)
    found = [*activities, *indicators]
    if not found and not any(problem.severity == ERROR for problem in problems):
        raise Refused("nothing_filled" if forms or tables else "no_forms")
    if len(found) > MOST_ITEMS:
        raise Refused("too_many_items", most=str(MOST_ITEMS))
    return Workbook(found, problems)


def _table(sheet: Sheet) -> tuple[str, rows.Heading] | None:
    """The table on a sheet, with the field of its names; the form whose columns fit better."""
    best: tuple[float, str, rows.Heading] | None = None
    for form, name in (("ms_var", "nama"), ("ms_ind", "title")):
        heading = rows.heading_of(sheet, form)
        if heading is None:
            continue
        fields = {item.field for item in heading.places.values()}
        if name not in fields and len(fields) < 5:
            continue
        score = len(heading.places) + (0.5 if _form_in(sheet.name) == form else 0.0)
        if best is None or score > best[0]:
            best = (score, name, heading)
    return (best[1], best[2]) if best else None


def _form_in(name: str) -> str:
    key = squashed(name)
    return "ms_var" if "var" in key else "ms_ind" if "ind" in key else ""


def _activity(form: keg.Form) -> Found:
    found = Found("kegiatan", form.sheet, None, form.values, form.problems)
    if not form.values.get("title"):
        found.problems.append(Problem("no_title", ERROR, form.sheet, field="title"))
    return found


def _indicator(table: rows.Table, entry: rows.Entry) -> Found:
    found = Found("indikator", table.sheet, entry.row, entry.values, entry.problems)
    if not entry.values.get("title"):
        found.problems.append(Problem("no_name", ERROR, table.sheet, entry.row, field="title"))
    return found


def _note_doubles(indicators: list[Found]) -> None:
    seen: set[tuple[str, str]] = set()
    for found in indicators:
        key = (squashed(found.values.get("title", "")), str(found.values.get("tahun", "")))
        if key[0] and key in seen:
            raw = shortened(found.values["title"])
            found.problems.append(Problem("same_name", ERROR, found.sheet, found.row, field="title", raw=raw))
        seen.add(key)


def _attach(table: rows.Table, activities: list[Found], problems: list[Problem]) -> None:
    """Give the variables of a table to their activity.

    By the title or code above the table; else by the same ending of the sheets' names (``MS-Var 2``); else to the
    only activity there is.
    """
    if not table.entries:
        return
    target = _target(table, activities)
    if target is None:
        if not table.above.get("title") and not table.above.get("kode_kegiatan"):
            problems.append(Problem("no_activity", ERROR, table.sheet))
            return
        target = Found("kegiatan", table.sheet, None, dict(table.above), partial=True)
        activities.append(target)
    stated = [{**entry.values} for entry in table.entries]
    known = {squashed(row.get("nama", "")) for row in stated}
    # 3.4 of the form names the variables in short; the sheet of the variables says all of them.
    extra = [row for row in target.values.get("variabel", []) if squashed(row.get("nama", "")) not in known]
    target.values["variabel"] = [*stated, *extra]
    seen: set[str] = set()
    for entry in table.entries:
        target.problems += entry.problems
        name = squashed(entry.values.get("nama", ""))
        if not name:
            target.problems.append(Problem("no_name", WARNING, table.sheet, entry.row))
        elif name in seen:
            raw = shortened(entry.values["nama"])
            target.problems.append(Problem("same_name", WARNING, table.sheet, entry.row, raw=raw))
        seen.add(name)


def _target(table: rows.Table, activities: list[Found]) -> Found | None:
    whole = [each for each in activities if not each.partial]
    title, code = squashed(table.above.get("title", "")), squashed(table.above.get("kode_kegiatan", ""))
    if title or code:
        for each in whole:
            if code and squashed(each.values.get("kode_kegiatan", "")) == code:
                return each
        named = [each for each in whole if title and squashed(each.values.get("title", "")) == title]
        if named:
            ending = _ending(table.sheet)
            return next((each for each in named if _ending(each.sheet) == ending), named[0])
        return None
    if len(whole) == 1:
        return whole[0]
    ending = _ending(table.sheet)
    same = [each for each in whole if _ending(each.sheet) == ending]
    return same[0] if len(same) == 1 else None


def _ending(name: str) -> str:
    """``2`` of ``MS-Var 2``, ``MS-Var (2)`` or ``MS-Var_2``."""
    match = re.search(r"(\d+)\D*$", name)
    return match.group(1).lstrip("0") if match else ""
