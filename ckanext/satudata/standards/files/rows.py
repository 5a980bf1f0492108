"""The rows of a table that was looked into, for rules that compare figures with each other."""

from __future__ import annotations

import csv
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ckanext.satudata.standards.files import stored, xlsx
from ckanext.satudata.standards.files.facts import FileFacts, Table

#: Larger files are left to the person who checks: these rules read row by row.
LARGEST = 10 * 1024 * 1024
MOST = 50_000


def rows_of(resource: dict[str, Any], facts: FileFacts, table: Table) -> Iterator[tuple[int, list[str]]]:
    """Number (as a spreadsheet counts) and cells of each row below the header; nothing where it cannot be read."""
    file = stored.find(resource)
    if file is None or file.size > LARGEST or not table.header_row or facts.trouble:
        return
    with stored.opened(resource, file) as path:
        found = _of_text(path, facts) if facts.kind == "CSV" else _of_book(path, facts, table)
        for number, cells in found:
            if number > MOST:
                return
            if number > table.header_row and any(cell.strip() for cell in cells):
                yield number, cells


def _of_text(path: Path, facts: FileFacts) -> Iterator[tuple[int, list[str]]]:
    encoding = {"utf-8": "utf-8-sig", "mixed": "utf-8-sig"}.get(facts.encoding, facts.encoding or "utf-8-sig")
    with path.open(encoding=encoding, errors="replace", newline="") as stream:
        reader = csv.reader(stream, delimiter=facts.delimiter or ",")
        try:
            while (cells := next(reader, None)) is not None:
                yield reader.line_num, cells
        except csv.Error:
            return


def _of_book(path: Path, facts: FileFacts, table: Table) -> Iterator[tuple[int, list[str]]]:
    if facts.kind != "XLSX":
        return
    with zipfile.ZipFile(path) as archive:
        for sheet in xlsx.sheets(archive, lambda *_count: True):
            for number, cells in sheet.rows:
                if sheet.name == table.name:
                    yield number, cells
                elif number > MOST:
                    return
