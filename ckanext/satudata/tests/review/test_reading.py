"""What nobody may see before publication, through every way to read; and what those concerned do see."""

from __future__ import annotations

import json
from typing import Any

import ckantoolkit as tk
import pytest
from ckan import model
from ckan.lib.jobs import Worker
from ckan.lib.plugins import get_permission_labels
from ckan.tests import factories

from ckanext.satudata.review.transitions import STATES
from ckanext.satudata.tests.conftest import call_as
from ckanext.satudata.tests.factories import officer
from ckanext.satudata.tests.review.conftest import ALL_CONFORM, walk_to
from ckanext.satudata.tests.statements import counted

UNPUBLISHED = tuple(sorted(set(STATES) - {"published"}))


def readings(user: Any, package: dict[str, Any]) -> dict[str, bool]:
    """Through which of CKAN's reading actions this user sees the package."""
    pid, name, rid = package["id"], package["name"], package["resources"][0]["id"]
    organization = package["organization"]["id"]

    def sees(action: str, needle: str, **data: Any) -> bool:
        try:
            return needle in json.dumps(call_as(user, action, **data))
        except (tk.NotAuthorized, tk.ObjectNotFound):
            model.Session.rollback()
            return False

    return {
        "package_show": sees("package_show", pid, id=pid),
        "package_search": sees("package_search", pid, q=f"id:{pid}", include_private=True, include_drafts=True),
        "package_list": sees("package_list", name),
        "package_autocomplete": sees("package_autocomplete", name, q=name),
        "current_package_list_with_resources": sees("current_package_list_with_resources", pid),
        "resource_show": sees("resource_show", rid, id=rid),
        "resource_search": sees("resource_search", rid, query="name:Penduduk"),
        "resource_view_list": sees("resource_view_list", "view_type", id=rid),
        "organization_show": sees("organization_show", pid, id=organization, include_datasets=True),
        "package_activity_list": sees("package_activity_list", pid, id=pid),
        "recently_changed": sees("recently_changed_packages_activity_list", pid),
        "organization_activity_list": sees("organization_activity_list", pid, id=organization),
        "satudata_review_history": sees("satudata_review_history", pid, id=pid),
        "satudata_submission_check": sees("satudata_submission_check", "findings", id=pid),
    }


@pytest.mark.parametrize("state", UNPUBLISHED)
def test_outsiders_see_nothing_unpublished_by_any_reading_action(lasting_city: Any, state: str) -> None:
    city = lasting_city
    package = call_as(city.producer, "package_show", id=walk_to(city, state)["id"])
    for person in (None, "stranger", "neighbour"):
        user = getattr(city, person) if person else None
        assert [name for name, seen in readings(user, package).items() if seen] == [], person


@pytest.mark.parametrize("state", sorted(STATES))
def test_those_concerned_see_it_from_the_hand_over_on(lasting_city: Any, state: str) -> None:
    city = lasting_city
    pid = walk_to(city, state)["id"]
    package = call_as(city.producer, "package_show", id=pid)
    for person in ("producer", "colleague", "member", "city_admin", "collaborator", "sysadmin"):
        assert readings(getattr(city, person), package)["package_show"], person
    for person in ("custodian", "second_custodian", "pembina", "planner"):
        seen = readings(getattr(city, person), package)
        assert seen["package_show"] is seen["package_search"] is (state != "draft"), person


def test_the_public_may_know_state_and_date_of_the_check_and_no_more(lasting_city: Any) -> None:
    pid = walk_to(lasting_city, "published")["id"]
    shown = call_as(None, "satudata_review_show", id=pid)
    assert set(shown) == {
        "package_id", "package_name", "state", "state_label",
        "custodian_checked_at", "pembina_checked_at", "published_at",
    }  # fmt: skip
    assert shown["custodian_checked_at"] and not shown["pembina_checked_at"]
    with pytest.raises(tk.NotAuthorized):
        call_as(None, "satudata_review_history", id=pid)


def test_after_withdrawal_the_public_activity_is_gone(lasting_city: Any) -> None:
    city = lasting_city
    pid = walk_to(city, "published")["id"]
    package = call_as(None, "package_show", id=pid)
    assert readings(None, package)["package_activity_list"]
    call_as(city.custodian, "satudata_review_transition", id=pid, action="unpublish", comment="Salah")
    assert [name for name, seen in readings(None, package).items() if seen] == []
    user = call_as(None, "user_activity_list", id=city.custodian["name"])
    assert pid not in json.dumps(user)


@pytest.mark.parametrize("level", ["terbatas", "tertutup"])
def test_what_is_not_open_is_published_without_turning_public(lasting_city: Any, level: str) -> None:
    package = walk_to(lasting_city, "published", accesslevel=level)
    shown = call_as(lasting_city.producer, "package_show", id=package["id"])
    assert shown["private"] is True
    assert [name for name, seen in readings(None, shown).items() if seen] == []


def test_the_queue_holds_what_each_may_see(lasting_city: Any) -> None:
    city = lasting_city
    submitted, draft = walk_to(city, "submitted")["id"], walk_to(city, "draft")["id"]

    def queue(user: Any, **filters: Any) -> set[str]:
        found = call_as(user, "satudata_review_list", limit=1000, **filters)
        assert found["count"] == len(found["results"])
        return {item["package_id"] for item in found["results"]}

    assert {submitted, draft} <= queue(city.producer)
    assert submitted in queue(city.custodian) and draft not in queue(city.custodian)
    assert submitted in queue(city.custodian, mine=True)
    assert submitted not in queue(city.pembina, mine=True)
    assert draft in queue(city.producer, mine=True) and submitted not in queue(city.producer, mine=True)
    assert queue(city.neighbour) == queue(city.stranger) == set()
    assert submitted in queue(city.custodian, organization=city.kota["name"], state=["submitted"])
    assert queue(city.custodian, organization=city.other["name"]) == set()
    with pytest.raises(tk.NotAuthorized):
        call_as(None, "satudata_review_list")
    with pytest.raises(tk.ValidationError) as refused:
        call_as(city.custodian, "satudata_review_list", stat="submitted")
    assert list(refused.value.error_dict) == ["stat"]


def test_the_list_of_all_tables_is_for_the_admin(lasting_city: Any) -> None:
    for action, data in (
        ("datastore_search", {"resource_id": "_table_metadata"}),
        ("datastore_search_sql", {"sql": 'SELECT * FROM "_table_metadata"'}),
    ):
        for person in (None, "stranger", "producer"):
            with pytest.raises(tk.NotAuthorized):
                call_as(getattr(lasting_city, person) if person else None, action, **data)
            model.Session.rollback()
    assert "records" in call_as(lasting_city.sysadmin, "datastore_search", resource_id="_table_metadata")


def test_a_pembinas_queue_holds_its_own_kind_of_data(lasting_city: Any) -> None:
    city = lasting_city
    surveyors = factories.Organization(title="Simpul Jaringan")
    mapper = officer(surveyors)
    call_as(
        city.sysadmin,
        "satudata_role_grant",
        organization_id=surveyors["id"],
        role="pembina",
        scope_id=city.kota["id"],
        jenis_data="geospasial",
    )

    def forwarded(kind: str) -> str:
        pid = walk_to(city, "submitted", jenis_data=kind)["id"]
        call_as(city.planner, "satudata_priority_set", id=pid, prioritas_tahun="2024")
        call_as(city.custodian, "satudata_review_transition", id=pid, action="forward", principle_results=ALL_CONFORM)
        return pid

    map_, table = forwarded("geospasial"), forwarded("statistik")

    def mine(user: Any) -> set[str]:
        return {item["package_id"] for item in call_as(user, "satudata_review_list", mine=True, limit=1000)["results"]}

    assert map_ in mine(mapper) and table not in mine(mapper)
    assert table in mine(city.pembina) and map_ not in mine(city.pembina)


def test_labels_cost_the_same_few_queries_however_many_organizations(lasting_city: Any) -> None:
    user = model.User.get(lasting_city.custodian["name"])
    package = model.Package.get(walk_to(lasting_city, "submitted")["id"])
    model.Session.refresh(package)
    model.Session.refresh(user)
    with counted() as of_user:
        labels = get_permission_labels().get_user_dataset_labels(user)
    with counted() as of_package:
        get_permission_labels().get_dataset_labels(package)
    assert len(of_user) <= 3 and len(of_package) <= 2
    assert f"satudata:custodian:{lasting_city.kota['id']}" in labels
    assert len(labels) < 10


def test_tags_of_drafts_are_known_to_their_organization_alone(lasting_city: Any) -> None:
    city = lasting_city
    package = walk_to(city, "draft", tags=[{"name": "rahasia-dapur"}])
    doors: tuple[tuple[str, dict[str, str]], ...] = (
        ("tag_list", {}),
        ("tag_autocomplete", {"q": "rahasia"}),
        ("tag_search", {"query": "rahasia"}),
        ("tag_show", {"id": "rahasia-dapur"}),
    )

    def seen(user: Any) -> list[str]:
        found = []
        for action, data in doors:
            try:
                if "rahasia-dapur" in json.dumps(call_as(user, action, **data)):
                    found.append(action)
            except tk.ObjectNotFound:
                model.Session.rollback()
        return found

    assert seen(None) == seen(city.stranger) == seen(city.neighbour) == []
    assert seen(city.producer) == [action for action, _data in doors]
    for user, action, data in (
        (city.producer, "submit", {}),
        (city.custodian, "forward", {"principle_results": ALL_CONFORM}),
        (city.custodian, "publish", {}),
    ):
        assert seen(None) == []
        call_as(user, "satudata_review_transition", id=package["id"], action=action, **data)
    assert seen(None) == [action for action, _data in doors]


def test_when_an_organization_moves_its_unpublished_data_follows_the_new_ancestors(city: Any) -> None:
    pid = walk_to(city, "draft")["id"]
    other_admin = officer(city.other, "admin")

    def finds(user: Any) -> bool:
        return call_as(user, "package_search", q=f"id:{pid}", include_private=True, include_drafts=True)["count"] == 1

    assert finds(city.city_admin) and not finds(other_admin)
    call_as(city.sysadmin, "organization_patch", id=city.kelurahan["id"], groups=[{"name": city.other["name"]}])
    Worker().work(burst=True)
    assert finds(other_admin)
