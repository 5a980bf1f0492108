"""A look into tables: what it sees, and what the rules say of uploads."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import pytest

from ckanext.satudata.standards import service
from ckanext.satudata.standards.files.facts import FileFacts, Table
from ckanext.satudata.tests.conftest import call_as
from ckanext.satudata.tests.standards.files.conftest import Seen

NIK = "1271154506900001"  # a woman born 5 June 1990: 45 is the day plus 40
GOOD = "kode_wilayah,periode,nilai\n12.71.15.1001,2024,10\n12.71.15.1005,2024,12\n"


def table(facts: FileFacts) -> Table:
    assert len(facts.tables) == 1
    return facts.tables[0]


def names(facts: FileFacts) -> list[str]:
    return [column.name for column in table(facts).columns]


def test_a_tidy_table_has_nothing_wrong(seen: Seen) -> None:
    facts = seen(GOOD)
    found = table(facts)
    assert (facts.kind, found.rows, facts.encoding, found.tidy) == ("CSV", 2, "utf-8", True)
    assert not (found.ragged or found.nameless or found.doubled or found.titles or found.blank_rows)
    assert [column.kind for column in found.columns] == ["code", "period", "integer"]


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_the_usual_delimiters_are_known(seen: Seen, delimiter: str) -> None:
    assert names(seen(GOOD.replace(",", delimiter))) == ["kode_wilayah", "periode", "nilai"]


def test_commas_within_semicolon_tables_do_not_confuse(seen: Seen) -> None:
    facts = seen("nama;luas\nA, B;1,5\nC, D;2,5\nE;3,5\n")
    assert names(facts) == ["nama", "luas"] and not table(facts).ragged
    assert table(facts).columns[1].decimal == ","


def test_quoted_line_breaks_are_one_row(seen: Seen) -> None:
    facts = seen('a,b\n"satu\ndua",3\n4\n')
    assert table(facts).rows == 2 and table(facts).ragged == [4]


@pytest.mark.parametrize(
    ("data", "encoding"),
    [
        ("a,b\né,1\n".encode(), "utf-8"),
        ("\ufeffa,b\né,1\n".encode(), "utf-8"),
        ("a,b\né,1\n".encode("cp1252"), "cp1252"),
        ("a,b\né,1\n".encode("utf-16"), "utf-16"),
        ("a,b\né,1\n".encode("utf-16-le"), "utf-16"),
        ("a,b\né,1\n".encode("utf-32"), "utf-32"),
        ("a,b\né,1\n".encode("latin-1") + b"\x81,2\n", "latin-1"),
        ("a,b\né,1\n".encode() + "ü,1\n".encode("cp1252"), "mixed"),
    ],
)
def test_the_encoding_is_found(seen: Seen, data: bytes, encoding: str) -> None:
    facts = seen(data)
    assert facts.encoding == encoding and names(facts) == ["a", "b"]


def test_lines_of_ragged_rows_are_listed_up_to_a_few(seen: Seen) -> None:
    found = table(seen("a,b\n" + "1\n" * 9 + "1,2\n"))
    assert found.ragged == [2, 3, 4, 5, 6] and found.ragged_count == 9


@pytest.mark.parametrize(
    ("text", "fact"),
    [
        ("Data Penduduk Kelurahan Aur,,\nnama,laki,perempuan\nA,1,2\n", "titles"),
        ("Data Penduduk\nnama,laki,perempuan\nA,1,2\nB,1,2\n", "titles"),
        ("1,2,3\n4,5,6\n", "numeric_header"),
        ("a,,c\n1,2,3\n", "nameless"),
        ("a,A\n1,2\n", "doubled"),
        ("a,b\n\n1,2\n,\n", "blank_rows"),
        ("kec,penduduk,,rt\n,laki,perempuan,\nA,1,2,3\nB,1,2,3\n", "merged_header"),
        ("kec,laki,perempuan\n(1),(2),(3)\nA,1,2\nB,1,2\n", "number_row"),
        ("kec,laki,perempuan\nA,1,2\nB,1,2\nSumber: Disdukcapil,,\n", "notes"),
        ("kec,2023,2024\nA,1,2\nB,1,2\n", "years_beside"),
        ("kec,<b>x</b>,=1+1\nA,1,2\nB,1,2\n", "markup"),
        ("kec,laki\nA,1\nB,2\n\njenis,umur\nX,3\nY,4\n", "second"),
    ],
)
def test_a_table_that_programs_stumble_over_is_seen(seen: Seen, text: str, fact: str) -> None:
    assert getattr(table(seen(text)), fact)


def test_two_rows_of_names_become_one(seen: Seen) -> None:
    facts = seen("kec,penduduk,,rt\n,laki,perempuan,\nA,1,2,3\nB,1,2,3\n")
    assert names(facts) == ["kec", "penduduk laki", "penduduk perempuan", "rt"] and table(facts).rows == 2


@pytest.mark.parametrize(
    ("data", "said", "kind"),
    [
        (b"PK\x03\x04rest", "CSV", "ZIP"),
        (b"\xd0\xcf\x11\xe0rest", "CSV", "XLS"),
        (b"%PDF-1.7", "CSV", "PDF"),
        (b"<!DOCTYPE html><html>", "CSV", "HTML"),
        (b'{"a": 1}', "JSON", "JSON"),
        (b'{"type": "FeatureCollection", "features": []}', "JSON", "GEOJSON"),
        (b"MZ\x90\x00rest", "XLSX", "EXE"),
    ],
)
def test_a_file_is_known_by_its_bytes(seen: Seen, data: bytes, said: str, kind: str) -> None:
    assert seen(data, said).kind == kind


@pytest.mark.parametrize(("text", "line"), [('{"a": 1,}', 1), ("[1,\n2,\n]", 3), ("a,b", 0)])
def test_broken_json_is_named_by_its_line(seen: Seen, text: str, line: int) -> None:
    facts = seen(text, "JSON")
    assert (facts.trouble, facts.line) == ("json", line)


def test_facts_go_to_json_and_back(seen: Seen) -> None:
    import json

    facts = seen(f"kode_wilayah,periode,nilai,nik\n12.71,2023,100,{NIK}\n12.71,2024,500,\n12.71,2024,500,\n")
    assert FileFacts.from_dict(json.loads(json.dumps(facts.as_dict()))) == facts
    assert NIK not in json.dumps(facts.as_dict())


def test_facts_of_another_version_are_not_believed(seen: Seen) -> None:
    assert FileFacts.from_dict({**seen(GOOD).as_dict(), "version": 0}) is None


def findings(package: dict[str, Any]) -> dict[str, str]:
    keep = ("files.open", "table", "personal")
    return {f["id"]: f["severity"] for f in service.check(package)["findings"] if f["id"].startswith(keep)}


def test_a_good_upload_has_no_findings(upload: Any) -> None:
    assert findings(upload(GOOD)) == {}


@pytest.mark.parametrize(
    ("content", "id", "severity"),
    [
        ("", "files.open.empty", "error"),
        (b"PK\x03\x04xlsx in disguise", "files.open.kind", "error"),
        ("Judul,,\na,b,c\n1,2,3\n", "table.shape.title", "error"),
        ("1,2\n3,4\n", "table.shape.header", "error"),
        ("a,,c\n1,2,3\n", "table.shape.nameless", "error"),
        ("a,a\n1,2\n", "table.shape.doubled", "error"),
        ("a,b\n1\n", "table.shape.ragged", "error"),
        ("a,b\n", "table.shape.rows", "error"),
        ("a,b\n1,2\n,\n", "table.shape.blank", "warning"),
        ("a,b\né,2\n".encode("cp1252"), "table.shape.encoding", "warning"),
        (f"nama,nik\nA,{NIK}\n", "personal.id", "error"),
    ],
)
def test_an_upload_is_found_wanting(upload: Any, content: Any, id: str, severity: str) -> None:
    assert findings(upload(content)).get(id) == severity


def test_personal_numbers_are_a_warning_where_the_data_are_not_open(upload: Any) -> None:
    package = upload(f"nama,nik\nA,{NIK}\n", accesslevel="terbatas")
    assert findings(package)["personal.id"] == "warning"


def test_the_numbers_themselves_are_never_repeated(upload: Any) -> None:
    result = service.check(upload(f"nama,nik\nA,{NIK}\n"))
    assert NIK not in str(result)


def test_broken_json_is_said(upload: Any) -> None:
    assert findings(upload('{"a": ', "GeoJSON")) == {"files.open.json": "error"}


def test_a_format_nobody_looks_into_is_left_alone(upload: Any) -> None:
    assert findings(upload("bebas", "TXT")) == {}


def test_a_missing_file_is_an_error_until_it_is_there(upload: Any) -> None:
    from ckan.lib import uploader

    package = upload(GOOD)
    resource = package["resources"][0]
    path = Path(uploader.get_resource_uploader(dict(resource)).get_path(resource["id"]))
    aside = path.rename(path.with_suffix(".aside"))
    assert findings(package) == {"files.open.missing": "error"}
    aside.rename(path)
    assert findings(package) == {}


def test_a_replaced_file_is_looked_into_again(upload: Any, officer_here: dict[str, Any]) -> None:
    from werkzeug.datastructures import FileStorage

    package = upload("a,b\n1\n")
    assert "table.shape.ragged" in findings(package)
    new = FileStorage(io.BytesIO(b"a,b\n1,2\n"), filename="tabel.csv")
    call_as(officer_here, "resource_patch", id=package["resources"][0]["id"], upload=new)
    assert findings(call_as(officer_here, "package_show", id=package["id"])) == {}
