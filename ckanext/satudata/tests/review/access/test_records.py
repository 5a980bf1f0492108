"""Restriction records: who proposes, who decides, who reads them, and that nothing is ever overwritten."""

from __future__ import annotations

import datetime as dt
from types import SimpleNamespace
from typing import Any

import ckantoolkit as tk
import pytest
import sqlalchemy as sa
from ckan import model

from ckanext.satudata.review import calendar
from ckanext.satudata.review.access.model import Restriction
from ckanext.satudata.review.model import ReviewEvent
from ckanext.satudata.tests.conftest import call_as

from ..conftest import DECIDED, REASONS, walk_to

PROPOSE = {"proposed_level": "terbatas", **REASONS}
DECIDE = {"decided_level": "terbatas", **DECIDED}

#: State × what is entered → who may. By hand (Perpres 39/2019 Ps 37); custodians come in once it is handed over.
MAY: dict[tuple[str, str], set[str]] = {
    ("draft", "propose"): {"producer", "colleague", "sysadmin"},
    ("draft", "decide"): {"sysadmin"},
    ("submitted", "propose"): {"producer", "colleague", "custodian", "second_custodian", "sysadmin"},
    ("submitted", "decide"): {"custodian", "second_custodian", "sysadmin"},
    ("published", "propose"): {"producer", "colleague", "custodian", "second_custodian", "sysadmin"},
    ("published", "decide"): {"custodian", "second_custodian", "sysadmin"},
}
#: State → who reads the record.
READS: dict[str, set[str]] = {
    "draft": {"producer", "colleague", "member", "sysadmin"},
    "submitted": {"producer", "colleague", "member", "sysadmin", "custodian", "second_custodian", "pembina", "planner"},
}
READS["published"] = READS["submitted"]
PEOPLE = (
    "nobody", "stranger", "former", "neighbour", "member", "producer", "colleague", "city_admin", "collaborator",
    "custodian", "second_custodian", "pembina", "planner", "sysadmin",
)  # fmt: skip


@pytest.fixture(scope="module")
def places(lasting_city: SimpleNamespace) -> dict[str, str]:
    """A dataset at each of the three places."""
    return {state: walk_to(lasting_city, state)["id"] for state in READS}


def user(city: SimpleNamespace, person: str) -> Any:
    return None if person == "nobody" else getattr(city, person)


def allowed(who: Any, action: str, **data: Any) -> bool:
    try:
        call_as(who, action, **data)
        return True
    except tk.NotAuthorized:
        return False
    finally:
        model.Session.rollback()


@pytest.mark.parametrize(("state", "entry"), MAY)
def test_who_may_write_into_the_record(
    lasting_city: SimpleNamespace, places: dict[str, str], state: str, entry: str
) -> None:
    data = PROPOSE if entry == "propose" else DECIDE
    found = {
        person
        for person in PEOPLE
        if allowed(user(lasting_city, person), "satudata_restriction_set", id=places[state], **data)
    }
    assert found == MAY[state, entry]


@pytest.mark.parametrize("state", READS)
def test_who_may_read_the_record(lasting_city: SimpleNamespace, places: dict[str, str], state: str) -> None:
    call_as(lasting_city.sysadmin, "satudata_restriction_set", id=places[state], **PROPOSE)
    shown, listed = set(), set()
    for person in PEOPLE:
        who = user(lasting_city, person)
        if allowed(who, "satudata_restriction_show", id=places[state]):
            shown.add(person)
        if who and places[state] in {
            row["package_id"] for row in call_as(who, "satudata_restriction_list", limit=1000)["results"]
        }:
            listed.add(person)
    assert shown == READS[state]
    assert listed == READS[state]


def test_a_record_goes_from_proposal_to_decision_and_keeps_every_entry(lasting_city: SimpleNamespace) -> None:
    pid = walk_to(lasting_city, "submitted")["id"]
    nothing = call_as(lasting_city.producer, "satudata_restriction_show", id=pid)
    assert (nothing["status"], nothing["version"], nothing["history"]) == ("none", 0, [])
    asked = call_as(lasting_city.producer, "satudata_restriction_set", id=pid, **PROPOSE)
    assert (asked["status"], asked["waiting"]) == ("proposed", True)
    assert asked["proposal"]["role"] == "producer" and asked["proposal"]["by"] == lasting_city.producer["name"]
    decided = call_as(
        lasting_city.custodian, "satudata_restriction_set", id=pid, decided_level="tertutup",
        forum_date="2026-02-01", decision_reference="BA 2/2026", expected_version=asked["version"],
    )  # fmt: skip
    assert (decided["status"], decided["waiting"], decided["ends_on"]) == ("in_force", False, "2099-12-31")
    # What the custodian left out is what was proposed.
    assert decided["decision"]["legal_basis"] == REASONS["legal_basis"]
    assert decided["decision"]["level"] == "tertutup" and decided["decision"]["role"] == "custodian"
    again = call_as(lasting_city.producer, "satudata_restriction_set", id=pid, proposed_level="terbuka")
    assert (again["status"], again["waiting"]) == ("in_force", True)
    opened = call_as(
        lasting_city.custodian, "satudata_restriction_set", id=pid, decided_level="terbuka",
        forum_date="2026-03-01", decision_reference="BA 3/2026",
    )  # fmt: skip
    assert (opened["status"], opened["waiting"], opened["ends_on"]) == ("opened", False, None)
    assert [entry["kind"] for entry in opened["history"]] == ["proposal", "decision", "proposal", "decision"]
    assert [entry["level"] for entry in opened["history"]] == ["terbatas", "tertutup", "terbuka", "terbuka"]


def test_entries_are_events_of_the_audit_trail(lasting_city: SimpleNamespace) -> None:
    pid = walk_to(lasting_city, "submitted")["id"]
    call_as(lasting_city.producer, "satudata_restriction_set", id=pid, note="Ada nama warga", **PROPOSE)
    call_as(lasting_city.custodian, "satudata_restriction_set", id=pid, **DECIDE)
    events = call_as(lasting_city.planner, "satudata_review_history", id=pid)["results"][-2:]
    assert [event["action"] for event in events] == ["restriction_propose", "restriction_decide"]
    assert events[0]["comment"] == "Ada nama warga"
    stored = model.Session.get(ReviewEvent, events[1]["position"])
    assert stored.content["restriction"] == {"level": "terbatas", **{k: DECIDED[k] for k in DECIDED}}
    assert stored.body_id == lasting_city.kominfo["id"]


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE satudata_restriction SET level = 'terbuka'",
        "DELETE FROM satudata_restriction",
        "TRUNCATE satudata_restriction",
    ],
)
def test_the_database_refuses_to_change_an_entry(
    lasting_city: SimpleNamespace, places: dict[str, str], statement: str
) -> None:
    call_as(lasting_city.producer, "satudata_restriction_set", id=places["draft"], **PROPOSE)
    model.Session.execute(sa.text("SET LOCAL satudata.allow_purge = 'off'"))
    with pytest.raises(sa.exc.DBAPIError, match="append-only"):
        model.Session.execute(sa.text(statement))
    model.Session.rollback()


WRONG: list[tuple[str, dict[str, Any], str]] = [
    ("producer", {"proposed_level": "rahasia", **REASONS}, "proposed_level"),
    ("producer", {**REASONS}, "proposed_level"),
    ("producer", {**PROPOSE, "legal_basis": ""}, "legal_basis"),
    ("producer", {**PROPOSE, "consequence": "  "}, "consequence"),
    ("producer", {**PROPOSE, "end_date": "kapan-kapan"}, "end_date"),
    ("producer", {**PROPOSE, "end_date": "2020-01-01"}, "end_date"),
    ("producer", {**PROPOSE, "legal_basis": "x" * 501}, "legal_basis"),
    ("producer", {**PROPOSE, "consequence": "x" * 1_000_000}, "consequence"),
    ("producer", {**PROPOSE, "forum_date": "2026-01-01"}, "forum_date"),
    ("producer", {**PROPOSE, "mengapa": "?"}, "mengapa"),
    ("producer", {**PROPOSE, "expected_version": "satu"}, "expected_version"),
    ("producer", {**PROPOSE, "expected_version": 999_999}, "expected_version"),
    ("custodian", {**DECIDE, "decision_reference": ""}, "decision_reference"),
    ("custodian", {**DECIDE, "forum_date": ""}, "forum_date"),
    ("custodian", {**DECIDE, "forum_date": "2099-01-01"}, "forum_date"),
    ("custodian", {**DECIDE, "end_date": ""}, "end_date"),
    ("custodian", {**DECIDE, "proposed_level": "terbatas"}, "decided_level"),
    ("producer", {**PROPOSE, "legal_basis": ["UU 27/2022"]}, "legal_basis"),
    ("producer", {**PROPOSE, "consequence": {"a": 1}}, "consequence"),
    ("producer", {**PROPOSE, "note": True}, "note"),
    ("producer", {**PROPOSE, "proposed_level": ["terbatas"]}, "proposed_level"),
    ("producer", {**PROPOSE, "end_date": ["2099-12-31"]}, "end_date"),
    ("producer", {**PROPOSE, "expected_version": [0]}, "expected_version"),
]


@pytest.mark.parametrize(("person", "data", "field"), WRONG, ids=[f"{one[2]}-{n}" for n, one in enumerate(WRONG)])
def test_what_is_wrong_is_named_and_nothing_is_written(
    lasting_city: SimpleNamespace, person: str, data: dict[str, Any], field: str
) -> None:
    pid = _fresh(lasting_city)
    before = model.Session.scalar(sa.select(sa.func.count()).select_from(Restriction))
    with pytest.raises(tk.ValidationError) as refused:
        call_as(getattr(lasting_city, person), "satudata_restriction_set", id=pid, **data)
    assert set(refused.value.error_dict) == {field}
    assert model.Session.scalar(sa.select(sa.func.count()).select_from(Restriction)) == before


_made: dict[str, str] = {}


def _fresh(city: SimpleNamespace) -> str:
    """One submitted dataset without a record, for all that must be refused."""
    if not _made or model.Package.get(_made["id"]) is None:
        _made["id"] = walk_to(city, "submitted")["id"]
    return _made["id"]


def test_scripts_and_control_characters_are_text(lasting_city: SimpleNamespace) -> None:
    pid = walk_to(lasting_city, "submitted")["id"]
    typed = {**PROPOSE, "legal_basis": "<script>alert(1)</script>\x00\ud800", "consequence": "=1+1"}
    shown = call_as(lasting_city.producer, "satudata_restriction_set", id=pid, **typed)
    assert shown["proposal"]["legal_basis"] == "<script>alert(1)</script>"


def test_the_list_is_filtered_and_ordered_by_its_end(lasting_city: SimpleNamespace) -> None:
    city, today = lasting_city, calendar.today()
    ids = {}
    for name, days in (("jauh", 400), ("dekat", 10), ("tengah", 40)):
        ids[name] = walk_to(city, "submitted", title=f"Urutan {name}")["id"]
        end = (today + dt.timedelta(days=days)).isoformat()
        call_as(city.custodian, "satudata_restriction_set", id=ids[name], **{**DECIDE, "end_date": end})

    def listed(**filters: Any) -> list[str]:
        found = call_as(city.custodian, "satudata_restriction_list", q="Urutan", limit=1000, **filters)
        assert found["count"] == len(found["results"])
        return [row["title"].removeprefix("Urutan ") for row in found["results"]]

    assert listed() == ["dekat", "tengah", "jauh"]
    assert listed(sort="-end") == ["jauh", "tengah", "dekat"]
    assert listed(status="ending") == ["dekat"]
    assert listed(status="in_force") == ["dekat", "tengah", "jauh"]
    assert listed(ends_before=(today + dt.timedelta(days=41)).isoformat()) == ["dekat", "tengah"]
    assert listed(organization=city.kota["name"]) == ["dekat", "tengah", "jauh"]
    assert listed(organization=city.other["name"]) == []
    assert call_as(city.custodian, "satudata_restriction_list", q="Urutan", limit=1, offset=1)["count"] == 3
    for wrong in ({"status": "entah"}, {"sort": "entah"}, {"organization": "entah"}, {"warna": "merah"}):
        with pytest.raises(tk.ValidationError) as refused:
            call_as(city.custodian, "satudata_restriction_list", **wrong)
        assert set(refused.value.error_dict) == set(wrong)
