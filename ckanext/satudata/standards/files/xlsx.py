"""XLSX: the sheets of a workbook of Excel, as text."""

from __future__ import annotations

import datetime as dt
import posixpath
import re
import zipfile
from collections.abc import Callable, Iterator
from typing import Any

from ckanext.satudata.standards.files.xmlparts import Sheet, TooLarge, feed, local, parser, small

#: All texts of a workbook stand in one list; more than this is not taken into memory.
LARGEST_TEXTS = 256 * 1024 * 1024
_DATE_FORMATS = frozenset([*range(14, 23), *range(27, 37), *range(45, 48), *range(50, 59)])
_DATE_SIGNS = re.compile(r"[ymdhs]", re.IGNORECASE)
_NOT_SIGNS = re.compile(r'"[^"]*"|\\.|\[[^\]]*\]')
_LETTERS = re.compile(r"[A-Z]+")
_EPOCH, _EPOCH_1904 = dt.datetime(1899, 12, 30), dt.datetime(1904, 1, 1)
_MOST_COLUMNS = 16_384


def sheets(archive: zipfile.ZipFile, go_on: Callable[..., bool]) -> Iterator[Sheet]:
    """The sheets in their order; each must be read before the next is asked for.

    :raises TooLarge: its list of texts is beyond :data:`LARGEST_TEXTS`
    """
    listed, epoch = _listed(archive)
    texts = _texts(archive, go_on)
    dates = _date_styles(archive)
    for name, hidden, part in listed:
        if part in archive.namelist():
            sheet = Sheet(name, hidden)
            sheet.rows = _rows(archive, part, texts, dates, epoch, sheet, go_on)
            yield sheet


def _listed(archive: zipfile.ZipFile) -> tuple[list[tuple[str, bool, str]], dt.datetime]:
    found: list[tuple[str, bool, str]] = []
    targets: dict[str, str] = {}
    epoch = _EPOCH

    def relation(tag: str, attributes: dict[str, str]) -> None:
        if tag == "Relationship" and attributes.get("TargetMode") != "External":
            target = attributes.get("Target", "")
            path = target.lstrip("/") if target.startswith("/") else posixpath.normpath(f"xl/{target}")
            targets[attributes.get("Id", "")] = path

    def book(tag: str, attributes: dict[str, str]) -> None:
        nonlocal epoch
        if tag == "sheet":
            hidden = attributes.get("state", "visible") != "visible"
            found.append((attributes.get("name", ""), hidden, targets.get(attributes.get("id", ""), "")))
        elif tag == "workbookPr" and attributes.get("date1904") in ("1", "true"):
            epoch = _EPOCH_1904

    small(archive, "xl/_rels/workbook.xml.rels", relation)
    small(archive, "xl/workbook.xml", book)
    return found, epoch


def _texts(archive: zipfile.ZipFile, go_on: Callable[..., bool]) -> list[str]:
    name = "xl/sharedStrings.xml"
    if name not in archive.namelist():
        return []
    if archive.getinfo(name).file_size > LARGEST_TEXTS:
        raise TooLarge
    texts: list[str] = []
    parts: list[str] = []
    made, state = parser(), {"text": False, "phonetic": False}

    def start(tag: str, _attributes: Any) -> None:
        name = local(tag)
        if name == "rPh":
            state["phonetic"] = True
        elif name == "t" and not state["phonetic"]:
            made.CharacterDataHandler = parts.append

    def end(tag: str) -> None:
        name = local(tag)
        if name == "t":
            made.CharacterDataHandler = None
        elif name == "rPh":
            state["phonetic"] = False
        elif name == "si":
            texts.append("".join(parts))
            parts.clear()

    made.StartElementHandler, made.EndElementHandler = start, end
    for _ in feed(archive, name, made, go_on):
        pass
    return texts


def _date_styles(archive: zipfile.ZipFile) -> set[int]:
    """Numbers of the cell styles that show a number as a date."""
    own: dict[int, str] = {}
    found: set[int] = set()
    state = {"within": False, "count": 0}

    def start(tag: str, attributes: dict[str, str]) -> None:
        if tag == "numFmt":
            own[int(attributes.get("numFmtId", "0"))] = attributes.get("formatCode", "")
        elif tag in ("cellXfs", "cellStyleXfs", "cellStyles", "dxfs"):
            state["within"] = tag == "cellXfs"
        elif tag == "xf" and state["within"]:
            number = int(attributes.get("numFmtId", "0") or 0)
            signs = _NOT_SIGNS.sub("", own.get(number, ""))
            if number in _DATE_FORMATS or (number in own and _DATE_SIGNS.search(signs) and "0" not in signs):
                found.add(state["count"])
            state["count"] += 1

    small(archive, "xl/styles.xml", start)
    return found


def _rows(
    archive: zipfile.ZipFile,
    part: str,
    texts: list[str],
    dates: set[int],
    epoch: dt.datetime,
    sheet: Sheet,
    go_on: Callable[..., bool],
) -> Iterator[tuple[int, list[str]]]:
    ready: list[tuple[int, list[str]]] = []
    cells: list[str] = []
    parts: list[str] = []
    row = column = 0
    kind = style = ""
    columns: dict[str, int] = {}
    names: dict[str, str] = {}
    made = parser()

    def start(tag: str, attributes: dict[str, str]) -> None:
        # A million times a second or so: no call that can be spared.
        nonlocal row, column, kind, style
        name = names.get(tag) or names.setdefault(tag, local(tag))
        if name == "c":
            reference = attributes.get("r")
            if reference:
                letters = reference.rstrip("0123456789")
                column = columns.get(letters) or columns.setdefault(letters, _column(letters))
            else:
                column += 1
            kind, style = attributes.get("t", "n"), attributes.get("s", "")
        elif name == "v" or name == "t":
            made.CharacterDataHandler = parts.append
        elif name == "row":
            number = attributes.get("r")
            row = int(number) if number else row + 1
            column = 0
            cells.clear()
        elif name == "f":
            sheet.formulas += 1
        elif name == "mergeCell":
            sheet.merged += 1

    def end(tag: str) -> None:
        name = names[tag]
        if name == "v" or name == "t":
            made.CharacterDataHandler = None
        elif name == "c":
            if parts:
                value = parts[0] if len(parts) == 1 else "".join(parts)
                parts.clear()
                if kind == "s":
                    value = texts[int(value)]
                elif kind == "n":
                    if dates and style and int(style) in dates:
                        value = _date(value, epoch)
                    elif not value.isdigit():
                        value = number(value)
                missing = column - len(cells)
                if missing == 1:
                    cells.append(value)
                elif missing > 1:
                    cells.extend([""] * (missing - 1))
                    cells.append(value)
                else:
                    cells[column - 1] = value
        elif name == "row":
            ready.append((row, cells.copy()))

    made.StartElementHandler, made.EndElementHandler = start, end
    for _ in feed(archive, part, made, go_on):
        yield from ready
        ready.clear()


def _column(letters: str) -> int:
    """``A`` is 1, ``XFD`` 16384.

    :raises ValueError: no column of a sheet
    """
    if not _LETTERS.fullmatch(letters) or len(letters) > 3:
        raise ValueError(letters[:10])
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - 64
    if number > _MOST_COLUMNS:
        raise ValueError(letters)
    return number


def number(value: str) -> str:
    """A stored number as a person would write it: no 1.2E+16 for a whole number, no 0.30000000000000004."""
    try:
        found = float(value)
    except ValueError:
        return value
    if found.is_integer() and abs(found) < 1e17:
        return str(int(found))
    return format(found, ".15g")


def _date(value: str, epoch: dt.datetime) -> str:
    try:
        moment = epoch + dt.timedelta(days=float(value))
    except (ValueError, OverflowError):
        return value
    if moment.hour or moment.minute or moment.second:
        return moment.replace(microsecond=0).isoformat()
    return moment.date().isoformat()
