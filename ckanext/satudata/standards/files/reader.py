"""Reads a workbook of Excel 97 (XLS) or a PDF and says what stands in it, one JSON text a line on standard output.

Run by its path in a process of its own (:mod:`apart`), never imported by the portal: the formats are old and crooked
files many, so whatever goes wrong here ends this process, within limits it sets before it opens the file. It knows
nothing of CKAN, and what is private in a file is judged by who reads the answer.

``python reader.py KIND PATH MEGABYTES SECONDS [FOLDER …]``; the folders are where the libraries are looked for.

Lines: ``{"book": …}``, ``{"sheet": …}``, ``{"rows": …}``, ``{"end": …}`` of a workbook; ``{"pages": …}``,
``{"page": …}`` of a PDF; last ``{"trouble": …}`` or ``{"done": true}``. Without one of these the process was ended.
"""

from __future__ import annotations

import datetime as dt
import json
import os
import sys
from collections.abc import Iterator
from typing import Any

#: Rows of a sheet, and characters of a page, that one line carries at most.
ROWS, CHARACTERS = 1_000, 250_000
#: Pages, and characters in all, beyond which a PDF is left.
MOST_PAGES, MOST_CHARACTERS = 20_000, 100_000_000
_EPOCHS = (dt.datetime(1899, 12, 30), dt.datetime(1904, 1, 1))
#: Numbers of records of a workbook: formulas as each version of Excel wrote them, and merged cells.
_FORMULA, _MERGED = frozenset((0x0006, 0x0206, 0x0406)), 0x00E5
_EXTERNAL_BOOK = 2
_TEXT, _NUMBER, _DATE, _BOOLEAN, _ERROR = 1, 2, 3, 4, 5
_PASSWORD, _SECURITY = 4, 5


def limit(megabytes: int, seconds: int) -> None:
    """No more memory, processor time or open files than needed, and nothing written."""
    try:
        import resource
    except ImportError:  # a system without such limits; the clock of the caller remains
        return
    for name, value in (
        ("RLIMIT_AS", megabytes * 1024 * 1024),
        ("RLIMIT_CPU", seconds),
        ("RLIMIT_FSIZE", 0),
        ("RLIMIT_CORE", 0),
        ("RLIMIT_NOFILE", 64),
    ):
        what = getattr(resource, name, None)
        if what is not None:
            _soft, hard = resource.getrlimit(what)
            value = value if hard == resource.RLIM_INFINITY else min(value, hard)
            try:
                resource.setrlimit(what, (value, value))
            except (ValueError, OSError):
                continue


def workbook(path: str) -> Iterator[dict[str, Any]]:
    """The sheets of a workbook, one after the other; results of formulas as they were stored, nothing computed."""
    import xlrd
    from xlrd.compdoc import CompDocError

    opened = {"filename": path, "logfile": open(os.devnull, "w"), "on_demand": True, "ragged_rows": True}  # noqa: SIM115
    try:
        try:
            book = xlrd.open_workbook(**opened)
        except CompDocError:
            # Programs that are not Excel chain the parts of the container loosely; Excel opens them all the same.
            book = xlrd.open_workbook(**opened, ignore_workbook_corruption=True)
    except xlrd.XLRDError as error:
        said = str(error)
        trouble = "encrypted" if "encrypted" in said else "other" if "Can't find workbook" in said else "damaged"
        yield {"trouble": trouble}
        return
    macros = "_VBA_PROJECT".encode("utf-16-le")
    with open(path, "rb") as stream:
        import mmap

        with mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ) as whole:
            has_macros = whole.find(macros) >= 0
    external = _EXTERNAL_BOOK in (getattr(book, "_supbook_types", None) or [])
    yield {"book": book.nsheets, "macros": has_macros, "external": external}
    counts = {"formulas": 0, "merged": 0}
    plain = book.get_record_parts

    def counted() -> Any:
        found = plain()
        if found[0] in _FORMULA:
            counts["formulas"] += 1
        elif found[0] == _MERGED and len(found[2]) >= 2:
            counts["merged"] += int.from_bytes(found[2][:2], "little")
        return found

    book.get_record_parts = counted
    for number, name in enumerate(book.sheet_names()):
        counts.update(formulas=0, merged=0)
        sheet = book.sheet_by_index(number)
        yield {"sheet": name, "hidden": sheet.visibility != 0}
        yield from _rows(sheet, book.datemode, number / book.nsheets, 1 / book.nsheets)
        yield {"end": dict(counts)}
        book.unload_sheet(number)
    yield {"done": True}


def _rows(sheet: Any, datemode: int, before: float, share: float) -> Iterator[dict[str, Any]]:
    from xlrd import error_text_from_code

    epoch = _EPOCHS[1 if datemode else 0]
    found: list[tuple[int, list[str]]] = []
    for row in range(sheet.nrows):
        cells: list[str] = []
        for kind, value in zip(sheet.row_types(row), sheet.row_values(row), strict=True):
            if kind == _NUMBER:
                cells.append(_number(value))
            elif kind == _TEXT:
                cells.append(value)
            elif kind == _DATE:
                cells.append(_date(value, epoch))
            elif kind == _BOOLEAN:
                cells.append(str(int(value)))
            else:
                cells.append(error_text_from_code.get(value, "") if kind == _ERROR else "")
        while cells and not cells[-1]:
            cells.pop()
        if cells:
            found.append((row + 1, cells))
        if len(found) >= ROWS:
            yield {"rows": found, "share": before + share * (row + 1) / sheet.nrows}
            found = []
    if found:
        yield {"rows": found, "share": before + share}


def _number(value: float) -> str:
    if value.is_integer() and abs(value) < 1e17:
        return str(int(value))
    return format(value, ".15g")


def _date(value: float, epoch: dt.datetime) -> str:
    try:
        moment = epoch + dt.timedelta(days=value)
    except OverflowError:
        return _number(value)
    if moment.hour or moment.minute or moment.second:
        return moment.replace(microsecond=0).isoformat()
    return moment.date().isoformat()


def document(path: str) -> Iterator[dict[str, Any]]:
    """The text of a PDF, page by page; nothing in it is run or drawn."""
    import pypdfium2 as pdfium

    try:
        pdf = pdfium.PdfDocument(path)
    except pdfium.PdfiumError as error:
        locked = getattr(error, "err_code", None) in (_PASSWORD, _SECURITY)
        yield {"trouble": "encrypted" if locked else "damaged"}
        return
    pages = len(pdf)
    yield {"pages": pages}
    characters = 0
    for number in range(min(pages, MOST_PAGES)):
        try:
            page = pdf[number]
            text = page.get_textpage()
        except pdfium.PdfiumError:
            yield {"page": number + 1, "text": "", "broken": True}
            continue
        count = text.count_chars()
        characters += count
        if not count:
            yield {"page": number + 1, "text": ""}
        for start in range(0, count, CHARACTERS):
            piece = text.get_text_range(start, min(CHARACTERS, count - start))
            yield {"page": number + 1, "text": piece.replace("\r", "\n").replace("\ufffe", "-")}
        text.close()
        page.close()
        if characters > MOST_CHARACTERS:
            break
    else:
        yield {"done": True} if pages <= MOST_PAGES else {"trouble": "too_large"}
        return
    yield {"trouble": "too_large"}


def main(arguments: list[str]) -> None:
    """Read the file and say what is in it."""
    kind, path, megabytes, seconds = arguments[:4]
    sys.path += [folder for folder in arguments[4:] if folder not in sys.path]
    limit(int(megabytes), int(seconds))
    read = {"XLS": workbook, "PDF": document}[kind]
    try:
        for line in read(path):
            sys.stdout.write(json.dumps(line, ensure_ascii=True, separators=(",", ":")) + "\n")
    except MemoryError:
        sys.stdout.write('{"trouble":"too_large"}\n')
    except BrokenPipeError:
        os._exit(0)  # whoever asked has seen enough
    except Exception:
        # xlrd trusts what a file says of itself, and stumbles in many ways over one that lies.
        sys.stdout.write('{"trouble":"damaged"}\n')
    sys.stdout.flush()
    os._exit(0)  # what the libraries hold is the system's to take back


if __name__ == "__main__":
    main(sys.argv[1:])
