"""Loading code lists: what a file may hold, what it does to what is there."""

from __future__ import annotations

import io
from typing import Any

import ckantoolkit as tk
import openpyxl
import pytest
from ckan import model

from ckanext.satudata.standards.codelists import export, loader, query, rows, service, shipped
from ckanext.satudata.standards.codelists.model import CodeListCode, CodeListVersion

UNITS = """code,label_id,label_en,aliases,measures
orang,Orang,People,jiwa|penduduk,jumlah
ha,Hektare,Hectares,,luas
"""


@pytest.fixture(autouse=True)
def empty(clean: None, flask_app: Any) -> Any:
    with flask_app.test_request_context():
        yield


@pytest.fixture
def flask_app(app_once: Any) -> Any:
    return app_once.flask_app


def load(text: str, list_id: str = "satuan", version: str = "2026", name: str = "a.csv", **kwargs: Any) -> Any:
    return service.store(list_id, version, loader.read(text.encode(), name), **kwargs)


def errors_of(text: str | bytes, name: str = "a.csv") -> list[str]:
    with pytest.raises(rows.ListError) as caught:
        loader.read(text if isinstance(text, bytes) else text.encode(), name)
    return [f"{error.line} {error.field}" for error in caught.value.errors]


@pytest.mark.parametrize("name", shipped.names())
def test_every_shipped_list_can_be_read_and_loaded_twice(name: str) -> None:
    path = loader.locate(name)
    loaded = loader.read(path.read_bytes(), path.name)
    version = str(loaded.facts["version"])
    assert service.store(name, version, loaded)["verb"] == "created"
    assert service.store(name, version, loaded)["verb"] == "unchanged"
    assert query.codes(query.find(name))[1] == [rows.shape(code) for code in loaded.codes]


def test_a_shipped_list_holds_until_one_of_its_name_is_loaded() -> None:
    assert query.find("satuan").id is None
    load(UNITS)
    assert query.find("satuan").version == "2026"
    assert [code["code"] for code in query.codes(query.find("satuan"))[1]] == ["orang", "ha"]
    assert [each.version for each in query.versions_of("satuan")] == ["2026", "2024"]


def test_loading_the_same_file_again_writes_nothing() -> None:
    load(UNITS)
    before = model.Session.query(CodeListVersion).one().loaded_at
    assert load(UNITS)["verb"] == "unchanged"
    assert model.Session.query(CodeListVersion).one().loaded_at == before


def test_a_published_version_is_never_written_again() -> None:
    load(UNITS)
    with pytest.raises(tk.ValidationError) as caught:
        load(UNITS.replace("Orang", "Manusia"))
    assert "published" in caught.value.error_dict["version"][0]
    assert query.codes(query.find("satuan"))[1][0]["label"]["id"] == "Orang"


def test_a_new_version_leaves_the_old_one_as_it_was() -> None:
    load(UNITS)
    done = load(UNITS.replace("ha,Hektare,Hectares,,luas\n", "km2,Kilometer persegi,,,luas\n"), version="2027")
    assert (done["added"], done["removed"], done["changed"]) == (1, 1, 0)
    assert query.find("satuan").version == "2027"
    assert [code["code"] for code in query.codes(query.find("satuan", "2026"))[1]] == ["orang", "ha"]


def test_a_version_with_a_later_first_day_waits_for_it(monkeypatch: pytest.MonkeyPatch) -> None:
    import datetime as dt

    load(UNITS)
    load(UNITS + "m,Meter,,,panjang\n", version="2099", facts={"valid_from": "2099-01-01"})
    assert query.find("satuan").version == "2026"
    monkeypatch.setattr(query, "today", lambda: dt.date(2099, 1, 1))
    assert query.find("satuan").version == "2099"


def test_a_dry_run_writes_nothing() -> None:
    assert load(UNITS, dry_run=True)["verb"] == "created"
    assert model.Session.query(CodeListVersion).count() == 0


def test_a_draft_is_replaced_published_and_discarded() -> None:
    load(UNITS, publish=False)
    assert query.find("satuan").id is None and query.find("satuan", "2026") is None
    load(UNITS + "m,Meter,,,panjang\n", publish=False)
    assert query.find("satuan", "2026", drafts=True).size == 3
    service.publish("satuan", "2026")
    assert query.find("satuan").size == 3
    with pytest.raises(tk.ValidationError):
        service.discard("satuan", "2026")
    load(UNITS, version="2027", publish=False)
    service.discard("satuan", "2027")
    assert query.find("satuan", "2027", drafts=True) is None
    assert model.Session.query(CodeListCode).count() == 3


def test_all_errors_are_told_with_their_lines_and_nothing_is_written() -> None:
    text = "code,label_id,parent,valid_from,valid_to\n1,Satu,,,\n,Dua,,,\n3,,,,\n1,Lagi,9,2026-13-01,\n"
    text += "5,Lima,,2026-02-01,2026-01-01\n"
    assert errors_of(text) == ["3 code", "4 label_id", "5 valid_from", "6 valid_to"]
    assert errors_of("code,label_id,parent\n1,Satu,\n1,Lagi,9\n") == ["3 code", "3 parent"]
    assert model.Session.query(CodeListVersion).count() == 0


def test_codes_that_hang_on_themselves_are_refused() -> None:
    assert errors_of("code,label_id,parent\na,A,b\nb,B,c\nc,C,a\nd,D,a\n")[0].endswith("parent")
    assert errors_of("code,label_id,successor\na,A,a\n") == ["2 successor"]
    assert errors_of("code,label_id,successor\na,A,b\nb,B,a\nc,C,a\n") == ["2 successor"]


@pytest.mark.parametrize(
    ("data", "name", "expected"),
    [
        (b"", "a.csv", ["1 code", "1 label_id"]),
        (b"code,label_id\n", "a.csv", ["1 file"]),
        (b"code,label_id\n\xff\xfe,x\n", "a.csv", ["1 file"]),
        (b"code,code,label_id\n1,2,3\n", "a.csv", ["1 code"]),
        (b"code,,label_id\n1,2,3\n", "a.csv", ["1 ?"]),
        (b"code,label_id\n1,Satu,lebih\n", "a.csv", ["2 row"]),
        (b"no workbook", "a.xlsx", ["1 file"]),
        (b"%PDF-1.4", "a.pdf", ["1 file"]),
        (b"codes: [", "a.yaml", ["1 file"]),
        (b"- 1\n", "a.yaml", ["1 file"]),
        (b"wrong: 1\ncodes:\n- {code: x, id: X}\n", "a.yaml", ["1 wrong"]),
        (b"codes:\n- {code: 1.10, id: X}\n- nothing\n", "a.yaml", ["2 code", "3 row"]),
        (b"x" * (loader.LARGEST_FILE + 1), "a.csv", ["1 file"]),
    ],
)  # fmt: skip
def test_a_file_that_cannot_be_a_list_is_refused_in_words(data: bytes, name: str, expected: list[str]) -> None:
    assert errors_of(data, name) == expected


def test_a_yaml_file_of_nested_aliases_does_no_harm() -> None:
    lines = ["codes:", "- &a {code: x, id: [x,x,x,x,x,x,x,x,x]}"] + [f"- &b{n} [*a,*a,*a,*a,*a,*a]" for n in range(20)]
    assert errors_of("\n".join(lines), "a.yaml")


def test_a_workbook_gives_the_same_codes_as_a_table_of_text() -> None:
    book = openpyxl.Workbook()
    for line in UNITS.splitlines():
        book.active.append(line.split(","))
    packed = io.BytesIO()
    book.save(packed)
    from_book = loader.read(packed.getvalue(), "Satuan.XLSX")
    assert rows.digest(from_book.codes) == rows.digest(loader.read(UNITS.encode(), "a.csv").codes)


def test_headings_of_indonesian_spreadsheets_are_understood() -> None:
    loaded = loader.read(b"Kode;Uraian;Keterangan;Jumlah digit\n01;Satu;ya;2\n", "a.csv")
    assert loaded.codes[0].dictize()["label"]["id"] == "Satu"
    assert (loaded.codes[0].note, loaded.codes[0].extra) == ("ya", {"jumlah_digit": "2"})


@pytest.mark.parametrize("name", ["urusan", "satuan", "frekuensi"])
def test_what_is_exported_can_be_loaded_again_as_the_same_codes(name: str) -> None:
    found = query.find(name)
    loaded = loader.read(export.write(found, "csv"), "x.csv")
    assert rows.digest(loaded.codes) == found.digest
    assert export.write(found, "json") == export.write(query.find(name), "json")


def test_a_formula_leaves_as_text_and_comes_back_as_it_was() -> None:
    load('code,label_id\n=1+1,"=HYPERLINK(""http://x"")"\n')
    written = export.write(query.find("satuan"), "csv").decode("utf-8-sig")
    assert "\r\n'=1+1,\"'=HYPERLINK" in written
    assert loader.read(written.encode(), "x.csv").codes[0].code == "=1+1"


def test_twenty_thousand_codes_are_loaded_whole() -> None:
    codes = [rows.Code(n, f"{n:07d}", {"id": f"Desa {n}", "en": f"Desa {n}"}) for n in range(20_000)]
    service.store("desa", "1", rows.LoadedList({}, codes, []))
    count, page = query.codes(query.find("desa"), "desa 19", 5, 0)
    assert (count, page[0]["code"]) == (1111, "0000019")


@pytest.mark.parametrize("list_id", ["wilayah", "instansi", "Satuan", "", "../x"])
def test_a_list_that_cannot_be_loaded_is_refused(list_id: str) -> None:
    with pytest.raises(tk.ValidationError) as caught:
        load(UNITS, list_id=list_id)
    assert "list" in caught.value.error_dict
