"""Many at once: each decided as if alone, none twice, and what stops one stops no other."""

from __future__ import annotations

import threading
from typing import Any

import ckantoolkit as tk
import pytest
import sqlalchemy as sa
from ckan import model
from ckan.common import config
from ckan.lib import jobs as ckan_jobs
from werkzeug.datastructures import MultiDict

from ckanext.satudata.review.bulk import jobs, service
from ckanext.satudata.review.bulk.model import Bulk, BulkItem, counts
from ckanext.satudata.review.model import ReviewEvent
from ckanext.satudata.review.people import actor_of
from ckanext.satudata.review.requirements import Request
from ckanext.satudata.tests.conftest import call_as
from ckanext.satudata.tests.review.conftest import ALL_CONFORM, ONE_FAILS, record_restriction, walk_to
from ckanext.satudata.tests.review.pages import soup, words

RETURN = {"action": "return", "comment": "Lengkapi satuan", "principle_results": ONE_FAILS}


def waiting(city: Any, number: int = 2, state: str = "submitted") -> list[dict[str, Any]]:
    """Items of a request: datasets that wait for the custodian."""
    made = [walk_to(city, state, title=f"Data {place}") for place in range(number)]
    return [{"id": one["id"], "expected_version": version(city, one["id"])} for one in made]


def version(city: Any, pid: str) -> int:
    return call_as(city.sysadmin, "satudata_review_show", id=pid)["version"]


def state(city: Any, pid: str) -> str:
    return call_as(city.sysadmin, "satudata_review_show", id=pid)["state"]


def many(who: dict[str, Any], items: list[dict[str, Any]], **data: Any) -> dict[str, Any]:
    return call_as(who, "satudata_review_bulk_transition", items=items, **data)


def events(pid: str, action: str) -> list[ReviewEvent]:
    query = sa.select(ReviewEvent).where(ReviewEvent.package_id == pid, ReviewEvent.action == action)
    return list(model.Session.scalars(query))


def test_one_that_cannot_be_moved_stops_no_other(lasting_city: Any) -> None:
    city = lasting_city
    items = waiting(city)
    moved = {**items[0], "expected_version": items[0]["expected_version"] - 1}
    unknown = {"id": "tidak-ada", "expected_version": 1}
    draft = {"id": walk_to(city, "draft")["id"], "expected_version": 1}
    told = many(city.custodian, [moved, unknown, draft, items[1]], **RETURN)
    assert [one["ok"] for one in told["results"]] == [False, False, False, True]
    assert "expected_version" in told["results"][0]["errors"]
    assert "not found" in told["results"][1]["error"]
    assert "no role" in told["results"][2]["error"]
    assert told["results"][3]["state"] == "returned"
    assert (told["total"], told["done"], told["failed"], told["waiting"]) == (4, 1, 3, 0)
    assert state(city, items[0]["id"]) == "submitted"
    assert events(items[1]["id"], "return")[0].comment == "Lengkapi satuan"


def test_said_again_under_the_same_name_nothing_happens_twice(lasting_city: Any) -> None:
    city = lasting_city
    items = waiting(city)
    first = many(city.custodian, items, run_id="putaran-1", **RETURN)
    again = many(city.custodian, items, run_id="putaran-1", **RETURN)
    assert again == first
    assert [len(events(item["id"], "return")) for item in items] == [1, 1]
    with pytest.raises(tk.ValidationError) as refused:
        many(city.custodian, items, run_id="putaran-1", **{**RETURN, "comment": "Lain"})
    assert list(refused.value.error_dict) == ["run_id"]
    # A name is each person's own.
    assert many(city.second_custodian, items, run_id="putaran-1", **RETURN)["failed"] == 2


def test_a_preview_tells_what_would_happen_and_changes_nothing(lasting_city: Any) -> None:
    city = lasting_city
    items = [*waiting(city), {"id": walk_to(city, "returned")["id"], "expected_version": 3}]
    before = model.Session.scalar(sa.select(sa.func.max(ReviewEvent.position)))
    runs = model.Session.scalar(sa.select(sa.func.count()).select_from(Bulk))
    told = many(city.custodian, items, action="return", dry_run=True)
    assert [one["ok"] for one in told["results"]] == [True, True, False]
    assert told["results"][0]["state"] == "returned"
    assert "not possible while" in told["results"][2]["error"]
    assert model.Session.scalar(sa.select(sa.func.max(ReviewEvent.position))) == before
    assert model.Session.scalar(sa.select(sa.func.count()).select_from(Bulk)) == runs
    assert [version(city, item["id"]) for item in items[:2]] == [item["expected_version"] for item in items[:2]]
    assert [one["ok"] for one in many(city.custodian, items, **RETURN)["results"]] == [True, True, False]


def test_a_preview_of_publication_leaves_out_access_nobody_has_decided(lasting_city: Any) -> None:
    city, items = lasting_city, []
    for level in ("terbuka", "terbatas", "tertutup"):
        pid = walk_to(city, "draft", accesslevel=level)["id"]
        record_restriction(city, pid, "submit", level)
        call_as(city.producer, "satudata_review_transition", id=pid, action="submit")
        call_as(city.custodian, "satudata_review_transition", id=pid, action="forward", principle_results=ALL_CONFORM)
        items.append({"id": pid, "expected_version": version(city, pid)})
    for more in ({}, {"release_at": "2099-01-05T08:00:00"}):
        told = many(city.custodian, items, action="publish", dry_run=True, **more)
        assert [one["ok"] for one in told["results"]] == [True, False, False]
        assert all("accesslevel" in one["errors"] for one in told["results"][1:])
    record_restriction(city, items[1]["id"], "publish", "terbatas")
    told = many(city.custodian, items, action="publish", dry_run=True)
    assert [one["ok"] for one in told["results"]] == [True, True, False]
    assert [one["ok"] for one in many(city.custodian, items, action="publish")["results"]] == [True, True, False]


def test_the_four_eyes_hold_for_many_as_for_one(lasting_city: Any) -> None:
    city = lasting_city
    items = waiting(city, 1)
    call_as(
        city.sysadmin, "organization_member_create", id=city.kominfo["id"], username=city.producer["name"],
        role="editor",
    )  # fmt: skip
    told = many(city.producer, items, action="forward", principle_results=ALL_CONFORM)
    assert "four eyes" in told["results"][0]["error"]
    call_as(city.sysadmin, "organization_member_delete", id=city.kominfo["id"], username=city.producer["name"])


def test_what_no_item_could_be_moved_with_is_refused_before_anything_happens(lasting_city: Any) -> None:
    city = lasting_city
    items = waiting(city, 1)
    wrong: list[tuple[dict[str, Any], str]] = [
        ({"items": [], **RETURN}, "items"),
        ({"items": [{"id": items[0]["id"]}], **RETURN}, "items"),
        ({"items": items * 2, **RETURN}, "items"),
        ({"items": items * 1001, **RETURN}, "items"),
        ({"items": items, **RETURN, "comment": ""}, "comment"),
        ({"items": items, **RETURN, "principle_results": {}}, "principle_results"),
        ({"items": items, **RETURN, "action": "fly"}, "action"),
        ({"items": items, "action": "revise"}, "action"),
        ({"items": items, **RETURN, "run_id": "a b"}, "run_id"),
        ({"items": items, **RETURN, "colour": "red"}, "colour"),
    ]
    for data, field in wrong:
        with pytest.raises(tk.ValidationError) as refused:
            call_as(city.custodian, "satudata_review_bulk_transition", **data)
        assert field in refused.value.error_dict, data
    assert state(city, items[0]["id"]) == "submitted"
    with pytest.raises(tk.NotAuthorized):
        many(None, items, **RETURN)  # type: ignore[arg-type]


def test_the_event_of_each_item_is_known_for_notices(lasting_city: Any) -> None:
    city = lasting_city
    items = waiting(city)
    run = many(city.custodian, items, **RETURN)
    rows = model.Session.scalars(sa.select(BulkItem).where(BulkItem.bulk_id == run["id"]).order_by(BulkItem.place))
    assert [(row.package_id, row.event_position) for row in rows] == [
        (item["id"], events(item["id"], "return")[0].position) for item in items
    ]


def test_two_workers_on_one_run_move_each_dataset_once(lasting_city: Any, app_once: Any) -> None:
    city = lasting_city
    items = waiting(city, 6)
    actor = actor_of({"user": city.custodian["name"]})
    request = Request("return", comment="Sekali saja", principle_results={k: {"conforms": True} for k in ALL_CONFORM})
    bulk = service.begin(
        actor, "dua-pekerja", service.resolve([(one["id"], one["expected_version"]) for one in items]), request, "id"
    )
    bulk_id, start, crashed = bulk.id, threading.Barrier(2), []

    def worker() -> None:
        with app_once.flask_app.test_request_context():
            try:
                start.wait(60)
                service.work(model.Session.get(Bulk, bulk_id), actor)
            except Exception as error:  # told by the assertion below
                crashed.append(error)
            finally:
                model.Session.remove()

    workers = [threading.Thread(target=worker) for _ in range(2)]
    for one in workers:
        one.start()
    for one in workers:
        one.join(120)
    assert crashed == []
    model.Session.expire_all()
    assert counts(bulk_id) == (0, 6, 0)
    assert [len(events(item["id"], "return")) for item in items] == [1] * 6


def test_a_run_that_was_cut_off_goes_on_where_it_stopped(lasting_city: Any, app_once: Any) -> None:
    city = lasting_city
    items = waiting(city)
    actor = actor_of({"user": city.custodian["name"]})
    bulk = service.begin(
        actor, "terputus", service.resolve([(one["id"], one["expected_version"]) for one in items]),
        Request("return", comment="x", principle_results={k: {"conforms": True} for k in ALL_CONFORM}), "id",
    )  # fmt: skip
    assert service.work(bulk, actor, seconds=-1) is False
    assert counts(bulk.id) == (2, 0, 0)
    with app_once.flask_app.test_request_context():
        jobs.run(bulk.id)
    model.Session.expire_all()
    assert counts(bulk.id) == (0, 2, 0)
    assert call_as(city.custodian, "satudata_review_bulk_show", id="terputus")["finished"]


def test_a_role_that_is_taken_away_ends_a_long_run(lasting_city: Any, app_once: Any) -> None:
    city = lasting_city
    items = waiting(city, 1)
    actor = actor_of({"user": city.second_custodian["name"]})
    bulk = service.begin(
        actor, "dicabut", service.resolve([(items[0]["id"], items[0]["expected_version"])]), Request("claim"), "id"
    )
    call_as(city.sysadmin, "organization_member_delete", id=city.kominfo["id"], username=city.second_custodian["name"])
    with app_once.flask_app.test_request_context():
        service.work(bulk, actor)
    assert counts(bulk.id) == (0, 0, 1)
    call_as(
        city.sysadmin, "organization_member_create", id=city.kominfo["id"], username=city.second_custodian["name"],
        role="admin",
    )  # fmt: skip


def test_only_who_began_a_run_sees_it(lasting_city: Any, app_once: Any, as_user: Any) -> None:
    city = lasting_city
    run = many(city.custodian, waiting(city, 1), **RETURN)
    assert call_as(city.sysadmin, "satudata_review_bulk_show", id=run["id"])["done"] == 1
    for person in (city.second_custodian, city.producer, city.stranger):
        with pytest.raises(tk.NotAuthorized):
            call_as(person, "satudata_review_bulk_show", id=run["id"])
        assert app_once.get(f"/satudata/review/bulk/{run['id']}", headers=as_user(person)).status_code == 403
    with pytest.raises(tk.ObjectNotFound):
        call_as(city.custodian, "satudata_review_bulk_show", id="tidak-ada")


def test_from_the_queue_to_the_results_without_scripts(lasting_city: Any, app_once: Any, as_user: Any) -> None:
    city, headers = lasting_city, as_user(lasting_city.custodian)
    items = waiting(city)
    page = soup(app_once.get("/satudata/review?rows=200&select=all", headers=headers))
    ticked = [box["value"] for box in page.select("input[name=item][checked]")]
    chosen = [f"{item['id']}:{item['expected_version']}" for item in items]
    assert set(chosen) <= set(ticked)
    assert page.select_one("#satudata-bulk button[value=return]")
    stale = f"{walk_to(city, 'returned')['id']}:1"
    data = {"action": "return", "item": [*chosen, stale], "back": "/satudata/review?rows=200"}
    page = soup(app_once.post("/satudata/review/bulk", headers=headers, data=data))
    assert "2 can be returned, 1 cannot." in words(page)
    sent = [(field["name"], field["value"]) for field in page.select("form.satudata-confirm input[type=hidden]")]
    assert sorted(value for name, value in sent if name == "item") == sorted(chosen)

    # Without a reason the page comes back, and nothing has happened.
    again = app_once.post("/satudata/review/bulk", headers=headers, data=MultiDict(sent), follow_redirects=False)
    assert again.status_code == 400
    assert "Write the reason" in again.body
    typed = [*sent, ("comment", "Lengkapi satuan"), *((f"conforms.{name}", "no") for name in ALL_CONFORM)]
    done = app_once.post("/satudata/review/bulk", headers=headers, data=MultiDict(typed), follow_redirects=False)
    assert done.status_code == 302
    double = app_once.post("/satudata/review/bulk", headers=headers, data=MultiDict(typed), follow_redirects=False)
    assert double.headers["Location"] == done.headers["Location"]
    assert "2 returned." in words(soup(app_once.get(done.headers["Location"], headers=headers)))
    assert [len(events(item["id"], "return")) for item in items] == [1, 1]


def test_a_long_run_is_left_to_a_job_and_shows_how_far_it_is(
    lasting_city: Any, app_once: Any, as_user: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    city, headers = lasting_city, as_user(lasting_city.custodian)
    monkeypatch.setitem(config, "satudata.review.bulk_background", "2")
    items = waiting(city)
    data = [
        ("go", "1"), ("action", "forward"), ("all_conform", "1"), ("run_id", "panjang"),
        *(("item", f"{item['id']}:{item['expected_version']}") for item in items),
    ]  # fmt: skip
    answer = app_once.post("/satudata/review/bulk", headers=headers, data=MultiDict(data), follow_redirects=False)
    page = soup(app_once.get(answer.headers["Location"], headers=headers))
    assert page.select_one("progress")["max"] == "2"
    assert "2 still waiting" in words(page)
    assert page.select_one("noscript meta[http-equiv=refresh]")
    job = ckan_jobs.get_queue().jobs[-1]
    assert job.func is jobs.run
    job.func(*job.args)
    assert "2 forwarded." in words(soup(app_once.get(answer.headers["Location"], headers=headers)))
    assert [state(city, item["id"]) for item in items] == ["approved", "approved"]
