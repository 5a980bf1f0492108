"""How long something waits and how near its date is, in the words people use: working days and names of days."""

from __future__ import annotations

import datetime as dt

import ckantoolkit as tk

from ckanext.satudata import moments

from . import calendar, wording


def today() -> dt.date:
    """The date in the portal's own time zone."""
    return moments.local(dt.datetime.utcnow()).date()


def parse(value: str | dt.datetime | None) -> dt.datetime | None:
    """A moment as our actions answer it (ISO 8601 in UTC), as naive UTC; None for nothing."""
    if value is None or value == "":
        return None
    moment = value if isinstance(value, dt.datetime) else dt.datetime.fromisoformat(value)
    return moments.stored(moment)


def age(since: str | dt.datetime | None) -> str:
    """How long it has been: “hari ini”, “3 hari kerja”."""
    moment = parse(since)
    if moment is None:
        return ""
    began = moments.local(moment).date()
    days = calendar.working_days_between(began, today())
    if days:
        return tk.ungettext("{n} working day", "{n} working days", days).format(n=days)
    return tk._("today") if began == today() else tk._("less than a working day")


def due(value: str | dt.datetime | None) -> str:
    """How a date is said in a list: “kemarin”, “hari ini”, “besok”, “Kamis”, else “17 November 2026”."""
    moment = parse(value)
    if moment is None:
        return ""
    near = {-1: tk._("yesterday"), 0: tk._("today"), 1: tk._("tomorrow")}
    away = (moments.local(moment).date() - today()).days
    return near.get(away) or wording.near_day(moment, with_date=not 1 < away < 7)


def day(value: str | dt.datetime | None) -> str:
    """The day in words: “Senin, 23 November 2026”."""
    return wording.day(parse(value))


def moment(value: str | dt.datetime | None) -> str:
    """The moment in words: “Senin, 23 November 2026 10.42”."""
    return wording.moment(parse(value))
