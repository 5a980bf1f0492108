"""Joint producers on both pages, and data an agency publishes itself already."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from ckanext.satudata.standards import producers
from ckanext.satudata.standards import service as standards
from ckanext.satudata.tests.conftest import call_as
from ckanext.satudata.tests.factories import submittable
from ckanext.satudata.tests.review.conftest import build_city, walk_to
from ckanext.satudata.tests.review.pages import soup, words


@pytest.fixture(scope="module")
def city(clean_once: None) -> SimpleNamespace:
    return build_city()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", []),
        (None, []),
        ("Puskesmas Kampung Baru", ["Puskesmas Kampung Baru"]),
        ("Puskesmas Aur, PKK Aur", ["Puskesmas Aur", "PKK Aur"]),
        ("Dinas Kesehatan, Kota Medan; PKK  Aur ;", ["Dinas Kesehatan, Kota Medan", "PKK Aur"]),
        ("Satu\nDua\n\nSatu", ["Satu", "Dua"]),
        (["Satu", " Dua "], ["Satu", "Dua"]),
        ("x" * 100_000, ["x" * 200]),
    ],
)
def test_names_are_parted_as_people_write_them(text: Any, expected: list[str]) -> None:
    assert producers.names(text) == expected


def test_organizations_of_the_portal_are_known_by_title_or_name(city: SimpleNamespace) -> None:
    call_as(city.sysadmin, "satudata_region_update", id=city.bps["id"], aliases=["Badan Pusat Statistik Medan"])
    given = "kelurahan  SUKARAJA; badan pusat statistik medan; Posyandu Mawar"
    assert producers.producers(given) == [
        {"title": "Kelurahan Sukaraja", "name": city.other["name"]},
        {"title": "BPS Kota Medan", "name": city.bps["name"]},
        {"title": "Posyandu Mawar", "name": ""},
    ]


def test_both_pages_show_who_produces_together(city: SimpleNamespace, app_once: Any) -> None:
    package = walk_to(city, "published", title="Balita gizi bersama", produsen_bersama="Kelurahan Sukaraja; Posyandu")
    hidden = walk_to(city, "submitted", title="Belum terbit bersama", produsen_bersama="Kelurahan Sukaraja")
    page = soup(app_once.get(f"/dataset/{package['name']}"))
    together = page.select_one(".satudata-joint")
    assert together.select_one(f"a[href$='/organization/{city.other['name']}']") and "Posyandu" in words(together)
    other = app_once.get(f"/organization/{city.other['name']}")
    listed = soup(other).select_one(".satudata-joint-data")
    assert [link.get_text() for link in listed.select("a")] == ["Balita gizi bersama"]
    assert hidden["name"] not in other.body
    assert not soup(app_once.get(f"/organization/{city.bappeda['name']}")).select(".satudata-joint-data")


def test_odd_names_break_no_search(city: SimpleNamespace, app_once: Any) -> None:
    organization = call_as(
        city.sysadmin, "organization_create", name="aneh", title='Aneh "kutip" \\ AND (OR) *:* <script>'
    )
    assert producers.data_of(organization) is None
    assert app_once.get("/organization/aneh").status_code == 200


def twins(city: SimpleNamespace, **changes: Any) -> list[dict[str, Any]]:
    pkg = {"type": "dataset", "owner_org": city.kelurahan["id"], **submittable(city.kelurahan), **changes}
    return [one for one in standards.check(pkg, "en", with_files=False)["findings"] if one["id"] == "source.duplicate"]


@pytest.fixture(scope="module")
def original(city: SimpleNamespace) -> dict[str, Any]:
    """What the agency named as the source publishes itself."""
    return walk_to(city, "published", title="Jumlah penduduk menurut agama 2024", konsep="Pemeluk agama")


def test_data_the_source_publishes_itself_are_named(
    city: SimpleNamespace, original: dict[str, Any], app_once: Any
) -> None:
    with app_once.flask_app.test_request_context("/"):
        found = twins(
            city, owner_org=city.other["id"], title="Jumlah penduduk menurut agama di Sukaraja 2025",
            instansi_sumber="Kelurahan Aur",
        )  # fmt: skip
    (finding,) = found
    assert finding["field"] == "instansi_sumber" and finding["severity"] == "warning"
    assert "Jumlah penduduk menurut agama 2024" in finding["message"]
    assert f"/dataset/{original['name']}" in finding["fix"]


@pytest.mark.parametrize(
    "changes",
    [
        {"instansi_sumber": ""},
        {"instansi_sumber": "Dinas yang tidak ada"},
        {"instansi_sumber": "Kelurahan Aur", "title": "Luas sawah irigasi", "konsep": "Sawah"},
        {"instansi_sumber": "BPS Kota Medan", "title": "Jumlah penduduk menurut agama 2025"},
    ],
    ids=["no source", "unknown agency", "other data", "other agency"],
)
def test_near_misses_are_left_alone(
    city: SimpleNamespace, original: dict[str, Any], app_once: Any, changes: dict[str, str]
) -> None:
    with app_once.flask_app.test_request_context("/"):
        assert twins(city, owner_org=city.other["id"], **changes) == []


def test_ones_own_data_are_no_twins(city: SimpleNamespace, original: dict[str, Any], app_once: Any) -> None:
    with app_once.flask_app.test_request_context("/"):
        assert twins(city, title="Jumlah penduduk menurut agama 2025", instansi_sumber="Kelurahan Aur") == []


@pytest.mark.parametrize(("state", "level"), [("submitted", "terbuka"), ("published", "tertutup"),
                                              ("published", "terbatas"), ("withdrawn", "terbuka")])  # fmt: skip
def test_only_what_everybody_may_see_is_named(city: SimpleNamespace, app_once: Any, state: str, level: str) -> None:
    title = f"Kasus rahasia {state} {level}"
    walk_to(city, state, title=title, accesslevel=level, konsep="Kasus")
    with app_once.flask_app.test_request_context("/"):
        assert twins(city, owner_org=city.other["id"], title=title, instansi_sumber="Kelurahan Aur") == []
