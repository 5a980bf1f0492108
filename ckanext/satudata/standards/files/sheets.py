"""Workbooks (XLSX, ODS): cells as they are stored, row by row, in bounded memory; nothing is calculated or run.

Read by expat, the parser of Python itself: openpyxl with defusedxml takes eight times as long (12.9 s against 1.7 s
for 60,000 rows of six columns), and readers in Rust keep a sheet as one block of cells, which two cells far apart
make larger than any memory. A document type or an entity ends the reading.
"""

from __future__ import annotations

import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

from ckanext.satudata.standards.files import ods, xlsx
from ckanext.satudata.standards.files.facts import FileFacts
from ckanext.satudata.standards.files.table_scan import MOST_COLUMNS, SAMPLE, TableScan, frame_of, tidy_cell
from ckanext.satudata.standards.files.xmlparts import Entities, Sheet, TooLarge

_BATCH = 5_000
MOST_SHEETS = 100


def scan(path: Path, facts: FileFacts, go_on: Callable[..., bool]) -> None:
    """Look into every sheet of a workbook."""
    from xml.parsers.expat import ExpatError

    try:
        with zipfile.ZipFile(path) as archive:
            unpacked = max(1, sum(member.file_size for member in archive.infolist()))
            share = facts.size / unpacked

            def read(count: int = 0) -> bool:
                return go_on(int(count * share))

            open_sheets = xlsx.sheets if facts.kind == "XLSX" else ods.sheets
            for number, sheet in enumerate(open_sheets(archive, read)):
                if number >= MOST_SHEETS:
                    facts.complete = False
                    break
                take(sheet, facts, read)
                if not facts.complete:
                    break
        facts.looked_into = True
    except Entities:
        facts.trouble = "entities"
    except TooLarge:
        facts.trouble = "too_large"
    except (zipfile.BadZipFile, ExpatError, KeyError, ValueError, IndexError, EOFError, NotImplementedError, OSError):
        facts.trouble = "damaged"
    except Exception as error:
        # zlib.error is its own family.
        if type(error).__module__ != "zlib":
            raise
        facts.trouble = "damaged"
    if facts.trouble:
        facts.complete = False


def take(sheet: Sheet, facts: FileFacts, go_on: Callable[..., bool]) -> None:
    """Look into one sheet; ``facts.complete`` is False afterwards where time ran out."""
    import polars as pl

    scan = TableScan(sheet.name, sheet.hidden)
    begun = False
    for numbers, cells in _batches(sheet.rows):
        if not begun:
            sample = []
            for row, values in zip(numbers, cells, strict=True):
                tidy = [tidy_cell(value) for value in values[: MOST_COLUMNS + 1]]
                if any(tidy):
                    sample.append((row, tidy))
                if len(sample) >= SAMPLE:
                    break
            if not sample:
                continue
            scan.begin(sample)
            begun = True
        scan.take(frame_of(cells), pl.Series(numbers, dtype=pl.Int64))
        if not go_on():
            facts.complete = False
            break
    if begun:
        scan.table.merged_cells, scan.table.formulas = sheet.merged, sheet.formulas
        facts.tables.append(scan.finish(facts, go_on))


def _batches(rows: Iterator[tuple[int, list[str]]]) -> Iterator[tuple[list[int], list[list[str]]]]:
    numbers: list[int] = []
    cells: list[list[str]] = []
    for row, values in rows:
        numbers.append(row)
        cells.append(values)
        if len(numbers) >= _BATCH:
            yield numbers, cells
            numbers, cells = [], []
    if numbers:
        yield numbers, cells
