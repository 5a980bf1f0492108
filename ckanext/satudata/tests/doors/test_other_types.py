"""Activities and indicators go through every door as datasets do: closed to strangers, closed to edits under review."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import ckantoolkit as tk
import pytest
from ckan import model, plugins
from ckan.tests import helpers

from ckanext.satudata.tests.conftest import call_as
from ckanext.satudata.tests.review.conftest import lasting_city as lasting_city
from ckanext.satudata.tests.review.conftest import walk_to

TYPES = ("kegiatan", "indikator")
HIDDEN = ("draft", "submitted", "approved", "withdrawn")
OUTSIDERS = ("nobody", "stranger", "neighbour", "former")
#: Who may change the content in which state: the producer while it is theirs, nobody else and never under review.
WRITERS = {"draft": {"producer", "colleague", "sysadmin"}, "returned": {"producer", "colleague", "sysadmin"}}


@pytest.fixture(scope="module")
def items(lasting_city: SimpleNamespace) -> dict[tuple[str, str], dict[str, Any]]:
    """One of each type in each state, with a word nobody else's data holds."""
    found = {}
    for type in TYPES:
        for state in (*HIDDEN, "returned", "published"):
            word = f"rahasia{type}{state}".replace("_", "")
            found[type, state] = walk_to(
                lasting_city, state, type=type, title=f"Judul {word} kelurahan", notes=word * 3
            )
            found[type, state]["word"] = word
    return found


def user_of(city: SimpleNamespace, person: str) -> dict[str, Any] | None:
    return None if person == "nobody" else getattr(city, person)


#: Actions that list or show, as somebody would ask them about one package.
READING: dict[str, Callable[[dict[str, Any]], dict[str, Any]]] = {
    "package_show": lambda p: {"id": p["id"]},
    "package_search": lambda p: {"q": p["word"], "include_private": True, "include_drafts": True},
    "package_autocomplete": lambda p: {"q": p["word"]},
    "package_list": lambda p: {},
    "current_package_list_with_resources": lambda p: {"limit": 1000},
    "package_activity_list": lambda p: {"id": p["id"]},
    "satudata_review_show": lambda p: {"id": p["id"]},
    "satudata_review_history": lambda p: {"id": p["id"]},
    "satudata_review_list": lambda p: {"q": p["word"]},
    "satudata_submission_check": lambda p: {"id": p["id"]},
    "satudata_forms_export": lambda p: {"ids": [p["id"]]},
    "dcat_dataset_show": lambda p: {"id": p["id"]},
}


@pytest.mark.parametrize("person", OUTSIDERS)
@pytest.mark.parametrize("action", sorted(READING))
def test_no_action_tells_an_outsider_of_what_is_not_published(
    lasting_city: SimpleNamespace, items: Any, action: str, person: str
) -> None:
    for type in TYPES:
        for state in HIDDEN:
            item = items[type, state]
            try:
                answer = repr(call_as(user_of(lasting_city, person), action, **READING[action](item)))
            except (tk.NotAuthorized, tk.ObjectNotFound, tk.ValidationError, KeyError) as error:
                answer = str(error)
            finally:
                model.Session.rollback()
            told = {"package_search": item["id"], "package_autocomplete": item["name"]}.get(action, item["title"])
            assert item["title"] not in answer and told not in answer, (type, state)


@pytest.mark.parametrize("action", sorted(READING))
def test_the_same_question_is_answered_to_the_portal_admin(
    lasting_city: SimpleNamespace, items: Any, action: str
) -> None:
    """Or the silence towards outsiders would prove nothing."""
    if action == "dcat_dataset_show" and not plugins.plugin_loaded("dcat"):
        pytest.skip("no DCAT here")
    item = items[
        "kegiatan", "published" if action in ("package_list", "current_package_list_with_resources") else "draft"
    ]
    answer = call_as(lasting_city.sysadmin, action, **READING[action](item))
    assert answer is not None


@pytest.mark.parametrize("type", TYPES)
def test_no_page_shows_an_outsider_what_is_not_published(
    lasting_city: SimpleNamespace, items: Any, app_once: Any, as_user: Any, type: str
) -> None:
    for person in ("nobody", "neighbour"):
        headers = as_user(user_of(lasting_city, person))
        pages = [f"/{type}/", "/dataset/", f"/organization/{lasting_city.kelurahan['name']}", "/feeds/dataset.atom"]
        for state in HIDDEN:
            item = items[type, state]
            pages += [f"/{type}/{item['name']}", f"/dataset/{item['id']}", f"/{type}/?q={item['word']}"]
            pages += [f"/{type}/edit/{item['name']}", f"/satudata/review/{item['id']}/history"]
        for address in pages:
            body = app_once.get(address, headers=headers, status=None, follow_redirects=True).body
            for state in ("draft", "submitted", "approved"):
                assert items[type, state]["title"] not in body, (person, address, state)


@pytest.mark.parametrize("type", TYPES)
def test_published_ones_are_everybodys(items: Any, app_once: Any, type: str) -> None:
    item = items[type, "published"]
    assert item["title"] in app_once.get(f"/{type}/{item['name']}").body
    assert call_as(None, "package_search", q=item["word"])["count"] == 1


@pytest.mark.parametrize("type", TYPES)
@pytest.mark.parametrize("state", [*HIDDEN, "returned", "published"])
def test_content_is_changed_by_its_producer_while_it_is_theirs_and_by_nobody_else(
    lasting_city: SimpleNamespace, items: Any, type: str, state: str
) -> None:
    item = items[type, state]
    people = ("producer", "colleague", "member", "neighbour", "custodian", "pembina", "city_admin", "sysadmin")
    for person in people:
        allowed = person in WRITERS.get(state, set())
        try:
            call_as(getattr(lasting_city, person), "package_patch", id=item["id"], notes=f"oleh {person}")
            done = True
        except (tk.NotAuthorized, tk.ValidationError, tk.ObjectNotFound):
            model.Session.rollback()
            done = False
        assert done == allowed, (type, state, person)
    # A program without a person, and rows that arrive as those of a form, are closed the same way.
    if state not in WRITERS:
        with pytest.raises((tk.NotAuthorized, tk.ValidationError)):
            helpers.call_action("package_patch", {"ignore_auth": True}, id=item["id"], notes="program")
        model.Session.rollback()


@pytest.mark.parametrize("type", TYPES)
def test_nobody_makes_one_public_past_the_review(lasting_city: SimpleNamespace, items: Any, type: str) -> None:
    for person in ("producer", "sysadmin"):
        user = getattr(lasting_city, person)
        call_as(user, "package_patch", id=items[type, "draft"]["id"], private=False, state="active")
        row = model.Package.get(items[type, "draft"]["id"])
        model.Session.refresh(row)
        assert row.private is True
