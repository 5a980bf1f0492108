"""Working days of the portal: Monday to Friday without the public holidays and joint leave of Indonesia.

The holidays are those the library ``holidays`` carries (the yearly joint decree of three ministers is part of it, the
moon-dependent ones of later years are estimates); nothing is asked over the network. A portal adds and removes days
by options or in a file, because a decree may come late and a region has days of its own.

Days are counted in the portal's time zone; moments are naive UTC, as everywhere in the review.
"""

from __future__ import annotations

import datetime as dt
from bisect import bisect_right
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

import holidays
from ckan.exceptions import CkanConfigurationException

from ckanext.satudata import config, moments

from . import wording

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
#: More than four years of working days is no deadline: what asks for more is a slip of the pen.
MOST_DAYS = 1000


class Rules(NamedTuple):
    """What the options say, in a form that caches."""

    week: frozenset[int]
    joint_leave: bool
    added: tuple[tuple[dt.date, str], ...]
    removed: frozenset[dt.date]


def is_working_day(day: dt.date) -> bool:
    """Whether offices work on that day."""
    return day.toordinal() in _year(day.year, rules()).members


def holiday_name(day: dt.date) -> str:
    """What a day off on a weekday is called, in Indonesian as the decree has it; empty for any other day."""
    return _year(day.year, rules()).names.get(day, "")


def nth_working_day(start: dt.date, days: int) -> dt.date:
    """The ``days``-th working day after ``start``; ``start`` itself for 0.

    :raises ValueError: fewer than 0 or more than :data:`MOST_DAYS`
    """
    if not 0 <= days <= MOST_DAYS:
        raise ValueError(f"{days} working days; 0 to {MOST_DAYS} are counted")
    if days == 0:
        return start
    told, year = rules(), start.year
    ordinals = _year(year, told).ordinals
    place = bisect_right(ordinals, start.toordinal()) + days - 1
    while place >= len(ordinals):
        place -= len(ordinals)
        year += 1
        ordinals = _year(year, told).ordinals
    return dt.date.fromordinal(ordinals[place])


def working_days_between(start: dt.date, end: dt.date) -> int:
    """How many working days lie after ``start`` up to and including ``end``; 0 where ``end`` is no later."""
    if end <= start:
        return 0
    told = rules()
    first, last = _year(start.year, told).ordinals, _year(end.year, told).ordinals
    until = bisect_right(last, end.toordinal())
    since = bisect_right(first, start.toordinal())
    whole = sum(len(_year(year, told).ordinals) for year in range(start.year, end.year))
    return whole + until - since


def add_working_days(start: dt.datetime, days: int) -> dt.datetime:
    """The same time of day ``days`` working days after ``start``.

    :param start: naive UTC
    :raises ValueError: fewer than 0 or more than :data:`MOST_DAYS`
    """
    local = moments.local(start)
    day = nth_working_day(local.date(), days)
    return wording.to_utc(dt.datetime.combine(day, local.time()))


def working_days_ago(days: int, now: dt.datetime | None = None) -> dt.datetime:
    """The last moment from which ``days`` working days have passed by now; the inverse of ``add_working_days``.

    :param now: naive UTC; this moment by default
    """
    now = now or dt.datetime.utcnow()
    at = now
    while add_working_days(at, days) > now:
        at -= dt.timedelta(days=1)
    return at


def end_of_day(day: dt.date) -> dt.datetime:
    """The last second of a day of the portal's zone, as naive UTC."""
    return wording.to_utc(dt.datetime.combine(day, dt.time(23, 59, 59)))


def start_of_day(day: dt.date) -> dt.datetime:
    """The first moment of a day of the portal's zone, as naive UTC."""
    return wording.to_utc(dt.datetime.combine(day, dt.time()))


def today(now: dt.datetime | None = None) -> dt.date:
    """The date in the portal's zone.

    :param now: naive UTC; this moment by default
    """
    return moments.local(now or dt.datetime.utcnow()).date()


# -- options --------------------------------------------------------------------------------------------------


def rules() -> Rules:
    """The options as they are now.

    :raises ValueError: naming the option and what is wrong with it; ``check`` asks at start
    """
    return _rules(
        config.calendar_week(),
        config.calendar_joint_leave(),
        config.calendar_holidays(),
        config.calendar_working_days(),
        config.calendar_file(),
    )


@lru_cache(maxsize=8)
def _rules(week: str, joint_leave: bool, added: str, removed: str, file: str) -> Rules:
    names = week.lower().split()
    unknown = [name for name in names if name not in WEEKDAYS]
    if unknown or not names:
        raise ValueError(f"satudata.calendar.week: write some of {' '.join(WEEKDAYS)}, not “{' '.join(unknown)}”")
    more = {_date(text, "satudata.calendar.holidays"): "" for text in added.split()}
    fewer = {_date(text, "satudata.calendar.working_days") for text in removed.split()}
    if file:
        _read(Path(file), more, fewer)
    return Rules(
        frozenset(WEEKDAYS.index(name) for name in names), joint_leave, tuple(sorted(more.items())), frozenset(fewer)
    )


def _read(path: Path, more: dict[dt.date, str], fewer: set[dt.date]) -> None:
    """One day a line: ``2026-12-24 Cuti bersama`` is off, ``-2026-12-26`` is worked; ``#`` begins a remark."""
    option = "satudata.calendar.file"
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise ValueError(f"{option}: {path} cannot be read: {error}") from error
    for number, line in enumerate(lines, 1):
        text = line.split("#", 1)[0].strip()
        if not text:
            continue
        written, _space, name = text.removeprefix("-").partition(" ")
        day = _date(written, f"{option}: {path}, line {number}")
        if text.startswith("-"):
            fewer.add(day)
        else:
            more[day] = name.strip()


def _date(text: str, where: str) -> dt.date:
    try:
        return dt.date.fromisoformat(text)
    except ValueError as error:
        raise ValueError(f"{where}: “{text}” is no date; write it as 2026-12-24") from error


# -- a year ---------------------------------------------------------------------------------------------------


class Year(NamedTuple):
    """The working days of one year, in order, and the names of its days off."""

    ordinals: tuple[int, ...]
    members: frozenset[int]
    names: dict[dt.date, str]


@lru_cache(maxsize=256)
def _year(year: int, told: Rules) -> Year:
    """One year, made once: about a millisecond, then a look in a table."""
    categories = ("public", "government") if told.joint_leave else ("public",)
    # Outside the years it knows the library has no holidays; weekends remain.
    names = dict(holidays.country_holidays("ID", years=[year], categories=categories, language="id"))
    names.update({day: name or "Libur" for day, name in told.added if day.year == year})
    off = {day for day in names if day not in told.removed}
    days = [
        day
        for day in range(dt.date(year, 1, 1).toordinal(), dt.date(year, 12, 31).toordinal() + 1)
        if (day - 1) % 7 in told.week and dt.date.fromordinal(day) not in off
    ]
    # A day the portal names as worked is worked, whatever day of the week it is.
    days = sorted({*days, *(day.toordinal() for day in told.removed if day.year == year)})
    return Year(tuple(days), frozenset(days), {day: name for day, name in names.items() if day in off})


def check() -> None:
    """Look at the options before the portal serves anyone.

    :raises CkanConfigurationException: naming the option, what is wrong and how to mend it
    """
    try:
        rules()
    except ValueError as error:
        raise CkanConfigurationException(str(error)) from error
