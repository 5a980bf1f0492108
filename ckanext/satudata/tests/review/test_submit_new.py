"""*Ajukan* on a form that was never saved: made and handed over in one press, or a draft and the way to the gap."""

from __future__ import annotations

from typing import Any

import pytest
from ckan import model
from ckan.common import config
from ckan.config.middleware import make_app
from ckan.tests import helpers

from ckanext.satudata.tests.conftest import call_as
from ckanext.satudata.tests.factories import submittable
from ckanext.satudata.tests.review.pages import soup, words


def as_sent(package: dict[str, Any]) -> dict[str, Any]:
    """A package as its form sends it."""
    sent: dict[str, Any] = {"_ckan_phase": "" if package.get("type") else "dataset_new_1", "pkg_name": ""}
    for name, value in package.items():
        if name in ("type", "resources"):
            continue
        if name == "tags":
            sent["tag_string"] = ", ".join(tag["name"] for tag in value)
        elif isinstance(value, list) and value and isinstance(value[0], dict):
            for number, row in enumerate(value):
                sent |= {f"{name}-{number}-{sub}": text for sub, text in row.items()}
        else:
            sent[name] = value
    return {**sent, "save": "submit"}


def press(web: Any, headers: dict[str, str], kind: str, sent: dict[str, Any], follow: bool = False) -> Any:
    """Press *Ajukan* where the form of a new one has it."""
    form = soup(web.get(f"/{kind}/new", headers=headers)).select_one("#dataset-edit")
    button = next(one for one in form.select("button[type=submit]") if words(one) == "Submit for review")
    return web.post(button["formaction"], headers=headers, data=sent, follow_redirects=follow)


def state_of(city: Any, name: str) -> str:
    return call_as(city.sysadmin, "satudata_review_show", id=name)["state"]


@pytest.mark.parametrize("kind", ["kegiatan", "indikator"])
def test_what_has_no_files_is_made_and_submitted_in_one_press(
    app_once: Any, lasting_city: Any, as_user: Any, kind: str
) -> None:
    city = lasting_city
    package = submittable(city.kelurahan, type=kind)
    answer = press(app_once, as_user(city.producer), kind, as_sent(package), follow=True)
    assert "Submitted. The custodian has it now." in words(soup(answer))
    assert state_of(city, package["name"]) == "submitted"
    stored = call_as(city.producer, "package_show", id=package["name"])
    assert (stored["state"], stored["private"], stored["title"]) == ("active", True, package["title"])


def test_with_gaps_it_is_a_draft_and_the_form_opens_at_the_first_of_them(
    app_once: Any, lasting_city: Any, as_user: Any
) -> None:
    city = lasting_city
    package = submittable(city.kelurahan, type="kegiatan")
    # The rules find the row first; on the form the activity's own aim comes before its variables.
    package["variabel"][1]["definisi"] = ""
    answer = press(app_once, as_user(city.producer), "kegiatan", as_sent({**package, "tujuan": ""}))
    assert answer.headers["Location"].endswith(f"/kegiatan/edit/{package['name']}#field-tujuan")
    assert state_of(city, package["name"]) == "draft"
    page = soup(app_once.get(f"/kegiatan/edit/{package['name']}", headers=as_user(city.producer)))
    assert "Saved. Not submitted yet: 2 things are still to be completed." in words(page.select_one(".flash-messages"))


def test_a_gap_in_a_row_is_led_to_where_it_stands(app_once: Any, lasting_city: Any, as_user: Any) -> None:
    city = lasting_city
    package = submittable(city.kelurahan, type="kegiatan")
    package["variabel"][1]["definisi"] = ""
    answer = press(app_once, as_user(city.producer), "kegiatan", as_sent(package))
    assert answer.headers["Location"].rpartition("#")[2].startswith("field-variabel-1-")


def test_a_dataset_without_its_file_goes_on_to_the_file_and_is_submitted_with_it(
    app_once: Any, lasting_city: Any, as_user: Any
) -> None:
    city, headers = lasting_city, as_user(lasting_city.producer)
    package = submittable(city.kelurahan)
    answer = press(app_once, headers, "dataset", as_sent(package))
    assert answer.headers["Location"].endswith(f"/dataset/{package['name']}/resource/new")
    page = soup(app_once.get(f"/dataset/{package['name']}/resource/new", headers=headers))
    assert "Only the file is still missing" in words(page.select_one(".flash-messages"))
    target = page.select_one("#resource-edit button[formaction]")["formaction"]
    file = {"id": "", "save": "go-metadata", "name": "Penduduk", "url": "https://example.com/p.csv", "format": "CSV"}
    assert "Submitted. The custodian has it now." in words(soup(app_once.post(target, headers=headers, data=file)))
    assert state_of(city, package["name"]) == "submitted"


def test_a_dataset_with_other_gaps_stays_on_the_form_and_is_no_more_than_a_draft(
    app_once: Any, lasting_city: Any, as_user: Any
) -> None:
    city, headers = lasting_city, as_user(lasting_city.producer)
    package = submittable(city.kelurahan, satuan="")
    answer = press(app_once, headers, "dataset", as_sent(package))
    assert answer.headers["Location"].endswith(f"/dataset/edit/{package['name']}#field-satuan")
    assert state_of(city, package["name"]) == "draft"
    # CKAN opens its form of new data again, and Ajukan stands there again.
    form = soup(app_once.get(f"/dataset/edit/{package['name']}", headers=headers)).select_one("#dataset-edit")
    stored = call_as(city.producer, "package_show", id=package["name"])
    sent = {**as_sent({**package, "satuan": "jiwa"}), "pkg_name": stored["id"]}
    sent["satudata_opened"] = form.select_one("[name=satudata_opened]")["value"]
    answer = app_once.post(
        form.select_one("button[formaction]")["formaction"], headers=headers, data=sent, follow_redirects=False
    )
    assert answer.headers["Location"].endswith(f"/dataset/{package['name']}/resource/new")
    assert call_as(city.producer, "package_show", id=package["name"])["satuan"] == "jiwa"


def test_a_draft_ckan_thinks_finished_is_submitted_from_where_its_file_is_added(
    app_once: Any, lasting_city: Any, as_user: Any
) -> None:
    city = lasting_city
    package = call_as(city.producer, "package_create", **submittable(city.kelurahan, resources=[]))
    page = soup(app_once.get(f"/dataset/{package['name']}/resource/new", headers=as_user(city.producer)))
    assert page.select_one("#resource-edit button[formaction]")


def test_a_form_ckan_refuses_makes_nothing_and_comes_back_as_one_that_saves(
    app_once: Any, lasting_city: Any, as_user: Any
) -> None:
    city = lasting_city
    package = submittable(city.kelurahan, type="kegiatan", name="Nama Salah!")
    page = soup(press(app_once, as_user(city.producer), "kegiatan", as_sent(package)))
    form = page.select_one("#dataset-edit")
    assert form["action"].endswith("/kegiatan/new")
    assert form.select_one("[name=title]")["value"] == package["title"]
    assert form.select_one("button[formaction]")["formaction"].endswith("/review/new/kegiatan/save-and-submit")
    assert model.Session.query(model.Package).filter_by(name="Nama Salah!").count() == 0


@pytest.mark.ckan_config("satudata.review.submit_by", "admin")
def test_where_the_head_submits_an_officer_asks_in_one_press(app_once: Any, lasting_city: Any, as_user: Any) -> None:
    city, headers = lasting_city, as_user(lasting_city.producer)
    package = submittable(city.kelurahan, type="indikator")
    form = soup(app_once.get("/indikator/new", headers=headers)).select_one("#dataset-edit")
    button = form.select_one("button[formaction]")
    assert words(button) == "Ask for consent"
    page = soup(app_once.post(button["formaction"], headers=headers, data=as_sent(package)))
    assert state_of(city, package["name"]) == "draft"
    assert call_as(city.sysadmin, "satudata_review_show", id=package["name"])["asked_by"]
    assert not page.select(".flash-messages .alert-danger")


def test_strangers_other_types_and_forms_without_the_token_make_nothing(
    app_once: Any, lasting_city: Any, as_user: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    city, path = lasting_city, "/satudata/review/new/kegiatan/save-and-submit"
    package = submittable(city.kelurahan, type="kegiatan")
    answer = app_once.post(path, headers=as_user(city.stranger), data=as_sent(package))
    assert answer.status_code in (200, 403)
    assert model.Package.get(package["name"]) is None
    for kind in ("organization", "harvest", "nothing"):
        answer = app_once.post(f"/satudata/review/new/{kind}/save-and-submit", headers=as_user(city.producer), data={})
        assert answer.status_code == 404, kind
    monkeypatch.setitem(config, "WTF_CSRF_ENABLED", True)
    guarded = helpers.CKANTestApp(make_app(config))
    helpers.call_action("user_patch", id=city.producer["id"], password="sandi-yang-panjang")
    login = soup(guarded.get("/user/login")).select_one("form:has(#field-login)")
    token = login.select_one("input[name=_csrf_token]")["value"]
    named = {"login": city.producer["name"], "password": "sandi-yang-panjang", "_csrf_token": token}
    guarded.post("/user/login", data=named)
    assert guarded.post(path, data=as_sent(package), follow_redirects=False).status_code == 400
    assert model.Package.get(package["name"]) is None
