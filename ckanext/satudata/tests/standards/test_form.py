"""The form and the page of a dataset, in both languages."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import ckantoolkit as tk
import pytest
import sqlalchemy as sa
from bs4 import BeautifulSoup
from ckan import model
from ckan.tests import factories

from ckanext.satudata.standards import registry
from ckanext.satudata.tests.conftest import call_as
from ckanext.satudata.tests.factories import officer, submittable

SHOWN = [
    f["field_name"] for f in registry.own_schema("dataset")["dataset_fields"] if f.get("form_snippet", "") is not None
]
Page = Callable[..., BeautifulSoup]


@pytest.fixture
def page(web: Any, editor: dict[str, Any], as_user: Any) -> Page:
    def get(path: str, user: dict[str, Any] | None = editor, status: int = 200) -> BeautifulSoup:
        answer = web.get(path, headers=as_user(user) if user else {})
        assert answer.status_code == status, answer.body[:2000]
        return BeautifulSoup(answer.body, "html.parser")

    return get


def values_of(form: BeautifulSoup) -> dict[str, Any]:
    """What a browser without JavaScript would send."""
    values: dict[str, Any] = {}
    for element in form.select("input[name], textarea[name], select[name]"):
        if element.name == "select":
            chosen = element.select_one("option[selected]") or element.select_one("option")
            values[element["name"]] = chosen["value"] if chosen else ""
        elif element.name == "textarea":
            values[element["name"]] = element.text.removeprefix("\r\n").removeprefix("\n")
        elif element.get("type") not in {"checkbox", "radio", "file"} or element.has_attr("checked"):
            values[element["name"]] = element.get("value", "")
    return values


@pytest.mark.parametrize("lang", ["en", "id"])
def test_every_field_of_the_schema_is_in_the_form_with_its_label_and_help(page: Page, lang: str) -> None:
    form = page(f"/{lang}/dataset/new").select_one("#dataset-edit")
    text = form.get_text(" ")
    for name in SHOWN:
        field = registry.fields_of("dataset")[name]
        assert form.select_one(f"[name={name}]"), name
        if name != "name":
            assert field["label"][lang] in text and field["help_text"][lang] in text


def test_the_form_is_in_five_numbered_groups_with_their_progress_in_words(page: Page) -> None:
    groups = page("/en/dataset/new").select("details.satudata-group")
    assert [group.select_one(".satudata-group-label").text for group in groups] == [
        "About the data",
        "Data standard",
        "Coverage and time",
        "Files",
        "Access and contact",
    ]
    assert [bool(group.has_attr("open")) for group in groups] == [True, False, False, False, False]
    assert groups[1].select_one(".satudata-dots").text == "○○○○○"
    assert groups[1].select_one(".satudata-dots-text").text == "0 of 5"


def test_flags_and_visibility_are_no_choice_of_the_form(page: Page) -> None:
    form = page("/dataset/new").select_one("#dataset-edit")
    assert not form.select("select[name=private], [name=prioritas_tahun], [name=prioritas_daerah_tahun]")
    assert form.select_one("input[type=hidden][name=private]")["value"] == "True"


def test_the_words_publish_and_unpublish_are_nowhere_in_the_forms(page: Page, editor: dict[str, Any]) -> None:
    package = call_as(editor, "package_create", name="uji", owner_org=editor["organization_id"], state="draft")
    for path in ("/dataset/new", f"/dataset/edit/{package['id']}", f"/dataset/{package['id']}/resource/new"):
        buttons = " ".join(button.text for button in page(path).select("form .btn, form button"))
        assert "ublish" not in buttons
        assert "Save draft" in buttons


def test_an_officer_of_one_organization_finds_it_chosen(page: Page, editor: dict[str, Any]) -> None:
    chosen = page("/dataset/new").select_one("select[name=owner_org] option[selected]")
    assert chosen["value"] == editor["organization_id"]


def test_an_officer_of_two_organizations_chooses(page: Page, editor: dict[str, Any]) -> None:
    call_as(
        factories.Sysadmin(),
        "member_create",
        id=factories.Organization()["id"],
        object=editor["id"],
        object_type="user",
        capacity="editor",
    )
    select = page("/dataset/new").select_one("select[name=owner_org]")
    assert not select.select("option[selected]") and select.select_one("option")["value"] == ""


def test_what_is_missing_stands_beside_the_form_and_leads_to_its_field(page: Page, editor: dict[str, Any]) -> None:
    package = call_as(editor, "package_create", **submittable({"id": editor["organization_id"]}, konsep="", sumber=""))
    soup = page(f"/en/dataset/edit/{package['id']}")
    panel = soup.select_one("#kesiapan")
    links = {link.text: link["href"] for link in panel.select("a[data-satudata-goto]")}
    assert links['"Concept" is not filled in yet'] == "#field-konsep"
    assert re.search(r"\d+ of \d+ complete", panel.text)
    assert "1 more to complete" in soup.select_one(".satudata-bar").text
    for href in links.values():
        assert soup.select_one(href), href


def test_every_finding_of_an_empty_form_leads_somewhere(page: Page) -> None:
    soup = page("/dataset/new")
    links = soup.select("#kesiapan a[data-satudata-goto]")
    assert len(links) > 15
    assert not [link["href"] for link in links if not soup.select_one(link["href"])]


def test_a_draft_is_made_in_two_steps_without_javascript(
    web: Any, page: Page, editor: dict[str, Any], as_user: Any
) -> None:
    headers = as_user(editor)
    form = values_of(page("/dataset/new").select_one("#dataset-edit"))
    form |= {"title": "Balita di Aur", "name": "balita-aur", "tag_string": "gizi,balita", "save": ""}
    answer = web.post("/dataset/new", data=form, headers=headers, follow_redirects=False)
    assert answer.status_code == 302 and answer.headers["Location"].endswith("/dataset/balita-aur/resource/new")
    file = values_of(page("/dataset/balita-aur/resource/new").select_one("#resource-edit"))
    file |= {"url": "https://example.com/a.csv", "name": "Tabel", "format": "CSV", "save": "go-metadata"}
    web.post("/dataset/balita-aur/resource/new", data=file, headers=headers, follow_redirects=False)
    saved = call_as(editor, "package_show", id="balita-aur")
    assert saved["private"] is True and len(saved["resources"]) == 1
    assert [tag["name"] for tag in saved["tags"]] == ["balita", "gizi"]
    assert saved["accesslevel"] == "terbuka" and saved["jenis_data"] == "statistik"


def test_a_refused_save_opens_the_group_at_fault_and_keeps_what_was_typed(
    web: Any, page: Page, editor: dict[str, Any], as_user: Any
) -> None:
    form = values_of(page("/dataset/new").select_one("#dataset-edit"))
    form |= {"title": "Judul", "name": "SALAH!", "konsep": "tetap ada", "frekuensi": "ngawur", "save": ""}
    soup = BeautifulSoup(web.post("/dataset/new", data=form, headers=as_user(editor)).body, "html.parser")
    assert soup.select_one("[name=konsep]").text.strip() == "tetap ada"
    assert soup.select_one("#kelompok-cakupan").has_attr("open")
    assert soup.select_one("#kelompok-cakupan .badge")
    assert not soup.select_one("#kelompok-akses").has_attr("open")


def test_an_edit_without_a_change_changes_nothing(web: Any, page: Page, editor: dict[str, Any], as_user: Any) -> None:
    given = submittable(
        {"id": editor["organization_id"]},
        tingkat_penyajian="kelurahan_desa",
        extras=[{"key": "kode_lama", "value": "A-12"}, {"key": "panjang", "value": "baris\nbaris " + "x" * 90}],
        author="Lurah",
        url="https://example.com/asal",
        version="3",
    )
    package = call_as(editor, "package_create", **given)
    before = call_as(editor, "package_show", id=package["id"])
    form = values_of(page(f"/dataset/edit/{package['id']}").select_one("#dataset-edit")) | {"save": ""}
    answer = web.post(f"/dataset/edit/{package['id']}", data=form, headers=as_user(editor), follow_redirects=False)
    assert answer.status_code == 302
    after = call_as(editor, "package_show", id=package["id"])
    for volatile in ("metadata_modified",):
        before.pop(volatile), after.pop(volatile)
    for extras in (before.pop("extras"), after.pop("extras")):
        said = {extra["key"]: extra["value"].replace("\r\n", "\n") for extra in extras}
        assert said == {"kode_lama": "A-12", "panjang": "baris\nbaris " + "x" * 90}
    assert after == before


def test_old_extras_show_in_the_form_where_they_belong(page: Page, editor: dict[str, Any], old_dataset: Any) -> None:
    package = old_dataset({"satuan": "orang", "frekuensi": "kalau sempat", "bebas": "x"})
    form = values_of(page(f"/dataset/edit/{package['id']}").select_one("#dataset-edit"))
    assert form["satuan"] == "orang" and form["frekuensi"] == ""
    assert {form["extras__0__key"], form["extras__1__key"]} == {"bebas", "lama_frekuensi"}


def test_a_date_that_is_none_stays_visible(page: Page, editor: dict[str, Any]) -> None:
    package = call_as(
        editor, "package_create", name="uji", owner_org=editor["organization_id"], jadwal_rilis="setiap Maret"
    )
    field = page(f"/dataset/edit/{package['id']}").select_one("#field-jadwal_rilis")
    assert (field["type"], field["value"]) == ("text", "setiap Maret")


def test_the_form_carries_the_token_and_no_handlers_in_the_markup(page: Page) -> None:
    html = str(page("/dataset/new").select_one("#dataset-edit"))
    assert "_csrf_token" in html or "csrf" in html
    assert not re.search(r"\son(click|change|input|submit)=", html)


@pytest.mark.parametrize(
    ("lang", "texts"),
    [
        ("id", ["Standar Data", "Konsep", "Kamis, 15 Januari 2026", "Desember 2025", "1.02 Kesehatan", "Bulanan"]),
        ("en", ["Data standard", "Concept", "Thursday, January 15, 2026", "December 2025", "1.02 Health", "Monthly"]),
    ],
)
def test_the_page_shows_the_standard_in_words_and_nothing_empty(
    page: Page, editor: dict[str, Any], lang: str, texts: list[str]
) -> None:
    call_as(
        editor,
        "package_create",
        name="uji",
        owner_org=editor["organization_id"],
        konsep="Gizi",
        urusan="1.02",
        frekuensi="bulanan",
        periode_awal="2025-12",
        jadwal_rilis="2026-01-15",
    )
    section = page(f"/{lang}/dataset/uji").select_one(".satudata-standard")
    text = section.get_text(" ")
    assert not [each for each in texts if each not in text]
    assert ("Satuan" if lang == "id" else "Unit") not in text
    assert not [row for row in section.select("dd") if not row.text.strip()]
    assert not [link for link in section.select("a") if not link.text.strip()]


def test_values_kept_aside_are_shown_to_editors_only(
    web: Any, page: Page, editor: dict[str, Any], old_dataset: Any
) -> None:
    package = old_dataset({"frekuensi": "kalau sempat", "bebas": "umum"})
    call_as(editor, "package_patch", id=package["id"], notes="baru")
    assert "lama_frekuensi" in page(f"/dataset/{package['id']}").text
    member = officer({"id": editor["organization_id"]}, "member")
    text = page(f"/dataset/{package['id']}", member).text
    assert "umum" in text and "lama_frekuensi" not in text


def test_datasets_of_before_the_review_keep_the_forms_of_ckan(page: Page, editor: dict[str, Any]) -> None:
    from ckanext.satudata.standards import forms

    package = factories.Dataset(owner_org=editor["organization_id"])
    model.Session.execute(sa.text("DELETE FROM satudata_review"))
    model.Session.commit()
    form = page(f"/dataset/edit/{package['id']}").select_one("#dataset-edit")
    assert form.select("select[name=private]")
    tk.config["satudata.review.exempt_types"] = "showcase"
    assert forms.is_managed("showcase", {}) is False
