"""PDF files as offices make them, and ones no office makes; old workbooks of Excel."""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Iterable, Sequence
from typing import Any


def pdf(*pages: Sequence[str] | None, password: str = "", size: float = 9) -> bytes:
    """A document of these pages, each of lines of text; None is a page that holds a picture alone."""
    from reportlab.lib import pdfencrypt
    from reportlab.lib.utils import ImageReader
    from reportlab.pdfgen import canvas

    made = io.BytesIO()
    locked = pdfencrypt.StandardEncryption(password, ownerPassword="pemilik") if password else None
    paper = canvas.Canvas(made, encrypt=locked, invariant=True)
    for lines in pages:
        if lines is None:
            paper.drawImage(ImageReader(io.BytesIO(_picture())), 50, 200, 400, 500)
        else:
            text = paper.beginText(50, 790)
            text.setFont("Helvetica", size)
            for line in lines:
                text.textLine(line)
            paper.drawText(text)
        paper.showPage()
    paper.save()
    return made.getvalue()


def list_pdf(rows: list[list[str]], head: Sequence[str] = ()) -> bytes:
    """A document with a table drawn with lines, cell by cell, as Word and Excel export it."""
    from reportlab.lib.styles import getSampleStyleSheet
    from reportlab.platypus import Flowable, Paragraph, SimpleDocTemplate, Table

    made = io.BytesIO()
    style = getSampleStyleSheet()["Normal"]
    parts: list[Flowable] = [Paragraph(line, style) for line in head]
    parts.append(Table(rows, repeatRows=1, style=[("GRID", (0, 0), (-1, -1), 0.5, (0, 0, 0))]))
    SimpleDocTemplate(made).build(parts)
    return made.getvalue()


def _picture() -> bytes:
    """A small grey PNG."""
    width = height = 8
    raw = b"".join(b"\x00" + b"\x99" * width for _ in range(height))

    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(raw)) + chunk(b"IEND", b"")


def raw_pdf(content: bytes, filters: str = "/FlateDecode", more: str = "") -> bytes:
    """A document of one page whose content stream is these bytes, as they are."""
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R " + more.encode() + b">>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 600 800] /Contents 4 0 R "
        b"/Resources << /Font << /F1 << /Type /Font /Subtype /Type1 /BaseFont /Helvetica >> >> >> >>",
        b"<< /Length %d /Filter [%s] >>\nstream\n" % (len(content), filters.encode()) + content + b"\nendstream",
    ]
    out, places = b"%PDF-1.5\n", []
    for number, body in enumerate(objects, 1):
        places.append(len(out))
        out += b"%d 0 obj\n" % number + body + b"\nendobj\n"
    start = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    out += b"".join(b"%010d 00000 n \n" % place for place in places)
    return out + b"trailer << /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, start)


def xls(sheets: dict[str, Iterable[Sequence[Any]]], hidden: Iterable[str] = (), merged: Iterable[str] = ()) -> bytes:
    """A workbook of Excel 97 with these sheets; a cell may be a text, a number, a date or ``("=", formula)``."""
    import datetime as dt

    import xlwt

    book = xlwt.Workbook()
    dates = xlwt.easyxf(num_format_str="YYYY-MM-DD")
    for name, rows in sheets.items():
        sheet = book.add_sheet(name)
        sheet.visibility = 1 if name in hidden else 0
        for row, cells in enumerate(rows):
            for column, value in enumerate(cells):
                if isinstance(value, tuple):
                    sheet.write(row, column, xlwt.Formula(value[1]))
                elif isinstance(value, dt.date):
                    sheet.write(row, column, value, dates)
                elif value != "":
                    sheet.write(row, column, value)
        if name in merged:
            sheet.merge(0, 0, 0, 1)
    made = io.BytesIO()
    book.save(made)
    return made.getvalue()


def biff2(rows: Iterable[Sequence[Any]]) -> bytes:
    """A sheet as Excel 2 wrote it in 1987: records without any container."""
    out = struct.pack("<HHHH", 0x0009, 4, 2, 0x10)
    for row, cells in enumerate(rows):
        for column, value in enumerate(cells):
            place = struct.pack("<HH3s", row, column, b"\x00\x00\x00")
            if isinstance(value, str):
                data = place + bytes([len(value)]) + value.encode("ascii")
                out += struct.pack("<HH", 0x0004, len(data)) + data
            else:
                data = place + struct.pack("<d", value)
                out += struct.pack("<HH", 0x0003, len(data)) + data
    return out + struct.pack("<HH", 0x000A, 0)
