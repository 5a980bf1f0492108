"""Data kami: every way to begin, and what may be done with what is there."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from ckanext.satudata.tests.conftest import call_as
from ckanext.satudata.tests.factories import officer
from ckanext.satudata.tests.review.conftest import walk_to
from ckanext.satudata.tests.review.pages import soup, words

ADDRESS = "/satudata/my-work?part=all"


@pytest.fixture
def city(lasting_city: SimpleNamespace) -> SimpleNamespace:
    return lasting_city


def card(page: Any, title: str) -> Any:
    return next(one for one in page.select(".satudata-card") if title in words(one))


def test_who_has_nothing_yet_is_shown_how_to_begin(city: Any, app_once: Any, as_user: Any) -> None:
    newcomer = officer(city.other)
    page = soup(app_once.get(ADDRESS, headers=as_user(newcomer)))
    ways = {words(link): link["href"] for link in page.select(".satudata-entries a")}
    assert list(ways) == ["New data", "Type a table here", "Import BPS forms", "New activity", "New indicator"]
    group = city.other["id"]
    assert ways["Type a table here"] == f"/satudata/tables/new?group={group}"
    assert ways["Import BPS forms"] == "/satudata/forms/import"
    assert ways["New activity"] == f"/kegiatan/new?group={group}"
    for address in ways.values():
        assert app_once.get(address, headers=as_user(newcomer)).status_code == 200


def test_the_ways_stay_at_hand_once_there_is_something(city: Any, app_once: Any, as_user: Any) -> None:
    walk_to(city, "draft", title="Draf satu")
    page = soup(app_once.get(ADDRESS, headers=as_user(city.producer)))
    heading = words(page.select_one(".satudata-heading"))
    for way in ("New data", "Type a table here", "Import BPS forms", "New activity", "New indicator"):
        assert way in heading
    assert page.select_one(".satudata-entries") is None


def test_who_writes_for_several_organizations_chooses(city: Any, app_once: Any, as_user: Any) -> None:
    both = officer(city.kelurahan)
    call_as(
        city.sysadmin, "member_create", id=city.other["id"], object=both["id"], object_type="user", capacity="editor"
    )
    page = soup(app_once.get(ADDRESS, headers=as_user(both)))
    assert any(link["href"] == "/satudata/tables/new" for link in page.select(".satudata-heading a"))
    first = soup(app_once.get("/satudata/tables/new", headers=as_user(both)))
    assert {option["value"] for option in first.select("#table-organization option")} == {
        city.kelurahan["id"], city.other["id"],
    }  # fmt: skip


def test_who_produces_for_nobody_is_told_whom_to_ask(city: Any, app_once: Any, as_user: Any) -> None:
    page = soup(app_once.get(ADDRESS, headers=as_user(city.stranger)))
    assert "not an editor of any organization" in words(page.select_one(".satudata-empty"))
    assert page.select_one(".satudata-heading .btn") is None


def test_activities_and_indicators_stand_beside_data(city: Any, app_once: Any, as_user: Any) -> None:
    for kind, title in (("kegiatan", "Pendataan warung 2025"), ("indikator", "Rasio warung 2025")):
        call_as(
            city.producer, "package_create", type=kind, name=f"daftar-{kind}", title=title,
            owner_org=city.kelurahan["id"],
        )  # fmt: skip
    page = soup(app_once.get(ADDRESS, headers=as_user(city.producer)))
    activity, indicator = card(page, "Pendataan warung 2025"), card(page, "Rasio warung 2025")
    assert "Activity" in words(activity) and "Copy from last year" in words(activity)
    assert "Indicator" in words(indicator) and "Copy this indicator" in words(indicator)


def test_the_next_edition_is_offered_of_what_was_handed_over(city: Any, app_once: Any, as_user: Any) -> None:
    live = walk_to(city, "published", title="Data terbit dua")
    call_as(city.producer, "satudata_revision_start", id=live["id"], change_kind="koreksi", public_note="x")
    walk_to(city, "draft", title="Draf dua")
    page = soup(app_once.get(ADDRESS, headers=as_user(city.producer)))
    cards = [one for one in page.select(".satudata-card") if "Data terbit dua" in words(one)]
    assert ["Make an edition" in words(one) for one in cards].count(True) == 1
    assert "Make an edition" not in words(card(page, "Draf dua"))
    shown = soup(app_once.get(f"/dataset/{live['name']}", headers=as_user(city.producer)))
    assert shown.select_one(f"a[href='/satudata/editions/{live['name']}']") is not None
    for somebody in (None, city.neighbour, city.custodian):
        body = app_once.get(f"/dataset/{live['name']}", headers=as_user(somebody)).body
        assert "/satudata/editions/" not in body
