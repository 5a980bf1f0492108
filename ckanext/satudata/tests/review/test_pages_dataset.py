"""The dataset page and CKAN's own forms: the strip, the words for the public, *Ajukan* in place of Publish."""

from __future__ import annotations

import io
from typing import Any

import pytest
from ckan.common import config
from ckan.config.middleware import make_app
from ckan.tests import helpers

from ckanext.satudata.tests.conftest import call_as
from ckanext.satudata.tests.factories import submittable
from ckanext.satudata.tests.review.conftest import walk_to
from ckanext.satudata.tests.review.pages import our_forms, soup, words
from ckanext.satudata.tests.statements import counted


def state_of(city: Any, pid: str) -> str:
    return call_as(city.sysadmin, "satudata_review_show", id=pid)["state"]


def strip(web: Any, who: dict[str, str], pid: str) -> Any:
    return soup(web.get(f"/dataset/{pid}", headers=who)).select_one(".satudata-strip")


def test_the_public_reads_only_that_it_was_checked_and_when(web: Any, city: Any, as_user: Any) -> None:
    pid = walk_to(city, "published")["id"]
    for user in (None, city.stranger):
        page = soup(web.get(f"/dataset/{pid}", headers=as_user(user)))
        assert not page.select(".satudata-strip")
        assert "Checked by the custodian on" in words(page.select_one(".satudata-checked"))
        assert city.custodian["fullname"] not in words(page)


def test_the_public_page_asks_each_thing_once_and_nothing_of_roles(web: Any, city: Any) -> None:
    name = walk_to(city, "published")["name"]
    web.get(f"/dataset/{name}")
    with counted() as statements:
        web.get(f"/dataset/{name}")
    ours = [one for one in statements if "satudata_" in one]
    # Gone? restricted? its review, its working copies, the course of its figures, its score, its regions.
    assert len(ours) <= 10
    assert len(set(ours)) == len(ours)
    assert not [one for one in ours if "satudata_role" in one]


@pytest.mark.parametrize(
    ("state", "person", "first"),
    [
        ("draft", "producer", "Submit for review"),
        ("returned", "producer", "Submit again"),
        ("submitted", "custodian", "Check these data"),
        ("custodian_check", "custodian", "Check these data"),
        ("pembina_review", "pembina", "Check these data"),
        ("approved", "custodian", "Check and publish"),
    ],
)
def test_the_strip_gives_the_next_step_to_whose_turn_it_is(
    web: Any, city: Any, as_user: Any, state: str, person: str, first: str
) -> None:
    pid = walk_to(city, state)["id"]
    found = strip(web, as_user(getattr(city, person)), pid)
    buttons = [words(button) for button in found.select(".satudata-buttons .btn")]
    assert buttons[0] == first
    assert len(buttons) <= 2
    assert "Waits for you" in words(found)
    assert words(found.select_one("[aria-current=step]"))


def test_whoever_cannot_go_on_with_withdrawn_data_reads_whom_to_ask(web: Any, city: Any, as_user: Any) -> None:
    pid = walk_to(city, "withdrawn")["id"]
    asked = "ask the custodian for “Reopen”"
    assert asked in words(strip(web, as_user(city.producer), pid))
    assert asked not in words(strip(web, as_user(city.custodian), pid))
    assert asked not in words(strip(web, as_user(city.producer), walk_to(city, "submitted")["id"]))


def test_the_strip_shows_who_has_it_and_the_reason_of_the_return(web: Any, city: Any, as_user: Any) -> None:
    held = strip(web, as_user(city.producer), walk_to(city, "custodian_check")["id"])
    assert "Waiting time today" in words(held)
    assert (city.custodian["fullname"] or city.custodian["name"]) in words(held)
    returned = strip(web, as_user(city.producer), walk_to(city, "returned")["id"])
    for word in ("Lengkapi satuan", "Satuan belum tepat", "Data standard : does not conform"):
        assert word in words(returned)


def test_what_is_missing_stands_on_the_page_with_the_way_to_it(web: Any, city: Any, as_user: Any) -> None:
    package = call_as(city.producer, "package_create", **submittable(city.kelurahan, satuan=""))
    found = strip(web, as_user(city.producer), package["id"])
    links = [a["href"] for a in found.select(".satudata-missing-list a")]
    assert any(link.endswith(f"/dataset/edit/{package['name']}#field-satuan") for link in links)


def test_submitting_from_the_page_hands_it_over(web: Any, city: Any, as_user: Any) -> None:
    pid = walk_to(city, "draft")["id"]
    headers = as_user(city.producer)
    form = strip(web, headers, pid).select_one("form")
    assert form.select_one("input[name=_csrf_token]")
    version = form.select_one("input[name=expected_version]")["value"]
    answer = web.post(form["action"], headers=headers, data={"action": "submit", "expected_version": version})
    assert "Submitted. The custodian has it now." in words(soup(answer))
    assert state_of(city, pid) == "submitted"


def test_submitting_with_something_missing_opens_the_form_at_the_first_of_it(web: Any, city: Any, as_user: Any) -> None:
    package = call_as(city.producer, "package_create", **submittable(city.kelurahan, satuan=""))
    answer = web.post(
        f"/satudata/review/{package['id']}/act",
        headers=as_user(city.producer),
        data={"action": "submit"},
        follow_redirects=False,
    )
    assert answer.headers["Location"].endswith(f"/dataset/edit/{package['name']}#field-satuan")
    assert state_of(city, package["id"]) == "draft"


def edit_form(web: Any, headers: dict[str, str], name: str) -> tuple[Any, dict[str, str]]:
    page = soup(web.get(f"/dataset/edit/{name}", headers=headers))
    form = page.select_one("#dataset-edit")
    values = {
        field["name"]: field.get("value", "") for field in form.select("input[name]") if field.get("type") != "checkbox"
    }
    values |= {field["name"]: field.get_text().lstrip("\n") for field in form.select("textarea[name]")}
    for field in form.select("select[name]"):
        chosen = field.select_one("option[selected]")
        values[field["name"]] = chosen["value"] if chosen else ""
    return form, values


def test_the_form_of_a_draft_offers_submit_and_neither_publish_nor_visibility(
    web: Any, city: Any, as_user: Any
) -> None:
    package = walk_to(city, "draft")
    form, _values = edit_form(web, as_user(city.producer), package["name"])
    buttons = [words(button) for button in form.select("button[type=submit]")]
    assert "Submit for review" in buttons
    assert not form.select("button[value=go-metadata-unpublish]")
    assert not form.select("select[name=private]")


def test_submit_in_the_form_saves_and_hands_over_in_one_press(web: Any, city: Any, as_user: Any) -> None:
    package = walk_to(city, "draft")
    headers = as_user(city.producer)
    form, values = edit_form(web, headers, package["name"])
    target = form.select_one("button[formaction]")["formaction"]
    answer = web.post(target, headers=headers, data={**values, "title": "Judul baru", "save": "submit"})
    assert "Submitted. The custodian has it now." in words(soup(answer))
    assert call_as(city.producer, "package_show", id=package["id"])["title"] == "Judul baru"
    assert state_of(city, package["id"]) == "submitted"


def test_submit_in_the_form_with_something_missing_saves_and_points_at_it(web: Any, city: Any, as_user: Any) -> None:
    package = walk_to(city, "draft")
    headers = as_user(city.producer)
    form, values = edit_form(web, headers, package["name"])
    target = form.select_one("button[formaction]")["formaction"]
    data = {**values, "title": "Judul baru", "satuan": "", "save": "submit"}
    answer = web.post(target, headers=headers, data=data, follow_redirects=False)
    assert answer.headers["Location"].endswith(f"/dataset/edit/{package['name']}#field-satuan")
    assert call_as(city.producer, "package_show", id=package["id"])["title"] == "Judul baru"
    assert state_of(city, package["id"]) == "draft"


def test_submit_in_the_form_with_an_error_of_ckan_keeps_what_was_typed(web: Any, city: Any, as_user: Any) -> None:
    package = walk_to(city, "draft")
    headers = as_user(city.producer)
    form, values = edit_form(web, headers, package["name"])
    target = form.select_one("button[formaction]")["formaction"]
    answer = web.post(
        target, headers=headers, data={**values, "title": "Judul baru", "name": "Nama Salah!", "save": "submit"}
    )
    page = soup(answer)
    assert page.select_one("[name=title]")["value"] == "Judul baru"
    assert page.select_one("#dataset-edit")["action"].endswith(f"/dataset/edit/{package['name']}")
    assert state_of(city, package["id"]) == "draft"


def test_the_last_step_of_a_new_dataset_saves_a_draft_or_submits(web: Any, city: Any, as_user: Any) -> None:
    headers = as_user(city.producer)
    package = call_as(city.producer, "package_create", **submittable(city.kelurahan, state="draft", resources=[]))
    page = soup(web.get(f"/dataset/{package['name']}/resource/new", headers=headers))
    form = page.select_one("#resource-edit")
    buttons = {words(button): button for button in form.select("button[type=submit]")}
    assert "Publish" not in buttons
    assert "Save draft" in buttons
    target = buttons["Submit for review"]["formaction"]
    answer = web.post(
        target,
        headers=headers,
        data={"id": "", "save": "go-metadata", "name": "Penduduk", "url": "https://example.com/p.csv", "format": "CSV"},
    )
    assert "Submitted. The custodian has it now." in words(soup(answer))
    assert state_of(city, package["id"]) == "submitted"


def test_an_uploaded_file_arrives_with_the_submission(web: Any, city: Any, as_user: Any) -> None:
    headers = as_user(city.producer)
    package = call_as(city.producer, "package_create", **submittable(city.kelurahan, state="draft", resources=[]))
    data = {
        "id": "", "save": "go-metadata", "name": "Penduduk", "format": "CSV", "url": "p.csv", "url_type": "upload",
        "upload": (io.BytesIO(b"jenis_kelamin,jumlah\nL,10\nP,12\n"), "p.csv"),
    }  # fmt: skip
    web.post(f"/satudata/review/{package['id']}/add-and-submit", headers=headers, data=data)
    shown = call_as(city.producer, "package_show", id=package["id"])
    assert shown["resources"][0]["url"].endswith("p.csv")
    assert state_of(city, package["id"]) == "submitted"


def test_a_form_without_the_token_is_refused_where_tokens_are_asked_for(
    city: Any, as_user: Any, ckan_config: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    pid = walk_to(city, "submitted")["id"]
    monkeypatch.setitem(config, "WTF_CSRF_ENABLED", True)
    guarded = helpers.CKANTestApp(make_app(config))
    # Whoever came with a token of the API before must not have opened the view for everybody.
    guarded.get(f"/satudata/review/{pid}", headers=as_user(city.custodian))
    login = soup(guarded.get("/user/login")).select_one("main form, .main form[action*=login], form:has(#field-login)")
    token = login.select_one("input[name=_csrf_token]")["value"]
    helpers.call_action("user_patch", id=city.custodian["id"], password="sandi-yang-panjang")
    guarded.post(
        "/user/login",
        data={"login": city.custodian["name"], "password": "sandi-yang-panjang", "_csrf_token": token},
    )
    assert guarded.get(f"/satudata/review/{pid}", follow_redirects=False).status_code == 200
    for path in ("", "/act", "/confirm/withdraw", "/save-and-submit", "/add-and-submit"):
        answer = guarded.post(f"/satudata/review/{pid}{path}", data={"action": "claim"}, follow_redirects=False)
        assert answer.status_code == 400, path
    assert state_of(city, pid) == "submitted"


def test_every_form_of_the_dataset_page_carries_the_token(web: Any, city: Any, as_user: Any) -> None:
    pid = walk_to(city, "draft")["id"]
    for path in (f"/dataset/{pid}", f"/dataset/edit/{pid}"):
        for form in our_forms(soup(web.get(path, headers=as_user(city.producer)))):
            assert form.select_one("input[name=_csrf_token]"), form


def test_the_pages_speak_indonesian(web: Any, city: Any, as_user: Any) -> None:
    pid = walk_to(city, "submitted")["id"]
    text = words(soup(web.get("/id/satudata/review", headers=as_user(city.custodian))))
    for word in ("Antrean pemeriksaan", "Menunggu saya", "Lama menunggu", "Petugas pemeriksa", "Tenggat", "Ambil"):
        assert word in text
    found = words(soup(web.get(f"/id/dataset/{pid}", headers=as_user(city.custodian))).select_one(".satudata-strip"))
    assert "Diajukan" in found
    assert "Pemeriksaan Walidata" in found
