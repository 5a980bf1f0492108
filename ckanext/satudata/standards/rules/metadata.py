"""Rules about what the metadata say: present, well formed, and agreeing with each other."""

from __future__ import annotations

import re
from collections.abc import Iterator

import ckantoolkit as tk

from ckanext.satudata.languages import text_in
from ckanext.satudata.regions import service as regions
from ckanext.satudata.standards.periods import parse_day, parse_period
from ckanext.satudata.standards.rules import shapes
from ckanext.satudata.standards.rules.registry import Problem, Subject, rule
from ckanext.satudata.standards.validators import choice_value, listed

EMAIL = re.compile(r"^[^@\s]+@[^@\s.]+(\.[^@\s.]+)+$")
PLACEHOLDERS = frozenset({"-", "--", "n/a", "na", "tidak diisi", "xxx", "test", "tes", "lorem ipsum", ".", "?"})


@rule("required", "metadata", "error")
def required(subject: Subject) -> Iterator[Problem]:
    """Every field that is asked for is filled, and with more than a dash.

    Why: what is handed over is data, their standard and their metadata (Perpres 39/2019 Articles 7, 8 and 33).

    Mend: fill the field in; its help has an example. What is only advised may stay empty for a reason.

    Example: “Satuan” is empty, or holds only “-”.
    """
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
    """The data have two tags or more.

    Why: nobody finds the data by a word of their own (Perpres 39/2019 Article 36: data are easy to find).

    Mend: add words people would search by.

    Example: “gizi, balita” for a table of toddlers by nutritional status.
    """
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
    """The title has three words or more.

    Why: a title of one or two words does not say what, where and when; in a list of thousands it is read alone.

    Mend: say what is counted, where and when.

    Example: “Toddlers by nutritional status, Kelurahan Aur, 2025” instead of “Data gizi”.
    """
    title = subject.value("title")
    if title and len(title.split()) < 3:
        yield Problem(
            tk._("The title is too short to tell what the data are about"),
            tk._('Say what is counted, where and when, for example "Toddlers by nutritional status, Aur, 2025"'),
            field="title",
        )


@rule("title.capitals", "metadata", "warning")
def title_capitals(subject: Subject) -> Iterator[Problem]:
    """The title is not written in capitals only.

    Why: capitals are hard to read on a phone and for screen readers, and sort badly.

    Mend: write it like a sentence; capitals only for names and abbreviations.

    Example: “Jumlah penduduk Kelurahan Aur 2025” instead of “JUMLAH PENDUDUK KELURAHAN AUR 2025”.
    """
    title = subject.value("title")
    if len(title) > 15 and title.upper() == title and title.lower() != title:
        yield Problem(
            tk._("The title is written in capitals only"),
            tk._("Write it like a sentence; capitals only for names and abbreviations"),
            field="title",
        )


@rule("notes.short", "metadata", "warning")
def notes_short(subject: Subject) -> Iterator[Problem]:
    """The description says more than the title.

    Why: it is what a reader sees first, and what search looks through (Perpres 39/2019 Article 8, metadata).

    Mend: write two or three sentences: what one row is, where it comes from, what it is used for.

    Example: “Satu baris adalah satu kelompok umur. Dari register posyandu; untuk merencanakan makanan tambahan.”
    """
    notes = subject.value("notes")
    if notes and (len(notes) < 40 or notes.casefold() == subject.value("title").casefold()):
        yield Problem(
            tk._("The description says little more than the title"),
            tk._("Write two or three sentences: what one row is, where it comes from, what it is used for"),
            field="notes",
        )


@rule("owner.missing", "metadata", "error")
def owner_missing(subject: Subject) -> Iterator[Problem]:
    """Every dataset has a producer.

    Why: somebody answers for the data (Perpres 39/2019 Articles 1 and 22, Produsen Data).

    Mend: choose the organization that answers for these data.

    Example: Kelurahan Aur, for what its officers counted.
    """
    # A new form has none before it is shown for the first time.
    if "owner_org" in subject.pkg and not subject.value("owner_org"):
        yield Problem(
            tk._("No producer is chosen"),
            tk._("Choose the organization that answers for these data"),
            field="owner_org",
        )


@rule("format", "interoperabilitas", "error")
def formats(subject: Subject) -> Iterator[Problem]:
    """Years, periods, dates, numbers and addresses are written the way machines read them.

    Why: what is not can be neither sorted nor compared; periods follow ISO 8601 (Perpres 39/2019 Article 9).

    Mend: write it as the message says.

    Example: “2025-Q4” instead of “triwulan IV 2025”.
    """
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
    """A field with a list holds a value of the list: frequency, affair, access and so on.

    Why: a word of one's own is found by no filter, and is no reference code (Perpres 39/2019 Article 10).

    Mend: choose one of the values offered in the form.

    Example: “Bulanan” instead of “tiap tgl 5”.
    """
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


@rule("title.place", "metadata", "warning")
def title_place(subject: Subject) -> Iterator[Problem]:
    """The title names the place the data are about.

    Why: on a national portal that harvests this one, “Jumlah penduduk 2025” is one of thousands (Perpres 39/2019
    Article 8, metadata).

    Mend: add the name of the region, or of the larger one where there are many.

    Example: “Jumlah penduduk Kelurahan Aur 2025”.
    """
    title, codes = subject.value("title"), re.findall(r"\d\d(?:\.\d+)*", subject.value("cakupan_wilayah"))
    if not title or not codes or not subject.has("cakupan_wilayah"):
        return
    around = {code.rsplit(".", depth)[0] for code in codes[:MOST_CODES] for depth in range(code.count(".") + 1)}
    known = regions.regions_by_code(around)
    names = {name for region in known.values() for name in (region["title"], *region["aliases"])}
    owner = str((subject.pkg.get("organization") or {}).get("title") or "")
    if known and not any(_bare(name) in _bare(title) for name in (*names, owner) if _bare(name)):
        nearest = known.get(codes[0]) or next(iter(known.values()))
        yield Problem(
            tk._("The title does not say where"),
            tk._('Add the place, for example "{title}, {place}"').format(title=title[:80], place=nearest["title"]),
            field="title",
        )


#: Of a dataset that covers hundreds of regions the first ones are enough to know where it is.
MOST_CODES = 50
_KIND = re.compile(r"\b(kelurahan|kel|kecamatan|kec|desa|kota|kabupaten|kab|provinsi|prov)\b\.?", re.IGNORECASE)


def _bare(name: str) -> str:
    return "".join(re.findall(r"[a-z0-9]+", _KIND.sub(" ", name.lower())))


@rule("title.year", "metadata", "warning")
def title_year(subject: Subject) -> Iterator[Problem]:
    """A year in the title is a year of the data, and data of a single year name it.

    Why: who copies last year's dataset forgets the title; a reader then trusts the wrong figures (Perpres 39/2019
    Article 8, metadata).

    Mend: write the year the figures are about, or correct the period.

    Example: the title says 2024, the period is 2025.
    """
    start, end = parse_period(subject.value("periode_awal")), parse_period(subject.value("periode_akhir"))
    title = subject.value("title")
    if not (title and start and end and start.start <= end.end):
        return
    years = range(start.start.year, end.end.year + 1)
    named = [int(year) for year in re.findall(r"(?<!\d)(?:19|20)\d\d(?!\d)", title)]
    strange = [year for year in named if year not in years]
    if strange:
        yield Problem(
            tk._("The title says {year}, the period of the data does not").format(year=strange[0]),
            tk._("Correct the title or the period"),
            field="title",
            part="other",
        )
    elif not named and len(years) == 1:
        yield Problem(
            tk._("The title does not say when"),
            tk._("Add the year of the data: {year}").format(year=years[0]),
            field="title",
            part="missing",
        )
