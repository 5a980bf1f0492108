"""Loading a CSV of regions and offices: read, match with what is there, check everything, then write all or nothing.

Columns (the first two are needed; others may be left out):

``kind``, ``title``, ``name`` (of the organization; made from title and code when empty), ``kode_kemendagri``,
``kode_bps``, ``parent`` (Kemendagri code, ``bps:`` and a BPS code, or organization name; of another row or of an
organization that is there), ``aliases`` (parted by ``|``), ``kelurahan_cantik_tahun``.

A row is an organization that is there when code or name say so, else when title or alias do within its parent,
else when they name exactly one organization that has no place yet. What is there keeps its title and name.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import ckantoolkit as tk
from ckan.lib.munge import munge_title_to_name

from ckanext.satudata.lines import RowError, too_wide
from ckanext.satudata.regions import codes, write
from ckanext.satudata.regions.model import folded
from ckanext.satudata.regions.query import PREFIXES

COLUMNS = (
    "kind",
    "title",
    "name",
    "kode_kemendagri",
    "kode_bps",
    "parent",
    "aliases",
    "kelurahan_cantik_tahun",
)
SHIPPED = Path(__file__).parent / "data"
NAME = re.compile(r"[a-z0-9_-]{2,100}")


class LoadError(Exception):
    """The file was refused; nothing was written."""

    def __init__(self, errors: list[RowError]) -> None:
        super().__init__(f"{len(errors)} errors")
        self.errors = sorted(errors, key=lambda error: error.line)


@dataclass
class Row:
    """A line of the file, checked by itself."""

    line: int
    kind: str
    title: str
    name: str
    kode_kemendagri: str | None
    kode_bps: str | None
    parent: str
    aliases: list[str]
    programmes: list[dict[str, Any]] = field(default_factory=list)

    def spellings(self) -> set[str]:
        """Title and aliases as a person might have written them before, folded."""
        return spellings([self.title, *self.aliases])

    def new_name(self) -> str:
        """The name of a new organization; it carries the code, as titles repeat (two kelurahan Sei Mati)."""
        if self.name:
            return self.name
        code = (self.kode_kemendagri or self.kode_bps or "").replace(".", "-")
        slug = munge_title_to_name(self.title).strip("-_")
        return f"{slug[: 99 - len(code)]}-{code}" if code else slug[:100]


def spellings(texts: list[str]) -> set[str]:
    """Folded forms, with and without "Kelurahan", "Kec." and the like before the name."""
    return {form for text in texts for form in (folded(text), folded(PREFIXES.sub("", text.strip()))) if form}


def locate(file: str) -> Path:
    """The path meant by a file name, or by the name of a file the package ships (``medan``).

    :raises LoadError: there is neither
    """
    for path in (Path(file), SHIPPED / f"{file}.csv"):
        if path.is_file():
            return path
    shipped = ", ".join(sorted(path.stem for path in SHIPPED.glob("*.csv")))
    raise LoadError(
        [
            RowError(
                0,
                tk._("file"),
                tk._("There is no file {file}; shipped with the extension: {names}").format(file=file, names=shipped),
            )
        ]
    )


def read(path: Path) -> list[Row]:
    """The rows of a file, each right by itself and none contradicting another.

    :raises LoadError: with every error found, by line
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise LoadError([RowError(1, tk._("file"), tk._("Not UTF-8; save it as CSV UTF-8"))]) from error
    header = text.split("\n", 1)[0]
    # Spreadsheets set to Indonesian part columns by semicolon.
    reader = csv.reader(io.StringIO(text), delimiter=";" if header.count(";") > header.count(",") else ",")
    names = [name.strip() for name in next(reader, [])]
    errors = _header_errors(names)
    if errors:
        raise LoadError(errors)
    rows: list[Row] = []
    for cells in reader:
        if not any(cell.strip() for cell in cells):
            continue
        line = reader.line_num
        if len(cells) > len(names):
            errors.append(too_wide(line, len(cells), len(names)))
            continue
        given = dict(zip(names, (cell.strip() for cell in cells), strict=False))  # cells at the end may be left out
        row, found = _row(line, {name: given.get(name, "") for name in COLUMNS})
        errors += found
        if row:
            rows.append(row)
    errors += list(_repeated(rows))
    if not rows and not errors:
        errors.append(RowError(1, tk._("file"), tk._("There are no rows")))
    if errors:
        raise LoadError(errors)
    return rows


def _header_errors(names: list[str]) -> list[RowError]:
    errors = [RowError(1, name, tk._("This column is missing")) for name in ("kind", "title") if name not in names]
    errors += [
        RowError(1, name or "?", tk._("Unknown column. Known here: {names}").format(names=", ".join(COLUMNS)))
        for name in names
        if name not in COLUMNS
    ]
    return errors


def _row(line: int, given: dict[str, str]) -> tuple[Row | None, list[RowError]]:
    values, wrong = write.clean({key: given[key] for key in ("kind", "kode_kemendagri", "kode_bps")}, "")
    errors = [RowError(line, key, message) for key, messages in wrong.items() for message in messages]
    if not given["kind"]:
        errors.append(RowError(line, "kind", tk._("Missing value")))
    if not given["title"]:
        errors.append(RowError(line, "title", tk._("Missing value")))
    if given["name"] and not NAME.fullmatch(given["name"]):
        errors.append(RowError(line, "name", tk._("Use 2 to 100 small letters, digits, - and _")))
    if given["parent"] and codes.is_bare(given["parent"]):
        errors.append(RowError(line, "parent", codes.collision(given["parent"])))
    year = given["kelurahan_cantik_tahun"]
    if year and not re.fullmatch(r"20\d\d", year):
        errors.append(RowError(line, "kelurahan_cantik_tahun", tk._("Give a year, as 2024")))
    if errors:
        return None, errors
    programmes = [{"programme": "kelurahan_cantik", "year": int(year)}] if year else []
    aliases = [alias.strip() for alias in given["aliases"].split("|") if alias.strip()]
    return (
        Row(
            line=line,
            kind=given["kind"],
            title=given["title"],
            name=given["name"],
            kode_kemendagri=values["kode_kemendagri"],
            kode_bps=values["kode_bps"],
            parent=given["parent"],
            aliases=list(dict.fromkeys(aliases)),
            programmes=programmes,
        ),
        [],
    )


def _repeated(rows: list[Row]) -> Iterator[RowError]:
    for key in ("kode_kemendagri", "kode_bps", "name"):
        first: dict[str, int] = {}
        for row in rows:
            value = row.new_name() if key == "name" else getattr(row, key)
            if value and first.setdefault(value, row.line) != row.line:
                yield RowError(
                    row.line, key, tk._("{value} stands on line {line} already").format(value=value, line=first[value])
                )
