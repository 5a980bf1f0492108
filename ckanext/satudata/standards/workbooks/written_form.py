"""Writing MS-Keg: a filled form with its blocks, numbers, choices and boxes to tick."""

from __future__ import annotations

from typing import Any

from ckanext.satudata.standards import bps
from ckanext.satudata.standards.bps import Item

from . import look
from .book import Writer, subtitle
from .layout import BLOCKS, TITLES, Line, label_of, lines

#: Columns of MS-Keg: number, question, answer (two columns: start and end), choices.
WIDTHS = (7.0, 44.0, 27.0, 27.0, 44.0)
NUMBER, QUESTION, ANSWER, SECOND, CHOICES = 1, 2, 3, 4, 5
TICK = "✓"
#: Empty rows for areas in 4.5.
EMPTY_AREAS = 5


def write_activity(writer: Writer, name: str, package: dict[str, Any]) -> None:
    """MS-Keg as a filled form."""
    sheet = writer.sheet(name)
    for column, width in enumerate(WIDTHS, 1):
        sheet.column_dimensions[sheet.cell(1, column).column_letter].width = width
    look.heading(sheet.cell(1, 1), TITLES["ms_keg"])
    look.heading(sheet.cell(2, 1), subtitle(writer.edition), 10)
    row = 4
    for column, text in ((NUMBER, "No."), (QUESTION, "Rincian"), (ANSWER, "Isian"), (SECOND, None),
                         (CHOICES, "Pilihan dan petunjuk")):  # fmt: skip
        look.put(sheet.cell(row, column), text, fill=look.NAVY, bold=True, color="FFFFFF")
    sheet.merge_cells(start_row=row, end_row=row, start_column=ANSWER, end_column=SECOND)
    sheet.freeze_panes = sheet.cell(row + 1, ANSWER)
    block = ""
    for line in lines(writer.edition):
        if line.no and line.no[0] != block:
            block = line.no[0]
            row += 1
            _block(sheet, row, block)
        row = _line(writer, sheet, row + 1, line, package)
    look.paper(sheet, landscape=False, repeat="4:4", title=f"MS-Keg · {package.get('title') or ''}")


def _block(sheet: Any, row: int, block: str) -> None:
    roman, words = BLOCKS[block]
    for column in range(NUMBER, CHOICES + 1):
        look.put(sheet.cell(row, column), f"{roman}. {words}" if column == NUMBER else None, wrap=False, fill=look.PALE,
                 bold=True, size=11)  # fmt: skip
    sheet.merge_cells(start_row=row, end_row=row, start_column=NUMBER, end_column=CHOICES)


def _line(writer: Writer, sheet: Any, row: int, line: Line, package: dict[str, Any]) -> int:
    """One line of the form; the last row it took."""
    hint = ""
    _frame(sheet, row, line)
    if not line.items:
        dated = line.no == "3.3"
        for column, text in ((ANSWER, "Tanggal awal"), (SECOND, "Tanggal akhir")):
            look.put(sheet.cell(row, column), text if dated else None, bold=True)
        look.put(sheet.cell(row, QUESTION), line.words, bold=True)
        return row
    item = line.item
    if item.kind == "rows":
        return _areas(sheet, row, item, package) if item.field != "variabel" else _see(sheet, row, line)
    if item.kind == "multiselect":
        return _ticks(writer, sheet, row, item, package)
    if len(line.items) == 2:
        for column, each in ((ANSWER, line.items[0]), (SECOND, line.items[1])):
            look.put(sheet.cell(row, column), look.date_or_text(bps.value_of(each, package)), fill=look.ANSWER)
        return row
    value: Any = bps.value_of(item, package)
    if item.kind == "select":
        value = bps.label_of(item, value) if value else None
        listed = writer.labels(item)
        hint = "\n".join(f"{number}. {label}" for number, label in listed)
        writer.choices(sheet, [label for _number, label in listed], sheet.cell(row, ANSWER).coordinate)
    elif item.kind == "date":
        value = look.date_or_text(value)
    elif item.kind in ("year", "integer"):
        value = look.number_or_text(value)
    if item.officer:
        hint = "(diisi oleh petugas BPS)"
    look.put(sheet.cell(row, ANSWER), value or (0 if value == 0 else None), fill=look.ANSWER)
    look.put(sheet.cell(row, SECOND), None, fill=look.ANSWER)
    sheet.merge_cells(start_row=row, end_row=row, start_column=ANSWER, end_column=SECOND)
    look.put(sheet.cell(row, CHOICES), hint or None, color="595959", size=9)
    sheet.row_dimensions[row].height = look.height(
        [(line.words, WIDTHS[1]), (value, WIDTHS[2] + WIDTHS[3]), (hint, WIDTHS[4])]
    )
    return row


def _frame(sheet: Any, row: int, line: Line) -> None:
    look.put(sheet.cell(row, NUMBER), line.no or None)
    look.put(sheet.cell(row, QUESTION), line.words)
    for column in (ANSWER, SECOND, CHOICES):
        look.put(sheet.cell(row, column), None)


def _see(sheet: Any, row: int, line: Line) -> int:
    look.put(sheet.cell(row, ANSWER), "(Lihat lembar MS-Var)", italic=True)
    sheet.merge_cells(start_row=row, end_row=row, start_column=ANSWER, end_column=SECOND)
    return row


def _ticks(writer: Writer, sheet: Any, row: int, item: Item, package: dict[str, Any]) -> int:
    """Several choices: one row each, with a box to tick."""
    chosen = bps.value_of(item, package)
    look.put(sheet.cell(row, CHOICES), "(beri tanda ✓ pada setiap pilihan yang sesuai)", color="595959", size=9)
    first = row + 1
    for number, label in writer.labels(item):
        row += 1
        value = next(c.value for c in item.choices if bps.label_of(item, c.value) == label)
        other = item.other if value == "lainnya" else None
        look.put(sheet.cell(row, NUMBER), None)
        look.put(sheet.cell(row, QUESTION), f"{number}. {label}" + (" (sebutkan)" if other else ""))
        sheet.cell(row, QUESTION).alignment = sheet.cell(row, QUESTION).alignment.copy(indent=1)
        look.put(sheet.cell(row, ANSWER), TICK if value in chosen else None, fill=look.ANSWER)
        words = package.get(other) if other and value in chosen else None
        look.put(sheet.cell(row, SECOND), words, fill=look.ANSWER if other else None)
        look.put(sheet.cell(row, CHOICES), None)
        if words:
            sheet.row_dimensions[row].height = look.height([(words, WIDTHS[3])])
    writer.choices(sheet, [TICK], f"{sheet.cell(first, ANSWER).coordinate}:{sheet.cell(row, ANSWER).coordinate}")
    return row


def _areas(sheet: Any, row: int, item: Item, package: dict[str, Any]) -> int:
    """A table of two columns inside the form: 4.5."""
    shown = list(item.columns)[:2]
    for column, each in zip((ANSWER, SECOND), shown, strict=False):
        look.put(sheet.cell(row, column), label_of(each), bold=True)
    values = bps.value_of(item, package)
    for each_row in [*values, *[{}] * max(0, EMPTY_AREAS - len(values))]:
        row += 1
        for column in (NUMBER, QUESTION, CHOICES):
            look.put(sheet.cell(row, column), None)
        for column, each in zip((ANSWER, SECOND), shown, strict=False):
            look.put(sheet.cell(row, column), look.one_line(each_row.get(each.field)), fill=look.ANSWER)
    return row
