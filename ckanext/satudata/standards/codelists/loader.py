"""Reading a code list from CSV, XLSX or YAML: checked row by row before anything is written.

Columns of a table: ``code`` and ``label_id`` (needed), ``label_en``, ``parent``, ``valid_from``, ``valid_to``,
``successor``, ``aliases`` (parted by ``|``), ``note``; every other column is one of the list's own and is kept. YAML
carries the list's own facts too (``list``, ``version``, ``title`` …) and its ``codes``, with ``id`` and ``en`` for the
labels.
"""

from __future__ import annotations

import csv
import io
import re
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import ckantoolkit as tk
import yaml

from ckanext.satudata import sheets
from ckanext.satudata.lines import too_wide
from ckanext.satudata.standards.codelists.rows import (
    Code,
    ListError,
    LoadedList,
    RowError,
    code_of,
    refuse_contradictions,
)

SHIPPED = Path(__file__).parent / "data"
#: A file of codes of the whole country (84,000 villages) has about 6 MB.
LARGEST_FILE = 20 * 1024 * 1024
#: YAML is read whole and slowly.
LARGEST_YAML = 2 * 1024 * 1024
#: What a workbook may unpack to; a bomb is far above it.
LARGEST_UNPACKED = 200 * 1024 * 1024
MOST_CODES = 200_000
MOST_COLUMNS = 40

#: Headings people use → ours.
HEADINGS = {
    "kode": "code", "label": "label_id", "nama": "label_id", "uraian": "label_id", "id": "label_id", "name": "label_en",
    "en": "label_en", "induk": "parent", "berlaku_dari": "valid_from", "berlaku_sampai": "valid_to",
    "pengganti": "successor", "alias": "aliases", "catatan": "note", "keterangan": "note",
}  # fmt: skip
OWN = ("code", "label_id", "label_en", "parent", "valid_from", "valid_to", "successor", "aliases", "note")
FACTS = frozenset(
    {"list", "version", "title", "description", "source", "kind", "show_code", "valid_from", "note", "columns", "codes"}
)


def shipped() -> list[str]:
    """Names of the lists that come with the extension."""
    return sorted(path.stem for path in SHIPPED.glob("*.yaml"))


def locate(file: str) -> Path:
    """The path meant by a file name, or by the name of a list the extension ships.

    :raises ListError: there is neither
    """
    for path in (Path(file), SHIPPED / f"{file}.yaml"):
        if path.is_file():
            return path
    message = tk._("There is no file {file}; shipped with the extension: {names}")
    raise _refused(message.format(file=file, names=", ".join(shipped())), 0)


def read(data: bytes, filename: str) -> LoadedList:
    """The list in a file, each code right by itself and none contradicting another.

    :param data: the bytes of the file
    :param filename: its name; the ending says what it is
    :raises ListError: with every error found, by line
    """
    if len(data) > LARGEST_FILE:
        raise _refused(tk._("Larger than {size} MB").format(size=LARGEST_FILE // 1024**2))
    ending = Path(filename).suffix.lower()
    if ending in (".yaml", ".yml"):
        loaded = _from_yaml(data)
    elif ending == ".xlsx":
        loaded = _from_table(_cells_of_workbook(data))
    elif ending in (".csv", ".txt"):
        loaded = _from_table(_cells_of_csv(data))
    else:
        raise _refused(tk._("Give a CSV, XLSX or YAML file"))
    refuse_contradictions(loaded.codes)
    return loaded


def _refused(message: str, line: int = 1) -> ListError:
    return ListError([RowError(line, tk._("file"), message)])


def _text(data: bytes) -> str:
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise _refused(tk._("Not UTF-8; save it as CSV UTF-8")) from error


def _cells_of_csv(data: bytes) -> Iterator[tuple[int, list[str]]]:
    text = _text(data)
    header = text.split("\n", 1)[0]
    # Spreadsheets set to Indonesian part columns by semicolon.
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=";" if header.count(";") > header.count(",") else ",")
    try:
        for cells in reader:
            yield reader.line_num, [sheets.meant(cell.strip()) for cell in cells]
    except csv.Error as error:
        raise _refused(tk._("Cannot be read as a table: {error}").format(error=error), reader.line_num) from error


def _cells_of_workbook(data: bytes) -> Iterator[tuple[int, list[str]]]:
    import openpyxl

    try:
        with zipfile.ZipFile(io.BytesIO(data)) as packed:
            if sum(part.file_size for part in packed.infolist()) > LARGEST_UNPACKED:
                raise _refused(tk._("Unpacks to more than {size} MB").format(size=LARGEST_UNPACKED // 1024**2))
        book = openpyxl.load_workbook(io.BytesIO(data), read_only=True, data_only=True)
    except ListError:
        raise
    except Exception as error:  # openpyxl fails in many ways on what is no workbook
        raise _refused(tk._("Not an Excel workbook; save it as XLSX")) from error
    try:
        sheet = book.worksheets[0]
        for line, cells in enumerate(sheet.iter_rows(values_only=True, max_col=MOST_COLUMNS + 1), 1):
            if line > MOST_CODES + 1000:
                raise _refused(tk._("More than {number} codes").format(number=MOST_CODES), line)
            texts = [_cell(cell) for cell in cells]
            while texts and not texts[-1]:
                texts.pop()
            yield line, texts
    finally:
        book.close()


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if hasattr(value, "date"):
        return str(value.date().isoformat())
    # Excel keeps 3 as 3.0; a code such as 1.02 has to be a text cell.
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value).strip()


def _from_table(cells: Iterator[tuple[int, list[str]]]) -> LoadedList:
    line, heads = next(((line, row) for line, row in cells if any(row)), (1, []))
    names = [_heading(head) for head in heads]
    errors = [
        RowError(line, name, tk._("This column is missing")) for name in ("code", "label_id") if name not in names
    ]
    errors += [RowError(line, name or "?", tk._("This column stands here twice")) for name in sorted(set(names))
               if name and names.count(name) > 1]  # fmt: skip
    if not all(names) or len(names) > MOST_COLUMNS:
        errors.append(
            RowError(
                line, "?", tk._("Every column needs a name, and there are at most {number}").format(number=MOST_COLUMNS)
            )
        )
    if errors:
        raise ListError(errors)
    codes: list[Code] = []
    for number, row in cells:
        if not any(row):
            continue
        if len(row) > len(names):
            errors.append(too_wide(number, len(row), len(names)))
            continue
        _take(codes, errors, number, dict(zip(names, row, strict=False)))
    return _loaded({}, codes, errors, [name for name in names if name not in OWN])


def _heading(head: str) -> str:
    name = re.sub(r"[^a-z0-9]+", "_", head.strip().lower()).strip("_")
    return HEADINGS.get(name, name)


def _from_yaml(data: bytes) -> LoadedList:
    if len(data) > LARGEST_YAML:
        raise _refused(tk._("Larger than {size} MB").format(size=LARGEST_YAML // 1024**2))
    text = _text(data)
    try:
        node = yaml.compose(text, Loader=yaml.SafeLoader)
        document = yaml.safe_load(text)
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        mark = getattr(error, "problem_mark", None)
        problem = getattr(error, "problem", None) or tk._("nested too deeply")
        raise _refused(tk._("Not YAML: {problem}").format(problem=problem), mark.line + 1 if mark else 1) from error
    if not isinstance(document, dict) or not isinstance(document.get("codes"), list):
        raise _refused(tk._("Give the list as a mapping with its codes under 'codes'"))
    errors = [
        RowError(1, str(key), tk._("Unknown key. Known here: {names}").format(names=", ".join(sorted(FACTS))))
        for key in document
        if key not in FACTS
    ]
    lines = _lines_of_codes(node)
    codes: list[Code] = []
    for place, given in enumerate(document["codes"]):
        number = lines[place] if place < len(lines) else 1
        if not isinstance(given, dict):
            errors.append(RowError(number, tk._("row"), tk._("Give each code as a mapping with 'code' and 'id'")))
            continue
        _take(codes, errors, number, {{"id": "label_id", "en": "label_en"}.get(k, str(k)): v for k, v in given.items()})
    facts = {key: value for key, value in document.items() if key != "codes"}
    return _loaded(facts, codes, errors, [str(name) for name in document.get("columns") or []])


def _lines_of_codes(node: Any) -> list[int]:
    for key, value in node.value:
        if key.value == "codes":
            return [item.start_mark.line + 1 for item in value.value]
    return []


def _take(codes: list[Code], errors: list[RowError], line: int, given: dict[str, Any]) -> None:
    if len(codes) >= MOST_CODES:
        raise _refused(tk._("More than {number} codes").format(number=MOST_CODES), line)
    code, wrong = code_of(line, given)
    errors += wrong
    if code:
        codes.append(code)


def _loaded(facts: dict[str, Any], codes: list[Code], errors: list[RowError], columns: list[str]) -> LoadedList:
    if not codes and not errors:
        errors.append(RowError(1, tk._("file"), tk._("There are no rows")))
    if errors:
        raise ListError(errors)
    named = columns or sorted({name for code in codes for name in code.extra})
    return LoadedList(facts, codes, named)
