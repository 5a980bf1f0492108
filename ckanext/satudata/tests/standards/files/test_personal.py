"""Personal data in files: a corpus with near misses, counted; what is said of it; and what never is."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

import pytest

from ckanext.satudata.standards import service
from ckanext.satudata.standards.files import personal
from ckanext.satudata.standards.files.scan import look
from ckanext.satudata.tests.standards.files.conftest import Seen
from ckanext.satudata.tests.standards.files.corpus import Sample, samples

CORPUS = list(samples())


def kinds_in(sample: Sample, folder: Path) -> frozenset[str]:
    path = folder / "corpus.csv"
    path.write_text(sample.text, encoding="utf-8")
    facts = look(path, "CSV")
    return frozenset(kind for table in facts.tables for column in table.columns for kind in column.personal)


@pytest.mark.parametrize("sample", CORPUS, ids=lambda sample: sample.name)
def test_each_file_of_the_corpus_is_judged_rightly(sample: Sample, tmp_path: Path) -> None:
    assert kinds_in(sample, tmp_path) == sample.kinds


def test_precision_and_recall_over_many_corpora(tmp_path: Path, record_property: Any) -> None:
    right = wrong = missed = 0
    for seed in range(100, 110):
        for sample in samples(seed):
            found = kinds_in(sample, tmp_path)
            right += len(found & sample.kinds)
            wrong += len(found - sample.kinds)
            missed += len(sample.kinds - found)
    precision, recall = right / (right + wrong), right / (right + missed)
    record_property("precision", precision)
    record_property("recall", recall)
    print(f"\npersonal data: {right + missed} kinds in files, precision {precision:.4f}, recall {recall:.4f}")
    assert precision >= 0.99 and recall >= 0.99


@pytest.mark.parametrize(
    ("digits", "good"),
    [
        ("1271154506900001", True),  # a woman born 5 June 1990
        ("1271151502250012", True),  # a family card of 15 February 2025
        ("1271153002900001", False),  # 30 February
        ("1271154513900001", False),  # month 13
        ("1271153506900001", False),  # day 35
        ("2071154506900001", False),  # no province 20
        ("1271154506900000", False),  # nobody is number 0
        ("1231154506900001", False),  # no city 31
        ("9271154506900001", True),  # Papua Barat Daya and its like
    ],
)
def test_a_number_decodes_only_where_each_part_can_be(digits: str, good: bool, seen: Seen) -> None:
    assert personal.decodes(digits) is good
    # A column of them is judged by polars, by the same rule.
    assert ("id" in seen(f"kode,x\n{digits},1\n").tables[0].columns[0].personal) is good


def test_the_rows_are_named_and_counted(seen: Seen) -> None:
    facts = seen("no,catatan\n1,baik\n2,NIK 1271154506900001\n3,-\n4,lihat 127115 010185 0002\n")
    spots = facts.tables[0].columns[1].personal["id"]
    assert (spots.count, spots.places) == (2, [(3, 2), (5, 2)])


def test_hidden_sheets_and_cells_beyond_the_names_are_looked_at_too(seen: Seen) -> None:
    facts = seen("kelurahan,jumlah\nAur,1\nAur,2,1271154506900001\n")
    assert "id" in facts.tables[0].columns[2].personal


SECRET = ("1271154506900001", "081234567890", "siti.nasution@gmail.com", "Siti Nasution")


def test_no_value_of_a_person_is_repeated_anywhere(upload: Any, caplog: pytest.LogCaptureFixture) -> None:
    number, phone, mail, name = SECRET
    text = f"nama_lengkap,alamat,nik,hp,email,{number}\n" + f"{name},Jl. Pelita,{number},{phone},{mail},x\n" * 3
    with caplog.at_level(logging.DEBUG, logger="ckanext.satudata"):
        result = service.check(upload(text))
    ids = {finding["id"]: finding["severity"] for finding in result["findings"]}
    assert {ids.get(f"personal.{kind}") for kind in ("id", "phone", "email", "name")} == {"error"}
    for secret in SECRET:
        assert secret not in str(result) and secret not in caplog.text


def test_what_is_not_open_is_only_warned_of(upload: Any) -> None:
    package = upload("nama_pasien,alamat,nik\nSiti Lubis,Jl. A,1271154506900001\n", accesslevel="terbatas")
    found = {f["id"]: f["severity"] for f in service.check(package)["findings"] if f["id"].startswith("personal")}
    assert found == {"personal.id": "warning", "personal.name": "warning"}


def test_the_telephone_of_an_office_is_a_warning(upload: Any) -> None:
    package = upload("puskesmas,telepon_kantor\nHelvetia,(061) 8451234\nMandala,(061) 7345678\n")
    found = {f["id"]: f["severity"] for f in service.check(package)["findings"] if f["id"].startswith("personal")}
    assert found == {"personal.phone.office": "warning"}
