"""Rules about how a table is built: one header, equal rows, one table per sheet, cells of one kind."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import ckantoolkit as tk

from ckanext.satudata.standards.files.facts import LISTED, FileFacts, Table
from ckanext.satudata.standards.files.kinds import EXPECTED
from ckanext.satudata.standards.rules.file_words import column_name, format_of, listed, name_of, rows_of, short, tables
from ckanext.satudata.standards.rules.file_words import looked_into as looked
from ckanext.satudata.standards.rules.registry import Problem, Subject, rule

_TEXT = frozenset({"CSV"})
_BOOKS = frozenset({"XLSX", "XLS", "ODS"})


def _severity(subject: Subject, facts: FileFacts, where: str | None) -> str:
    """A workbook for people to look at may be built as they like where the same dataset has a table for programs."""
    others = [each for each in subject.resources if each.get("id") != where]
    if facts.kind in _BOOKS and any(format_of(each) in {"CSV", "TSV", "JSON", "GEOJSON"} for each in others):
        return "warning"
    return "error"


@rule("table.shape", "interoperabilitas", "error")
def table_shape(subject: Subject) -> Iterator[Problem]:
    """A table has one row of column names and rows of equal length below it, in UTF-8.

    Titles belong into the metadata, merged cells and rows of numbers below the names into a printed table. A workbook
    built for the eye is a warning only where the same data lie beside it as CSV.

    To mend: one row of names, each of its own (``kode_wilayah,periode,nilai``); no title, no empty or merged cells.
    """
    for resource, facts, table, name in tables(subject):
        where = resource.get("id")
        severity = _severity(subject, facts, where)
        for problem in _header(name, table, where):
            yield replace(problem, severity=problem.severity or severity)
        for problem in _body(name, facts, table, where):
            yield replace(problem, severity=problem.severity or severity)
    for resource, facts in looked(subject):
        if format_of(resource) in EXPECTED:
            yield from _text(name_of(resource), facts, resource.get("id"))


def _header(name: str, table: Table, where: str | None) -> Iterator[Problem]:
    if table.titles:
        yield Problem(
            tk._('"{name}" begins with a title instead of column names').format(name=name),
            tk._("Delete the rows above the column names; the title has its own field"),
            resource_id=where,
            part="title",
        )
    if table.numeric_header:
        yield Problem(
            tk._('The first row of "{name}" holds figures instead of column names').format(name=name),
            tk._('Put a row of column names on top, for example "kode_wilayah,periode,nilai"'),
            resource_id=where,
            part="header",
        )
    elif table.merged_header:
        yield Problem(
            tk._('The column names of "{name}" stand in two rows with merged cells').format(name=name),
            tk._('Put each whole name into one row, for example "penduduk_laki_laki"'),
            resource_id=where,
            part="merged",
        )
    elif table.nameless:
        yield Problem(
            tk._('"{name}" has columns without a name: {columns}').format(name=name, columns=listed(table.nameless)),
            tk._("Name each column in the first row, or delete empty columns"),
            resource_id=where,
            part="nameless",
        )
    if table.doubled:
        columns = ", ".join(short(column) for column in table.doubled[:LISTED])
        yield Problem(
            tk._('"{name}" has several columns called {columns}').format(name=name, columns=columns),
            tk._("Give each column a name of its own"),
            resource_id=where,
            part="doubled",
        )
    if table.markup:
        yield Problem(
            tk._('Column names of "{name}" hold signs of HTML or formulas; columns {columns}').format(
                name=name, columns=listed(table.markup)
            ),
            tk._('Write plain names, for example "nilai"'),
            resource_id=where,
            severity="warning",
            part="markup",
        )
    if table.number_row:
        yield Problem(
            tk._('Below the column names of "{name}" stands a row that numbers the columns').format(name=name),
            tk._("Delete the row with (1), (2), (3)"),
            resource_id=where,
            severity="warning",
            part="numbering",
        )


def _body(name: str, facts: FileFacts, table: Table, where: str | None) -> Iterator[Problem]:
    if table.ragged and not table.titles and not table.merged_header:
        yield Problem(
            tk._('Rows of "{name}" have more or fewer cells than the first row; lines {lines}').format(
                name=name, lines=listed(table.ragged, table.ragged_count > LISTED)
            ),
            tk._("Give every row as many cells as there are column names; put text with commas into quotes"),
            resource_id=where,
            part="ragged",
        )
    explained = table.ragged or table.titles or table.merged_header or table.nameless or table.doubled
    explained = explained or table.blank_rows or table.numeric_header or table.number_row
    if facts.kind in _TEXT and table.structure and not explained:
        yield Problem(
            tk._('"{name}" is not built like a table: {errors}').format(
                name=name, errors=", ".join(sorted(table.structure))
            ),
            tk._("Open it in a spreadsheet, look at the first rows, and save it anew as CSV UTF-8"),
            resource_id=where,
            part="structure",
        )
    if not table.rows and not (facts.kind in _BOOKS and len(facts.tables) > 1):
        yield Problem(
            tk._('"{name}" has column names but no rows').format(name=name),
            tk._("Upload the filled table"),
            resource_id=where,
            part="rows",
        )
    if table.blank_rows and facts.kind in _TEXT:
        yield Problem(
            tk._('"{name}" has {count} empty rows').format(name=name, count=table.blank_rows),
            tk._("Delete the empty rows"),
            resource_id=where,
            severity="warning",
            part="blank",
        )
    if table.merged_cells and not table.merged_header:
        yield Problem(
            tk._('"{name}" has {count} merged cells').format(name=name, count=table.merged_cells),
            tk._("Unmerge them and write the value into every cell it is meant for"),
            resource_id=where,
            severity="warning",
            part="cells",
        )
    if table.notes:
        yield Problem(
            tk._('Below the table of "{name}" stand remarks; rows {rows}').format(name=name, rows=listed(table.notes)),
            tk._("Move source and remarks to their fields, and delete these rows"),
            resource_id=where,
            severity="warning",
            part="notes",
        )


def _text(name: str, facts: FileFacts, where: str | None) -> Iterator[Problem]:
    if facts.encoding not in {"utf-8", ""}:
        fix = tk._('Save it as "CSV UTF-8"; otherwise letters such as é become other signs')
        message = tk._('"{name}" is not written in UTF-8')
        if facts.encoding == "mixed":
            message = tk._('"{name}" mixes two encodings: some lines are UTF-8, others are not')
        yield Problem(message.format(name=name), fix, resource_id=where, severity="warning", part="encoding")
    if facts.nul or facts.control:
        yield Problem(
            tk._('"{name}" holds {count} signs that cannot be seen and break programs').format(
                name=name, count=facts.nul + facts.control
            ),
            tk._("Export the table again as CSV UTF-8"),
            resource_id=where,
            severity="warning",
            part="control",
        )
    if facts.long_cell:
        yield Problem(
            tk._('A cell of "{name}" is longer than a workbook can hold; row {row}').format(
                name=name, row=facts.long_cell
            ),
            tk._("Look for a quotation mark that is not closed; long texts belong into a document"),
            resource_id=where,
            severity="warning",
            part="long",
        )


@rule("table.sheets", "interoperabilitas", "warning")
def table_sheets(subject: Subject) -> Iterator[Problem]:
    """One table per sheet, one sheet per workbook, nothing hidden.

    Programs read the first sheet and its first table; what else is there is lost on them, and a hidden sheet is
    published like any other.

    To mend: one file per table; delete hidden sheets.
    """
    for resource, facts in looked(subject):
        name, where = name_of(resource), resource.get("id")
        filled = [table for table in facts.tables if table.rows and not table.hidden]
        if facts.kind in _BOOKS and len(filled) > 1:
            yield Problem(
                tk._('"{name}" has {count} sheets with tables').format(name=name, count=len(filled)),
                tk._("Upload one file per table, each with a name that says what it holds"),
                resource_id=where,
                part="several",
            )
        hidden = [short(table.name) for table in facts.tables if table.hidden and table.rows]
        if hidden:
            yield Problem(
                tk._('"{name}" has hidden sheets: {sheets}').format(name=name, sheets=", ".join(hidden[:LISTED])),
                tk._("Delete them: whoever downloads the file can see them"),
                resource_id=where,
                part="hidden",
            )
        for table in facts.tables:
            if table.second:
                yield Problem(
                    tk._('On one sheet of "{name}" a second table begins in row {row}').format(
                        name=name, row=table.second
                    ),
                    tk._("Upload one file per table"),
                    resource_id=where,
                    part="second",
                )


@rule("table.types", "interoperabilitas", "warning")
def table_types(subject: Subject) -> Iterator[Problem]:
    """The cells of a column are of one kind.

    A figure with its unit, thousands parted by dots, a comma here and a point there, three ways to write "nothing":
    people understand, programs do not add up.

    To mend: figures alone (1263569 or 12.5), the unit in its field, empty cells where there is no figure.
    """
    for resource, _facts, table, name in tables(subject):
        where = resource.get("id")
        for column in table.columns[:200]:
            title = column_name(column)
            if column.kind in ("number", "integer") and column.unfit.count and column.role != "nilai":
                yield Problem(
                    tk._('In "{name}", {column} holds figures, but not in rows {rows}').format(
                        name=name, column=title, rows=rows_of(column.unfit)
                    ),
                    tk._("Write a figure there, or leave the cell empty"),
                    resource_id=where,
                    part="unfit",
                )
            if column.with_unit.count and column.role != "nilai":
                yield Problem(
                    tk._('In "{name}", {column} holds figures with their unit; rows {rows}').format(
                        name=name, column=title, rows=rows_of(column.with_unit)
                    ),
                    tk._("Write the figure alone; the unit has its own field"),
                    resource_id=where,
                    part="unit",
                )
            if column.decimal == "mixed":
                yield Problem(
                    tk._('In "{name}", {column} has decimal commas and decimal points').format(name=name, column=title),
                    tk._("Use one of them in the whole file, best the point: 12.5"),
                    resource_id=where,
                    part="decimal",
                )
            elif column.thousands:
                yield Problem(
                    tk._('In "{name}", {column} parts the thousands of its figures').format(name=name, column=title),
                    tk._("Write 1263569 instead of 1.263.569"),
                    resource_id=where,
                    part="thousands",
                )
            if len(column.spellings) > 1:
                spellings = ", ".join(f'"{short(text)}"' for text in list(column.spellings)[:LISTED])
                yield Problem(
                    tk._('In "{name}", {column} says in several ways that there is nothing: {spellings}').format(
                        name=name, column=title, spellings=spellings
                    ),
                    tk._("Leave such cells empty"),
                    resource_id=where,
                    part="nothing",
                )
            elif column.spellings and column.kind in ("number", "integer"):
                yield Problem(
                    tk._('In "{name}", {column} holds "{text}" where there is no figure').format(
                        name=name, column=title, text=next(iter(column.spellings))
                    ),
                    tk._("Leave such cells empty; 0 means that there are none"),
                    resource_id=where,
                    part="nothing",
                )
