"""The end of a limit: its custodian is told once, before it if wanted, and nothing opens by itself."""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest
import sqlalchemy as sa
from ckan import model

from ckanext.satudata.review import calendar, schedule
from ckanext.satudata.review.access import reminders
from ckanext.satudata.review.access.model import DECISION, Restriction, RestrictionTold
from ckanext.satudata.review.model import ReviewEvent
from ckanext.satudata.review.notices import service as notices
from ckanext.satudata.tests.conftest import call_as

from ..conftest import DECIDED, walk_to


@pytest.fixture(autouse=True)
def in_request(app_once: Any) -> Iterator[None]:
    with app_once.flask_app.test_request_context("/"):
        yield
    model.Session.rollback()


def limited(city: SimpleNamespace, days: int, **changes: Any) -> str:
    """Published, restricted data whose limit ends in so many days (or ended so many ago)."""
    pid = walk_to(city, "published", accesslevel="terbatas", **changes)["id"]
    # Entered while it held; the days went by since.
    model.Session.add(
        Restriction(
            package_id=pid, kind=DECISION, level="terbatas", role="custodian", actor_name="walidata",
            legal_basis="UU", consequence="…", decision_reference="BA", forum_date=dt.date(2026, 1, 1),
            end_date=calendar.today() + dt.timedelta(days),
        )
    )  # fmt: skip
    model.Session.commit()
    return pid


def told(package_id: str) -> list[str]:
    """What was said of its end, in the audit trail."""
    rows = model.Session.scalars(
        sa.select(ReviewEvent.action)
        .where(ReviewEvent.package_id == package_id, ReviewEvent.action.like("restriction_%"))
        .order_by(ReviewEvent.position)
    )
    return [action for action in rows if action in (reminders.END, reminders.SOON)]


def words(user: dict[str, Any], package_id: str) -> list[str]:
    found = call_as(user, "satudata_notice_list", limit=1000)["results"]
    return [one["word"] for one in found if one["package_id"] == package_id and one["word"].startswith("limit_")]


def test_the_end_is_told_once_to_custodian_and_producer_and_nothing_opens(lasting_city: SimpleNamespace) -> None:
    pid = limited(lasting_city, 0)
    for _ in range(3):
        reminders.tell()
        notices.run()
    assert told(pid) == [reminders.END]
    assert words(lasting_city.custodian, pid)[0] == "limit_ended"
    assert "limit_ended" in words(lasting_city.producer, pid)
    (notice,) = [
        one for one in call_as(lasting_city.custodian, "satudata_notice_list", limit=1000)["results"]
        if one["package_id"] == pid and one["word"] == "limit_ended"
    ]  # fmt: skip
    assert notice["url"].endswith(f"/satudata/restrictions/{pid}")
    assert words(lasting_city.planner, pid) == words(lasting_city.neighbour, pid) == []
    assert model.Package.get(pid).private is True
    assert call_as(None, "satudata_restricted_show", id=pid)["id"] == pid


@pytest.mark.parametrize(
    ("days", "expected"),
    [(-5, [reminders.END]), (1, [reminders.SOON]), (7, [reminders.SOON]), (30, [reminders.SOON]), (31, []), (400, [])],
)
def test_when_it_is_told(lasting_city: SimpleNamespace, days: int, expected: list[str]) -> None:
    pid = limited(lasting_city, days)
    reminders.tell()
    assert told(pid) == expected


def test_thirty_days_before_then_seven_then_on_the_day(lasting_city: SimpleNamespace) -> None:
    pid = limited(lasting_city, 40)
    start = dt.datetime.utcnow()
    for day in range(0, 45):
        reminders.tell(start + dt.timedelta(days=day))
    assert told(pid) == [reminders.SOON, reminders.SOON, reminders.END]
    kinds = set(
        model.Session.scalars(
            sa.select(RestrictionTold.kind).join(Restriction, Restriction.id == RestrictionTold.restriction_id)
            .where(Restriction.package_id == pid)
        )
    )  # fmt: skip
    assert kinds == {"30", "7", "end"}


def test_a_portal_may_be_told_on_the_last_day_only(lasting_city: SimpleNamespace, ckan_config: Any) -> None:
    pid, ended = limited(lasting_city, 3), limited(lasting_city, 0)
    ckan_config["satudata.access.remind_days"] = ""
    try:
        reminders.tell()
    finally:
        ckan_config["satudata.access.remind_days"] = "30 7"
    assert (told(pid), told(ended)) == ([], [reminders.END])


def test_a_newer_decision_is_the_one_that_counts(lasting_city: SimpleNamespace) -> None:
    prolonged, opened = limited(lasting_city, 0), limited(lasting_city, 0)
    call_as(lasting_city.custodian, "satudata_restriction_set", id=prolonged, decided_level="terbatas", **DECIDED)
    call_as(
        lasting_city.custodian, "satudata_restriction_set", id=opened, decided_level="terbuka",
        forum_date="2026-02-01", decision_reference="BA 9",
    )  # fmt: skip
    reminders.tell()
    assert told(prolonged) == told(opened) == []


def test_two_workers_at_once_say_it_once(lasting_city: SimpleNamespace, app_once: Any) -> None:
    ids = [limited(lasting_city, 0) for _ in range(3)]

    def run() -> None:
        with app_once.flask_app.test_request_context("/"):
            reminders.tell()
            model.Session.remove()

    workers = [threading.Thread(target=run) for _ in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    model.Session.rollback()
    assert [told(pid) for pid in ids] == [[reminders.END]] * 3


def test_one_in_trouble_keeps_nobody_else_waiting(
    lasting_city: SimpleNamespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    bad, good = limited(lasting_city, 0), limited(lasting_city, 0)
    real = reminders.service.record

    def record(actor: Any, review: Any, package: Any, action: str, **values: Any) -> Any:
        if package.id == bad:
            raise RuntimeError("refused")
        return real(actor, review, package, action, **values)

    with monkeypatch.context() as patched:
        patched.setattr(reminders.service, "record", record)
        reminders.tell()
    assert (told(bad), told(good)) == ([], [reminders.END])
    reminders.tell()
    assert told(bad) == [reminders.END]


def test_it_is_daily_work_of_the_portal() -> None:
    assert schedule.find("restrictions").function() is reminders.tell
    assert schedule.find("restrictions").every is None


def test_what_has_ended_stands_in_the_list_of_the_custodian(lasting_city: SimpleNamespace) -> None:
    pid = limited(lasting_city, -1)
    found = call_as(lasting_city.custodian, "satudata_restriction_list", status="ended", limit=1000)["results"]
    assert pid in {row["package_id"] for row in found}
    assert call_as(lasting_city.custodian, "satudata_restriction_show", id=pid)["status"] == "ended"
