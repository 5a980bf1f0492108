"""Rules about the files of a dataset: there, machine-readable, what they say they are, and without NIK."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

import ckantoolkit as tk

from ckanext.satudata import files
from ckanext.satudata.standards import registry
from ckanext.satudata.standards.facts import access_level
from ckanext.satudata.standards.rules.registry import Problem, Subject, rule
from ckanext.satudata.standards.tables import LISTED, Facts, first_bytes, look_into

log = logging.getLogger(__name__)

# Formats a program can read without guessing (Perpres 39/2019 Ps 9: open, machine-readable).
NOT_FOR_MACHINES = frozenset({"PDF", "DOC", "DOCX", "PPT", "PPTX", "PNG", "JPG", "JPEG", "GIF", "HTML"})
# What the first bytes of a format look like, where they are to be looked at.
EXPECTED = {
    "CSV": {"CSV"},
    "TSV": {"CSV"},
    "JSON": {"JSON"},
    "GEOJSON": {"JSON"},
    "XLSX": {"ZIP"},
    "ODS": {"ZIP"},
    "ZIP": {"ZIP"},
    "SHP": {"ZIP"},
    "XLS": {"XLS"},
    "PDF": {"PDF"},
}


def _name(resource: dict[str, Any]) -> str:
    return str(resource.get("name") or str(resource.get("url") or "").rsplit("/", 1)[-1] or tk._("Unnamed file"))


def _format(resource: dict[str, Any]) -> str:
    return str(resource.get("format") or "").strip().upper().lstrip(".")


def _is_upload(resource: dict[str, Any]) -> bool:
    return resource.get("url_type") == "upload"


@lru_cache(maxsize=512)
def _facts(resource_id: str, stamp: tuple[str, ...], file_format: str) -> Facts:
    """Looked into once per stored file: an upload moves ``last_modified``, which is part of the key."""
    try:
        data, complete = first_bytes(files.chunks({"id": resource_id, "url_type": "upload", "url": stamp[0]}))
        return look_into(data, complete, file_format)
    except FileNotFoundError:
        return Facts(missing=True)
    except (OSError, tk.ObjectNotFound) as error:
        log.warning("File of resource %s cannot be read: %s", resource_id, error)
        return Facts(missing=True)


def facts_of(subject: Subject, resource: dict[str, Any]) -> Facts | None:
    """What is in an uploaded file; ``None`` where there is nothing to open here."""
    if not subject.with_files or not _is_upload(resource) or not resource.get("id"):
        return None
    stamp = tuple(str(resource.get(key) or "") for key in ("url", "last_modified", "size", "metadata_modified"))
    facts = _facts(str(resource["id"]), stamp, _format(resource))
    if facts.missing:
        _facts.cache_clear()  # it may be there a moment later
    return facts


def _lines(facts: Facts) -> str:
    numbers = ", ".join(str(line) for line in facts.ragged)
    return numbers + " …" if facts.ragged_count > LISTED else numbers


@rule("files.none", "interoperabilitas", "error")
def files_none(subject: Subject) -> Iterator[Problem]:
    """What is handed over is data + standard + metadata (Perpres 39/2019 Ps 33): there is a file."""
    if not subject.resources and registry.takes_files(subject.pkg.get("type")):
        yield Problem(tk._("There is no file yet"), tk._("Add the table itself, best as a CSV file"))


@rule("files.format", "interoperabilitas", "warning")
def files_format(subject: Subject) -> Iterator[Problem]:
    """Every file says its format, and at least one can be read by a machine."""
    readable = False
    for resource in subject.resources:
        if not _format(resource):
            yield Problem(
                tk._('The file "{name}" does not say its format').format(name=_name(resource)),
                tk._("Open the file in the form and fill in the format, for example CSV"),
                resource_id=resource.get("id"),
                part="missing",
            )
        readable = readable or _format(resource) not in NOT_FOR_MACHINES
    if subject.resources and not readable:
        yield Problem(
            tk._("No file can be read by a machine"),
            tk._("Add the table as CSV beside the PDF or picture"),
            resource_id=subject.resources[0].get("id"),
            part="machine",
        )


@rule("files.remote", "interoperabilitas", "warning")
def files_remote(subject: Subject) -> Iterator[Problem]:
    """What a link leads to may change after the approval: its bytes are nobody's approval."""
    for resource in subject.resources:
        if not _is_upload(resource) and resource.get("url") and resource.get("url_type") in (None, ""):
            yield Problem(
                tk._('"{name}" is a link: nobody can approve what may change tomorrow').format(name=_name(resource)),
                tk._("Upload the file itself; the address it came from can stand under Source"),
                resource_id=resource.get("id"),
            )


@rule("files.open", "interoperabilitas", "error")
def files_open(subject: Subject) -> Iterator[Problem]:
    """The file can be opened and is what its format says."""
    for resource in subject.resources:
        facts = facts_of(subject, resource)
        if facts is None:
            continue
        name, said, where = _name(resource), _format(resource), resource.get("id")
        again = tk._("Upload the file again")
        if facts.missing:
            yield Problem(tk._('"{name}" cannot be opened').format(name=name), again, resource_id=where, part="missing")
        elif facts.empty:
            yield Problem(tk._('"{name}" is empty').format(name=name), again, resource_id=where, part="empty")
        elif facts.unreadable or (said in EXPECTED and facts.kind and facts.kind not in EXPECTED[said]):
            yield Problem(
                tk._('"{name}" is not a {format} file').format(name=name, format=said or "CSV"),
                tk._("Save it as {format} in your program and upload that; renaming a file does not change it").format(
                    format=said or "CSV"
                ),
                resource_id=where,
                part="kind",
            )
        elif facts.broken_json:
            yield Problem(
                tk._('"{name}" cannot be read as JSON; the mistake is near line {line}').format(
                    name=name, line=facts.broken_json
                ),
                tk._("Export it again from the program it comes from"),
                resource_id=where,
                part="json",
            )


@rule("table.shape", "interoperabilitas", "error")
def table_shape(subject: Subject) -> Iterator[Problem]:
    """A table has one row of column names and rows of equal length below it, in UTF-8."""
    for resource in subject.resources:
        facts = facts_of(subject, resource)
        if facts is None or facts.kind != "CSV" or facts.empty or facts.unreadable:
            continue
        if _format(resource) not in EXPECTED:
            continue
        yield from _shape_of(_name(resource), facts, resource.get("id"))


def _shape_of(name: str, facts: Facts, where: str | None) -> Iterator[Problem]:
    if facts.title_row:
        yield Problem(
            tk._('"{name}" begins with a title instead of column names').format(name=name),
            tk._("Delete the rows above the column names; the title has its own field"),
            resource_id=where,
            part="title",
        )
    elif facts.numeric_header:
        yield Problem(
            tk._('The first row of "{name}" holds figures instead of column names').format(name=name),
            tk._('Put a row of column names on top, for example "kode_wilayah,periode,nilai"'),
            resource_id=where,
            part="header",
        )
    elif facts.nameless:
        columns = ", ".join(str(number) for number in facts.nameless[:LISTED])
        yield Problem(
            tk._('"{name}" has columns without a name: {columns}').format(name=name, columns=columns),
            tk._("Name each column in the first row, or delete empty columns"),
            resource_id=where,
            part="nameless",
        )
    if facts.doubled:
        yield Problem(
            tk._('"{name}" has several columns called {columns}').format(
                name=name, columns=", ".join(facts.doubled[:LISTED])
            ),
            tk._("Give each column a name of its own"),
            resource_id=where,
            part="doubled",
        )
    if facts.ragged and not facts.title_row:
        yield Problem(
            tk._('Rows of "{name}" have more or fewer cells than the first row; lines {lines}').format(
                name=name, lines=_lines(facts)
            ),
            tk._("Give every row as many cells as there are column names; put text with commas into quotes"),
            resource_id=where,
            part="ragged",
        )
    if not facts.rows:
        yield Problem(
            tk._('"{name}" has column names but no rows').format(name=name),
            tk._("Upload the filled table"),
            resource_id=where,
            part="rows",
        )
    if facts.blank_rows:
        yield Problem(
            tk._('"{name}" has {count} empty rows').format(name=name, count=facts.blank_rows),
            tk._("Delete the empty rows"),
            resource_id=where,
            severity="warning",
            part="blank",
        )
    if facts.encoding not in {"utf-8", ""}:
        yield Problem(
            tk._('"{name}" is not written in UTF-8').format(name=name),
            tk._('Save it as "CSV UTF-8"; otherwise letters such as é become other signs'),
            resource_id=where,
            severity="warning",
            part="encoding",
        )


@rule("personal.id", "metadata", "error")
def personal_id(subject: Subject) -> Iterator[Problem]:
    """NIK and numbers of family cards never reach the public (UU 27/2022 on personal data)."""
    is_open = access_level(subject.pkg) == "terbuka"
    for resource in subject.resources:
        facts = facts_of(subject, resource)
        if facts is None or not facts.ids:
            continue
        yield Problem(
            tk._('"{name}" holds numbers of people or families (NIK, KK) in: {columns}').format(
                name=_name(resource), columns=", ".join(facts.ids[:LISTED])
            ),
            tk._("Delete these columns and upload the file again; published figures are counts, not people"),
            resource_id=resource.get("id"),
            severity="error" if is_open else "warning",
        )
