"""What a file is before anything in it is believed: its size, its kind, what it unpacks to.

A workbook is a ZIP of XML. Before openpyxl sees it, every part is read once with defusedxml, which refuses document
type declarations (and with them entities), while the cells are counted. Nothing is unpacked to disk.
"""

from __future__ import annotations

import io
import re
import zipfile
from dataclasses import dataclass, field
from typing import IO, Any

from ckanext.satudata import config

from .problems import Refused

MB = 1024 * 1024
#: What all parts unpack to. Workbooks of all forms of a city (400 indicators) unpack to about 4 MB.
MOST_UNPACKED = 64 * MB
#: Ratio of a part to its packed size, for parts over 1 MB; XML of spreadsheets stays under 40.
MOST_RATIO = 200
MOST_PARTS = 1000
MOST_CELLS = 200_000
#: A form is narrow; what stands farther out is left alone.
LAST_COLUMN, LAST_ROW = 120, 20_000
#: CKAN's own limit of a text is none; this is far above what a field of a form needs, and within Solr's patience.
LONGEST_CELL = 32_767

_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ZIP = b"PK\x03\x04"
_SHEET = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
_STRICT = "{http://purl.oclc.org/ooxml/spreadsheetml/main}"


@dataclass
class Facts:
    """What was seen of a workbook on the way.

    :ivar macros: it carries a VBA project
    :ivar merges: per part the merged ranges ``(first row, first column, last row, last column)``
    :ivar unsaved: per part the cells with a formula and no stored result
    :ivar far: parts with cells beyond what is read
    :ivar counted: parts whose cells were counted; no other is read as a sheet
    """

    macros: bool = False
    merges: dict[str, list[tuple[int, int, int, int]]] = field(default_factory=dict)
    unsaved: dict[str, set[tuple[int, int]]] = field(default_factory=dict)
    far: set[str] = field(default_factory=set)
    counted: set[str] = field(default_factory=set)


def taken(stream: IO[bytes]) -> bytes:
    """The bytes of an upload, if they are few enough.

    :raises Refused: too large, or empty
    """
    most = config.forms_max_mb() * MB
    data = stream.read(most + 1)
    if len(data) > most:
        raise too_large(None)
    if not data:
        raise Refused("empty_file")
    return data


def too_large(size: int | None) -> Refused:
    """The refusal of a file of that many bytes; None where nobody counted to the end."""
    most = config.forms_max_mb()
    return Refused("too_large", size=str(-(-size // MB)) if size else f"> {most}", most=str(most))


def inspected(data: bytes) -> Facts:
    """Look at a workbook without believing it.

    :raises Refused: it is no workbook, or one that is not opened
    """
    if data.startswith(_OLE):
        raise Refused("old_excel")
    if not data.startswith(_ZIP):
        raise Refused("not_excel")
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            return _inspected(archive)
    except (zipfile.BadZipFile, EOFError, OSError, NotImplementedError, RuntimeError, ValueError, KeyError) as error:
        raise Refused("not_excel") from error


def _inspected(archive: zipfile.ZipFile) -> Facts:
    parts = archive.infolist()
    names = {part.filename for part in parts}
    if len(parts) > MOST_PARTS or len(names) < len(parts):
        raise Refused("too_many_parts")
    unpacked = sum(part.file_size for part in parts)
    crammed = any(part.file_size > MB and part.file_size > MOST_RATIO * max(part.compress_size, 1) for part in parts)
    if unpacked > MOST_UNPACKED or crammed:
        raise Refused("bomb", size=str(-(-unpacked // MB)))
    if "mimetype" in names and b"opendocument" in archive.read("mimetype")[:200]:
        raise Refused("opendocument")
    if any(name.lower().startswith("xl/workbook.bin") for name in names):
        raise Refused("binary_excel")
    if "[Content_Types].xml" not in names or not any(name.startswith("xl/") for name in names):
        raise Refused("not_excel")
    facts = Facts(macros=any(name.lower().endswith("vbaproject.bin") for name in names))
    cells = 0
    for part in parts:
        if part.filename.lower().endswith((".xml", ".rels", ".vml")):
            cells = _walk(archive, part, facts, cells)
    return facts


def _walk(archive: zipfile.ZipFile, part: zipfile.ZipInfo, facts: Facts, cells: int) -> int:
    """Parse one part to its end in constant memory; of a sheet, note what openpyxl does not tell."""
    from defusedxml import DefusedXmlException
    from defusedxml.ElementTree import ParseError, iterparse

    sheet = part.filename.startswith("xl/worksheets/")
    if sheet:
        facts.counted.add(part.filename)
    try:
        with archive.open(part) as stream:
            above: list[Any] = []
            for event, element in iterparse(stream, events=("start", "end"), forbid_dtd=True):
                if event == "start":
                    above.append(element)
                    continue
                above.pop()
                if sheet:
                    cells += _note(element, part.filename, facts)
                    if cells > MOST_CELLS:
                        raise Refused("too_many_cells", most=f"{MOST_CELLS:,}".replace(",", "."))
                    # Children of a cell are still needed when the cell ends.
                    if not (above and _name(above[-1]) in ("c", "is", "r")):
                        _forget(element, above)
                else:
                    _forget(element, above)
    except DefusedXmlException as error:
        raise Refused("entities") from error
    except ParseError as error:
        raise Refused("not_excel") from error
    return cells


def _forget(element: Any, above: list[Any]) -> None:
    element.clear()
    if above:
        above[-1].remove(element)


def _name(element: Any) -> str:
    return str(element.tag).rpartition("}")[2]


def _note(element: Any, part: str, facts: Facts) -> int:
    """Note a cell or a merged range; how many filled cells that was."""
    tag = _name(element)
    if tag == "mergeCell":
        place = range_of(element.get("ref", ""))
        if place and len(facts.merges.setdefault(part, [])) < MOST_CELLS:
            facts.merges[part].append(place)
        return 0
    if tag != "c" or not len(element):
        return 0
    spot = range_of(element.get("r", ""))
    children = {_name(child): child for child in element}
    if spot and (spot[0] > LAST_ROW or spot[1] > LAST_COLUMN):
        facts.far.add(part)
    if spot and "f" in children and not ("v" in children and children["v"].text):
        facts.unsaved.setdefault(part, set()).add(spot[:2])
    return 1


_RANGE = re.compile(r"\$?([A-Z]{1,3})\$?(\d{1,7})(?::\$?([A-Z]{1,3})\$?(\d{1,7}))?$")


def range_of(name: str) -> tuple[int, int, int, int] | None:
    """``B2:D3`` as ``(2, 2, 3, 4)``; a single cell is a range of one."""
    match = _RANGE.match(name)
    if not match:
        return None
    first, row, last, bottom = match.groups()
    return int(row), _column(first), int(bottom or row), _column(last or first)


def _column(letters: str) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - 64
    return number
