"""Nothing is lost, and only what counts is asked: conditions, refused saves, ended sessions, broken lines."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, Route, expect

from ckanext.satudata.tests.conftest import call_as
from ckanext.satudata.tests.standards.form.conftest import PASSWORD, Office
from ckanext.satudata.tests.standards.form.pages import activity, checked, edit, kept, names, save, stored, unfold
from ckanext.satudata.tests.story.browser import PHONE, Person, settle, sideways, too_wide

pytestmark = pytest.mark.browser

EVIL = "<script>window.stolen = 1</script>\"'><img src=x onerror='window.stolen=2'>"


def press_save(page: Page) -> None:
    page.locator("#dataset-edit button[name=save].btn-primary").first.click()


def trouble(page: Page) -> Any:
    return page.locator("#dataset-edit [data-satudata-trouble]")


def test_a_new_activity_is_saved_and_gone_on_with_where_one_was(office: Office, siti: Any) -> None:
    person = siti()
    page = person.page
    person.open("/kegiatan/new")
    assert "add files" not in page.locator("#dataset-edit").inner_text()
    assert not page.locator("#dataset-edit .stages").count()
    page.locator("#field-title").fill("Pendataan keluarga Kelurahan Aur 2026")
    unfold(page, "perencanaan")
    page.locator("#field-tujuan").fill("Mengetahui jumlah keluarga menurut lingkungan")
    with page.expect_navigation():
        press_save(page)
    settle(page)
    assert re.search(r"/kegiatan/edit/[^/]+#kelompok-perencanaan$", page.url), page.url
    expect(page.locator("#kelompok-perencanaan")).to_have_attribute("open", "")
    expect(page.locator(".satudata-saved")).to_contain_text(re.compile(r"saved \d\d:\d\d"))
    assert page.locator("#field-tujuan").input_value() == "Mengetahui jumlah keluarga menurut lingkungan"
    assert page.evaluate("Object.keys(localStorage).filter(key => key.startsWith('satudata:')).length") == 0
    expect(page.locator("#dataset-edit button[value=submit]")).to_be_visible()
    person.see("saved")


def test_a_chain_of_conditions_shows_and_hides_and_keeps_what_was_typed(office: Office, siti: Any) -> None:
    activity(office, "syarat", cara_pengumpulan_data="survei")
    page = edit(siti(), "syarat", "identitas", "desain", "sampel")
    method = page.locator("[data-satudata-field=metode_probabilitas]")
    expect(method).to_be_hidden()
    page.locator("#field-metode_pemilihan_sampel").select_option("sampel_probabilitas")
    expect(method).to_be_visible()
    page.locator("#field-metode_probabilitas").select_option(index=1)
    kept = page.locator("#field-metode_probabilitas").input_value()
    # The first of the chain takes all of the group with it, and says what was typed there.
    page.locator("#field-cara_pengumpulan_data").select_option("pencacahan_lengkap")
    expect(method).to_be_hidden()
    expect(page.locator("#kelompok-sampel [data-satudata-not-asked]")).to_be_visible()
    expect(page.locator("#kelompok-sampel [data-satudata-dropped]").first).to_be_visible()
    # Of several choices one is enough.
    other = page.locator("[data-satudata-field=metode_pengumpulan_lainnya]")
    expect(other).to_be_hidden()
    page.locator("#field-metode_pengumpulan input[value=lainnya]").check()
    expect(other).to_be_visible()
    save(page)
    assert stored(office, "syarat")["metode_probabilitas"] == kept
    page.locator("#field-cara_pengumpulan_data").select_option("survei")
    assert page.locator("#field-metode_probabilitas").input_value() == kept
    expect(page.locator("#kelompok-sampel [data-satudata-dropped]")).to_have_count(0)


def test_a_refused_save_keeps_everything_and_opens_what_is_wrong(office: Office, siti: Any) -> None:
    rows = [{"nama": f"Variabel {n}"} for n in range(1, 13)]
    activity(office, "ditolak", variabel=rows)
    person = siti()
    page = edit(person, "ditolak", "perencanaan")
    page.locator("#field-variabel-0-nama").fill("Berat badan")
    page.locator("#field-variabel [data-do=delete]").nth(1).click()
    # The address of the page is changed to what no address may be.
    page.evaluate("document.querySelector('#dataset-edit [name=name]').value = 'TIDAK BOLEH!'")
    with page.expect_navigation():
        press_save(page)
    settle(page)
    expect(page.locator("#dataset-edit .error-explanation")).to_be_visible()
    expect(page.locator("#kelompok-identitas")).to_have_attribute("open", "")
    unfold(page, "perencanaan")
    assert names(page) == ["Berat badan", *(f"Variabel {n}" for n in range(3, 13))]
    person.see("refused")
    page.locator("[name=name]").fill("ditolak")
    save(page)
    assert [row["nama"] for row in stored(office, "ditolak")["variabel"]] == [
        "Berat badan",
        *(f"Variabel {n}" for n in range(3, 13)),
    ]


def test_a_session_that_ended_is_renewed_elsewhere_and_the_save_repeated(office: Office, siti: Any) -> None:
    activity(office, "sesi")
    person = siti()
    page = edit(person, "sesi")
    cookies = person.context.cookies()
    person.context.clear_cookies()
    page.locator("#field-title").fill("Judul yang diketik setelah sesi berakhir")
    press_save(page)
    expect(trouble(page)).to_contain_text("session has ended")
    assert page.locator("#field-title").input_value() == "Judul yang diketik setelah sesi berakhir"
    person.see("session-ended")
    # Logged in again in another tab: the token this form carries is of the old session.
    person.context.add_cookies([each for each in cookies if "remember" in each["name"]])
    other = person.context.new_page()
    other.goto("/user/login")
    if other.locator("input[name=login]").count():
        person.context.add_cookies(cookies)
    other.close()
    page.evaluate("document.querySelector('#dataset-edit [name=_csrf_token]').value = 'of-yesterday'")
    save(page)
    assert stored(office, "sesi")["title"] == "Judul yang diketik setelah sesi berakhir"


def test_without_a_line_and_with_a_broken_portal_the_form_stays(office: Office, siti: Any) -> None:
    activity(office, "putus")
    person = siti()
    page = edit(person, "putus")
    page.locator("#field-title").fill("Judul tanpa sambungan")
    person.context.set_offline(True)
    press_save(page)
    expect(trouble(page)).to_contain_text("Saving failed")
    person.context.set_offline(False)

    def broken(route: Route) -> None:
        if route.request.method == "POST":
            route.fulfill(status=500, body="down")
        else:
            route.continue_()

    page.route("**/kegiatan/edit/putus", broken)
    with page.expect_response(lambda answer: answer.status == 500):
        press_save(page)
    settle(page)
    expect(trouble(page)).to_contain_text("Saving failed")
    page.unroute("**/kegiatan/edit/putus")
    # A crash: the page is gone, what was typed is offered again.
    person.open("/about")
    page = edit(person, "putus")
    page.locator("[data-satudata-restore-yes]").click()
    assert page.locator("#field-title").input_value() == "Judul tanpa sambungan"
    person.troubles.clear()
    save(page)
    assert stored(office, "putus")["title"] == "Judul tanpa sambungan"


def test_rows_and_boxes_come_back_after_a_crash(office: Office, siti: Any) -> None:
    activity(office, "pulih", variabel=[{"nama": "Satu"}], metode_pengumpulan=["lainnya"])
    person = siti()
    page = edit(person, "pulih", "perencanaan", "desain")
    page.locator("#field-metode_pengumpulan input[value=lainnya]").uncheck()
    for name in ("Dua", "Tiga"):
        page.locator("#field-variabel [data-do=add]").click()
        page.keyboard.type(name)
    page.locator("#field-variabel-0-nama").fill("")
    kept(page, "variabel-0-nama", "")
    person.open("/about")
    page = edit(person, "pulih", "perencanaan", "desain")
    assert names(page) == ["Satu"]
    page.locator("[data-satudata-restore-yes]").click()
    assert names(page) == ["", "Dua", "Tiga"]
    assert not page.locator("#field-metode_pengumpulan input[value=lainnya]").is_checked()
    save(page)
    assert [row["nama"] for row in stored(office, "pulih")["variabel"]] == ["Dua", "Tiga"]
    assert not stored(office, "pulih").get("metode_pengumpulan")


def test_submitting_with_gaps_leads_to_the_first_of_them(office: Office, siti: Any) -> None:
    activity(office, "ajukan")
    page = edit(siti(), "ajukan")
    with page.expect_navigation():
        page.locator("#dataset-edit button[value=submit]").click()
    settle(page)
    expect(page.locator(".flash-messages")).to_contain_text("Not submitted yet")
    focused = page.evaluate("document.activeElement.id")
    assert focused.startswith("field-"), focused
    expect(page.locator(f"#{focused}")).to_be_in_viewport()


def test_scripts_typed_anywhere_are_only_text(office: Office, siti: Any) -> None:
    values = dict.fromkeys(("notes", "tujuan", "latar_belakang", "instansi_penyelenggara", "pj_jabatan"), EVIL)
    activity(
        office, "jahat", title=EVIL, variabel=[{"nama": EVIL, "definisi": EVIL, "klasifikasi_isian": EVIL}], **values
    )
    person = siti()
    page = edit(person, "jahat", "perencanaan")
    page.locator("#field-variabel [data-do=copy]").first.click()
    page.locator("#field-variabel [data-do=paste]").click()
    page.locator("#paste-variabel").fill(f"{EVIL}\t{EVIL}\nx\ty")
    page.locator("#field-variabel [data-do=insert]").click()
    with checked(page):
        page.locator("#field-tahun").fill(EVIL)
    assert page.locator("#field-variabel-0-definisi").input_value() == EVIL
    assert page.evaluate("window.stolen") is None
    assert not page.locator("img[src=x]").count()


def test_on_a_phone_fifty_variables_are_a_list_to_run_a_thumb_along(office: Office, siti: Any) -> None:
    activity(
        office, "ponsel", variabel=[{"nama": f"Variabel dengan nama yang agak panjang nomor {n}"} for n in range(1, 51)]
    )
    person = siti(viewport=PHONE)
    person.name = "phone"
    page = edit(person, "ponsel", "perencanaan")
    usual = too_wide(page)
    assert not sideways(page, allowed=max(usual, 6)), sideways(page, allowed=6)
    first = page.locator("#field-variabel [data-row]").first
    expect(first.locator("[data-row-tools]")).to_be_hidden()
    first.locator("summary").click()
    expect(first.locator("[data-row-tools]")).to_be_visible()
    expect(first.locator("[data-sub=definisi]")).to_be_visible()
    expect(page.locator("[data-satudata-bar]")).to_be_in_viewport()
    assert re.search(r"\d+ more to complete", page.locator("[data-satudata-bar]").inner_text())
    page.locator("#field-variabel").scroll_into_view_if_needed()
    person.see("fifty")


def test_without_javascript_rows_are_filled_saved_and_given_again(office: Office, siti: Any) -> None:
    activity(office, "polos", variabel=[{"nama": "Satu"}, {"nama": "Dua"}])
    person = siti(java_script_enabled=False)
    page = person.page
    person.open("/kegiatan/edit/polos")
    page.locator("#kelompok-perencanaan > summary").click()
    assert page.locator("#field-variabel [data-row]").count() == 5
    expect(page.locator("[data-satudata-field=metode_probabilitas] .satudata-only-if")).to_have_count(1)
    page.locator("#field-variabel-0-nama").fill("")
    page.locator("#field-variabel-3-nama").fill("Empat")
    person.follow(page.locator("#dataset-edit button[name=save].btn-primary").first)
    assert [row["nama"] for row in stored(office, "polos")["variabel"]] == ["Dua", "Empat"]


def test_an_upload_that_breaks_keeps_the_form_and_its_file(office: Office, siti: Any, tmp_path: Path) -> None:
    call_as(office.producer, "package_create", name="unggah", title="Balita Aur", owner_org=office.organization["id"])
    table = tmp_path / "balita.csv"
    table.write_text("lingkungan,balita\nI,12\nII,9\n")
    person = siti()
    page = person.page
    person.open("/dataset/unggah/resource/new")
    page.locator("input[type=file]").set_input_files(table)
    page.locator("#field-name").fill("Balita menurut lingkungan")
    said = page.locator("#resource-edit [data-satudata-trouble]")
    person.context.set_offline(True)
    page.locator("#resource-edit button[name=save].btn-primary:not([formaction])").click()
    expect(said).to_contain_text("The upload failed")
    person.context.set_offline(False)
    assert page.evaluate("document.querySelector('input[type=file]').files.length") == 1
    assert page.locator("#field-name").input_value() == "Balita menurut lingkungan"
    with page.expect_response(lambda answer: answer.request.method == "POST" and answer.ok):
        page.locator("#resource-edit button[name=save].btn-primary:not([formaction])").click()
    page.wait_for_url("**/dataset/unggah")
    assert [file["name"] for file in stored(office, "unggah")["resources"]] == ["Balita menurut lingkungan"]


def test_logging_out_leaves_nothing_on_the_device(office: Office) -> None:
    person = Person(office.browser, office.url, "leaving", (office.producer["name"], PASSWORD))
    page = person.page
    person.open("/indikator/new")
    page.locator("#field-title").fill("Prevalensi stunting")
    mine = f"Object.keys(localStorage).filter(key => key.startsWith('satudata:{office.producer['id']}:')).length"
    page.wait_for_function(f"{mine} === 1")
    page.evaluate("window.onbeforeunload = null")
    page.once("dialog", lambda dialog: dialog.accept())
    page.locator("form[action*='/user/_logout'] button").click()
    page.wait_for_url("**/user/logged_out*")
    assert page.evaluate(mine) == 0
    person.leave()
