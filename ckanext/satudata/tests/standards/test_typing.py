"""Isi tabel di sini: a small table typed in the browser is a file like any other."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import ckantoolkit as tk
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ckanext.satudata.standards.typing import numbers, shape
from ckanext.satudata.standards.typing.table import (
    Column,
    Table,
    from_csv,
    kinds_text,
    machine_name,
    to_csv,
    understood,
)
from ckanext.satudata.tests.conftest import call_as
from ckanext.satudata.tests.factories import submittable
from ckanext.satudata.tests.review.conftest import ALL_CONFORM, lasting_city, walk_to  # noqa: F401
from ckanext.satudata.tests.review.pages import soup, words

COLUMNS = [
    {"name": "kode_wilayah", "kind": "region"},
    {"name": "periode", "kind": "period"},
    {"name": "jenis_kelamin", "kind": "text"},
    {"name": "nilai", "kind": "number"},
]
AUR = "12.71.15.1001"


@pytest.fixture(scope="module")
def city(lasting_city: SimpleNamespace) -> SimpleNamespace:  # noqa: F811
    places = ((lasting_city.kota, "kota", "12.71"), (lasting_city.kelurahan, "kelurahan", AUR),
              (lasting_city.other, "kelurahan", "12.71.15.1002"))  # fmt: skip
    for organization, kind, code in places:
        call_as(
            lasting_city.sysadmin, "satudata_region_update", id=organization["id"], kind=kind, kode_kemendagri=code
        )  # fmt: skip
    return lasting_city


# -- numbers --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        ("1.263.569", "1263569"),
        ("1263569", "1263569"),
        ("12,5", "12.5"),
        ("12.5", "12.5"),
        ("1.263", "1263"),
        ("1,263", "1.263"),
        ("1,263,569", "1263569"),
        ("1.263,50", "1263.50"),
        ("1,263.5", "1263.5"),
        ("0,5", "0.5"),
        ("0.125", "0.125"),
        ("-7", "-7"),
        ("−7,5", "-7.5"),
        ("1 263 569", "1263569"),
        ("1\u00a0263", "1263"),
        ("007", "7"),
        ("-0", "0"),
        ("", ""),
        ("  ", ""),
        ("dua belas", None),
        ("12 orang", None),
        ("12,5%", None),
        ("12,,5", None),
        ("1.26.35", None),
        ("1e5", None),
        ("=1+1", None),
        ("٣", "٣"),
        ("9" * 40, None),
    ],
)
def test_numbers_are_understood_as_people_write_them(typed: str, stored: str | None) -> None:
    if typed == "٣":
        # Digits of other scripts are no digits of ours.
        stored = None
    assert numbers.understood(typed) == stored


@given(st.decimals(allow_nan=False, allow_infinity=False, places=4, min_value=-(10**12), max_value=10**12))
def test_a_number_that_was_stored_is_shown_and_read_the_same(number: Any) -> None:
    stored = numbers.understood(format(number, "f").replace(".", ","))
    assert stored is not None and numbers.is_stored(stored)
    assert numbers.understood(numbers.shown(stored)) == stored


@pytest.mark.parametrize(("stored", "shown"), [("1263569", "1.263.569"), ("-1263.5", "-1.263,5"), ("x", "x"), ("", "")])
def test_numbers_are_shown_as_people_read_them(stored: str, shown: str) -> None:
    assert numbers.shown(stored) == shown


# -- the file -------------------------------------------------------------------------------------------------

_NAMES = st.lists(st.from_regex(r"[a-z][a-z0-9_]{0,8}[a-z]", fullmatch=True), min_size=2, max_size=5, unique=True)


@given(_NAMES, st.lists(st.lists(st.text(max_size=12), max_size=6), max_size=8))
def test_a_table_comes_back_from_its_file_as_it_went(names: list[str], rows: list[list[str]]) -> None:
    tidy = understood(Table([Column(name, "text") for name in names], rows))
    again = from_csv(to_csv(tidy), kinds_text(tidy))
    assert again is not None
    assert again.rows == tidy.rows and again.columns == tidy.columns


@pytest.mark.parametrize(
    "data",
    [b"", b"a\n1\n", b"a;b\n1;2\n", b"a,b\n1\n", b"a,a\n1,2\n", b"A B,c\n1,2\n", b"\xff\xfe", b'a,b\n"1,2\n',
     b"a,b\n" + b"1,2\n" * 1001, b"a,b\n" + b"x" * 600 + b",2\n"],
)  # fmt: skip
def test_a_file_that_was_not_typed_here_is_not_opened_here(data: bytes) -> None:
    assert from_csv(data) is None


def test_headings_become_names_machines_take() -> None:
    assert machine_name(" Jumlah Balita (jiwa) ") == "jumlah_balita_jiwa"
    assert machine_name("!!!") == ""


def test_control_characters_and_line_breaks_stay_out() -> None:
    tidy = understood(Table([Column("periode", "period"), Column("a", "text")], [["2025", "x\x00y\nz\t w"], ["", ""]]))
    assert tidy.rows == [["2025", "xy z w"]]


# -- the empty table ------------------------------------------------------------------------------------------


def asked(city: Any, person: str = "producer", organization: str = "kelurahan", **choices: Any) -> dict[str, Any]:
    given = {"organization_id": getattr(city, organization)["id"], "periods": "2025", **choices}
    return call_as(getattr(city, person), "satudata_table_shape", **given)


def test_rows_are_filled_with_the_regions_and_groups(city: Any) -> None:
    table = asked(city, rows="lingkungan", hamlets="3", breakdowns="Jenis kelamin: Laki-laki, Perempuan")
    assert [column["name"] for column in table["columns"]] == [
        "kode_wilayah", "lingkungan", "periode", "jenis_kelamin", "nilai",
    ]  # fmt: skip
    assert len(table["rows"]) == 6
    assert table["rows"][0] == [AUR, "Lingkungan 1", "2025", "Laki-laki", None]
    assert table["metadata"]["tingkat_penyajian"] == "lingkungan"
    assert table["metadata"]["dimensi"] == "jenis kelamin"


def test_a_city_has_a_row_for_each_kelurahan(city: Any) -> None:
    table = asked(city, person="city_admin", organization="kota", rows="kelurahan", periods="2024, 2025")
    assert [row[:3] for row in table["rows"]] == [
        [AUR, "Kelurahan Aur", "2024"], [AUR, "Kelurahan Aur", "2025"],
        ["12.71.15.1002", "Kelurahan Sukaraja", "2024"], ["12.71.15.1002", "Kelurahan Sukaraja", "2025"],
    ]  # fmt: skip
    assert (table["metadata"]["periode_awal"], table["metadata"]["periode_akhir"]) == ("2024", "2025")


@pytest.mark.parametrize(
    ("choices", "field"),
    [
        ({"rows": "provinsi"}, "rows"),
        ({"rows": "lingkungan", "hamlets": "0"}, "hamlets"),
        ({"rows": "lingkungan", "hamlets": "banyak"}, "hamlets"),
        ({"periods": "tahun lalu"}, "periods"),
        ({"periods": ""}, "periods"),
        ({"breakdowns": "jenis kelamin"}, "breakdowns"),
        ({"breakdowns": "nilai: a, b"}, "values"),
        ({"breakdowns": "\n".join(f"b{n}: x" for n in range(5))}, "breakdowns"),
        ({"rows": "own", "breakdowns": "a: " + ",".join(map(str, range(40))) + "\nb: " + ",".join(map(str, range(40)))},
         "rows"),
        ({"values": ",".join(f"v{n}" for n in range(20))}, "values"),
        ({"kolom": "x"}, "kolom"),
    ],
)  # fmt: skip
def test_a_choice_that_cannot_be_is_named(city: Any, choices: dict[str, Any], field: str) -> None:
    with pytest.raises(tk.ValidationError) as refused:
        asked(city, **choices)
    assert field in refused.value.error_dict


def test_an_office_without_a_code_works_for_the_region_above_it(city: Any) -> None:
    assert shape.places_of(city.kominfo["id"]).own is None
    assert shape.places_of(city.kelurahan["id"]).own["kode_kemendagri"] == AUR


# -- a table in a dataset -------------------------------------------------------------------------------------


def typed_table(city: Any, rows: list[list[Any]], **changes: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    package = call_as(city.producer, "package_create", **submittable(city.kelurahan, resources=[], **changes))
    made = call_as(
        city.producer, "satudata_table_create", package_id=package["id"], name="Penduduk 2025",
        columns=COLUMNS, rows=rows,
    )  # fmt: skip
    return package, made


def test_a_typed_table_is_an_uploaded_csv(city: Any, app_once: Any, as_user: Any) -> None:
    package, made = typed_table(city, [[AUR, "2025", "Laki-laki", "1.263"], [AUR, "2025", "Perempuan", 12.5]])
    assert (made["url_type"], made["format"], made["mistakes"], made["empty"]) == ("upload", "CSV", [], 0)
    address = f"/dataset/{package['id']}/resource/{made['id']}/download/penduduk-2025.csv"
    download = app_once.get(address, headers=as_user(city.producer))
    assert download.body == (
        f"kode_wilayah,periode,jenis_kelamin,nilai\n{AUR},2025,Laki-laki,1263\n{AUR},2025,Perempuan,12.5\n"
    )


def test_what_was_read_can_be_sent_back_as_it_is(city: Any) -> None:
    rows = [[AUR, "2025", "L", "12,125"], [AUR, "2025", "P", "1.263.569"], [AUR, "2025", "X", ""]]
    _package, made = typed_table(city, rows)
    read = call_as(city.producer, "satudata_table_show", id=made["id"])
    assert [row[3] for row in read["rows"]] == [12.125, 1263569, None]
    call_as(city.producer, "satudata_table_save", id=made["id"], columns=read["columns"], rows=read["rows"])
    assert call_as(city.producer, "satudata_table_show", id=made["id"])["rows"] == read["rows"]


def test_a_draft_may_be_unfinished_and_its_cells_are_told(city: Any) -> None:
    rows = [
        [AUR, "2025", "L", "dua belas"], [AUR, "tahun lalu", "P", "3"], ["1271", "2025", "L", "4"],
        ["12.71.99.9999", "2025", "L", "-"], [AUR, "2025", "L", ""], [AUR, "2025", "=A1", "5"],
    ]  # fmt: skip
    _package, made = typed_table(city, rows)
    found = {(each["row"], each["column"]): each["message"] for each in made["mistakes"]}
    assert set(found) == {(0, 3), (1, 1), (2, 0), (3, 0), (3, 3), (4, 0), (5, 2)}
    assert "12.71" in found[(2, 0)]  # the two code systems collide: explained, not only refused
    assert "row 1" in found[(4, 0)]
    assert made["empty"] == 1
    stored = call_as(city.producer, "satudata_table_show", id=made["id"])
    assert stored["rows"][0][3] == "dua belas" and stored["mistakes"] == made["mistakes"]


@pytest.mark.parametrize(
    ("columns", "rows", "field"),
    [
        ([], [], "columns"),
        (COLUMNS[:1], [], "columns"),
        ([{"name": "a", "kind": "rumus"}, {"name": "b"}], [], "columns"),
        ([{"name": "a"}, {"name": "A"}], [], "columns"),
        ("x", [], "columns"),
        (COLUMNS, "x", "rows"),
        (COLUMNS, [["1", "2", "3", "4", "5"]], "rows"),
        (COLUMNS, [[]] * 1001, "rows"),
    ],
)
def test_what_is_no_table_is_refused(city: Any, columns: Any, rows: Any, field: str) -> None:
    package = walk_to(city, "draft")
    with pytest.raises(tk.ValidationError) as refused:
        call_as(
            city.producer, "satudata_table_create", package_id=package["id"], name="x", columns=columns, rows=rows
        )  # fmt: skip
    assert field in refused.value.error_dict
    assert len(call_as(city.producer, "package_show", id=package["id"])["resources"]) == 1


def test_two_people_typing_do_not_overwrite_each_other(city: Any) -> None:
    _package, made = typed_table(city, [[AUR, "2025", "L", "1"]])
    read = call_as(city.producer, "satudata_table_show", id=made["id"])
    asked = {"id": made["id"], "columns": COLUMNS, "expected_metadata_modified": read["metadata_modified"]}
    call_as(city.colleague, "satudata_table_save", **asked, rows=[[AUR, "2025", "L", "2"]])
    with pytest.raises(tk.ValidationError) as refused:
        call_as(city.producer, "satudata_table_save", **asked, rows=[[AUR, "2025", "L", "3"]])
    assert city.colleague["fullname"] in str(refused.value.error_dict)
    assert call_as(city.producer, "satudata_table_show", id=made["id"])["rows"][0][3] == 2


@pytest.mark.parametrize("person", [None, "neighbour", "member", "stranger", "city_admin", "custodian"])
def test_nobody_else_types(city: Any, person: str | None, app_once: Any, as_user: Any) -> None:
    package, made = typed_table(city, [[AUR, "2025", "L", "1"]])
    user = getattr(city, person) if person else None
    with pytest.raises(tk.NotAuthorized):
        call_as(user, "satudata_table_save", id=made["id"], columns=COLUMNS, rows=[])
    with pytest.raises(tk.NotAuthorized):
        call_as(user, "satudata_table_create", package_id=package["id"], name="x", columns=COLUMNS, rows=[])
    with pytest.raises(tk.NotAuthorized):
        call_as(user, "satudata_table_shape", organization_id=city.kelurahan["id"], periods="2025")
    headers = as_user(user)
    answer = app_once.get(f"/satudata/tables/{made['id']}", headers=headers, follow_redirects=False)
    assert answer.status_code == (403 if person else 302)
    answer = app_once.get(f"/satudata/tables/new?package={package['id']}", headers=headers, follow_redirects=False)
    assert answer.status_code == (403 if person else 302)


def test_a_table_under_review_is_closed(city: Any) -> None:
    package, made = typed_table(city, [[AUR, "2025", "L", "1"]])
    call_as(city.producer, "satudata_review_transition", id=package["id"], action="submit")
    with pytest.raises(tk.NotAuthorized):
        call_as(city.producer, "satudata_table_save", id=made["id"], columns=COLUMNS, rows=[[AUR, "2025", "L", "2"]])


def to_published(city: Any, id: str) -> None:
    steps: tuple[tuple[str, str, dict[str, Any]], ...] = (
        ("producer", "submit", {}),
        ("custodian", "forward", {"principle_results": ALL_CONFORM}),
        ("custodian", "publish", {}),
    )
    for person, action, data in steps:
        call_as(getattr(city, person), "satudata_review_transition", id=id, action=action, **data)


def test_a_typed_table_goes_the_whole_road_and_its_copy_too(city: Any) -> None:
    package, made = typed_table(city, [[AUR, "2025", "L", "1"], [AUR, "2025", "P", "2"]])
    to_published(city, package["id"])
    assert call_as(None, "satudata_table_show", id=made["id"])["rows"][1][3] == 2
    copy = call_as(
        city.producer, "satudata_revision_start", id=package["id"], change_kind="koreksi", public_note="Salah ketik"
    )  # fmt: skip
    there = call_as(city.producer, "package_show", id=copy["revision_id"])["resources"][0]
    call_as(
        city.producer, "satudata_table_save", id=there["id"], columns=COLUMNS,
        rows=[[AUR, "2025", "L", "1"], [AUR, "2025", "P", "3"]],
    )  # fmt: skip
    assert call_as(None, "satudata_table_show", id=made["id"])["rows"][1][3] == 2
    to_published(city, copy["revision_id"])
    assert call_as(None, "satudata_table_show", id=made["id"])["rows"][1][3] == 3


# -- the pages ------------------------------------------------------------------------------------------------


def sent(page: Any) -> dict[str, str]:
    form = page.select_one("form.satudata-grid-form")
    values = {}
    for field in form.select("input[name], select[name]"):
        if field.get("type") == "checkbox" and not field.has_attr("checked"):
            continue
        values[str(field["name"])] = str(field.get("value") or "")
    return values


def test_a_table_is_begun_and_typed_without_a_script(city: Any, app_once: Any, as_user: Any) -> None:
    me = as_user(city.producer)
    page = soup(app_once.get("/satudata/tables/new", headers=me))
    assert page.select_one("#rows-lingkungan") is not None
    first = {
        "organization_id": city.kelurahan["id"], "title": "Jumlah KK Kelurahan Aur 2025", "rows": "lingkungan",
        "hamlets": "2", "periods": "2025", "unit": "keluarga",
    }  # fmt: skip
    answer = app_once.post("/satudata/tables/new", data=first, headers=me, follow_redirects=False)
    assert answer.status_code == 302
    address = answer.location
    page = soup(app_once.get(address, headers=me))
    assert len(page.select("tr[data-row]")) == 2 and "Lingkungan 1" in words(page.select_one("table.satudata-grid"))
    values = sent(page)
    figures = [name for name in values if name.startswith("c")]
    assert len([name for name in figures if not name.startswith("col")]) == 2
    (one, two) = sorted(name for name in figures if not name.startswith("col"))
    answer = app_once.post(
        address, data={**values, one: "1.263", two: "dua", "do": "save"}, headers=me, follow_redirects=False
    )  # fmt: skip
    assert answer.status_code == 302
    page = soup(app_once.get(address, headers=me))
    assert page.select_one(f"input[name='{one}']")["value"] == "1.263"
    assert page.select_one(f"input[name='{two}']")["aria-invalid"] == "true"
    resource = call_as(city.producer, "resource_show", id=address.rsplit("/", 1)[-1])
    stored = call_as(city.producer, "satudata_table_show", id=resource["id"])
    assert stored["rows"] == [[AUR, "Lingkungan 1", "2025", 1263], [AUR, "Lingkungan 2", "2025", "dua"]]
    package = call_as(city.producer, "package_show", id=resource["package_id"])
    # Typed once: the metadata knows what the table says.
    assert (package["tahun"], package["satuan"], package["cakupan_wilayah"]) == ("2025", "keluarga", AUR)
    assert package["tingkat_penyajian"] == "lingkungan" and package["private"] is True
    form = soup(app_once.get(f"/dataset/edit/{package['name']}", headers=me))
    assert "Region codes" in words(form.select_one(".satudata-proposed-list"))
    assert form.select_one(f"a[href$='/satudata/tables/{resource['id']}']") is not None


def test_rows_and_columns_come_and_go_without_losing_what_was_typed(city: Any, app_once: Any, as_user: Any) -> None:
    me = as_user(city.producer)
    _package, made = typed_table(city, [[AUR, "2025", "L", "1"], [AUR, "2025", "P", "2"]])
    address = f"/satudata/tables/{made['id']}"
    values = sent(soup(app_once.get(address, headers=me)))
    page = soup(app_once.post(address, data={**values, "c0-3": "7,5", "do": "add"}, headers=me))
    assert page.select_one("input[name='c0-3']")["value"] == "7,5"
    assert len(page.select("tr[data-row]")) == 7
    values = sent(page)
    page = soup(app_once.post(address, data={**values, "d1": "1", "do": "remove"}, headers=me))
    assert len(page.select("tr[data-row]")) == 6
    values = sent(page) | {"new-column": "Keterangan", "new-kind": "text", "col-2": "Jenis Kelamin Warga"}
    page = soup(app_once.post(address, data={**values, "do": "columns"}, headers=me))
    heads = words(page.select_one("thead"))
    assert "keterangan" in heads and "jenis_kelamin_warga" in heads
    answer = app_once.post(address, data={**sent(page), "do": "save"}, headers=me, follow_redirects=False)
    assert answer.status_code == 302
    stored = call_as(city.producer, "satudata_table_show", id=made["id"])
    assert [column["name"] for column in stored["columns"]] == [
        "kode_wilayah", "periode", "jenis_kelamin_warga", "nilai", "keterangan",
    ]  # fmt: skip
    assert stored["rows"][0] == [AUR, "2025", "L", 7.5, ""]


def test_a_stale_grid_comes_back_with_what_was_typed_and_what_differs(city: Any, app_once: Any, as_user: Any) -> None:
    me = as_user(city.producer)
    _package, made = typed_table(city, [[AUR, "2025", "L", "1"], [AUR, "2025", "P", "2"]])
    address = f"/satudata/tables/{made['id']}"
    values = sent(soup(app_once.get(address, headers=me))) | {"c0-3": "10", "do": "save"}
    call_as(
        city.colleague, "satudata_table_save", id=made["id"], columns=COLUMNS,
        rows=[[AUR, "2025", "L", "1"], [AUR, "2025", "P", "20"]],
    )  # fmt: skip
    answer = app_once.post(address, data=values, headers=me, follow_redirects=False, status=409)
    page = soup(answer)
    said = words(page.select_one(".satudata-stale"))
    assert city.colleague["fullname"] in said and "20" in said
    assert page.select_one("input[name='c0-3']")["value"] == "10"
    again = sent(page) | {"c1-3": "20", "do": "save"}
    app_once.post(address, data=again, headers=me, follow_redirects=False, status=409)
    chosen = {**again, "satudata_choice.upload": "mine"}
    assert app_once.post(address, data=chosen, headers=me, follow_redirects=False).status_code == 302
    stored = call_as(city.producer, "satudata_table_show", id=made["id"])
    assert [row[3] for row in stored["rows"]] == [10, 20]


def test_a_form_that_was_tampered_with_gives_a_table_or_an_error(city: Any, app_once: Any, as_user: Any) -> None:
    me = as_user(city.producer)
    _package, made = typed_table(city, [[AUR, "2025", "L", "1"]])
    address = f"/satudata/tables/{made['id']}"
    for values in (
        {"do": "save"}, {"do": "save", "n": "99999999"}, {"n": "-1", "do": "add"}, {"n": "x"},
        {"n": "1", "k0": "[1]", "col-0": "a", "kind-0": "x", "do": "save"}, {"n": "1", "k0": "{", "do": "add"},
    ):  # fmt: skip
        answer = app_once.post(address, data=values, headers=me, follow_redirects=False, expect_errors=True)
        assert answer.status_code in (200, 400)
    script = "<script>alert(1)</script>"
    values = sent(soup(app_once.get(address, headers=me))) | {"c0-3": script, "do": "save"}
    app_once.post(address, data=values, headers=me)
    assert script not in app_once.get(address, headers=me).body
    assert call_as(city.producer, "satudata_table_show", id=made["id"])["rows"][0][3] == script
