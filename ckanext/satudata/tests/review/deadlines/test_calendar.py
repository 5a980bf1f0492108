"""Working days: the calendar of Indonesia, the portal's own days, and what always holds."""

from __future__ import annotations

import datetime as dt
import socket
from pathlib import Path
from typing import Any

import ckantoolkit as tk
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ckanext.satudata import moments
from ckanext.satudata.review import calendar

DAYS = st.dates(dt.date(1990, 1, 1), dt.date(2060, 12, 31))
FRIDAY = dt.date(2026, 11, 13)

pytestmark = pytest.mark.usefixtures("portal_once")


@pytest.mark.parametrize(
    ("day", "works"),
    [
        ("2026-11-16", True),  # a plain Monday
        ("2026-11-14", False),  # Saturday
        ("2026-08-17", False),  # Independence Day, a Monday
        ("2026-03-20", False),  # joint leave before Idulfitri, by the ministers' decree
        ("2026-12-24", False),  # joint leave before Christmas
        ("2026-12-28", True),
    ],
)
def test_days_off_are_weekends_public_holidays_and_joint_leave(day: str, works: bool) -> None:
    assert calendar.is_working_day(dt.date.fromisoformat(day)) is works


def test_a_day_off_has_its_indonesian_name() -> None:
    assert "Kemerdekaan" in calendar.holiday_name(dt.date(2026, 8, 17))
    assert calendar.holiday_name(dt.date(2026, 11, 16)) == ""


@pytest.mark.ckan_config("satudata.calendar.joint_leave", False)
def test_a_portal_may_work_on_joint_leave(ckan_config: Any) -> None:
    assert calendar.is_working_day(dt.date(2026, 12, 24))
    assert not calendar.is_working_day(dt.date(2026, 12, 25))


@pytest.mark.ckan_config("satudata.calendar.holidays", "2026-11-16")
@pytest.mark.ckan_config("satudata.calendar.working_days", "2026-11-14 2026-12-24")
def test_a_portal_adds_and_removes_days(ckan_config: Any) -> None:
    assert not calendar.is_working_day(dt.date(2026, 11, 16))
    assert calendar.is_working_day(dt.date(2026, 11, 14)), "a Saturday that is worked"
    assert calendar.is_working_day(dt.date(2026, 12, 24))
    assert calendar.nth_working_day(FRIDAY, 2) == dt.date(2026, 11, 17)


def test_days_come_from_a_file_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "days.txt"
    file.write_text("# Hari jadi kota\n2026-07-01 Hari Jadi Kota Medan\n-2026-12-24  # tetap bekerja\n", "utf-8")
    monkeypatch.setitem(tk.config, "satudata.calendar.file", str(file))
    assert not calendar.is_working_day(dt.date(2026, 7, 1))
    assert calendar.holiday_name(dt.date(2026, 7, 1)) == "Hari Jadi Kota Medan"
    assert calendar.is_working_day(dt.date(2026, 12, 24))


@pytest.mark.parametrize(
    ("option", "value", "said"),
    [
        ("satudata.calendar.holidays", "2026-13-01", "satudata.calendar.holidays: “2026-13-01” is no date"),
        ("satudata.calendar.week", "mon senin", "not “senin”"),
        ("satudata.calendar.file", "/nowhere/days.txt", "satudata.calendar.file: /nowhere/days.txt cannot be read"),
    ],
)
def test_a_wrong_option_is_refused_at_start_by_name(
    option: str, value: str, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(tk.config, option, value)
    with pytest.raises(Exception, match=r"satudata\.calendar") as refusal:
        calendar.check()
    assert said in str(refusal.value)


def test_a_wrong_line_of_the_file_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "days.txt"
    file.write_text("2026-07-01 baik\n1 Juli 2026\n", "utf-8")
    monkeypatch.setitem(tk.config, "satudata.calendar.file", str(file))
    with pytest.raises(Exception, match="line 2: “1” is no date"):
        calendar.check()


@given(start=DAYS, days=st.integers(0, 300))
def test_counting_back_gives_what_was_added(start: dt.date, days: int) -> None:
    end = calendar.nth_working_day(start, days)
    assert calendar.working_days_between(start, end) == days
    assert end == start if days == 0 else calendar.is_working_day(end)


@given(start=DAYS, length=st.integers(-30, 800))
def test_the_count_agrees_with_counting_day_by_day(start: dt.date, length: int) -> None:
    days = [start + dt.timedelta(days=n) for n in range(1, length + 1)]
    expected = sum(calendar.is_working_day(day) for day in days)
    assert calendar.working_days_between(start, start + dt.timedelta(days=length)) == expected


@given(start=DAYS, first=st.integers(0, 150), second=st.integers(0, 150))
def test_adding_twice_is_adding_the_sum(start: dt.date, first: int, second: int) -> None:
    twice = calendar.nth_working_day(calendar.nth_working_day(start, first), second)
    assert twice == calendar.nth_working_day(start, first + second)


@given(a=DAYS, b=DAYS, c=DAYS)
def test_stretches_add_up(a: dt.date, b: dt.date, c: dt.date) -> None:
    a, b, c = sorted((a, b, c))
    between = calendar.working_days_between
    assert between(a, c) == between(a, b) + between(b, c)


@given(moment=st.datetimes(dt.datetime(2000, 1, 1), dt.datetime(2050, 1, 1)), days=st.integers(1, 60))
def test_the_time_of_day_stays_in_the_zone_of_the_portal(moment: dt.datetime, days: int) -> None:
    after = calendar.add_working_days(moment, days)
    assert moments.local(after).time() == moments.local(moment).time()
    assert calendar.working_days_between(moments.local(moment).date(), moments.local(after).date()) == days


def test_the_day_ends_at_midnight_in_medan() -> None:
    assert calendar.end_of_day(dt.date(2026, 11, 16)) == dt.datetime(2026, 11, 16, 16, 59, 59)
    assert calendar.today(dt.datetime(2026, 11, 16, 17, 0, 0)) == dt.date(2026, 11, 17)


@pytest.mark.ckan_config("satudata.timezone", "Asia/Jayapura")
def test_another_zone_ends_its_days_earlier(ckan_config: Any) -> None:
    assert calendar.end_of_day(dt.date(2026, 11, 16)) == dt.datetime(2026, 11, 16, 14, 59, 59)


@pytest.mark.parametrize("days", [-1, calendar.MOST_DAYS + 1])
def test_senseless_numbers_of_days_are_refused(days: int) -> None:
    with pytest.raises(ValueError, match="working days"):
        calendar.nth_working_day(FRIDAY, days)


def test_no_day_is_asked_of_the_network(monkeypatch: pytest.MonkeyPatch) -> None:
    calendar._year.cache_clear()

    def refuse(*_args: Any, **_kwargs: Any) -> None:
        raise AssertionError("a connection was opened")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    assert calendar.working_days_between(dt.date(2025, 1, 1), dt.date(2030, 1, 1)) > 1200


def test_a_year_is_worked_out_once() -> None:
    calendar._year.cache_clear()
    for day in range(1000):
        calendar.is_working_day(dt.date(2026, 1, 1) + dt.timedelta(days=day % 365))
    assert calendar._year.cache_info().misses == 1
