"""Until when something may stay where it is, and who is reminded of it, once."""

from __future__ import annotations

import datetime as dt
import threading
from types import SimpleNamespace
from typing import Any

import ckantoolkit as tk
import pytest
import sqlalchemy as sa
from ckan import model
from ckan.exceptions import CkanConfigurationException

from ckanext.satudata import moments
from ckanext.satudata.review import calendar, deadlines, reminders
from ckanext.satudata.review.model import Review, ReviewEvent
from ckanext.satudata.review.workflows import in_force
from ckanext.satudata.tests.conftest import call_as
from ckanext.satudata.tests.review.conftest import ALL_CONFORM, walk_to

MONDAY_MORNING = dt.datetime(2026, 11, 16, 2)


def due(state: str, now: dt.datetime = MONDAY_MORNING, **more: Any) -> dt.datetime | None:
    return deadlines.due_at(Review(state=state, **more), in_force(), now)


def events(package_id: str, *actions: str) -> list[ReviewEvent]:
    model.Session.rollback()
    query = sa.select(ReviewEvent).where(ReviewEvent.package_id == package_id, ReviewEvent.action.in_(actions))
    return list(model.Session.scalars(query.order_by(ReviewEvent.position)))


def later(package_id: str, days: int) -> None:
    """Let that much time pass for one review: its dates move into the past."""
    review = model.Session.get(Review, (package_id, "publication"))
    review.state_since -= dt.timedelta(days)
    review.due_at -= dt.timedelta(days)
    if review.held_since:
        review.held_since -= dt.timedelta(days)
    model.Session.commit()


@pytest.mark.parametrize(
    ("state", "day"),
    [
        ("submitted", "2026-11-18"),
        ("custodian_check", "2026-11-19"),
        ("pembina_review", "2026-11-23"),
        ("returned", "2026-11-30"),
    ],
)
def test_each_state_is_due_at_the_end_of_a_working_day_in_medan(portal_once: None, state: str, day: str) -> None:
    moment = due(state)
    assert moment is not None
    assert moments.local(moment).isoformat() == f"{day}T23:59:59+07:00"


@pytest.mark.parametrize("state", ["draft", "published", "withdrawn", "a state nobody knows"])
def test_what_waits_for_nobody_is_never_due(portal_once: None, state: str) -> None:
    assert due(state) is None


def test_what_waits_for_its_release_date_is_not_due(portal_once: None) -> None:
    assert due("approved") is not None
    assert due("approved", release_at=MONDAY_MORNING + dt.timedelta(30)) is None


def test_late_on_a_friday_evening_utc_the_count_begins_on_saturday(portal_once: None) -> None:
    friday_evening = dt.datetime(2026, 11, 13, 18)  # 01:00 on Saturday in Medan
    assert moments.local(due("submitted", friday_evening)).date() == dt.date(2026, 11, 17)


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ("submitted:2 approvd:3", "no state “approvd”"),
        ("submitted", "“submitted” is no state with its working days"),
        ("submitted:0", "with 1 to"),
        ("submitted:2 submitted:3", "stands there twice"),
        ("submitted:-1", "“submitted:-1”"),
    ],
)
def test_a_wrong_list_of_days_is_refused_at_start(
    portal_once: None, monkeypatch: pytest.MonkeyPatch, value: str, said: str
) -> None:
    monkeypatch.setitem(tk.config, deadlines.OPTION, value)
    with pytest.raises(CkanConfigurationException, match="satudata\\.review\\.due_days") as refusal:
        deadlines.check()
    assert said in str(refusal.value)


def test_the_portal_sets_other_days(portal_once: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(tk.config, deadlines.OPTION, "submitted:1")
    deadlines.check()
    assert moments.local(due("submitted")).date() == dt.date(2026, 11, 17)
    assert due("custodian_check") is None


def test_each_step_sets_the_due_date_and_the_list_knows_what_is_overdue(lasting_city: SimpleNamespace) -> None:
    city = lasting_city
    package = walk_to(city, "submitted")
    shown = call_as(city.custodian, "satudata_review_show", id=package["id"])
    today = calendar.today()
    expected = calendar.end_of_day(calendar.nth_working_day(today, 2))
    assert shown["due_at"] == expected.replace(tzinfo=dt.timezone.utc).isoformat()
    assert shown["overdue"] is False
    claimed = call_as(city.custodian, "satudata_review_transition", id=package["id"], action="claim")
    third = calendar.end_of_day(calendar.nth_working_day(today, 3))
    assert claimed["due_at"] == third.replace(tzinfo=dt.timezone.utc).isoformat()
    later(package["id"], 30)
    listed = call_as(city.custodian, "satudata_review_list", overdue=True)
    assert [item["package_id"] for item in listed["results"]] == [package["id"]]
    assert listed["results"][0]["overdue"] is True
    done = call_as(
        city.custodian,
        "satudata_review_transition",
        id=package["id"],
        action="forward",
        principle_results=ALL_CONFORM,
    )
    assert done["state"] == "approved" and done["overdue"] is False
    published = call_as(city.custodian, "satudata_review_transition", id=package["id"], action="publish")
    assert published["due_at"] is None


def working_noon(day: dt.date) -> dt.datetime:
    """Noon in Medan of the first working day from that day on."""
    if not calendar.is_working_day(day):
        day = calendar.nth_working_day(day, 1)
    return calendar.start_of_day(day) + dt.timedelta(hours=12)


def test_a_reminder_goes_out_before_and_after_once_for_each_change(lasting_city: SimpleNamespace) -> None:
    city = lasting_city
    package = walk_to(city, "submitted")
    due_day = calendar.nth_working_day(calendar.today(), 2)
    on_the_day, after = working_noon(due_day), working_noon(due_day + dt.timedelta(1))
    for _again in range(3):
        reminders.remind(on_the_day)
    assert [event.action for event in events(package["id"], "remind", "overdue")] == ["remind"]
    for _again in range(3):
        reminders.remind(after)
    told = events(package["id"], "remind", "overdue")
    assert [event.action for event in told] == ["remind", "overdue"]
    assert {event.program for event in told} == {"deadlines"}
    assert all(event.from_state == event.to_state == "submitted" for event in told)

    # A new change is a new stay: it is reminded of again.
    call_as(city.custodian, "satudata_review_transition", id=package["id"], action="claim")
    day = calendar.nth_working_day(calendar.today(), 3)
    reminders.remind(working_noon(day + dt.timedelta(1)))
    assert [event.action for event in events(package["id"], "remind", "overdue")] == ["remind", "overdue", "overdue"]
    call_as(
        city.custodian, "satudata_review_transition", id=package["id"], action="forward", principle_results=ALL_CONFORM
    )


def test_what_began_today_and_what_is_far_off_is_left_alone(lasting_city: SimpleNamespace) -> None:
    package = walk_to(lasting_city, "submitted")
    noon = calendar.start_of_day(calendar.today()) + dt.timedelta(hours=12)
    reminders.remind(noon)
    assert events(package["id"], "remind") == []


def test_nobody_is_reminded_on_a_day_off(lasting_city: SimpleNamespace, monkeypatch: pytest.MonkeyPatch) -> None:
    package = walk_to(lasting_city, "submitted")
    later(package["id"], 30)
    monkeypatch.setitem(tk.config, "satudata.calendar.holidays", "2031-03-05")
    assert not calendar.is_working_day(dt.date(2031, 3, 5))
    assert reminders.remind(dt.datetime(2031, 3, 5, 5)) == 0
    assert events(package["id"], "overdue") == []


@pytest.mark.parametrize("option", [0])
def test_the_first_reminder_can_be_switched_off(
    lasting_city: SimpleNamespace, monkeypatch: pytest.MonkeyPatch, option: int
) -> None:
    package = walk_to(lasting_city, "submitted")
    monkeypatch.setitem(tk.config, "satudata.review.remind_before", option)
    reminders.remind(working_noon(calendar.nth_working_day(calendar.today(), 2)))
    assert events(package["id"], "remind") == []


def test_what_is_from_before_there_were_due_dates_gets_one_from_now_on(lasting_city: SimpleNamespace) -> None:
    package = walk_to(lasting_city, "submitted")
    row = model.Session.get(Review, (package["id"], "publication"))
    row.due_at, row.state_since = None, row.state_since - dt.timedelta(400)
    model.Session.commit()
    noon = working_noon(calendar.today())
    reminders.remind(noon)
    model.Session.rollback()
    row = model.Session.get(Review, (package["id"], "publication"))
    assert row.due_at == calendar.end_of_day(calendar.nth_working_day(calendar.today(noon), 2))
    assert events(package["id"], "overdue") == [], "nobody is late for a date that was never set"
    assert row.version == 2, "the dataset itself has not moved"


def test_two_jobs_at_once_remind_once(lasting_city: SimpleNamespace, app_once: Any) -> None:
    package = walk_to(lasting_city, "submitted")
    later(package["id"], 60)
    model.Session.remove()
    start = threading.Barrier(4)
    failures: list[BaseException] = []

    def work() -> None:
        with app_once.flask_app.test_request_context():
            try:
                start.wait()
                reminders.remind(working_noon(calendar.today()))
            except BaseException as error:
                failures.append(error)
            finally:
                model.Session.remove()

    threads = [threading.Thread(target=work) for _n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert [event.action for event in events(package["id"], "remind", "overdue")] == ["overdue"]


def test_a_deleted_dataset_is_nobodys_duty(lasting_city: SimpleNamespace) -> None:
    city = lasting_city
    package = walk_to(city, "returned")
    later(package["id"], 90)
    call_as(city.producer, "package_delete", id=package["id"])
    reminders.remind(working_noon(calendar.today()))
    assert events(package["id"], "overdue") == []
