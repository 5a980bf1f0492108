"""Activities and indicators go the same way as datasets: saved, shown, searched, checked, submitted, published."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from ckan import model

from ckanext.satudata.standards import service
from ckanext.satudata.tests.conftest import call_as
from ckanext.satudata.tests.factories import submittable
from ckanext.satudata.tests.review.conftest import walk_to

TYPES = ("kegiatan", "indikator")


def made(city: SimpleNamespace, type: str = "kegiatan", **changes: Any) -> dict[str, Any]:
    return call_as(city.producer, "package_create", **submittable(city.kelurahan, type=type, **changes))


@pytest.mark.parametrize("type", TYPES)
def test_what_is_handed_over_complete_has_nothing_to_find(lasting_city: SimpleNamespace, type: str) -> None:
    result = service.check(submittable(lasting_city.kelurahan, type=type), "en")
    assert [f for f in result["findings"] if f["severity"] != "info"] == []
    assert result["progress"]["done"] == result["progress"]["total"] > 10


@pytest.mark.parametrize("type", TYPES)
def test_what_is_saved_is_shown_as_it_was_sent(lasting_city: SimpleNamespace, type: str) -> None:
    sent = submittable(lasting_city.kelurahan, type=type)
    package = call_as(lasting_city.producer, "package_create", **sent)
    shown = call_as(lasting_city.producer, "package_show", id=package["id"])
    left = {key: value for key, value in sent.items() if key not in ("tags",)}
    assert {key: shown[key] for key in left} == left
    assert isinstance(model.Package.get(package["id"]).extras, dict)


@pytest.mark.parametrize("type", TYPES)
def test_it_goes_the_whole_road_to_publication(lasting_city: SimpleNamespace, type: str) -> None:
    package = walk_to(lasting_city, "published", type=type)
    shown = call_as(None, "package_show", id=package["id"])
    assert shown["type"] == type and shown["private"] is False


def test_rows_and_several_choices_are_found_and_counted_in_a_search(lasting_city: SimpleNamespace) -> None:
    word = "penyandangdisabilitas"
    rows = [{**submittable(lasting_city.kelurahan, type="kegiatan")["variabel"][0], "nama": word}]
    package = walk_to(lasting_city, "published", type="kegiatan", variabel=rows, metode_pengumpulan=["Observasi"])
    found = call_as(None, "package_search", q=word, **{"facet.field": ["vocab_metode_pengumpulan"]})
    assert [each["id"] for each in found["results"]] == [package["id"]]
    assert found["facets"]["vocab_metode_pengumpulan"] == {"pengamatan": 1}


def test_a_hundred_long_variables_fit_into_the_index_in_their_order(lasting_city: SimpleNamespace) -> None:
    base = submittable(lasting_city.kelurahan, type="kegiatan")["variabel"][0]
    rows = [{**base, "nama": f"Variabel {n}", "definisi": f"definisi {n} " * 60} for n in range(100)]
    package = made(lasting_city, variabel=rows)
    shown = call_as(lasting_city.producer, "package_show", id=package["id"])
    assert [row["nama"] for row in shown["variabel"]] == [f"Variabel {n}" for n in range(100)]


def test_a_label_of_either_edition_is_taken_and_a_number_is_not(lasting_city: SimpleNamespace) -> None:
    package = made(
        lasting_city,
        cara_pengumpulan_data="SURVEI",
        metode_pemilihan_sampel="Sampel  Probabilitas",
        metode_probabilitas="Multi Stage Sampling",
        frekuensi="> Dua Tahunan",
        tipe_pengumpulan="3. Longitudinal Cross Sectional",
    )
    assert package["metode_probabilitas"] == "multi_stage_sampling"
    assert package["frekuensi"] == "lebih_dari_dua_tahunan"
    assert package["tipe_pengumpulan"] == "longitudinal_cross_sectional"
    for wrong in ("2", "Dua Tahunan"):
        with pytest.raises(Exception, match="frekuensi"):
            made(lasting_city, frekuensi=wrong)


def test_a_level_the_form_does_not_know_goes_under_lainnya_with_its_word(lasting_city: SimpleNamespace) -> None:
    package = made(lasting_city, tingkat_penyajian=["Kecamatan", "Kelurahan"], tingkat_penyajian_lainnya="")
    assert package["tingkat_penyajian"] == ["kecamatan", "lainnya"]
    assert package["tingkat_penyajian_lainnya"] == "Kelurahan"
    again = call_as(lasting_city.producer, "package_patch", id=package["id"], tingkat_penyajian="Lainnya: Lingkungan")
    assert again["tingkat_penyajian_lainnya"] == "Kelurahan, Lingkungan"


def test_the_name_on_the_form_is_the_title(lasting_city: SimpleNamespace) -> None:
    sent = submittable(lasting_city.kelurahan, type="kegiatan")
    sent["judul_kegiatan"] = sent.pop("title")
    assert call_as(lasting_city.producer, "package_create", **sent)["title"] == sent["judul_kegiatan"]
    sent = submittable(lasting_city.kelurahan, type="indikator")
    sent["nama"] = sent.pop("title")
    assert call_as(lasting_city.producer, "package_create", **sent)["title"] == sent["nama"]


@pytest.mark.parametrize("value", [None, "", []])
def test_no_rows_at_all_are_no_error(lasting_city: SimpleNamespace, value: Any) -> None:
    package = made(lasting_city, variabel=value)
    assert not package.get("variabel")
    found = service.check(call_as(lasting_city.producer, "package_show", id=package["id"]), "en")
    assert "required.variabel" in {f["id"] for f in found["findings"]}


@pytest.mark.parametrize("value", [["teks"], "teks", {"nama": "x"}])
def test_what_is_no_row_is_refused_by_the_name_of_its_field(lasting_city: SimpleNamespace, value: Any) -> None:
    with pytest.raises(Exception, match="variabel"):
        made(lasting_city, variabel=value)


def test_lines_of_pairs_are_taken_as_rows_too(lasting_city: SimpleNamespace) -> None:
    row = {**submittable(lasting_city.kelurahan, type="kegiatan")["variabel"][0]}
    row["klasifikasi_isian"] = [{"kode": "1", "nama": "ya"}, {"kode": "2", "nama": "tidak"}]
    assert made(lasting_city, variabel=[row])["variabel"][0]["klasifikasi_isian"] == "1 = ya\n2 = tidak"


@pytest.mark.parametrize("type", TYPES)
def test_the_page_the_form_and_the_list_of_the_type_open(
    lasting_city: SimpleNamespace, app_once: Any, as_user: Any, type: str
) -> None:
    package = made(lasting_city, type)
    headers = as_user(lasting_city.producer)
    for address in (f"/{type}/{package['name']}", f"/{type}/edit/{package['name']}", f"/{type}/", f"/{type}/new"):
        page = app_once.get(address, headers=headers)
        assert page.status_code == 200, address
    assert package["title"] in app_once.get(f"/{type}/{package['name']}", headers=headers).body


@pytest.mark.parametrize("type", TYPES)
def test_the_form_saves_what_the_api_would(
    lasting_city: SimpleNamespace, app_once: Any, as_user: Any, type: str
) -> None:
    sent = submittable(lasting_city.kelurahan, type=type)
    form: dict[str, Any] = {"save": "", "_ckan_phase": ""}
    for key, value in sent.items():
        if key == "tags":
            form["tag_string"] = ",".join(tag["name"] for tag in value)
        elif isinstance(value, list) and value and isinstance(value[0], dict):
            form |= {f"{key}-{n}-{sub}": text for n, row in enumerate(value) for sub, text in row.items()}
        elif key != "type":
            form[key] = value
    answer = app_once.post(f"/{type}/new", data=form, headers=as_user(lasting_city.producer), follow_redirects=False)
    assert answer.status_code in (302, 303), answer.body[:3000]
    shown = call_as(lasting_city.producer, "package_show", id=sent["name"])
    assert {key: shown[key] for key in sent if key != "tags"} == {key: sent[key] for key in sent if key != "tags"}


HOSTILE = "<script>alert(1)</script>\"'{{ 7*7 }}${x} \u0000\u0007" + "a" * 1_000_000


def test_hostile_text_in_rows_is_stored_clean_and_shown_as_text(
    lasting_city: SimpleNamespace, app_once: Any, as_user: Any
) -> None:
    row = {
        **submittable(lasting_city.kelurahan, type="kegiatan")["variabel"][0],
        "definisi": HOSTILE,
        "nama": "<b>x</b>",
    }
    package = made(lasting_city, variabel=[row], tujuan=HOSTILE, tingkat_penyajian=["Lainnya: <i>RW</i>"])
    shown = call_as(lasting_city.producer, "package_show", id=package["id"])
    assert shown["variabel"][0]["definisi"] == HOSTILE.replace("\u0000", "").replace("\u0007", "")
    for address in (f"/kegiatan/{package['name']}", f"/kegiatan/edit/{package['name']}"):
        body = app_once.get(address, headers=as_user(lasting_city.producer)).body
        assert "<script>alert(1)" not in body and "<b>x</b>" not in body and "<i>RW</i>" not in body


def test_what_stands_in_rows_survives_ten_saves_unchanged(lasting_city: SimpleNamespace) -> None:
    package = made(lasting_city, sarana_pengumpulan=["papi", "lainnya"], sarana_pengumpulan_lainnya="WhatsApp")
    first = call_as(lasting_city.producer, "package_show", id=package["id"])
    for number in range(10):
        stored = call_as(lasting_city.producer, "package_show", id=package["id"])
        stored["notes"] = f"Disimpan lagi {number}"
        call_as(lasting_city.producer, "package_update", **stored)
    last = call_as(lasting_city.producer, "package_show", id=package["id"])
    moved = {"notes", "metadata_modified"}
    assert {k: v for k, v in last.items() if k not in moved} == {k: v for k, v in first.items() if k not in moved}


@pytest.mark.parametrize("type", TYPES)
def test_the_pembina_is_asked_for_what_is_on_the_priority_list_of_its_year(
    lasting_city: SimpleNamespace, type: str
) -> None:
    package = walk_to(lasting_city, "pembina_review", type=type, tahun="2024")
    state = call_as(lasting_city.pembina, "satudata_review_show", id=package["id"])["state"]
    assert state == "pembina_review"
    assert call_as(lasting_city.pembina, "package_show", id=package["id"])["prioritas_daerah_tahun"] == "2024"
