"""The road of one dataset, by the API, as the people who walk it."""

from __future__ import annotations

from typing import Any

import ckantoolkit as tk

from ckanext.satudata.tests.conftest import call_as
from ckanext.satudata.tests.factories import submittable
from ckanext.satudata.tests.review.conftest import ALL_CONFORM, ONE_FAILS, walk_to


def is_public(package_id: str) -> bool:
    found = call_as(None, "package_search", fq=f"id:{package_id}")["count"]
    listed = package_id in [p["id"] for p in call_as(None, "current_package_list_with_resources")]
    try:
        call_as(None, "package_show", id=package_id)
        shown = True
    except tk.NotAuthorized:
        shown = False
    assert len({bool(found), listed, shown}) == 1, (found, listed, shown)
    return shown


def test_a_new_dataset_is_a_private_draft_whatever_the_client_says(city: Any) -> None:
    package = call_as(city.producer, "package_create", **submittable(city.kelurahan, private=False))
    assert package["private"] is True
    assert call_as(city.producer, "satudata_review_show", id=package["id"])["state"] == "draft"
    assert not is_public(package["id"])


def test_the_whole_road_with_return_and_priority_makes_it_public(city: Any) -> None:
    package = call_as(city.producer, "package_create", **submittable(city.kelurahan, tahun="2024"))
    pid = package["id"]
    call_as(city.planner, "satudata_priority_set", id=pid, prioritas_daerah_tahun="2024")

    def act(user: Any, action: str, **data: Any) -> dict[str, Any]:
        assert not is_public(pid)
        return call_as(user, "satudata_review_transition", id=pid, action=action, **data)

    assert act(city.producer, "submit")["state"] == "submitted"
    returned = act(
        city.custodian,
        "return",
        comment="Satuan keliru",
        principle_results=ONE_FAILS,
        field_comments={"satuan": "jiwa"},
    )
    assert returned["state"] == "returned"
    call_as(city.producer, "package_patch", id=pid, satuan="jiwa")
    assert act(city.producer, "submit")["state"] == "submitted"
    assert act(city.custodian, "claim")["holder"] == city.custodian["id"]
    assert act(city.custodian, "forward", principle_results=ALL_CONFORM)["state"] == "pembina_review"
    assert act(city.pembina, "approve")["state"] == "approved"
    assert act(city.custodian, "publish")["state"] == "published"
    assert is_public(pid)
    history = call_as(city.producer, "satudata_review_history", id=pid)
    assert [event["action"] for event in history["results"]] == [
        "priority", "submit", "return", "submit", "claim", "forward", "approve", "publish",
    ]  # fmt: skip
    withdrawn = call_as(
        city.custodian, "satudata_review_transition", id=pid, action="unpublish", comment="Salah berkas"
    )
    assert withdrawn["state"] == "withdrawn"
    assert not is_public(pid)


def test_without_priority_the_pembina_is_not_asked(city: Any) -> None:
    pid = walk_to(city, "submitted")["id"]
    shown = call_as(city.custodian, "satudata_review_show", id=pid)
    assert "Declare conforming" in [action["label"] for action in shown["actions"]]
    forwarded = call_as(
        city.custodian, "satudata_review_transition", id=pid, action="forward", principle_results=ALL_CONFORM
    )
    assert forwarded["state"] == "approved"
