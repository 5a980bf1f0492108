"""Rules about what the metadata say: present, well formed, and agreeing with each other."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date

import ckantoolkit as tk

from ckanext.satudata.standards.language import text_in
from ckanext.satudata.standards.periods import parse_day, parse_period
from ckanext.satudata.standards.rules import shapes
from ckanext.satudata.standards.rules.registry import Problem, Subject, rule
from ckanext.satudata.standards.validators import choice_value, listed

# Codes of the national statistical data standards; the letters may grow, so a stranger is a warning only.
SDSN = re.compile(r"^(SD|SP|ST|SE|UL)\d{5}\.\d{2}\.\d{2}$")
EMAIL = re.compile(r"^[^@\s]+@[^@\s.]+(\.[^@\s.]+)+$")
PLACEHOLDERS = frozenset({"-", "--", "n/a", "na", "tidak diisi", "xxx", "test", "tes", "lorem ipsum", ".", "?"})
RATIOS = ("persen", "rasio", "angka per", "indeks", "rate", "percent", "ratio", "proporsi")


@rule("required", "metadata", "error")
def required(subject: Subject) -> Iterator[Problem]:
    """Every field the schema asks for at submission (``sdi_required``) is filled, and with more than a dash."""
    for name, field in subject.fields.items():
        severity = field.get("sdi_required")
        if severity not in {"error", "warning"}:
            continue
        if name == "tag_string":
            continue  # tags.few counts them
        value = subject.value(name)
        if value and value.lower() not in PLACEHOLDERS:
            continue
        label = subject.label(name)
        if value:
            message = tk._('"{label}" holds only "{value}"').format(label=label, value=value)
        else:
            message = tk._('"{label}" is not filled in yet').format(label=label)
        yield Problem(message, _help(subject, name), field=name, severity=severity)


def _help(subject: Subject, name: str) -> str:
    return text_in(subject.fields[name].get("help_text"), subject.lang)


@rule("tags.few", "metadata", "warning")
def tags_few(subject: Subject) -> Iterator[Problem]:
    """Fewer than two tags: nobody finds the data by a word of their own."""
    tags = subject.pkg.get("tags")
    if tags is None:
        count = len([tag for tag in subject.value("tag_string").split(",") if tag.strip()])
    else:
        count = len([tag for tag in tags if tag])
    if count < 2 and ("tag_string" in subject.fields or not subject.fields):
        yield Problem(
            tk._("Fewer than two tags"),
            tk._('Add words people would search by, for example "gizi, balita"'),
            field="tag_string",
        )


@rule("title.short", "metadata", "warning")
def title_short(subject: Subject) -> Iterator[Problem]:
    """A title of one or two words does not say what, where and when."""
    title = subject.value("title")
    if title and len(title.split()) < 3:
        yield Problem(
            tk._("The title is too short to tell what the data are about"),
            tk._('Say what is counted, where and when, for example "Toddlers by nutritional status, Aur, 2025"'),
            field="title",
        )


@rule("title.capitals", "metadata", "warning")
def title_capitals(subject: Subject) -> Iterator[Problem]:
    """A title all in capitals is hard to read and sorts badly."""
    title = subject.value("title")
    if len(title) > 15 and title.upper() == title and title.lower() != title:
        yield Problem(
            tk._("The title is written in capitals only"),
            tk._("Write it like a sentence; capitals only for names and abbreviations"),
            field="title",
        )


@rule("notes.short", "metadata", "warning")
def notes_short(subject: Subject) -> Iterator[Problem]:
    """A description that is shorter than a sentence, or repeats the title."""
    notes = subject.value("notes")
    if notes and (len(notes) < 40 or notes.casefold() == subject.value("title").casefold()):
        yield Problem(
            tk._("The description says little more than the title"),
            tk._("Write two or three sentences: what one row is, where it comes from, what it is used for"),
            field="notes",
        )


@rule("owner.missing", "metadata", "error")
def owner_missing(subject: Subject) -> Iterator[Problem]:
    """Every dataset has a producer (Perpres 39/2019 Ps 1: Produsen Data)."""
    # A new form has none before it is shown for the first time.
    if "owner_org" in subject.pkg and not subject.value("owner_org"):
        yield Problem(
            tk._("No producer is chosen"),
            tk._("Choose the organization that answers for these data"),
            field="owner_org",
        )


@rule("format", "interoperabilitas", "error")
def formats(subject: Subject) -> Iterator[Problem]:
    """Years, periods, dates and e-mail addresses are written the way machines read them."""
    for name, field in subject.fields.items():
        value = subject.value(name)
        if not value:
            continue
        kind = field.get("sdi_format")
        label = subject.label(name)
        if kind == "year" and not re.fullmatch(r"(19|20)\d{2}", value):
            yield Problem(
                tk._('"{label}" is not a year: {value}').format(label=label, value=value[:60]),
                tk._('Write four digits, for example "2025"'),
                field=name,
            )
        elif kind == "period" and parse_period(value) is None:
            yield Problem(
                tk._('"{label}" is not a period a machine can read: {value}').format(label=label, value=value[:60]),
                tk._('Write "2025", "2025-12", "2025-Q4" or "2025-12-31"'),
                field=name,
            )
        elif kind == "date" and parse_day(value) is None:
            yield Problem(
                tk._('"{label}" is not a date a machine can read: {value}').format(label=label, value=value[:60]),
                tk._('Choose the day, or write it as year-month-day, for example "2026-01-15"'),
                field=name,
                severity=field.get("sdi_required") or "warning",
            )
        elif kind == "email" and not EMAIL.match(value):
            yield Problem(
                tk._('"{label}" is not an e-mail address: {value}').format(label=label, value=value[:60]),
                tk._("Write the address of the office, for example kelurahan.aur@pemkomedan.go.id"),
                field=name,
                severity="warning",
            )
        elif wrong := shapes.problem(kind, label, value):
            yield Problem(wrong.message, wrong.fix, field=name, severity="warning" if wrong.mild else None)


@rule("choice.unknown", "interoperabilitas", "error")
def choice_unknown(subject: Subject) -> Iterator[Problem]:
    """A value of a list that the list does not have: frequency, affair, access and so on."""
    for name, field in subject.fields.items():
        if not field.get("choices"):
            continue
        given = listed(subject.pkg.get(name)) if field.get("sdi_multiple") else [subject.value(name)]
        value = next((str(each) for each in given if each and choice_value(field, each) is None), "")
        if value:
            yield Problem(
                tk._('"{label}" is not in the list: {value}').format(label=subject.label(name), value=value[:60]),
                tk._("Choose one of the values offered in the form"),
                field=name,
                part=name,
            )


@rule("sdsn.unknown", "standar_data", "warning")
def sdsn_unknown(subject: Subject) -> Iterator[Problem]:
    """A code that does not look like one of the SDSN."""
    for name, field in subject.fields.items():
        value = subject.value(name)
        if field.get("sdi_format") == "sdsn" and value and not SDSN.match(value.upper()):
            yield Problem(
                tk._('"{value}" does not look like a code of the SDSN').format(value=value[:60]),
                tk._('Look it up at BPS, for example "SD00001.01.01", or leave it empty'),
                field=name,
            )


@rule("period.order", "interoperabilitas", "error")
def period_order(subject: Subject) -> Iterator[Problem]:
    """The period does not end before it begins."""
    start, end = parse_period(subject.value("periode_awal")), parse_period(subject.value("periode_akhir"))
    if start and end and subject.has("periode_akhir") and end.end < start.start:
        yield Problem(
            tk._("The period ends before it begins"),
            tk._("Exchange the two, or correct the one that is wrong"),
            field="periode_akhir",
        )


@rule("period.year", "metadata", "warning")
def period_year(subject: Subject) -> Iterator[Problem]:
    """The year of the data lies within its period."""
    year = subject.value("tahun")
    start, end = parse_period(subject.value("periode_awal")), parse_period(subject.value("periode_akhir"))
    if not (re.fullmatch(r"\d{4}", year) and start and end and start.start <= end.end):
        return
    if not start.start.year <= int(year) <= end.end.year:
        yield Problem(
            tk._("The year of the data, {year}, is not within its period").format(year=year),
            tk._("Correct the year or the period"),
            field="tahun",
        )


@rule("period.future", "metadata", "warning")
def period_future(subject: Subject) -> Iterator[Problem]:
    """Figures about days that have not come yet, where they are not called preliminary."""
    start = parse_period(subject.value("periode_awal"))
    if start and start.start > date.today():
        yield Problem(
            tk._("The period lies in the future"),
            tk._("Correct it, or say in the description that these are projections or targets"),
            field="periode_awal",
        )


@rule("unit.measure", "standar_data", "warning")
def unit_against_measure(subject: Subject) -> Iterator[Problem]:
    """A count in per cent, or a percentage in persons: measure and unit contradict each other."""
    measure, unit = subject.value("ukuran").lower(), subject.value("satuan").lower()
    if not measure or not unit:
        return
    relative = any(word in measure for word in RATIOS)
    percent = unit in {"persen", "%", "percent", "per cent", "persentase"}
    counted = measure in {"jumlah", "banyaknya", "total", "number", "count", "luas", "area"}
    if counted and percent:
        message = tk._('The measure is "{measure}" but the unit is a percentage')
    elif relative and unit in {"orang", "jiwa", "keluarga", "rumah tangga", "unit", "buah", "people", "persons"}:
        message = tk._('The measure is "{measure}" but the unit counts things')
    elif unit == measure:
        message = tk._('Measure and unit are both "{measure}"')
    else:
        return
    yield Problem(
        message.format(measure=subject.value("ukuran")),
        tk._('Measure is what is measured ("number", "percentage"), unit is in what ("people", "per cent")'),
        field="satuan",
    )
