"""What a producer sees and reaches: tags that are put back, the field that was refused, the way out of a box."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import expect

from ckanext.satudata.tests.standards.form.conftest import Office
from ckanext.satudata.tests.standards.form.pages import activity, edit, unfold
from ckanext.satudata.tests.story.browser import PHONE, sideways

pytestmark = pytest.mark.browser


def test_tags_that_are_put_back_are_seen_and_not_only_sent(office: Office, siti: Any) -> None:
    page = siti().page
    page.goto("/indikator/new")
    page.locator(".satudata-js").wait_for()
    page.locator("[data-satudata-field=tag_string] .select2-search__field").click()
    page.keyboard.type("gizi,")
    page.wait_for_function("Object.values(localStorage).join().includes('gizi')")
    page.goto("/about")
    page.goto("/indikator/new")
    expect(page.locator("[data-satudata-field=tag_string] .select2-selection__choice")).to_contain_text("gizi")


def test_a_form_pressed_on_a_phone_comes_back_at_the_field_that_was_refused(office: Office, siti: Any) -> None:
    activity(office, "sudah-ada")
    page = siti(viewport=PHONE).page
    page.goto("/kegiatan/new")
    page.locator(".satudata-js").wait_for()
    page.locator("#field-title").fill("Sudah ada")
    page.evaluate("document.querySelector('#dataset-edit [name=name]').value = 'sudah-ada'")
    bar = page.locator(".satudata-actions")
    expect(bar.locator("button[formaction]")).to_be_in_viewport()
    with page.expect_navigation():
        bar.locator("button[formaction]").click()
    page.locator(".satudata-js").wait_for()
    page.wait_for_function("document.activeElement.name === 'name'")
    expect(page.locator("#field-name")).to_be_in_viewport()
    assert page.locator("#field-title").input_value() == "Sudah ada"
    assert page.url.endswith("/kegiatan/new")
    assert not sideways(page)


def test_escape_leaves_the_box_for_pasting_with_what_stands_in_it(office: Office, siti: Any) -> None:
    activity(office, "tempel")
    page = edit(siti(), "tempel")
    unfold(page, "perencanaan")
    page.locator("#field-variabel [data-do=paste]").press("Enter")
    page.keyboard.type("Usia")
    page.keyboard.press("Escape")
    expect(page.locator("#field-variabel [data-rows-paste]")).to_be_hidden()
    assert page.evaluate("document.activeElement.getAttribute('data-do')") == "paste"
    page.keyboard.press("Enter")
    assert page.locator("#paste-variabel").input_value() == "Usia"
