"""XLS: the sheets of a workbook of Excel 2 to 2003, read by xlrd in a process of its own, judged like those of XLSX."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

from ckanext.satudata.standards.files import apart
from ckanext.satudata.standards.files.facts import FileFacts
from ckanext.satudata.standards.files.sheets import MOST_SHEETS, take
from ckanext.satudata.standards.files.xmlparts import Sheet

Said = Iterator[dict[str, Any]]


def scan(path: Path, facts: FileFacts, go_on: Callable[..., bool], seconds: float) -> None:
    """Look into every sheet of a workbook."""
    try:
        with closing(apart.read("XLS", path, seconds)) as said:
            for number, sheet in enumerate(_sheets(said, facts, go_on)):
                if number >= MOST_SHEETS:
                    facts.complete = False
                    break
                take(sheet, facts, go_on)
                if not facts.complete:
                    break
                for _ in sheet.rows:
                    pass  # up to the counts behind the last row
        facts.looked_into = True
    except apart.Ended as error:
        facts.complete = False
        if error.args[0] == "other":
            facts.kind = "OLE"  # a document or a picture in the container that workbooks have, too
        else:
            facts.trouble = error.args[0]


def _sheets(said: Said, facts: FileFacts, go_on: Callable[..., bool]) -> Iterator[Sheet]:
    state = {"read": 0}

    def read(share: float) -> None:
        now = int(facts.size * share)
        go_on(now - state["read"])
        state["read"] = now

    for line in said:
        if "book" in line:
            facts.macros, facts.external = line["macros"], line["external"]
        elif "sheet" in line:
            sheet = Sheet(line["sheet"], line["hidden"])
            sheet.rows = _rows(said, sheet, read)
            yield sheet


def _rows(said: Said, sheet: Sheet, read: Callable[[float], None]) -> Iterator[tuple[int, list[str]]]:
    for line in said:
        if "end" in line:
            sheet.merged, sheet.formulas = line["end"]["merged"], line["end"]["formulas"]
            return
        yield from line["rows"]
        read(line["share"])
