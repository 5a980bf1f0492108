"""What no form sends: odd words, foreign types, ids used before, and questions about what the index holds."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import ckantoolkit as tk
import pytest
from ckan import model

from ckanext.satudata import config
from ckanext.satudata.review.model import Review
from ckanext.satudata.tests.conftest import call_as
from ckanext.satudata.tests.factories import submittable
from ckanext.satudata.tests.review.conftest import walk_to

ODD_STATES = ("", "ACTIVE", "pending", ["deleted"], {"a": 1}, 5, None)


@pytest.fixture(scope="module")
def items(lasting_city: SimpleNamespace) -> dict[str, str]:
    return {state: walk_to(lasting_city, state)["id"] for state in ("draft", "submitted", "published", "withdrawn")}


def asked(user: dict[str, Any] | None, action: str, **data: Any) -> Any:
    """The answer, or None where it is refused."""
    try:
        return call_as(user, action, **data)
    except (tk.NotAuthorized, tk.ValidationError, tk.ObjectNotFound):
        model.Session.rollback()
        return None


def standing(package_id: str) -> tuple[str, bool]:
    model.Session.expire_all()
    package = model.Package.get(package_id)
    return package.state, package.private


@pytest.mark.parametrize("person", ["producer", "sysadmin"])
def test_no_word_for_ckans_state_takes_data_out_of_sight(
    lasting_city: SimpleNamespace, items: dict[str, str], person: str
) -> None:
    for word in ODD_STATES:
        for state, package_id in items.items():
            asked(getattr(lasting_city, person), "package_patch", id=package_id, state=word, private=False)
            assert standing(package_id) == ("active", state != "published"), (state, word)
    assert call_as(None, "package_show", id=items["published"])


def test_what_is_made_in_an_odd_state_is_a_draft_or_active(lasting_city: SimpleNamespace) -> None:
    for word in ODD_STATES:
        made = asked(lasting_city.producer, "package_create", **submittable(lasting_city.kelurahan, state=word))
        if made:
            assert standing(made["id"]) in (("draft", True), ("active", True)), word


def test_a_type_is_exempt_by_default_only_where_an_extension_answers_for_it(lasting_city: SimpleNamespace) -> None:
    for name in sorted(config.EXEMPT_BY_DEFAULT):
        assert name not in config.exempt_types()
        made = call_as(
            lasting_city.producer, "package_create", name=f"tipe-{name}", type=name, private=False,
            owner_org=lasting_city.kelurahan["id"],
        )  # fmt: skip
        assert made["private"] is True and Review.get(made["id"]) is not None


def test_data_with_collaborators_is_purged_and_its_id_begins_anew_as_a_draft(lasting_city: SimpleNamespace) -> None:
    package_id = walk_to(lasting_city, "published")["id"]
    call_as(lasting_city.sysadmin, "satudata_review_override", id=package_id, reason="Salah unggah")
    call_as(lasting_city.sysadmin, "dataset_purge", id=package_id)
    assert model.Package.get(package_id) is None
    again = submittable(lasting_city.kelurahan, id=package_id, title="Isi yang lain")
    call_as(lasting_city.sysadmin, "package_create", **again)
    review = call_as(lasting_city.sysadmin, "satudata_review_show", id=package_id)
    assert (review["state"], standing(package_id)) == ("draft", ("active", True))
    call_as(lasting_city.sysadmin, "package_patch", id=package_id, private=False)
    assert asked(None, "package_show", id=package_id) is None
    actions = [
        event["action"] for event in call_as(lasting_city.sysadmin, "satudata_review_history", id=package_id)["results"]
    ]
    assert "publish" in actions and "purge" in actions


def test_what_programs_keep_of_closed_content_is_no_persons(
    lasting_city: SimpleNamespace, items: dict[str, str]
) -> None:
    keys = {
        "hash": "x", "mimetype": "text/x", "size": 5, "cache_url": "https://example.org/lain", "task_created": "x",
        "last_modified": "2001-01-01T00:00:00", "original_url": "https://example.org/lain", "xloader_x": "x",
    }  # fmt: skip
    for state in ("submitted", "published"):
        before = call_as(lasting_city.sysadmin, "package_show", id=items[state])
        for key, value in keys.items():
            asked(lasting_city.sysadmin, "resource_patch", id=before["resources"][0]["id"], **{key: value})
        asked(lasting_city.sysadmin, "package_patch", id=items[state], metadata_modified="2001-01-01T00:00:00")
        model.Session.expire_all()
        after = call_as(lasting_city.sysadmin, "package_show", id=items[state])
        kept, found = (package["resources"][0] for package in (before, after))
        assert {key: found.get(key) for key in keys} == {key: kept.get(key) for key in keys}, state
        assert after["metadata_modified"] >= before["metadata_modified"], state


def test_no_facet_lists_words_of_what_its_reader_does_not_see(lasting_city: SimpleNamespace) -> None:
    word = "kunangkunangmalam"
    walk_to(lasting_city, "draft", title=f"Judul {word}", tags=[{"name": word}])
    fields = ["tags", "title_string", "name", "permission_labels"]
    for least in (0, "0", -1, "x", 1):
        answer = asked(None, "package_search", **{"facet.field": fields, "facet.mincount": least, "facet.limit": -1})
        assert word not in repr(answer) and "creator-" + lasting_city.producer["id"] not in repr(answer), least
    answer = call_as(lasting_city.producer, "package_search", q=word, include_private=True, **{"facet.field": ["tags"]})
    assert answer["facets"]["tags"][word] == 1


def test_ids_of_what_is_not_public_are_for_members(lasting_city: SimpleNamespace, items: dict[str, str]) -> None:
    owner = lasting_city.kelurahan["id"]
    for person in ("nobody", "stranger", "neighbour", "member", "producer", "sysadmin"):
        user = None if person == "nobody" else getattr(lasting_city, person)
        told = {row[0] for row in call_as(user, "member_list", id=owner, object_type="package")}
        assert items["published"] in told
        assert (items["draft"] in told) is (person in ("member", "producer", "sysadmin")), person
        people = {row[0] for row in call_as(user, "member_list", id=owner)}
        assert lasting_city.producer["id"] in people and (items["draft"] in people) is (items["draft"] in told)


@pytest.mark.parametrize("organization", [["a"], {"id": "a"}, 7, True])
def test_an_organization_to_move_to_is_named_by_a_text(
    lasting_city: SimpleNamespace, items: dict[str, str], organization: Any
) -> None:
    with pytest.raises(tk.ValidationError) as refused:
        call_as(lasting_city.sysadmin, "package_owner_org_update", id=items["draft"], organization_id=organization)
    assert list(refused.value.error_dict) == ["organization_id"]
