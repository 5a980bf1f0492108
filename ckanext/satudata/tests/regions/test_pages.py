"""What a visitor sees of the tree, without JavaScript."""

from __future__ import annotations

from typing import Any

import pytest
from bs4 import BeautifulSoup
from ckan.tests import factories

from ckanext.satudata.cli import satudata
from ckanext.satudata.regions import service
from ckanext.satudata.tests.factories import officer
from ckanext.satudata.tests.regions.conftest import org

CITY, DISTRICT, VILLAGE = "kota-medan-12-71", "medan-tembung-12-71-14", "indra-kasih-12-71-14-1001"


@pytest.fixture
def medan(web: Any, cli: Any) -> Any:
    """The portal over HTTP with the tree of Medan."""
    assert cli.invoke(satudata, ["regions", "load", "medan"]).exit_code == 0
    return web


def page(web: Any, url: str, **options: Any) -> BeautifulSoup:
    answer = web.get(url, **options)
    assert answer.status_code == 200, answer.body
    return BeautifulSoup(answer.body, "html.parser")


def words(element: Any) -> str:
    return " ".join(element.get_text(" ").split())


@pytest.mark.parametrize("url", ["/organization", "/satudata/regions"])
class TestTreePage:
    def test_a_single_root_is_open_and_its_kecamatan_are_closed(self, medan, url):
        soup = page(medan, url)
        assert [words(one) for one in soup.select(".satudata-kind")] == [
            "Kecamatan (21)", "Regional agency (6)", "Central government office (1)",
        ]  # fmt: skip
        assert len(soup.select("li.satudata-node")) == 29
        assert VILLAGE not in str(soup)

    def test_every_toggle_is_a_link_that_works_without_javascript(self, medan, url):
        toggle = page(medan, url).select_one("a[aria-label='Open Medan Tembung']")
        assert toggle["aria-expanded"] == "false"
        assert toggle["href"].startswith(url)
        opened = page(medan, toggle["href"].split("#")[0])
        assert opened.select_one(f"a[href='/organization/{VILLAGE}']")
        closing = opened.select_one("a[aria-label='Close Medan Tembung']")
        assert closing["aria-expanded"] == "true"
        closed = page(medan, closing["href"].split("#")[0])
        assert len(closed.select("li.satudata-node")) == 29

    def test_codes_and_the_programme_stand_beside_the_name(self, medan, url):
        row = page(medan, f"{url}?open={DISTRICT}").select_one(f"a[href='/organization/{VILLAGE}']").parent
        assert words(row) == "Indra Kasih Kelurahan Cantik 2024 12.71.14.1001 BPS 1275170001"

    def test_searching_finds_names_spellings_and_codes(self, medan, url):
        for q in ("Sei Mati", "Pulo Brayan Darat II", "12.71.14.1001", "1275170001"):
            assert page(medan, url, query_string={"q": q}).select(".satudata-results .satudata-node"), q
        results = words(page(medan, url, query_string={"q": "sei mati"}).select_one(".satudata-results"))
        assert "Kota Medan › Medan Labuhan" in results
        assert "Kota Medan › Medan Maimun" in results

    def test_nothing_found_says_what_to_try(self, medan, url):
        assert "Nothing found" in words(page(medan, url, query_string={"q": "zzz"}))

    def test_an_open_that_means_nothing_does_no_harm(self, medan, url):
        for opened in ("nowhere", "1271", "<script>alert(1)</script>"):
            soup = page(medan, url, query_string={"open": opened})
            assert soup.select_one(f"a[href='/organization/{CITY}']")
            assert "<script>alert(1)" not in str(soup)


def test_ckans_own_list_stays_one_link_away(medan):
    soup = page(medan, "/organization")
    assert soup.select_one("a[href='/organization/?view=list'], a[href='/organization?view=list']")
    assert page(medan, "/organization?view=list").select(".media-grid .media-item")
    assert page(medan, "/organization?sort=title+desc").select(".media-grid .media-item")
    assert page(medan, "/organization?page=2").select(".media-grid .media-item")


def test_a_portal_without_a_tree_keeps_ckans_list(web):
    org("Dinas Satu")
    soup = page(web, "/organization")
    assert soup.select(".media-grid .media-item")
    assert not soup.select(".satudata-node")


def test_one_node_is_given_open_or_closed(medan):
    opened = page(medan, f"/satudata/regions/{DISTRICT}/node?open=1")
    assert len(opened.select("li.satudata-node")) == 8
    assert not opened.select("html")
    closed = page(medan, f"/satudata/regions/{DISTRICT}/node?open=0")
    assert len(closed.select("li.satudata-node")) == 1
    assert medan.get("/satudata/regions/nowhere/node").status_code == 404


class TestOrganizationPage:
    def test_the_breadcrumb_is_the_place_in_the_tree(self, medan):
        for url in (f"/organization/{VILLAGE}", f"/organization/about/{VILLAGE}"):
            crumbs = [words(one) for one in page(medan, url).select(".breadcrumb li")]
            assert crumbs[1:] == ["Organizations", "Kota Medan", "Medan Tembung", "Indra Kasih"]

    def test_both_codes_the_badge_and_what_it_means_are_shown(self, medan):
        card = words(page(medan, f"/organization/{VILLAGE}").select_one(".satudata-card"))
        assert "Kemendagri code 12.71.14.1001" in card
        assert "BPS code 1275170001" in card
        assert "Kelurahan Cantik 2024" in card
        assert "BPS coaches" in card

    def test_other_spellings_are_shown(self, medan):
        card = words(page(medan, "/organization/titi-rante-12-71-17-1006").select_one(".satudata-card"))
        assert "Titi Rantai" in card

    def test_children_are_listed_by_kind(self, medan):
        soup = page(medan, f"/organization/{CITY}")
        assert [words(one) for one in soup.select(".satudata-children summary")] == [
            "Kecamatan (21)", "Regional agency (6)", "Central government office (1)",
        ]  # fmt: skip
        assert soup.select_one(f".satudata-children a[href='/organization/{DISTRICT}']")

    def test_an_organization_without_a_place_looks_as_in_ckan(self, medan):
        mine = org("Komunitas")
        soup = page(medan, f"/organization/{mine['name']}")
        assert not soup.select(".satudata-card")
        assert [words(one) for one in soup.select(".breadcrumb li")][1:] == ["Organizations", "Komunitas"]

    def test_its_data_search_still_works(self, medan):
        assert page(medan, f"/organization/{VILLAGE}?q=apa").select("#field-giant-search")


class TestForm:
    URL = f"/satudata/regions/{VILLAGE}/edit"

    def test_it_is_for_sysadmins_only(self, medan, as_user):
        admin = officer({"id": service.find(VILLAGE)["organization_id"]}, "admin")
        for user in (None, admin):
            assert medan.get(self.URL, headers=as_user(user)).status_code == 403
            assert medan.post(self.URL, headers=as_user(user), data={"kind": ""}).status_code == 403
            assert not page(medan, f"/organization/{VILLAGE}", headers=as_user(user)).select(f"a[href='{self.URL}']")
        assert service.find(VILLAGE)["kind"] == "kelurahan"

    def test_a_sysadmin_reads_and_saves_it(self, medan, as_user):
        headers = as_user(factories.Sysadmin())
        assert page(medan, f"/organization/{VILLAGE}", headers=headers).select(f"a[href='{self.URL}']")
        soup = page(medan, self.URL, headers=headers)
        assert soup.select_one("input[name=kode_kemendagri]")["value"] == "12.71.14.1001"
        assert soup.select_one("input[name=parent_id]")["value"] == DISTRICT
        assert soup.select_one("input[name=_csrf_token]")
        data = {
            "kind": "kelurahan", "kode_kemendagri": "12.71.14.1001", "kode_bps": "", "parent_id": "12.71.15",
            "aliases": "Indrakasih\r\n\r\nKasih",
        }  # fmt: skip
        answer = medan.post(self.URL, headers=headers, data=data, follow_redirects=False)
        assert answer.status_code == 302
        region = service.find(VILLAGE)
        assert (region["kode_bps"], region["aliases"]) == (None, ["Indrakasih", "Kasih"])
        assert service.region_of(region["parent_id"])["title"] == "Medan Maimun"

    def test_what_was_typed_stays_and_the_error_stands_beside_it(self, medan, as_user):
        headers = as_user(factories.Sysadmin())
        data = {"kind": "kelurahan", "kode_kemendagri": "1271", "kode_bps": "", "parent_id": "tidak-ada", "aliases": ""}
        answer = medan.post(self.URL, headers=headers, data=data)
        soup = BeautifulSoup(answer.body, "html.parser")
        assert soup.select_one("input[name=kode_kemendagri]")["value"] == "1271"
        assert "Sibolga" in words(soup)
        assert "tidak-ada was not found" in words(soup)
        assert service.find(VILLAGE)["kode_kemendagri"] == "12.71.14.1001"

    def test_an_unknown_organization_is_not_found(self, medan, as_user):
        headers = as_user(factories.Sysadmin())
        for name in ("nowhere", "1271"):
            assert medan.get(f"/satudata/regions/{name}/edit", headers=headers).status_code == 404
