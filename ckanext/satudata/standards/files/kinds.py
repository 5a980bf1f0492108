"""What a file is by its bytes, whatever its name says."""

from __future__ import annotations

import re
import zipfile
from dataclasses import dataclass
from pathlib import Path

from ckanext.satudata.standards.files.text import wide_encoding

_MAGIC = (
    (b"PK\x03\x04", "ZIP"),
    (b"PK\x05\x06", "ZIP"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "XLS"),
    (b"\xd0\xcf\x11\xe0", "XLS"),
    # Before Excel 97 there was no container: the sheet begins at once, with the record that names its version.
    (b"\x09\x00\x04\x00", "XLS"),
    (b"\x09\x02\x06\x00", "XLS"),
    (b"\x09\x04\x06\x00", "XLS"),
    (b"\x09\x08\x08\x00", "XLS"),
    (b"\x09\x08\x10\x00", "XLS"),
    (b"%PDF", "PDF"),
    (b"\x89PNG", "PNG"),
    (b"\xff\xd8\xff", "JPEG"),
    (b"GIF8", "GIF"),
    (b"\x1f\x8b", "GZIP"),
    (b"BZh", "BZIP2"),
    (b"7z\xbc\xaf", "7Z"),
    (b"Rar!", "RAR"),
    (b"MZ", "EXE"),
    (b"\x7fELF", "EXE"),
    (b"{\\rtf", "RTF"),
)
#: What a declared format may look like by its bytes; a format not listed here is not looked into.
EXPECTED: dict[str, frozenset[str]] = {
    "CSV": frozenset({"CSV"}),
    "TSV": frozenset({"CSV"}),
    "JSON": frozenset({"JSON", "GEOJSON"}),
    "GEOJSON": frozenset({"GEOJSON"}),
    "XLSX": frozenset({"XLSX"}),
    "XLSM": frozenset({"XLSX"}),
    "ODS": frozenset({"ODS"}),
    "XLS": frozenset({"XLS"}),
    "PDF": frozenset({"PDF"}),
    "ZIP": frozenset({"ZIP", "XLSX", "ODS", "DOCX"}),
    "SHP": frozenset({"ZIP"}),
    "DOCX": frozenset({"DOCX"}),
    "PNG": frozenset({"PNG"}),
    "JPG": frozenset({"JPEG"}),
    "JPEG": frozenset({"JPEG"}),
}
#: Unpacked bytes beyond which nothing is unpacked, and the ratio no honest workbook reaches.
LARGEST_UNPACKED = 2 * 1024**3
HIGHEST_RATIO = 150
_HARMLESS = 32 * 1024 * 1024
_MOST_MEMBERS = 10_000


@dataclass
class Look:
    """``kind`` as in :class:`facts.FileFacts`; ``trouble`` where it ends here; unpacked bytes of an archive."""

    kind: str = ""
    trouble: str = ""
    unpacked: int = 0
    macros: bool = False
    external: bool = False


def look(path: Path, said: str) -> Look:
    """What the file at a path is; reads its beginning, and of an archive the list of what is in it.

    :param said: the declared format, upper case; tells CSV from other text
    """
    with path.open("rb") as stream:
        start = stream.read(64 * 1024)
    if not start.strip(b"\x00 \t\r\n\xef\xbb\xbf"):
        return Look(trouble="empty")
    kind = next((name for magic, name in _MAGIC if start.startswith(magic)), "")
    if kind == "ZIP":
        return _archive(path)
    if kind == "XLS":
        # Office wraps a workbook with a password into the container of the old format.
        locked = "EncryptedPackage".encode("utf-16-le")
        with path.open("rb") as stream:
            found = locked in start or locked in _tail(stream)
        return Look("XLSX" if found else "XLS", trouble="encrypted" if found else "")
    if kind == "EXE" and said in {"CSV", "TSV", "JSON", "GEOJSON"} and b"\x00" not in start:
        kind = ""  # a table may begin with the letters MZ
    if kind:
        return Look(kind)
    return _text(start, said)


def _tail(stream: object) -> bytes:
    stream.seek(0, 2)  # type: ignore[attr-defined]
    size = stream.tell()  # type: ignore[attr-defined]
    stream.seek(max(0, size - 64 * 1024))  # type: ignore[attr-defined]
    return bytes(stream.read())  # type: ignore[attr-defined]


def _text(start: bytes, said: str) -> Look:
    wide = wide_encoding(start)
    if wide:
        text = start[: len(start) // 4 * 4].decode(wide, "replace").lstrip("\ufeff")
    elif start.count(b"\x00") * 20 > len(start):
        return Look(trouble="unreadable")
    else:
        text = start.removeprefix(b"\xef\xbb\xbf").decode("utf-8", "replace")
    begin = text[:4096].lstrip()
    if re.match(r"<(!doctype html|html)\b", begin, re.IGNORECASE):
        return Look("HTML")
    if begin.startswith("<?xml") or re.match(r"<!(DOCTYPE|ENTITY)", begin):
        return Look("XML")
    if said in {"JSON", "GEOJSON"}:
        return Look("JSON") if begin[:1] in "{[" else Look("JSON", trouble="json")
    if said not in {"CSV", "TSV", ""} and said in EXPECTED and said not in {"XLSX", "XLSM", "ODS", "XLS"}:
        return Look("TEXT")
    if begin[:1] in "{[" and said not in {"CSV", "TSV"}:
        return Look("JSON")
    return Look("CSV")


def _archive(path: Path) -> Look:
    try:
        with zipfile.ZipFile(path) as archive:
            members = archive.infolist()
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError, EOFError):
        return Look("ZIP", trouble="damaged")
    names = {member.filename for member in members}
    unpacked = sum(member.file_size for member in members)
    packed = max(1, path.stat().st_size)
    if "xl/workbook.xml" in names or "xl/workbook.bin" in names:
        kind = "XLSX"
    elif "word/document.xml" in names:
        kind = "DOCX"
    elif "content.xml" in names and "META-INF/manifest.xml" in names:
        kind = "ODS"
    else:
        kind = "ZIP"
    found = Look(kind, unpacked=unpacked)
    found.macros = any(name.lower().endswith("vbaproject.bin") or name.startswith("Basic/") for name in names)
    found.external = any("externallinks/" in name.lower() for name in names)
    if any(member.flag_bits & 1 for member in members):
        found.trouble = "encrypted"
    elif (
        len(members) > _MOST_MEMBERS
        or unpacked > LARGEST_UNPACKED
        or (unpacked > _HARMLESS and unpacked / packed > HIGHEST_RATIO)
    ):
        found.trouble = "bomb"
    elif "xl/workbook.bin" in names:
        found.trouble = "unreadable"
    return found
