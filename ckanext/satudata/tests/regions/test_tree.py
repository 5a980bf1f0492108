"""The materialised path follows CKAN's own tree, whatever door it changes by."""

from __future__ import annotations

from typing import Any

import pytest
from ckan import model
from ckan.tests import factories
from ckan.tests.helpers import call_action

from ckanext.satudata.regions import service
from ckanext.satudata.tests.regions.conftest import org
from ckanext.satudata.tests.statements import counted


@pytest.fixture
def tree(clean: None) -> dict[str, dict[str, Any]]:
    """Medan › Medan Tembung › Indra Kasih, and a second kecamatan."""
    city = org("Kota Medan")
    district = org("Medan Tembung", city)
    return {
        "city": city,
        "district": district,
        "village": org("Indra Kasih", district),
        "other": org("Medan Maimun", city),
    }


def ids(tree: dict[str, dict[str, Any]], *names: str) -> list[str]:
    return [tree[name]["id"] for name in names]


def test_every_new_organization_gets_a_row_and_the_path_of_its_parent(tree):
    assert service.ancestor_ids(tree["village"]["id"]) == ids(tree, "village", "district", "city")
    region = service.region_of(tree["village"]["id"])
    assert region["depth"] == 2
    assert region["parent_id"] == tree["district"]["id"]
    assert region["kind"] == ""


def test_an_organization_without_a_row_is_its_own_root(tree):
    assert service.ancestor_ids("nobody-knows-it") == ["nobody-knows-it"]
    assert service.subtree_ids("nobody-knows-it") == ["nobody-knows-it"]
    assert service.region_of("nobody-knows-it") is None


def test_many_ancestors_are_one_query(tree):
    with counted() as statements:
        found = service.ancestor_ids_many(ids(tree, "village", "other", "city") + ["unknown"])
    assert len(statements) == 1
    assert found[tree["other"]["id"]] == ids(tree, "other", "city")
    assert found["unknown"] == ["unknown"]


def test_a_new_parent_takes_the_whole_subtree_along(tree):
    call_action(
        "organization_patch",
        context={"user": factories.Sysadmin()["name"]},
        id=tree["district"]["id"],
        groups=[{"name": tree["other"]["name"], "capacity": "parent"}],
    )
    assert service.ancestor_ids(tree["village"]["id"]) == ids(tree, "village", "district", "other", "city")
    assert service.region_of(tree["village"]["id"])["depth"] == 3
    assert service.subtree_ids(tree["other"]["id"]) == ids(tree, "other", "district", "village")


def test_the_path_changes_in_the_same_transaction_as_the_member_row(tree):
    row = (
        model.Session.query(model.Member)
        .filter_by(group_id=tree["district"]["id"], table_name="group", state="active")
        .one()
    )
    row.state = "deleted"
    model.Session.flush()
    assert service.ancestor_ids(tree["village"]["id"]) == ids(tree, "village", "district")
    model.Session.rollback()
    assert service.ancestor_ids(tree["village"]["id"]) == ids(tree, "village", "district", "city")


def test_a_group_that_becomes_an_organization_gets_a_row_and_loses_it_again(tree):
    group = model.Group.get(factories.Group()["id"])
    assert service.region_of(group.id) is None
    group.is_organization = True
    model.Session.commit()
    assert service.ancestor_ids(group.id) == [group.id]
    assert service.region_of(group.id) is not None
    group.is_organization = False
    model.Session.commit()
    assert service.region_of(group.id) is None


def test_groups_have_no_place_in_the_tree(tree):
    group = factories.Group()
    assert service.region_of(group["id"]) is None
    under = factories.Organization(groups=[{"name": group["name"]}])
    assert service.ancestor_ids(under["id"]) == [under["id"]]
