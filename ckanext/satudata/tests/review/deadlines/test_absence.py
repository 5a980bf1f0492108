"""Nothing waits for people who are away, do nothing, or have lost their role."""

from __future__ import annotations

import datetime as dt
from types import SimpleNamespace
from typing import Any

import ckantoolkit as tk
import pytest
from ckan import model
from ckan.tests import factories

from ckanext.satudata.review import absence, calendar, handover, officers
from ckanext.satudata.review.model import Review
from ckanext.satudata.tests.conftest import call_as
from ckanext.satudata.tests.factories import officer
from ckanext.satudata.tests.review.conftest import ONE_FAILS, build_city, walk_to

from .test_due_dates import events

DAY = dt.timedelta(1)


@pytest.fixture(scope="module")
def town(clean_once: None) -> SimpleNamespace:
    """A city of this module's own, whose custodians come and go."""
    return build_city()


@pytest.fixture
def at_work(town: SimpleNamespace) -> Any:
    """A custodian of this test's own, so that losing the role hurts no other test."""
    person = officer(town.kominfo, fullname="Sari")
    yield person
    model.Session.rollback()


@pytest.fixture(autouse=True)
def nobody_away(clean_once: None) -> Any:
    yield
    model.Session.rollback()
    model.Session.query(absence.Absence).delete()
    model.Session.commit()


def held_by(person: dict[str, Any], town: SimpleNamespace, state: str = "custodian_check") -> dict[str, Any]:
    """A dataset that this custodian has taken."""
    package = walk_to(town, "submitted")
    call_as(person, "satudata_review_transition", id=package["id"], action="claim")
    return package


def review(package: dict[str, Any]) -> Review:
    model.Session.rollback()
    return model.Session.get(Review, (package["id"], "publication"))


def let_days_pass(package: dict[str, Any], days: int) -> dt.datetime:
    """Now, so many working days after the dataset was taken, at noon."""
    first = calendar.today(review(package).held_since)
    return calendar.start_of_day(calendar.nth_working_day(first, days)) + dt.timedelta(hours=12)


# -- idle -----------------------------------------------------------------------------------------------------


def test_who_does_nothing_for_days_loses_the_hold(town: SimpleNamespace, at_work: dict[str, Any]) -> None:
    package = held_by(at_work, town)
    handover.hand_over(let_days_pass(package, 5))
    assert review(package).holder_id == at_work["id"], "five full days have not passed yet"
    handover.hand_over(let_days_pass(package, 6))
    after = review(package)
    assert (after.holder_id, after.state, after.held_since) == (None, "submitted", None)
    assert after.due_at > dt.datetime.utcnow(), "the next one gets time of their own"
    (told,) = events(package["id"], "hand_over")
    assert (told.from_state, told.to_state, told.program) == ("custodian_check", "submitted", "hand_over")
    assert "Sari has taken no step for more than 5 working days." in told.comment
    # Whoever lost it may take it again.
    assert call_as(at_work, "satudata_review_transition", id=package["id"], action="claim")["holder"] == at_work["id"]


def test_zero_days_switches_it_off(
    town: SimpleNamespace, at_work: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    package = held_by(at_work, town)
    monkeypatch.setitem(tk.config, "satudata.review.hand_over_after", 0)
    handover.hand_over(let_days_pass(package, 300))
    assert review(package).holder_id == at_work["id"]


def test_passing_on_twice_is_passing_on_once(town: SimpleNamespace, at_work: dict[str, Any]) -> None:
    package = held_by(at_work, town)
    now = let_days_pass(package, 6)
    for _again in range(3):
        handover.hand_over(now)
    assert len(events(package["id"], "hand_over")) == 1


def test_a_pembina_who_does_nothing_lets_it_go_within_the_same_state(town: SimpleNamespace) -> None:
    package = walk_to(town, "pembina_review")
    call_as(town.pembina, "satudata_review_transition", id=package["id"], action="claim")
    handover.hand_over(let_days_pass(package, 6))
    after = review(package)
    assert (after.holder_id, after.state) == (None, "pembina_review")


# -- away -----------------------------------------------------------------------------------------------------


def away(person: dict[str, Any], **more: Any) -> dict[str, Any]:
    today = calendar.today()
    given = {"from": today.isoformat(), "until": (today + 3 * DAY).isoformat(), **more}
    return call_as(person, "satudata_absence_set", **given)


def test_what_somebody_away_holds_passes_to_the_stand_in(town: SimpleNamespace, at_work: dict[str, Any]) -> None:
    package = held_by(at_work, town)
    noted = away(at_work, stand_in=town.custodian["name"])
    assert (noted["user_id"], noted["stand_in"]) == (at_work["id"], town.custodian["id"])
    assert handover.hand_over() == 1
    after = review(package)
    assert (after.holder_id, after.state) == (town.custodian["id"], "custodian_check")
    (told,) = events(package["id"], "hand_over")
    assert "Sari is away." in told.comment and "stands in" in told.comment
    assert handover.hand_over() == 0


def test_without_a_stand_in_it_waits_for_anybody_again(town: SimpleNamespace, at_work: dict[str, Any]) -> None:
    package = held_by(at_work, town)
    away(at_work)
    handover.hand_over()
    assert (review(package).holder_id, review(package).state) == (None, "submitted")


def test_a_stand_in_who_is_away_too_passes_it_on(town: SimpleNamespace, at_work: dict[str, Any]) -> None:
    package = held_by(at_work, town)
    second = officer(town.kominfo)
    away(at_work, stand_in=second["id"])
    away(second, stand_in=town.second_custodian["id"])
    handover.hand_over()
    assert review(package).holder_id == town.second_custodian["id"]


def test_two_who_stand_in_for_each_other_hold_nothing(town: SimpleNamespace, at_work: dict[str, Any]) -> None:
    package = held_by(at_work, town)
    second = officer(town.kominfo)
    away(at_work, stand_in=second["id"])
    away(second, stand_in=at_work["id"])
    handover.hand_over()
    assert review(package).holder_id is None


def test_an_absence_to_come_changes_nothing_yet(town: SimpleNamespace, at_work: dict[str, Any]) -> None:
    package = held_by(at_work, town)
    first = calendar.today() + 10 * DAY
    away(at_work, **{"from": first.isoformat(), "until": (first + DAY).isoformat()})
    handover.hand_over()
    assert review(package).holder_id == at_work["id"]
    handover.hand_over(calendar.start_of_day(first) + dt.timedelta(hours=12))
    assert review(package).holder_id is None


def test_a_cleared_absence_counts_no_more(town: SimpleNamespace, at_work: dict[str, Any]) -> None:
    package = held_by(at_work, town)
    noted = away(at_work)
    call_as(at_work, "satudata_absence_clear", id=noted["id"])
    handover.hand_over()
    assert review(package).holder_id == at_work["id"]
    assert call_as(at_work, "satudata_absence_list")["count"] == 0


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"from": "besok"}, "from"),
        ({"until": "2020-01-01"}, "until"),
        ({"until": "2199-01-01"}, "until"),
        ({"stand_in": "nobody-of-that-name"}, "stand_in"),
        ({"user": "nobody-of-that-name"}, "user"),
        ({"when": "2026-01-01"}, "when"),
    ],
)
def test_a_wrong_absence_is_refused_by_field(
    town: SimpleNamespace, at_work: dict[str, Any], given: dict[str, str], field: str
) -> None:
    with pytest.raises(tk.ValidationError) as refusal:
        away(at_work, **given)
    assert list(refusal.value.error_dict) == [field]


def test_a_stand_in_comes_from_the_same_body_and_is_somebody_else(
    town: SimpleNamespace, at_work: dict[str, Any]
) -> None:
    for name in (town.producer["name"], at_work["name"]):
        with pytest.raises(tk.ValidationError) as refusal:
            away(at_work, stand_in=name)
        assert "stand_in" in refusal.value.error_dict


def test_two_absences_over_the_same_days_are_refused(town: SimpleNamespace, at_work: dict[str, Any]) -> None:
    away(at_work)
    with pytest.raises(tk.ValidationError, match="clear it first"):
        away(at_work)


def test_a_lead_speaks_for_colleagues_and_nobody_for_strangers(town: SimpleNamespace, at_work: dict[str, Any]) -> None:
    noted = away(town.second_custodian, user=at_work["name"])
    assert (noted["user_id"], noted["set_by"]) == (at_work["id"], town.second_custodian["id"])
    for person in (town.custodian, town.producer, town.stranger):
        with pytest.raises(tk.NotAuthorized):
            away(person, user=town.pembina["name"])
        with pytest.raises(tk.ObjectNotFound):
            call_as(person, "satudata_absence_clear", id=noted["id"])
    with pytest.raises(tk.NotAuthorized):
        away(None)


def test_colleagues_see_who_is_away_and_strangers_do_not(town: SimpleNamespace, at_work: dict[str, Any]) -> None:
    away(at_work)
    seen = {
        name: call_as(getattr(town, name), "satudata_absence_list")["count"]
        for name in ("custodian", "second_custodian", "producer", "pembina", "stranger", "sysadmin")
    }
    assert seen == {
        "custodian": 1, "second_custodian": 1, "producer": 0, "pembina": 0, "stranger": 0, "sysadmin": 1,
    }  # fmt: skip


# -- the role is gone -----------------------------------------------------------------------------------------


def lose_membership(town: SimpleNamespace, person: dict[str, Any]) -> None:
    call_as(town.sysadmin, "organization_member_delete", id=town.kominfo["id"], username=person["name"])


def lose_capacity(town: SimpleNamespace, person: dict[str, Any]) -> None:
    call_as(town.sysadmin, "organization_member_create", id=town.kominfo["id"], username=person["name"], role="member")


def lose_account(town: SimpleNamespace, person: dict[str, Any]) -> None:
    call_as(town.sysadmin, "user_delete", id=person["id"])


@pytest.mark.parametrize("lose", [lose_membership, lose_capacity, lose_account])
def test_nothing_is_held_by_who_has_lost_the_role(town: SimpleNamespace, at_work: dict[str, Any], lose: Any) -> None:
    package = held_by(at_work, town)
    asked = {"id": package["id"]}
    before = call_as(town.custodian, "satudata_review_list", mine=True)["count"]
    lose(town, at_work)
    # At once, before any job: lists, counts and the desk of colleagues.
    listed = call_as(town.custodian, "satudata_review_list", mine=True)
    assert listed["count"] == before + 1
    (item,) = [one for one in listed["results"] if one["package_id"] == package["id"]]
    assert (item["holder"], item["holder_name"], item["waits_for_you"]) == (None, None, True)
    shown = call_as(town.custodian, "satudata_review_show", **asked)
    assert shown["holder"] is None
    assert "forward" in {action["name"] for action in shown["actions"]}
    # And for good, by the job.
    handover.hand_over()
    assert (review(package).holder_id, review(package).state) == (None, "submitted")
    assert "no longer has the role" in events(package["id"], "hand_over")[0].comment


def test_a_revoked_grant_frees_what_its_people_hold(town: SimpleNamespace) -> None:
    body = factories.Organization(title="Dinas Kominfo Provinsi")
    granted = call_as(
        town.sysadmin,
        "satudata_role_grant",
        organization_id=body["id"],
        role="pembina",
        scope_id=town.kota["id"],
        jenis_data="geospasial",
    )
    person = officer(body)
    package = walk_to(town, "pembina_review", jenis_data="geospasial")
    call_as(person, "satudata_review_transition", id=package["id"], action="claim")
    call_as(town.sysadmin, "satudata_role_revoke", id=granted["id"])
    # The custodian's list shows nobody, although the job has not run.
    listed = call_as(town.custodian, "satudata_review_list", state="pembina_review", limit=1000)["results"]
    assert [one["holder"] for one in listed if one["package_id"] == package["id"]] == [None]
    handover.hand_over()
    assert review(package).holder_id is None


def test_losing_a_role_asks_the_job_workers_to_look_at_once(
    town: SimpleNamespace, at_work: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    held_by(at_work, town)
    asked: list[str] = []
    monkeypatch.setattr(handover, "pass_on_soon", lambda: asked.append("now"))
    lose_membership(town, at_work)
    assert asked
    asked.clear()
    call_as(town.sysadmin, "organization_patch", id=town.other["id"], description="Kelurahan di tepi sungai")
    assert asked == []


# -- the lead, and whom to hand it to -------------------------------------------------------------------------


def test_the_lead_of_the_body_hands_over_what_somebody_else_holds(
    town: SimpleNamespace, at_work: dict[str, Any]
) -> None:
    package = held_by(at_work, town)
    asked = {"id": package["id"], "action": "assign"}
    with pytest.raises(tk.NotAuthorized, match="held by Sari"):
        call_as(town.custodian, "satudata_review_transition", **asked, assignee=town.custodian["name"])
    after = call_as(town.second_custodian, "satudata_review_transition", **asked, assignee=town.custodian["name"])
    assert after["holder"] == town.custodian["id"]
    with pytest.raises(tk.ValidationError) as refusal:
        call_as(town.second_custodian, "satudata_review_transition", **asked, assignee=town.producer["name"])
    assert "assignee" in refusal.value.error_dict


def test_whom_it_can_be_handed_to_is_everybody_in_the_role_with_what_they_have(
    town: SimpleNamespace, at_work: dict[str, Any]
) -> None:
    held_by(at_work, town)
    away(town.custodian)
    people = {person.id: person for person in officers.candidates("custodian", town.kelurahan["id"])}
    assert set(people) >= {at_work["id"], town.custodian["id"], town.second_custodian["id"]}
    assert not set(people) & {town.producer["id"], town.pembina["id"], town.city_admin["id"], town.stranger["id"]}
    assert people[at_work["id"]].holds == 1
    assert {one["title"] for one in absence.stand_ins(at_work["id"])} == {
        person.title for person in people.values() if person.id != at_work["id"]
    }
    site_user = tk.get_action("get_site_user")({"ignore_auth": True}, {})["name"]
    assert site_user not in {person.title for person in people.values()}
    assert people[town.custodian["id"]].away_until == calendar.today() + 3 * DAY
    assert officers.candidates("pembina", town.kelurahan["id"], "geospasial") == []


# -- access ends with membership ------------------------------------------------------------------------------


@pytest.mark.parametrize("state", ["draft", "returned", "submitted"])
def test_drafts_belong_to_the_organization_and_not_to_who_made_them(town: SimpleNamespace, state: str) -> None:
    maker = officer(town.kelurahan)
    package = walk_to(SimpleNamespace(**{**vars(town), "producer": maker}), state)
    assert package["creator_user_id"] == maker["id"]
    call_as(town.sysadmin, "organization_member_delete", id=town.kelurahan["id"], username=maker["name"])
    for action, data in (
        ("package_show", {}),
        ("package_patch", {"title": "Milik saya"}),
        ("package_delete", {}),
        ("satudata_review_show", {}),
        ("satudata_review_history", {}),
        ("satudata_review_transition", {"action": "withdraw"}),
        ("resource_create", {"package_id": package["id"], "url": "https://example.com/x.csv"}),
    ):
        with pytest.raises(tk.NotAuthorized):
            call_as(maker, action, id=package["id"], **data)
    found = call_as(maker, "package_search", fq=f"id:{package['id']}", include_private=True, include_drafts=True)
    assert found["count"] == 0
    assert call_as(maker, "satudata_review_list")["count"] == 0
    # Colleagues go on with it.
    if state != "submitted":
        call_as(town.colleague, "package_patch", id=package["id"], title="Milik kelurahan")
    assert call_as(town.colleague, "package_show", id=package["id"])["id"] == package["id"]


def test_a_returned_dataset_of_a_former_member_is_on_the_list_of_colleagues(town: SimpleNamespace) -> None:
    maker = officer(town.kelurahan)
    package = walk_to(SimpleNamespace(**{**vars(town), "producer": maker}), "submitted")
    call_as(
        town.custodian,
        "satudata_review_transition",
        id=package["id"],
        action="return",
        comment="Lengkapi satuan",
        principle_results=ONE_FAILS,
    )
    call_as(town.sysadmin, "user_delete", id=maker["id"])
    listed = call_as(town.colleague, "satudata_review_list", mine=True, limit=1000)["results"]
    assert package["id"] in {item["package_id"] for item in listed}
