"""Rules about personal data in files: which columns and rows, which pages, and never the value itself.

Locked: no option switches them off or makes them milder (UU 27/2022 on the protection of personal data).
"""

from __future__ import annotations

from collections.abc import Iterator

import ckantoolkit as tk

from ckanext.satudata.standards.facts import access_level
from ckanext.satudata.standards.files.facts import Column
from ckanext.satudata.standards.rules.file_words import column_name, documents, rows_of, tables
from ckanext.satudata.standards.rules.registry import Problem, Subject, rule


def _severity(subject: Subject, office: bool = False) -> str:
    return "error" if access_level(subject.pkg) == "terbuka" and not office else "warning"


def _where(columns: list[Column], kind: str) -> str:
    """``nik (rows 2, 3 …); catatan (rows 17)``."""
    parts = [
        tk._("{column} (rows {rows})").format(column=column_name(column), rows=rows_of(column.personal[kind]))
        for column in columns
    ]
    return "; ".join(parts[:5])


@rule("personal.id", "metadata", "error", locked=True)
def personal_id(subject: Subject) -> Iterator[Problem]:
    """NIK and numbers of family cards never reach the public.

    A number counts where its 16 digits decode: a province that exists, a day (women's plus 40) and a month, and a
    number of its own; parted by spaces or dots it is the same, and so it is within a sentence. Account numbers, NIP
    (18 digits), NPSN and codes of budgets do not decode. An error where access is open, else a warning (UU 27/2022).

    To mend: delete the column and upload the file again; published figures are counts, not people.
    """
    for resource, _facts, table, name in tables(subject):
        columns = [column for column in table.columns if "id" in column.personal]
        if columns:
            yield Problem(
                tk._('"{name}" holds numbers of people or families (NIK, KK) in: {columns}').format(
                    name=name, columns=_where(columns, "id")
                ),
                tk._("Delete these columns and upload the file again; published figures are counts, not people"),
                resource_id=resource.get("id"),
                severity=_severity(subject),
            )
    yield from _in_text(
        subject,
        "id",
        tk._('"{name}" holds numbers of people or families (NIK, KK) on pages {pages}'),
        tk._("Take them out of the document and upload it again; published figures are counts, not people"),
    )


@rule("personal.phone", "metadata", "error", locked=True)
def personal_phone(subject: Subject) -> Iterator[Problem]:
    """Telephone numbers of people never reach the public.

    Numbers as they are dialled in Indonesia (08…, +62…), also within a sentence. The number of an office, in a column
    that says so (``telepon_kantor``), is a warning only.

    To mend: delete the column, or name it ``telepon_kantor`` where it holds numbers of offices alone.
    """
    yield from _found(
        subject,
        "phone",
        tk._('"{name}" holds telephone numbers in: {columns}'),
        tk._("Delete the numbers of people; a column of offices is best called telepon_kantor"),
    )
    yield from _in_text(
        subject,
        "phone",
        tk._('"{name}" holds telephone numbers on pages {pages}'),
        tk._("Take the numbers of people out of the document and upload it again"),
    )


@rule("personal.email", "metadata", "error", locked=True)
def personal_email(subject: Subject) -> Iterator[Problem]:
    """E-mail addresses of people never reach the public.

    Addresses of agencies and schools (``.go.id``, ``.sch.id``, ``.ac.id``, ``info@…``) are a warning only.

    To mend: delete the column; how to reach you stands in the metadata.
    """
    yield from _found(
        subject,
        "email",
        tk._('"{name}" holds e-mail addresses in: {columns}'),
        tk._("Delete the addresses of people; how to reach you stands in the metadata"),
    )
    yield from _in_text(
        subject,
        "email",
        tk._('"{name}" holds e-mail addresses on pages {pages}'),
        tk._("Take the addresses of people out of the document and upload it again"),
    )


def _found(subject: Subject, kind: str, message: str, fix: str) -> Iterator[Problem]:
    for resource, _facts, table, name in tables(subject):
        for office in (False, True):
            columns = [c for c in table.columns if kind in c.personal and (kind in c.office) == office]
            if columns:
                yield Problem(
                    message.format(name=name, columns=_where(columns, kind)),
                    fix,
                    resource_id=resource.get("id"),
                    severity=_severity(subject, office),
                    part="office" if office else "",
                )


@rule("personal.name", "metadata", "error", locked=True)
def personal_name(subject: Subject) -> Iterator[Problem]:
    """Names of people with where they live or when they were born never reach the public.

    Seen by the names of the columns and confirmed by what stands in them: names of schools, shops, streets and
    kelurahan are no names of people. A name alone, of an official for instance, is not complained of.

    To mend: publish counts by RT, age or sex instead of a list of people.
    """
    for resource, _facts, table, name in tables(subject):
        columns = [column for column in table.columns if "name" in column.personal]
        if columns:
            yield Problem(
                tk._('"{name}" is a list of people with their address or date of birth; see: {columns}').format(
                    name=name, columns=", ".join(column_name(column) for column in columns[:5])
                ),
                tk._("Publish counts instead, for example by kelurahan, age group or sex"),
                resource_id=resource.get("id"),
                severity=_severity(subject),
            )
    yield from _in_text(
        subject,
        "name",
        tk._('"{name}" lists people with their address or date of birth on pages {pages}'),
        tk._("Publish counts instead, for example by kelurahan, age group or sex"),
    )


def _in_text(subject: Subject, kind: str, message: str, fix: str) -> Iterator[Problem]:
    """The same in documents, by their pages."""
    for resource, found, name in documents(subject):
        if kind in found.personal:
            yield Problem(
                message.format(name=name, pages=rows_of(found.personal[kind])),
                fix,
                resource_id=resource.get("id"),
                severity=_severity(subject),
                part="text",
            )
