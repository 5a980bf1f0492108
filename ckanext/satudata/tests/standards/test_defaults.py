"""What an organization usually writes is proposed in a new form, and never put over what somebody typed."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import ckantoolkit as tk
import pytest

from ckanext.satudata.tests.conftest import call_as
from ckanext.satudata.tests.factories import submittable
from ckanext.satudata.tests.review.conftest import lasting_city  # noqa: F401
from ckanext.satudata.tests.review.pages import soup, words


@pytest.fixture(scope="module")
def city(lasting_city: SimpleNamespace) -> SimpleNamespace:  # noqa: F811
    call_as(
        lasting_city.sysadmin, "organization_patch", id=lasting_city.kelurahan["id"],
        extras=[{"key": "Alamat", "value": "Jalan Kampung Aur 1"}, {"key": "telepon", "value": "061-4512345"},
                {"key": "email", "value": "aur@medan.example"}],
    )  # fmt: skip
    call_as(
        lasting_city.sysadmin, "satudata_region_update",
        id=lasting_city.kelurahan["id"], kind="kelurahan", kode_kemendagri="12.71.15.1001",
    )  # fmt: skip
    return lasting_city


def of(city: Any, package_type: str) -> dict[str, str]:
    shown = call_as(
        city.producer, "satudata_defaults_show", organization_id=city.kelurahan["id"], type=package_type
    )  # fmt: skip
    return {name: proposal["value"] for name, proposal in shown.items()}


def test_an_activity_begins_with_the_organization(city: Any) -> None:
    proposed = of(city, "kegiatan")
    assert proposed["instansi_penyelenggara"] == "Kelurahan Aur"
    assert proposed["alamat_penyelenggara"] == "Jalan Kampung Aur 1"
    assert proposed["telepon_penyelenggara"] == "061-4512345"
    assert proposed["email_penyelenggara"] == "aur@medan.example"


def test_a_dataset_begins_with_its_place_and_what_was_written_last(city: Any) -> None:
    proposed = of(city, "dataset")
    assert proposed["cakupan_wilayah"] == "12.71.15.1001"
    assert proposed["tingkat_penyajian"] == "kelurahan_desa"
    package = call_as(
        city.producer, "package_create",
        **submittable(city.kelurahan, maintainer="Seksi Kesos", license_id="odc-by", tingkat_penyajian="lingkungan"),
    )  # fmt: skip
    proposed = of(city, "dataset")
    assert (proposed["maintainer"], proposed["license_id"]) == ("Seksi Kesos", "odc-by")
    assert proposed["tingkat_penyajian"] == "lingkungan"
    call_as(city.producer, "package_delete", id=package["id"])


def test_a_new_form_shows_them_as_proposals(city: Any, app_once: Any, as_user: Any) -> None:
    me = as_user(city.producer)
    page = soup(app_once.get(f"/dataset/new?group={city.kelurahan['id']}", headers=me))
    assert page.select_one("[name=cakupan_wilayah]")["value"] == "12.71.15.1001"
    assert "Region codes" in words(page.select_one(".satudata-proposed-list"))
    assert page.select_one(".satudata-proposed") is not None


def test_what_is_typed_stays_also_where_it_is_empty(city: Any, app_once: Any, as_user: Any) -> None:
    me = as_user(city.producer)
    address = f"/dataset/new?group={city.kelurahan['id']}&cakupan_wilayah=&maintainer=Saya"
    page = soup(app_once.get(address, headers=me))
    assert not page.select_one("[name=cakupan_wilayah]").get("value")
    assert page.select_one("[name=maintainer]")["value"] == "Saya"
    # A form that comes back with an error holds what was sent, not what might be proposed.
    sent = {"title": "", "owner_org": city.kelurahan["id"], "cakupan_wilayah": "", "maintainer": "", "_ckan_phase": "1"}
    page = soup(app_once.post("/dataset/new", data={**sent, "save": "go-resource"}, headers=me))
    assert not page.select_one("[name=cakupan_wilayah]").get("value")
    assert not page.select_one("[name=maintainer]").get("value")


def test_a_stored_draft_is_left_alone(city: Any, app_once: Any, as_user: Any) -> None:
    package = call_as(
        city.producer, "package_create", name="kosong", title="Kosong", owner_org=city.kelurahan["id"]
    )  # fmt: skip
    page = soup(app_once.get(f"/dataset/edit/{package['name']}", headers=as_user(city.producer)))
    assert not page.select_one("[name=cakupan_wilayah]").get("value")


@pytest.mark.parametrize("person", [None, "neighbour", "member", "custodian", "city_admin", "stranger"])
def test_nobody_else_is_told(city: Any, person: str | None) -> None:
    user = getattr(city, person) if person else None
    with pytest.raises(tk.NotAuthorized):
        call_as(user, "satudata_defaults_show", organization_id=city.kelurahan["id"])


def test_nothing_of_another_organization_is_proposed(city: Any) -> None:
    call_as(city.neighbour, "package_create", **submittable(city.other, maintainer="Rahasia Sukaraja"))
    assert "Rahasia Sukaraja" not in of(city, "dataset").values()


def test_an_organization_that_is_none_is_not_found(city: Any) -> None:
    with pytest.raises(tk.ObjectNotFound):
        call_as(city.producer, "satudata_defaults_show", organization_id="tidak-ada")
