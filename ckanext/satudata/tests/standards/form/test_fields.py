"""What the form of a big type is made of, without a browser: fields, rows, choices, conditions in words, escaping."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from bs4 import BeautifulSoup
from ckan import model
from ckan.lib.redis import connect_to_redis

from ckanext.satudata.standards import conditions, form_fields, forms, registry, usual
from ckanext.satudata.tests.conftest import call_as
from ckanext.satudata.tests.standards.test_form import values_of
from ckanext.satudata.tests.statements import counted

Page = Callable[..., BeautifulSoup]
EVIL = "</textarea><script>alert(1)</script>\"'"


@pytest.fixture
def page(web: Any, editor: dict[str, Any], as_user: Any) -> Page:
    headers = as_user(editor)

    def get(path: str, **posted: Any) -> BeautifulSoup:
        answer = web.post(path, data=posted, headers=headers) if posted else web.get(path, headers=headers)
        assert answer.status_code == 200, answer.body[:2000]
        return BeautifulSoup(answer.body, "html.parser")

    return get


def activity(editor: dict[str, Any], **values: Any) -> dict[str, Any]:
    given = {"name": "kegiatan-uji", "type": "kegiatan", "title": "Pendataan keluarga Aur", **values}
    return call_as(editor, "package_create", owner_org=editor["organization_id"], **given)


@pytest.mark.parametrize("kind", ["kegiatan", "indikator"])
@pytest.mark.parametrize("lang", ["en", "id"])
def test_every_field_of_the_big_types_is_in_their_forms(page: Page, kind: str, lang: str) -> None:
    form = page(f"/{lang}/{kind}/new").select_one("#dataset-edit")
    text = form.get_text(" ")
    for name, field in registry.fields_of(kind).items():
        if field.get("form_snippet", "") is None:
            continue
        if "repeating_subfields" in field:
            for sub in field["repeating_subfields"]:
                if not sub.get("sdi_officer"):
                    assert form.select_one(f"[name={name}-0-{sub['field_name']}]"), (name, sub["field_name"])
                    assert sub["label"][lang] in text
            continue
        assert form.select_one(f"[name={name}]"), name
        if name != "name":
            assert field["label"][lang] in text, name


@pytest.mark.parametrize("kind", ["kegiatan", "indikator"])
def test_no_step_and_no_word_of_files_where_there_are_none(page: Page, kind: str) -> None:
    form = page(f"/en/{kind}/new").select_one("#dataset-edit")
    assert form.select_one("input[name=_ckan_phase]")["value"] == ""
    assert not form.select(".stages, #kelompok-berkas")
    button = form.select_one("button[name=save].btn-primary").get_text(strip=True)
    assert button == "Save draft"
    assert "add data" not in form.get_text(" ").lower()


def test_a_field_that_hangs_on_another_says_so_in_words(page: Page) -> None:
    form = page("/en/kegiatan/new")
    said = form.select_one("[data-satudata-field=metode_probabilitas] .satudata-only-if").get_text(strip=True)
    fields = registry.fields_of("kegiatan")
    other = fields["metode_pemilihan_sampel"]
    label = next(c["label"]["en"] for c in other["choices"] if c["value"] == "sampel_probabilitas")
    assert said == f"Only if {other['label']['en']}: {label}"
    assert not form.select("[data-satudata-field=title] .satudata-only-if")
    sent = json.loads(form.select_one("[data-module-conditions]")["data-module-conditions"])
    assert sent == json.loads(json.dumps(conditions.for_page("kegiatan")))


def test_what_is_typed_into_rows_and_fields_is_only_text(page: Page, editor: dict[str, Any]) -> None:
    rows = [{"nama": EVIL, "definisi": EVIL, "klasifikasi_isian": EVIL, "satuan": EVIL}]
    package = activity(editor, variabel=rows, tujuan=EVIL, title=EVIL)
    form = page(f"/en/kegiatan/edit/{package['id']}")
    assert not [script for script in form.select("script") if "alert(1)" in script.text]
    assert form.select_one("#field-variabel-0-nama")["value"] == EVIL
    assert form.select_one("#field-variabel-0-definisi").text.strip() == EVIL
    assert form.select_one("#field-tujuan").text.strip() == EVIL


def test_a_refused_save_keeps_rows_boxes_and_their_order(
    web: Any, page: Page, editor: dict[str, Any], as_user: Any
) -> None:
    rows = [{"nama": f"Variabel {n}"} for n in range(1, 13)]
    package = activity(editor, variabel=rows, metode_pengumpulan=["lainnya"])
    address = f"/en/kegiatan/edit/{package['id']}"
    typed = values_of(page(address).select_one("#dataset-edit"))
    typed |= {"variabel-11-nama": "Terakhir", "variabel-1-nama": "", "name": "SALAH!", "save": ""}
    typed = {key: value for key, value in typed.items() if not key.startswith("variabel-0-")}
    typed["metode_pengumpulan"] = ""
    form = page(address, **typed).select_one("#dataset-edit")
    assert form.select_one(".error-explanation")
    shown = [cell["value"] for cell in form.select("[data-row] [data-sub=nama]")]
    assert shown[:10] == [*(f"Variabel {n}" for n in range(3, 12)), "Terakhir"]
    assert not form.select("#field-metode_pengumpulan input[checked]")


def test_rows_all_taken_out_stay_out_after_a_refused_save(page: Page, editor: dict[str, Any]) -> None:
    package = activity(editor, variabel=[{"nama": "Satu"}])
    address = f"/en/kegiatan/edit/{package['id']}"
    typed = values_of(page(address).select_one("#dataset-edit")) | {"name": "SALAH!", "save": ""}
    typed = {key: value for key, value in typed.items() if not (key.startswith("variabel-") and "99999" not in key)}
    form = page(address, **typed)
    assert not [cell for cell in form.select("[data-row] [data-sub=nama]") if cell.get("value")]


def test_findings_stand_in_the_row_they_speak_of(page: Page, editor: dict[str, Any]) -> None:
    rows = [{"nama": "Usia"}, {"nama": "Berat"}, {"nama": "Tinggi", "tahun": "TA 2025"}]
    package = activity(editor, variabel=rows)
    form = page(f"/en/kegiatan/edit/{package['id']}")
    third = form.select("#field-variabel [data-row]")[2]
    assert third.select_one("[data-cell=tahun] [data-satudata-found] p")
    assert "Definition" in third.select_one("[data-row-found]").get_text(" ")
    links = {link["href"] for link in form.select("#kesiapan a[data-satudata-goto]")}
    assert "#field-variabel-2-tahun" in links
    assert all(form.select_one(link) for link in links if link.startswith("#field-variabel"))


@pytest.mark.parametrize(
    ("finding", "place"),
    [
        ({"id": "rows.required.variabel.3", "field": "variabel"}, (2, "")),
        ({"id": "rows.format.variabel.3.tahun", "field": "variabel"}, (2, "tahun")),
        ({"id": "rows.duplicate.variabel.nama.12", "field": "variabel"}, (11, "nama")),
        ({"id": "rows.required.variabel.more", "field": "variabel"}, None),
        ({"id": "required.variabel", "field": "variabel"}, None),
        ({"id": "files.none", "field": None}, None),
    ],
)
def test_a_finding_says_its_row_by_its_id(finding: dict[str, Any], place: Any) -> None:
    assert form_fields.place_in_rows(finding) == place


def test_the_choices_this_organization_uses_most_stand_first(page: Page, editor: dict[str, Any]) -> None:
    connect_to_redis().delete(*(connect_to_redis().keys("*:satudata:usual:*") or [b"none"]))
    common = dict.fromkeys(("owner_org",), editor["organization_id"])
    for number, urusan in enumerate(["1.02", "2.12", "1.02"]):
        call_as(editor, "package_create", name=f"usual-{number}", urusan=urusan, satuan="jiwa", **common)
    form = page("/en/dataset/new")
    first = form.select("#field-urusan optgroup")[0]
    assert [option["value"] for option in first.select("option")] == ["1.02", "2.12"]
    every = [option["value"] for option in form.select("#field-urusan option") if option["value"]]
    assert len(every) == len(set(every)) == len(registry.fields_of("dataset")["urusan"]["choices"])


def test_usual_choices_cost_one_query_an_hour(editor: dict[str, Any]) -> None:
    with counted() as asked:
        usual.most_used(editor["organization_id"], "dataset", ["urusan", "satuan"])
        usual.most_used(editor["organization_id"], "dataset", ["satuan"])
    assert len([one for one in asked if "extras" in one]) == 1


def test_a_form_of_two_hundred_variables_is_not_too_long(page: Page, editor: dict[str, Any]) -> None:
    package = activity(editor)
    address = f"/en/kegiatan/edit/{package['id']}"
    typed = values_of(page(address).select_one("#dataset-edit")) | {"save": ""}
    texts = ("nama", "konsep", "definisi", "kalimat_pertanyaan")
    typed |= {f"variabel-{n}-{sub}": f"{n} " + "keterangan " * 60 for n in range(200) for sub in texts}
    assert sum(map(len, typed.values())) > 500_000
    page(address, **typed)
    model.Session.remove()
    saved = call_as(editor, "package_show", id=package["id"])["variabel"]
    assert [row["nama"].split()[0] for row in saved] == [str(n) for n in range(200)]


def test_a_save_by_the_script_is_told_where_to_go(web: Any, page: Page, editor: dict[str, Any], as_user: Any) -> None:
    package = activity(editor)
    address = f"/en/kegiatan/edit/{package['id']}"
    typed = values_of(page(address).select_one("#dataset-edit")) | {"save": ""}
    headers = as_user(editor) | {"X-Satudata-Save": "1"}
    answer = web.post(address, data=typed, headers=headers, follow_redirects=False)
    assert answer.status_code == 200 and answer.json["location"].endswith("/kegiatan/kegiatan-uji")


def test_who_is_logged_in_is_said_with_a_token(web: Any, editor: dict[str, Any], as_user: Any) -> None:
    assert web.get("/satudata/standards/session").json["user"] is None
    answer = web.get("/satudata/standards/session", headers=as_user(editor))
    assert answer.json["user"] == editor["id"] and answer.json["token"]
    assert "no-store" in answer.headers["Cache-Control"]


def test_the_values_a_form_was_given_stay_as_they_are_stored(editor: dict[str, Any], app_once: Any) -> None:
    data = {"id": "x", "title": "Judul"}
    with app_once.flask_app.test_request_context():
        state = forms.state("kegiatan", data)
    assert data == {"id": "x", "title": "Judul"}
    assert state["data"]["accesslevel"] == "terbuka"


def test_a_phone_shows_the_keys_that_are_needed(page: Page) -> None:
    form = page("/en/kegiatan/new")
    assert form.select_one("#field-tahun")["inputmode"] == "numeric"
    assert form.select_one("#field-email_penyelenggara")["inputmode"] == "email"
    assert form.select_one("#field-telepon_penyelenggara")["inputmode"] == "tel"
    assert form.select_one("#field-variabel-0-tahun")["inputmode"] == "numeric"
