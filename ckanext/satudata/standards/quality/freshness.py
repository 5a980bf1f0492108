"""Whether the figures of a dataset are up to date: a pure function of what its metadata promise and of the day.

The facts stand in ``data/freshness.json``: how long a frequency is, and the days of grace before data are overdue.
"""

from __future__ import annotations

import calendar
import datetime as dt
import json
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

from ckanext.satudata.standards.facts import value_of
from ckanext.satudata.standards.periods import parse_day, parse_period

STATES = ("fresh", "due", "overdue", "delinquent")


class Freshness(NamedTuple):
    """How fresh the figures are.

    :param state: one of :data:`STATES`; None where the metadata do not say how often new figures come
    :param next_due: the day new figures are due; None where they never are
    :param changes_on: the day on which the state changes by itself
    """

    state: str | None
    next_due: dt.date | None = None
    changes_on: dt.date | None = None


@lru_cache(maxsize=1)
def facts() -> dict[str, Any]:
    """The data file."""
    path = Path(__file__).parent / "data" / "freshness.json"
    return json.loads(path.read_text(encoding="utf-8"))  # type: ignore[no-any-return]


def after(day: dt.date, frequency: str) -> dt.date | None:
    """One interval of that frequency after a day; the last day of a month leads to the last day of a month."""
    interval = facts()["interval"].get(frequency)
    if interval is None:
        return None
    try:
        if "days" in interval:
            return day + dt.timedelta(days=interval["days"])
        months = day.year * 12 + day.month - 1 + interval["months"]
        year, month = months // 12, months % 12 + 1
        longest = calendar.monthrange(year, month)[1]
        ends = day.day == calendar.monthrange(day.year, day.month)[1]
        return dt.date(year, month, longest if ends else min(day.day, longest))
    except (OverflowError, ValueError):
        return None


def due_date(pkg: Mapping[str, Any], published: dt.date | None) -> dt.date | None:
    """The day on which new figures are due.

    One interval after the period of the data ended; where no period stands, after the last publication. A planned
    release (``jadwal_rilis``) after that day counts in its place, as long as it is at most one interval away.

    :param pkg: a package dict
    :param published: when it was last published
    """
    frequency = value_of(dict(pkg), "frekuensi")
    period = parse_period(value_of(dict(pkg), "periode_akhir"))
    base = period.end if period else published
    due = after(base, frequency) if base else None
    if due is None:
        return None
    planned, limit = parse_day(value_of(dict(pkg), "jadwal_rilis")), after(due, frequency)
    return planned if planned and limit and due < planned <= limit else due


def grace_of(frequency: str) -> tuple[int, int]:
    """Days after the due date before data are overdue, and before they are delinquent."""
    known = facts()
    late, very_late = known["grace_days"][known["grace_like"].get(frequency, frequency)]
    return late, very_late


def freshness_of(pkg: Mapping[str, Any], published: dt.date | None, today: dt.date) -> Freshness:
    """How fresh a dataset is on that day.

    Never overdue are data that come as needed, once, or less often than every two years.
    """
    frequency = value_of(dict(pkg), "frekuensi")
    if frequency in facts()["never"]:
        return Freshness("fresh")
    due = due_date(pkg, published) if frequency in facts()["interval"] else None
    if due is None:
        return Freshness(None)
    late, very_late = grace_of(frequency)
    try:
        overdue, delinquent = due + dt.timedelta(days=late), due + dt.timedelta(days=very_late)
    except OverflowError:
        return Freshness("fresh", due)
    if today < due:
        return Freshness("fresh", due, due)
    if today < overdue:
        return Freshness("due", due, overdue)
    if today < delinquent:
        return Freshness("overdue", due, delinquent)
    return Freshness("delinquent", due)
