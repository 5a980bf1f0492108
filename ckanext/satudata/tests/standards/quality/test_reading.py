"""Reading scores: who sees what, lists and sums, and the page."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import ckantoolkit as tk
import pytest
from bs4 import BeautifulSoup

from ckanext.satudata.tests.conftest import call_as
from ckanext.satudata.tests.review.conftest import build_city, walk_to


@pytest.fixture(scope="module")
def place(clean_once: None) -> SimpleNamespace:
    """The city with a published dataset, a poorer published one of the neighbour's, and a draft."""
    city = build_city()
    city.published = walk_to(city, "published", title="Penduduk terbit")
    city.draft = call_as(
        city.producer, "package_create", title="Draf rahasia", name="draf", owner_org=city.kelurahan["id"]
    )
    return city


def test_everybody_reads_the_score_of_what_is_published_and_only_those_concerned_what_would_raise_it(
    place: SimpleNamespace,
) -> None:
    public = call_as(None, "satudata_quality_show", id=place.published["id"])
    assert public["score"] > 60 and "advice" not in public
    assert set(public["principles"]) == {"standar_data", "metadata", "interoperabilitas", "kode_referensi"}
    own = call_as(place.producer, "satudata_quality_show", id=place.published["name"])
    assert own["score"] == public["score"]
    assert all(one["points"] >= 0 and one["text"] for one in own["advice"])


@pytest.mark.parametrize("person", ["stranger", "neighbour", "custodian"])
def test_the_score_of_a_draft_is_for_those_who_see_the_draft(place: SimpleNamespace, person: str) -> None:
    with pytest.raises(tk.NotAuthorized):
        call_as(getattr(place, person), "satudata_quality_show", id=place.draft["id"])
    names = {one["package_name"] for one in call_as(getattr(place, person), "satudata_quality_list")["results"]}
    assert "draf" not in names and place.published["name"] in names


def test_a_list_counts_what_its_reader_may_see(place: SimpleNamespace) -> None:
    everybody = call_as(None, "satudata_quality_list")
    own = call_as(place.producer, "satudata_quality_list")
    assert (everybody["count"], own["count"]) == (1, 2)
    assert [one["package_name"] for one in own["results"]] == ["draf", place.published["name"]]
    assert call_as(place.producer, "satudata_quality_list", sort="score desc")["results"][0]["package_name"] != "draf"


def test_a_list_is_filtered_by_subtree_band_and_freshness(place: SimpleNamespace) -> None:
    def names(**asked: Any) -> set[str]:
        return {one["package_name"] for one in call_as(place.producer, "satudata_quality_list", **asked)["results"]}

    assert names(organization=place.kota["name"]) == names(organization=place.kelurahan["id"]) == names()
    assert names(organization=place.other["id"]) == set()
    assert names(band="kurang") == {"draf"}
    state = call_as(None, "satudata_quality_show", id=place.published["id"])["freshness"]
    assert names(freshness=state) == {place.published["name"]}
    assert names(type="kegiatan") == set()


@pytest.mark.parametrize(
    "asked",
    [{"band": "bagus"}, {"freshness": "x"}, {"sort": "id"}, {"organization": "tidak-ada"}, {"limit": -1}, {"lain": 1},
     {"type": "a b"}],
)  # fmt: skip
def test_a_list_refuses_by_name_what_it_does_not_know(place: SimpleNamespace, asked: dict[str, Any]) -> None:
    with pytest.raises(tk.ValidationError) as refused:
        call_as(None, "satudata_quality_list", **asked)
    assert set(refused.value.error_dict) == set(asked)


def test_sums_take_in_the_subtree_and_only_published_data(place: SimpleNamespace) -> None:
    roots = call_as(None, "satudata_quality_summary")
    assert [(one["name"], one["datasets"]) for one in roots["results"]] == [(place.kota["name"], 1)]
    below = call_as(place.producer, "satudata_quality_summary", organization=place.kota["id"])["results"]
    assert [(one["organization_id"], one["datasets"]) for one in below] == [(place.kelurahan["id"], 1)]
    score = call_as(None, "satudata_quality_show", id=place.published["id"])
    assert below[0]["score"] == score["score"] and below[0]["principles"] == score["principles"]
    assert below[0]["bands"][score["band"]] == 1
    own = call_as(None, "satudata_quality_summary", organization=place.kelurahan["id"])["results"]
    assert [one["organization_id"] for one in own] == [place.kelurahan["id"]]


def test_the_page_and_its_csv_say_the_same_to_everybody(place: SimpleNamespace, app_once: Any) -> None:
    page = app_once.get("/satudata/quality")
    soup = BeautifulSoup(page.body, "html.parser")
    assert place.kelurahan["title"] in soup.select_one(".satudata-quality-table tbody").text
    assert "Draf rahasia" not in page.body and "Penduduk terbit" in page.body
    lines = app_once.get("/satudata/quality.csv?organization=" + place.kota["name"]).body.splitlines()
    assert len(lines) == 2 and lines[1].startswith(place.kelurahan["title"])
    assert app_once.get("/satudata/quality?organization=tidak-ada", expect_errors=True).status_code == 404
    assert app_once.get("/satudata/quality?sort=aneh&page=99999999").status_code == 200


def test_the_producer_sees_badge_and_advice_on_the_page(place: SimpleNamespace, app_once: Any, as_user: Any) -> None:
    with app_once.flask_app.test_request_context():
        import flask
        from ckan import model

        flask.g.user, flask.g.userobj = place.producer["name"], model.User.get(place.producer["name"])
        found = tk.h.satudata_quality({"id": place.draft["id"], "name": "draf", "type": "dataset"})
        html = tk.render_snippet("satudata/quality/advice.html", {"quality": found})
    soup = BeautifulSoup(html, "html.parser")
    assert soup.select(".satudata-advice a")[0]["href"].startswith("/dataset/edit/draf#")
    assert len(soup.select(".satudata-advice li")) == 5
    badges = tk.h.satudata_quality_many([place.draft["id"], "unknown"])
    assert set(badges) == {place.draft["id"]} and badges[place.draft["id"]]["band"] == "kurang"
