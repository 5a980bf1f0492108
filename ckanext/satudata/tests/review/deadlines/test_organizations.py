"""Organizations nobody works for are shown to those who care for them."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import ckantoolkit as tk
import pytest
from ckan.tests import factories

from ckanext.satudata.tests.conftest import call_as
from ckanext.satudata.tests.factories import officer
from ckanext.satudata.tests.review.conftest import build_city, walk_to
from ckanext.satudata.tests.statements import counted

ACTION = "satudata_organizations_without_editor"


@pytest.fixture(scope="module")
def town(clean_once: None) -> SimpleNamespace:
    """A city with two kelurahan that nobody works for, one of them with data, and one elsewhere."""
    city = build_city()
    city.empty = factories.Organization(title="Kelurahan Sei Mati", groups=[{"name": city.kota["name"]}])
    city.left = factories.Organization(title="Kelurahan Hamdan", groups=[{"name": city.kota["name"]}])
    last = officer(city.left)
    walk_to(SimpleNamespace(**{**vars(city), "kelurahan": city.left, "producer": last}), "draft")
    call_as(city.sysadmin, "user_delete", id=last["id"])
    city.elsewhere = factories.Organization(title="Kelurahan di kota lain")
    return city


def titles(person: dict[str, Any], **given: Any) -> list[str]:
    return [item["title"] for item in call_as(person, ACTION, **given)["results"]]


def test_the_custodian_sees_those_of_the_city_the_ones_with_data_first(town: SimpleNamespace) -> None:
    found = call_as(town.custodian, ACTION)
    assert found["count"] == 2
    first, second = found["results"]
    assert (first["title"], first["datasets"], first["above"]) == ("Kelurahan Hamdan", 1, ["Kota Medan"])
    assert (second["organization_id"], second["datasets"]) == (town.empty["id"], 0)
    assert titles(town.planner) == titles(town.custodian)


def test_a_sysadmin_sees_those_of_the_whole_portal(town: SimpleNamespace) -> None:
    assert set(titles(town.sysadmin)) == {"Kelurahan Hamdan", "Kelurahan Sei Mati", "Kelurahan di kota lain"}


@pytest.mark.parametrize("person", ["producer", "pembina", "stranger", "city_admin"])
def test_others_are_refused(town: SimpleNamespace, person: str) -> None:
    with pytest.raises(tk.NotAuthorized):
        call_as(getattr(town, person), ACTION)


def test_nobody_is_refused(town: SimpleNamespace) -> None:
    with pytest.raises(tk.NotAuthorized):
        call_as(None, ACTION)


def test_it_is_searched_cut_to_a_page_and_narrowed(town: SimpleNamespace) -> None:
    assert titles(town.custodian, q="sei") == ["Kelurahan Sei Mati"]
    assert titles(town.custodian, q="%") == []
    assert titles(town.custodian, organization=town.left["name"]) == ["Kelurahan Hamdan"]
    page = call_as(town.custodian, ACTION, limit=1, offset=1)
    assert (page["count"], [item["title"] for item in page["results"]]) == (2, ["Kelurahan Sei Mati"])
    assert call_as(town.custodian, ACTION, limit=0) == {"count": 2, "results": []}
    # What lies outside the scope is not found by narrowing to it.
    assert titles(town.custodian, organization=town.elsewhere["name"]) == []
    for given, field in (({"organization": "tidak-ada"}, "organization"), ({"kind": "kelurahan"}, "kind")):
        with pytest.raises(tk.ValidationError) as refusal:
            call_as(town.custodian, ACTION, **given)
        assert list(refusal.value.error_dict) == [field]


def test_a_first_officer_takes_an_organization_off_the_list(town: SimpleNamespace) -> None:
    added = officer(town.empty)
    assert "Kelurahan Sei Mati" not in titles(town.custodian)
    call_as(town.sysadmin, "organization_member_delete", id=town.empty["id"], username=added["name"])
    assert "Kelurahan Sei Mati" in titles(town.custodian)
    # A member reads only.
    reader = officer(town.empty, "member")
    assert "Kelurahan Sei Mati" in titles(town.custodian)
    call_as(town.sysadmin, "organization_member_delete", id=town.empty["id"], username=reader["name"])


def test_the_number_of_queries_does_not_grow_with_the_list(town: SimpleNamespace) -> None:
    call_as(town.custodian, ACTION)
    with counted() as few:
        call_as(town.custodian, ACTION, limit=1)
    for number in range(5):
        factories.Organization(title=f"Kelurahan Baru {number}", groups=[{"name": town.kota["name"]}])
    with counted() as many:
        assert len(titles(town.custodian)) == 7
    assert len(many) == len(few)
    about_organizations = [one for one in many if "count(*) OVER" in one]
    assert len(about_organizations) == 1


def test_the_page_lists_them_and_is_linked_where_they_are_missed(
    town: SimpleNamespace, app_once: Any, as_user: Any
) -> None:
    custodian, address = as_user(town.custodian), "/satudata/organizations-without-editor"
    shown = app_once.get(address, headers=custodian).body
    assert "Kelurahan Hamdan" in shown and "Kelurahan di kota lain" not in shown
    assert "Add an officer" not in shown and "Ask the portal admin" in shown
    assert "Add an officer" in app_once.get(address, headers=as_user(town.sysadmin)).body
    assert address in app_once.get("/satudata/review", headers=custodian).body
    told = "has no officer yet"
    place = f"/organization/{town.left['name']}"
    assert told in app_once.get(place, headers=custodian).body
    assert told not in app_once.get(f"/organization/{town.kelurahan['name']}", headers=custodian).body
    for other in (None, town.producer, town.stranger):
        assert told not in app_once.get(place, headers=as_user(other)).body
    assert app_once.get(address, headers=as_user(town.producer), status=None).status_code == 403
    assert "/user/login" in app_once.get(address, follow_redirects=False, status=None).headers["Location"]
    assert "Organization not found" in app_once.get(f"{address}?organization=tidak-ada", headers=custodian).body


def test_an_absence_is_noted_and_cleared_on_its_page(town: SimpleNamespace, app_once: Any, as_user: Any) -> None:
    headers = as_user(town.custodian)
    address = "/satudata/absence"
    refused = app_once.post(address, data={"from": "2099-01-05", "until": "2099-01-01"}, headers=headers, status=None)
    assert refused.status_code == 400
    assert "The last day lies before the first." in refused.body and 'value="2099-01-05"' in refused.body
    noted = app_once.post(
        address,
        data={"from": "2099-01-05", "until": "2099-01-09", "stand_in": town.second_custodian["id"]},
        headers=headers,
    )
    assert "9 January 2099" in noted.body
    assert town.second_custodian["fullname"] in noted.body
    absence_id = call_as(town.custodian, "satudata_absence_list")["results"][0]["id"]
    stranger = app_once.post(f"{address}/{absence_id}/clear", headers=as_user(town.producer), status=None)
    assert stranger.status_code == 404
    cleared = app_once.post(f"{address}/{absence_id}/clear", headers=headers)
    assert "The absence is cleared." in cleared.body
    assert call_as(town.custodian, "satudata_absence_list")["count"] == 0


def test_withdrawing_asks_what_the_public_is_told(town: SimpleNamespace, app_once: Any, as_user: Any) -> None:
    package = walk_to(town, "published")
    address = f"/satudata/review/{package['id']}/confirm/unpublish"
    headers = as_user(town.custodian)
    assert "public_note" in app_once.get(address, headers=headers).body
    version = call_as(town.custodian, "satudata_review_show", id=package["id"])["version"]
    incomplete = app_once.post(
        address, data={"public_note": "Angka keliru.", "expected_version": version}, headers=headers, status=None
    )
    assert incomplete.status_code == 400 and "Angka keliru.</textarea>" in incomplete.body
    app_once.post(
        address,
        data={"comment": "Surat 12", "public_note": "Angka keliru.", "expected_version": version},
        headers=headers,
    )
    gone = app_once.get(f"/dataset/{package['name']}", status=None)
    assert gone.status_code == 410 and "Angka keliru." in gone.body and "Surat 12" not in gone.body
