"""Data kami, a typed table, the next edition and two people editing, in a real browser, at a desk and on a phone."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from ckan import model
from playwright.sync_api import Browser, expect

from ckanext.satudata.tests.conftest import call_as
from ckanext.satudata.tests.factories import submittable
from ckanext.satudata.tests.review.conftest import lasting_city, walk_to  # noqa: F401
from ckanext.satudata.tests.story import live
from ckanext.satudata.tests.story.browser import PASSWORD, PHONE, Person, at_a_screen, chromium, sideways, too_wide


@pytest.fixture(scope="module")
def office(lasting_city: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Browser]]:  # noqa: F811
    city = lasting_city
    for organization, kind, code in ((city.kota, "kota", "12.71"), (city.kelurahan, "kelurahan", "12.71.15.1001")):
        call_as(city.sysadmin, "satudata_region_update", id=organization["id"], kind=kind, kode_kemendagri=code)
    for name, person in (("Siti Rahma", city.producer), ("Sari Wulandari", city.colleague)):
        user = model.User.get(person["id"])
        user.fullname, user.password = name, PASSWORD
    model.Session.commit()
    with live.serve(tmp_path_factory.mktemp("office"), ckan__locale_default="en") as portal, chromium() as browser:
        yield portal.url, browser


person = pytest.fixture(at_a_screen)


def fits(somebody: Person, step: str) -> None:
    """The page at a desk and on a phone: pictures, and nothing of ours wider than the screen."""
    page = somebody.page
    before = page.viewport_size
    somebody.see(f"{step}-1280")
    page.set_viewport_size(PHONE)
    somebody.see(f"{step}-375")
    stray = [name for name in sideways(page, allowed=too_wide(page)) if "satudata" in name]
    assert not stray, stray
    page.set_viewport_size(before)


def test_a_producer_begins_types_and_goes_on_to_the_metadata(lasting_city: Any, person: Any) -> None:  # noqa: F811
    siti = person(lasting_city.producer, "typing")
    page = siti.page
    siti.open("/satudata/my-work")
    expect(page.locator(".satudata-entries")).to_contain_text("Type a table here")
    expect(page.locator(".satudata-entries")).to_contain_text("New activity")
    fits(siti, "nothing-yet")
    siti.follow(page.locator(".satudata-entries").get_by_role("link", name="Type a table here"))
    page.get_by_label("Title").fill("Jumlah keluarga Kelurahan Aur 2025")
    page.get_by_label("how many lingkungan?").fill("4")
    page.get_by_label("Period", exact=True).fill("2025")
    page.get_by_label("Broken down by").fill("status: tetap, kontrak")
    page.get_by_label("Unit").fill("keluarga")
    fits(siti, "first-step")
    siti.press("Make the empty table")
    cells = page.locator("input[data-kind=number]")
    expect(cells).to_have_count(8)
    cells.nth(0).click()
    page.keyboard.type("1.263")
    page.keyboard.press("Enter")
    expect(cells.nth(1)).to_be_focused()
    page.keyboard.type("12.5")
    expect(page.locator("[data-note]", has_text="read as 12,5")).to_be_visible()
    page.keyboard.press("ArrowDown")
    page.keyboard.type("dua")
    expect(cells.nth(2)).to_have_attribute("aria-invalid", "true")
    # Cells copied in a spreadsheet come as text with tabs and line ends.
    cells.nth(3).focus()
    page.evaluate(
        """() => {
            const data = new DataTransfer();
            data.setData('text/plain', '7\\r\\n1.000\\r\\n9,5\\r\\n');
            const options = {clipboardData: data, bubbles: true, cancelable: true};
            document.activeElement.dispatchEvent(new ClipboardEvent('paste', options));
        }"""
    )
    expect(cells.nth(5)).to_have_value("9,5")
    expect(page.locator("[data-said]")).to_have_text("3 cells filled.")
    fits(siti, "grid")
    siti.press("Save draft")
    expect(page.locator(".alert", has_text="Saved as a draft")).to_contain_text(
        "1 cell needs a hand. 2 figures are still"
    )
    expect(cells.nth(0)).to_have_value("1.263")
    expect(cells.nth(1)).to_have_value("12,5")
    fits(siti, "saved")
    siti.follow(page.get_by_role("link", name="On to the metadata"))
    expect(page.locator(".satudata-proposed-list")).to_contain_text("Region codes")
    expect(page.locator("[name=satuan]")).to_have_value("keluarga")
    fits(siti, "metadata")


def test_a_session_that_ends_loses_no_figure(lasting_city: Any, person: Any) -> None:  # noqa: F811
    siti = person(lasting_city.producer, "session")
    page = siti.page
    siti.open("/satudata/tables/new")
    page.get_by_label("Title").fill("Pos ronda Kelurahan Aur 2025")
    page.get_by_label("Kelurahan Aur as a whole").check()
    siti.press("Make the empty table")
    page.locator("input[data-kind=number]").first.fill("17")
    page.wait_for_function("Object.values(localStorage).some(kept => kept.includes('[\"17\"]'))")
    cookies = siti.context.cookies()
    siti.context.clear_cookies()
    siti.press("Save draft")
    expect(page.locator("[data-satudata-trouble]")).to_contain_text("Your session has ended")
    expect(page.locator("input[data-kind=number]").first).to_have_value("17")
    siti.see("ended")
    siti.context.add_cookies(cookies)
    # The machine is switched off and on again.
    page.evaluate("window.onbeforeunload = null")
    page.once("dialog", lambda dialog: dialog.accept())
    page.reload()
    siti.settle()
    page.locator("[data-satudata-restore-yes]").click()
    expect(page.locator("input[data-kind=number]").first).to_have_value("17")
    siti.press("Save draft")
    expect(page.locator(".alert", has_text="Saved as a draft")).to_be_visible()
    expect(page.locator("input[data-kind=number]").first).to_have_value("17")


def test_without_scripts_a_table_is_typed_all_the_same(lasting_city: Any, person: Any) -> None:  # noqa: F811
    siti = person(lasting_city.producer, "plain", java_script_enabled=False, viewport=PHONE)
    page = siti.page
    siti.open("/satudata/tables/new")
    page.get_by_label("Title").fill("Warung Kelurahan Aur 2025")
    page.get_by_label("Kelurahan Aur as a whole").check()
    siti.press("Make the empty table")
    siti.press("More rows")
    expect(page.locator("tr[data-row]")).to_have_count(6)
    page.locator("input[data-kind=number]").first.fill("45")
    siti.press("Save draft")
    expect(page.locator("input[data-kind=number]").first).to_have_value("45")
    expect(page.locator("tr[data-row]")).to_have_count(1 + 5)
    siti.see("phone")


def test_last_years_data_become_this_years_draft(lasting_city: Any, person: Any) -> None:  # noqa: F811
    city = lasting_city
    title = "Jumlah balita Kelurahan Aur 2024"
    source = walk_to(city, "published", title=title)
    siti = person(city.producer, "edition")
    page = siti.page
    siti.open(f"/dataset/{source['name']}")
    siti.follow(page.get_by_role("link", name="Make an edition"))
    expect(page.locator("#edition-title")).to_have_value("Jumlah balita Kelurahan Aur 2025")
    expect(page.locator("#edition-seri")).to_have_value("jumlah-balita-kelurahan-aur")
    fits(siti, "choose")
    siti.press("Make an edition")
    expect(page.locator(".satudata-proposed-list")).to_contain_text("Period from")
    expect(page.locator("[name=periode_awal]")).to_have_value("2025-01-01")
    fits(siti, "marked")
    page.locator("#satudata-checked").check()
    siti.send(page.locator(".satudata-actions-buttons button[type=submit]").first)
    siti.open("/satudata/my-work?part=all")
    expect(page.locator(".satudata-card", has_text=title)).to_contain_text("Make an edition")
    fits(siti, "our-data")


def test_two_people_at_one_form(lasting_city: Any, person: Any) -> None:  # noqa: F811
    city = lasting_city
    title = "Jumlah lansia Kelurahan Aur 2025"
    package = call_as(city.producer, "package_create", **submittable(city.kelurahan, title=title, state="active"))
    siti = person(city.producer, "stale")
    page = siti.page
    siti.open(f"/dataset/edit/{package['name']}")
    page.evaluate("document.querySelectorAll('details').forEach(one => { one.open = true; })")
    page.locator("[name=konsep]").fill("Penduduk lanjut usia")
    page.locator("[name=sumber]").fill("Buku register")
    call_as(city.colleague, "package_patch", id=package["id"], konsep="Lansia 60 tahun ke atas", satuan="orang")
    siti.send(page.locator(".satudata-actions-buttons button", has_text="Save draft"))
    expect(page.locator(".satudata-stale")).to_contain_text("Sari Wulandari saved changes at")
    expect(page.locator("[name=konsep]")).to_have_value("Penduduk lanjut usia")
    fits(siti, "difference")
    expect(page.locator(".satudata-stale")).not_to_contain_text("expected_metadata")
    page.locator("input[name='satudata_choice.konsep'][value=mine]").check()
    siti.send(page.locator(".satudata-actions-buttons button", has_text="Save draft"))
    expect(page.locator(".satudata-stale")).to_have_count(0)
    model.Session.rollback()
    stored = call_as(city.producer, "package_show", id=package["id"])
    assert (stored["konsep"], stored["satuan"], stored["sumber"]) == ("Penduduk lanjut usia", "orang", "Buku register")
