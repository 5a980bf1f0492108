"""PDF: the text of a document is looked through for people; a hostile one ends its reader and nothing else."""

from __future__ import annotations

import json
import random
import zlib
from pathlib import Path
from typing import Any

import pytest

from ckanext.satudata.standards import service
from ckanext.satudata.standards.files import apart
from ckanext.satudata.standards.files.facts import FileFacts, Prose
from ckanext.satudata.standards.files.scan import look
from ckanext.satudata.tests.standards.files import corpus, papers
from ckanext.satudata.tests.standards.files.conftest import Seen
from ckanext.satudata.tests.standards.files.test_hostile import apart as in_a_small_process
from ckanext.satudata.tests.standards.files.test_rules import said

RNG = random.Random(11)
LETTER = [
    "PEMERINTAH KOTA MEDAN",
    "DINAS KESEHATAN",
    "Jalan Rotan No. 1 Medan, Telepon (061) 4520331, Fax 061-4520331",
    "Surel: dinkes@medan.go.id, Laman: dinkes.medan.go.id, WA Layanan 0811-6123-456",
    "Nomor: 440/1234.5678/2024   Tanggal 17-05-2024",
]
PEOPLE = [[str(n), corpus.person(RNG), corpus.address(RNG), corpus.nik(RNG)] for n in range(1, 40)]


def prose_of(facts: FileFacts) -> Prose:
    assert facts.prose is not None and facts.kind == "PDF"
    return facts.prose


def kinds(facts: FileFacts) -> set[str]:
    return set(prose_of(facts).personal)


PRIVATE: list[tuple[str, bytes, set[str]]] = [
    ("a list of recipients", papers.list_pdf([["No", "Nama", "Alamat", "NIK"], *PEOPLE], LETTER), {"id", "name"}),
    ("one NIK in a letter", papers.pdf([*LETTER, "atas nama warga dengan NIK: 1271154506900001 dinyatakan"]), {"id"}),
    ("a NIK with blanks between cells", papers.pdf(["No NIK RT", "5 127115 450690 0001 62"]), {"id"}),
    ("a family card with dots", papers.pdf(["No. KK 12.71.15.010185.0002"]), {"id"}),
    (
        "a NIK among many account numbers",
        papers.pdf([*[f"{n} {corpus.digits(RNG, 16, '99')}" for n in range(40)], "NIK 1271154506900001"]),
        {"id"},
    ),
    ("mobile numbers", papers.pdf(["No Nama Ketua RT No. HP", *[f"{n} RT {n} 0812 3456 78{n:02d}" for n in range(9)]]),
     {"phone"}),
    ("a number to call", papers.pdf([*LETTER, "Narahubung: Sdri. Siti, 081234567890"]), {"phone"}),
    ("a number with the country", papers.pdf(["Hubungi +62 812-3456-7890 untuk keterangan"]), {"phone"}),
    ("an address of a person", papers.pdf([*LETTER, "kirim ke budi.lubis@gmail.com"]), {"email"}),
    (
        "births",
        papers.pdf(["DAFTAR BAYI", "No Nama Tempat/Tanggal Lahir", *[f"{n} {corpus.person(RNG)} Medan, {n}-05-2024"
                                                                      for n in range(1, 9)]]),
        {"name"},
    ),
]  # fmt: skip

NEAR_MISSES: list[tuple[str, list[str]]] = [
    ("a letter of an office", LETTER),
    ("account numbers", ["No Rekening Saldo", *[f"{n} {corpus.digits(RNG, 16)} {n * 1000}" for n in range(50)]]),
    ("an account number of 12 digits", ["Rekening 081234567890 pada Bank Sumut", "Kode barang 0812 3456 7890"]),
    ("NIP", ["NIP. 19850101 201001 1 001", "NIP 198501012010011001", *[f"1985{corpus.digits(RNG, 14)}"] * 5]),
    ("ranges of dates", ["01-01-2024-31-12-2024", "20240101-20241231", "periode 01/01/2024 s.d. 31/12/2024"]),
    ("figures in columns", [f"{n} 12.71.{n:02d}.1001 0812 2021 2022 {n}.812.345.678 0,81234567" for n in range(20)]),
    ("codes of BPS", [" ".join(f"12{n:02d}" for n in range(1, 34)), "1271010001 1271010002"]),
    ("codes of a budget", ["5.1.02.01.01.0012 Belanja 1.02.0.00.0.00.01.0001.5.1.02 081.234.567"]),
    ("NPWP and NIB", ["NPWP 01.234.567.8-121.000", "NIB 9120001234567", "ISBN 978-602-1234-56-7"]),
    ("coordinates", ["3.595195123456789 98.672223456789012"]),
    ("schools with addresses", ["No Nama Sekolah Alamat", *[f"{n} SD Negeri 0609{n:02d} Jl. Ahmad Yani No. {n}"
                                                            for n in range(20)]]),
    ("puskesmas with addresses", ["Nama Alamat", *[f"{n} Puskesmas Sri Rahayu Jl. Pelita I" for n in range(20)]]),
    ("officials without addresses", ["Nama Jabatan", *[f"{n} {corpus.person(RNG)} Lurah" for n in range(20)]]),
    ("one sender", ["Nama: Siti Nasution", "Alamat: Jl. Pelita No. 1 Medan", "perihal: permohonan data"]),
]  # fmt: skip


@pytest.mark.parametrize(("data", "found"), [row[1:] for row in PRIVATE], ids=[row[0] for row in PRIVATE])
def test_people_in_a_document_are_found_on_their_page(seen: Seen, data: bytes, found: set[str]) -> None:
    facts = seen(data, "PDF")
    assert kinds(facts) == found
    assert all(spots.places[0] == (1, 0) for spots in prose_of(facts).personal.values())


def test_what_only_looks_like_people_is_left_alone(seen: Seen) -> None:
    facts = seen(papers.pdf(*[lines for _name, lines in NEAR_MISSES]), "PDF")
    wrong = {NEAR_MISSES[page - 1][0]: kind for kind, s in prose_of(facts).personal.items() for page, _ in s.places}
    assert wrong == {} and prose_of(facts).pages == len(NEAR_MISSES)


def test_only_the_pages_with_people_are_named(portal_once: None, tmp_path: Path) -> None:
    path = tmp_path / "laporan.pdf"
    path.write_bytes(papers.pdf(LETTER, ["NIK 1271154506900001"], LETTER, ["NIK 1271154506900001"]))
    spots = prose_of(look(path, "PDF")).personal["id"]
    assert (spots.count, spots.rows) == (2, [2, 4])


def test_people_in_a_document_are_an_error_where_data_are_open(portal_once: None, tmp_path: Path) -> None:
    book = papers.list_pdf([["No", "Nama", "Alamat", "NIK"], *PEOPLE])
    assert said(tmp_path, ("PDF", book)) == {"personal.id.text": "error", "personal.name.text": "error"}
    closed = said(tmp_path, ("PDF", book), accesslevel="terbatas")
    assert set(closed.values()) == {"warning"}


def test_a_scan_is_said_to_be_unseen(portal_once: None, tmp_path: Path) -> None:
    assert said(tmp_path, ("PDF", papers.pdf(None, None))) == {"files.partly.scan": "warning"}
    assert said(tmp_path, ("PDF", papers.pdf(LETTER, None))) == {"files.partly.pictures": "info"}
    assert said(tmp_path, ("PDF", papers.pdf(LETTER))) == {}


def test_a_document_with_a_password_is_named(portal_once: None, tmp_path: Path) -> None:
    assert said(tmp_path, ("PDF", papers.pdf(LETTER, password="rahasia"))) == {"files.open.encrypted": "error"}


def test_facts_of_a_document_go_to_json_and_back_without_a_value(seen: Seen) -> None:
    facts = seen(papers.list_pdf([["Nama", "Alamat", "NIK"], *[row[1:] for row in PEOPLE]]), "PDF")
    text = json.dumps(facts.as_dict())
    assert FileFacts.from_dict(json.loads(text)) == facts
    assert not any(row[3] in text or row[1] in text for row in PEOPLE)


# -- hostile --------------------------------------------------------------------------------------------------------


def bomb(megabytes: int, content: bytes = b" ") -> bytes:
    """A content stream that unpacks twice: some hundred bytes become that many MB."""
    packed = zlib.compressobj(1)
    piece = content * (2**20 // len(content))
    inner = b"".join(packed.compress(piece) for _ in range(megabytes)) + packed.flush()
    return papers.raw_pdf(zlib.compress(inner, 9), "/FlateDecode /FlateDecode")


CROOKED = [
    ("only its first bytes", b"%PDF-1.7\n", "damaged"),
    ("half a document", papers.pdf(LETTER)[:700], "damaged"),
    ("noise", b"%PDF-1.4\n" + random.Random(2).randbytes(50_000), "damaged"),
]


@pytest.mark.parametrize(("data", "trouble"), [row[1:] for row in CROOKED], ids=[row[0] for row in CROOKED])
def test_a_crooked_document_is_named(seen: Seen, data: bytes, trouble: str) -> None:
    facts = seen(data, "PDF")
    assert facts.trouble == trouble and facts.seconds < 20


def test_a_document_that_unpacks_to_gigabytes_costs_the_portal_nothing(tmp_path: Path) -> None:
    path = tmp_path / "bom.pdf"
    path.write_bytes(bomb(1500))
    assert path.stat().st_size < 100_000
    facts, memory = in_a_small_process(path, "PDF")
    assert facts.kind == "PDF" and (facts.trouble or not facts.complete or prose_of(facts).silent.count)
    assert memory < 300 * 1024**2 and facts.seconds < 60


def test_a_page_that_goes_round_in_circles_is_left(tmp_path: Path) -> None:
    path = tmp_path / "lingkaran.pdf"
    data = papers.pdf(LETTER).replace(b"/Type /Page ", b"/Type /Pages")
    path.write_bytes(data.replace(b"/Kids [", b"/Kids [ 3 0 R 4 0 R 5 0 R "))
    facts = look(path, "PDF", seconds=20)
    assert facts.seconds < 30


def test_a_reader_that_takes_too_long_is_ended(tmp_path: Path) -> None:
    path = tmp_path / "lama.pdf"
    show = b"BT /F1 9 Tf 1 0 0 1 50 700 Tm (127115450690) Tj ET\n"
    path.write_bytes(bomb(60, show))
    facts = look(path, "PDF", seconds=1)
    assert not facts.complete and facts.seconds < 30


def test_without_its_library_the_file_is_said_to_be_unreadable(seen: Seen, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(apart, "_python", lambda: "/bin/false")
    assert seen(papers.pdf(LETTER), "PDF").trouble == "unreadable"


def test_an_uploaded_document_is_looked_through_before_it_is_handed_over(upload: Any) -> None:
    found = service.check(upload(papers.pdf(LETTER, ["NIK 1271154506900001"]), "PDF"), "en")["findings"]
    (finding,) = [each for each in found if each["id"].startswith("personal")]
    assert finding["severity"] == "error" and "pages 2" in finding["message"]
    assert "1271154506900001" not in str(found)
