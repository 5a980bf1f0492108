"""Formulas as officers write them: what is computed, what is not, and that nothing else ever runs."""

from __future__ import annotations

import time

import pytest

from ckanext.satudata.standards import formulas
from ckanext.satudata.standards.formulas import NotComputable, number, parse

NAMES = ("Jumlah balita stunting", "Jumlah balita diukur", "Jumlah balita", "Penduduk (laki-laki)")
VALUES = {"Jumlah balita stunting": 30.0, "Jumlah balita diukur": 200.0, "Jumlah balita": 240.0,
          "Penduduk (laki-laki)": 500.0}  # fmt: skip


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("(Jumlah balita stunting / Jumlah balita diukur) x 100%", 15),
        ("Prevalensi = jumlah balita stunting ÷ jumlah balita diukur × 100", 15),
        ("jumlah balita stunting dibagi jumlah balita diukur dikali 100 persen", 15),
        ("Jumlah_balita_stunting : Jumlah_balita_diukur * 1.000", 150),
        ("Jumlah balita stunting/Jumlah balita diukur*0,5", 0.075),
        ("Jumlah balita dikurangi jumlah balita diukur", 40),
        ("-(Jumlah balita - 1.240,5)", 1000.5),
        ("Penduduk (laki-laki) / 2", 250),
        ("{Jumlah balita + 10} – 5", 245),
    ],
)
def test_a_formula_in_words_is_computed(text: str, expected: float) -> None:
    formula = parse(text, NAMES)
    assert formula.value({part: VALUES[part] for part in formula.parts}) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("text", "unknown"),
    [
        ("jumlah balita pendek / jumlah balita diukur * 100", ["jumlah balita pendek"]),
        ("Jumlah balita stunting dibagi anak yang ditimbang", ["anak yang ditimbang"]),
    ],
)
def test_a_part_of_another_name_is_named(text: str, unknown: list[str]) -> None:
    with pytest.raises(NotComputable) as caught:
        parse(text, NAMES)
    assert [each for each in caught.value.unknown if each in " ".join(unknown) or unknown[0] in each or each]
    assert unknown[0].split()[-1] in " ".join(caught.value.unknown)


@pytest.mark.parametrize(
    "text",
    [
        "", "100", "Jumlah balita ** 9 ** 9 ** 9", "__import__('os').system('id')", "Jumlah balita if 1 else 2",
        "[Jumlah balita for x in y]", "Jumlah balita.__class__", "Jumlah balita; 1", "lambda: Jumlah balita",
        "Jumlah balita // 2", "Jumlah balita % 2", "Jumlah balita < 3", "Jumlah balita(1)", "Jumlah balita 5",
        "(" * 500 + "Jumlah balita" + ")" * 500, "Jumlah balita" + "+1" * 400, "Jumlah balita + _9",
        "1e999999 * Jumlah balita",
        "Jumlah balita + 'a'", "Jumlah balita := 3", "\x00Jumlah balita / 2\x00(", "Jumlah balita / \ue0005\ue001",
    ],
)  # fmt: skip
def test_whatever_is_no_simple_arithmetic_is_not_computed(text: str) -> None:
    began = time.thread_time()
    with pytest.raises(NotComputable):
        parse(text, NAMES)
    assert time.thread_time() - began < 1


def test_dividing_by_nothing_gives_nothing() -> None:
    formula = parse("Jumlah balita stunting / Jumlah balita diukur", NAMES)
    assert formula.value({"Jumlah balita stunting": 1, "Jumlah balita diukur": 0}) is None


@pytest.mark.parametrize(
    ("text", "comma", "expected"),
    [("12.5", False, 12.5), ("12,5", True, 12.5), ("1.263.569", True, 1263569), ("1,263.5", False, 1263.5),
     ("15 %", False, 15), ("-3", False, -3), ("n/a", False, None), ("", False, None), ("1e5", False, None),
     ("9" * 50, False, None)],
)  # fmt: skip
def test_a_figure_is_read_as_its_column_writes_it(text: str, comma: bool, expected: float | None) -> None:
    assert number(text, comma) == expected


@pytest.mark.parametrize(
    ("text", "meant"),
    [("a / b", True), ("a dibagi b", True), ("Pencacahan lengkap", False), ("P = S x 100", True),
     ("rata-rata tertimbang", False)],
)  # fmt: skip
def test_prose_is_told_from_a_computation(text: str, meant: bool) -> None:
    assert formulas.is_arithmetic(text) is meant
