"""The facts of a file: what was seen in it, in no language and with no value that could be anybody's secret.

Facts are plain dataclasses that go to JSON and back, so that they can be kept; ``standards/rules`` puts them into
words. A place in a table is a pair ``(row, column)``, both counted from 1 as in a spreadsheet, the header included.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass, field
from typing import Any

#: Moves whenever the facts of the same bytes would come out otherwise: kept facts of an older number are read anew.
VERSION = 2
#: So many places, names or rows are listed; how many there are is counted beside.
LISTED = 5

Place = tuple[int, int]


@dataclass
class Spots:
    """Where something was seen: the first few places, and how many there are."""

    count: int = 0
    places: list[Place] = field(default_factory=list)

    def add(self, row: int, column: int, times: int = 1) -> None:
        self.count += times
        if len(self.places) < LISTED:
            self.places.append((row, column))

    @property
    def rows(self) -> list[int]:
        return sorted({row for row, _column in self.places})


@dataclass
class Column:
    """One column.

    :ivar name: as in the header; empty where there is none, and where the header holds a value that is private
    :ivar kind: ``empty``, ``integer``, ``number``, ``period``, ``date``, ``code`` or ``text``
    :ivar role: ``kode_wilayah``, ``kode_bps``, ``periode``, ``nilai`` or empty, by the name
    :ivar spellings: how "nothing" is written (``-``, ``n/a``), with how often
    :ivar decimal: ``.``, ``,``, ``mixed`` or empty
    :ivar unfit: cells that are not of the kind nearly all others are
    :ivar loose: periods and dates that people understand and programs do not (``Januari 2024``)
    :ivar codes: in a column of region codes: each code, with the row where it stands first
    :ivar personal: kind (``id``, ``phone``, ``email``, ``name``) → where
    :ivar office: whether what was found is an office's (``telepon_kantor``, an address ending in ``.go.id``)
    """

    place: int
    name: str = ""
    kind: str = "empty"
    role: str = ""
    filled: int = 0
    spellings: dict[str, int] = field(default_factory=dict)
    decimal: str = ""
    thousands: bool = False
    unfit: Spots = field(default_factory=Spots)
    loose: Spots = field(default_factory=Spots)
    with_unit: Spots = field(default_factory=Spots)
    codes: dict[str, int] = field(default_factory=dict)
    personal: dict[str, Spots] = field(default_factory=dict)
    office: list[str] = field(default_factory=list)


@dataclass
class Mismatch:
    """Figures that do not add up.

    :ivar how: ``row`` (a row of totals), ``column`` (parts beside their sum) or ``group`` (a category of totals)
    :ivar names: of the columns concerned; the sum is the last one
    """

    how: str
    names: list[str]
    spots: Spots
    stated: float = 0.0
    summed: float = 0.0


@dataclass
class Jump:
    """A figure that differs much from that of the period before."""

    key: str
    before: str
    after: str
    percent: float
    row: int


@dataclass
class Table:
    """One table: a CSV file, one sheet of a workbook, the records of a JSON file.

    :ivar header_row: row of the column names, or 0 where there is none
    :ivar rows: rows of data
    :ivar ragged: rows with another number of cells than there are columns (text files)
    :ivar second: row in which another table begins on the same sheet, or 0
    :ivar notes: rows below the table that hold a remark
    :ivar series: of a tidy table: ``key → {period: value}`` of the newest periods, to compare versions by
    """

    name: str = ""
    hidden: bool = False
    header_row: int = 0
    titles: int = 0
    numeric_header: bool = False
    merged_header: bool = False
    number_row: bool = False
    merged_cells: int = 0
    formulas: int = 0
    rows: int = 0
    blank_rows: int = 0
    columns: list[Column] = field(default_factory=list)
    nameless: list[int] = field(default_factory=list)
    doubled: list[str] = field(default_factory=list)
    markup: list[int] = field(default_factory=list)
    ragged: list[int] = field(default_factory=list)
    ragged_count: int = 0
    second: int = 0
    notes: list[int] = field(default_factory=list)
    total_rows: list[int] = field(default_factory=list)
    years_beside: list[str] = field(default_factory=list)
    tidy: bool = False
    repeated: Spots = field(default_factory=Spots)
    mismatches: list[Mismatch] = field(default_factory=list)
    jumps: list[Jump] = field(default_factory=list)
    jump_count: int = 0
    series: dict[str, dict[str, float]] = field(default_factory=dict)
    #: What frictionless says of the first rows: its error types, each with how often.
    structure: dict[str, int] = field(default_factory=dict)

    def column(self, role: str) -> Column | None:
        return next((column for column in self.columns if column.role == role), None)


@dataclass
class Prose:
    """A document that is no table: its pages, as text. A place in it is ``(page, 0)``.

    :ivar silent: pages without text that can be read: scans, drawings, fonts that do not say their letters
    :ivar personal: kind (``id``, ``phone``, ``email``, ``name``) → where
    """

    pages: int = 0
    silent: Spots = field(default_factory=Spots)
    personal: dict[str, Spots] = field(default_factory=dict)


@dataclass
class FileFacts:
    """What was seen in a file.

    :ivar kind: CSV, JSON, GEOJSON, HTML, XLSX, ODS, XLS, ZIP, PDF … by its bytes, or empty where they say nothing
    :ivar trouble: why it could not be read: ``missing``, ``empty``, ``unreadable``, ``encrypted``, ``bomb``,
        ``damaged``, ``entities``, ``row_too_long``, ``too_deep``, ``too_large``, ``json``; empty where it could
    :ivar line: near which line the trouble is, or 0
    :ivar complete: all of it was read
    :ivar encoding: of a text file: ``utf-8``, ``utf-16``, ``utf-32``, ``cp1252``, ``latin-1`` or ``mixed``
    """

    kind: str = ""
    size: int = 0
    trouble: str = ""
    line: int = 0
    complete: bool = True
    encoding: str = ""
    delimiter: str = ""
    nul: int = 0
    control: int = 0
    long_cell: int = 0
    macros: bool = False
    external: bool = False
    looked_into: bool = False
    tables: list[Table] = field(default_factory=list)
    prose: Prose | None = None
    seconds: float = 0.0

    def as_dict(self) -> dict[str, Any]:
        """As JSON keeps it."""
        return {"version": VERSION, **dataclasses.asdict(self)}

    @classmethod
    def from_dict(cls, stored: dict[str, Any] | None) -> FileFacts | None:
        """Facts as they were kept; None where they are of another version, or not facts at all."""
        if not isinstance(stored, dict) or stored.get("version") != VERSION:
            return None
        values = {key: value for key, value in stored.items() if key != "version"}
        values["tables"] = [_table(table) for table in values.get("tables") or []]
        values["prose"] = _prose(values["prose"]) if values.get("prose") else None
        return cls(**values)


def _spots(stored: dict[str, Any]) -> Spots:
    return Spots(stored["count"], [(row, column) for row, column in stored["places"]])


def _prose(stored: dict[str, Any]) -> Prose:
    personal = {kind: _spots(spots) for kind, spots in stored["personal"].items()}
    return Prose(stored["pages"], _spots(stored["silent"]), personal)


def _table(stored: dict[str, Any]) -> Table:
    values = dict(stored)
    values["columns"] = [_column(column) for column in stored["columns"]]
    values["repeated"] = _spots(stored["repeated"])
    values["mismatches"] = [Mismatch(**{**each, "spots": _spots(each["spots"])}) for each in stored["mismatches"]]
    values["jumps"] = [Jump(**jump) for jump in stored["jumps"]]
    return Table(**values)


def _column(stored: dict[str, Any]) -> Column:
    values = dict(stored)
    for name in ("unfit", "loose", "with_unit"):
        values[name] = _spots(stored[name])
    values["personal"] = {kind: _spots(spots) for kind, spots in stored["personal"].items()}
    return Column(**values)
