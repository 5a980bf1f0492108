"""What a person reads in a filled form is what is read from it, whatever was done to the sheet."""

from __future__ import annotations

import datetime as dt
import io
from functools import lru_cache
from typing import Any

import pytest
from openpyxl import load_workbook
from openpyxl.utils.datetime import CALENDAR_MAC_1904

from ckanext.satudata.standards import bps
from ckanext.satudata.standards.workbooks import reading, writing
from ckanext.satudata.standards.workbooks.problems import Problem, Refused
from ckanext.satudata.tests.factories import submittable
from ckanext.satudata.tests.standards.workbooks import books

pytestmark = pytest.mark.usefixtures("portal_once")

ORGANIZATION = {"id": "x"}


def activity(**changes: Any) -> dict[str, Any]:
    return submittable(ORGANIZATION, type="kegiatan", **changes)


def indicator(**changes: Any) -> dict[str, Any]:
    return submittable(ORGANIZATION, type="indikator", **changes)


def on_form(form: str, package: dict[str, Any], edition: str = "later") -> dict[str, Any]:
    """What of a package stands on a form of that edition, as it is stored."""
    found: dict[str, Any] = {}
    for item in bps.items(form):
        if item.rows or edition not in item.editions or item.field not in package:
            continue
        found[item.field] = package[item.field]
        if item.other and item.other in package:
            found[item.other] = package[item.other]
    if form == "ms_keg":
        found["variabel"] = [
            {i.field: row[i.field] for i in bps.items("ms_var") if edition in i.editions and row.get(i.field)}
            for row in package.get("variabel", [])
        ]
    else:
        found |= {name: package[name] for name in ("indikator_pembangun", "variabel_pembangun") if package.get(name)}
    return {name: value for name, value in found.items() if value not in ("", [], None)}


def kinds(problems: list[Problem], *severities: str) -> list[str]:
    return [problem.kind for problem in problems if not severities or problem.severity in severities]


@pytest.mark.parametrize("edition", bps.EDITIONS)
def test_a_written_workbook_reads_back_as_it_was(edition: str) -> None:
    package, other = activity(), indicator()
    book = reading.read(writing.write([package], [other], edition))
    assert [found.kind for found in book.found] == ["kegiatan", "indikator"]
    assert book.found[0].values == on_form("ms_keg", package, edition)
    assert book.found[1].values == on_form("ms_ind", other, edition)
    assert book.found[0].problems == book.found[1].problems == []


def test_the_form_of_an_office_reads_as_a_person_reads_it() -> None:
    (found,) = reading.read(books.of_rows(MS_Keg=books.OFFICE_KEG)).found
    assert kinds(found.problems, "error") == []
    assert found.values == books.OFFICE_ANSWERS


@lru_cache(maxsize=2)
def _everything(edition: str = "later") -> tuple[bytes, list[dict[str, Any]]]:
    data = writing.write([activity()], [indicator(), indicator(title="Angka kesakitan", tahun="2023")], edition)
    return data, [found.values for found in reading.read(data).found]


SPACED = str.maketrans({" ": "  "})


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(lambda data: books.rebuilt(data, lambda r, c: (r + 7, c + 3)), id="shifted"),
        pytest.param(
            lambda data: books.rebuilt(data, lambda r, c: (r * 2, c * 2)), id="blank rows and columns between"
        ),
    ],
)
@pytest.mark.parametrize("edition", bps.EDITIONS)
def test_a_moved_form_reads_the_same(change: Any, edition: str) -> None:
    data, expected = _everything(edition)
    assert [found.values for found in reading.read(change(data)).found] == expected


def _labels_of_the_forms() -> set[str]:
    empty = load_workbook(io.BytesIO(writing.template()))
    return {cell.value for sheet in empty for row in sheet.iter_rows() for cell in row if isinstance(cell.value, str)}


@pytest.mark.parametrize("retyped", [str.upper, str.lower, str.title, lambda t: f" {t.translate(SPACED)} : "])
def test_labels_and_choices_typed_another_way_read_the_same(retyped: Any) -> None:
    data, expected = _everything()
    printed = _labels_of_the_forms() | {
        bps.label_of(item, choice.value) for form in bps.FORMS for item in bps.items(form) for choice in item.choices
    }
    # A tick or a column number is no word.
    words = {text for text in printed if any(letter.isalpha() for letter in text)}
    typed = books.rebuilt(data, lambda r, c: (r, c), lambda text: retyped(text) if text in words else text)
    assert [found.values for found in reading.read(typed).found] == expected


def test_without_the_numbers_of_the_questions_it_reads_the_same() -> None:
    data, expected = _everything()

    def forget(sheet: Any) -> None:
        if sheet.title == "MS-Keg":
            for row in range(1, sheet.max_row + 1):
                if "." in str(sheet.cell(row, 1).value or "") and not str(sheet.cell(row, 1).value)[:1].isalpha():
                    sheet.cell(row, 1).value = None

    assert [found.values for found in reading.read(books.changed(data, forget)).found] == expected


def test_numbers_kept_as_numbers_and_the_year_as_a_float_read_the_same() -> None:
    data, expected = _everything()

    def retype(sheet: Any) -> None:
        for row in sheet.iter_rows():
            for cell in row:
                if isinstance(cell.value, int):
                    cell.value = float(cell.value)
                elif sheet.title == "MS-Keg" and cell.column == 1 and str(cell.value).count(".") == 1:
                    cell.value = float(cell.value) if str(cell.value).replace(".", "").isdigit() else cell.value

    assert [found.values for found in reading.read(books.changed(data, retype)).found] == expected


@pytest.mark.parametrize(
    "typed", ["15 Januari 2026", "15/01/2026", "2026-01-15", 46037, 46037.0, "15-1-2026", dt.datetime(2026, 1, 15),
              "Kamis, 15 Januari 2026", "15 Jan 2026", "46037"],
)  # fmt: skip
def test_a_date_is_read_however_it_is_typed(typed: Any) -> None:
    rows = [*books.OFFICE_KEG[:-1], [None, "Digital (softcopy)", ":", typed]]
    (found,) = reading.read(books.of_rows(MS_Keg=rows)).found
    assert found.values["rilis_digital"] == "2026-01-15"


@pytest.mark.parametrize("typed", [dt.datetime(2026, 1, 15), 46037 - 1462, "44575", "15 Januari 2026"])
def test_a_workbook_that_counts_days_from_1904_says_the_same_days(typed: Any) -> None:
    rows = [*books.OFFICE_KEG[:-1], [None, "Digital (softcopy)", ":", typed]]
    book = load_workbook(io.BytesIO(books.of_rows(MS_Keg=[*rows[:-1], [None, "Digital (softcopy)", ":"]])))
    book.epoch = CALENDAR_MAC_1904
    sheet = book["MS-Keg"]
    sheet.cell(len(rows), 4, typed)
    sheet.protection.sheet = True
    sheet.auto_filter.ref = "A1:D4"
    (found,) = reading.read(books.saved(book)).found
    assert found.values["rilis_digital"] == "2026-01-15"


@pytest.mark.parametrize("typed", ["Januari 2026", "31/02/2026", "01/15/2026", "segera", 12, 3.5])
def test_what_is_no_date_is_told_with_its_cell(typed: Any) -> None:
    rows = [*books.OFFICE_KEG[:-1], [None, "Digital (softcopy)", ":", typed]]
    (found,) = reading.read(books.of_rows(MS_Keg=rows)).found
    (problem,) = [problem for problem in found.problems if problem.severity == "error"]
    assert (problem.kind, problem.sheet, problem.cell) == ("bad_date", "MS-Keg", f"D{len(rows)}")
    assert "rilis_digital" not in found.values


def _keg(*changes: tuple[str, list[Any]]) -> list[list[Any]]:
    new = dict(changes)
    return [new.get(str(row[1]) if len(row) > 1 else "", row) for row in books.OFFICE_KEG]


def test_a_number_without_the_list_it_belongs_to_is_refused() -> None:
    rows = _keg(("4.2 Frekuensi penyelenggaraan", [None, "4.2 Frekuensi penyelenggaraan", ":", 7]))
    (found,) = reading.read(books.of_rows(MS_Keg=rows)).found
    assert kinds(found.problems, "error") == ["number_without_list"]
    assert "frekuensi" not in found.values


@pytest.mark.parametrize(("listed", "meant"), [
    (["1. Longitudinal Panel", "2. Cross Sectional", "3. Longitudinal Cross Sectional"], "cross_sectional"),
    (["1. Longitudinal Panel", "2. Longitudinal Cross Sectional", "3. Cross Sectional"],
     "longitudinal_cross_sectional"),
])  # fmt: skip
def test_a_number_means_what_the_sheet_itself_lists(listed: list[str], meant: str) -> None:
    at = next(n for n, row in enumerate(books.OFFICE_KEG) if len(row) > 1 and str(row[1]).startswith("4.3"))
    rows = [*books.OFFICE_KEG[:at], [None, "4.3 Tipe Pengumpulan Data", ":", 2, *listed], *books.OFFICE_KEG[at + 3 :]]
    (found,) = reading.read(books.of_rows(MS_Keg=rows)).found
    assert found.values["tipe_pengumpulan"] == meant


def test_a_choice_nobody_knows_is_told_with_what_may_be_written() -> None:
    rows = _keg(("4.1 Kegiatan ini dilakukan", [None, "4.1 Kegiatan ini dilakukan", ":", "kadang-kadang"]))
    (found,) = reading.read(books.of_rows(MS_Keg=rows)).found
    (problem,) = found.problems
    assert (problem.kind, problem.cell, problem.raw) == ("unknown_choice", "D34", "kadang-kadang")
    assert "Hanya Sekali" in problem.params["allowed"]


def test_two_ticks_where_one_is_asked_are_refused() -> None:
    at = next(n for n, row in enumerate(books.OFFICE_KEG) if len(row) > 3 and row[3] == "1. Longitudinal Panel")
    rows = [list(row) for row in books.OFFICE_KEG]
    rows[at][2] = "x"
    (found,) = reading.read(books.of_rows(MS_Keg=rows)).found
    assert kinds(found.problems, "error") == ["two_choices"]


VARIABLES: list[list[Any]] = [
    ["METADATA VARIABEL"],
    ["Judul Kegiatan", ":", "Pendataan Keluarga Kelurahan Aur"],
    [],
    [None, "NO", "NAMA  VARIABEL", "Alias", "KONSEP", "definisi", "Referensi Waktu", "Dapat Diakses Umum?", "TAHUN"],
    [None, "(1)", "(2)", "(3)", "(4)", "(5)", "(7)", "(12)", "(13)"],
    [None, 1, "Umur", "umur", "Umur", "Lama hidup", "Saat pencacahan", "YA", 2025],
    [],
    [None, 2, "Pendidikan", "didik", "Pendidikan", "Ijazah tertinggi", "Saat pencacahan", "tidak ", 2025.0],
    [None, None, "Catatan: diisi enumerator"],
]  # fmt: skip


def test_variables_find_their_activity_and_notes_below_are_no_variables() -> None:
    (found,) = reading.read(books.of_rows(MS_Keg=books.OFFICE_KEG, MS_Var=VARIABLES)).found
    assert [(row["nama"], row["akses_umum"], row["tahun"]) for row in found.values["variabel"]] == [
        ("Umur", "ya", "2025"),
        ("Pendidikan", "tidak", "2025"),
    ]
    assert kinds(found.problems, "error") == []


def test_variables_without_an_activity_are_told() -> None:
    book = reading.read(books.of_rows(MS_Var=[VARIABLES[0], *VARIABLES[2:]]))
    assert kinds(book.problems, "error") == ["no_activity"]
    (found,) = reading.read(books.of_rows(MS_Var=VARIABLES)).found
    assert found.partial and found.values["title"] == "Pendataan Keluarga Kelurahan Aur"


def test_a_column_whose_words_say_nothing_is_known_by_its_number() -> None:
    rows = [list(row) for row in VARIABLES]
    rows[3][5] = "Uraian"
    (found,) = reading.read(books.of_rows(MS_Keg=books.OFFICE_KEG, MS_Var=rows)).found
    assert found.values["variabel"][0]["definisi"] == "Lama hidup"


def test_components_typed_as_lines_of_one_cell_or_as_rows_below_are_all_read() -> None:
    head = ["No", "Nama Indikator", "Konsep", "Definisi", "Apakah Indikator Komposit", "Nama Variabel Pembangun",
            "Kegiatan Penghasil", "Tahun"]  # fmt: skip
    rows = [
        head,
        [1, "Rasio beban", "Beban", "Perbandingan", "Tidak", "1. Umur\n2. Jenis kelamin", "1. Sensus\n2. Survei", 2025],
        [2, "Angka melek huruf", "Melek", "Persentase", "Tidak", "Umur", "Sensus", 2025],
        [None, None, None, None, None, "Melek huruf", "Susenas"],
    ]
    found = reading.read(books.of_rows(MS_Ind=rows)).found
    assert [each.values["variabel_pembangun"] for each in found] == [
        [{"var_nama": "Umur", "var_kegiatan": "Sensus"}, {"var_nama": "Jenis kelamin", "var_kegiatan": "Survei"}],
        [{"var_nama": "Umur", "var_kegiatan": "Sensus"}, {"var_nama": "Melek huruf", "var_kegiatan": "Susenas"}],
    ]


def test_several_activities_in_one_workbook_keep_their_variables_apart() -> None:
    first, second = activity(title="Kegiatan satu"), activity(title="Kegiatan dua")
    second["variabel"] = [{**second["variabel"][0], "nama": "Hanya di kegiatan dua"}]
    found = reading.read(writing.write([first, second], [])).found
    assert [each.values["title"] for each in found] == ["Kegiatan satu", "Kegiatan dua"]
    assert found[0].values["variabel"] == on_form("ms_keg", first)["variabel"]
    assert [row["nama"] for row in found[1].values["variabel"]] == ["Hanya di kegiatan dua"]


def test_the_older_edition_has_no_place_for_what_only_the_later_asks() -> None:
    values = reading.read(writing.write([activity()], [], "2021")).found[0].values
    assert "jenis_kegiatan_statistik" not in values and "satuan" not in values["variabel"][0]
    assert "jenis_kegiatan_statistik" in activity() and "satuan" in activity()["variabel"][0]


@pytest.mark.parametrize("edition", bps.EDITIONS)
def test_empty_forms_are_told_to_be_empty(edition: str) -> None:
    with pytest.raises(Refused) as refused:
        reading.read(writing.template(edition))
    assert refused.value.problem.kind == "nothing_filled"


def test_a_workbook_of_something_else_is_told_to_be_none() -> None:
    with pytest.raises(Refused) as refused:
        reading.read(books.of_rows(Anggaran=[["Kode", "Uraian", "Jumlah"], ["5.1", "Belanja", 1000]]))
    assert refused.value.problem.kind == "no_forms"
