"""Buat edisi and Salin dari tahun lalu: metadata taken over, times moved, figures and identities never copied."""

from __future__ import annotations

import io
import threading
from types import SimpleNamespace
from typing import Any

import ckantoolkit as tk
import pytest
from ckan import model
from werkzeug.datastructures import FileStorage

from ckanext.satudata.standards.editions import shift
from ckanext.satudata.tests.conftest import call_as
from ckanext.satudata.tests.factories import submittable
from ckanext.satudata.tests.review.conftest import lasting_city, walk_to  # noqa: F401
from ckanext.satudata.tests.review.pages import soup, words


@pytest.fixture
def city(lasting_city: SimpleNamespace) -> SimpleNamespace:  # noqa: F811
    return lasting_city


@pytest.mark.parametrize(
    ("value", "months", "expected"),
    [
        ("2025", 12, "2026"),
        ("2025-12", 1, "2026-01"),
        ("2025-Q4", 3, "2026-Q1"),
        ("2025-S1", 6, "2025-S2"),
        ("2025-02-28", 1, "2025-03-31"),
        ("2024-02-29", 12, "2025-02-28"),
        ("2025-01-15", 12, "2026-01-15"),
        ("2025", 6, None),
        ("akhir tahun", 12, None),
        ("", 12, None),
    ],
)
def test_times_move_as_they_are_written(value: str, months: int, expected: str | None) -> None:
    assert shift.moved(value, months) == expected


@pytest.mark.parametrize(
    ("title", "months", "expected"),
    [
        ("Balita menurut status gizi, Kelurahan Aur, 2025", 12, "Balita menurut status gizi, Kelurahan Aur, 2026"),
        ("Profil 2024/2025", 12, "Profil 2025/2026"),
        ("Kunjungan posyandu Desember 2025", 1, "Kunjungan posyandu Januari 2026"),
        ("Pindah datang triwulan IV 2025", 3, "Pindah datang triwulan I 2026"),
        ("Pindah datang Triwulan 3 2025", 3, "Pindah datang Triwulan 4 2025"),
        ("Semester II 2025", 6, "Semester I 2026"),
        ("Nomor 12025 dan 20251", 12, "Nomor 12025 dan 20251"),
        ("Tanpa tahun", 12, "Tanpa tahun"),
    ],
)
def test_titles_move_with_their_times(title: str, months: int, expected: str) -> None:
    assert shift.title_moved(title, months) == expected


@pytest.mark.parametrize(
    ("frequency", "first", "last", "months"),
    [
        ("tahunan", "2025-01-01", "2025-12-31", 12),
        ("bulanan", "2025-12-01", "2025-12-31", 1),
        ("bulanan", "2025-01-01", "2025-12-31", 12),
        ("triwulanan", "2025-Q1", "2025-Q1", 3),
        ("tahunan", "2025-12-31", "2025-12-31", 12),
        ("sewaktu_waktu", "", "", 12),
        ("lima_tahunan", "2020", "2020", 60),
    ],
)
def test_the_next_edition_lies_a_period_on(frequency: str, first: str, last: str, months: int) -> None:
    assert shift.months_between(frequency, first, last) == months


def test_a_series_is_named_without_its_year() -> None:
    assert shift.series_name("Balita menurut status gizi, Kelurahan Aur, Desember 2025") == (
        "balita-menurut-status-gizi-kelurahan-aur"
    )


def edition_source(city: Any, **changes: Any) -> dict[str, Any]:
    title = f"Penduduk menurut jenis kelamin {changes.pop('mark', 'A')} 2024"
    return call_as(city.producer, "package_create", **submittable(city.kelurahan, title=title, **changes))


def test_an_edition_takes_the_metadata_and_never_the_figures(city: Any) -> None:
    source = edition_source(city, mark="satu", seri="penduduk-jk", resources=[])
    file = FileStorage(io.BytesIO(b"kode_wilayah,periode,nilai\n12.71.10.1001,2024,7\n"), filename="p.csv")
    call_as(city.producer, "resource_create", package_id=source["id"], upload=file, name="Tabel 2024")
    made = call_as(city.producer, "satudata_edition_create", id=source["name"])
    assert made["title"] == "Penduduk menurut jenis kelamin satu 2025"
    assert (made["tahun"], made["periode_awal"], made["periode_akhir"]) == ("2025", "2025-01-01", "2025-12-31")
    assert made["jadwal_rilis"] == "2026-03-01"
    assert made["seri"] == "penduduk-jk" and made["satudata_series"] == "kept"
    assert made["resources"] == [] and made["private"] is True and made["name"] != source["name"]
    for name in ("konsep", "definisi", "klasifikasi", "ukuran", "satuan", "metodologi", "license_id", "maintainer"):
        assert made[name] == source[name]
    assert sorted(tag["name"] for tag in made["tags"]) == ["kelurahan", "penduduk"]
    # How firm last year's figures were says nothing of the new ones.
    assert not made.get("status_angka")
    assert call_as(city.producer, "satudata_review_show", id=made["id"])["state"] == "draft"


def test_the_series_is_written_to_both_where_the_source_is_open(city: Any) -> None:
    source = edition_source(city, mark="dua")
    made = call_as(city.producer, "satudata_edition_create", id=source["id"])
    assert made["satudata_series"] == "filled"
    assert made["seri"] == call_as(city.producer, "package_show", id=source["id"])["seri"]


def test_where_the_source_is_published_its_missing_series_is_said(city: Any, app_once: Any, as_user: Any) -> None:
    source = walk_to(city, "published", title="Penduduk terbit tiga 2024")
    me = as_user(city.producer)
    page = soup(app_once.get(f"/satudata/editions/{source['name']}", headers=me))
    assert "no series name yet" in words(page.select_one(".satudata-edition"))
    answer = app_once.post(f"/satudata/editions/{source['name']}", data={}, headers=me, follow_redirects=False)
    assert answer.status_code == 302
    assert not call_as(city.producer, "package_show", id=source["id"]).get("seri")
    made = call_as(city.producer, "package_show", id=answer.location.rsplit("/", 1)[-1])
    assert made["seri"] == "penduduk-terbit-tiga"
    live = call_as(None, "package_show", id=source["id"])
    assert live["tahun"] == "2024"


def test_an_edition_that_exists_is_not_made_again(city: Any) -> None:
    source = edition_source(city, mark="empat", seri="seri-empat")
    call_as(city.producer, "satudata_edition_create", id=source["id"])
    with pytest.raises(tk.ValidationError) as refused:
        call_as(city.colleague, "satudata_edition_create", id=source["id"])
    assert "periode_awal" in refused.value.error_dict
    preview = call_as(city.producer, "satudata_edition_preview", id=source["id"])
    assert preview["exists"]["title"].endswith("2025")


def test_two_presses_at_once_make_one_edition(city: Any, app_once: Any) -> None:
    source = edition_source(city, mark="lima", seri="seri-lima")
    start, outcomes = threading.Barrier(4), []

    def press() -> None:
        with app_once.flask_app.test_request_context():
            start.wait(timeout=60)
            try:
                call_as(city.producer, "satudata_edition_create", id=source["id"])
                outcomes.append("made")
            except tk.ValidationError:
                outcomes.append("refused")
            finally:
                model.Session.remove()

    threads = [threading.Thread(target=press) for _number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    assert sorted(outcomes) == ["made", "refused", "refused", "refused"]


def test_a_person_may_say_otherwise(city: Any) -> None:
    source = edition_source(city, mark="enam", seri="seri-enam")
    made = call_as(
        city.producer, "satudata_edition_create", id=source["id"], title="Judul lain", periode_awal="2025-07-01"
    )  # fmt: skip
    assert made["title"] == "Judul lain" and made["periode_awal"] == "2025-07-01"


@pytest.mark.parametrize("person", ["neighbour", "member", "stranger", "custodian", "city_admin", "collaborator"])
@pytest.mark.parametrize("state", ["draft", "published"])
def test_nobody_else_makes_an_edition(city: Any, person: str, state: str) -> None:
    source = walk_to(city, state)
    for action in ("satudata_edition_preview", "satudata_edition_create", "satudata_proposals_confirm"):
        with pytest.raises(tk.NotAuthorized):
            call_as(getattr(city, person), action, id=source["id"])
        with pytest.raises(tk.NotAuthorized):
            call_as(None, action, id=source["id"])


@pytest.mark.parametrize("person", [None, "neighbour", "member", "city_admin"])
def test_the_page_is_closed_to_others(city: Any, person: str | None, app_once: Any, as_user: Any) -> None:
    source = walk_to(city, "draft")
    headers = as_user(getattr(city, person) if person else None)
    for method in (app_once.get, app_once.post):
        answer = method(f"/satudata/editions/{source['name']}", headers=headers, follow_redirects=False)
        assert answer.status_code == (403 if person else 302)
        assert source["title"] not in answer.body


def test_a_working_copy_and_a_deleted_dataset_are_no_sources(city: Any) -> None:
    live = walk_to(city, "published")
    copy = call_as(city.producer, "satudata_revision_start", id=live["id"], change_kind="koreksi", public_note="x")
    gone = walk_to(city, "draft")
    call_as(city.producer, "package_delete", id=gone["id"])
    for id in (copy["revision_id"], gone["id"]):
        with pytest.raises(tk.ValidationError):
            call_as(city.producer, "satudata_edition_create", id=id)
    with pytest.raises(tk.ObjectNotFound):
        call_as(city.producer, "satudata_edition_create", id="tidak-ada")


def test_an_activity_is_copied_without_who_it_was(city: Any) -> None:
    rows = [{"nama": f"Variabel {n}", "satuan": "orang", "tahun": "2025"} for n in range(12)]
    source = call_as(
        city.producer, "package_create", type="kegiatan", name="pendataan-2025", title="Pendataan keluarga 2025",
        owner_org=city.kelurahan["id"], tahun="2025", jenis_kegiatan_statistik="statistik_sektoral",
        dapat_rekomendasi_bps="ya", identitas_rekomendasi="V-25.1275.004", tujuan="Mengetahui jumlah keluarga",
        jadwal_pengumpulan_awal="2025-03-03", jadwal_pengumpulan_akhir="2025-03-31", variabel=rows,
    )  # fmt: skip
    made = call_as(city.producer, "satudata_edition_create", id=source["id"])
    assert made["type"] == "kegiatan" and made["title"] == "Pendataan keluarga 2026" and made["tahun"] == "2026"
    assert (made["jadwal_pengumpulan_awal"], made["jadwal_pengumpulan_akhir"]) == ("2026-03-03", "2026-03-31")
    assert made["tujuan"] == source["tujuan"]
    assert not made.get("identitas_rekomendasi") and not made.get("dapat_rekomendasi_bps")
    assert [row["nama"] for row in made["variabel"]] == [row["nama"] for row in rows]
    assert {row["tahun"] for row in made["variabel"]} == {"2026"}


def test_an_indicator_is_copied(city: Any) -> None:
    source = call_as(
        city.producer, "package_create", type="indikator", name="prevalensi-2025", title="Prevalensi stunting 2025",
        owner_org=city.kelurahan["id"], konsep="Gagal tumbuh", rumus="a / b x 100", state="active",
    )  # fmt: skip
    made = call_as(city.producer, "satudata_edition_create", id=source["id"])
    assert (made["title"], made["konsep"], made["rumus"]) == ("Prevalensi stunting 2026", "Gagal tumbuh", "a / b x 100")


def test_what_is_proposed_is_marked_until_somebody_has_looked(city: Any, app_once: Any, as_user: Any) -> None:
    source = edition_source(city, mark="tujuh", seri="seri-tujuh")
    made = call_as(city.producer, "satudata_edition_create", id=source["id"])
    me, address = as_user(city.producer), f"/dataset/edit/{made['name']}"
    page = soup(app_once.get(address, headers=me))
    listed = words(page.select_one(".satudata-proposed-list"))
    assert source["title"] in listed and "Year of the data" in listed and "Period from" in listed
    assert "Concept" not in listed
    # A value that was changed is no proposal any more.
    call_as(city.producer, "package_patch", id=made["id"], tahun="2027")
    page = soup(app_once.get(address, headers=me))
    assert "Year of the data" not in words(page.select_one(".satudata-proposed-list"))
    call_as(city.producer, "package_patch", id=made["id"], satudata_checked="yes")
    page = soup(app_once.get(address, headers=me))
    assert page.select_one(".satudata-proposed-list") is None
    stored = call_as(city.producer, "package_show", id=made["id"])
    assert "plugin_data" not in stored and "satudata_checked" not in stored
    assert not [extra for extra in stored.get("extras", []) if extra["key"].startswith("satudata")]


def test_unknown_parameters_are_refused_by_name(city: Any) -> None:
    source = edition_source(city, mark="delapan")
    with pytest.raises(tk.ValidationError) as refused:
        call_as(city.producer, "satudata_edition_create", id=source["id"], resources=[{"url": "x"}])
    assert "resources" in refused.value.error_dict
    for name, value in (("periode_awal", ["2025-07-01"]), ("seri", {"a": 1}), ("title", True)):
        with pytest.raises(tk.ValidationError) as refused:
            call_as(city.producer, "satudata_edition_create", id=source["id"], **{name: value})
        assert list(refused.value.error_dict) == [name]
    for wrong in ({"a": 1}, ["x"], True, 5):
        with pytest.raises(tk.ValidationError) as refused:
            call_as(city.producer, "satudata_edition_create", id=wrong)
        assert list(refused.value.error_dict) == ["id"]
    for months in ("0", "x", 5000, True, [12]):
        with pytest.raises(tk.ValidationError):
            call_as(city.producer, "satudata_edition_preview", id=source["id"], months=months)
