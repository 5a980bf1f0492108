"""Workbooks made by hand, honest and hostile: XLSX and ODS are archives of XML."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterable
from typing import Any
from xml.sax.saxutils import escape

_TYPES = (
    '<?xml version="1.0"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
    '<Default Extension="xml" ContentType="application/xml"/></Types>'
)
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_RELATION = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"


def cell(value: Any, reference: str) -> str:
    """One cell of a sheet: a number, a text, or XML as it is (``<c …>``)."""
    if isinstance(value, str) and value.startswith("<c"):
        return value.replace("<c", f'<c r="{reference}"', 1)
    if isinstance(value, (int, float)):
        return f'<c r="{reference}"><v>{value}</v></c>'
    return f'<c r="{reference}" t="inlineStr"><is><t>{escape(str(value))}</t></is></c>'


def sheet_xml(rows: Iterable[Iterable[Any]], after: str = "", before: str = "") -> str:
    """A sheet; ``before`` stands ahead of the root, ``after`` behind the rows."""
    lines = []
    for number, row in enumerate(rows, 1):
        cells = "".join(cell(value, f"{chr(65 + place)}{number}") for place, value in enumerate(row) if value != "")
        lines.append(f'<row r="{number}">{cells}</row>')
    body = "".join(lines)
    return f'<?xml version="1.0"?>{before}<worksheet xmlns="{_MAIN}"><sheetData>{body}</sheetData>{after}</worksheet>'


def xlsx(sheets: dict[str, str], extra: dict[str, bytes] | None = None, hidden: Iterable[str] = ()) -> bytes:
    """A workbook of these sheets (name → XML)."""
    names = list(sheets)
    state = dict.fromkeys(hidden, ' state="hidden"')
    listed = "".join(
        f'<sheet name="{name}" sheetId="{n}" r:id="rId{n}"{state.get(name, "")}/>' for n, name in enumerate(names, 1)
    )
    related = "".join(
        f'<Relationship Id="rId{n}" Type="{_RELATION}/worksheet" Target="worksheets/sheet{n}.xml"/>'
        for n in range(1, len(names) + 1)
    )
    book = io.BytesIO()
    with zipfile.ZipFile(book, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", _TYPES)
        archive.writestr(
            "xl/workbook.xml",
            f'<workbook xmlns="{_MAIN}" xmlns:r="{_RELATION}"><sheets>{listed}</sheets></workbook>',
        )
        archive.writestr(
            "xl/_rels/workbook.xml.rels",
            '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
            f"{related}</Relationships>",
        )
        for number, name in enumerate(names, 1):
            archive.writestr(f"xl/worksheets/sheet{number}.xml", sheets[name])
        for name, data in (extra or {}).items():
            archive.writestr(name, data)
    return book.getvalue()


def book_of(rows: Iterable[Iterable[Any]], **more: Any) -> bytes:
    """A workbook of one sheet."""
    return xlsx({"Data": sheet_xml(rows)}, **more)


def ods(rows: str, name: str = "Data") -> bytes:
    """A workbook of LibreOffice with these rows of XML."""
    office = "urn:oasis:names:tc:opendocument:xmlns"
    content = (
        f'<?xml version="1.0"?><office:document-content xmlns:office="{office}:office:1.0" '
        f'xmlns:table="{office}:table:1.0" xmlns:text="{office}:text:1.0"><office:body><office:spreadsheet>'
        f'<table:table table:name="{name}">{rows}</table:table>'
        "</office:spreadsheet></office:body></office:document-content>"
    )
    book = io.BytesIO()
    with zipfile.ZipFile(book, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr("META-INF/manifest.xml", "<manifest/>")
        archive.writestr("content.xml", content)
    return book.getvalue()
