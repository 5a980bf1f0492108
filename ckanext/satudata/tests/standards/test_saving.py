"""Saving through every door: nothing of SDI is required, and no old extra ever stops it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import ckantoolkit as tk
import pytest
from ckan import model
from ckan.lib.search import rebuild
from ckan.tests import factories

from ckanext.satudata.standards import registry
from ckanext.satudata.tests.conftest import call_as

INVALID = {
    "jenis_data": "Statistika dan lain-lain",
    "frekuensi": "kalau sempat",
    "urusan": "9.99",
    "accesslevel": "rahasia sekali",
    "satuan": "orang",
    "cakupan_wilayah": "12.71.15.1001;12.71.15.1005",
    "konsep": "panjang " * 15_000,
    "indikator": '{"bukan": "baris',
    "bebas": "tetap",
}
Old = Callable[..., dict[str, Any]]


def extras_of(data: dict[str, Any]) -> dict[str, str]:
    return {item["key"]: item["value"] for item in data.get("extras", [])}


def test_a_draft_with_title_name_and_producer_only_is_saved(editor: dict[str, Any]) -> None:
    saved = call_as(
        editor, "package_create", title="Balita", name="balita-aur", owner_org=editor["organization_id"], private=True
    )
    assert saved["title"] == "Balita"
    shown = call_as(editor, "package_show", id="balita-aur")
    fields = registry.fields_of("dataset")
    assert not [name for name in fields if name not in ("title", "name", "owner_org") and shown.get(name)]


def test_every_field_comes_back_as_it_was_saved(editor: dict[str, Any]) -> None:
    from ckanext.satudata.tests.factories import submittable

    given = submittable({"id": editor["organization_id"]})
    given.pop("tags"), given.pop("resources")
    given |= {"tingkat_penyajian": "kelurahan_desa", "seri": "penduduk", "kode_sdsn": "SD00001.01.01"}
    shown = call_as(editor, "package_create", **given)
    assert {name: shown[name] for name in given} == given


def test_an_emptied_field_is_not_stored(editor: dict[str, Any]) -> None:
    package = factories.Dataset(owner_org=editor["organization_id"], satuan="orang")
    saved = call_as(editor, "package_patch", id=package["id"], satuan="")
    assert "satuan" not in saved
    assert "satuan" not in model.Package.get(package["id"]).extras


def test_a_value_no_list_has_is_refused_naming_the_field_and_the_list(editor: dict[str, Any]) -> None:
    with pytest.raises(tk.ValidationError) as refused:
        call_as(editor, "package_create", name="salah", owner_org=editor["organization_id"], frekuensi="kalau sempat")
    assert list(refused.value.error_dict) == ["frekuensi"]
    assert "triwulanan" in refused.value.error_dict["frekuensi"][0]


@pytest.mark.parametrize("said", ["Triwulanan", "quarterly", "3 bulanan", "triwulanan"])
def test_a_choice_is_taken_by_its_label_too(editor: dict[str, Any], said: str) -> None:
    saved = call_as(editor, "package_create", name="baru", owner_org=editor["organization_id"], frekuensi=said)
    assert saved["frekuensi"] == "triwulanan"


@pytest.mark.parametrize("codes", ["12.71.15.1001; 12.71.15.1005", ["12.71.15.1001", "12.71.15.1005"]])
def test_region_codes_are_stored_as_one_text(editor: dict[str, Any], codes: Any) -> None:
    saved = call_as(editor, "package_create", name="baru", owner_org=editor["organization_id"], cakupan_wilayah=codes)
    assert saved["cakupan_wilayah"] == "12.71.15.1001, 12.71.15.1005"


@pytest.mark.parametrize("indexed", ["before", "after"])
def test_an_old_dataset_still_shows(editor: dict[str, Any], old_dataset: Old, indexed: str) -> None:
    package = old_dataset(INVALID, indexed)
    shown = call_as(editor, "package_show", id=package["id"])
    assert shown["satuan"] == "orang"
    everything = {**{key: shown.get(key) for key in INVALID}, **extras_of(shown)}
    for key, value in INVALID.items():
        assert value in (everything.get(key), everything.get(f"lama_{key}")) or key == "cakupan_wilayah"


DOORS: dict[str, Callable[[dict[str, Any], dict[str, Any]], Any]] = {
    "package_patch": lambda user, package: call_as(user, "package_patch", id=package["id"], notes="baru"),
    "package_revise": lambda user, package: call_as(
        user, "package_revise", match={"id": package["id"]}, update={"notes": "baru"}
    ),
    "package_update": lambda user, package: call_as(
        user, "package_update", **{**call_as(user, "package_show", id=package["id"]), "notes": "baru"}
    ),
    "resource_create": lambda user, package: call_as(
        user, "resource_create", package_id=package["id"], url="https://example.com/a.csv", format="CSV"
    ),
    "resource_patch": lambda user, package: call_as(
        user, "resource_patch", id=package["resources"][0]["id"], description="baru"
    ),
    "resource_update": lambda user, package: call_as(
        user, "resource_update", **{**package["resources"][0], "description": "baru"}
    ),
    "resource_delete": lambda user, package: call_as(user, "resource_delete", id=package["resources"][0]["id"]),
    "package_resource_reorder": lambda user, package: call_as(
        user, "package_resource_reorder", id=package["id"], order=[package["resources"][1]["id"]]
    ),
    "bulk_update_private": lambda user, package: call_as(
        factories.Sysadmin(), "bulk_update_private", datasets=[package["id"]], org_id=package["owner_org"]
    ),
}
CHANGES_NOTHING = {"bulk_update_private"}


@pytest.mark.parametrize("indexed", ["before", "after"])
@pytest.mark.parametrize("door", DOORS)
def test_no_old_extra_stops_a_save_through(editor: dict[str, Any], old_dataset: Old, door: str, indexed: str) -> None:
    files = [{"url": f"https://example.com/{n}.csv", "format": "CSV"} for n in (1, 2)]
    package = old_dataset(INVALID, indexed, resources=files)
    DOORS[door](editor, package)
    saved = call_as(editor, "package_show", id=package["id"])
    assert saved["satuan"] == "orang"
    assert extras_of(saved)["bebas"] == "tetap"
    if door in CHANGES_NOTHING:
        return
    aside = {key: value for key, value in extras_of(saved).items() if key.startswith("lama_")}
    assert aside == {f"lama_{key}": INVALID[key] for key in ("jenis_data", "frekuensi", "urusan", "accesslevel")}
    assert saved["konsep"] == INVALID["konsep"]
    assert saved["indikator"] == INVALID["indikator"]


def test_old_extras_are_moved_once_and_stay_moved(editor: dict[str, Any], old_dataset: Old) -> None:
    package = old_dataset(INVALID)
    for notes in ("satu", "dua", "tiga"):
        saved = call_as(editor, "package_patch", id=package["id"], notes=notes)
    assert sorted(key for key in extras_of(saved) if key.startswith("lama_")) == [
        "lama_accesslevel",
        "lama_frekuensi",
        "lama_jenis_data",
        "lama_urusan",
    ]


def test_what_was_kept_aside_can_be_removed_for_good(editor: dict[str, Any], old_dataset: Old) -> None:
    package = old_dataset({"frekuensi": "kalau sempat"})
    call_as(editor, "package_patch", id=package["id"], notes="baru")
    saved = call_as(editor, "package_patch", id=package["id"], extras=[], frekuensi="tahunan")
    assert saved["frekuensi"] == "tahunan" and not saved.get("extras")
    assert model.Package.get(package["id"]).extras == {"frekuensi": "tahunan"}


def test_a_whole_re_index_goes_through_with_old_extras(editor: dict[str, Any], old_dataset: Old) -> None:
    package = old_dataset({**INVALID, "produsen_bersama": "x" * 100_000, "sumber": "\x07bel"})
    rebuild()
    found = call_as(editor, "package_search", fq=f"id:{package['id']}", include_private=True)
    assert found["count"] == 1


def test_the_priority_flags_stay_through_a_save_that_does_not_know_them(
    editor: dict[str, Any], old_dataset: Old
) -> None:
    package = old_dataset({"prioritas_tahun": "2026"}, "after")
    saved = call_as(editor, "package_update", id=package["id"], name=package["name"], title="Judul baru")
    assert saved["prioritas_tahun"] == "2026"


def test_a_client_of_plain_ckan_finds_its_keys_and_needs_no_name_to_update(clean: None) -> None:
    organization = factories.Organization()
    user = factories.Sysadmin()
    package = call_as(user, "package_create", name="kunci", owner_org=organization["id"], title="Kunci")
    shown = call_as(user, "package_show", id=package["id"])
    for key in ("notes", "license_id", "url", "version", "author", "author_email", "maintainer", "maintainer_email"):
        assert shown[key] is None, key
    without_name = {key: value for key, value in shown.items() if key != "name"}
    assert call_as(user, "package_update", **{**without_name, "title": "Kunci baru"})["name"] == "kunci"
    assert call_as(user, "package_patch", id=package["id"], notes="ada")["notes"] == "ada"
