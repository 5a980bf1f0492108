"""Supporting custodians look first; consent of the head of an office; who leads a body may hand over."""

from __future__ import annotations

import datetime as dt
from types import SimpleNamespace
from typing import Any

import ckantoolkit as tk
import pytest
from ckan import model
from ckan.tests import factories

from ckanext.satudata.review.model import Review, Snapshot
from ckanext.satudata.tests.conftest import call_as
from ckanext.satudata.tests.factories import officer, submittable
from ckanext.satudata.tests.review.conftest import ALL_CONFORM, ONE_FAILS, walk_to


@pytest.fixture(scope="module")
def covered(lasting_city: SimpleNamespace) -> SimpleNamespace:
    """The city, with a unit at the kecamatan that supports the custodian over one kelurahan."""
    unit = factories.Organization(title="Kecamatan Medan Maimun")
    call_as(
        lasting_city.sysadmin,
        "satudata_role_grant",
        organization_id=unit["id"],
        role="supporting_custodian",
        scope_id=lasting_city.kelurahan["id"],
    )
    lasting_city.unit = unit
    lasting_city.supporter = officer(unit)
    lasting_city.second_supporter = officer(unit, "admin")
    return lasting_city


def act(user: Any, package_id: str, action: str, **data: Any) -> Any:
    return call_as(user, "satudata_review_transition", id=package_id, action=action, **data)


def submitted(city: SimpleNamespace) -> str:
    pid = call_as(city.producer, "package_create", **submittable(city.kelurahan))["id"]
    act(city.producer, pid, "submit")
    return pid


def let_days_pass(package_id: str, days: int) -> None:
    review = Review.get(package_id)
    review.submitted_at = dt.datetime.utcnow() - dt.timedelta(days=days)
    model.Session.commit()


def test_the_supporting_custodian_looks_first_and_gives_it_back_marked(covered):
    pid = submitted(covered)
    with pytest.raises(tk.NotAuthorized, match="supporting custodian checks it first"):
        act(covered.custodian, pid, "claim")
    assert act(covered.supporter, pid, "claim")["state"] == "supporting_check"
    with pytest.raises(tk.NotAuthorized, match="held by"):
        act(covered.second_supporter, pid, "forward", principle_results=ALL_CONFORM)
    back = act(covered.supporter, pid, "forward", principle_results=ALL_CONFORM)
    assert (back["state"], back["holder"]) == ("submitted", None)
    assert Review.get(pid).supporting_checked_at
    assert "claim" not in [item["name"] for item in show(covered.supporter, pid)["actions"]], "its turn is over"
    assert act(covered.custodian, pid, "forward", principle_results=ALL_CONFORM)["state"] == "approved"


def show(user: Any, pid: str) -> dict[str, Any]:
    return call_as(user, "satudata_review_show", id=pid)


def test_the_supporting_custodian_returns_to_the_producer_and_the_next_round_begins_anew(covered):
    pid = submitted(covered)
    returned = act(covered.supporter, pid, "return", comment="Lengkapi satuan", principle_results=ONE_FAILS)
    assert returned["state"] == "returned"
    act(covered.producer, pid, "submit")
    with pytest.raises(tk.NotAuthorized, match="checks it first"):
        act(covered.custodian, pid, "forward", principle_results=ALL_CONFORM)


def test_after_the_set_time_the_custodian_takes_it_anyway_even_from_who_holds_it(covered):
    pid = submitted(covered)
    act(covered.supporter, pid, "claim")
    let_days_pass(pid, 20)
    taken = act(covered.custodian, pid, "claim")
    assert (taken["state"], taken["holder"]) == ("custodian_check", covered.custodian["id"])
    with pytest.raises(tk.NotAuthorized):
        act(covered.supporter, pid, "forward", principle_results=ALL_CONFORM)


def test_a_supporting_custodian_cannot_approve_or_publish(covered):
    pid = submitted(covered)
    act(covered.supporter, pid, "forward", principle_results=ALL_CONFORM)
    act(covered.custodian, pid, "forward", principle_results=ALL_CONFORM)
    with pytest.raises(tk.NotAuthorized):
        act(covered.supporter, pid, "publish")


def test_without_a_supporting_custodian_the_custodian_begins_at_once(covered):
    pid = call_as(covered.neighbour, "package_create", **submittable(covered.other))["id"]
    act(covered.neighbour, pid, "submit")
    assert act(covered.custodian, pid, "claim")["state"] == "custodian_check"


def waiting_for(user: Any) -> set[str]:
    return {item["package_id"] for item in call_as(user, "satudata_review_list", mine=True, limit=1000)["results"]}


def test_the_queue_shows_it_to_whose_turn_it_is(covered):
    pid = submitted(covered)
    assert pid in waiting_for(covered.supporter)
    assert pid not in waiting_for(covered.custodian)
    act(covered.supporter, pid, "forward", principle_results=ALL_CONFORM)
    assert pid not in waiting_for(covered.supporter)
    assert pid in waiting_for(covered.custodian)
    late = submitted(covered)
    let_days_pass(late, 20)
    assert late in waiting_for(covered.supporter)
    assert late in waiting_for(covered.custodian)


def test_somebody_with_two_hats_chooses_the_body_but_not_before_its_turn(covered):
    both = officer(covered.unit)
    call_as(
        covered.sysadmin, "organization_member_create", id=covered.kominfo["id"], username=both["name"], role="editor"
    )
    pid = submitted(covered)
    with pytest.raises(tk.NotAuthorized, match="checks it first"):
        act(both, pid, "claim", body_id=covered.kominfo["id"])
    assert act(both, pid, "claim")["state"] == "supporting_check", "only one body has its turn: no question"
    act(both, pid, "release")
    let_days_pass(pid, 20)
    with pytest.raises(tk.ValidationError) as caught:
        act(both, pid, "claim")
    assert "body_id" in caught.value.error_dict
    assert act(both, pid, "claim", body_id=covered.kominfo["id"])["state"] == "custodian_check"


def test_who_leads_a_body_hands_over_what_a_colleague_holds(covered):
    pid = call_as(covered.neighbour, "package_create", **submittable(covered.other))["id"]
    act(covered.neighbour, pid, "submit")
    act(covered.custodian, pid, "claim")
    other = officer(covered.kominfo)
    with pytest.raises(tk.NotAuthorized, match="held by"):
        act(other, pid, "assign", assignee=other["name"])
    handed = act(covered.second_custodian, pid, "assign", assignee=other["name"])
    assert handed["holder"] == other["id"]
    last = call_as(covered.neighbour, "satudata_review_history", id=pid)["results"][-1]
    assert last["assignee"]["id"] == other["id"], "to whom stays readable"


def test_only_handing_over_takes_an_assignee(covered):
    pid = call_as(covered.neighbour, "package_create", **submittable(covered.other))["id"]
    act(covered.neighbour, pid, "submit")
    for action, data in (("claim", {}), ("return", {"comment": "Lengkapi", "principle_results": ONE_FAILS})):
        with pytest.raises(tk.ValidationError) as caught:
            act(covered.custodian, pid, action, assignee=covered.neighbour["name"], **data)
        assert list(caught.value.error_dict) == ["assignee"]
    assert show(covered.custodian, pid)["state"] == "submitted"


def test_snapshots_keep_what_was_handed_over_and_what_was_returned(covered):
    pid = submitted(covered)
    act(covered.supporter, pid, "return", comment="Judul kurang jelas", principle_results=ONE_FAILS)
    kept = model.Session.query(Snapshot).filter_by(package_id=pid).order_by(Snapshot.position).all()
    assert [one.action for one in kept] == ["submit", "return"]
    assert Review.get(pid).last_return == kept[1].position
    assert kept[1].metadata_json["title"] == model.Package.get(pid).title


def test_where_the_head_submits_an_officer_asks_for_consent(covered, monkeypatch):
    monkeypatch.setitem(tk.config, "satudata.review.submit_by", "admin")
    pid = call_as(covered.producer, "package_create", **submittable(covered.kelurahan))["id"]
    with pytest.raises(tk.NotAuthorized, match="ask for consent"):
        act(covered.producer, pid, "submit")
    asked = act(covered.producer, pid, "ask")
    assert asked["state"] == "draft"
    assert Review.get(pid).asked_by == covered.producer["id"]
    with pytest.raises(tk.NotAuthorized):
        act(covered.colleague, pid, "ask")
    assert act(covered.colleague, pid, "submit")["state"] == "submitted"
    assert Review.get(pid).asked_by is None


def test_nobody_asks_for_consent_where_every_officer_submits(covered):
    pid = walk_to(covered, "draft")["id"]
    for user in (covered.producer, covered.sysadmin):
        with pytest.raises(tk.NotAuthorized, match="No consent is needed"):
            act(user, pid, "ask")
