"""Every state × person × action, against an expectation written by hand beside the table, not read from it."""

from __future__ import annotations

from typing import Any

import ckantoolkit as tk
import pytest
from ckan import model

from ckanext.satudata.review.model import Review, ReviewEvent
from ckanext.satudata.review.transitions import STATES, TRANSITIONS
from ckanext.satudata.tests.conftest import call_as
from ckanext.satudata.tests.review.conftest import ALL_CONFORM, ONE_FAILS, walk_to

PEOPLE = (
    "producer", "colleague", "member", "neighbour", "custodian", "second_custodian", "pembina", "planner",
    "city_admin", "collaborator", "stranger", "sysadmin", "nobody",
)  # fmt: skip

#: state → person → action → state it leads to. What is not here is refused. Priority data, so the pembina is asked.
MAY: dict[str, dict[str, dict[str, str]]] = {
    "draft": {
        "producer": {"submit": "submitted"},
        "colleague": {"submit": "submitted"},
        "sysadmin": {"submit": "submitted"},
    },
    "submitted": {
        "producer": {"withdraw": "draft"},
        "colleague": {"withdraw": "draft"},
        "custodian": {
            "claim": "custodian_check", "assign": "custodian_check", "return": "returned", "forward": "pembina_review",
        },
        "second_custodian": {
            "claim": "custodian_check", "assign": "custodian_check", "return": "returned", "forward": "pembina_review",
        },
        "sysadmin": {
            "withdraw": "draft", "claim": "custodian_check", "assign": "custodian_check", "return": "returned",
            "forward": "pembina_review",
        },
    },
    # Held by `custodian`: the second one waits.
    "custodian_check": {
        "producer": {"withdraw": "draft"},
        "colleague": {"withdraw": "draft"},
        "custodian": {
            "release": "submitted", "assign": "custodian_check", "return": "returned", "forward": "pembina_review",
        },
        "sysadmin": {
            "withdraw": "draft", "release": "submitted", "assign": "custodian_check", "return": "returned",
            "forward": "pembina_review",
        },
    },
    "pembina_review": {
        "producer": {"withdraw": "draft"},
        "colleague": {"withdraw": "draft"},
        "pembina": {
            "claim": "pembina_review", "assign": "pembina_review", "return": "custodian_check", "approve": "approved",
        },
        "sysadmin": {
            "withdraw": "draft", "claim": "pembina_review", "assign": "pembina_review", "return": "custodian_check",
            "approve": "approved",
        },
    },
    "approved": {
        "producer": {"withdraw": "draft"},
        "colleague": {"withdraw": "draft"},
        "custodian": {"return": "returned", "publish": "published"},
        "second_custodian": {"return": "returned", "publish": "published"},
        "sysadmin": {"withdraw": "draft", "return": "returned", "publish": "published"},
    },
    "published": {
        "custodian": {"unpublish": "withdrawn"},
        "second_custodian": {"unpublish": "withdrawn"},
        "sysadmin": {"unpublish": "withdrawn"},
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


def inputs(city: Any, action: str, state: str) -> dict[str, Any]:
    """Complete input for an action, so that only role and state can stand in the way."""
    assignee = city.pembina if state == "pembina_review" else city.second_custodian
    complete: dict[str, dict[str, Any]] = {
        "return": {"comment": "Lengkapi satuan", "principle_results": ONE_FAILS},
        "forward": {"principle_results": ALL_CONFORM},
        "assign": {"assignee": assignee["name"]},
        "unpublish": {"comment": "Salah berkas"},
        "reopen": {"comment": "Diperbaiki"},
    }
    return complete.get(action, {})


def prioritised(city: Any, state: str) -> str:
    """A dataset of local priority in that state; every road then leads past the pembina."""
    walked = walk_to(
        city, state if state in ("draft", "submitted", "custodian_check", "returned") else "pembina_review"
    )
    pid = walked["id"]
    if state not in ("draft", "submitted", "custodian_check", "returned", "pembina_review"):
        act(city.pembina, pid, "approve")
        if state != "approved":
            act(city.custodian, pid, "publish")
        if state == "withdrawn":
            act(city.custodian, pid, "unpublish", comment="Salah berkas")
    else:
        call_as(city.planner, "satudata_priority_set", id=pid, prioritas_daerah_tahun="2024")
    return pid


def act(user: Any, package_id: str, action: str, **data: Any) -> Any:
    return call_as(user, "satudata_review_transition", id=package_id, action=action, **data)


def snapshot(package_id: str) -> tuple[Any, ...]:
    """All that a refused action must leave as it was."""
    model.Session.rollback()
    package = model.Package.get(package_id)
    review = Review.get(package_id)
    events = model.Session.query(ReviewEvent).filter_by(package_id=package_id).count()
    return (
        package.private,
        package.state,
        package.metadata_modified,
        review.state,
        review.version,
        review.holder_id,
        events,
    )


@pytest.mark.parametrize("state", sorted(STATES))
def test_only_the_expected_people_take_the_expected_actions(lasting_city: Any, state: str) -> None:
    city = lasting_city
    pid = prioritised(city, state)
    cells = 0
    for person in PEOPLE:
        user = None if person == "nobody" else getattr(city, person)
        for action in TRANSITIONS:
            cells += 1
            before = snapshot(pid)
            assert before[3] == state
            target = MAY[state].get(person, {}).get(action)
            if target is None:
                with pytest.raises(tk.NotAuthorized):
                    act(user, pid, action, **inputs(city, action, state))
                assert snapshot(pid) == before, f"{person} {action}: refused, and yet something changed"
                continue
            after = act(user, pid, action, **inputs(city, action, state))
            assert after["state"] == target, f"{person} {action}"
            assert snapshot(pid)[6] == before[6] + 1
            package = model.Package.get(pid)
            assert package.private is (target != "published")
            pid = prioritised(city, state)
    print(f"{state}: {cells} cells")
    assert cells == len(PEOPLE) * len(TRANSITIONS)


@pytest.mark.parametrize("state", sorted(STATES))
def test_the_actions_offered_are_those_that_would_succeed(lasting_city: Any, state: str) -> None:
    city = lasting_city
    pid = prioritised(city, state)
    for person in PEOPLE:
        user = None if person == "nobody" else getattr(city, person)
        expected = sorted(MAY[state].get(person, {}))
        try:
            shown = call_as(user, "satudata_review_show", id=pid)
        except tk.NotAuthorized:
            assert expected == [], person
            continue
        assert sorted(action["name"] for action in shown.get("actions", [])) == expected, person


def test_the_expectation_covers_the_whole_table() -> None:
    assert set(MAY) == set(STATES)
    named = {action for people in MAY.values() for actions in people.values() for action in actions}
    assert named == set(TRANSITIONS)
