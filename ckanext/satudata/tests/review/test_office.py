"""A day of a checker and a producer in a real browser: keys, presses without a reason, many at once, a phone."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from ckan import model
from playwright.sync_api import Browser, expect

from ckanext.satudata.tests.conftest import call_as
from ckanext.satudata.tests.factories import submittable
from ckanext.satudata.tests.review.conftest import ALL_CONFORM, ONE_FAILS, walk_to
from ckanext.satudata.tests.story import live
from ckanext.satudata.tests.story.browser import PASSWORD, PHONE, at_a_screen, chromium, sideways

TITLES = (
    "Jumlah balita menurut status gizi",
    "Panjang jalan menurut kondisi permukaan dan kewenangan pemeliharaan di Kelurahan Aur",
    "Jumlah kepala keluarga penerima bantuan",
)


@pytest.fixture(scope="module")
def office(lasting_city: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Browser]]:
    """The city with data in several states, served over HTTP; everybody's password is known."""
    city = lasting_city
    for title in TITLES:
        walk_to(city, "submitted", title=title)
    walk_to(city, "custodian_check", title="Kode wilayah Kota Medan")
    walk_to(city, "pembina_review", title="Jumlah penduduk menurut agama")
    for name, person in (("Siti Rahma", city.producer), ("Sari Wulandari", city.custodian), ("Budi", city.pembina)):
        user = model.User.get(person["id"])
        user.fullname, user.password = name, PASSWORD
    model.Session.commit()
    with live.serve(tmp_path_factory.mktemp("office"), ckan__locale_default="en") as portal, chromium() as browser:
        yield portal.url, browser


person = pytest.fixture(at_a_screen)


def back_for_mending(city: Any, title: str) -> dict[str, Any]:
    package = walk_to(city, "submitted", title=title)
    call_as(
        city.custodian, "satudata_review_transition", id=package["id"], action="return",
        comment="Satuannya keliru dan sumbernya belum disebut.", principle_results=ONE_FAILS,
        field_comments={"satuan": "Pakai jiwa, bukan orang.", "notes": "Sebut sumber datanya."},
    )  # fmt: skip
    return package


def test_the_keys_move_open_search_and_rest_while_typing(lasting_city: Any, person: Any) -> None:
    sari = person(lasting_city.custodian, "queue")
    page = sari.page
    sari.open("/satudata/review")
    sari.see("queue")
    rows = page.locator("a[data-row]")
    page.keyboard.press("j")
    expect(rows.nth(0)).to_be_focused()
    page.keyboard.press("j")
    expect(rows.nth(1)).to_be_focused()
    page.keyboard.press("k")
    expect(rows.nth(0)).to_be_focused()
    page.keyboard.press("x")
    expect(page.locator("input[name=item]:checked")).to_have_count(1)
    expect(page.locator("[data-satudata-ticked]")).to_have_text("1 selected")
    page.keyboard.press("/")
    expect(page.locator("#queue-q")).to_be_focused()
    page.keyboard.type("jk?x")
    expect(page.locator("#queue-q")).to_have_value("jk?x")
    expect(page.locator("#satudata-keys-help")).to_be_hidden()
    page.locator("h1").click()
    page.keyboard.press("?")
    expect(page.locator("#satudata-keys-help")).to_be_visible()
    sari.see("keys")
    page.locator("[data-satudata-keys-on]").uncheck()
    page.locator("#satudata-keys-help button").click()
    page.reload()
    sari.settle()
    page.keyboard.press("j")
    expect(rows.nth(0)).not_to_be_focused()
    page.evaluate("window.localStorage.clear()")
    page.reload()
    sari.settle()
    title = rows.nth(0).inner_text()
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    expect(page.locator("h1").first).to_have_text(title)


def test_a_press_without_a_reason_moves_to_its_box_and_a_standard_reason_fills_it(
    lasting_city: Any, person: Any
) -> None:
    city = lasting_city
    pid = walk_to(city, "submitted", title="Jumlah posyandu")["id"]
    sari = person(city.custodian, "desk")
    page = sari.page
    sari.open(f"/satudata/review/{pid}")
    sari.see("desk")
    sari.send(page.locator("button[value=return]"))
    expect(page.locator("#desk-comment")).to_be_focused()
    expect(page.locator("#comment-error")).to_contain_text("Write the reason")
    page.locator(".satudata-reason summary").click()
    page.get_by_role("button", name="The file cannot be opened").click()
    expect(page.locator("#desk-comment")).to_have_value(
        "The file cannot be opened. Upload it again, best as CSV or XLSX."
    )
    sari.send(page.locator("button[value=return]"))
    expect(page.locator("input[name='conforms.standar_data']").first).to_be_focused()
    page.get_by_role("button", name="All conform").click()
    page.locator("#prinsip summary").first.click()
    page.get_by_role("button", name="The unit is not right").click()
    page.locator("input[name='conforms.standar_data'][value=no]").check()
    page.locator("#isian-satuan summary").click()
    page.locator("textarea[name='field.satuan']").fill("Pakai jiwa, bukan orang.")
    sari.see("desk-filled")
    sari.send(page.locator("button[value=return]"))
    expect(page.locator(".satudata-result h1")).to_contain_text("Returned.")
    sari.see("result")


def test_a_producer_mends_what_was_commented_and_the_checker_sees_what_changed(lasting_city: Any, person: Any) -> None:
    city = lasting_city
    package = back_for_mending(city, "Jumlah rumah tidak layak huni")
    siti = person(city.producer, "mending")
    page = siti.page
    siti.open("/satudata/my-work")
    siti.see("our-data")
    siti.open(f"/dataset/edit/{package['name']}")
    siti.see("form")
    expect(page.locator("[data-satudata-remark=satuan]")).to_be_visible()
    page.locator(".satudata-asked a[href='#field-satuan']").click()
    expect(page.locator("#field-satuan")).to_be_in_viewport()
    page.locator("#field-satuan").fill("unit")
    siti.send(page.locator("button[value=submit]"))
    expect(page.locator("#satudata-strip-title")).to_contain_text("Submitted")
    siti.see("strip")
    sari = person(city.custodian, "desk-again")
    sari.open(f"/satudata/review/{package['id']}")
    expect(sari.page.locator(".satudata-since-return")).to_contain_text("Changed since the return")
    expect(sari.page.locator("#isian-satuan ins")).to_contain_text("unit")
    sari.see("desk")


def test_many_are_returned_with_one_reason(lasting_city: Any, person: Any) -> None:
    city = lasting_city
    made = [walk_to(city, "submitted", title=f"Data tanam {number}")["id"] for number in range(3)]
    sari = person(city.custodian, "many")
    page = sari.page
    sari.open("/satudata/review?q=Data+tanam&rows=200")
    page.locator("[data-satudata-tick-all]").click()
    expect(page.locator("[data-satudata-ticked]")).to_have_text("3 selected")
    sari.send(page.locator("#satudata-bulk button[value=return]"))
    expect(page.locator(".satudata-lead")).to_have_text("3 can be returned, 0 cannot.")
    page.locator("#bulk-comment").fill("Mohon dilengkapi.")
    for name in ALL_CONFORM:
        page.locator(f"input[name='conforms.{name}'][value=yes]").check()
    sari.see("prepare")
    sari.send(page.locator("form.satudata-confirm button[type=submit]"))
    expect(page.locator(".satudata-lead")).to_contain_text("3 returned.")
    sari.see("results")
    for pid in made:
        assert call_as(city.sysadmin, "satudata_review_show", id=pid)["state"] == "returned"


def test_on_a_phone_every_page_fits_and_the_desk_has_tabs(lasting_city: Any, person: Any) -> None:
    city = lasting_city
    package = back_for_mending(
        city, "Jumlah pedagang kaki lima menurut lokasi, jenis dagangan, dan kepemilikan izin usaha"
    )
    waiting = call_as(city.producer, "package_create", **submittable(city.kelurahan, title=TITLES[1]))["id"]
    call_as(city.producer, "satudata_review_transition", id=waiting, action="submit")
    sari = person(city.custodian, "phone", viewport=PHONE, has_touch=True, is_mobile=True)
    page = sari.page
    for step, path in (
        ("queue", "/satudata/review"),
        ("tasks", "/satudata/my-tasks"),
        ("desk", f"/satudata/review/{waiting}"),
        ("history", f"/satudata/review/{package['id']}/history"),
    ):
        sari.open(path)
        sari.see(step)
        assert sideways(page) == [], step
    sari.open(f"/satudata/review/{waiting}")
    expect(page.locator("#data")).to_be_visible()
    expect(page.locator("#prinsip")).to_be_hidden()
    page.locator(".satudata-jump a[href='#prinsip']").click()
    expect(page.locator("#prinsip")).to_be_visible()
    expect(page.locator("#data")).to_be_hidden()
    sari.see("principles")
    siti = person(city.producer, "phone-producer", viewport=PHONE, has_touch=True, is_mobile=True)
    for step, path in (("form", f"/dataset/edit/{package['name']}"), ("our-data", "/satudata/my-work")):
        siti.open(path)
        siti.see(step)
        assert sideways(siti.page) == [], step
