"""Rules about time: the period of the data, of their files, and how often they come."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date

import ckantoolkit as tk

from ckanext.satudata.standards.codelists import memory
from ckanext.satudata.standards.periods import Period, parse_period
from ckanext.satudata.standards.rules.registry import Problem, Subject, rule

#: Part of the time between two figures that a period has to have: February and short quarters are no mistake.
ENOUGH = 0.9


def _period(subject: Subject) -> Period | None:
    start, end = parse_period(subject.value("periode_awal")), parse_period(subject.value("periode_akhir"))
    return Period(start.start, end.end) if start and end and start.start <= end.end else None


@rule("period.order", "interoperabilitas", "error")
def period_order(subject: Subject) -> Iterator[Problem]:
    """The period does not end before it begins.

    Why: a program that looks for a year would never find the data (Perpres 39/2019 Article 9).

    Mend: exchange the two, or correct the one that is wrong.

    Example: from 2025-12 to 2025-01.
    """
    start, end = parse_period(subject.value("periode_awal")), parse_period(subject.value("periode_akhir"))
    if start and end and subject.has("periode_akhir") and end.end < start.start:
        yield Problem(
            tk._("The period ends before it begins"),
            tk._("Exchange the two, or correct the one that is wrong"),
            field="periode_akhir",
        )


@rule("period.year", "metadata", "warning")
def period_year(subject: Subject) -> Iterator[Problem]:
    """The year of the data lies within their period.

    Why: lists and reports sort by the year; figures of another year are then compared (Perpres 39/2019 Article 8).

    Mend: correct the year or the period.

    Example: year 2024, period 2025-01 to 2025-12.
    """
    year = subject.value("tahun")
    period = _period(subject)
    if not (re.fullmatch(r"\d{4}", year) and period):
        return
    if not period.start.year <= int(year) <= period.end.year:
        yield Problem(
            tk._("The year of the data, {year}, is not within its period").format(year=year),
            tk._("Correct the year or the period"),
            field="tahun",
        )


@rule("period.future", "metadata", "warning")
def period_future(subject: Subject) -> Iterator[Problem]:
    """The period does not lie in the future.

    Why: figures about days that have not come are projections or targets, and have to be called so (Perpres 39/2019
    Article 8).

    Mend: correct the period, or say in the description that these are projections or targets.

    Example: 2052 instead of 2025.
    """
    start = parse_period(subject.value("periode_awal"))
    if start and start.start > date.today():
        yield Problem(
            tk._("The period lies in the future"),
            tk._("Correct it, or say in the description that these are projections or targets"),
            field="periode_awal",
        )


@rule("period.files", "interoperabilitas", "warning")
def period_of_files(subject: Subject) -> Iterator[Problem]:
    """The period of each file lies within that of the dataset.

    Why: who takes the file of a year has to find that year (Perpres 39/2019 Article 9).

    Mend: correct the period of the file, or widen that of the dataset.

    Example: a file of 2023 in a dataset of 2024 and 2025.
    """
    whole = _period(subject)
    for resource in subject.resources:
        value = str(resource.get("periode") or "").strip()
        if not value:
            continue
        name = str(resource.get("name") or tk._("Unnamed file"))
        period = parse_period(value)
        if period is None:
            yield Problem(
                tk._('The period of "{name}" is not one a machine can read: {value}').format(
                    name=name, value=value[:60]
                ),
                tk._('Write "2025", "2025-12", "2025-Q4" or "2025-12-31"'),
                resource_id=resource.get("id"),
                part="format",
            )
        elif whole and (period.start < whole.start or period.end > whole.end):
            yield Problem(
                tk._('The period of "{name}", {value}, is not within that of the dataset').format(
                    name=name, value=value
                ),
                tk._("Correct the period of the file, or widen that of the dataset"),
                resource_id=resource.get("id"),
                part="outside",
            )


@rule("frequency.period", "metadata", "warning")
def frequency_against_period(subject: Subject) -> Iterator[Problem]:
    """The period is as long as the time between two figures, or a single day.

    Why: yearly figures of one month, or monthly ones of a week, are not what their frequency promises; the reminder of
    the next figures hangs on it (Perpres 39/2019 Article 27).

    Mend: correct the frequency or the period; for a count on one day give that day as beginning and as end.

    Example: “Tahunan”, but the period is 2025-01 to 2025-03.
    """
    period = _period(subject)
    code = memory.meant("frekuensi", subject.value("frekuensi")) if subject.value("frekuensi") else None
    days = str((code or {}).get("extra", {}).get("days") or "")
    if code is None or period is None or not days.isdigit():
        return
    length = (period.end - period.start).days + 1
    # Figures of every second or fifth year are about a single year all the same.
    if 1 < length < min(int(days), 365) * ENOUGH:
        yield Problem(
            tk._('The frequency is "{frequency}", but the period has {days} days').format(
                frequency=memory.label_of(code, subject.lang), days=length
            ),
            tk._("Correct the frequency or the period; for one day give it as beginning and as end"),
            field="frekuensi",
        )
