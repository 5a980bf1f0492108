"""Ages and dates as people say them."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from ckanext.satudata import moments
from ckanext.satudata.review import ages

MONDAY = dt.date(2026, 11, 16)


def test_an_age_counts_working_days_and_leaves_holidays_out(monkeypatch: pytest.MonkeyPatch, portal_once: Any) -> None:
    # 17 August 2026, a Monday, is Independence Day.
    monkeypatch.setattr(ages, "today", lambda: dt.date(2026, 8, 19))
    assert ages.age(dt.datetime(2026, 8, 13, 5)) == "3 working days"
    assert ages.age(dt.datetime(2026, 8, 19, 5)) == "today"


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
    assert moments.local(dt.datetime(2026, 11, 16, 18)).date() == dt.date(2026, 11, 17)
