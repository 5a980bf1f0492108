"""What a condition hides: kept in the draft, said in the check, dropped when the data are handed over."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import ckantoolkit as tk
import pytest
from ckan import model

from ckanext.satudata.review.model import ReviewEvent
from ckanext.satudata.standards import conditions, service
from ckanext.satudata.tests.conftest import call_as
from ckanext.satudata.tests.factories import submittable
from ckanext.satudata.tests.review.conftest import ALL_CONFORM, walk_to

#: A survey was tried first: what hangs on it, also through another field, is still there.
TRIED = {
    "metode_pemilihan_sampel": "sampel_probabilitas",
    "metode_probabilitas": "cluster_sampling",
    "unit_sampel": "keluarga",
    "rilis_tercetak": "2025-07-01",
}


def drafted(city: SimpleNamespace, **changes: Any) -> dict[str, Any]:
    package = submittable(city.kelurahan, type="kegiatan", **{**TRIED, **changes})
    return call_as(city.producer, "package_create", **package)


def submit(city: SimpleNamespace, package: dict[str, Any]) -> dict[str, Any]:
    return call_as(city.producer, "satudata_review_transition", id=package["id"], action="submit")


def last_event(package: dict[str, Any]) -> ReviewEvent:
    query = model.Session.query(ReviewEvent).filter_by(package_id=package["id"])
    return query.order_by(ReviewEvent.position.desc()).first()


def test_the_draft_keeps_what_is_hidden_and_the_check_says_so(lasting_city: SimpleNamespace) -> None:
    package = drafted(lasting_city)
    shown = call_as(lasting_city.producer, "package_show", id=package["id"])
    assert {name: shown[name] for name in TRIED} == TRIED
    assert {each["field"] for each in conditions.hidden_values(shown)} == set(TRIED)
    found = service.check(shown, "id")
    assert found["errors"] == 0
    told = [f for f in found["findings"] if f["id"].startswith("hidden")]
    assert len(told) == 1 and told[0]["severity"] == "info" and "Unit Sampel" in told[0]["message"]


def test_submitting_drops_it_and_the_event_the_history_and_the_digest_know(
    lasting_city: SimpleNamespace, app_once: Any, as_user: Any
) -> None:
    package = drafted(lasting_city)
    submit(lasting_city, package)
    shown = call_as(lasting_city.producer, "package_show", id=package["id"])
    assert not set(TRIED) & {name for name, value in shown.items() if value}
    found = call_as(lasting_city.producer, "package_search", q=f"id:{package['id']}", include_private=True)
    assert "metode_probabilitas" not in found["results"][0]
    event = last_event(package)
    assert {each["field"] for each in event.content["dropped"]} == set(TRIED)
    assert {each["value"] for each in event.content["dropped"]} == set(TRIED.values())
    page = app_once.get(f"/satudata/review/{package['id']}/history", headers=as_user(lasting_city.custodian))
    assert "Unit Sampel" in page.body or "Sampling unit" in page.body
    # What was digested is what is stored: the next steps find the content unchanged.
    forwarded = {"action": "forward", "principle_results": ALL_CONFORM}
    call_as(lasting_city.custodian, "satudata_review_transition", id=package["id"], **forwarded)
    done = call_as(lasting_city.custodian, "satudata_review_transition", id=package["id"], action="publish")
    assert done["state"] == "published"


def test_the_page_says_what_was_dropped(lasting_city: SimpleNamespace, app_once: Any, as_user: Any) -> None:
    package = drafted(lasting_city)
    address = f"/satudata/review/{package['id']}/act"
    headers = as_user(lasting_city.producer)
    answer = app_once.post(address, data={"action": "submit"}, headers=headers, follow_redirects=True)
    assert "no longer asked for" in answer.body and "Sampling unit" in answer.body


def test_nothing_is_dropped_from_a_submission_that_is_refused(lasting_city: SimpleNamespace) -> None:
    package = drafted(lasting_city, tujuan="")
    with pytest.raises(tk.ValidationError) as refused:
        submit(lasting_city, package)
    assert "tujuan" in refused.value.error_dict
    shown = call_as(lasting_city.producer, "package_show", id=package["id"])
    assert {name: shown[name] for name in TRIED} == TRIED


def test_what_asks_for_everything_it_holds_drops_nothing(lasting_city: SimpleNamespace) -> None:
    package = walk_to(lasting_city, "submitted", type="kegiatan")
    assert "dropped" not in last_event(package).content


def test_a_working_copy_drops_it_too_and_publishes_what_was_submitted(lasting_city: SimpleNamespace) -> None:
    live = walk_to(lasting_city, "published", type="kegiatan", dilakukan="berulang", frekuensi="tahunan")
    copy = call_as(
        lasting_city.producer, "satudata_revision_start", id=live["id"], change_kind="koreksi", public_note="Ralat"
    )
    call_as(lasting_city.producer, "package_patch", id=copy["revision_id"], dilakukan="hanya_sekali")
    kept = call_as(lasting_city.producer, "package_show", id=copy["revision_id"])
    assert kept["frekuensi"] == "tahunan"
    submit(lasting_city, {"id": copy["revision_id"]})
    assert [each["field"] for each in last_event({"id": copy["revision_id"]}).content["dropped"]] == ["frekuensi"]
    call_as(
        lasting_city.custodian,
        "satudata_review_transition",
        id=copy["revision_id"],
        action="forward",
        principle_results=ALL_CONFORM,
    )
    call_as(lasting_city.custodian, "satudata_review_transition", id=copy["revision_id"], action="publish")
    shown = call_as(None, "package_show", id=live["id"])
    assert shown["dilakukan"] == "hanya_sekali" and not shown.get("frekuensi")
