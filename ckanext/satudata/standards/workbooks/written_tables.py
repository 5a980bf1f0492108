"""Writing MS-Var and MS-Ind: tables with a heading, column numbers and drop-downs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ckanext.satudata.standards import bps
from ckanext.satudata.standards.bps import Item

from . import look
from .book import Writer, subtitle
from .layout import TITLES, columns, label_of

#: Empty rows for what will be typed.
EMPTY_ROWS = 15
#: Widths of columns by what they hold.
_WIDE = {"textarea": 34.0, "text": 20.0, "select": 12.0, "year": 9.0}


def write_variables(writer: Writer, name: str, package: dict[str, Any]) -> None:
    """MS-Var: one row per variable of an activity."""
    sheet = writer.sheet(name)
    look.heading(sheet.cell(1, 1), TITLES["ms_var"])
    above = (("Judul Kegiatan", "title"), ("Kode Kegiatan", "kode_kegiatan"), ("Tahun", "tahun"))
    for row, (label, field) in enumerate(above, 2):
        look.heading(sheet.cell(row, 1), label, 10)
        look.put(sheet.cell(row, 3), package.get(field) or None, wrap=False)
    top = 6
    items = columns("ms_var", writer.edition)
    _table_heading(sheet, top, items)
    row = top + 2
    rows = list(package.get("variabel") or [])
    for number, variable in enumerate([*rows, *[{}] * max(0, EMPTY_ROWS - len(rows))], 1):
        _table_row(sheet, row, number if variable or not rows else None, items, variable)
        row += 1
    _finish(writer, sheet, top, row - 1, items, f"MS-Var · {package.get('title') or ''}")


def write_indicators(writer: Writer, name: str, packages: Sequence[dict[str, Any]]) -> None:
    """MS-Ind: one row per indicator; further components take rows of their own, its other cells joined over them."""
    from openpyxl.worksheet.cell_range import CellRange

    sheet = writer.sheet(name)
    look.heading(sheet.cell(1, 1), TITLES["ms_ind"])
    look.heading(sheet.cell(2, 1), subtitle(writer.edition), 10)
    top = 4
    items = columns("ms_ind", writer.edition)
    _table_heading(sheet, top, items)
    row = top + 3
    shown = [*packages, *[{}] * max(0, EMPTY_ROWS - len(packages))]
    for number, package in enumerate(shown, 1):
        held = {item.rows: list(package.get(item.rows) or []) for item in items if item.rows}
        count = max([1, *(len(rows) for rows in held.values())])
        for at in range(count):
            parts = {name: rows[at] if at < len(rows) else {} for name, rows in held.items()}
            _table_row(sheet, row + at, number if not at and (package or not packages) else None, items,
                       package if not at else {}, parts)  # fmt: skip
        if count > 1:
            for column in [1, *(at for at, item in enumerate(items, 2) if not item.rows)]:
                # merge_cells compares each range with all others: 400 indicators took 24 s.
                joined = CellRange(min_row=row, max_row=row + count - 1, min_col=column, max_col=column)
                sheet.merged_cells.ranges.add(joined)
        row += count
    _finish(writer, sheet, top, row - 1, items, "MS-Ind")


def _table_heading(sheet: Any, top: int, items: Sequence[Item]) -> None:
    """Words and column numbers; what belongs together stands under one heading."""
    grouped = any(item.rows and item.form == "ms_ind" for item in items)
    rows = 2 if grouped else 1
    column = 2
    look.put(sheet.cell(top, 1), "No", fill=look.NAVY, bold=True, color="FFFFFF")
    groups: list[tuple[str, int, int]] = []
    for item in items:
        label = label_of(item)
        group, own = label.split(": ", 1) if grouped and item.rows and ": " in label else ("", label)
        if group and groups and groups[-1][0] == group:
            groups[-1] = (group, groups[-1][1], column)
        elif group:
            groups.append((group, column, column))
        for at in range(rows):
            text = (own if at else group) if group else (own if not at else None)
            look.put(sheet.cell(top + at, column), text, fill=look.NAVY, bold=True, color="FFFFFF")
        if rows == 2 and not group:
            sheet.merge_cells(start_row=top, end_row=top + 1, start_column=column, end_column=column)
        number = item.no or None
        look.put(sheet.cell(top + rows, column), number, fill=look.PALE, size=9)
        column += 1
    if rows == 2:
        look.put(sheet.cell(top + 1, 1), None, fill=look.NAVY)
        sheet.merge_cells(start_row=top, end_row=top + 1, start_column=1, end_column=1)
    look.put(sheet.cell(top + rows, 1), "(1)", fill=look.PALE, size=9)
    for _group, first, last in groups:
        if last > first:
            for at in range(first + 1, last + 1):
                sheet.cell(top, at).value = None
            sheet.merge_cells(start_row=top, end_row=top, start_column=first, end_column=last)
    sheet.row_dimensions[top + rows - 1].height = 44
    sheet.freeze_panes = sheet.cell(top + rows + 1, 3)


def _table_row(
    sheet: Any,
    row: int,
    number: int | None,
    items: Sequence[Item],
    values: dict[str, Any],
    parts: dict[str, dict[str, Any]] | None = None,
) -> None:
    look.put(sheet.cell(row, 1), number)
    texts = []
    for column, item in enumerate(items, 2):
        held = (parts or {}).get(item.rows or "", {}) if item.form == "ms_ind" and item.rows else values
        value: Any = bps.value_of(item, held)
        if item.choices and value:
            value = bps.label_of(item, value)
        elif item.kind in ("year", "integer"):
            value = look.number_or_text(value)
        elif item.form == "ms_ind" and item.rows:
            value = look.one_line(value)
        look.put(sheet.cell(row, column), value or None)
        texts.append((value, _WIDE.get(item.kind, 20.0)))
    if any(text for text, _width in texts):
        sheet.row_dimensions[row].height = look.height(texts)


def _finish(writer: Writer, sheet: Any, top: int, last: int, items: Sequence[Item], title: str) -> None:
    from openpyxl.utils import get_column_letter

    sheet.column_dimensions["A"].width = 5.0
    for column, item in enumerate(items, 2):
        letter = get_column_letter(column)
        sheet.column_dimensions[letter].width = _WIDE.get(item.kind, 20.0)
        if item.choices:
            labels = [label for _number, label in writer.labels(item)]
            writer.choices(sheet, labels, f"{letter}{top + 2}:{letter}{max(last, top + 3) + 200}")
    grouped = any(item.rows and item.form == "ms_ind" for item in items)
    look.paper(sheet, landscape=True, repeat=f"{top}:{top + (2 if grouped else 1)}", title=title)
