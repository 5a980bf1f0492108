"""How the written workbooks look: fonts, fills, widths, paper; and texts that stay texts."""

from __future__ import annotations

import copy
import datetime as dt
import io
import math
import re
import zipfile
from typing import Any

from ckanext.satudata import sheets

from .answers import TOO_LONG_FOR_A_CELL

NAVY, PALE, LINE, ANSWER = "1F3864", "DCE6F2", "A6A6A6", "FFFBEB"
#: Excel takes 32,767 characters a cell.
LONGEST = 32_000
_ILLEGAL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
#: The moment all parts carry, so that the same content gives the same bytes.
_EPOCH = (1980, 1, 1, 0, 0, 0)


def plain(text: Any) -> str:
    """A text as a cell can hold it."""
    value = _ILLEGAL.sub("", str(text).replace("\r\n", "\n").replace("\r", "\n"))
    return value if len(value) <= LONGEST else TOO_LONG_FOR_A_CELL


def put(cell: Any, value: Any, *, wrap: bool = True, fill: str | None = None, bold: bool = False, **font: Any) -> None:
    """Write a value; a text that begins like a formula stays a text (the mark *quote prefix* of spreadsheets)."""
    if isinstance(value, str):
        value = plain(value)
    formula_like = isinstance(value, str) and value.startswith(sheets.FORMULA)
    dated = isinstance(value, dt.date)
    if value is not None:
        cell.value = value
        if formula_like:
            cell.data_type = "s"
    # Styles are compared value by value each time one is set; so each is made once a workbook.
    book = cell.parent.parent
    known = book.__dict__.setdefault("_satudata_styles", {})
    key = (wrap, fill, bold, formula_like, dated, tuple(sorted(font.items())))
    if key in known:
        cell._style = copy.copy(known[key])
        return
    from openpyxl.styles import Alignment, Border, Font, PatternFill, Side

    side = Side(style="thin", color=LINE)
    cell.border = Border(left=side, right=side, top=side, bottom=side)
    cell.alignment = Alignment(wrap_text=wrap, vertical="top", horizontal="left")
    cell.font = Font(name="Calibri", size=font.pop("size", 10), bold=bold, **font)
    if fill:
        cell.fill = PatternFill("solid", fgColor=fill)
    if dated:
        cell.number_format = "[$-421]d mmmm yyyy"
    if formula_like:
        cell.quotePrefix = True
    known[key] = copy.copy(cell._style)


def heading(cell: Any, text: str, size: int = 14) -> None:
    """A title over a sheet, without a frame."""
    from openpyxl.styles import Font

    cell.value = plain(text)
    cell.font = Font(name="Calibri", size=size, bold=size > 10, color=NAVY)


def one_line(value: Any) -> str | None:
    """A text without line breaks: where a cell of several lines would mean several items."""
    return " ".join(str(value).split()) if value else None


def date_or_text(value: str) -> Any:
    """A date cell for an ISO date; what a draft holds otherwise stays text."""
    try:
        return dt.date.fromisoformat(value) if re.fullmatch(r"\d{4}-\d{2}-\d{2}", value) else value
    except ValueError:
        return value


def number_or_text(value: str) -> Any:
    """A number cell for a whole number written the plain way."""
    return int(value) if re.fullmatch(r"0|[1-9]\d{0,8}", value) else value


def height(texts: list[tuple[Any, float]], line: float = 13.5) -> float:
    """Points a row needs for wrapped texts of ``(text, width of the column)``: Excel measures no merged cells."""
    lines = 1
    for text, width in texts:
        shown = str(text or "").split("\n")
        lines = max(lines, sum(max(1, math.ceil(len(part) / max(width * 1.05, 1))) for part in shown))
    return min(409.0, lines * line + 4)


def paper(sheet: Any, *, landscape: bool, repeat: str | None, title: str) -> None:
    """A4, one page wide, the heading on each page, number and title at the foot."""
    sheet.page_setup.paperSize = 9
    sheet.page_setup.orientation = "landscape" if landscape else "portrait"
    sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight = 1, 0
    sheet.sheet_properties.pageSetUpPr.fitToPage = True
    sheet.print_options.horizontalCentered = True
    sheet.page_margins.left = sheet.page_margins.right = 0.4
    sheet.page_margins.top, sheet.page_margins.bottom = 0.5, 0.6
    if repeat:
        sheet.print_title_rows = repeat
    # "&" begins a code in headers and footers.
    sheet.oddFooter.left.text = plain(title)[:120].replace("&", "&&")
    sheet.oddFooter.right.text = "Halaman &P dari &N"


def saved(book: Any) -> bytes:
    """The bytes of a workbook, the same for the same content: no moment of writing in it."""
    book.properties.creator = "Satu Data"
    book.properties.created = book.properties.modified = dt.datetime(*_EPOCH)
    raw = io.BytesIO()
    book.save(raw)
    out = io.BytesIO()
    with zipfile.ZipFile(raw) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for part in sorted(old.infolist(), key=lambda each: (each.filename != "[Content_Types].xml", each.filename)):
            content = old.read(part)
            if part.filename == "docProps/core.xml":
                content = re.sub(rb"(<dcterms:modified[^>]*>)[^<]*", rb"\g<1>1980-01-01T00:00:00Z", content)
            info = zipfile.ZipInfo(part.filename, _EPOCH)
            info.compress_type = zipfile.ZIP_DEFLATED
            new.writestr(info, content)
    return out.getvalue()
