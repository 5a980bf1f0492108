"""Words the rules about files share: how a file, a table, a place in it is called. Never a value of a cell."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import ckantoolkit as tk

from ckanext.satudata.standards.files.facts import LISTED, Column, FileFacts, Prose, Spots, Table
from ckanext.satudata.standards.rules.registry import Subject

_LONGEST_NAME = 60


def name_of(resource: dict[str, Any]) -> str:
    """How a person knows the file."""
    return str(resource.get("name") or str(resource.get("url") or "").rsplit("/", 1)[-1] or tk._("Unnamed file"))


def format_of(resource: dict[str, Any]) -> str:
    """The declared format, upper case, without a dot."""
    return str(resource.get("format") or "").strip().upper().lstrip(".")


def looked_into(subject: Subject) -> Iterator[tuple[dict[str, Any], FileFacts]]:
    """The files of a package that could be read, with what was seen in them."""
    for resource in subject.resources:
        facts = subject.file_facts(resource)
        if facts is not None and facts.looked_into:
            yield resource, facts


def tables(subject: Subject) -> Iterator[tuple[dict[str, Any], FileFacts, Table, str]]:
    """Every table of a package, with the name to call it by (see :func:`table_name`)."""
    for resource, facts in looked_into(subject):
        for table in facts.tables:
            yield resource, facts, table, table_name(resource, facts, table)


def documents(subject: Subject) -> Iterator[tuple[dict[str, Any], Prose, str]]:
    """Every document of a package that was read as text, with the name to call it by."""
    for resource in subject.resources:
        facts = subject.file_facts(resource)
        if facts is not None and facts.prose is not None:
            yield resource, facts.prose, name_of(resource)


def table_name(resource: dict[str, Any], facts: FileFacts, table: Table) -> str:
    """The name of the file, and that of the sheet where there are several."""
    if table.name and len(facts.tables) > 1:
        return f"{name_of(resource)} › {short(table.name)}"
    return name_of(resource)


def short(text: str) -> str:
    """A name out of a file, cut to what a message bears, on one line."""
    text = " ".join(text.split())
    return text if len(text) <= _LONGEST_NAME else text[: _LONGEST_NAME - 1] + "…"


def column_name(column: Column) -> str:
    """A column by its name, or by its place where it has none."""
    return short(column.name) if column.name else tk._("column {number}").format(number=column.place)


def rows_of(spots: Spots) -> str:
    """``2, 5, 9 …``: the rows (of a document: the pages) in which something was seen."""
    rows = spots.rows
    return listed(rows, spots.count > len(spots.places))


def listed(numbers: Iterable[int], more: bool = False) -> str:
    """Numbers of rows or columns, the first few."""
    numbers = list(numbers)
    text = ", ".join(str(number) for number in numbers[:LISTED])
    return text + " …" if more or len(numbers) > LISTED else text


def quantity(value: float) -> str:
    """A figure as it is read in the language of the reader."""
    from babel.numbers import format_decimal

    from ckanext.satudata.languages import current

    return str(format_decimal(value, locale=current()))
