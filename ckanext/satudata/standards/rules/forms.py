"""Rules about the forms of BPS: rows, schedules, links between the three types, values nobody is shown."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Any

import ckantoolkit as tk

from ckanext.satudata.languages import text_in
from ckanext.satudata.standards import conditions, links
from ckanext.satudata.standards.periods import parse_day
from ckanext.satudata.standards.rules import shapes
from ckanext.satudata.standards.rules.metadata import PLACEHOLDERS
from ckanext.satudata.standards.rules.registry import Problem, Subject, rule
from ckanext.satudata.standards.validators import choice_value, pairs_of

#: So many rows of a field are told of one by one; the others are counted.
ROWS_TOLD = 20
#: What a row with something to say is called by: its first filled field of these.
_NAMES = ("nama", "var_nama", "pembangun_nama", "provinsi")


def _text(value: Any) -> str:
    return "" if value is None else str(value).strip()


def _rows(subject: Subject) -> Iterator[tuple[str, list[Mapping[str, Any]], list[dict[str, Any]]]]:
    """The repeating fields that count here: name, their subfields, their rows."""
    for name, field in subject.fields.items():
        if field.get("repeating_subfields"):
            rows = conditions.rows_of(subject.pkg.get(name))
            if rows:
                yield name, field["repeating_subfields"], rows


def _called(subject: Subject, name: str, number: int, row: Mapping[str, Any]) -> str:
    said = next((_text(row.get(key)) for key in _NAMES if _text(row.get(key))), "")
    where = tk._("Row {number} of “{label}”").format(number=number, label=subject.label(name))
    return f"{where} ({said[:60]})" if said else where


@rule("rows.required", "metadata", "error")
def rows_required(subject: Subject) -> Iterator[Problem]:
    """Every row of a form is filled in completely, as far as its own conditions ask for it.

    Why: the forms of BPS say “fill in completely”; a variable without concept and definition cannot be compared with
    that of another agency (Perpres 39/2019 Article 5).

    Mend: complete the row, or take it out.

    Example: row 3 of the variables, “Jumlah anggota keluarga”, has no definition.
    """
    seen = conditions.Visibility(conditions.keyed_fields(subject.pkg.get("type")), subject.pkg)
    for name, subs, rows in _rows(subject):
        wrong = 0
        for number, row in enumerate(rows, 1):
            shown = seen.subfields(name, row)
            empty = [
                text_in(sub.get("label") or sub["field_name"], subject.lang)
                for sub in subs
                if sub.get("sdi_required") == "error"
                and not sub.get("sdi_officer")
                and shown[sub["field_name"]]
                and (not _text(row.get(sub["field_name"])) or _text(row[sub["field_name"]]).lower() in PLACEHOLDERS)
            ]
            if not empty:
                continue
            wrong += 1
            if wrong <= ROWS_TOLD:
                yield Problem(
                    tk._("{row}: not filled in yet: {fields}").format(
                        row=_called(subject, name, number, row), fields=", ".join(empty)
                    ),
                    tk._("Complete the row, or take it out"),
                    field=name,
                    part=f"{name}.{number}",
                )
        if wrong > ROWS_TOLD:
            yield Problem(
                tk._("{n} more rows of “{label}” are not complete").format(
                    n=wrong - ROWS_TOLD, label=subject.label(name)
                ),
                tk._("Complete the rows above first"),
                field=name,
                part=f"{name}.more",
            )


@rule("rows.format", "interoperabilitas", "error")
def rows_format(subject: Subject) -> Iterator[Problem]:
    """Years, dates, numbers and choices inside rows are written the way machines read them.

    Why: what is not can be neither sorted nor compared (Perpres 39/2019 Article 9).

    Mend: write the value as the message says.

    Example: the year of a variable is “2025”, not “TA 2025”.
    """
    told = 0
    for name, subs, rows in _rows(subject):
        for number, row in enumerate(rows, 1):
            for sub in subs:
                value = _text(row.get(sub["field_name"]))
                if not value or told >= ROWS_TOLD:
                    continue
                label = text_in(sub.get("label") or sub["field_name"], subject.lang)
                found = shapes.row_problem(sub.get("sdi_format"), label, value)
                if found is None and sub.get("choices") and choice_value(dict(sub), value) is None:
                    found = shapes.Misshapen(
                        tk._('"{label}" is not in the list: {value}').format(label=label, value=value[:60]),
                        tk._("Choose one of the values offered in the form"),
                    )
                if found:
                    told += 1
                    yield Problem(
                        f"{_called(subject, name, number, row)}: {found.message}",
                        found.fix,
                        field=name,
                        severity="warning" if found.mild else None,
                        part=f"{name}.{number}.{sub['field_name']}",
                    )


@rule("rows.duplicate", "metadata", "error")
def rows_duplicate(subject: Subject) -> Iterator[Problem]:
    """No two variables of an activity have the same name or the same short name.

    Why: a column names its variable; two of one name cannot be told apart.

    Mend: name them apart, or take the second row out.

    Example: “Jumlah anggota keluarga” stands in rows 3 and 17.
    """
    if not subject.has("variabel"):
        return
    rows = conditions.rows_of(subject.pkg.get("variabel"))
    for key in ("nama", "alias"):
        where: dict[str, list[int]] = defaultdict(list)
        spelled: dict[str, str] = {}
        for number, row in enumerate(rows, 1):
            said = " ".join(_text(row.get(key)).casefold().split())
            if said and said not in shapes.NONE and said not in PLACEHOLDERS:
                where[said].append(number)
                spelled.setdefault(said, _text(row[key]))
        for said, numbers in where.items():
            if len(numbers) > 1:
                yield Problem(
                    tk._("“{name}” stands in several rows of the variables: {rows}").format(
                        name=spelled[said][:80], rows=", ".join(map(str, numbers))
                    ),
                    tk._("Name them apart, or take the second row out"),
                    field="variabel",
                    severity=None if key == "nama" else "warning",
                    part=f"variabel.{key}.{numbers[1]}",
                )


@rule("schedule.order", "metadata", "error")
def schedule_order(subject: Subject) -> Iterator[Problem]:
    """No step of a schedule ends before it begins.

    Why: the calendar of the Forum is made of these dates (Perpres 39/2019 Article 27).

    Mend: exchange the two dates, or correct the one that is wrong.

    Example: collection from 2025-03-03 to 2025-02-28.
    """
    for name, field in subject.fields.items():
        other = f"{name.removesuffix('_awal')}_akhir"
        if not name.endswith("_awal") or field.get("sdi_format") != "date" or not subject.has(other):
            continue
        begins, ends = parse_day(subject.value(name)), parse_day(subject.value(other))
        if begins and ends and ends < begins:
            yield Problem(
                tk._('"{label}" is before the day it begins, {day}').format(
                    label=subject.label(other), day=begins.isoformat()
                ),
                tk._("Exchange the two, or correct the one that is wrong"),
                field=other,
                part=other,
            )


@rule("pairs.line", "interoperabilitas", "warning")
def pairs_line(subject: Subject) -> Iterator[Problem]:
    """Lists of codes and of columns have one pair a line, with a sign between the two.

    Why: a program reads the code before the sign and its meaning after it.

    Mend: write “code = meaning” in each line.

    Example: “1 = laki-laki”.
    """
    for name, field in subject.fields.items():
        if field.get("sdi_pairs") and any(not (a and b) for a, b in pairs_of(subject.value(name))):
            yield _pair_problem(subject.label(name), name, name)
    for name, subs, rows in _rows(subject):
        for sub in (each for each in subs if each.get("sdi_pairs")):
            for number, row in enumerate(rows, 1):
                value = _text(row.get(sub["field_name"]))
                if value.casefold() not in shapes.NONE and any(not (a and b) for a, b in pairs_of(value)):
                    yield _pair_problem(_called(subject, name, number, row), name, f"{name}.{number}")
                    break  # one is enough to see how it is meant


def _pair_problem(label: str, field: str, part: str) -> Problem:
    return Problem(
        tk._('"{label}" has a line that is no pair').format(label=label),
        tk._('Write one pair a line, for example "1 = laki-laki"'),
        field=field,
        part=part,
    )


@rule("links.missing", "kode_referensi", "error")
def links_missing(subject: Subject) -> Iterator[Problem]:
    """An activity or indicator that is named by its id is there.

    Why: who follows the link finds nothing; what was deleted says nothing of these data (Perpres 39/2019 Article 10).

    Mend: choose another one, write its name where it is on another portal, or leave the field empty.

    Example: the activity was deleted after the dataset had been linked with it.
    """
    for name, kind in links.link_fields(subject.pkg.get("type")).items():
        if not subject.has(name):
            continue
        gone = links.missing(links.parts_of(subject.pkg.get(name)), kind)
        if gone:
            yield Problem(
                tk._('"{label}" names something that is no longer on this portal: {ids}').format(
                    label=subject.label(name), ids=", ".join(gone)[:200]
                ),
                tk._("Choose another one, or write the name of what is elsewhere"),
                field=name,
                part=name,
            )


@rule("links.variable", "kode_referensi", "warning")
def links_variable(subject: Subject) -> Iterator[Problem]:
    """The variables named for the columns are variables of the activity behind the data.

    Why: concept and definition of a column are those of the variable of that name.

    Mend: write the name exactly as in the form of the activity, or add the variable there.

    Example: “jml_art = Jumlah anggota keluarga”, where the activity says “Banyaknya anggota keluarga”.
    """
    if not (subject.has("kolom_variabel") and subject.has("kegiatan_statistik")):
        return
    pairs = pairs_of(subject.value("kolom_variabel"))
    known = links.variables_of(subject.value("kegiatan_statistik")) if pairs else None
    if known is None:
        return
    names = {" ".join(each.casefold().split()) for each in known}
    strange = [right for _, right in pairs if right and " ".join(right.casefold().split()) not in names]
    if strange:
        yield Problem(
            tk._("The activity has no variable of this name: {names}").format(names=", ".join(strange[:5])[:200]),
            tk._("Write the name exactly as in the form of the activity"),
            field="kolom_variabel",
        )


@rule("hidden.values", "metadata", "info")
def hidden(subject: Subject) -> Iterator[Problem]:
    """What fields still hold that are no longer asked for is dropped when the data are handed over.

    Why: what nobody is shown is checked by nobody (Perpres 39/2019 Article 34).

    Mend: nothing, or change the answer that hides them back.

    Example: the frequency, after “Repeatedly” was changed to “Once only”.
    """
    names = list(dict.fromkeys(each["field"] for each in conditions.hidden_values(subject.pkg)))
    if not names:
        return
    fields = conditions.keyed_fields(subject.pkg.get("type"))
    labels = [text_in(fields[name].get("label") or name, subject.lang) for name in names]
    yield Problem(
        tk._("No longer asked for, and dropped when you submit: {fields}").format(fields=", ".join(labels)),
        tk._("Nothing is to be done; change the answer that hides them if they are still wanted"),
        field=_asked_instead(fields, names[0], subject),
    )


def _asked_instead(fields: Mapping[str, Mapping[str, Any]], name: str, subject: Subject) -> str:
    """The field that is asked for and hides this one: where to go to bring it back."""
    for _ in fields:
        condition = fields[name].get("sdi_show_if")
        if name in subject.fields or not condition or condition["field"] not in fields:
            break
        name = condition["field"]
    return name
