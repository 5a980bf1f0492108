"""Parts of a formula in tables that are broken down further: found where it is plain, else nothing is said."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from ckan.tests import factories

from ckanext.satudata.standards.files.scan import look
from ckanext.satudata.standards.rules import breakdown
from ckanext.satudata.standards.rules.breakdown import MEN, TOTAL, WOMEN, Figures
from ckanext.satudata.tests.standards.rules.test_indicators import handed_over, measured, people  # noqa: F401

REGION = "12.71.15.1001"


def figures(path: Path, text: str, wanted: tuple[str, ...] = ()) -> Figures:
    """The figures in the last column of a table whose first two are region and period."""
    path.write_text(text)
    table = look(path, "CSV").tables[0]
    rows = [line.split(",") for line in text.splitlines()[1:]]
    given = [((cells[0], cells[1]), cells, float(cells[-1])) for cells in rows]
    return breakdown.figures(given, breakdown.dimensions(table, [len(table.columns) - 1]), wanted)


HEAD = "kode_wilayah,periode,jenis_kelamin,jumlah\n"
SEXES = f"{REGION},2024,Laki-laki,110\n{REGION},2024,Perempuan,90\n12.71.15.1002,2024,L,5\n12.71.15.1002,2024,P,6\n"
BANDS = "kode_wilayah,periode,kelompok_umur,jumlah\n"

PLAIN: list[tuple[str, str, tuple[str, ...], dict[tuple[str, ...], float]]] = [
    ("men and women are all there is", HEAD + SEXES, (), {(REGION, "2024"): 200}),
    ("the same breakdown on both sides", HEAD + SEXES, ("jenis_kelamin",),
     {(REGION, "2024", MEN): 110, (REGION, "2024", WOMEN): 90}),
    ("a row of the total", BANDS + f"{REGION},2024,0-4,10\n{REGION},2024,5-9,20\n{REGION},2024,Jumlah,30\n"
     f"{REGION},2023,Jumlah,7\n", (), {(REGION, "2024"): 30, (REGION, "2023"): 7}),
    ("the name of a region is no breakdown", "kode_wilayah,periode,nama_kelurahan,jumlah\n"
     f"{REGION},2024,Tegal Sari,5\n12.71.15.1002,2024,Binjai,6\n", (), {(REGION, "2024"): 5}),
    ("totals of one, sexes of the other", "kode_wilayah,periode,jenis_kelamin,kelompok_umur,jumlah\n"
     f"{REGION},2024,L,0-4,1\n{REGION},2024,L,Total,9\n{REGION},2024,P,0-4,2\n{REGION},2024,P,Total,8\n", (),
     {(REGION, "2024"): 17}),
]  # fmt: skip
NOT_PLAIN: list[tuple[str, str, tuple[str, ...]]] = [
    ("ages that may overlap", BANDS + f"{REGION},2024,0-4,10\n{REGION},2024,0-14,20\n{REGION},2023,0-4,3\n", ()),
    ("only women", HEAD + f"{REGION},2024,Perempuan,90\n12.71.15.1002,2024,Perempuan,6\n", ()),
    ("a total that is not the sum", HEAD + f"{REGION},2024,L,1\n{REGION},2024,P,2\n{REGION},2024,L+P,9\n", ()),
    ("rates are not added up", HEAD + f"{REGION},2024,L,10.5\n{REGION},2024,P,20.25\n{REGION},2023,L,1\n", ()),
    ("the same row twice", HEAD + f"{REGION},2024,Total,5\n{REGION},2024,Total,6\n{REGION},2023,L,1\n", ()),
    ("men without women", HEAD + f"{REGION},2024,L,5\n12.71.15.1002,2024,P,6\n", ()),
]


@pytest.mark.parametrize(("text", "wanted", "expected"), [row[1:] for row in PLAIN], ids=[row[0] for row in PLAIN])
def test_what_is_plain_is_found(
    tmp_path: Path, text: str, wanted: tuple[str, ...], expected: dict[tuple[str, ...], float]
) -> None:
    found = figures(tmp_path / "t.csv", text, wanted)
    assert {key: found.values.get(key) for key in expected} == expected


@pytest.mark.parametrize(("text", "wanted"), [row[1:] for row in NOT_PLAIN], ids=[row[0] for row in NOT_PLAIN])
def test_what_is_not_plain_has_no_answer(tmp_path: Path, text: str, wanted: tuple[str, ...]) -> None:
    found = figures(tmp_path / "t.csv", text, wanted)
    assert (REGION, "2024") not in found.values


def test_a_row_of_one_sex_is_not_compared_with_both_together() -> None:
    found = Figures((), {(REGION, "2024"): 200.0})
    sex = breakdown.Dimension("jenis_kelamin", 0)
    assert found.of((REGION, "2024"), [sex], ["Perempuan"]) is None
    assert found.of((REGION, "2024"), [sex], ["L+P"]) == 200
    by_sex = Figures(("jenis_kelamin",), {(REGION, "2024", WOMEN): 90.0, (REGION, "2024", TOTAL): 200.0})
    assert by_sex.of((REGION, "2024"), [sex], ["wanita"]) == 90
    assert by_sex.of((REGION, "2024"), [], []) == 200


PART = "kode_wilayah,periode,jenis_kelamin,banyaknya\n" + "".join(
    f"12.71.15.{place},2024,{sex},{number}\n"
    for place, sex, number in ((1001, "L", 110), (1001, "P", 90), (1002, "L", 150), (1002, "P", 150))
)
VALUES = "kode_wilayah,periode,nilai,jumlah_balita_stunting\n12.71.15.1001,2024,{0},30\n12.71.15.1002,2024,8.3,25\n"
BY_SEX = (
    "kode_wilayah,periode,jenis_kelamin,nilai,jumlah_balita_stunting\n"
    "12.71.15.1001,2024,Laki-laki,{0},11\n12.71.15.1001,2024,Perempuan,20,18\n"
)


@pytest.fixture
def told(people: dict[str, Any]) -> Callable[[str], list[dict[str, Any]]]:  # noqa: F811
    """What the rule says of a table whose other part stands, by sex, in another dataset of the organization."""
    organization = factories.Organization(users=[{"name": people["user"]["name"], "capacity": "editor"}])
    measured(organization, people["user"], PART)
    return lambda text: handed_over({**people, "organization": organization}, text.encode(), "nilai.csv")


def test_a_formula_is_computed_over_a_table_by_sex(told: Callable[[str], list[dict[str, Any]]]) -> None:
    assert told(VALUES.format("15.0")) == []
    (finding,) = told(VALUES.format("12.5"))
    assert finding["severity"] == "error" and "15" in finding["message"]
    assert told(BY_SEX.format("10")) == []
    (finding,) = told(BY_SEX.format("5.5"))
    assert "row 2" in finding["message"] and "10" in finding["message"]
