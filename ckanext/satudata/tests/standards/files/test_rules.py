"""Each rule about tables and figures, on real-looking files that pass and that fail."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from ckanext.satudata.standards.files.scan import look
from ckanext.satudata.standards.rules.registry import RULES, Subject
from ckanext.satudata.tests.standards.files import books
from ckanext.satudata.tests.standards.files.conftest import Seen


class Reading(Subject):
    """A subject whose files lie in a folder instead of the storage of a portal."""

    def file_facts(self, resource: dict[str, Any]) -> Any:
        return look(Path(resource["path"]), resource["format"])


def said(folder: Path, *files: tuple[str, str | bytes], **fields: Any) -> dict[str, str]:
    """Ids and severities of what the rules about files say of these (format, content)."""
    resources = []
    for number, (said_format, content) in enumerate(files):
        path = folder / f"{number}.{said_format.lower()}"
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        resources.append({"id": str(number), "name": "Tabel", "format": said_format, "path": str(path), "url": "x"})
    subject = Reading({"type": "dataset", "resources": resources, **fields}, fields={"catatan_perubahan": {}})
    found = {}
    for rule in RULES:
        if rule.id.startswith(("table.", "personal.", "files.open", "files.active", "files.partly")):
            for problem in rule.run(subject):
                id = f"{rule.id}.{problem.part}" if problem.part else rule.id
                found[id] = problem.severity or rule.severity
                assert problem.message and problem.fix and "{" not in problem.message + problem.fix
    return found


ROWS: list[list[Any]] = [["kode_wilayah", "periode", "nilai"], ["12.71", "2023", 100], ["12.71", "2024", 110]]
HEAD = "kode_wilayah,periode,nilai\n"
TIDY = HEAD + "12.71.10.1001,2023,100\n12.71.10.1001,2024,110\n"
WIDE = "kelurahan,laki_laki,perempuan,jumlah\n"

PASSING: list[tuple[str, str, str]] = [
    ("a tidy table", "CSV", TIDY),
    ("empty cells", "CSV", HEAD + "12.71.10.1001,2023,100\n12.71.10.1001,2024,\n"),
    ("quarters", "CSV", HEAD + "12.71.10.1001,2024-Q1,100\n12.71.10.1001,2024-Q2,110\n"),
    ("months", "CSV", HEAD + "".join(f"12.71.10.1001,2024-{m:02d},{100 + m}\n" for m in range(1, 13))),
    ("bps codes in their column", "CSV", "kode_bps,periode,nilai\n1275010,2024,100\n1275020,2024,110\n"),
    ("sums that are right", "CSV", WIDE + "Aur,10,12,22\nHamdan,20,21,41\nJumlah,30,33,63\n"),
    ("decimal commas", "CSV", "kecamatan;kepadatan\nMedan Kota;12,5\nMedan Area;8,25\nMedan Johor;7,1\n"),
    ("shares beside a total", "CSV", "kecamatan,persen\nA,40.5\nB,59.5\nJumlah,100\n"),
    ("means are not added up", "CSV", "kecamatan,rata_rata\nA,40.5\nB,59.5\nJumlah,50\n"),
    ("subtotals and a total", "CSV", "uraian,nilai_rp\nA,10\nB,20\nJumlah,30\nC,1\nD,2\nJumlah,3\n"),
    ("small counts jump", "CSV", HEAD + "12.71.10.1001,2023,3\n12.71.10.1001,2024,9\n"),
    (
        "breakdowns by words",
        "CSV",
        "kode_wilayah,periode,nilai,status_gizi,nama_posyandu\n12.71,2025,4,buruk,Melati\n12.71,2025,3,baik,Melati\n"
        "12.71,2025,4,buruk,Mawar\n12.71,2025,3,baik,Mawar\n",
    ),
    ("names of months beside a year", "CSV", "tahun,bulan,jumlah\n2024,Januari,5\n2024,Februari,6\n"),
    ("school years as a text", "CSV", "sekolah,siswa\nSDN 1,200\nSDN 2,210\n"),
    ("a workbook", "XLSX", ""),
]

FAILING: list[tuple[str, str, str, str]] = [
    ("table.region.bare", "error", "CSV", HEAD + "1271,2024,1\n1275,2024,2\n"),
    ("table.region.undotted", "warning", "CSV", HEAD + "1275010,2024,1\n1275020,2024,2\n"),
    ("table.region.zero", "error", "CSV", HEAD + "12.71,2024,1\n12.1,2024,2\n"),
    ("table.region.shape", "warning", "CSV", HEAD + "Medan,2024,1\n12.71,2024,2\n"),
    ("table.region.dotted", "warning", "CSV", "kode_bps,periode,nilai\n12.71,2024,1\n12.72,2024,2\n"),
    ("table.region.length", "warning", "CSV", "kode_bps,periode,nilai\n12751,2024,1\n12752,2024,2\n"),
    ("table.period.loose", "warning", "CSV", HEAD + "12.71,Januari 2024,1\n12.71,Februari 2024,2\n"),
    ("table.period.loose", "warning", "CSV", HEAD + "12.71,31/12/2024,1\n12.71,30/11/2024,2\n"),
    ("table.period.loose", "warning", "CSV", HEAD + "12.71,TW I 2024,1\n12.71,TW II 2024,2\n"),
    ("table.period.unfit", "warning", "CSV", HEAD + "12.71,sekarang,1\n12.71,2024,2\n"),
    ("table.value", "error", "CSV", HEAD + "12.71,2023,1\n12.71,2024,tidak ada data\n12.72,2024,banyak\n"),
    ("table.value", "error", "CSV", HEAD + "".join(f"12.71,{y},{y}\n" for y in range(1990, 2024)) + "12.71,2024,x y\n"),
    ("table.types.unit", "warning", "CSV", "kelurahan,luas\nA,12 ha\nB,13 ha\nC,15 ha\n"),
    ("table.types.thousands", "warning", "CSV", "kelurahan;penduduk\nA;1.263.569\nB;2.345.678\n"),
    ("table.types.thousands", "warning", "CSV", "kelurahan;penduduk\nA;1.263\nB;12.345\nC;950\n"),
    ("table.types.decimal", "warning", "CSV", "kelurahan;x\nA;1,5\nB;2.75\nC;3,25\n"),
    ("table.types.nothing", "warning", "CSV", "kelurahan,x\nA,1\nB,-\nC,n/a\nD,4\n"),
    ("table.types.unfit", "warning", "CSV", "kel,x\n" + "".join(f"K{n},{n}\n" for n in range(30)) + "K,lihat\n"),
    ("table.totals.row", "warning", "CSV", WIDE + "Aur,10,12,22\nHamdan,20,21,41\nJumlah,30,33,64\n"),
    ("table.totals.column", "warning", "CSV", WIDE + "Aur,10,12,23\nHamdan,20,21,41\n"),
    (
        "table.totals.group", "warning", "CSV",
        "kode_wilayah,periode,jenis_kelamin,nilai\n12.71,2024,L,10\n12.71,2024,P,12\n12.71,2024,Jumlah,25\n",
    ),
    ("table.jumps.periods", "warning", "CSV", HEAD + "12.71,2023,100\n12.71,2024,1000\n"),
    ("table.repeated", "warning", "CSV", HEAD + "12.71,2024,100\n12.71,2024,101\n"),
    ("table.tidy.years", "warning", "CSV", "kelurahan,2023,2024\nAur,1,2\nHamdan,3,4\n"),
    ("table.shape.encoding", "warning", "CSV", "\ufeff".join(["", HEAD])),
]  # fmt: skip


@pytest.mark.parametrize(("said_format", "text"), [row[1:] for row in PASSING], ids=[row[0] for row in PASSING])
def test_a_file_as_it_should_be_is_left_alone(portal_once: None, tmp_path: Path, said_format: str, text: str) -> None:
    content = text or books.book_of(
        [["kode_wilayah", "periode", "nilai"], ["12.71", "2023", 100], ["12.71", "2024", 110]]
    )
    assert said(tmp_path, (said_format, content)) == {}


@pytest.mark.parametrize(("id", "severity", "said_format", "text"), FAILING, ids=lambda value: str(value)[:40])
def test_a_file_as_it_should_not_be_is_named(
    portal_once: None, tmp_path: Path, id: str, severity: str, said_format: str, text: str
) -> None:
    content: str | bytes = text
    if id == "table.shape.encoding":
        content = (HEAD + "12.71,2024,1\n# catatan: é\n").encode("utf-16")
    assert said(tmp_path, (said_format, content)).get(id) == severity


def test_a_word_about_what_changed_answers_a_jump(portal_once: None, tmp_path: Path) -> None:
    jump = HEAD + "12.71,2023,100\n12.71,2024,1000\n"
    assert "table.jumps.periods" in said(tmp_path, ("CSV", jump))
    assert said(tmp_path, ("CSV", jump), catatan_perubahan="Wilayah digabung.") == {}


def test_an_indicator_is_asked_for_the_tidy_shape_and_a_dataset_is_not(portal_once: None, tmp_path: Path) -> None:
    plain = "kelurahan,jumlah\nAur,10\nHamdan,12\n"
    assert said(tmp_path, ("CSV", plain)) == {}
    assert said(tmp_path, ("CSV", plain), type="indikator") == {"table.tidy.columns": "warning"}
    assert said(tmp_path, ("CSV", plain), indikator=["x"]) == {"table.tidy.columns": "warning"}


def test_the_collision_of_the_two_code_systems_is_explained(portal_once: None, tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    path.write_text(HEAD + "1271,2024,1\n")
    resource = {"id": "1", "name": "Tabel", "format": "CSV", "path": str(path)}
    rule = next(rule for rule in RULES if rule.id == "table.region")
    (problem,) = rule.run(Reading({"resources": [resource]}))
    assert "1271" in problem.message and "Sibolga" in problem.fix and "12.71 is Medan" in problem.fix


# -- workbooks ------------------------------------------------------------------------------------------------------


def test_a_workbook_of_several_and_of_hidden_sheets(portal_once: None, tmp_path: Path) -> None:
    sheets = {"Data": books.sheet_xml(ROWS), "Lain": books.sheet_xml(ROWS), "Rahasia": books.sheet_xml(ROWS)}
    found = said(tmp_path, ("XLSX", books.xlsx(sheets, hidden=["Rahasia"])))
    assert found == {"table.sheets.several": "warning", "table.sheets.hidden": "warning"}


def test_a_title_in_a_workbook_is_a_warning_where_a_csv_lies_beside_it(portal_once: None, tmp_path: Path) -> None:
    titled: list[list[Any]] = [["Data Penduduk Kota Medan"], [], *ROWS]
    book = books.book_of(titled)
    assert said(tmp_path, ("XLSX", book)) == {"table.shape.title": "error"}
    assert said(tmp_path, ("XLSX", book), ("CSV", TIDY)) == {"table.shape.title": "warning"}


def test_merged_cells_macros_and_links_are_warned_of(portal_once: None, tmp_path: Path) -> None:
    merged = '<mergeCells count="1"><mergeCell ref="A2:A3"/></mergeCells>'
    extra = {"xl/vbaProject.bin": b"x", "xl/externalLinks/externalLink1.xml": b"<x/>"}
    book = books.xlsx({"Data": books.sheet_xml(ROWS, after=merged)}, extra)
    assert said(tmp_path, ("XLSX", book)) == {
        "table.shape.cells": "warning", "files.active.macros": "warning", "files.active.links": "warning",
    }  # fmt: skip


def test_personal_data_in_a_hidden_sheet_are_found(portal_once: None, tmp_path: Path) -> None:
    people = books.sheet_xml([["nama", "nik"], ["A", 1271154506900001], ["B", "1271 1501 0185 0002"]])
    book = books.xlsx({"Data": books.sheet_xml(ROWS), "Sumber": people}, hidden=["Sumber"])
    assert said(tmp_path, ("XLSX", book))["personal.id"] == "error"


def test_a_password_is_asked_to_be_taken_off(portal_once: None, tmp_path: Path) -> None:
    locked = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600 + "EncryptedPackage".encode("utf-16-le") + b"\0" * 600
    assert said(tmp_path, ("XLSX", locked)) == {"files.open.encrypted": "error"}


def test_dates_of_excel_are_read_as_dates(tmp_path: Path, seen: Seen) -> None:
    import datetime as dt

    import openpyxl

    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(["kode_wilayah", "tanggal", "nilai", "nik"])
    sheet.append(["12.71", dt.date(2024, 1, 31), 1.5, 1271154506900001])
    sheet.append(["12.71", dt.date(2024, 2, 29), 0.1 + 0.2, None])
    path = tmp_path / "asli.xlsx"
    book.save(path)
    table = look(path, "XLSX").tables[0]
    assert [column.kind for column in table.columns[:3]] == ["code", "period", "number"]
    assert not table.columns[1].loose.count and "id" in table.columns[3].personal


def test_geojson_is_read_by_the_properties_of_its_features(portal_once: None, tmp_path: Path) -> None:
    import json

    feature = {"type": "Feature", "geometry": None, "properties": {"nama": "Posyandu", "no_hp": "081234567890"}}
    content = json.dumps({"type": "FeatureCollection", "features": [feature] * 3})
    assert said(tmp_path, ("GEOJSON", content)) == {"personal.phone": "error"}
    assert said(tmp_path, ("GEOJSON", '{"a": 1}')) == {"files.open.kind": "error"}


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@example(names=["a", "a"], widths=[4, 4, 4])
@given(
    names=st.lists(st.sampled_from(["a", "b", "c", "d", ""]), min_size=2, max_size=4),
    widths=st.lists(st.integers(min_value=2, max_value=5), min_size=1, max_size=6),
)
def test_our_look_and_frictionless_agree_on_the_structure(tmp_path: Path, names: list[str], widths: list[int]) -> None:
    path = tmp_path / "t.csv"
    lines = [",".join(["x" + str(n) for n in range(width)]) for width in widths]
    path.write_text("\n".join([",".join(names), *lines]) + "\n")
    table = look(path, "CSV").tables[0]
    if table.titles or table.merged_header or table.header_row != 1:
        return  # another row was taken for the names
    errors = table.structure
    assert bool(table.nameless) == ("blank-label" in errors) or not any(names)
    assert bool(table.doubled) == ("duplicate-label" in errors)
    assert bool(table.ragged) == bool({"extra-cell", "missing-cell"} & set(errors))
