"""The form of a dataset in a real browser: what is missing follows the typing, and nothing typed is lost."""

from __future__ import annotations

import re
from urllib.parse import quote_plus

import pytest
from playwright.sync_api import Response, Route, expect

from ckanext.satudata.tests.story.browser import PHONE, Person
from ckanext.satudata.tests.story.conftest import Town

pytestmark = pytest.mark.browser

TITLE = "Jumlah keluarga penerima bantuan menurut lingkungan"


def missing(person: Person) -> int:
    found = re.search(r"\d+", person.page.locator("[data-satudata-bar]").inner_text())
    return int(found[0]) if found else 0


def type_title(person: Person, text: str) -> None:
    """Type it, and wait until it is kept on the device and the server was asked about it."""

    def about_it(answer: Response) -> bool:
        return answer.url.endswith("/satudata/standards/check") and quote_plus(text) in (answer.request.post_data or "")

    with person.page.expect_response(about_it):
        person.page.locator("#field-title").fill(text)
    person.page.wait_for_function(
        "text => Object.values(localStorage).some(kept => kept.includes(JSON.stringify(text)))", arg=text
    )


def save(person: Person) -> None:
    """Press *save* of a new dataset, which leads on to its files."""
    person.send(person.page.locator("#dataset-edit button[name=save].btn-primary:not([formaction])"))
    assert person.page.url.endswith("/resource/new"), person.says()


def test_the_panel_follows_the_typing(town: Town) -> None:
    producer = town.person("producer", "form", viewport=PHONE)
    producer.open("/dataset/new")
    before = missing(producer)
    type_title(producer, TITLE)
    expect(producer.page.locator("#kesiapan")).not_to_contain_text("Judul belum diisi")
    assert missing(producer) == before - 1
    producer.see("panel")
    producer.leave()


def test_what_is_typed_before_the_scripts_have_started_is_heard(town: Town) -> None:
    """CKAN asks for its translations before it starts any module: on a slow line a title is typed by then."""
    producer = town.person("producer", "form")
    late: list[Route] = []
    producer.page.route("**/api/i18n/*", lambda route: late.append(route))
    with producer.page.expect_request("**/api/i18n/*"):
        producer.page.goto("/dataset/new")
    producer.page.locator("#field-title").fill(TITLE)
    with producer.page.expect_response("**/satudata/standards/check"):
        late[0].continue_()
    producer.page.locator("#kesiapan", has_text="Judul belum diisi").wait_for(state="detached")
    producer.leave()


def test_a_finding_opens_its_group_and_puts_the_cursor_into_the_field(town: Town) -> None:
    producer = town.person("producer", "form", viewport=PHONE)
    producer.open("/dataset/new")
    group = producer.page.locator("#kelompok-standar")
    assert group.get_attribute("open") is None
    producer.page.locator("#kesiapan a[href='#field-konsep']").click()
    assert group.get_attribute("open") is not None
    assert producer.page.evaluate("document.activeElement.id") == "field-konsep"
    with producer.page.expect_response("**/satudata/standards/check"):
        producer.page.keyboard.type("Bantuan sosial")
    expect(group.locator(".satudata-dots-text")).to_have_text("1 dari 5")
    producer.see("field")
    producer.leave()


def test_what_was_typed_is_there_again_after_the_session_ended(town: Town) -> None:
    producer = town.person("producer", "form")
    producer.open("/dataset/new")
    producer.page.locator("#kesiapan a[href='#field-konsep']").click()
    producer.page.keyboard.type("Bantuan sosial")
    cookies = producer.context.cookies()
    producer.context.clear_cookies()
    type_title(producer, TITLE)
    trouble = producer.page.locator("[data-satudata-trouble]")
    expect(trouble).to_contain_text("isian tetap ada")
    expect(trouble).to_be_visible()
    producer.see("session-ended")
    producer.context.add_cookies(cookies)
    producer.open("/dataset/new")
    producer.page.locator("[data-satudata-restore]").wait_for()
    assert producer.page.locator("#field-title").input_value() == TITLE
    assert producer.page.locator("#field-konsep").input_value() == "Bantuan sosial"
    producer.page.locator("[data-satudata-restore-no]").click()
    assert producer.page.locator("#field-title").input_value() == ""
    producer.leave()


def test_a_saved_dataset_leaves_nothing_behind_on_the_device(town: Town) -> None:
    producer = town.person("producer", "form")
    producer.open("/dataset/new")
    type_title(producer, f"{TITLE} kedua")
    assert producer.page.evaluate("Object.keys(localStorage).length") == 1
    save(producer)
    assert not producer.page.evaluate("Object.keys(localStorage).some(key => key.startsWith('satudata:'))")
    producer.open("/dataset/new")
    assert producer.page.locator("#field-title").input_value() == ""
    producer.leave()


def test_an_edit_left_half_way_is_offered_and_not_forced(town: Town) -> None:
    producer = town.person("producer", "form")
    producer.open("/dataset/new")
    type_title(producer, f"{TITLE} ketiga")
    save(producer)
    address = producer.page.url.replace("/resource/new", "").replace("/dataset/", "/dataset/edit/")
    producer.open(address)
    type_title(producer, "Judul yang belum disimpan")
    producer.open(address)
    producer.page.locator("[data-satudata-restore-yes]").wait_for()
    assert producer.page.locator("#field-title").input_value() == f"{TITLE} ketiga"
    producer.page.locator("[data-satudata-restore-yes]").click()
    assert producer.page.locator("#field-title").input_value() == "Judul yang belum disimpan"
    producer.leave()


def test_without_javascript_the_form_opens_saves_and_says_what_is_missing(town: Town) -> None:
    producer = town.person("producer", "form-plain", java_script_enabled=False)
    page = producer.page
    producer.open("/dataset/new")
    page.locator("#field-title").fill(f"{TITLE} keempat")
    page.locator("[name=name]").fill("bantuan-keempat")
    page.locator("#kelompok-standar > summary").click()
    page.locator("#field-konsep").fill("Bantuan sosial")
    save(producer)
    assert page.url.endswith("/dataset/bantuan-keempat/resource/new")
    producer.open("/dataset/edit/bantuan-keempat")
    text = page.locator("#kesiapan").inner_text()
    assert "Konsep belum diisi" not in text and "Definisi belum diisi" in text
    producer.see("saved")
    producer.leave()
