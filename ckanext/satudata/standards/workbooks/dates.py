"""Dates and numbers as people type them into a form."""

from __future__ import annotations

import datetime as dt
import re
from typing import Any

_MONTHS = {
    name: number
    for number, names in enumerate(
        (
            "januari january jan",
            "februari february pebruari feb peb",
            "maret march mar mrt",
            "april apr",
            "mei may",
            "juni june jun",
            "juli july jul",
            "agustus august agu agt agst ags aug",
            "september sept sep",
            "oktober october okt oct",
            "november nopember nov nop",
            "desember december des dec",
        ),
        1,
    )
    for name in names.split()
}
_WEEKDAY = re.compile(r"^(senin|selasa|rabu|kamis|jum'?at|sabtu|minggu|ahad)\s*,?\s+", re.IGNORECASE)
_WORDS = re.compile(r"^(\d{1,2})[\s.\-/]+([A-Za-z]+)[\s.,\-/]+(\d{4})$")
_ISO = re.compile(r"^(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})(?:[T ]\d{2}:\d{2}.*)?$")
_DIGITS = re.compile(r"^(\d{1,2})[-/.](\d{1,2})[-/.](\d{4})$")
_SPAN = re.compile(r"\s+(?:s\.?\s*/?\s*d\.?|sampai(?:\s+dengan)?|hingga|[-–—])\s+", re.IGNORECASE)
#: The day spreadsheets count from.
START = dt.date(1899, 12, 30)
#: Serial numbers of 1982 to 2064: no one types such a number and means something else in a date.
_SERIALS = (30_000, 60_000)


def date_of(value: Any, start: dt.date = START) -> str | None:
    """A date as ISO text (``2026-01-15``); None where it is none.

    Indonesian order: 03/04/2026 is 3 April. Serial numbers are those of spreadsheets.

    :param start: the day the workbook counts from: 1899-12-30, or 1904-01-01 where it was made on an old Mac
    """
    if isinstance(value, dt.datetime):
        return value.date().isoformat()
    if isinstance(value, dt.date):
        return value.isoformat()
    if isinstance(value, bool) or value is None:
        return None
    if isinstance(value, (int, float)):
        return _serial(float(value), start)
    text = _WEEKDAY.sub("", " ".join(str(value).split()))
    if match := _WORDS.match(text):
        month = _MONTHS.get(match.group(2).casefold())
        return _made(match.group(3), month, match.group(1)) if month else None
    if match := _ISO.match(text):
        return _made(*match.groups())
    if match := _DIGITS.match(text):
        return _made(match.group(3), match.group(2), match.group(1))
    return _serial(float(text), start) if re.fullmatch(r"\d{5}(\.0+)?", text) else None


def _serial(number: float, start: dt.date) -> str | None:
    days = number + (start - START).days
    if not _SERIALS[0] <= days < _SERIALS[1]:
        return None
    return (START + dt.timedelta(days=int(days))).isoformat()


def _made(year: Any, month: Any, day: Any) -> str | None:
    try:
        return dt.date(int(year), int(month), int(day)).isoformat()
    except ValueError:
        return None


def span_of(text: str) -> tuple[str, str] | None:
    """The two ends of ``1 Januari 2026 s.d. 31 Januari 2026``; None where it is no span."""
    parts = _SPAN.split(" ".join(text.split()))
    return (parts[0], parts[1]) if len(parts) == 2 else None


def year_of(value: Any) -> str | None:
    """Four digits of a year; None where it is none."""
    if isinstance(value, (dt.datetime, dt.date)):
        return None
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    match = re.fullmatch(r"(?:[Tt]ahun\s+)?((?:19|20)\d{2})", str(value).strip())
    return match.group(1) if match else None


def integer_of(value: Any) -> str | None:
    """A whole number as digits; the unit behind it and points between thousands are left out."""
    if isinstance(value, bool):
        return None
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and value >= 0 else None
    if isinstance(value, int):
        return str(value) if value >= 0 else None
    match = re.fullmatch(r"(\d{1,3}(?:\.\d{3})+|\d+)(?:\s*(?:orang|org))?", str(value).strip(), re.IGNORECASE)
    return str(int(match.group(1).replace(".", ""))) if match else None


_NAMES = ("Januari", "Februari", "Maret", "April", "Mei", "Juni", "Juli", "Agustus", "September", "Oktober", "November",
          "Desember")  # fmt: skip


def date_in_words(value: str) -> str:
    """An ISO date as the forms print it: ``15 Januari 2026``; anything else as it is."""
    try:
        day = dt.date.fromisoformat(value)
    except ValueError:
        return value
    return f"{day.day} {_NAMES[day.month - 1]} {day.year}"
