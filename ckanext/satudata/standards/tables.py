"""A quick look into an uploaded file: is it what its format says, and can a machine read the table?

Only facts here, in no language; ``rules_files`` puts them into words. Reads the first 10 MB at most.
"""

from __future__ import annotations

import codecs
import csv
import io
import json
import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

LIMIT = 10 * 1024 * 1024
#: Line numbers and column names listed in a finding.
LISTED = 5
_MAGIC = (
    (b"PK\x03\x04", "ZIP"),
    (b"\xd0\xcf\x11\xe0", "XLS"),
    (b"%PDF", "PDF"),
    (b"\x89PNG", "PNG"),
    (b"\xff\xd8\xff", "JPEG"),
    (b"\x1f\x8b", "GZIP"),
)
_ID_HEADER = re.compile(r"^(no(mor)?[ ._-]*)?(nik|kk|ktp|kartu[ ._-]*keluarga)([ ._-]|$)", re.IGNORECASE)
_SIXTEEN = re.compile(r"^\D?(\d{16})$")


@dataclass
class Facts:
    """What was seen in a file.

    :ivar kind: CSV, JSON, HTML, ZIP (also XLSX, ODS), XLS, PDF … or empty where the bytes say nothing
    :ivar encoding: of text files: ``utf-8``, ``utf-16`` or ``cp1252`` (what Excel on Windows writes)
    :ivar ragged: line numbers of rows with another number of cells than the header has
    :ivar ids: names of columns that hold NIK or numbers of family cards
    """

    kind: str = ""
    missing: bool = False
    empty: bool = False
    complete: bool = True
    encoding: str = ""
    broken_json: str = ""
    header: list[str] = field(default_factory=list)
    rows: int = 0
    ragged: list[int] = field(default_factory=list)
    ragged_count: int = 0
    nameless: list[int] = field(default_factory=list)
    doubled: list[str] = field(default_factory=list)
    title_row: bool = False
    numeric_header: bool = False
    blank_rows: int = 0
    ids: list[str] = field(default_factory=list)
    unreadable: bool = False


def first_bytes(pieces: Iterable[bytes], limit: int = LIMIT) -> tuple[bytes, bool]:
    """The beginning of a file, and whether that is all of it."""
    taken, size = [], 0
    for piece in pieces:
        taken.append(piece)
        size += len(piece)
        if size > limit:
            return b"".join(taken)[:limit], False
    return b"".join(taken), True


def look_into(data: bytes, complete: bool, file_format: str) -> Facts:
    """See what a file is.

    :param data: its first bytes
    :param complete: whether that is the whole file
    :param file_format: as the resource says, upper case; decides how the text is read
    """
    facts = Facts(complete=complete)
    if not data.strip():
        facts.empty = True
        return facts
    facts.kind = next((name for magic, name in _MAGIC if data.startswith(magic)), "")
    if facts.kind:
        return facts
    text = _decode(data, complete, facts)
    if text is None:
        facts.unreadable = True
        return facts
    start = text[:2000].lstrip().lower()
    if start.startswith(("<!doctype html", "<html")):
        facts.kind = "HTML"
    elif file_format in {"JSON", "GEOJSON"}:
        _look_into_json(text, complete, facts)
    elif file_format in {"CSV", "TSV", ""}:
        _look_into_table(text, complete, facts, "\t" if file_format == "TSV" else None)
    return facts


def _decode(data: bytes, complete: bool, facts: Facts) -> str | None:
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        facts.encoding = "utf-16"
        return data[: len(data) // 2 * 2].decode("utf-16", "replace")
    if b"\x00" in data[:100_000]:
        return None
    try:
        # A cut may fall into the middle of a character.
        text = codecs.getincrementaldecoder("utf-8-sig")().decode(data, final=complete)
        facts.encoding = "utf-8"
        return text
    except UnicodeDecodeError:
        facts.encoding = "cp1252"
        return data.decode("cp1252", "replace")


def _look_into_json(text: str, complete: bool, facts: Facts) -> None:
    facts.kind = "JSON"
    if not complete:
        if text.lstrip()[:1] not in "{[":
            facts.broken_json = "1"
        return
    try:
        json.loads(text)
    except ValueError as error:
        facts.broken_json = str(getattr(error, "lineno", 1))
    except RecursionError:
        facts.broken_json = "1"


def delimiter_of(text: str) -> str:
    """The character that parts the cells: the one that parts the first lines into equally many, most often."""
    lines = [line for line in text[:20_000].splitlines()[:20] if line.strip()]
    best, best_score = ",", (0, 0)
    for candidate in (",", ";", "\t", "|"):
        counts = Counter(len(row) for row in csv.reader(lines, delimiter=candidate))
        width, often = max(counts.items(), key=lambda item: (item[0] > 1, item[1], item[0]), default=(1, 0))
        score = (often, width) if width > 1 else (0, 0)
        if score > best_score:
            best, best_score = candidate, score
    return best


def _look_into_table(text: str, complete: bool, facts: Facts, delimiter: str | None) -> None:
    facts.kind = "CSV"
    if not complete:
        text = text[: text.rfind("\n") + 1] or text
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter or delimiter_of(text))
    rows: list[list[str]] = []
    try:
        header = next(reader, [])
        _look_at_header(header, facts)
        sixteen: Counter[int] = Counter()
        plausible: Counter[int] = Counter()
        filled: Counter[int] = Counter()
        while True:
            line = reader.line_num + 1
            row = next(reader, None)
            if row is None:
                break
            if not any(cell.strip() for cell in row):
                facts.blank_rows += 1
                continue
            facts.rows += 1
            if len(rows) < 3:
                rows.append(row)
            if len(row) != len(header):
                facts.ragged_count += 1
                if len(facts.ragged) < LISTED:
                    facts.ragged.append(line)
            for index, cell in enumerate(row):
                cell = cell.strip()
                if not cell:
                    continue
                filled[index] += 1
                if len(cell) in (16, 17) and (match := _SIXTEEN.match(cell)):
                    sixteen[index] += 1
                    plausible[index] += _like_an_id(match[1])
    except csv.Error:
        facts.unreadable = True
        return
    facts.title_row = bool(rows) and sum(1 for cell in header if cell.strip()) <= 1 < max(map(len, rows))
    for index, count in filled.items():
        name = header[index].strip() if index < len(header) else ""
        named = bool(_ID_HEADER.match(name))
        # A column called NIK that Excel turned into 1,27E+15 still came from one.
        if (plausible[index] and sixteen[index] * 2 >= count) or (named and sixteen[index]):
            facts.ids.append(name or str(index + 1))


def _like_an_id(digits: str) -> bool:
    """NIK and family card: region (6), day (women's + 40), month, year, number; a random number rarely fits."""
    region, day, month = int(digits[:2]), int(digits[6:8]), int(digits[8:10])
    return 11 <= region <= 97 and (1 <= day <= 31 or 41 <= day <= 71) and 1 <= month <= 12


def _look_at_header(header: list[str], facts: Facts) -> None:
    facts.header = [cell.strip() for cell in header]
    facts.nameless = [index + 1 for index, cell in enumerate(facts.header) if not cell]
    names = Counter(cell.casefold() for cell in facts.header if cell)
    facts.doubled = [cell for cell, count in names.items() if count > 1]
    named = [cell for cell in facts.header if cell]
    facts.numeric_header = bool(named) and all(re.fullmatch(r"-?[\d.,]+", cell) for cell in named)
