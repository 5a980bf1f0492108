"""Facets and sorting of the search pages: named, filtered by subtree, and blind to what the reader may not see."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import ckantoolkit as tk
import flask_babel
import pytest
from bs4 import BeautifulSoup
from ckan.tests.helpers import CKANTestClient

from ckanext.satudata.regions import jobs as regions_jobs
from ckanext.satudata.standards.search import facets
from ckanext.satudata.standards.search.document import BAND, FRESHNESS, PRIORITY, PRODUCER, RELEASED, SCORE
from ckanext.satudata.tests.conftest import call_as
from ckanext.satudata.tests.factories import submittable
from ckanext.satudata.tests.review.conftest import build_city, walk_to

FACETS = ["urusan", "tingkat_penyajian", "frekuensi", PRIORITY, BAND, FRESHNESS, "jenis_data", "accesslevel"]


@pytest.fixture(scope="module")
def place(clean_once: None) -> SimpleNamespace:
    """The city with a published dataset, a survey, and a draft of another affair."""
    city = build_city()
    city.people = walk_to(city, "published", title="Penduduk menurut umur")
    city.draft = call_as(
        city.producer, "package_create", **submittable(city.kelurahan, title="Draf rahasia", urusan="1.02")
    )
    call_as(city.planner, "satudata_priority_set", id=city.people["id"], prioritas_daerah_tahun="2024")
    call_as(city.producer, "package_create", type="kegiatan", name="pendataan", title="Pendataan penduduk",
            owner_org=city.kelurahan["id"])  # fmt: skip
    return city


def counted(user: Any, *fields: str, **more: Any) -> dict[str, dict[str, int]]:
    found = call_as(
        user, "package_search", rows=0, include_private=True, fq="dataset_type:dataset",
        **{"facet.field": list(fields), **more},
    )  # fmt: skip
    return found["facets"]


@pytest.mark.parametrize("person", [None, "stranger", "neighbour", "custodian"])
def test_no_facet_counts_what_its_reader_may_not_see(place: SimpleNamespace, person: str | None) -> None:
    user = getattr(place, person) if person else None
    found = counted(user, *FACETS, f"{PRODUCER}0", f"{PRODUCER}1")
    assert all(sum(values.values()) <= 1 for values in found.values())
    assert "1.02" not in found["urusan"]
    assert counted(place.producer, "urusan")["urusan"] == {"2.12": 1, "1.02": 1}


def test_the_subtree_of_an_organization_is_one_filter(place: SimpleNamespace) -> None:
    assert counted(None, f"{PRODUCER}0")[f"{PRODUCER}0"] == {place.kota["id"]: 1}
    assert counted(None, f"{PRODUCER}1")[f"{PRODUCER}1"] == {place.kelurahan["id"]: 1}
    found = call_as(None, "package_search", fq=f'{PRODUCER}0:"{place.kota["id"]}"')
    assert [one["id"] for one in found["results"]] == [place.people["id"]]


def test_values_are_named_in_the_readers_language(place: SimpleNamespace, app_once: Any) -> None:
    named = {}
    for lang in ("id", "en"):
        with app_once.flask_app.test_request_context(), flask_babel.force_locale(lang):
            found = call_as(None, "package_search", **{"facet.field": [*FACETS, f"{PRODUCER}1"]})["search_facets"]
            named[lang] = {name: [one["display_name"] for one in found[name]["items"]] for name in found}
    assert named["id"]["urusan"] == ["2.12 Administrasi kependudukan dan pencatatan sipil"]
    assert named["en"]["urusan"] == ["2.12 Population administration and civil registration"]
    assert named["id"]["tingkat_penyajian"] == ["Kelurahan atau desa"]
    assert named["en"][f"{PRODUCER}1"] == [place.kelurahan["title"]]
    assert named["en"][PRIORITY] == ["Local priority"]


def page(app: Any, address: str, user: dict[str, Any] | None = None) -> BeautifulSoup:
    from ckan import model

    app.flask_app.test_client_class = CKANTestClient
    client = app.flask_app.test_client(user=model.User.get(user["name"]) if user else None)
    response = client.get(address, base_url="http://test.ckan.net")
    assert response.status_code == 200, address
    return BeautifulSoup(response.get_data(as_text=True), "html.parser")


def boxes(soup: BeautifulSoup) -> dict[str, list[str]]:
    """The facets of a page and the labels in them."""
    return {
        " ".join(box.select_one(".module-heading").text.split()): [
            " ".join(one.text.split()) for one in box.select(".item-label")
        ]
        for box in soup.select("#search-facets section, .filters section")
    }


def test_the_search_page_shows_named_facets_and_leaves_empty_ones_out(place: SimpleNamespace, app_once: Any) -> None:
    found = boxes(page(app_once, "/dataset/"))
    assert found["Producer, with everything below it"] == ["Kelurahan Aur"]
    assert found["Update frequency"] == ["Yearly"] and "Quality" in found and found["Access"] == ["Open"]
    assert "Draf rahasia" not in str(found)
    nothing = boxes(page(app_once, "/dataset/?q=tidakadasamasekali"))
    assert nothing == {}


def test_a_chosen_branch_opens_the_level_below(place: SimpleNamespace, app_once: Any) -> None:
    soup = page(app_once, f"/dataset/?{PRODUCER}0={place.kota['id']}")
    assert boxes(soup)["Below it"] == ["Kelurahan Aur"]
    assert "Kota Medan" in soup.select_one(".filter-list").text
    assert place.kota["id"] not in soup.select_one(".filter-list").text


@pytest.mark.parametrize("way", [f"{SCORE} desc, metadata_modified desc", f"{SCORE} asc, metadata_modified desc",
                                 f"{RELEASED} desc, metadata_modified desc"])  # fmt: skip
def test_the_search_page_offers_our_ways_to_sort(place: SimpleNamespace, app_once: Any, way: str) -> None:
    soup = page(app_once, "/dataset/?sort=" + way.replace(" ", "%20"))
    chosen = soup.select_one("#field-order-by option[selected]")
    assert chosen is not None and chosen["value"] == way
    assert len(soup.select(".dataset-item")) == 1


def test_other_lists_keep_their_ways_to_sort(place: SimpleNamespace, app_once: Any) -> None:
    soup = page(app_once, "/organization/")
    assert not any("satudata" in option["value"] for option in soup.select("#field-order-by option"))


def test_sorting_by_quality_puts_the_highest_first(place: SimpleNamespace) -> None:
    def order(way: str) -> list[str]:
        found = call_as(place.producer, "package_search", include_private=True, sort=f"{SCORE} {way}")["results"]
        return [one["name"] for one in found]

    assert order("asc")[0] == order("desc")[-1] == "pendataan"


def test_dataset_search_shows_only_datasets_and_types_have_pages_of_their_own(
    place: SimpleNamespace, app_once: Any
) -> None:
    titles = [one.text.strip() for one in page(app_once, "/dataset/", place.producer).select(".dataset-heading a")]
    assert "Pendataan penduduk" not in " ".join(titles)
    soup = page(app_once, "/kegiatan/", place.producer)
    assert "Statistical activities" in soup.title.text and "egiatans" not in soup.text
    assert soup.select_one("h1").text.strip() == "No statistical activities found"
    assert page(app_once, "/indikator/").select_one("h1").text.strip() == "No indicators found"
    assert page(app_once, "/dataset/").select_one("h1").text.strip() == "1 dataset found"


def test_what_is_found_of_our_types_is_counted_in_their_own_words(portal_once: None, app_once: Any) -> None:
    with app_once.flask_app.test_request_context():
        assert tk.h.satudata_found("kegiatan", 1) == "1 statistical activity found"
        assert tk.h.satudata_found("indikator", 2) == "2 indicators found"
        assert tk.h.humanize_entity_type("package", "kegiatan", "breadcrumb") == "Statistical activities"
        assert tk.h.humanize_entity_type("package", "aneh", "breadcrumb") == "Anehs"
        assert tk.h.humanize_entity_type("package", "dataset", "breadcrumb") is None


def test_organization_pages_have_the_facets_and_the_type(place: SimpleNamespace, app_once: Any) -> None:
    found = boxes(page(app_once, f"/organization/{place.kelurahan['name']}", place.producer))
    assert "Type" in found and "Quality" in found and "Producer, with everything below it" not in found


def test_facets_can_be_switched_off(place: SimpleNamespace, ckan_config: Any) -> None:
    ckan_config["satudata.search.facets"] = False
    try:
        assert facets.of_datasets({"tags": "Tags"}, "dataset") == {"tags": "Tags"}
    finally:
        ckan_config["satudata.search.facets"] = True


def test_a_moved_organization_takes_its_data_to_the_new_subtree(place: SimpleNamespace) -> None:
    call_as(place.sysadmin, "satudata_region_update", id=place.kelurahan["id"], parent_id=place.other["id"])
    regions_jobs.reindex_subtrees([place.kelurahan["id"]])
    found = counted(None, f"{PRODUCER}1", f"{PRODUCER}2")
    assert found == {f"{PRODUCER}1": {place.other["id"]: 1}, f"{PRODUCER}2": {place.kelurahan["id"]: 1}}
    with pytest.raises(tk.ValidationError):
        call_as(None, "satudata_quality_list", organization="tidak-ada")
