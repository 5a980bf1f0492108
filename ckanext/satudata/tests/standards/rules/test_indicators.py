"""Indicators: rules "indicator.names" and "indicator.formula", on files a puskesmas would hand over."""

from __future__ import annotations

import io
from typing import Any

import openpyxl
import pytest
from ckan.tests import factories
from werkzeug.datastructures import FileStorage

from ckanext.satudata.standards import service
from ckanext.satudata.tests.conftest import call_as
from ckanext.satudata.tests.factories import officer, submittable

RUMUS = "Prevalensi stunting = (Jumlah balita stunting / jumlah balita diukur) x 100%"
PARTS = [{"var_nama": "Jumlah balita stunting"}, {"var_nama": "Jumlah balita diukur"}]
RIGHT = """kode_wilayah,periode,nilai,jumlah_balita_stunting,jumlah_balita_diukur
12.71.15.1001,2024,15.0,30,200
12.71.15.1002,2024,8.3,25,300
12.71.15.1003,2024,,0,0
"""


@pytest.fixture(scope="module")
def people(clean_once: None) -> dict[str, Any]:
    organization = factories.Organization()
    user = officer(organization)
    indicator = call_as(
        user, "package_create", type="indikator", name="prevalensi-stunting", title="Prevalensi stunting",
        owner_org=organization["id"], rumus=RUMUS, komposit="tidak", variabel_pembangun=PARTS,
    )  # fmt: skip
    return {"user": user, "organization": organization, "indicator": indicator}


def named(rumus: str, **more: Any) -> list[dict[str, Any]]:
    pkg = {"type": "indikator", "rumus": rumus, "komposit": "tidak", "variabel_pembangun": PARTS, **more}
    findings = service.check(pkg, "en", with_files=False)["findings"]
    return [each for each in findings if each["id"] == "indicator.names"]


@pytest.mark.parametrize(
    "rumus",
    [
        RUMUS,
        "jumlah balita stunting dibagi jumlah balita diukur dikali 100",
        "Penghitungan oleh BPS",
        "",
        "Lihat lampiran",
    ],
)
def test_a_formula_with_the_names_of_its_rows_is_understood(people: dict[str, Any], rumus: str) -> None:
    assert named(rumus) == []


def test_a_formula_with_other_names_is_told(people: dict[str, Any]) -> None:
    (finding,) = named("jumlah balita pendek / jumlah balita diukur x 100")
    assert "jumlah balita pendek" in finding["message"].lower() and "Jumlah balita stunting" in finding["fix"]
    assert named("apa / siapa", variabel_pembangun=[]) == []


def handed_over(people: dict[str, Any], data: bytes, name: str, **changes: Any) -> list[dict[str, Any]]:
    """What the check says of the formula once a file is uploaded to a dataset that feeds the indicator."""
    package = call_as(
        people["user"], "package_create",
        **submittable(people["organization"], indikator=people["indicator"]["id"], resources=[], **changes),
    )  # fmt: skip
    kind = name.rpartition(".")[2].upper()
    call_as(
        people["user"], "resource_create", package_id=package["id"], name="Tabel", format=kind,
        upload=FileStorage(io.BytesIO(data), filename=name), url=name,
    )  # fmt: skip
    findings = call_as(people["user"], "satudata_submission_check", id=package["id"], lang="en")["findings"]
    return [each for each in findings if each["id"] == "indicator.formula"]


def test_values_that_follow_from_their_parts_pass(people: dict[str, Any]) -> None:
    assert handed_over(people, RIGHT.encode(), "stunting.csv") == []


def test_a_value_far_from_its_formula_is_an_error_with_its_row(people: dict[str, Any]) -> None:
    (finding,) = handed_over(people, RIGHT.replace("15.0,30", "12.5,30").encode(), "stunting.csv")
    assert finding["severity"] == "error"
    assert "row 2" in finding["message"] and "12.5" in finding["message"] and "15" in finding["message"]


def test_a_value_a_little_beside_its_formula_is_a_warning(people: dict[str, Any]) -> None:
    (finding,) = handed_over(people, RIGHT.replace("15.0,30", "15.3,30").encode(), "stunting.csv")
    assert finding["severity"] == "warning"


def test_columns_named_otherwise_are_found_by_what_the_dataset_says_of_them(people: dict[str, Any]) -> None:
    text = "wilayah;prevalensi stunting;stunt;ukur\nAur;9,5;30;200\n"
    pairs = "stunt = Jumlah balita stunting\nukur = Jumlah balita diukur"
    assert handed_over(people, text.encode(), "stunting.csv") == []
    (finding,) = handed_over(people, text.encode(), "stunting.csv", kolom_variabel=pairs)
    assert "9.5" in finding["message"] and "15" in finding["message"]


def test_a_workbook_is_computed_like_a_text_table(people: dict[str, Any]) -> None:
    book = openpyxl.Workbook()
    for line in RIGHT.replace("15.0,30", "12.5,30").splitlines():
        book.active.append([float(cell) if cell.replace(".", "", 1).isdigit() else cell for cell in line.split(",")])
    packed = io.BytesIO()
    book.save(packed)
    (finding,) = handed_over(people, packed.getvalue(), "stunting.xlsx")
    assert finding["severity"] == "error"


def test_without_a_column_for_each_part_nothing_is_computed(people: dict[str, Any]) -> None:
    assert handed_over(people, RIGHT.replace("jumlah_balita_diukur", "ditimbang").encode(), "stunting.csv") == []


PART = "kode_wilayah,periode,banyaknya\n12.71.15.1001,2024,200\n12.71.15.1002,2024,300\n"
VALUES = "kode_wilayah,periode,nilai,jumlah_balita_stunting\n12.71.15.1001,2024,{first},30\n12.71.15.1002,2024,8.3,25\n"


def measured(organization: dict[str, Any], user: dict[str, Any], table: str = PART) -> None:
    """An unpublished dataset of toddlers measured, which says what its column holds."""
    package = call_as(
        user, "package_create",
        **submittable(organization, kolom_variabel="banyaknya = Jumlah balita diukur", resources=[]),
    )  # fmt: skip
    call_as(
        user, "resource_create", package_id=package["id"], name="Diukur", format="CSV", url="d.csv",
        upload=FileStorage(io.BytesIO(table.encode()), filename="d.csv"),
    )  # fmt: skip
    call_as(user, "satudata_submission_check", id=package["id"])


def test_a_part_of_another_dataset_counts_only_where_one_may_read_it(people: dict[str, Any]) -> None:
    wrong = VALUES.format(first="12.5").encode()
    assert handed_over(people, wrong, "nilai.csv") == []
    strange = factories.Organization()
    measured(strange, officer(strange))
    assert handed_over(people, wrong, "nilai.csv") == []
    measured(people["organization"], people["user"])
    (finding,) = handed_over(people, wrong, "nilai.csv")
    assert finding["severity"] == "error" and "15" in finding["message"]
    assert handed_over(people, VALUES.format(first="15.0").encode(), "nilai.csv") == []
