"""A slow line: CKAN starts the scripts of a page once its translations have come, and people do not wait for that."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from playwright.sync_api import Page, Route, expect

from ckanext.satudata.tests.standards.form.conftest import Office
from ckanext.satudata.tests.standards.form.pages import activity, names, stored
from ckanext.satudata.tests.story.browser import PHONE

pytestmark = pytest.mark.browser

TRANSLATIONS = "**/api/i18n/*"


@contextmanager
def late(page: Page, path: str) -> Iterator[Callable[[], None]]:
    """That page, before its scripts have started; call what is given to let them."""
    waiting: list[Route] = []
    page.route(TRANSLATIONS, lambda route: waiting.append(route))

    def begin() -> None:
        while waiting:
            waiting.pop().continue_()
        page.locator(".satudata-js").wait_for()

    with page.expect_request(TRANSLATIONS):
        page.goto(path)
    assert not page.locator(".satudata-js").count()
    yield begin
    page.unroute(TRANSLATIONS)


def test_what_is_typed_before_the_start_counts_in_fields_boxes_choices_and_rows(office: Office, siti: Any) -> None:
    page = siti(viewport=PHONE).page
    with late(page, "/kegiatan/new") as begin:
        page.locator("#field-title").fill("Pendataan lansia yang diketik lebih cepat")
        page.locator("#field-cara_pengumpulan_data").select_option("survei")
        for group in ("perencanaan", "desain"):
            page.locator(f"#kelompok-{group} > summary").click()
        page.locator("#field-metode_pengumpulan input[value=lainnya]").check()
        # Of the three empty rows for those without scripts the second.
        page.locator("#field-variabel-1-nama").fill("Usia")
        begin()
    page.wait_for_function("Object.values(localStorage).join().includes('Usia')")
    assert names(page) == ["Usia"]
    expect(page.locator("#kelompok-sampel [data-satudata-not-asked]")).to_be_hidden()
    expect(page.locator("[data-satudata-field=metode_pengumpulan_lainnya]")).to_be_visible()
    # A crash: all of it comes back, and none of it was taken for what the form was opened with.
    page.goto("/about")
    page.goto("/kegiatan/new")
    page.locator("[data-satudata-restore]").wait_for()
    assert page.locator("#field-title").input_value() == "Pendataan lansia yang diketik lebih cepat"
    assert page.locator("#field-cara_pengumpulan_data").input_value() == "survei"
    assert page.locator("#field-metode_pengumpulan input[value=lainnya]").is_checked()
    assert names(page) == ["Usia"]
    page.locator("[data-satudata-restore-no]").click()
    assert page.locator("#field-title").input_value() == ""


def test_what_was_kept_from_before_does_not_overwrite_what_is_typed_before_the_start(office: Office, siti: Any) -> None:
    page = siti().page
    page.goto("/indikator/new")
    page.locator(".satudata-js").wait_for()
    page.locator("#field-title").fill("Judul kemarin")
    page.locator("#field-notes").fill("Uraian kemarin")
    page.wait_for_function("Object.values(localStorage).join().includes('Uraian kemarin')")
    page.goto("/about")
    with late(page, "/indikator/new") as begin:
        page.locator("#field-title").fill("Judul hari ini")
        begin()
    page.locator("[data-satudata-restore]").wait_for()
    assert page.locator("#field-notes").input_value() == "Uraian kemarin"
    assert page.locator("#field-title").input_value() == "Judul hari ini"
    page.wait_for_function("Object.values(localStorage).join().includes('Judul hari ini')")


def test_a_form_that_is_sent_before_the_start_is_a_plain_form(office: Office, siti: Any) -> None:
    activity(office, "tergesa", variabel=[{"nama": "Usia"}])
    page = siti().page
    with late(page, "/kegiatan/edit/tergesa"):
        page.locator("#field-title").fill("Disimpan sebelum skrip mulai")
        page.locator("#kelompok-perencanaan > summary").click()
        page.locator("#field-variabel-2-nama").fill("Alamat")
        page.locator("#dataset-edit button[name=save]:not([formaction])").click()
        page.wait_for_url(re.compile(r"/kegiatan/tergesa$"))
    saved = stored(office, "tergesa")
    assert saved["title"] == "Disimpan sebelum skrip mulai"
    assert [row["nama"] for row in saved["variabel"]] == ["Usia", "Alamat"]


def test_a_press_of_ajukan_before_the_start_leads_to_the_first_gap(office: Office, siti: Any) -> None:
    page = siti().page
    with late(page, "/kegiatan/new"):
        page.locator("#field-title").fill("Diajukan sebelum skrip mulai")
        page.locator("[name=name]").fill("diajukan-awal")
        page.locator("#dataset-edit button[formaction]").click()
        page.wait_for_url(re.compile(r"/kegiatan/edit/diajukan-awal#field-"))
    expect(page.locator(".flash-messages")).to_contain_text("Not submitted yet")
    assert stored(office, "diajukan-awal")["title"] == "Diajukan sebelum skrip mulai"
