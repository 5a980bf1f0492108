"""The big forms in a real browser, as a producer of a kelurahan fills them in: an activity with many variables."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Page, expect

from ckanext.satudata.tests.standards.form.conftest import Office
from ckanext.satudata.tests.standards.form.pages import activity, edit, names, save, stored

pytestmark = pytest.mark.browser

TWELVE = [{"nama": f"Variabel {n}", "alias": f"V{n}", "satuan": "orang", "definisi": f"Arti {n}"} for n in range(1, 13)]


def paste(page: Page, selector: str, text: str) -> None:
    """What a browser does with Ctrl+V after copying in a spreadsheet."""
    page.locator(selector).first.evaluate(
        """(element, text) => {
            const data = new DataTransfer();
            data.setData('text/plain', text);
            element.dispatchEvent(new ClipboardEvent('paste', {clipboardData: data, bubbles: true, cancelable: true}));
        }""",
        text,
    )


def test_twelve_variables_keep_their_order_through_moves_and_a_save(office: Office, siti: Any) -> None:
    activity(office, "urutan", variabel=TWELVE)
    page = edit(siti(), "urutan", "perencanaan")
    rows = page.locator("#field-variabel [data-row]")
    expect(rows).to_have_count(12)
    expect(page.locator("#field-variabel [data-rows-count]")).to_have_text("12 rows")
    # Number 12 to the top, number 1 (now 2) down by its button, number 5 up by a key.
    rows.nth(11).locator("[data-row-number]").fill("1")
    rows.nth(11).locator("[data-row-number]").press("Enter")
    rows.nth(1).locator("[data-do=down]").click()
    rows.nth(4).locator("[data-sub=nama]").press("Alt+ArrowUp")
    moved = [
        "Variabel 12",
        "Variabel 2",
        "Variabel 1",
        "Variabel 4",
        "Variabel 3",
        *(f"Variabel {n}" for n in range(5, 12)),
    ]
    assert names(page) == moved
    expect(rows.nth(3).locator("[data-sub=nama]")).to_be_focused()
    save(page)
    assert [row["nama"] for row in stored(office, "urutan")["variabel"]] == moved
    assert stored(office, "urutan")["variabel"][0] == {
        "nama": "Variabel 12",
        "alias": "V12",
        "satuan": "orang",
        "definisi": "Arti 12",
    } | {key: value for key, value in stored(office, "urutan")["variabel"][0].items() if not value}


def test_rows_are_added_copied_deleted_and_brought_back(office: Office, siti: Any) -> None:
    activity(office, "baris", variabel=TWELVE[:3])
    page = edit(siti(), "baris", "perencanaan")
    rows = page.locator("#field-variabel [data-row]")
    rows.nth(1).locator("[data-do=copy]").click()
    assert names(page) == ["Variabel 1", "Variabel 2", "Variabel 2", "Variabel 3"]
    rows.nth(2).locator("[data-sub=nama]").fill("Salinan")
    rows.nth(0).locator("[data-do=delete]").click()
    assert names(page) == ["Variabel 2", "Salinan", "Variabel 3"]
    # What was typed since does not go with the step that is taken back.
    rows.nth(2).locator("[data-sub=nama]").fill("Variabel tiga")
    page.locator("#field-variabel [data-do=undo]").click()
    assert names(page) == ["Variabel 1", "Variabel 2", "Salinan", "Variabel tiga"]
    page.locator("#field-variabel [data-do=undo]").click()
    page.locator("#field-variabel [data-do=redo]").click()
    assert names(page) == ["Variabel 1", "Variabel 2", "Salinan", "Variabel tiga"]
    # Down from the last row is a new one, as in a spreadsheet.
    rows.nth(3).locator("[data-sub=nama]").press("Enter")
    page.keyboard.type("Variabel lima")
    save(page)
    assert [row["nama"] for row in stored(office, "baris")["variabel"]] == [
        "Variabel 1", "Variabel 2", "Salinan", "Variabel tiga", "Variabel lima",
    ]  # fmt: skip
    assert stored(office, "baris")["variabel"][2]["definisi"] == "Arti 2"


def test_all_rows_can_be_taken_out(office: Office, siti: Any) -> None:
    activity(office, "habis", variabel=TWELVE[:2])
    page = edit(siti(), "habis", "perencanaan")
    for _ in range(2):
        page.locator("#field-variabel [data-do=delete]").first.click()
    expect(page.locator("#field-variabel [data-rows-count]")).to_have_text("No rows yet")
    save(page)
    assert not stored(office, "habis").get("variabel")


def test_thirty_rows_are_pasted_from_a_spreadsheet_by_their_headings(office: Office, siti: Any) -> None:
    activity(office, "tempel")
    page = edit(siti(), "tempel", "perencanaan")
    lines = ["No\tNama Variabel\tDefinisi\tApakah Variabel Dapat Diakses Umum\tWarna", "(1)\t(2)\t(5)\t(12)\t"]
    lines += [f'{n}\tKolom {n}\t"baris satu\nbaris ""dua"""\t{"YA" if n % 2 else "tidak"}\tmerah' for n in range(1, 31)]
    page.locator("#field-variabel [data-do=paste]").click()
    page.locator("#paste-variabel").fill("\n".join(lines))
    page.locator("#field-variabel [data-do=insert]").click()
    said = page.locator("#field-variabel [data-rows-says]")
    expect(said).to_contain_text("30 rows")
    expect(said).to_contain_text("Warna")
    assert names(page) == [f"Kolom {n}" for n in range(1, 31)]
    save(page)
    rows = stored(office, "tempel")["variabel"]
    assert len(rows) == 30
    assert rows[29]["nama"] == "Kolom 30" and rows[29]["akses_umum"] == "tidak" and rows[0]["akses_umum"] == "ya"
    assert rows[4]["definisi"].replace("\r\n", "\n") == 'baris satu\nbaris "dua"'


def test_a_table_laid_over_cells_is_one_step_to_undo(office: Office, siti: Any) -> None:
    activity(office, "lapis", variabel=TWELVE[:3])
    page = edit(siti(), "lapis", "perencanaan")
    paste(page, "#field-variabel [data-row]:nth-child(2) [data-sub=nama]", "Usia\tusia\nBerat\tberat\nTinggi\ttinggi")
    assert names(page) == ["Variabel 1", "Usia", "Berat", "Tinggi"]
    page.locator("#field-variabel [data-do=undo]").click()
    assert names(page) == ["Variabel 1", "Variabel 2", "Variabel 3"]
    # A choice that is none is left empty and said, not guessed.
    paste(page, "#field-variabel [data-row]:nth-child(1) [data-sub=akses_umum]", "mungkin\t2025\nYa\t2025")
    expect(page.locator("#field-variabel [data-rows-says]")).to_contain_text("mungkin")
    assert page.locator("#field-variabel-0-akses_umum").input_value() == ""
    assert page.locator("#field-variabel-1-akses_umum").input_value() == "ya"
