"""Every state × person × action, against an expectation written by hand beside the table, not read from it."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import ckantoolkit as tk
import pytest
import sqlalchemy as sa
from ckan import model

from ckanext.satudata.review.transitions import STATES, TRANSITIONS
from ckanext.satudata.tests.conftest import call_as
from ckanext.satudata.tests.doors.cells import COUNT
from ckanext.satudata.tests.review.conftest import ALL_CONFORM, ONE_FAILS, walk_to, with_support

PEOPLE = (
    "producer", "colleague", "member", "former", "neighbour", "supporter", "second_supporter", "custodian",
    "second_custodian", "pembina", "planner", "city_admin", "collaborator", "stranger", "sysadmin", "nobody",
)  # fmt: skip

_PRODUCER_WITHDRAWS = {"producer": {"withdraw": "draft"}, "colleague": {"withdraw": "draft"}}
_SUBMITS = {"submit": "submitted"}
_SUPPORTS = {"claim": "supporting_check", "assign": "supporting_check", "return": "returned", "forward": "submitted"}
_CHECKS = {"claim": "custodian_check", "assign": "custodian_check", "return": "returned", "forward": "pembina_review"}
_UNPUBLISHES = {"unpublish": "withdrawn", "revise": "published"}

#: Place → person → action → state it leads to. What is not here is refused. Priority data, so the pembina is asked;
#: a supporting custodian covers the owner, and what he holds or has not looked at yet is not the custodian's turn.
MAY: dict[str, dict[str, dict[str, str]]] = {
    "draft": {"producer": _SUBMITS, "colleague": _SUBMITS, "sysadmin": _SUBMITS},
    "submitted": {
        **_PRODUCER_WITHDRAWS,
        "supporter": _SUPPORTS,
        "second_supporter": _SUPPORTS,
        "sysadmin": {**_CHECKS, "withdraw": "draft"},
    },
    # Given back by the supporter, and now the custodian's turn.
    "submitted, checked": {
        **_PRODUCER_WITHDRAWS,
        "custodian": _CHECKS,
        "second_custodian": _CHECKS,
        "sysadmin": {**_CHECKS, "withdraw": "draft"},
    },
    # Held by `supporter`; who leads the unit may hand it over.
    "supporting_check": {
        **_PRODUCER_WITHDRAWS,
        "supporter": {
            "release": "submitted", "assign": "supporting_check", "return": "returned", "forward": "submitted",
        },
        "second_supporter": {"assign": "supporting_check"},
        "sysadmin": {
            "withdraw": "draft", "claim": "custodian_check", "release": "submitted", "assign": "supporting_check",
            "return": "returned", "forward": "submitted",
        },
    },
    # Held by `custodian`: the second one waits, and as the admin of the unit may hand it over.
    "custodian_check": {
        **_PRODUCER_WITHDRAWS,
        "custodian": {
            "release": "submitted", "assign": "custodian_check", "return": "returned", "forward": "pembina_review",
        },
        "second_custodian": {"assign": "custodian_check"},
        "sysadmin": {
            "withdraw": "draft", "release": "submitted", "assign": "custodian_check", "return": "returned",
            "forward": "pembina_review",
        },
    },
    "pembina_review": {
        **_PRODUCER_WITHDRAWS,
        "pembina": {
            "claim": "pembina_review", "assign": "pembina_review", "return": "custodian_check", "approve": "approved",
        },
        "sysadmin": {
            "withdraw": "draft", "claim": "pembina_review", "assign": "pembina_review", "return": "custodian_check",
            "approve": "approved",
        },
    },
    "approved": {
        **_PRODUCER_WITHDRAWS,
        "custodian": {"return": "returned", "publish": "published"},
        "second_custodian": {"return": "returned", "publish": "published"},
        "sysadmin": {"withdraw": "draft", "return": "returned", "publish": "published"},
    },
    "published": {
        "producer": {"revise": "published"},
        "colleague": {"revise": "published"},
        "custodian": _UNPUBLISHES,
        "second_custodian": _UNPUBLISHES,
        "sysadmin": _UNPUBLISHES,
    },
    "returned": {
        "producer": {"submit": "submitted", "withdraw": "draft"},
        "colleague": {"submit": "submitted", "withdraw": "draft"},
        "sysadmin": {"submit": "submitted", "withdraw": "draft"},
    },
    "withdrawn": {
        "custodian": {"reopen": "draft"},
        "second_custodian": {"reopen": "draft"},
        "sysadmin": {"reopen": "draft"},
    },
}  # fmt: skip


@pytest.fixture(scope="module")
def supported(lasting_city: SimpleNamespace) -> SimpleNamespace:
    """The city with a supporting custodian over the kelurahan."""
    return with_support(lasting_city)


def inputs(city: Any, action: str, place: str) -> dict[str, Any]:
    """Complete input for an action, so that only role and state can stand in the way."""
    assignee = {
        "pembina_review": city.pembina, "supporting_check": city.second_supporter, "submitted": city.second_supporter,
    }.get(place, city.second_custodian)  # fmt: skip
    complete: dict[str, dict[str, Any]] = {
        "return": {"comment": "Lengkapi satuan", "principle_results": ONE_FAILS},
        "forward": {"principle_results": ALL_CONFORM},
        "assign": {"assignee": assignee["name"]},
        "unpublish": {"comment": "Salah berkas"},
        "reopen": {"comment": "Diperbaiki"},
        "revise": {"change_kind": "koreksi", "comment": "Satuan diperbaiki"},
    }
    return complete.get(action, {})


def prioritised(city: Any, place: str) -> str:
    """A dataset of local priority at that place; every road then leads past the pembina."""
    state = place.partition(",")[0]
    past_the_custodian = state in ("pembina_review", "approved", "published", "withdrawn")
    pid = walk_to(city, "pembina_review" if past_the_custodian else state)["id"]
    if not past_the_custodian:
        call_as(city.planner, "satudata_priority_set", id=pid, prioritas_daerah_tahun="2024")
    if place == "submitted, checked":
        act(city.supporter, pid, "forward", principle_results=ALL_CONFORM)
    if state in ("approved", "published", "withdrawn"):
        act(city.pembina, pid, "approve")
        if state != "approved":
            act(city.custodian, pid, "publish")
        if state == "withdrawn":
            act(city.custodian, pid, "unpublish", comment="Salah berkas")
    return pid


def act(user: Any, package_id: str, action: str, **data: Any) -> Any:
    return call_as(user, "satudata_review_transition", id=package_id, action=action, **data)


_SNAPSHOT = sa.text(
    "SELECT p.private, p.state, p.metadata_modified, r.state, r.version, r.holder_id, "
    "(SELECT count(*) FROM satudata_review_event e WHERE e.package_id = p.id) "
    "FROM package p JOIN satudata_review r ON r.package_id = p.id WHERE p.id = :id AND r.track = 'publication'"
)


def snapshot(package_id: str) -> tuple[Any, ...]:
    """All that a refused action must leave as it was."""
    model.Session.rollback()
    return tuple(model.Session.execute(_SNAPSHOT, {"id": package_id}).one())


class Bookmark:
    """The rows of a dataset, to go back to: walking the road again for each cell would take minutes."""

    def __init__(self, package_id: str) -> None:
        self.package_id = package_id
        self.rows = model.Session.execute(
            sa.text(
                "SELECT to_jsonb(r) AS review, p.private, p.state, p.metadata_modified FROM satudata_review r "
                "JOIN package p ON p.id = r.package_id WHERE p.id = :id AND r.track = 'publication'"
            ),
            {"id": package_id},
        ).one()

    def go_back(self) -> None:
        model.Session.rollback()
        values = {"id": self.package_id, **self.rows._mapping}
        for statement in (
            "DELETE FROM satudata_review WHERE package_id = :id AND track = 'publication'",
            "INSERT INTO satudata_review SELECT * FROM jsonb_populate_record(null::satudata_review, :review)",
            "UPDATE package SET private = :private, state = :state, metadata_modified = :metadata_modified "
            "WHERE id = :id",
        ):
            parameters = sa.text(statement)
            if ":review" in statement:
                parameters = parameters.bindparams(sa.bindparam("review", type_=sa.dialects.postgresql.JSONB))
            model.Session.execute(parameters, values)
        model.Session.commit()
        model.Session.expire_all()


@pytest.mark.parametrize("place", sorted(MAY))
def test_only_the_expected_people_take_the_expected_actions(supported: Any, place: str) -> None:
    city = supported
    pid = prioritised(city, place)
    bookmark = Bookmark(pid)
    for person in PEOPLE:
        user = None if person == "nobody" else getattr(city, person)
        before = snapshot(pid)
        assert before[3] == place.partition(",")[0]
        for action in TRANSITIONS:
            COUNT["who takes which action"] += 1
            target = MAY[place].get(person, {}).get(action)
            given = inputs(city, action, place)
            if person == "sysadmin" and (place, action) == ("submitted", "assign"):
                # A sysadmin acts in the table's first role, the custodian's.
                given = {"assignee": city.second_custodian["name"]}
            if target is None:
                with pytest.raises(tk.NotAuthorized):
                    act(user, pid, action, **given)
                    pytest.fail(f"{person} took {action} from {place}")
                model.Session.rollback()
                continue
            assert snapshot(pid) == before, f"refused to {person}, and yet something changed"
            after = act(user, pid, action, **given)
            assert after["state"] == target, f"{person} {action}"
            assert snapshot(pid)[6] == before[6] + 1
            assert model.Package.get(pid).private is (target != "published")
            if action == "revise":
                # It has a working copy now, and may have one only.
                pid = prioritised(city, place)
                bookmark = Bookmark(pid)
            else:
                bookmark.go_back()
            before = snapshot(pid)
        assert snapshot(pid) == before, f"refused to {person}, and yet something changed"


@pytest.mark.parametrize("place", sorted(MAY))
def test_the_actions_offered_are_those_that_would_succeed(supported: Any, place: str) -> None:
    city = supported
    pid = prioritised(city, place)
    for person in PEOPLE:
        COUNT["what is offered to whom"] += 1
        user = None if person == "nobody" else getattr(city, person)
        expected = sorted(MAY[place].get(person, {}))
        try:
            shown = call_as(user, "satudata_review_show", id=pid)
        except tk.NotAuthorized:
            assert expected == [], person
            continue
        assert sorted(action["name"] for action in shown.get("actions", [])) == expected, person


def test_the_expectation_covers_the_whole_table() -> None:
    assert {place.partition(",")[0] for place in MAY} == set(STATES)
    named = {action for people in MAY.values() for actions in people.values() for action in actions}
    # Consent is asked only where the portal wants it (`satudata.review.submit_by = admin`): test_supporting.
    assert named == set(TRANSITIONS) - {"ask"}
