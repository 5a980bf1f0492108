"""ISO 8601 days, months and years, and the quarters and halves of SDMX: the periods official tables use."""

from __future__ import annotations

import calendar
import re
from datetime import date
from typing import NamedTuple

_PATTERN = re.compile(
    r"^(?P<year>\d{4})(?:-(?:(?P<month>\d{2})(?:-(?P<day>\d{2}))?|Q(?P<quarter>[1-4])|S(?P<half>[12])))?$"
)


class Period(NamedTuple):
    """First and last day of a period, both included."""

    start: date
    end: date


def parse_period(text: object) -> Period | None:
    """Read ``2025``, ``2025-12``, ``2025-12-31``, ``2025-Q4`` or ``2025-S2``; ``None`` for anything else."""
    match = _PATTERN.match(str(text or "").strip().upper())
    if not match or int(match["year"]) == 0:
        return None
    year = int(match["year"])
    if match["quarter"]:
        first, last = int(match["quarter"]) * 3 - 2, int(match["quarter"]) * 3
    elif match["half"]:
        first, last = int(match["half"]) * 6 - 5, int(match["half"]) * 6
    elif match["month"]:
        first = last = int(match["month"])
    else:
        first, last = 1, 12
    try:
        if match["day"]:
            day = date(year, first, int(match["day"]))
            return Period(day, day)
        return Period(date(year, first, 1), date(year, last, calendar.monthrange(year, last)[1]))
    except (ValueError, calendar.IllegalMonthError):
        return None


def parse_day(text: object) -> date | None:
    """Read ``2026-01-15``; ``None`` for anything else, also for days that do not exist."""
    value = str(text or "").strip()
    if not re.fullmatch(r"\d{4}-\d{2}-\d{2}", value):
        return None
    try:
        return date.fromisoformat(value)
    except ValueError:
        return None
