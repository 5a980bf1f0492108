"""Files made to do harm are refused with a clear word, in little memory, and nothing in them is run."""

from __future__ import annotations

import io
import subprocess
import sys
import textwrap
import zipfile
from typing import Any

import pytest
from openpyxl import load_workbook

from ckanext.satudata.standards.workbooks import grid, reading, safety, writing
from ckanext.satudata.standards.workbooks.problems import Refused, texts, told
from ckanext.satudata.tests.standards.workbooks import books
from ckanext.satudata.tests.standards.workbooks.test_reading import activity, kinds

pytestmark = pytest.mark.usefixtures("portal_once")

PLAIN = books.of_rows(MS_Keg=books.OFFICE_KEG)


def with_parts(data: bytes, **parts: bytes | None) -> bytes:
    """A workbook with parts put in, replaced or (None) taken out; ``__`` in a name is a slash, ``_`` a dot."""
    names = {name.replace("__", "/").replace("_", "."): content for name, content in parts.items()}
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for part in old.infolist():
            if part.filename not in names:
                new.writestr(part, old.read(part))
        for name, content in names.items():
            if content is not None:
                new.writestr(name, content)
    return out.getvalue()


def sheet_xml(rows: str, before: str = "") -> bytes:
    return (
        f'<?xml version="1.0"?>{before}<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'
        f"<sheetData>{rows}</sheetData></worksheet>"
    ).encode()


def refusal(data: bytes) -> str:
    with pytest.raises(Refused) as refused:
        reading.read(data)
    return refused.value.problem.kind


ZIP_OF = {"ods": b"application/vnd.oasis.opendocument.spreadsheet"}


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (b"kode,nama\n1,a\n", "not_excel"),
        (b"%PDF-1.4", "not_excel"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "old_excel"),
        (PLAIN[: len(PLAIN) // 2], "not_excel"),
        (PLAIN[:40] + b"\xff" * 40 + PLAIN[80:], "not_excel"),
        (with_parts(PLAIN, mimetype=ZIP_OF["ods"]), "opendocument"),
        (with_parts(PLAIN, xl__workbook_bin=b"x"), "binary_excel"),
        (with_parts(PLAIN, xl__workbook_xml=b"<workbook"), "not_excel"),
        (with_parts(PLAIN, xl__worksheets__sheet1_xml=None), "no_forms"),
    ],
)
def test_what_is_no_workbook_of_today_is_told_so(data: bytes, kind: str) -> None:
    assert refusal(data) == kind


def test_a_zip_bomb_is_not_unpacked() -> None:
    assert refusal(with_parts(PLAIN, xl__worksheets__sheet1_xml=b"0" * (80 * safety.MB))) == "bomb"
    assert refusal(with_parts(PLAIN, xl__media__a_png=b"0" * (20 * safety.MB))) == "bomb"
    many = {f"xl__media__a{n}_png": b"" for n in range(safety.MOST_PARTS + 1)}
    assert refusal(with_parts(PLAIN, **many)) == "too_many_parts"


@pytest.mark.parametrize(
    "declared",
    [
        '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>',
        '<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>',
        '<!DOCTYPE x SYSTEM "http://127.0.0.1:1/x.dtd">',
    ],
)
@pytest.mark.parametrize("part", ["xl__worksheets__sheet1_xml", "xl__sharedStrings_xml", "docProps__core_xml"])
def test_entities_are_refused_in_every_part(declared: str, part: str) -> None:
    assert refusal(with_parts(PLAIN, **{part: sheet_xml("", declared)})) == "entities"


def test_more_cells_than_any_form_has_are_refused_while_they_are_counted() -> None:
    # Numbers of all kinds, so that it is packed no tighter than a spreadsheet of figures.
    figures = (f'<c t="n"><v>{n * n % 999_983}</v></c>' for n in range(safety.MOST_CELLS + 1))
    crowd = sheet_xml(f'<row r="1">{"".join(figures)}</row>')
    assert refusal(with_parts(PLAIN, xl__worksheets__sheet1_xml=crowd)) == "too_many_cells"


def test_a_sheet_that_hides_from_the_count_is_not_read() -> None:
    with zipfile.ZipFile(io.BytesIO(PLAIN)) as archive:
        sheet = archive.read("xl/worksheets/sheet1.xml")
        links = archive.read("xl/_rels/workbook.xml.rels").replace(b"worksheets/sheet1.xml", b"worksheets/sheet1.dat")
        types = archive.read("[Content_Types].xml").replace(b"worksheets/sheet1.xml", b"worksheets/sheet1.dat")
    hidden = with_parts(PLAIN, **{"xl__worksheets__sheet1_xml": None, "xl__worksheets__sheet1_dat": sheet})
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(hidden)) as old, zipfile.ZipFile(out, "w") as new:
        moved = {"xl/_rels/workbook.xml.rels": links, "[Content_Types].xml": types}
        for name in old.namelist():
            new.writestr(name, moved.get(name) or old.read(name))
    assert refusal(out.getvalue()) == "not_excel"


def test_a_million_declared_rows_and_cells_far_out_cost_nothing() -> None:
    with zipfile.ZipFile(io.BytesIO(PLAIN)) as archive:
        sheet = archive.read("xl/worksheets/sheet1.xml").decode()
    start = sheet.index("<dimension")
    end = sheet.index("/>", start) + 2
    far = '<row r="1048576"><c r="XFD1048576" t="n"><v>1</v></c></row></sheetData>'
    grown = f'{sheet[:start]}<dimension ref="A1:XFD1048576"/>{sheet[end:]}'.replace("</sheetData>", far)
    book = reading.read(with_parts(PLAIN, xl__worksheets__sheet1_xml=grown.encode()))
    assert book.found[0].values == books.OFFICE_ANSWERS
    assert kinds(book.problems) == ["far_cells"]


def test_formulas_are_never_calculated_and_told_where_no_result_is_kept() -> None:
    rows = [list(row) for row in books.OFFICE_KEG]
    rows[2][3] = "=CONCATENATE(A1,B1)"
    (found,) = reading.read(books.of_rows(MS_Keg=rows)).found
    assert ("no_cached_value", "D3") in [(problem.kind, problem.cell) for problem in found.problems]
    assert "title" not in found.values


def test_a_kept_result_of_a_formula_is_read() -> None:
    (place,) = grid.read(PLAIN)[0][0].row(3)[-1:]
    with zipfile.ZipFile(io.BytesIO(PLAIN)) as archive:
        sheet = archive.read("xl/worksheets/sheet1.xml").decode()
    start = sheet.index('<c r="D3"')
    end = sheet.index("</c>", start) + 4
    kept = '<c r="D3" t="str"><f>WEBSERVICE("http://127.0.0.1:1")</f><v>Hasil tersimpan</v></c>'
    data = with_parts(PLAIN, xl__worksheets__sheet1_xml=(sheet[:start] + kept + sheet[end:]).encode())
    assert place[1] != "Hasil tersimpan"
    assert reading.read(data).found[0].values["title"] == "Hasil tersimpan"


def test_macros_are_passed_over_with_a_note() -> None:
    book = reading.read(with_parts(PLAIN, xl__vbaProject_bin=b"\0" * 100))
    assert kinds(book.problems) == ["macros"]
    assert book.found[0].values == books.OFFICE_ANSWERS


def test_a_million_characters_and_invisible_ones_are_told_by_their_cells() -> None:
    rows = [list(row) for row in books.OFFICE_KEG]
    rows[9][3] = "x" * 32_000
    data = books.of_rows(MS_Keg=rows)
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        sheet = archive.read("xl/worksheets/sheet1.xml").decode()
    sheet = sheet.replace("x" * 32_000, "y" * 1_000_000).replace("Lurah<", "Lu\u200brah<")
    (found,) = reading.read(with_parts(data, xl__worksheets__sheet1_xml=sheet.encode())).found
    said = {problem.kind: problem for problem in found.problems}
    assert said["cell_too_long"].cell == "D10" and said["cell_too_long"].params["length"] == "1.000.000"
    assert said["control_characters"].severity == "info" and found.values["pj_jabatan"] == "Lurah"


@pytest.mark.parametrize("text", ['=HYPERLINK("http://x")', "+1", "-1", "@SUM(A1)", "\t=1"])
def test_what_begins_like_a_formula_is_written_as_text(text: str) -> None:
    book = load_workbook(io.BytesIO(writing.write([activity(latar_belakang=text, title=text)], [])))
    cells = [c for sheet in book for row in sheet.iter_rows() for c in row if str(c.value).strip() == text.strip()]
    assert len(cells) >= 3  # the title twice: on the form and over the variables
    assert {cell.data_type for cell in cells} == {"s"}
    assert all(cell.quotePrefix for cell in cells)


def test_markup_and_braces_in_a_cell_stay_text_in_a_message() -> None:
    rows = [*books.OFFICE_KEG[:-1], [None, "Digital (softcopy)", ":", "<script>{label}{raw}</script>"]]
    (found,) = reading.read(books.of_rows(MS_Keg=rows)).found
    (problem,) = [problem for problem in found.problems if problem.kind == "bad_date"]
    assert "<script>{label}" in told(problem.as_dict())["message"]


def test_every_kind_of_problem_says_what_is_wrong() -> None:
    assert all(message.strip() for message, _fix in texts().values())


MEMORY = """
    import sys
    sys.path[:0] = {path!r}
    from openpyxl import Workbook
    from defusedxml.ElementTree import iterparse
    from ckanext.satudata.standards.workbooks import safety
    from ckanext.satudata.standards.workbooks.problems import Refused
    from ckanext.satudata.tests.memory import most_held
    data = open({file!r}, "rb").read()
    before = most_held()
    try:
        safety.inspected(data)
        print("taken")
    except Refused as refused:
        print(refused.problem.kind)
    print((most_held() - before) // 2**20)
"""


@pytest.mark.parametrize("content", ["cells", "one long text"])
def test_the_look_at_a_large_file_takes_little_memory(content: str, tmp_path: Any) -> None:
    if content == "cells":
        body = "".join(f'<row r="{n}"><c t="n"><v>{n}</v></c></row>' for n in range(1, 1_000_000))
    else:
        body = "".join(
            f'<row r="{n}"><c t="inlineStr"><is><t>{n} {"x" * 900}</t></is></c></row>' for n in range(40_000)
        )
    file = tmp_path / "large.xlsx"
    file.write_bytes(with_parts(PLAIN, xl__worksheets__sheet1_xml=sheet_xml(body)))
    script = textwrap.dedent(MEMORY.format(path=[each for each in sys.path if each], file=str(file)))
    said = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=300, check=True)
    kind, megabytes = said.stdout.split()
    assert kind == "too_many_cells" if content == "cells" else kind in ("taken", "bomb")
    assert int(megabytes) < 60
