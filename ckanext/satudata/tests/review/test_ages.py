"""Ages and dates as people say them."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from ckanext.satudata.review import ages, wording

MONDAY = dt.date(2026, 11, 16)


@pytest.mark.parametrize(
    ("days", "expected"),
    [(-3, 0), (0, 0), (1, 1), (4, 4), (5, 4), (6, 4), (7, 5), (8, 6), (14, 10), (365, 261)],
)
def test_only_mondays_to_fridays_count(days: int, expected: int) -> None:
    assert ages.working_days(MONDAY, MONDAY + dt.timedelta(days=days)) == expected


def test_the_sum_of_every_stretch_agrees_with_counting_day_by_day() -> None:
    for start in range(7):
        for length in range(30):
            begin = MONDAY + dt.timedelta(days=start)
            days = [begin + dt.timedelta(days=n) for n in range(1, length + 1)]
            assert ages.working_days(begin, begin + dt.timedelta(days=length)) == sum(d.weekday() < 5 for d in days)


def test_near_dates_are_said_by_name(monkeypatch: pytest.MonkeyPatch, portal_once: Any) -> None:
    monkeypatch.setattr(ages, "today", lambda: MONDAY)
    noon = dt.datetime(2026, 11, 16, 5)

    def said(days: int) -> str:
        return ages.due((noon + dt.timedelta(days=days)).isoformat() + "+00:00")

    assert [said(days) for days in (-1, 0, 1, 3, 8, -4)] == [
        "yesterday", "today", "tomorrow", "Thursday", "24 November 2026", "12 November 2026",
    ]  # fmt: skip
    assert ages.due(None) == ages.age(None) == ages.day("") == ""


def test_a_moment_with_an_offset_is_the_same_moment() -> None:
    assert ages.parse("2026-11-16T12:00:00+07:00") == dt.datetime(2026, 11, 16, 5)
    assert ages.parse(dt.datetime(2026, 11, 16, 5)) == dt.datetime(2026, 11, 16, 5)


def test_late_in_the_evening_it_is_already_tomorrow_in_medan(monkeypatch: pytest.MonkeyPatch) -> None:
    assert wording.local(dt.datetime(2026, 11, 16, 18)).date() == dt.date(2026, 11, 17)
