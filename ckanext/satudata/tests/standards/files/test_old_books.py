"""XLS: workbooks of old Excel are looked into like those of the new one."""

from __future__ import annotations

import datetime as dt
import json
import random
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ckanext.satudata.standards.files import apart, stored
from ckanext.satudata.standards.files.facts import FileFacts
from ckanext.satudata.standards.files.scan import look
from ckanext.satudata.tests.standards.files import books, corpus, papers
from ckanext.satudata.tests.standards.files.conftest import Seen
from ckanext.satudata.tests.standards.files.test_rules import said

HEAD = ["kode_wilayah", "periode", "nilai"]
TIDY: list[list[Any]] = [HEAD, ["12.71.10.1001", "2023", 100], ["12.71.10.1001", "2024", 110]]


def same(one: FileFacts, other: FileFacts) -> bool:
    keep = ("tables", "trouble", "complete", "macros", "external")
    return all(one.as_dict()[key] == other.as_dict()[key] for key in keep)


def test_an_old_workbook_gives_the_facts_of_a_new_one(seen: Seen) -> None:
    rows: list[list[Any]] = [
        ["kelurahan", "laki_laki", "perempuan", "jumlah", "kepadatan"],
        *[[f"Kelurahan {n}", n, n + 2, 2 * n + 2, n / 8] for n in range(1, 40)],
        ["Jumlah", 780, 858, 1637, ""],
    ]
    old, new = seen(papers.xls({"Data": rows}), "XLS"), seen(books.book_of(rows), "XLSX")
    assert old.kind == "XLS" and old.looked_into and same(old, new)
    (table,) = old.tables
    # 1,637 where the parts make 1,638: seen by the row of totals and beside the columns of men and women.
    assert {each.how for each in table.mismatches} == {"row", "column"} and table.rows == 40


def test_each_sheet_is_a_table_and_the_hidden_one_is_named(seen: Seen) -> None:
    facts = seen(papers.xls({"Data": TIDY, "Warga": [["nik"], ["1271154506900001"]]}, hidden=["Warga"]), "XLS")
    assert [(table.name, table.hidden, table.rows) for table in facts.tables] == [
        ("Data", False, 2),
        ("Warga", True, 1),
    ]
    assert facts.tables[1].columns[0].personal["id"].places == [(2, 1)]


def test_numbers_dates_and_logical_values_are_written_as_people_write_them(seen: Seen) -> None:
    rows: list[Any] = [
        ["tanggal", "nomor", "angka", "benar"],
        [dt.date(2024, 5, 17), 1271154506900001, 0.1 + 0.2, True],
    ]
    facts = seen(papers.xls({"Data": rows}), "XLS")
    kinds = [column.kind for column in facts.tables[0].columns]
    assert kinds[0] in ("date", "period") and kinds[2] == "number"
    assert "id" in facts.tables[0].columns[1].personal


def test_formulas_and_merged_cells_are_counted_and_nothing_is_computed(seen: Seen) -> None:
    rows: list[Any] = [
        ["nama", "nilai"],
        ["Aur", ("=", 'HYPERLINK("http://127.0.0.1:1/";"x")')],
        ["Hamdan", ("=", "1+1")],
    ]
    facts = seen(papers.xls({"Data": rows}, merged=[]), "XLS")
    assert facts.tables[0].formulas == 2 and facts.tables[0].merged_cells == 0
    merged = seen(papers.xls({"Data": [["nama"], ["Aur", 1]]}, merged=["Data"]), "XLS")
    assert merged.tables[0].merged_cells == 1


def test_macros_are_seen_in_the_container(seen: Seen) -> None:
    book = papers.xls({"Data": TIDY}) + "_VBA_PROJECT_CUR".encode("utf-16-le").ljust(512, b"\0")
    assert seen(book, "XLS").macros


def test_a_sheet_of_1987_is_read(seen: Seen) -> None:
    facts = seen(papers.biff2([["kecamatan", "nilai"], ["Medan Kota", 10.0], ["Medan Area", 12.0]]), "XLS")
    assert facts.looked_into and facts.tables[0].rows == 2
    assert [column.name for column in facts.tables[0].columns] == ["kecamatan", "nilai"]


def test_the_corpus_comes_out_of_an_old_workbook_as_out_of_text(seen: Seen) -> None:
    samples = list(corpus.samples())
    sheets = {f"S{n}": [line.split(";") for line in sample.text.splitlines()] for n, sample in enumerate(samples)}
    facts = seen(papers.xls(sheets), "XLS")
    found = [{kind for column in table.columns for kind in column.personal} for table in facts.tables]
    wrong = [(s.name, kinds) for s, kinds in zip(samples, found, strict=True) if kinds != s.kinds]
    assert wrong == []


def test_people_in_an_old_workbook_are_an_error_with_their_rows(portal_once: None, tmp_path: Path) -> None:
    rng = random.Random(3)
    rows: list[list[Any]] = [
        ["nama_penerima", "alamat", "nik"],
        *[[corpus.person(rng), "Jl. Pelita", corpus.nik(rng)] for _ in range(5)],
    ]
    found = said(tmp_path, ("XLS", papers.xls({"Data": rows})))
    assert found["personal.id"] == found["personal.name"] == "error"


def test_a_good_old_workbook_has_no_findings(portal_once: None, tmp_path: Path) -> None:
    assert said(tmp_path, ("XLS", papers.xls({"Data": TIDY}))) == {}


def test_a_renamed_old_workbook_is_named(portal_once: None, tmp_path: Path) -> None:
    assert said(tmp_path, ("XLSX", papers.xls({"Data": TIDY})))["files.open.kind"] == "error"


def container() -> bytes:
    book = bytearray(papers.xls({"Data": TIDY}))
    name = "Workbook".encode("utf-16-le")
    at = book.rfind(name)
    book[at : at + len(name)] = "Wordbook".encode("utf-16-le")
    return bytes(book)


CROOKED = [
    ("nothing behind the first bytes", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "damaged"),
    ("half a workbook", papers.xls({"Data": TIDY})[:2000], "damaged"),
    ("noise in the container", papers.xls({"Data": TIDY})[:512] + random.Random(1).randbytes(20_000), "damaged"),
]


@pytest.mark.parametrize(("data", "trouble"), [row[1:] for row in CROOKED], ids=[row[0] for row in CROOKED])
def test_a_crooked_old_workbook_is_named(seen: Seen, data: bytes, trouble: str) -> None:
    facts = seen(data, "XLS")
    assert facts.trouble == trouble and not facts.complete and facts.seconds < 20


def test_a_password_in_an_old_workbook_is_named(seen: Seen, portal_once: None, tmp_path: Path) -> None:
    book = papers.xls({"Data": TIDY})
    begin = book.find(b"\x09\x08\x10\x00\x00\x06\x05\x00")
    assert begin > 0
    at = begin + 20
    # The record after the beginning becomes the one that says: what follows is encrypted.
    size = int.from_bytes(book[at + 2 : at + 4], "little")
    protected = book[:at] + b"\x2f\x00" + book[at + 2 : at + 4] + b"\x01" * size + book[at + 4 + size :]
    assert seen(protected, "XLS").trouble == "encrypted"
    assert said(tmp_path, ("XLS", protected)) == {"files.open.encrypted": "error"}


def test_another_document_in_the_same_container_is_no_workbook(portal_once: None, tmp_path: Path) -> None:
    assert said(tmp_path, ("XLS", container())) == {"files.open.kind": "error"}


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_bytes_changed_anywhere_end_in_facts(tmp_path: Path, data: st.DataObject) -> None:
    book = bytearray(papers.xls({"Data": TIDY}))
    for _ in range(data.draw(st.integers(1, 8))):
        at = data.draw(st.integers(0, len(book) - 2))
        book[at : at + 2] = data.draw(st.binary(min_size=2, max_size=2))
    path = tmp_path / "acak.xls"
    path.write_bytes(bytes(book))
    facts = look(path, "XLS", seconds=10)
    assert FileFacts.from_dict(json.loads(json.dumps(facts.as_dict()))) == facts


def test_a_reader_that_takes_too_much_memory_is_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "besar.xls"
    path.write_bytes(papers.xls({"Data": [["a", "b"], *[[f"teks {n}", n] for n in range(20_000)]]}))
    monkeypatch.setattr(apart, "MEGABYTES", 24)
    facts = look(path, "XLS")
    assert facts.trouble in ("too_large", "unreadable", "damaged") and not facts.complete


def test_whoever_has_seen_enough_ends_the_reader(tmp_path: Path) -> None:
    path = tmp_path / "lama.xls"
    path.write_bytes(papers.xls({"Data": [["a", "b"], *[[f"teks {n}", n] for n in range(20_000)]]}))
    reading = apart.read("XLS", path, 60)
    assert next(reading)["book"] == 1
    reading.close()
    with pytest.raises(StopIteration):
        next(reading)


@pytest.mark.parametrize(
    ("start", "times"), [(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", 5), (b"%PDF-1.7", 25), (b"a,b\n1,2\n", 1)]
)
def test_what_takes_longer_to_read_weighs_more(tmp_path: Path, start: bytes, times: int) -> None:
    path = tmp_path / "berkas"
    path.write_bytes(start.ljust(1000, b" "))
    assert stored.weight(path, stored.Stored("x", "CSV", path, 1000)) == 1000 * times
