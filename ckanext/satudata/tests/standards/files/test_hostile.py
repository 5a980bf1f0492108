"""Files that want to hurt: each ends in a clear finding, in bounded time and memory, and nothing is run."""

from __future__ import annotations

import io
import json
import subprocess
import sys
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ckanext.satudata.standards import service
from ckanext.satudata.standards.files.facts import FileFacts
from ckanext.satudata.standards.files.scan import look
from ckanext.satudata.tests.standards.files import books
from ckanext.satudata.tests.standards.files.conftest import Seen

ROWS = [["kode_wilayah", "periode", "nilai"], ["12.71", "2024", 10], ["12.71", "2025", 12]]

#: Looks into a file in a process of its own that may not have more than so much memory.
APART = """
import json, resource, sys
resource.setrlimit(resource.RLIMIT_AS, (int(sys.argv[3]),) * 2)
from pathlib import Path
from ckanext.satudata.standards.files.scan import look
from ckanext.satudata.tests.memory import most_held
facts = look(Path(sys.argv[1]), sys.argv[2])
print(json.dumps({**facts.as_dict(), "memory": most_held()}))
"""
ADDRESS_SPACE = 6 * 1024**3
MOST_MEMORY = 700 * 1024**2


def apart(path: Path, said: str) -> tuple[FileFacts, int]:
    """The facts of a file, and how much memory they took, imports included."""
    command = [sys.executable, "-c", APART, str(path), said, str(ADDRESS_SPACE)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    answer = json.loads(done.stdout)
    memory = answer.pop("memory")
    facts = FileFacts.from_dict(answer)
    assert facts is not None
    return facts, memory


def write(path: Path, pieces: Iterator[bytes]) -> Path:
    with path.open("wb") as stream:
        for piece in pieces:
            stream.write(piece)
    return path


# -- large ----------------------------------------------------------------------------------------------------------


def test_a_table_of_ten_million_rows_is_read_to_its_end_in_bounded_memory(tmp_path: Path) -> None:
    block = b"".join(b"12.71,2024,%d\n" % number for number in range(1000, 2000)) * 100
    path = write(tmp_path / "besar.csv", iter([b"kode_wilayah,periode,nilai\n", *[block] * 100, b"12.71,2024\n"]))
    facts, memory = apart(path, "CSV")
    assert facts.tables[0].rows == 10_000_001 and facts.tables[0].ragged == [10_000_002]
    assert facts.complete and memory < MOST_MEMORY


def test_a_line_of_500_megabytes_is_left_after_some(tmp_path: Path) -> None:
    path = write(tmp_path / "baris.csv", iter([b"a,b\n", *[b"x" * 2**20] * 500]))
    facts, memory = apart(path, "CSV")
    assert (facts.trouble, facts.complete) == ("row_too_long", False) and memory < MOST_MEMORY
    assert facts.seconds < 20


def test_a_workbook_of_200_megabytes_is_read_in_bounded_memory(tmp_path: Path) -> None:
    row = '<row r="{0}"><c r="A{0}"><v>{0}</v></c><c r="B{0}" t="inlineStr"><is><t>{1}</t></is></c></row>'
    filler = "teks " * 1000
    path = tmp_path / "besar.xlsx"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as archive:
        for name, data in _members(books.book_of([["a", "b"]])):
            if not name.endswith("sheet1.xml"):
                archive.writestr(name, data)
        with archive.open("xl/worksheets/sheet1.xml", "w", force_zip64=True) as sheet:
            sheet.write(b'<worksheet xmlns="x"><sheetData><row r="1"><c r="A1" t="str"><v>a</v></c>')
            sheet.write(b'<c r="B1" t="str"><v>b</v></c></row>')
            for number in range(2, 40_002):
                sheet.write(row.format(number, filler).encode())
            sheet.write(b"</sheetData></worksheet>")
    assert path.stat().st_size > 200_000_000
    facts, memory = apart(path, "XLSX")
    assert facts.tables[0].rows == 40_000 and memory < MOST_MEMORY


def _members(book: bytes) -> list[tuple[str, bytes]]:
    with zipfile.ZipFile(io.BytesIO(book)) as archive:
        return [(name, archive.read(name)) for name in archive.namelist()]


def test_a_zip_bomb_is_not_unpacked(tmp_path: Path) -> None:
    path = tmp_path / "bom.xlsx"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in _members(books.book_of(ROWS)):
            archive.writestr(name, data)
        with archive.open("xl/worksheets/sheet2.xml", "w") as sheet:
            for _ in range(400):
                sheet.write(b"<c>" * 2**18)
    began = time.thread_time()
    facts = look(path, "XLSX")
    assert facts.trouble == "bomb" and time.thread_time() - began < 1


def test_a_bomb_that_lies_about_its_size_is_damaged(tmp_path: Path) -> None:
    data = bytearray(books.xlsx({"Data": "<worksheet><sheetData>" + "<row/>" * 2_000_000 + "</sheetData></worksheet>"}))
    with zipfile.ZipFile(io.BytesIO(bytes(data))) as archive:
        size = archive.getinfo("xl/worksheets/sheet1.xml").file_size
    small = (1000).to_bytes(4, "little")
    path = tmp_path / "bohong.xlsx"
    path.write_bytes(bytes(data).replace(size.to_bytes(4, "little"), small))
    facts = look(path, "XLSX")
    assert facts.trouble == "damaged"


# -- crooked --------------------------------------------------------------------------------------------------------

LAUGHS = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10 if n else "lol"}">' for n in range(10))
CROOKED: list[tuple[str, bytes, str, str]] = [
    ("entities", books.xlsx({"A": books.sheet_xml(ROWS, before=f"<!DOCTYPE x [{LAUGHS}]>")}), "XLSX", "entities"),
    (
        "an address outside",
        books.xlsx({"A": books.sheet_xml(ROWS, before='<!DOCTYPE x SYSTEM "file:///etc/passwd">')}),
        "XLSX",
        "entities",
    ),
    (
        "a column no sheet has",
        books.book_of([['<c t="n"><v>1</v></c>'.replace("<c", '<c r="ZZZZ9"')]]),
        "XLSX",
        "damaged",
    ),
    ("a text that is not in the list", books.book_of([['<c t="s"><v>99</v></c>']]), "XLSX", "damaged"),
    ("a sheet cut in half", books.xlsx({"A": books.sheet_xml(ROWS)[:-60]}), "XLSX", "damaged"),
    ("half an archive", books.book_of(ROWS)[:-100], "XLSX", "damaged"),
    ("an archive of nothing", b"PK\x05\x06" + b"\x00" * 18, "XLSX", ""),
    ("deep json", b"[" * 200_000 + b"]" * 200_000, "JSON", "too_deep"),
    ("deep json of objects", b'{"a":' * 50_000 + b"1" + b"}" * 50_000, "JSON", "too_deep"),
    ("unclosed json", b"[" * 200_000, "JSON", "too_deep"),
    ("zeros", b"\x00" * 100_000, "CSV", "empty"),
    ("rubbish", bytes(range(256)) * 400, "CSV", ""),
    ("nothing", b"", "CSV", "empty"),
    ("blanks", b" \n\t\r\n" * 100, "CSV", "empty"),
    ("rows swallowed by a quotation mark", b'a,b\n1,"dua\n3,4\n5,6\n', "CSV", "row_too_long"),
    ("a quotation mark that does not close", b'a,b\n"' + b"x" * 200_000 + b"\n", "CSV", "row_too_long"),
]


@pytest.mark.parametrize(("data", "said", "trouble"), [row[1:] for row in CROOKED], ids=[row[0] for row in CROOKED])
def test_a_crooked_file_is_named_and_nothing_breaks(seen: Seen, data: bytes, said: str, trouble: str) -> None:
    facts = seen(data, said)
    assert facts.trouble == trouble and facts.seconds < 20
    assert FileFacts.from_dict(json.loads(json.dumps(facts.as_dict()))) == facts


def test_two_cells_at_the_ends_of_a_sheet_take_no_memory(tmp_path: Path) -> None:
    path = tmp_path / "jauh.xlsx"
    far = '<row r="1"><c r="A1"><v>1</v></c></row><row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'
    path.write_bytes(books.xlsx({"A": f'<worksheet xmlns="x"><sheetData>{far}</sheetData></worksheet>'}))
    facts, memory = apart(path, "XLSX")
    assert not facts.trouble and memory < MOST_MEMORY


def test_cells_repeated_a_million_times_in_ods_are_not_written_out(seen: Seen) -> None:
    text = '<table:table-cell office:value-type="string"{0}><text:p>{1}</text:p></table:table-cell>'
    many = ' table:number-columns-repeated="1048576"'
    rows = "".join(
        f"<table:table-row>{text.format('', a)}{text.format('', b)}</table:table-row>"
        for a, b in [("a", "b"), ("1", "2")]
    )
    rows += f'<table:table-row table:number-rows-repeated="1048000">{text.format(many, "x")}</table:table-row>'
    facts = seen(books.ods(rows), "ODS")
    assert not facts.trouble and facts.tables[0].rows == 1 and facts.seconds < 20


def test_formulas_and_macros_are_seen_and_not_run(seen: Seen) -> None:
    formula = '<c><f>HYPERLINK("http://127.0.0.1:1/","x")</f><v>7</v></c>'
    data = books.book_of([["nama", "nilai"], ["Aur", formula]], extra={"xl/vbaProject.bin": b"Sub Auto_Open()"})
    facts = seen(data, "XLSX")
    assert facts.macros and facts.tables[0].formulas == 1 and facts.tables[0].rows == 1


def test_a_cell_of_a_million_characters_is_named_by_its_row(seen: Seen) -> None:
    facts = seen("a,b\n1,2\n" + "x" * 1_000_000 + ",3\n")
    assert facts.long_cell == 3 and facts.tables[0].rows == 2


def test_zeros_and_control_characters_are_counted(seen: Seen) -> None:
    facts = seen("a,b\n1\x00,2\x07\n3,4\x1b\n" + "5,6\n" * 20)
    assert (facts.nul, facts.control, facts.tables[0].rows) == (1, 2, 22)


def test_a_row_of_a_hundred_thousand_cells_is_bounded(seen: Seen) -> None:
    facts = seen(",".join(f"k{number}" for number in range(100_000)) + "\n" + "1," * 99_999 + "1\n")
    assert len(facts.tables[0].columns) <= 501 and facts.seconds < 30


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    data=st.binary(max_size=2_000), said=st.sampled_from(["CSV", "TSV", "JSON", "GEOJSON", "XLSX", "ODS", "XLS", ""])
)
def test_whatever_the_bytes_are_the_look_returns(tmp_path: Path, data: bytes, said: str) -> None:
    path = tmp_path / "acak"
    path.write_bytes(data)
    facts = look(path, said)
    assert FileFacts.from_dict(json.loads(json.dumps(facts.as_dict()))) == facts


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=st.text(alphabet=st.sampled_from('",;\t|\n\r\x00ab1.é-\ufeff<'), max_size=300))
def test_whatever_the_text_is_the_look_is_no_accident(tmp_path: Path, text: str) -> None:
    path = tmp_path / "acak.csv"
    path.write_bytes(text.encode())
    assert look(path, "CSV").trouble != "unreadable" or "\x00" in text


# -- what people see ------------------------------------------------------------------------------------------------


def test_html_in_a_column_name_is_escaped(upload: Any, app_once: Any, as_user: Any, officer_here: Any) -> None:
    package = upload("<script>alert(1)</script>,nilai\n1,x1 orang\n2,3 orang\n3,4 orang\n4,5 orang\n")
    resource = package["resources"][0]
    page = app_once.get(f"/satudata/files/{resource['id']}/check", headers=as_user(officer_here))
    assert "<script>alert(1)" not in page.body
    messages = " ".join(f["message"] for f in service.check(package)["findings"])
    assert "column" in messages.lower() or "kolom" in messages.lower()


def test_a_link_is_never_fetched(upload: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    import socket

    def refuse(*_args: Any) -> None:
        raise AssertionError("connected")

    package = upload("a,b\n1,2\n")
    package["resources"][0].update(url="http://127.0.0.1:1/x.csv", url_type="")
    monkeypatch.setattr(socket.socket, "connect", refuse)
    from ckanext.satudata.standards.files import service as checks

    assert checks.check_of(package["resources"][0]).status == "none"
