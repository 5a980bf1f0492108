"""Days, periods, years and titles of one edition, moved to the next. Pure."""

from __future__ import annotations

import calendar
import re
from datetime import date
from functools import partial
from typing import Any

from ckanext.satudata.standards.periods import parse_day, parse_period

#: Months between two editions, by the frequencies of the schema; what comes oftener or at no fixed time is a year on.
MONTHS = {
    "bulanan": 1,
    "triwulanan": 3,
    "empat_bulanan": 4,
    "semesteran": 6,
    "tahunan": 12,
    "dua_tahunan": 24,
    "lima_tahunan": 60,
}
YEAR = 12

_NAMES = (
    "januari februari maret april mei juni juli agustus september oktober november desember".split(),
    "january february march april may june july august september october november december".split(),
)
_YEAR_IN_TEXT = re.compile(r"(?<!\d)(?:19|20)\d{2}(?!\d)")
_QUARTER = re.compile(r"\b(triwulan|kuartal|quarter|tw)\s+(IV|I{1,3}|[1-4])\b", re.IGNORECASE)
_HALF = re.compile(r"\b(semester|half)\s+(I{1,2}|[12])\b", re.IGNORECASE)
_ROMAN = {"I": 1, "II": 2, "III": 3, "IV": 4}


def months_between(frequency: str, first: Any, last: Any) -> int:
    """How far the next edition lies: the length of this one's period, or its frequency where that is longer.

    :param frequency: a value of ``frekuensi``; may be empty
    :param first: ``periode_awal``, in any form a period takes
    :param last: ``periode_akhir``
    """
    start, end = parse_period(first), parse_period(last)
    length = 0
    if start and end and end.end > start.start:
        days_in_last = calendar.monthrange(end.end.year, end.end.month)[1]
        if start.start.day == 1 and end.end.day == days_in_last:
            length = (end.end.year - start.start.year) * 12 + end.end.month - start.start.month + 1
    return max(length, MONTHS.get(frequency, 0)) or YEAR


def moved(value: Any, months: int) -> str | None:
    """A day, month, quarter, half or year that many months on, written as it was; None for any other text.

    The last day of a month stays the last: 28 February 2025 and a month is 31 March.
    """
    text = str(value or "").strip()
    day = parse_day(text)
    if day:
        return _add(day, months).isoformat()
    period = parse_period(text)
    if period is None:
        return None
    start = _add(period.start, months)
    if re.fullmatch(r"\d{4}", text):
        # A year stands for all of it: half a year on is the year in which that half ends.
        return f"{_add(period.end, months).year:04d}" if months >= YEAR else None
    if "Q" in text.upper():
        return f"{start.year:04d}-Q{(start.month - 1) // 3 + 1}"
    if "S" in text.upper():
        return f"{start.year:04d}-S{(start.month - 1) // 6 + 1}"
    return f"{start.year:04d}-{start.month:02d}"


def _add(day: date, months: int) -> date:
    count = day.year * 12 + day.month - 1 + months
    year, month = divmod(count, 12)
    last = calendar.monthrange(year, month + 1)[1]
    was_last = day.day == calendar.monthrange(day.year, day.month)[1]
    return date(year, month + 1, last if was_last else min(day.day, last))


def title_moved(title: str, months: int) -> str:
    """A title with its years, and the names of months, quarters and halves in it, that many months on."""
    if months % 12 == 0:
        return _YEAR_IN_TEXT.sub(lambda found: str(int(found[0]) + months // 12), title)
    for names in _NAMES:
        pattern = re.compile(rf"\b({'|'.join(names)})\b(\s+)((?:19|20)\d{{2}})\b", re.IGNORECASE)
        if pattern.search(title):
            return pattern.sub(partial(_month_moved, names, months), title)
    for pattern, size in ((_QUARTER, 3), (_HALF, 6)):
        found = pattern.search(title)
        if found and months % size == 0:
            return _part_moved(title, found, size, months)
    return title


def _month_moved(names: list[str], months: int, found: re.Match[str]) -> str:
    year, month = divmod(int(found[3]) * 12 + names.index(found[1].lower()) + months, 12)
    name = names[month]
    return (name.capitalize() if found[1][0].isupper() else name) + found[2] + str(year)


def _part_moved(title: str, found: re.Match[str], size: int, months: int) -> str:
    roman = not found[2].isdigit()
    number = _ROMAN[found[2].upper()] if roman else int(found[2])
    years, place = divmod(number - 1 + months // size, 12 // size)
    written = next(key for key, value in _ROMAN.items() if value == place + 1) if roman else str(place + 1)
    new = title[: found.start(2)] + written + title[found.end(2) :]
    return _YEAR_IN_TEXT.sub(lambda year: str(int(year[0]) + years), new)


def series_name(title: str) -> str:
    """A short name for a series, out of the title of one edition without its years and periods."""
    text = _YEAR_IN_TEXT.sub(" ", title.lower())
    text = _QUARTER.sub(" ", _HALF.sub(" ", text))
    words = [word for word in re.findall(r"[a-z0-9]+", text) if word not in (*_NAMES[0], *_NAMES[1])]
    return "-".join(words)[:80].rstrip("-")
