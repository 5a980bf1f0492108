"""A table as it is typed and as it is stored: one CSV file, tidy, in UTF-8. Pure."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from ckanext.satudata.standards.normalise import strip_control
from ckanext.satudata.standards.typing import numbers

#: More is no small table: a spreadsheet serves better, and a form of a browser has an end.
MOST_ROWS = 1000
MOST_COLUMNS = 12
LONGEST_CELL = 500
LONGEST_NAME = 60
#: A file that is larger was not typed here.
LARGEST_FILE = 2 * 1024 * 1024

REGION, PERIOD, NAME, VALUE, NOTE = "kode_wilayah", "periode", "nama_wilayah", "nilai", "keterangan"
KINDS = ("region", "period", "text", "number")


@dataclass(frozen=True)
class Column:
    """A column: its name in the file, and what its cells hold (one of ``KINDS``)."""

    name: str
    kind: str

    @property
    def is_key(self) -> bool:
        """Whether its cells say what a figure is about, rather than the figure or a remark."""
        return self.kind in ("region", "period") or (self.kind == "text" and self.name != NOTE)


@dataclass
class Table:
    """Columns and rows of text; numbers are written for machines (``12.5``), what is none stays as it was typed."""

    columns: list[Column] = field(default_factory=list)
    rows: list[list[str]] = field(default_factory=list)

    @property
    def names(self) -> list[str]:
        return [column.name for column in self.columns]

    @property
    def keys(self) -> list[int]:
        """Places of the columns that say what a row is about."""
        return [place for place, column in enumerate(self.columns) if column.is_key]


def kind_of(name: str, cells: Iterable[str] = ()) -> str:
    """What a column holds, by its name, else by what most of its cells are; nothing typed yet is a figure to come."""
    if name in (REGION, PERIOD):
        return "region" if name == REGION else "period"
    if name in (NAME, NOTE):
        return "text"
    filled = [cell for cell in cells if cell]
    return "number" if 2 * sum(map(numbers.is_stored, filled)) >= len(filled) else "text"


def kinds_text(table: Table) -> str:
    """What the columns hold, as it is kept with the file: ``periode:period nilai:number``."""
    return " ".join(f"{column.name}:{column.kind}" for column in table.columns)


def _kinds(text: str) -> dict[str, str]:
    pairs = (part.partition(":") for part in text.split())
    return {name: kind for name, _colon, kind in pairs if kind in KINDS}


def machine_name(text: str) -> str:
    """A heading as a column name: ``Jumlah Balita (jiwa)`` is ``jumlah_balita_jiwa``."""
    return re.sub(r"[^a-z0-9]+", "_", text.strip().lower()).strip("_")[:LONGEST_NAME].rstrip("_")


def clean(cell: str) -> str:
    """A cell in one line, without what no table can hold."""
    return " ".join(str(strip_control(cell)).split())[:LONGEST_CELL]


def understood(table: Table) -> Table:
    """The table with its cells tidied: numbers for machines, no blank rows, every row as long as the header."""
    width = len(table.columns)
    rows = []
    for row in table.rows:
        cells = [clean(cell) for cell in [*row[:width], *[""] * (width - len(row))]]
        for place, column in enumerate(table.columns):
            if column.kind == "number" and cells[place]:
                read = numbers.understood(cells[place])
                cells[place] = cells[place] if read is None else read
            elif column.kind == "period":
                cells[place] = cells[place].upper()
        if any(cells):
            rows.append(cells)
    return Table(list(table.columns), rows)


def to_csv(table: Table) -> bytes:
    """The file: a header, a line a row, commas, UTF-8 without a mark."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(table.names)
    writer.writerows(table.rows)
    return text.getvalue().encode()


def from_csv(data: bytes, kinds: str = "") -> Table | None:
    """A stored file as a table to go on typing in; None for one that was not typed here.

    :param kinds: of :func:`kinds_text`; columns it does not name are guessed

    That is: not UTF-8, another separator, nameless or doubled columns, rows of another length, or too large.
    """
    if len(data) > LARGEST_FILE:
        return None
    try:
        lines = list(csv.reader(io.StringIO(data.decode("utf-8-sig"), newline=""), strict=True))
    except (UnicodeDecodeError, csv.Error):
        return None
    header, rows = (lines[0], lines[1:]) if lines else ([], [])
    if not 1 < len(header) <= MOST_COLUMNS or len(rows) > MOST_ROWS or len(set(header)) != len(header):
        return None
    if any(machine_name(name) != name for name in header) or any(len(row) != len(header) for row in rows):
        return None
    if any(len(cell) > LONGEST_CELL or clean(cell) != cell for row in rows for cell in row):
        return None
    known = _kinds(kinds)
    columns = [
        Column(name, known.get(name) or kind_of(name, (row[place] for row in rows)))
        for place, name in enumerate(header)
    ]
    return Table(columns, rows)
