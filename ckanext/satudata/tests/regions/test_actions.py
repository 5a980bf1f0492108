"""The tree in the API: shapes, levels, search, counts and their cost."""

from __future__ import annotations

from typing import Any

import ckantoolkit as tk
import pytest
from ckan.tests import factories
from ckan.tests.helpers import call_action

from ckanext.satudata.cli import satudata
from ckanext.satudata.regions import service
from ckanext.satudata.tests.conftest import call_as
from ckanext.satudata.tests.regions.conftest import org
from ckanext.satudata.tests.statements import counted

CITY, DISTRICT, VILLAGE = "kota-medan-12-71", "medan-tembung-12-71-14", "indra-kasih-12-71-14-1001"
REGION = {
    "organization_id", "name", "title", "kind", "kode_kemendagri", "kode_bps", "aliases", "parent_id", "depth",
}  # fmt: skip


@pytest.fixture
def medan(clean: None, cli: Any) -> None:
    assert cli.invoke(satudata, ["regions", "load", "medan"]).exit_code == 0


def titles(found: dict[str, Any]) -> list[str]:
    return [one["title"] for one in found["results"]]


class TestTree:
    def test_without_an_id_it_gives_the_roots(self, medan):
        found = call_as(None, "satudata_region_tree")
        assert found["count"] == 1
        (root,) = found["results"]
        assert set(root) >= REGION
        assert (root["title"], root["kind"], root["depth"], root["parent_id"]) == ("Kota Medan", "kota", 0, None)
        assert root["children_count"] == 28
        assert "children" not in root

    @pytest.mark.parametrize("id", [DISTRICT, "12.71.14", "bps:1275170"])
    def test_a_level_is_opened_by_name_or_by_either_code(self, medan, id):
        found = call_as(None, "satudata_region_tree", id=id)
        assert found["count"] == 7
        assert "Indra Kasih" in titles(found)

    def test_a_bare_code_is_refused_with_the_reason(self, medan):
        for action in ("satudata_region_tree", "satudata_region_ancestors"):
            with pytest.raises(tk.ValidationError, match="Sibolga"):
                call_as(None, action, id="1271")

    def test_an_unknown_organization_is_not_found(self, medan):
        with pytest.raises(tk.ObjectNotFound):
            call_as(None, "satudata_region_tree", id="nowhere")

    def test_levels_are_paged(self, medan):
        first = call_as(None, "satudata_region_tree", id=CITY, limit=5)
        last = call_as(None, "satudata_region_tree", id=CITY, limit=5, offset=26)
        beyond = call_as(None, "satudata_region_tree", id=CITY, limit=5, offset=50)
        assert (first["count"], len(first["results"])) == (28, 5)
        assert (last["count"], len(last["results"])) == (28, 2)
        assert (beyond["count"], beyond["results"]) == (28, [])

    def test_more_levels_hang_in_children(self, medan):
        found = call_as(None, "satudata_region_tree", depth=3)
        city = found["results"][0]
        district = next(one for one in city["children"] if one["name"] == DISTRICT)
        assert VILLAGE in [one["name"] for one in district["children"]]
        assert len(city["children"]) == 28
        found = call_as(None, "satudata_region_tree", id=CITY, depth=2, limit=1)
        assert len(found["results"][0]["children"]) == found["results"][0]["children_count"]

    @pytest.mark.parametrize(
        ("data", "field"),
        [({"depth": 0}, "depth"), ({"depth": "x"}, "depth"), ({"limit": -1}, "limit"), ({"warna": 1}, "warna")],
    )
    def test_wrong_parameters_are_named(self, medan, data, field):
        with pytest.raises(tk.ValidationError) as caught:
            call_as(None, "satudata_region_tree", **data)
        assert set(caught.value.error_dict) == {field}

    def test_the_cost_does_not_grow_with_the_rows(self, medan):
        with counted() as statements:
            call_as(None, "satudata_region_tree", id=CITY, depth=2, limit=1000)
        assert len(statements) == 3  # who is meant, the level, what hangs below

    def test_counts_are_of_public_data_in_the_whole_subtree(self, medan, ckan_config, monkeypatch):
        monkeypatch.setitem(ckan_config, "satudata.review.enabled", False)
        village, city = (service.find(name)["organization_id"] for name in (VILLAGE, CITY))
        for owner, private in ((village, False), (village, False), (village, True), (city, False)):
            factories.Dataset(owner_org=owner, private=private)
        (root,) = call_as(None, "satudata_region_tree", include_counts=True, depth=2)["results"]
        assert root["dataset_count"] == 3
        assert next(one for one in root["children"] if one["name"] == DISTRICT)["dataset_count"] == 2

    def test_a_deleted_organization_is_not_in_the_tree(self, medan):
        call_as(factories.Sysadmin(), "organization_delete", id=VILLAGE)
        assert call_as(None, "satudata_region_tree", id=DISTRICT)["count"] == 6
        assert call_as(None, "satudata_region_search", q="Indra Kasih")["count"] == 0
        with pytest.raises(tk.ObjectNotFound):
            call_as(None, "satudata_region_ancestors", id=VILLAGE)


class TestAncestors:
    def test_the_line_goes_from_the_root_down_to_itself(self, medan):
        found = call_as(None, "satudata_region_ancestors", id=VILLAGE)
        assert titles(found) == ["Kota Medan", "Medan Tembung", "Indra Kasih"]
        assert found["count"] == 3
        assert set(found["results"][0]) >= REGION

    def test_an_id_is_needed(self, medan):
        with pytest.raises(tk.ValidationError):
            call_as(None, "satudata_region_ancestors")


class TestSearch:
    @pytest.mark.parametrize(
        ("q", "first"),
        [
            ("indra kasih", "Indra Kasih"),
            ("Kelurahan Indrakasih", "Indra Kasih"),
            ("Kec. Medan Tembung", "Medan Tembung"),
            ("12.71.14.1001", "Indra Kasih"),
            ("1275170001", "Indra Kasih"),
            ("12.71", "Kota Medan"),
            ("1275", "Kota Medan"),
            ("Kominfo", "Dinas Komunikasi dan Informatika Kota Medan"),
            ("Sukamaju", "Suka Maju"),
            ("Kota Matsum III", "Kotamatsum III"),
            ("Pangkalan Masyhur", "Pangkalan Mansur"),
            ("disdukcapil", "Dinas Kependudukan dan Pencatatan Sipil Kota Medan"),
        ],
    )
    def test_by_name_alias_or_code_the_best_first(self, medan, q, first):
        assert titles(call_as(None, "satudata_region_search", q=q))[0] == first

    def test_namesakes_are_told_apart_by_what_is_above_them(self, medan):
        found = call_as(None, "satudata_region_search", q="Sei Mati")
        assert found["count"] == 2
        assert {one["ancestors"][-1]["title"] for one in found["results"]} == {"Medan Labuhan", "Medan Maimun"}

    def test_signs_that_mean_something_to_the_database_find_nothing(self, medan):
        for q in ("%", "_", "\\", "'", "%%%a"):
            assert call_as(None, "satudata_region_search", q=q)["count"] <= 181
        assert call_as(None, "satudata_region_search", q="%")["count"] == 0

    def test_it_may_be_limited_to_a_kind_and_is_paged(self, medan):
        found = call_as(None, "satudata_region_search", q="medan", kind="kecamatan", limit=2, offset=1)
        assert (found["count"], len(found["results"])) == (21, 2)
        with pytest.raises(tk.ValidationError):
            call_as(None, "satudata_region_search", q="medan", kind="negara")

    def test_a_query_is_needed(self, medan):
        for data in ({}, {"q": " "}):
            with pytest.raises(tk.ValidationError):
                call_as(None, "satudata_region_search", **data)

    def test_two_queries_whatever_is_found(self, medan):
        with counted() as statements:
            call_as(None, "satudata_region_search", q="medan", limit=100)
        assert len(statements) == 2


def test_a_renamed_organization_is_found_by_its_new_title(medan):
    call_action("organization_patch", context={"user": factories.Sysadmin()["name"]}, id=VILLAGE, title="Kasih Baru")
    assert call_as(None, "satudata_region_search", q="kasih baru")["count"] == 1
    assert call_as(None, "satudata_region_search", q="indra kasih")["results"][0]["name"] == VILLAGE  # by its name


def test_reading_needs_no_account_and_is_offered_over_get(medan, web):
    answer = web.get("/api/3/action/satudata_region_tree?id=12.71.14")
    assert answer.json["result"]["count"] == 7


def test_regions_by_code_answers_for_many_at_once(medan):
    with counted() as statements:
        found = service.regions_by_code(["12.71", "12.71.14.1001", "99.99"])
    named = {code: one["title"] for code, one in found.items()}
    assert named == {"12.71": "Kota Medan", "12.71.14.1001": "Indra Kasih"}
    assert len(statements) == 1


def test_an_organization_without_title_or_place_is_in_the_tree_too(medan):
    lonely = org("")
    assert lonely["name"] in [one["name"] for one in call_as(None, "satudata_region_tree")["results"]]
