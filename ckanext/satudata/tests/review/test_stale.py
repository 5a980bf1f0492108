"""Two people editing: a stale save is refused with the difference, and nothing typed is lost."""

from __future__ import annotations

import io
import threading
from collections import Counter
from types import SimpleNamespace
from typing import Any

import ckantoolkit as tk
import pytest
from bs4 import BeautifulSoup
from ckan import model
from werkzeug.datastructures import FileStorage

from ckanext.satudata.tests.conftest import call_as
from ckanext.satudata.tests.factories import submittable
from ckanext.satudata.tests.review.conftest import walk_to
from ckanext.satudata.tests.review.pages import soup, words


@pytest.fixture
def city(lasting_city: SimpleNamespace) -> SimpleNamespace:
    return lasting_city


@pytest.fixture
def draft(city: SimpleNamespace) -> dict[str, Any]:
    return walk_to(city, "draft")


def form_values(page: BeautifulSoup, form_id: str = "dataset-edit") -> dict[str, Any]:
    """What a browser would send of a form, but for its buttons."""
    form = page.select_one(f"form#{form_id}")
    assert form is not None
    values: dict[str, Any] = {}
    for field in form.select("input[name], textarea[name], select[name]"):
        kind = field.get("type", "")
        if kind in ("submit", "file", "button") or (kind in ("checkbox", "radio") and not field.has_attr("checked")):
            continue
        if field.name == "select":
            chosen = [o.get("value", "") for o in field.select("option[selected]")]
            value = chosen[0] if chosen else ""
        else:
            value = field.get_text().removeprefix("\n") if field.name == "textarea" else str(field.get("value") or "")
        values[str(field["name"])] = value
    return values


def opened(app: Any, address: str, headers: dict[str, str], form_id: str = "dataset-edit") -> dict[str, Any]:
    return form_values(soup(app.get(address, headers=headers)), form_id)


def saved(app: Any, address: str, headers: dict[str, str], values: dict[str, Any], **more: Any) -> Any:
    return app.post(address, data={**values, "save": "", **more}, headers=headers, follow_redirects=False)


def test_a_form_that_nobody_else_touched_saves(city: Any, draft: Any, app_once: Any, as_user: Any) -> None:
    address, me = f"/dataset/edit/{draft['name']}", as_user(city.producer)
    answer = saved(app_once, address, me, opened(app_once, address, me) | {"konsep": "Penduduk tetap"})
    assert answer.status_code == 302
    assert call_as(city.producer, "package_show", id=draft["id"])["konsep"] == "Penduduk tetap"


def test_the_api_refuses_what_rests_on_an_older_version(city: Any, draft: Any) -> None:
    read = call_as(city.producer, "package_show", id=draft["id"])["metadata_modified"]
    call_as(city.colleague, "package_patch", id=draft["id"], satuan="orang")
    with pytest.raises(tk.ValidationError) as refused:
        call_as(
            city.producer, "package_patch", id=draft["id"], satuan="keluarga", expected_metadata_modified=read
        )  # fmt: skip
    assert city.colleague["fullname"] in refused.value.error_dict["expected_metadata_modified"][0]
    now = call_as(city.producer, "package_show", id=draft["id"])
    assert now["satuan"] == "orang"
    fresh = now["metadata_modified"]
    call_as(city.producer, "package_patch", id=draft["id"], satuan="jiwa", expected_metadata_modified=fresh)
    stored = call_as(city.producer, "package_show", id=draft["id"])
    assert stored["satuan"] == "jiwa"
    assert not [key for key in stored if key.startswith(("expected", "satudata_"))]
    assert not [extra for extra in stored.get("extras", []) if "expected" in extra["key"]]


def test_a_moment_that_is_none_is_said_so(city: Any, draft: Any) -> None:
    with pytest.raises(tk.ValidationError) as refused:
        call_as(city.producer, "package_patch", id=draft["id"], satuan="x", expected_metadata_modified="kemarin")
    assert "metadata_modified" in refused.value.error_dict["expected_metadata_modified"][0]


def test_a_stale_form_comes_back_with_the_difference_and_what_was_typed(
    city: Any, draft: Any, app_once: Any, as_user: Any
) -> None:
    address, me = f"/dataset/edit/{draft['name']}", as_user(city.producer)
    mine = opened(app_once, address, me) | {"konsep": "Penduduk tetap", "sumber": "Buku register"}
    call_as(city.colleague, "package_patch", id=draft["id"], konsep="Penduduk menetap", satuan="orang")
    answer = saved(app_once, address, me, mine)
    assert answer.status_code == 200
    page = soup(answer)
    said = words(page.select_one(".satudata-stale"))
    assert city.colleague["fullname"] in said
    assert "Penduduk menetap" in said and "Penduduk tetap" in said
    # Nothing was written, and one's own values still stand in the form.
    assert call_as(city.producer, "package_show", id=draft["id"])["konsep"] == "Penduduk menetap"
    again = form_values(page)
    assert again["konsep"] == "Penduduk tetap" and again["sumber"] == "Buku register"
    # A field that one has not touched is theirs unless one says otherwise; one that both changed must be chosen.
    assert again.get("satudata_choice.satuan") == "theirs"
    assert "satudata_choice.konsep" not in again
    assert saved(app_once, address, me, again).status_code == 200
    answer = saved(app_once, address, me, again, **{"satudata_choice.konsep": "mine"})
    assert answer.status_code == 302
    stored = call_as(city.producer, "package_show", id=draft["id"])
    assert (stored["konsep"], stored["satuan"], stored["sumber"]) == ("Penduduk tetap", "orang", "Buku register")


def test_a_choice_holds_only_for_what_was_shown(city: Any, draft: Any, app_once: Any, as_user: Any) -> None:
    address, me = f"/dataset/edit/{draft['name']}", as_user(city.producer)
    mine = opened(app_once, address, me) | {"konsep": "A"}
    call_as(city.colleague, "package_patch", id=draft["id"], konsep="B")
    again = form_values(soup(saved(app_once, address, me, mine)))
    call_as(city.colleague, "package_patch", id=draft["id"], konsep="C")
    third = saved(app_once, address, me, again, **{"satudata_choice.konsep": "mine"})
    assert third.status_code == 200
    assert "C" in words(soup(third).select_one(".satudata-stale"))
    assert call_as(city.producer, "package_show", id=draft["id"])["konsep"] == "C"


def test_taking_theirs_keeps_the_rest_of_mine(city: Any, draft: Any, app_once: Any, as_user: Any) -> None:
    address, me = f"/dataset/edit/{draft['name']}", as_user(city.producer)
    mine = opened(app_once, address, me) | {"tag_string": "satu,dua", "definisi": "Definisi saya"}
    call_as(city.colleague, "package_patch", id=draft["id"], tags=[{"name": "tiga"}, {"name": "empat"}])
    again = form_values(soup(saved(app_once, address, me, mine)))
    assert saved(app_once, address, me, again, **{"satudata_choice.tags": "theirs"}).status_code == 302
    stored = call_as(city.producer, "package_show", id=draft["id"])
    assert sorted(tag["name"] for tag in stored["tags"]) == ["empat", "tiga"]
    assert stored["definisi"] == "Definisi saya"


def test_what_programs_write_makes_no_form_stale(city: Any, draft: Any, app_once: Any, as_user: Any) -> None:
    address, me = f"/dataset/edit/{draft['name']}", as_user(city.producer)
    mine = opened(app_once, address, me) | {"konsep": "Baru"}
    resource_id = draft["resources"][0]["id"]
    site = tk.get_action("get_site_user")({"ignore_auth": True}, {})
    tk.get_action("resource_patch")({"user": site["name"]}, {"id": resource_id, "size": 12})
    assert saved(app_once, address, me, mine).status_code == 302


def test_a_token_that_was_tampered_with_only_ever_refuses(city: Any, draft: Any, app_once: Any, as_user: Any) -> None:
    address, me = f"/dataset/edit/{draft['name']}", as_user(city.producer)
    mine = opened(app_once, address, me) | {"konsep": "Lain", "satudata_opened": "{not json"}
    answer = saved(app_once, address, me, mine)
    assert answer.status_code == 200 and soup(answer).select_one(".satudata-stale") is not None
    assert call_as(city.producer, "package_show", id=draft["id"])["konsep"] == "Penduduk"


@pytest.mark.parametrize("person", ["stranger", "neighbour", "member", "city_admin"])
def test_who_may_not_edit_hears_nothing_of_who_saved(city: Any, draft: Any, person: str) -> None:
    with pytest.raises(tk.NotAuthorized) as refused:
        call_as(
            getattr(city, person), "package_patch", id=draft["id"], satuan="x", expected_metadata_modified="2020-01-01"
        )  # fmt: skip
    assert "saved changes" not in str(refused.value)


@pytest.mark.parametrize("package_type", ["kegiatan", "indikator"])
def test_activities_and_indicators_are_held_the_same(city: Any, package_type: str, app_once: Any, as_user: Any) -> None:
    made = call_as(
        city.producer, "package_create", type=package_type, title="Pendataan keluarga 2025",
        name=f"uji-basi-{package_type}", owner_org=city.kelurahan["id"], state="active",
    )  # fmt: skip
    address, me = f"/{package_type}/edit/{made['name']}", as_user(city.producer)
    mine = opened(app_once, address, me) | {"notes": "Catatan saya"}
    call_as(city.colleague, "package_patch", id=made["id"], notes="Catatan Sari")
    answer = saved(app_once, address, me, mine)
    assert answer.status_code == 200
    assert "Catatan Sari" in words(soup(answer).select_one(".satudata-stale"))
    again = form_values(soup(answer))
    assert again["notes"] == "Catatan saya"
    assert saved(app_once, address, me, again, **{"satudata_choice.notes": "theirs"}).status_code == 302
    assert call_as(city.producer, "package_show", id=made["id"])["notes"] == "Catatan Sari"


def test_rows_that_both_changed_are_shown_row_by_row(city: Any, app_once: Any, as_user: Any) -> None:
    rows = [{"nama": f"Variabel {n}", "satuan": "orang"} for n in range(12)]
    made = call_as(
        city.producer, "package_create", type="kegiatan", title="Pendataan keluarga 2026", name="uji-basi-baris",
        owner_org=city.kelurahan["id"], state="active", variabel=rows,
    )  # fmt: skip
    read = call_as(city.producer, "package_show", id=made["id"])
    call_as(city.colleague, "package_patch", id=made["id"], variabel=[*rows[:11], {"nama": "Umur", "satuan": "tahun"}])
    from ckanext.satudata.review import stale

    with app_once.flask_app.test_request_context(), pytest.raises(tk.ValidationError):
        changed = [*rows[:11], {"nama": "Usia", "satuan": "tahun"}]
        data = {**read, "variabel": changed, stale.OPENED: stale.token_of(read)}
        data.pop("metadata_modified")
        call_as(city.producer, "package_update", **data)
    assert call_as(city.producer, "package_show", id=made["id"])["variabel"][11]["nama"] == "Umur"


def test_of_saves_at_the_same_moment_one_wins_and_the_others_are_told(city: Any, draft: Any, app_once: Any) -> None:
    read = call_as(city.producer, "package_show", id=draft["id"])["metadata_modified"]
    start, outcomes = threading.Barrier(6), []

    def save(number: int) -> None:
        with app_once.flask_app.test_request_context():
            person = city.producer if number % 2 else city.colleague
            start.wait(timeout=60)
            try:
                call_as(
                    person, "package_patch", id=draft["id"], konsep=f"Nomor {number}", expected_metadata_modified=read
                )  # fmt: skip
                outcomes.append("saved")
            except tk.ValidationError as error:
                outcomes.append(next(iter(error.error_dict)))
            finally:
                model.Session.remove()

    threads = [threading.Thread(target=save, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=120)
    assert Counter(outcomes) == {"saved": 1, "expected_metadata_modified": 5}


def test_a_file_form_is_held_as_well(city: Any, app_once: Any, as_user: Any) -> None:
    package = call_as(city.producer, "package_create", **submittable(city.kelurahan, resources=[]))
    file = FileStorage(io.BytesIO(b"a,b\n1,2\n"), filename="tabel.csv")
    made = call_as(city.producer, "resource_create", package_id=package["id"], upload=file, name="Tabel")
    address, me = f"/dataset/{package['name']}/resource/{made['id']}/edit", as_user(city.producer)
    mine = opened(app_once, address, me, "resource-edit") | {"name": "Tabel saya"}
    call_as(city.colleague, "resource_patch", id=made["id"], name="Tabel Sari")
    answer = saved(app_once, address, me, mine)
    assert answer.status_code == 200
    assert "Tabel Sari" in words(soup(answer).select_one(".satudata-stale"))
    again = form_values(soup(answer), "resource-edit")
    assert again["name"] == "Tabel saya"
    assert saved(app_once, address, me, again, **{"satudata_choice.name": "mine"}).status_code == 302
    stored = call_as(city.producer, "resource_show", id=made["id"])
    assert stored["name"] == "Tabel saya" and not [key for key in stored if "opened" in key]


def test_a_file_that_was_replaced_meanwhile_is_not_overwritten(city: Any, app_once: Any, as_user: Any) -> None:
    package = call_as(city.producer, "package_create", **submittable(city.kelurahan, resources=[]))
    first = FileStorage(io.BytesIO(b"a\n1\n"), filename="tabel.csv")
    made = call_as(city.producer, "resource_create", package_id=package["id"], upload=first, name="Tabel")
    address, me = f"/dataset/{package['name']}/resource/{made['id']}/edit", as_user(city.producer)
    mine = opened(app_once, address, me, "resource-edit")
    second = FileStorage(io.BytesIO(b"a\n2\n"), filename="tabel.csv")
    call_as(city.colleague, "resource_patch", id=made["id"], upload=second)
    answer = saved(app_once, address, me, mine, upload=(io.BytesIO(b"a\n3\n"), "tabel.csv"))
    assert answer.status_code == 200
    assert soup(answer).select_one(".satudata-stale input[name='satudata_choice.upload']") is not None
    download = app_once.get(f"/dataset/{package['id']}/resource/{made['id']}/download/tabel.csv", headers=me)
    assert download.body == "a\n2\n"


def test_a_draft_of_the_wizard_is_held_as_well(city: Any, app_once: Any, as_user: Any) -> None:
    made = submittable(city.kelurahan, resources=[], state="draft")
    package = call_as(city.producer, "package_create", **made)
    me, address = as_user(city.producer), f"/dataset/edit/{package['name']}"
    page = soup(app_once.get(address, headers=me))
    form = page.select_one("form:has(input[name=satudata_opened])")
    assert form is not None
    mine = form_values(page, str(form["id"])) | {"konsep": "Konsep saya"}
    call_as(city.colleague, "package_patch", id=package["id"], konsep="Konsep Sari")
    answer = app_once.post(form["action"], data={**mine, "save": "go-resource"}, headers=me, follow_redirects=False)
    assert answer.status_code == 200
    again = soup(answer)
    assert "Konsep Sari" in words(again.select_one(".satudata-stale"))
    assert form_values(again, str(form["id"]))["konsep"] == "Konsep saya"
    assert call_as(city.producer, "package_show", id=package["id"])["konsep"] == "Konsep Sari"


def test_a_file_of_such_a_draft_keeps_what_was_typed(city: Any, app_once: Any, as_user: Any) -> None:
    package = call_as(
        city.producer, "package_create", **submittable(city.kelurahan, resources=[], state="draft")
    )  # fmt: skip
    file = FileStorage(io.BytesIO(b"a,b\n1,2\n"), filename="tabel.csv")
    made = call_as(city.producer, "resource_create", package_id=package["id"], upload=file, name="Tabel")
    address, me = f"/dataset/{package['name']}/resource/{made['id']}/edit", as_user(city.producer)
    mine = opened(app_once, address, me, "resource-edit") | {"name": "Tabel saya"}
    call_as(city.colleague, "resource_patch", id=made["id"], name="Tabel Sari")
    answer = saved(app_once, address, me, mine)
    assert "Tabel Sari" in words(soup(answer).select_one(".satudata-stale"))
    assert form_values(soup(answer), "resource-edit")["name"] == "Tabel saya"
