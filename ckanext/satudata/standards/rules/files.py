"""Rules about the files of a dataset: there, machine-readable, what they say they are, and looked into."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import ckantoolkit as tk

from ckanext.satudata.standards import registry
from ckanext.satudata.standards.files.facts import FileFacts, Prose
from ckanext.satudata.standards.files.kinds import EXPECTED
from ckanext.satudata.standards.rules.file_words import format_of, name_of, rows_of
from ckanext.satudata.standards.rules.registry import Problem, Subject, rule

# Formats a program cannot read without guessing (Perpres 39/2019 Ps 9: open, machine-readable).
NOT_FOR_MACHINES = frozenset({"PDF", "DOC", "DOCX", "PPT", "PPTX", "PNG", "JPG", "JPEG", "GIF", "HTML"})


def _is_upload(resource: dict[str, Any]) -> bool:
    return resource.get("url_type") == "upload"


@rule("files.none", "interoperabilitas", "error")
def files_none(subject: Subject) -> Iterator[Problem]:
    """There is a file.

    What is handed over is data + standard + metadata (Perpres 39/2019 Article 33): metadata alone is no data.

    To mend: add the table itself, best as a CSV file.
    """
    if not subject.resources and registry.takes_files(subject.pkg.get("type")):
        yield Problem(tk._("There is no file yet"), tk._("Add the table itself, best as a CSV file"))


@rule("files.format", "interoperabilitas", "warning")
def files_format(subject: Subject) -> Iterator[Problem]:
    """Every file says its format, and at least one can be read by a machine.

    Interoperability (Perpres 39/2019 Article 9) asks for a format programs read without guessing. A PDF or a picture
    is welcome beside the table, not instead of it.

    To mend: fill in the format; add the table as CSV beside the PDF.
    """
    readable = False
    for resource in subject.resources:
        if not format_of(resource):
            yield Problem(
                tk._('The file "{name}" does not say its format').format(name=name_of(resource)),
                tk._("Open the file in the form and fill in the format, for example CSV"),
                resource_id=resource.get("id"),
                part="missing",
            )
        readable = readable or format_of(resource) not in NOT_FOR_MACHINES
    if subject.resources and not readable:
        yield Problem(
            tk._("No file can be read by a machine"),
            tk._("Add the table as CSV beside the PDF or picture"),
            resource_id=subject.resources[0].get("id"),
            part="machine",
        )


@rule("files.remote", "interoperabilitas", "warning")
def files_remote(subject: Subject) -> Iterator[Problem]:
    """A file is uploaded, not linked to.

    What a link leads to may change after the approval: its bytes are nobody's approval, and nobody here fetches them.

    To mend: upload the file itself; the address it came from can stand under Source.
    """
    for resource in subject.resources:
        if not _is_upload(resource) and resource.get("url") and resource.get("url_type") in (None, ""):
            yield Problem(
                tk._('"{name}" is a link: nobody can approve what may change tomorrow').format(name=name_of(resource)),
                tk._("Upload the file itself; the address it came from can stand under Source"),
                resource_id=resource.get("id"),
            )


@rule("files.check", "interoperabilitas", "error")
def files_check(subject: Subject) -> Iterator[Problem]:
    """A file has been looked into before it is handed over.

    Small files are looked into while you wait, larger ones by a background job; the page may be closed meanwhile.
    Where no worker runs on the portal, or a check has failed, that is a warning: the checker has to look then.

    To mend: wait a moment, or press "Check again" beside the file.
    """
    if not subject.with_files:
        return
    from ckanext.satudata.standards.files import service

    for resource in subject.resources:
        if not _is_upload(resource) or not resource.get("id"):
            continue
        check = service.check_of(resource)
        name, where = name_of(resource), resource.get("id")
        if check.open and not check.unattended:
            yield Problem(
                tk._('"{name}" is still being checked').format(name=name),
                tk._("Large files take a few minutes; you may close the page and submit later"),
                resource_id=where,
                part="running",
            )
        elif check.open or check.status == "failed":
            yield Problem(
                tk._('"{name}" could not be checked on this portal').format(name=name),
                tk._('Press "Check again" beside the file; if it stays so, tell the portal admin'),
                resource_id=where,
                severity="warning",
                part="failed",
            )


@rule("files.open", "interoperabilitas", "error")
def files_open(subject: Subject) -> Iterator[Problem]:
    """The file can be opened, and is what its format says.

    Seen by its first bytes and by reading it; nothing in it is run. A renamed file stays what it was.

    To mend: save it in the format it is declared as, without a password, and upload that.
    """
    for resource in subject.resources:
        facts = subject.file_facts(resource)
        if facts is None:
            continue
        name, said, where = name_of(resource), format_of(resource), resource.get("id")
        told = _trouble(facts, name)
        wrong = bool(said in EXPECTED and facts.kind and facts.kind not in EXPECTED[said])
        if facts.trouble == "unreadable" and facts.kind not in ("XLSX", "ODS", "XLS", "PDF", "JSON", "GEOJSON"):
            wrong = said in EXPECTED
        if wrong and facts.trouble in ("", "unreadable", "damaged"):
            yield Problem(
                tk._('"{name}" is not a {format} file').format(name=name, format=said or "CSV"),
                tk._("Save it as {format} in your program and upload that; renaming a file does not change it").format(
                    format=said or "CSV"
                ),
                resource_id=where,
                part="kind",
            )
        elif told is not None and (said in EXPECTED or facts.trouble in ("missing", "empty", "bomb", "encrypted")):
            message, fix, part = told
            yield Problem(message, fix, resource_id=where, part=part)


def _trouble(facts: FileFacts, name: str) -> tuple[str, str, str] | None:
    """Message, fix and part for why a file could not be read."""
    again = tk._("Upload the file again")
    export = tk._("Export it again from the program it comes from")
    known = {
        "missing": (tk._('"{name}" cannot be opened'), again, "missing"),
        "empty": (tk._('"{name}" is empty'), again, "empty"),
        "encrypted": (
            tk._('"{name}" is locked with a password'),
            tk._("Save it without a password: published data must open for everybody"),
            "encrypted",
        ),
        "bomb": (
            tk._('"{name}" unpacks to far more than a file of data holds, so it was not opened'),
            tk._("Save the table anew as CSV and upload that"),
            "bomb",
        ),
        "damaged": (tk._('"{name}" is damaged and cannot be opened'), export, "damaged"),
        "unreadable": (tk._('"{name}" cannot be read'), export, "unreadable"),
        "entities": (
            tk._('"{name}" holds instructions for the program that reads it, so it was not opened'),
            tk._("Save the table anew in Excel or LibreOffice, or as CSV, and upload that"),
            "entities",
        ),
        "too_deep": (
            tk._('"{name}" nests lists within lists too deeply to be read as a table'),
            tk._("Export it as CSV, or as a flat list of records"),
            "deep",
        ),
        "row_too_long": (
            tk._('A row of "{name}" does not end; it begins near line {line}'),
            tk._("Look for a quotation mark that is not closed, or save the table anew as CSV"),
            "row",
        ),
        "json": (tk._('"{name}" cannot be read as JSON; the mistake is near line {line}'), export, "json"),
    }
    if facts.trouble not in known:
        return None
    message, fix, part = known[facts.trouble]
    return message.format(name=name, line=facts.line or 1), fix, part


@rule("files.partly", "interoperabilitas", "warning")
def files_partly(subject: Subject) -> Iterator[Problem]:
    """All of a file could be looked into.

    A PDF that is a scan, and a file that is larger than a check takes on, pass unseen: what is wrong in them, personal
    data included, is found by readers instead. Pictures are never looked into.

    To mend: give the table as CSV or XLSX beside the scan; publish a very large table in parts or as CSV.
    """
    for resource in subject.resources:
        facts = subject.file_facts(resource)
        if facts is None:
            continue
        name = name_of(resource)
        if facts.prose is not None and facts.prose.silent.count:
            yield _scanned(name, facts.prose, resource.get("id"))
        if facts.trouble == "too_large" or (facts.looked_into and not facts.complete and not facts.trouble):
            yield Problem(
                tk._('"{name}" is too large to be looked into as a whole').format(name=name),
                tk._("Publish the table as CSV, or in parts; the checker has to look at the rest"),
                resource_id=resource.get("id"),
                part="large",
            )


def _scanned(name: str, prose: Prose, where: str | None) -> Problem:
    """Pages without text: nobody has looked for people in them."""
    silent, every = prose.silent.count, prose.silent.count >= prose.pages
    message = tk._(
        '"{name}" is a scan: its {count} pages hold no text, and nobody has looked for personal data in them'
    )
    if not every:
        message = tk._('{count} pages of "{name}" hold no text, only pictures; pages {pages}')
    return Problem(
        message.format(name=name, count=silent, pages=rows_of(prose.silent)),
        tk._("Give the table as CSV or XLSX beside it; the checker has to look through these pages"),
        resource_id=where,
        severity="warning" if every else "info",
        part="scan" if every else "pictures",
    )


@rule("files.active", "interoperabilitas", "warning")
def files_active(subject: Subject) -> Iterator[Problem]:
    """A file holds data, no programs.

    Macros and links to other workbooks are not run here, but they frighten the reader's computer and break elsewhere.

    To mend: save the workbook as XLSX without macros, with values instead of links.
    """
    for resource in subject.resources:
        facts = subject.file_facts(resource)
        if facts is None:
            continue
        name = name_of(resource)
        if facts.macros:
            yield Problem(
                tk._('"{name}" holds macros').format(name=name),
                tk._('Save it as "Excel workbook (.xlsx)", which has none'),
                resource_id=resource.get("id"),
                part="macros",
            )
        if facts.external:
            yield Problem(
                tk._('"{name}" takes figures from other workbooks').format(name=name),
                tk._("Paste the figures as values: the other workbook is not there for the reader"),
                resource_id=resource.get("id"),
                part="links",
            )
