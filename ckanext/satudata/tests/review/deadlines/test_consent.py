"""Where the head of an organization submits (*Minta persetujuan Lurah*): what officers and heads see and may do."""

from __future__ import annotations

from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import ckantoolkit as tk
import pytest

from ckanext.satudata.tests.conftest import call_as
from ckanext.satudata.tests.factories import submittable
from ckanext.satudata.tests.review.conftest import ONE_FAILS
from ckanext.satudata.tests.review.pages import soup, words

from .test_absence import review
from .test_due_dates import events


@pytest.fixture(autouse=True)
def head_submits(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setitem(tk.config, "satudata.review.submit_by", "admin")
    yield


def draft(city: SimpleNamespace, **changes: Any) -> dict[str, Any]:
    return call_as(city.producer, "package_create", **submittable(city.kelurahan, **changes))


def act(person: dict[str, Any], package: dict[str, Any], action: str, **more: Any) -> dict[str, Any]:
    return call_as(person, "satudata_review_transition", id=package["id"], action=action, **more)


def may(person: dict[str, Any], package: dict[str, Any]) -> set[str]:
    shown = call_as(person, "satudata_review_show", id=package["id"])
    return {action["name"] for action in shown["actions"]}


def test_officers_ask_and_heads_submit(lasting_city: SimpleNamespace) -> None:
    city = lasting_city
    package = draft(city)
    assert "ask" in may(city.producer, package) and "submit" not in may(city.producer, package)
    assert "submit" in may(city.colleague, package) and "ask" not in may(city.colleague, package)
    for stranger in (city.custodian, city.neighbour, city.city_admin, city.member, city.collaborator):
        for action in ("ask", "submit"):
            with pytest.raises(tk.NotAuthorized):
                act(stranger, package, action)
    with pytest.raises(tk.NotAuthorized, match="ask for consent"):
        act(city.producer, package, "submit")


def test_what_is_incomplete_cannot_be_asked_for(lasting_city: SimpleNamespace) -> None:
    package = draft(lasting_city, satuan="")
    with pytest.raises(tk.ValidationError) as refusal:
        act(lasting_city.producer, package, "ask")
    assert "satuan" in refusal.value.error_dict
    assert review(package).asked_by is None


def test_asking_leaves_it_a_draft_with_the_officer_and_says_who_asked(lasting_city: SimpleNamespace) -> None:
    city = lasting_city
    package = draft(city)
    asked = act(city.producer, package, "ask", comment="Mohon diperiksa, Pak Lurah")
    assert asked["state"] == "draft"
    assert (review(package).asked_by, review(package).asked_at is not None) == (city.producer["id"], True)
    (event,) = events(package["id"], "ask")
    assert (event.from_state, event.to_state, event.comment) == ("draft", "draft", "Mohon diperiksa, Pak Lurah")
    # It is still open: the officer goes on mending, and may ask again.
    call_as(city.producer, "package_patch", id=package["id"], notes="Keterangan yang lebih lengkap dari register.")
    act(city.producer, package, "ask")
    # The head submits, and the officer stays an author: nobody of them checks it.
    after = act(city.colleague, package, "submit")
    assert (after["state"], review(package).asked_by) == ("submitted", None)
    assert set(review(package).authors) == {city.producer["id"], city.colleague["id"]}


def test_after_a_return_it_is_asked_for_again(lasting_city: SimpleNamespace) -> None:
    city = lasting_city
    package = draft(city)
    act(city.producer, package, "ask")
    act(city.colleague, package, "submit")
    act(city.custodian, package, "return", comment="Lengkapi satuan", principle_results=ONE_FAILS)
    with pytest.raises(tk.NotAuthorized):
        act(city.producer, package, "submit")
    assert act(city.producer, package, "ask")["state"] == "returned"
    assert act(city.colleague, package, "submit")["state"] == "submitted"


def test_the_page_of_an_officer_asks_and_that_of_the_head_submits(
    lasting_city: SimpleNamespace, app_once: Any, as_user: Any
) -> None:
    city = lasting_city
    package = draft(city)
    address = f"/dataset/{package['name']}"

    def buttons(person: dict[str, Any]) -> str:
        return words(
            soup(app_once.get(address, headers=as_user(person))).select_one(".satudata-strip .satudata-buttons")
        )

    assert "Ask for consent" in buttons(city.producer) and "Submit for review" not in buttons(city.producer)
    assert "Submit for review" in buttons(city.colleague) and "Ask for consent" not in buttons(city.colleague)
    form = app_once.get(f"/dataset/edit/{package['name']}", headers=as_user(city.producer)).body
    assert 'value="ask"' in form and 'value="submit"' not in form

    version = call_as(city.producer, "satudata_review_show", id=package["id"])["version"]
    asked = app_once.post(
        f"/satudata/review/{package['id']}/act",
        data={"action": "ask", "expected_version": version},
        headers=as_user(city.producer),
    )
    assert "has asked the head of the organization for consent" in asked.body
    name = city.producer["fullname"]
    seen = words(soup(app_once.get(address, headers=as_user(city.colleague))).select_one(".satudata-strip"))
    assert f"{name} has asked" in seen


def test_an_incomplete_draft_leads_from_the_button_to_the_first_gap(
    lasting_city: SimpleNamespace, app_once: Any, as_user: Any
) -> None:
    package = draft(lasting_city, satuan="")
    answer = app_once.post(
        f"/satudata/review/{package['id']}/act",
        data={"action": "ask"},
        headers=as_user(lasting_city.producer),
        follow_redirects=False,
        status=None,
    )
    assert answer.status_code == 302 and answer.headers["Location"].endswith("#field-satuan")


def test_where_every_officer_submits_no_page_speaks_of_consent(
    lasting_city: SimpleNamespace, app_once: Any, as_user: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(tk.config, "satudata.review.submit_by", "editor")
    package = draft(lasting_city)
    page = app_once.get(f"/dataset/{package['name']}", headers=as_user(lasting_city.producer)).body
    assert "Submit for review" in page and "Ask for consent" not in page
