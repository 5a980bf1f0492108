"""Each notice and each message exactly once: asked twice, lost by Redis, in bulk, in error."""

from __future__ import annotations

import datetime as dt
import threading
from typing import Any

import pytest
import sqlalchemy as sa
from ckan import model
from ckan.lib.redis import connect_to_redis

from ckanext.satudata.review.bulk.model import Bulk, BulkItem
from ckanext.satudata.review.model import ReviewEvent
from ckanext.satudata.review.notices import collect, jobs, receivers, service
from ckanext.satudata.review.notices.model import Cursor, Delivery, Notice, Skipped
from ckanext.satudata.tests.conftest import call_as
from ckanext.satudata.tests.review.conftest import ALL_CONFORM, ONE_FAILS, walk_to

from .conftest import Postbox, act, body, tell, words_of


def rows(package_id: str) -> int:
    query = sa.select(sa.func.count()).select_from(Notice).where(Notice.package_id == package_id)
    return model.Session.scalar(query) or 0


def test_asked_for_twice_it_is_told_once(quiet_city: Any) -> None:
    pid = walk_to(quiet_city, "submitted")["id"]
    jobs.tell()
    jobs.tell()
    assert words_of(quiet_city.custodian, pid) == ["check"]
    assert rows(pid) == 2


def test_many_jobs_at_once_tell_once(quiet_city: Any, app_once: Any) -> None:
    pids = [walk_to(quiet_city, "returned")["id"] for _ in range(3)]
    model.Session.remove()

    def work() -> None:
        with app_once.flask_app.test_request_context():
            collect.collect()
            model.Session.remove()

    threads = [threading.Thread(target=work) for _ in range(6)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert [words_of(quiet_city.producer, pid) for pid in pids] == [["returned"]] * 3
    # Twice two custodians were told of the submission, and two people of the owner of the return.
    assert [rows(pid) for pid in pids] == [4, 4, 4]


def test_a_cursor_that_was_set_back_tells_nobody_again(quiet_city: Any) -> None:
    pid = walk_to(quiet_city, "returned")["id"]
    tell()
    before = rows(pid)
    model.Session.execute(sa.update(Cursor).where(Cursor.name == "review").values(position=Cursor.position - 5))
    model.Session.commit()
    tell()
    assert rows(pid) == before


def test_a_transition_goes_through_while_redis_is_down_and_the_sweep_tells_of_it(
    quiet_city: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from ckan.lib import redis as ckan_redis
    from redis import ConnectionPool

    # A real client of a port where nobody listens.
    monkeypatch.setattr(ckan_redis, "_connection_pool", ConnectionPool.from_url("redis://127.0.0.1:9/0"))
    with pytest.raises(Exception, match=r"(?i)connect"):
        connect_to_redis().ping()
    pid = walk_to(quiet_city, "submitted")["id"]
    monkeypatch.undo()
    service.sweep()
    assert words_of(quiet_city.custodian, pid) == ["check"]


def test_one_job_is_asked_for_however_much_happens_before_it_begins(quiet_city: Any) -> None:
    from ckan.lib.jobs import get_queue

    queue = get_queue()
    queue.empty()
    service.taken_up()
    walk_to(quiet_city, "published")
    names = [job.func_name for job in queue.jobs]
    assert names.count("ckanext.satudata.review.notices.jobs.tell") == 1
    service.taken_up()
    service.enqueue()
    names = [job.func_name for job in queue.jobs]
    assert names.count("ckanext.satudata.review.notices.jobs.tell") == 2
    queue.empty()


def test_an_event_that_cannot_be_told_holds_up_nobody_and_is_told_later(
    quiet_city: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    bad = walk_to(quiet_city, "submitted")["id"]
    good = walk_to(quiet_city, "submitted")["id"]
    genuine = receivers.Finder.of_event

    def stumble(self: receivers.Finder, event: ReviewEvent) -> list[receivers.Told]:
        if event.package_id == bad:
            # What a broken table of a portal would do.
            model.Session.execute(sa.text("SELECT nothing FROM nowhere"))
        return genuine(self, event)

    monkeypatch.setattr(receivers.Finder, "of_event", stumble)
    tell()
    assert (words_of(quiet_city.custodian, bad), words_of(quiet_city.custodian, good)) == ([], ["check"])
    assert service.health()["skipped"] == 1
    service.sweep()
    assert model.Session.scalar(sa.select(Skipped.attempts)) == 2
    monkeypatch.undo()
    assert service.sweep()["again"] == 1
    assert words_of(quiet_city.custodian, bad) == ["check"]
    assert service.health()["skipped"] == 0
    assert service.sweep()["again"] == 0
    assert rows(bad) == 2


def bulk(city: Any, person: str, action: str, pids: list[str], **data: Any) -> dict[str, Any]:
    items = [
        {"id": pid, "expected_version": call_as(city.sysadmin, "satudata_review_show", id=pid)["version"]}
        for pid in pids
    ]
    return call_as(getattr(city, person), "satudata_review_bulk_transition", items=items, action=action, **data)


def test_a_bulk_run_is_one_notice_and_one_message_for_each_receiver(settled: Any, postbox: Postbox) -> None:
    pids = [walk_to(settled, "submitted", title=f"Tabel {number}")["id"] for number in range(5)]
    tell()
    postbox.mails.clear()
    call_as(settled.producer, "satudata_notice_mark_read", all=True)
    bulk(settled, "custodian", "return", pids, comment="Lengkapi satuan", principle_results=ONE_FAILS)
    tell()
    found = call_as(settled.producer, "satudata_notice_list", unread=True)
    assert found["count"] == 1
    assert (found["results"][0]["number"], found["results"][0]["word"]) == (5, "returned")
    assert postbox.subjects(settled.producer) == ["[Portal uji] Returned for mending: 5 datasets"]
    text = body(postbox.to(settled.producer)[0])
    assert [f"Tabel {number}" in text for number in range(5)] == [True] * 5
    assert call_as(settled.producer, "satudata_notice_mark_read", ids=found["results"][0]["id"]) == {"marked": 5}
    assert call_as(settled.producer, "satudata_notice_list", unread=True)["count"] == 0


def test_a_run_that_goes_on_is_one_message_when_it_has_ended(settled: Any, postbox: Postbox) -> None:
    """The job comes in the middle of the run, as it does while a worker goes through two hundred."""
    pids = [walk_to(settled, "submitted", title=f"Data {number}")["id"] for number in range(4)]
    tell()
    postbox.mails.clear()
    bulk(settled, "custodian", "forward", pids, principle_results=ALL_CONFORM)
    run = model.Session.scalars(sa.select(Bulk).order_by(Bulk.created_at.desc())).first()
    positions = list(
        model.Session.scalars(
            sa.select(BulkItem.event_position).where(BulkItem.bulk_id == run.id).order_by(BulkItem.event_position)
        )
    )
    # As it stood after two of four: later events not there yet for the job, the run not finished.
    genuine = collect._events
    ended, run.finished_at = run.finished_at, None
    model.Session.commit()
    try:
        collect._events = lambda after: [one for one in genuine(after) if one.position <= positions[1]]
        tell()
    finally:
        collect._events = genuine
    assert postbox.to(settled.second_custodian) == []
    tell()
    assert postbox.to(settled.second_custodian) == []
    model.Session.get(Bulk, run.id).finished_at = ended
    model.Session.commit()
    tell()
    tell()
    subjects = postbox.subjects(settled.second_custodian)
    assert subjects == ["[Portal uji] Declared conforming, waits to be published: 4 datasets"]


def test_of_a_run_nobody_takes_up_again_people_hear_as_far_as_it_came(settled: Any, postbox: Postbox) -> None:
    pids = [walk_to(settled, "submitted")["id"] for _ in range(2)]
    tell()
    postbox.mails.clear()
    bulk(settled, "custodian", "return", pids, comment="Lengkapi", principle_results=ONE_FAILS)
    run = model.Session.scalars(sa.select(Bulk).order_by(Bulk.created_at.desc())).first()
    run.finished_at = None
    model.Session.commit()
    tell()
    assert postbox.mails == []
    service.sweep(dt.datetime.utcnow() + dt.timedelta(minutes=20))
    assert postbox.subjects(settled.producer) == ["[Portal uji] Returned for mending: 2 datasets"]
    assert model.Session.scalar(sa.select(sa.func.count()).where(Delivery.next_at.is_(None))) == 0


def test_old_notices_and_messages_are_removed_after_the_time_the_option_names(settled: Any, postbox: Postbox) -> None:
    pid = walk_to(settled, "returned")["id"]
    tell()
    assert rows(pid) == 4
    service.clean_up(dt.datetime.utcnow() + dt.timedelta(days=364))
    assert rows(pid) == 4
    service.clean_up(dt.datetime.utcnow() + dt.timedelta(days=366))
    assert rows(pid) == 0
    assert model.Session.scalar(sa.select(sa.func.count()).select_from(Delivery)) == 0
    tell()
    assert rows(pid) == 0


def test_the_pages_of_a_run_list_its_datasets(quiet_city: Any, app_once: Any, as_user: Any) -> None:
    pids = [walk_to(quiet_city, "submitted", title=f"Berkas {number}")["id"] for number in range(3)]
    bulk(quiet_city, "custodian", "return", pids, comment="Lengkapi", principle_results=ONE_FAILS)
    tell()
    first = call_as(quiet_city.producer, "satudata_notice_list", limit=1)["results"][0]
    shown = app_once.get(f"/satudata/notices/{first['id']}", headers=as_user(quiet_city.producer)).body
    assert all(f"Berkas {number}" in shown for number in range(3))
    act(quiet_city.producer, pids[0], "submit")
    tell()
