"""Every field of the three BPS forms: in schema, form, check, API, workbook and export.

``ms_metadata_fields.json`` is the list of the fields with their numbers, labels, choices and jumps, kept apart from
our schemas, so that neither can lose a field without this being seen. To look at one more place, add a column below.
"""

from __future__ import annotations

import io
import json
import re
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import openpyxl
import pytest
from ckan import model

from ckanext.satudata.standards import bps, registry, service
from ckanext.satudata.tests.conftest import call_as
from ckanext.satudata.tests.factories import submittable

FIELDS: dict[str, list[dict[str, Any]]] = json.loads(
    (Path(__file__).parent / "ms_metadata_fields.json").read_text(encoding="utf-8")
)
EVERY = [(form, entry) for form, entries in FIELDS.items() for entry in entries]
IDS = [f"{form}-{entry['no']}-{entry['key']}" for form, entry in EVERY]
#: In the list MS-Ind asks for rows of single answers, and a variable for rows of codes; here a row holds the answers,
#: and the codes are lines of one text.
IN_ROWS = {"pembangun_publikasi", "pembangun_nama", "var_kegiatan", "var_kode_kegiatan", "var_nama"}
KINDS = {"tel": "phone", "repeating": "rows"}


def kind_of(entry: dict[str, Any]) -> str:
    if entry["key"] in IN_ROWS:
        return "text"
    if entry["key"] == "klasifikasi_isian":
        return "textarea"
    if entry["key"] == "identitas_rekomendasi":
        return "recommendation_id"
    return KINDS.get(entry["type"], entry["type"])


def value_for(item: bps.Item, entry: dict[str, Any]) -> Any:
    """A value a program would send."""
    plain = {
        "date": "2025-02-03",
        "year": "2025",
        "integer": "12",
        "phone": "061-4512345",
        "email": "kelurahan.aur@medan.example",
        "recommendation_id": "V-25.1275.004",
    }
    if item.kind == "select":
        return item.choices[-1].value
    if item.kind == "multiselect":
        return [each.value for each in item.choices[:2]]
    if item.kind == "rows":
        return [{column.field: f"isi {column.field}" for column in item.columns if column.field != "klasifikasi_isian"}]
    if entry["key"] == "klasifikasi_isian":
        return "1 = ya\n2 = tidak"
    return plain.get(item.kind, f"Isi {entry['key'].replace('_', ' ')} kelurahan")


def label_for(item: bps.Item, value: Any) -> Any:
    """The same as an officer would type it: by its label, in other case and spacing."""

    def typed(one: str, lang: str) -> str:
        return "  ".join(bps.label_of(item, one, lang).upper().split(" "))

    if item.kind == "select":
        return typed(value, "id")
    return [typed(each, "en") for each in value] if item.kind == "multiselect" else value


#: What makes every field count; two of them exclude each other, so there are two of each form.
ANSWERS = {
    "dapat_rekomendasi_bps": "ya",
    "jenis_kegiatan_statistik": "statistik_sektoral",
    "cara_pengumpulan_data": "survei",
    "dilakukan": "berulang",
    "cakupan_wilayah": "sebagian_wilayah_indonesia",
    "produk_tercetak": "ya",
    "produk_digital": "ya",
    "produk_mikro": "ya",
}
SIDES = {
    "probability": {"metode_pemilihan_sampel": "sampel_probabilitas", "komposit": "ya"},
    "other": {"metode_pemilihan_sampel": "sampel_nonprobabilitas", "komposit": "tidak"},
}


def side_of(item: bps.Item) -> str:
    return "other" if item.key == "metode_nonprobabilitas" or item.rows == "variabel_pembangun" else "probability"


def filled(form: str, side: str, spelled: Callable[[bps.Item, Any], Any]) -> dict[str, Any]:
    """A whole form with every field filled in."""
    entries = {entry["key"]: entry for entry in FIELDS[form]}
    values: dict[str, Any] = {}
    for item in bps.items(form):
        if item.key not in entries:
            continue
        wanted = {**ANSWERS, **SIDES[side]}.get(item.field) if form != "ms_var" else None
        value = spelled(item, wanted if wanted is not None else value_for(item, entries[item.key]))
        if item.rows and form != "ms_var":
            values.setdefault(item.rows, [{}])[0][item.field] = value
        else:
            values[item.field] = value
    return values


def package_of(form: str, side: str, organization: dict[str, Any], spelled: Any) -> dict[str, Any]:
    kind = bps.STORED[form][0]
    if form == "ms_var":
        values: dict[str, Any] = {"variabel": [filled("ms_var", side, spelled)]}
    else:
        values = filled(form, side, spelled)
    if form == "ms_keg":
        values["variabel"] = [filled("ms_var", side, spelled)]
    return submittable(organization, type=kind, **values)


@pytest.fixture(scope="module")
def world(lasting_city: SimpleNamespace, app_once: Any) -> SimpleNamespace:
    """Every form twice over the API: by values and by labels; with the pages of the form and the workbooks."""
    from ckan.tests.helpers import call_action

    token = call_action("api_token_create", {"user": lasting_city.producer["name"]}, user=lasting_city.producer["name"],
                        name="ms")["token"]  # fmt: skip
    found = SimpleNamespace(by={}, pages={}, sent={}, city=lasting_city)
    for form in bps.FORMS:
        for side in SIDES:
            for how, spelled in (("value", lambda item, value: value), ("label", label_for)):
                sent = package_of(form, side, lasting_city.kelurahan, spelled)
                found.sent[form, side, how] = sent
                # Every field, also what only an officer of BPS may say.
                made = call_as(lasting_city.sysadmin, "package_create", **sent)
                found.by[form, side, how] = call_as(lasting_city.producer, "package_show", id=made["id"])
            name = found.by[form, side, "value"]["name"]
            kind = bps.STORED[form][0]
            page = app_once.get(f"/{kind}/edit/{name}", headers={"Authorization": token})
            found.pages[form, side] = page.body
    model.Session.rollback()
    return found


def place(form: str, item: bps.Item, package: dict[str, Any]) -> dict[str, Any]:
    """Where the item is stored: the package, or the first row."""
    return package[item.rows][0] if item.rows else package


@pytest.fixture(autouse=True)
def portal(portal_once: None) -> None:
    """The forms are read from the schemas of a running portal."""


# -- the columns: each looks at one place ----------------------------------------------------------------------------


def in_schema(form: str, entry: dict[str, Any], item: bps.Item, world: SimpleNamespace) -> None:
    assert (item.no, item.label) == (entry["no"], {"id": entry["label"], "en": entry["label_en"]})
    assert item.kind == kind_of(entry)
    assert item.help["id"] and item.help["en"]
    ours = [choice.label["id"] for choice in item.choices]
    assert [label for label in ours if label in entry.get("choices", [])] == entry.get("choices", [])
    # What is beyond the list is of the other edition, and its number says so.
    assert all(None in choice.numbers.values() for choice in item.choices if choice.label["id"] not in entry["choices"])
    fields = registry.fields_of(bps.STORED[form][0])
    assert (item.rows or item.field) in fields
    wanted = {True: "always", "conditional": "conditional", False: "never"}[entry["required"]]
    if form == "ms_var" and entry["required"] == "conditional" and "condition" not in entry:
        wanted = "never"  # asked for where the answers have codes, which no other answer tells
    assert item.required == wanted
    if "condition" in entry:
        name, number = entry["condition"].split("=")
        other = next(each for each in FIELDS[form] if each["key"] == name)
        label = other["choices"][int(number) - 1]
        assert item.condition == {"field": name, "in": [bps.item(form, name).choice(label).value]}


def in_form(form: str, entry: dict[str, Any], item: bps.Item, world: SimpleNamespace) -> None:
    page = world.pages[form, side_of(item)]
    if item.kind == "rows":
        # A row is there, by the name of one of its columns.
        assert re.search(rf'name="{item.field}-\d+-{item.columns[0].field}"', page)
    elif item.rows:
        assert re.search(rf'name="{item.rows}-\d+-{item.field}"', page)
    else:
        assert f'name="{item.field}"' in page


def in_check(form: str, entry: dict[str, Any], item: bps.Item, world: SimpleNamespace) -> None:
    package = dict(world.by[form, side_of(item), "value"])
    if item.rows:
        row = {**package[item.rows][0], item.field: ""}
        package[item.rows] = [row]
    else:
        package[item.field] = [] if item.kind in ("rows", "multiselect") else ""
    where = item.rows or item.field
    found = [f for f in service.check(package, "id", with_files=False)["findings"] if f["field"] == where]
    missing = [f for f in found if f["severity"] == "error" and re.search("belum|not filled", f["message"])]
    told = [f for f in missing if not item.rows or item.label["id"] in f["message"]]
    assert bool(told) == (item.required != "never"), found
    if item.condition:
        # Not asked for, and nothing said of it, where the jump goes past it.
        skipped = {**package, item.condition["field"]: ""}
        after = service.check(skipped, "id", with_files=False)["findings"]
        assert not [f for f in after if f["field"] == where and f["severity"] == "error"]


def in_api(form: str, entry: dict[str, Any], item: bps.Item, world: SimpleNamespace) -> None:
    side = side_of(item)
    sent = place(form, item, world.sent[form, side, "value"])[item.field]
    for how in ("value", "label"):
        got = place(form, item, world.by[form, side, how])[item.field]
        if item.kind == "rows":
            got = [{key: text for key, text in row.items() if key in sent[0]} for row in got]
        assert got == sent, how


def exported(world: SimpleNamespace, form: str, side: str, edition: str) -> bytes:
    """The workbook of one package, written once."""
    from ckanext.satudata.standards.workbooks import exporting

    kept = world.__dict__.setdefault("books", {})
    if (form, side, edition) not in kept:
        kept[form, side, edition] = exporting.written([world.by[form, side, "value"]], "xlsx", edition)
    return kept[form, side, edition]


def in_export(form: str, entry: dict[str, Any], item: bps.Item, world: SimpleNamespace) -> None:
    kept = world.__dict__.setdefault("texts", {})
    side = side_of(item)
    for edition in item.editions:
        if (form, side, edition) not in kept:
            book = openpyxl.load_workbook(io.BytesIO(exported(world, form, side, edition)))
            cells = [str(c.value) for sheet in book for row in sheet.iter_rows() for c in row if c.value is not None]
            kept[form, side, edition] = " ".join(" ".join(cells).split()).casefold()
        value = bps.value_of(item, place(form, item, world.by[form, side, "value"]))
        if item.kind in ("date", "integer", "year", "rows"):
            continue  # cells of their kind, or sheets of their own: in_workbook reads them
        for text in value if isinstance(value, list) else [value]:
            shown = bps.label_of(item, text) if item.choices else text
            assert " ".join(shown.split()).casefold() in kept[form, side, edition]


def in_workbook(form: str, entry: dict[str, Any], item: bps.Item, world: SimpleNamespace) -> None:
    from ckanext.satudata.standards.workbooks import reading

    side, edition = side_of(item), item.editions[-1]
    package = world.by[form, side, "value"]
    kept = world.__dict__.setdefault("read", {})
    if (form, side, edition) not in kept:
        kept[form, side, edition] = reading.read(exported(world, form, side, edition)).found
    found = next(each for each in kept[form, side, edition] if each.kind == package["type"])
    got = bps.value_of(item, place(form, item, found.values))
    wanted = bps.value_of(item, place(form, item, package))
    assert wanted
    if item.kind == "rows":
        assert len(got) == len(wanted)
    else:
        assert got == wanted


COLUMNS = (in_schema, in_form, in_check, in_api, in_export, in_workbook)


@pytest.mark.parametrize("column", COLUMNS, ids=lambda column: column.__name__)
@pytest.mark.parametrize(("form", "entry"), EVERY, ids=IDS)
def test_a_field_of_the_forms_is_there(
    form: str, entry: dict[str, Any], column: Callable[..., None], world: SimpleNamespace
) -> None:
    column(form, entry, bps.item(form, entry["key"]), world)


def test_the_forms_are_in_the_order_of_the_list() -> None:
    for form, entries in FIELDS.items():
        keys = [entry["key"] for entry in entries]
        assert [item.key for item in bps.items(form) if item.key in keys] == keys


def test_no_field_of_ours_says_it_stands_on_a_form_and_does_not() -> None:
    for form, entries in FIELDS.items():
        known = {entry["key"] for entry in entries}
        assert {item.key for item in bps.items(form)} <= known
