"""A quick look into files: what it sees, and what the rules say of it."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any

import pytest
from ckan.tests import factories

from ckanext.satudata.standards import rules_files, service, tables
from ckanext.satudata.tests.conftest import call_as

NIK = "1271154506900001"  # a woman born 5 June 1990: 45 is the day plus 40
GOOD = "kode_wilayah,periode,nilai\n12.71.15.1001,2024,10\n12.71.15.1005,2024,12\n"


def seen(text: str | bytes, file_format: str = "CSV", complete: bool = True) -> tables.Facts:
    data = text if isinstance(text, bytes) else text.encode()
    return tables.look_into(data, complete, file_format)


def test_a_tidy_table_has_nothing_wrong() -> None:
    facts = seen(GOOD)
    assert (facts.kind, facts.rows, facts.encoding) == ("CSV", 2, "utf-8")
    assert not (facts.ragged or facts.nameless or facts.doubled or facts.title_row or facts.ids or facts.blank_rows)


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_the_usual_delimiters_are_known(delimiter: str) -> None:
    facts = seen(GOOD.replace(",", delimiter))
    assert facts.header == ["kode_wilayah", "periode", "nilai"]


def test_commas_within_semicolon_tables_do_not_confuse() -> None:
    facts = seen("nama;luas\nA, B;1,5\nC, D;2,5\nE;3,5\n")
    assert facts.header == ["nama", "luas"] and not facts.ragged


def test_quoted_line_breaks_are_one_row() -> None:
    facts = seen('a,b\n"satu\ndua",3\n4\n')
    assert facts.rows == 2 and facts.ragged == [4]


@pytest.mark.parametrize(
    ("data", "encoding"),
    [
        ("a,b\né,1\n".encode(), "utf-8"),
        ("\ufeffa,b\né,1\n".encode(), "utf-8"),
        ("a,b\né,1\n".encode("cp1252"), "cp1252"),
        ("a,b\né,1\n".encode("utf-16"), "utf-16"),
    ],
)
def test_the_encoding_is_found(data: bytes, encoding: str) -> None:
    facts = seen(data)
    assert facts.encoding == encoding and facts.header == ["a", "b"]


def test_a_character_cut_in_half_at_the_limit_is_no_wrong_encoding() -> None:
    assert seen("a,b\né,é".encode()[:-1], complete=False).encoding == "utf-8"


def test_lines_of_ragged_rows_are_listed_up_to_a_few() -> None:
    facts = seen("a,b\n" + "1\n" * 9 + "1,2\n")
    assert facts.ragged == [2, 3, 4, 5, 6] and facts.ragged_count == 9


@pytest.mark.parametrize(
    ("text", "fact"),
    [
        ("Data Penduduk Kelurahan Aur,,\nnama,laki,perempuan\nA,1,2\n", "title_row"),
        ("Data Penduduk\nnama,laki,perempuan\nA,1,2\nB,1,2\n", "title_row"),
        ("1,2,3\n4,5,6\n", "numeric_header"),
        ("a,,c\n1,2,3\n", "nameless"),
        ("a,A\n1,2\n", "doubled"),
        ("a,b\n\n1,2\n,\n", "blank_rows"),
    ],
)
def test_a_header_that_is_none_is_seen(text: str, fact: str) -> None:
    assert getattr(seen(text), fact)


@pytest.mark.parametrize(
    ("data", "said", "kind"),
    [
        (b"PK\x03\x04rest", "CSV", "ZIP"),
        (b"\xd0\xcf\x11\xe0rest", "CSV", "XLS"),
        (b"%PDF-1.7", "CSV", "PDF"),
        (b"<!DOCTYPE html><html>", "CSV", "HTML"),
        (b'{"a": 1}', "JSON", "JSON"),
        (b"PK\x03\x04rest", "XLSX", "ZIP"),
    ],
)
def test_a_file_is_known_by_its_bytes(data: bytes, said: str, kind: str) -> None:
    assert seen(data, said).kind == kind


@pytest.mark.parametrize(
    ("text", "line"), [('{"a": 1,}', "1"), ("[1,\n2,\n]", "3"), ("a,b", "1"), ("[" * 200_000, "1")]
)
def test_broken_json_is_named_by_its_line(text: str, line: str) -> None:
    assert seen(text, "JSON").broken_json == line


def test_binary_rubbish_is_not_read_as_a_table() -> None:
    assert seen(b"a,b\x00\x01\x02").unreadable


def test_a_cell_without_end_does_not_break_the_look() -> None:
    assert seen('a,b\n"' + "x" * 200_000 + "\n").unreadable


@pytest.mark.parametrize(
    ("text", "columns"),
    [
        (f"nama,nik\nA,{NIK}\n", ["nik"]),
        (f"nama,kode\nA,{NIK}\nB,1271150101850002\n", ["kode"]),
        (f"nama,no_kk\nA,'{NIK}\n", ["no_kk"]),
        ("nama,No. KK\nA,9999999999999999\n", ["No. KK"]),
        ("nama,kode_rekening\nA,9999999999999999\n", []),
        (f"nama,catatan\nA,{NIK}\nB,-\nC,tidak ada\nD,x\n", []),
        ("kode,nilai\n12.71.15.1001,1271151001\n", []),
        (f"{NIK}\n{NIK}\n", [NIK]),
    ],
)
def test_columns_of_nik_and_family_cards_are_seen(text: str, columns: list[str]) -> None:
    assert seen(text).ids == columns


def test_no_more_than_the_limit_is_read() -> None:
    pieces = iter([b"x" * 6] * 1_000_000)
    data, complete = tables.first_bytes(pieces, 10)
    assert len(data) == 10 and not complete
    assert next(pieces)  # not read to the end


@pytest.fixture
def upload(editor: dict[str, Any], tmp_path: Any) -> Callable[..., dict[str, Any]]:
    """A dataset with one uploaded file, through CKAN's own upload."""
    from werkzeug.datastructures import FileStorage

    def make(content: str | bytes, file_format: str = "CSV", **fields: Any) -> dict[str, Any]:
        package = factories.Dataset(owner_org=editor["organization_id"], private=True, **fields)
        data = content if isinstance(content, bytes) else content.encode()
        call_as(
            editor,
            "resource_create",
            package_id=package["id"],
            name="Tabel",
            format=file_format,
            upload=FileStorage(io.BytesIO(data), filename="tabel.csv"),
            url="tabel.csv",
            url_type="upload",
        )
        return call_as(editor, "package_show", id=package["id"])

    return make


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


def test_a_missing_file_is_an_error_until_it_is_there(upload: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    package = upload(GOOD)
    rules_files._facts.cache_clear()

    def gone(resource: dict[str, Any]) -> Any:
        raise FileNotFoundError("x")

    with monkeypatch.context() as patch:
        patch.setattr(rules_files.files, "chunks", gone)
        assert findings(package) == {"files.open.missing": "error"}
    assert findings(package) == {}


def test_a_replaced_file_is_looked_into_again(upload: Any, editor: dict[str, Any]) -> None:
    from werkzeug.datastructures import FileStorage

    package = upload("a,b\n1\n")
    assert "table.shape.ragged" in findings(package)
    new = FileStorage(io.BytesIO(b"a,b\n1,2\n"), filename="tabel.csv")
    call_as(editor, "resource_patch", id=package["resources"][0]["id"], upload=new)
    assert findings(call_as(editor, "package_show", id=package["id"])) == {}
