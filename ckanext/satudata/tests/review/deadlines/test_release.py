"""Release on a date: not a second too early, at most a minute late, and once."""

from __future__ import annotations

import datetime as dt
import os
import signal
import subprocess
import sys
import time
from types import SimpleNamespace
from typing import Any

import ckantoolkit as tk
import pytest
import sqlalchemy as sa
from ckan import model
from ckan.lib.jobs import Worker
from ckan.lib.redis import connect_to_redis
from ckan.lib.search import SearchIndexError

from ckanext.satudata.review import aftermath, jobs, ticking
from ckanext.satudata.review.model import Review
from ckanext.satudata.tests.conftest import call_as
from ckanext.satudata.tests.factories import officer
from ckanext.satudata.tests.review.conftest import walk_to
from ckanext.satudata.tests.review.test_races import at_once

from .test_due_dates import events

SECOND = dt.timedelta(seconds=1)


def approved(city: SimpleNamespace, wait: dt.timedelta, custodian: dict[str, Any] | None = None) -> dict[str, Any]:
    """A dataset that is approved and waits for a date that far ahead."""
    package = walk_to(city, "approved")
    at = dt.datetime.now(dt.timezone.utc) + wait
    call_as(
        custodian or city.custodian,
        "satudata_review_transition",
        id=package["id"],
        action="publish",
        release_at=at.isoformat(),
    )
    return package


def review(package: dict[str, Any]) -> Review:
    model.Session.rollback()
    return model.Session.get(Review, (package["id"], "publication"))


def seen_by_nobody(package: dict[str, Any], app: Any) -> list[str]:
    """Where a visitor meets this dataset."""
    name = package["name"]
    found = []
    try:
        call_as(None, "package_show", id=name)
        found.append("package_show")
    except (tk.NotAuthorized, tk.ObjectNotFound):
        pass
    if call_as(None, "package_search", fq=f"name:{name}")["count"]:
        found.append("package_search")
    if name in call_as(None, "package_list"):
        found.append("package_list")
    if any(item["id"] == package["id"] for item in call_as(None, "current_package_list_with_resources")):
        found.append("current_package_list_with_resources")
    resource = package["resources"][0]
    if any(item["id"] == resource["id"] for item in call_as(None, "resource_search", query="name:Penduduk")["results"]):
        found.append("resource_search")
    for place, address in (
        ("page", f"/dataset/{name}"),
        ("file", f"/dataset/{name}/resource/{resource['id']}"),
    ):
        if app.get(address, status=None, follow_redirects=False).status_code == 200:
            found.append(place)
    for place, address in (("feed", "/feeds/dataset.atom"), ("changes", "/satudata/changes.atom")):
        if name in app.get(address).body or package["id"] in app.get(address).body:
            found.append(place)
    return found


EVERYWHERE = [
    "package_show", "package_search", "package_list", "current_package_list_with_resources", "resource_search",
    "page", "file", "feed", "changes",
]  # fmt: skip


def test_one_second_before_nothing_is_visible_and_then_everything(lasting_city: SimpleNamespace, app_once: Any) -> None:
    package = approved(lasting_city, dt.timedelta(hours=1))
    at = review(package).release_at
    assert jobs.release_due(at - SECOND) == []
    assert seen_by_nobody(package, app_once) == []
    assert review(package).state == "approved"
    assert jobs.release_due(at) == [package["id"]]
    assert seen_by_nobody(package, app_once) == EVERYWHERE
    (event,) = [event for event in events(package["id"], "publish") if event.to_state == "published"]
    assert (event.program, event.actor_id) == ("release", None)
    assert jobs.release_due(at) == []


def test_several_jobs_at_once_publish_once(lasting_city: SimpleNamespace, app_once: Any) -> None:
    packages = [approved(lasting_city, dt.timedelta(hours=1)) for _n in range(2)]
    at = max(review(package).release_at for package in packages)
    assert at_once(app_once, lambda _number: jobs.release_due(at)) == {"done": 20}
    for package in packages:
        assert review(package).state == "published"
        assert len(events(package["id"], "publish")) == 2, "the date was set once, and it was released once"
        assert events(package["id"], "release_failed") == []


def test_the_job_worker_releases_it_by_itself(lasting_city: SimpleNamespace, app_once: Any) -> None:
    """CKAN's own command, as an admin starts it; two of them, which must not publish twice."""
    connect_to_redis().delete(ticking.key())
    package = approved(lasting_city, dt.timedelta(seconds=15))
    at = review(package).release_at
    model.Session.remove()
    command = [os.path.join(os.path.dirname(sys.executable), "ckan"), "-c", "test.ini", "jobs", "worker"]
    workers = [
        subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)
        for _n in range(2)
    ]
    try:
        seen_at = None
        # Two CKANs have to start first, which takes a minute where much else is going on.
        while dt.datetime.utcnow() < at + dt.timedelta(seconds=240):
            asked_at = dt.datetime.utcnow()
            visible = call_as(None, "package_search", fq=f"name:{package['name']}")["count"] == 1
            if visible:
                assert dt.datetime.utcnow() >= at, "visible before its date"
                seen_at = asked_at
                break
            time.sleep(0.5)
        assert seen_at is not None, "not released within four minutes"
        assert seen_by_nobody(package, app_once) == EVERYWHERE
        assert len(events(package["id"], "publish")) == 2
    finally:
        for worker in workers:
            os.killpg(worker.pid, signal.SIGKILL)
            worker.wait()
    # Killed in the midst, and still on its way: the next worker finds the tick.
    assert ticking.armed()


def test_with_solr_down_it_is_published_and_indexed_later(
    lasting_city: SimpleNamespace, app_once: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = approved(lasting_city, dt.timedelta(hours=1))
    connect_to_redis().flushdb()

    def refuse(*_args: Any, **_kwargs: Any) -> None:
        raise SearchIndexError("Solr is down")

    with monkeypatch.context() as broken:
        broken.setattr(aftermath, "index_update_package", refuse)
        assert jobs.release_due(review(package).release_at) == [package["id"]]
    assert review(package).state == "published"
    assert "package_search" not in seen_by_nobody(package, app_once)
    model.Session.remove()
    with app_once.flask_app.test_request_context():
        Worker().work(burst=True)
    assert seen_by_nobody(package, app_once) == EVERYWHERE


def test_with_redis_down_it_is_published_all_the_same(
    lasting_city: SimpleNamespace, app_once: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = approved(lasting_city, dt.timedelta(hours=1))

    def refuse(*_args: Any, **_kwargs: Any) -> None:
        raise ConnectionError("Redis is down")

    monkeypatch.setattr(tk, "enqueue_job", refuse)
    monkeypatch.setattr(aftermath.tk, "enqueue_job", refuse)
    assert jobs.release_due(review(package).release_at) == [package["id"]]
    assert seen_by_nobody(package, app_once) == EVERYWHERE


def test_a_connection_cut_in_the_midst_changes_nothing_and_is_tried_again(
    lasting_city: SimpleNamespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = approved(lasting_city, dt.timedelta(hours=1))
    at = review(package).release_at
    check = jobs._check_who_set_the_date

    def cut(event: Any) -> None:
        check(event)
        pid = model.Session.scalar(sa.text("SELECT pg_backend_pid()"))
        with model.meta.engine.connect() as other:
            other.execute(sa.text("SELECT pg_terminate_backend(:pid)"), {"pid": pid})

    with monkeypatch.context() as broken:
        broken.setattr(jobs, "_check_who_set_the_date", cut)
        assert jobs.release_due(at) == []
    assert (review(package).state, review(package).release_at) == ("approved", at)
    assert events(package["id"], "release_failed") == []
    assert jobs.release_due(at) == [package["id"]]


def test_content_changed_behind_the_review_stays_approved_and_says_so(
    lasting_city: SimpleNamespace, app_once: Any
) -> None:
    package = approved(lasting_city, dt.timedelta(hours=1))
    at = review(package).release_at
    stored = model.Package.get(package["id"])
    stored.notes = "Diubah langsung di basis data"
    review_row = model.Session.get(Review, (package["id"], "publication"))
    review_row.release_at = dt.datetime.utcnow() - SECOND
    model.Session.commit()
    assert jobs.release_due() == []
    assert jobs.release_due(at) == []
    after = review(package)
    assert (after.state, after.release_at) == ("approved", None)
    assert after.due_at is not None, "it waits for a person again"
    (told,) = events(package["id"], "release_failed")
    assert "not what was submitted" in told.comment
    assert seen_by_nobody(package, app_once) == []
    mine = call_as(lasting_city.custodian, "satudata_review_list", mine=True, limit=1000)["results"]
    assert package["id"] in {item["package_id"] for item in mine}


@pytest.mark.parametrize("lost", ["membership", "account"])
def test_a_date_set_by_somebody_who_has_lost_the_role_publishes_nothing(
    lasting_city: SimpleNamespace, app_once: Any, lost: str
) -> None:
    city = lasting_city
    person = officer(city.kominfo, fullname="Tono")
    package = approved(city, dt.timedelta(hours=1), person)
    if lost == "membership":
        call_as(city.sysadmin, "organization_member_delete", id=city.kominfo["id"], username=person["name"])
    else:
        call_as(city.sysadmin, "user_delete", id=person["id"])
    row = review(package)
    row.release_at = dt.datetime.utcnow() - SECOND
    model.Session.commit()
    assert jobs.release_due() == []
    assert (review(package).state, review(package).release_at) == ("approved", None)
    (told,) = events(package["id"], "release_failed")
    assert told.comment.startswith(("Tono, who set the date", person["name"]))
    # A colleague publishes it.
    done = call_as(city.second_custodian, "satudata_review_transition", id=package["id"], action="publish")
    assert done["state"] == "published"


def test_withdrawn_or_returned_before_its_date_it_is_left_alone(lasting_city: SimpleNamespace) -> None:
    city = lasting_city
    package = approved(city, dt.timedelta(hours=1))
    at = review(package).release_at
    call_as(city.producer, "satudata_review_transition", id=package["id"], action="withdraw")
    assert jobs.release_due(at) == []
    assert (review(package).state, review(package).release_at) == ("draft", None)
    assert events(package["id"], "release_failed") == []


def test_the_next_tick_comes_with_the_next_release_date(lasting_city: SimpleNamespace) -> None:
    package = approved(lasting_city, dt.timedelta(hours=1))
    at = review(package).release_at
    assert ticking.next_tick(at - SECOND) == at
    assert ticking.next_tick(at) > at
