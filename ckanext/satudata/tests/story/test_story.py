"""The whole way once: an officer of a kelurahan publishes a first dataset, and five people each see their part of it.

Producer, custodian, pembina, a visitor and the portal admin sit at a Chromium each; the planner's flag comes by API.
Before every step towards publication a visitor tries every door, and finds nothing.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import requests
from playwright.sync_api import Page, expect

from ckanext.satudata.demo import files, load
from ckanext.satudata.tests.conftest import call_as
from ckanext.satudata.tests.story import doors
from ckanext.satudata.tests.story.browser import PHONE, Person, sideways, too_wide
from ckanext.satudata.tests.story.conftest import PEOPLE, Town

pytestmark = pytest.mark.browser

SLUG = "kader-posyandu-indra-kasih-2025"
TITLE = "Jumlah kader posyandu kwkw menurut lingkungan, Kelurahan Indra Kasih, 2025"
TAG = "kaderposyandukwkw"
FILE = "kader-posyandu-2025.csv"
TABLE = b"kode_wilayah,periode,nilai,catatan\r\n12.71.14.1001,2025,17,angkakwkw\r\n12.71.14.1001,2025,23,lengkap\r\n"
#: What the officer types, by name of the field; the unit is forgotten at first.
FIELDS = {
    "notes": "Tabel uraiankwkw menurut lingkungan, dari buku kader puskesmas, untuk membagi alat dan seragam.",
    "konsep": "Kader yang aktif, untuk merencanakan pembagian alat.",
    "definisi": "Kader yang hadir.",
    "klasifikasi": "Lingkungan",
    "ukuran": "Jumlah",
    "tahun": "2025",
    "periode_awal": "2025-01-01",
    "periode_akhir": "2025-12-31",
    "jadwal_rilis": "2027-01-15",
    "cakupan_wilayah": "12.71.14.1001",
    "sumber": "Buku kader puskesmas",
    "metodologi": "Pencatatan",
    "maintainer": "Seksi Kesejahteraan Sosial Kelurahan Indra Kasih",
    "maintainer_email": "indrakasih@kelurahan.example",
}
CHOICES = {
    "urusan": "1.02",
    "frekuensi": "tahunan",
    "tingkat_penyajian": "lingkungan",
    "status_angka": "tetap",
    "license_id": "cc-by",
}


def open_groups(page: Page) -> None:
    """Open the parts of the form, as a person does one after the other."""
    for summary in page.locator("details.satudata-group:not([open]) > summary").all()[::-1]:
        summary.click()


def fill(person: Person) -> None:
    """The form of a new dataset, but for its unit."""
    page = person.page
    open_groups(page)
    page.get_by_label("Judul").fill(TITLE)
    if person.scripts:
        page.locator(".slug-preview").get_by_role("button").click()
        page.get_by_label("Alamat halaman").fill(SLUG)
        # select2 takes the place of the field for tags.
        page.locator("#s2id_field-tag_string input, .select2-search__field, .ts-control input").first.click()
        page.keyboard.type(f"{TAG},kader,")
    else:
        page.get_by_label("Alamat halaman").fill(SLUG)
        page.locator("[name=tag_string]").fill(f"{TAG},kader")
    for name, value in FIELDS.items():
        page.locator(f"[name={name}]").fill(value)
    for name, value in CHOICES.items():
        page.locator(f"select[name={name}]").select_option(value)


def choose_file(page: Page, tmp_path: Path) -> None:
    """The step of the file: a CSV from the officer's own disk."""
    path = tmp_path / FILE
    path.write_bytes(TABLE)
    with page.expect_file_chooser() as chooser:
        page.locator("#resource-upload-button").click()
    chooser.value.set_files(path)
    page.locator("[name=name]").fill("Kader posyandu 2025 (CSV)")


def trace_of(package: dict[str, Any]) -> doors.Trace:
    return doors.Trace(
        package_id=package["id"],
        name=package["name"],
        resource_id=package["resources"][0]["id"],
        filename=FILE,
        organization=package["organization"]["name"],
        organization_id=package["owner_org"],
        producer=PEOPLE["producer"],
        tag=TAG,
        words=("kwkw menurut", "uraiankwkw", "angkakwkw"),
    )


def test_an_officer_of_a_kelurahan_publishes_a_first_dataset(town: Town, tmp_path: Path) -> None:
    admin = {"name": PEOPLE["admin"]}

    def state() -> str:
        return str(call_as(admin, "satudata_review_show", id=SLUG)["state"])

    def nothing_is_seen(narrow: bool = True) -> None:
        found = doors.leaks(town.portal.url, trace, narrow)
        assert not found, "\n".join(found)

    # The producer begins, forgets the unit, and is told so.
    producer = town.person("producer")
    page = producer.page
    producer.open("/satudata/my-work")
    expect(page.get_by_role("heading", name="Data kami", exact=True)).to_be_visible()
    producer.see("data-kami-kosong")
    producer.follow(page.get_by_role("link", name="Data baru").first)
    fill(producer)
    producer.see("isian")
    producer.send(page.locator("form#dataset-edit button[name=save]:not([formaction])"))
    assert page.url.endswith(f"/dataset/{SLUG}/resource/new"), producer.says()
    choose_file(page, tmp_path)
    producer.see("berkas")
    producer.press("Ajukan")
    expect(page.locator("body")).to_contain_text("Belum diajukan")
    assert state() == "draft"
    producer.see("perlu-dilengkapi")
    trace = trace_of(call_as(admin, "package_show", id=SLUG))
    town.work()
    rows = call_as(admin, "datastore_search", resource_id=trace.resource_id)["records"]
    assert [row["nilai"] for row in rows] == ["17", "23"]
    nothing_is_seen()

    # With the unit, it is handed over.
    if not page.url.split("#")[0].endswith(f"/dataset/edit/{SLUG}"):
        producer.open(f"/dataset/edit/{SLUG}")
    open_groups(page)
    page.locator("[name=satuan]").fill("orang")
    producer.press("Ajukan")
    assert state() == "submitted"
    expect(page.locator("body")).to_contain_text("Diajukan")
    producer.see("diajukan")
    nothing_is_seen(narrow=False)

    # The custodian returns it; a press without a reason asks for one.
    custodian = town.person("custodian")
    desk = custodian.page
    custodian.open("/satudata/review")
    expect(desk.get_by_role("heading", name=re.compile("Antrean pemeriksaan")).first).to_be_visible()
    custodian.see("antrean")
    custodian.follow(desk.get_by_role("link", name=TITLE, exact=True))
    custodian.see("meja")
    custodian.press("Kembalikan")
    expect(desk.locator("#desk-comment")).to_be_focused()
    assert state() == "submitted"
    custodian.see("tanpa-alasan")
    for principle in ("metadata", "interoperabilitas", "kode_referensi"):
        desk.locator(f"[name='conforms.{principle}'][value=yes]").check()
    desk.locator("[name='conforms.standar_data'][value=no]").check()
    desk.locator("[name='note.standar_data']").fill("Definisi terlalu pendek.")
    desk.locator("summary", has_text="Definisi").click()
    desk.locator("[name='field.definisi']").fill("Sebutkan berapa kali hadir dalam setahun.")
    desk.locator("#desk-comment").fill("Definisi belum jelas; sebutkan siapa yang disebut kader aktif.")
    custodian.press("Kembalikan")
    desk.wait_for_url("**/result")
    custodian.see("dikembalikan")
    assert state() == "returned"
    nothing_is_seen()

    # The producer reads the reason, mends and hands it over again.
    producer.open("/satudata/my-work")
    expect(page.locator("body")).to_contain_text("Dikembalikan untuk diperbaiki")
    producer.see("data-kami-dikembalikan")
    producer.follow(page.get_by_role("link", name=TITLE, exact=True))
    for text in ("sebutkan siapa yang disebut kader aktif", "Sebutkan berapa kali hadir", "Definisi terlalu pendek"):
        expect(page.locator("body")).to_contain_text(text)
    producer.see("alasan")
    producer.open(f"/dataset/edit/{SLUG}")
    open_groups(page)
    page.locator("[name=definisi]").fill("Kader yang hadir di posyandu sedikitnya delapan kali selama tahun 2025.")
    producer.press("Ajukan ulang")
    assert state() == "submitted"
    producer.see("diajukan-ulang")

    # The planner flags it as a local priority: now the pembina is asked.
    flagged = requests.post(
        f"{town.portal.url}/api/3/action/satudata_priority_set",
        json={"id": SLUG, "prioritas_daerah_tahun": "2025"},
        headers={"Authorization": town.token("planner")},
        timeout=60,
    )
    assert flagged.status_code == 200, flagged.text
    nothing_is_seen()

    # The custodian forwards, the pembina approves, the custodian publishes.
    custodian.open(f"/satudata/review/{SLUG}")
    for principle in ("standar_data", "metadata", "interoperabilitas", "kode_referensi"):
        desk.locator(f"[name='conforms.{principle}'][value=yes]").check()
    custodian.see("meja-kedua")
    custodian.press("Teruskan ke Pembina Data")
    desk.wait_for_url("**/result")
    custodian.see("diteruskan")
    assert state() == "pembina_review"
    nothing_is_seen(narrow=False)

    pembina = town.person("pembina")
    pembina.open("/satudata/review")
    pembina.see("antrean")
    pembina.follow(pembina.page.get_by_role("link", name=TITLE, exact=True))
    pembina.see("meja")
    pembina.press("Setujui")
    pembina.page.wait_for_url("**/result")
    pembina.see("disetujui")
    assert state() == "approved"
    nothing_is_seen()

    custodian.open(f"/satudata/review/{SLUG}")
    custodian.see("siap-terbit")
    custodian.press("Terbitkan")
    desk.wait_for_url("**/result")
    custodian.see("terbit")
    assert state() == "published"

    # Anybody finds and downloads it, byte for byte; nothing of the talk about it is to be seen.
    visitor = town.visitor()
    visitor.open("/dataset/?q=kader")
    visitor.see("pencarian")
    visitor.follow(visitor.page.locator(f"h2 a[href$='/dataset/{SLUG}']"))
    visitor.see("halaman-data")
    assert "Sudah diperiksa" in visitor.says()
    assert "sebutkan siapa" not in visitor.says()
    resource = visitor.page.locator(f"a[href*='{trace.resource_id}']").first.get_attribute("href")
    visitor.open(f"/dataset/{SLUG}/resource/{trace.resource_id}")
    assert resource
    visitor.see("berkas")
    with visitor.page.expect_download() as download:
        visitor.page.locator("a.resource-url-analytics, a[href*='/download/']").first.click()
    assert Path(download.value.path()).read_bytes() == TABLE
    assert download.value.suggested_filename == FILE
    closed = doors.shut(town.portal.url, trace)
    assert not closed, "\n".join(closed)

    # The admin reads who did what.
    overseer = town.person("admin")
    overseer.open(f"/satudata/review/{SLUG}/history")
    overseer.see("riwayat")
    for name in ("Siti Rahmawati", "Dewi Nasution", "Maya Hutapea", "Fajar Harahap"):
        assert name in overseer.says()
    events = call_as(admin, "satudata_review_history", id=SLUG)["results"]
    assert [event["action"] for event in events] == [
        "submit", "return", "submit", "priority", "forward", "approve", "publish",
    ]  # fmt: skip
    for person in (producer, custodian, pembina, visitor, overseer):
        person.leave()


def example(name: str, **changes: Any) -> str:
    """One of the demo's examples, brought to where it is to stand by its own people."""
    load.dataset({**next(one for one in files.datasets() if one["name"] == name), **changes})
    return name


def test_no_screen_scrolls_sideways_on_a_phone(town: Town) -> None:
    returned = example("contoh-balita-status-gizi-indra-kasih-2025")
    submitted = example("contoh-penerima-bansos-indra-kasih-2025")
    wide = {}
    options = {"viewport": PHONE, "is_mobile": True, "has_touch": True, "device_scale_factor": 2}
    screens = {
        "producer": [
            "/satudata/my-work",
            "/dataset/new",
            f"/dataset/edit/{returned}",
            f"/dataset/{returned}/resource/new",
            f"/dataset/{returned}",
        ],
        "custodian": [
            "/satudata/review",
            "/satudata/review?tab=all",
            f"/satudata/review/{submitted}",
            f"/satudata/review/{returned}/history",
            "/organization/",
        ],
    }
    for role, paths in screens.items():
        person = town.person(role, f"phone-{role}", **options)
        # The classic theme itself is 6 px wider than a phone on every page (Bootstrap's row in its container).
        person.open("/about")
        stock = too_wide(person.page)
        assert stock <= 6
        for path in paths:
            answer = person.open(path)
            assert answer and answer.ok, path
            open_groups(person.page)
            person.see(path.strip("/")[:40])
            if out := sideways(person.page, stock):
                wide[path] = out[:8]
        person.leave()
    assert not wide, wide


def test_the_way_works_without_scripts(town: Town) -> None:
    name = example("contoh-lansia-aur-2025", oleh=PEOPLE["producer"], organization="12.71.14.1001")

    def state() -> str:
        return str(call_as({"name": PEOPLE["admin"]}, "satudata_review_show", id=name)["state"])

    producer = town.person("producer", "plain-producer", java_script_enabled=False)
    producer.open(f"/dataset/{name}")
    producer.see("draf")
    producer.press("Ajukan")
    assert state() == "submitted"

    custodian = town.person("custodian", "plain-custodian", java_script_enabled=False)
    desk = custodian.page
    custodian.open(f"/satudata/review/{name}")
    desk.locator("#desk-comment").fill("Alasan yang tidak boleh hilang.")
    custodian.press("Kembalikan")
    assert state() == "submitted", "the principles are missing"
    expect(desk.locator("#desk-comment")).to_have_value("Alasan yang tidak boleh hilang.")
    custodian.see("tanpa-prinsip")
    for principle in ("metadata", "interoperabilitas", "kode_referensi"):
        desk.locator(f"[name='conforms.{principle}'][value=yes]").check()
    desk.locator("[name='conforms.standar_data'][value=no]").check()
    custodian.press("Kembalikan")
    assert state() == "returned"
    custodian.see("dikembalikan")

    producer.open(f"/dataset/edit/{name}")
    open_groups(producer.page)
    producer.page.locator("[name=definisi]").fill("Warga berumur 60 tahun atau lebih pada 31 Desember 2025.")
    producer.press("Ajukan ulang")
    assert state() == "submitted"
    assert call_as({"name": PEOPLE["admin"]}, "package_show", id=name)["definisi"].startswith("Warga berumur 60")

    custodian.open(f"/satudata/review/{name}")
    for principle in ("standar_data", "metadata", "interoperabilitas", "kode_referensi"):
        desk.locator(f"[name='conforms.{principle}'][value=yes]").check()
    custodian.press("Nyatakan sesuai")
    assert state() == "approved"
    custodian.see("dinyatakan-sesuai")
    custodian.open(f"/satudata/review/{name}")
    custodian.press("Terbitkan")
    assert state() == "published"
    for person in (producer, custodian):
        person.leave()
