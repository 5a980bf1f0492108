"""Whatever a form can hold is exported, read and found unchanged: nothing is lost on the way."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from ckanext.satudata.standards import bps
from ckanext.satudata.standards.workbooks import matching, reading, writing
from ckanext.satudata.tests.standards.workbooks import books

pytestmark = pytest.mark.usefixtures("portal_once")

#: Texts people type, and what others try: formulas, markup, braces, marks, numbers, other scripts, odd blanks.
WORDS = st.one_of(
    st.text(st.characters(blacklist_categories=("Cs", "Cc")), min_size=1, max_size=60),
    st.sampled_from(["=1+1", "+62 61", "-", "@cmd", "<script>alert(1)</script>", "{{ 7*7 }}", "{label}", "007", "2026",
                     "1.1", "Ya", "✓", "x", "TRUE", "#REF!nya", "Telepon", "1. Survei", "a: b", "..",
                     "A\nB", "  rapi  ",                      "(diisi oleh petugas)", "0,5 %", "१२३", "𝔘𝔫𝔦", "é̀"]),
)  # fmt: skip
LINES = st.lists(WORDS, min_size=1, max_size=3).map("\n".join)
DATES = st.one_of(st.dates().map(lambda day: day.isoformat()), st.just("Januari 2026"))


def value_for(item: bps.Item) -> st.SearchStrategy[Any]:
    if item.kind == "select":
        return st.sampled_from([choice.value for choice in item.choices])
    if item.kind == "multiselect":
        return st.lists(st.sampled_from([choice.value for choice in item.choices]), unique=True, min_size=1)
    if item.kind == "rows":
        return st.lists(row_of(item.columns), min_size=1, max_size=4)
    if item.kind == "date":
        return DATES
    if item.kind == "year":
        return st.integers(1950, 2090).map(str)
    if item.kind == "integer":
        return st.integers(0, 99_999).map(str)
    return LINES if item.kind == "textarea" else WORDS


def row_of(columns: tuple[bps.Item, ...]) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries({}, optional={column.field: value_for(column) for column in columns}).filter(
        lambda row: any(readable(value) for value in row.values())
    )


def readable(value: Any) -> bool:
    """Whether a person sees something in it: dots and blanks stand for an empty box on a form."""
    return bool(matching.comparable(None, value).strip(" .…_"))


@st.composite
def packages(draw: Any, form: str) -> dict[str, Any]:
    """An activity or indicator with any of its fields filled in."""
    items = [item for item in bps.items(form) if not item.rows]
    chosen = draw(st.lists(st.sampled_from([item.field for item in items]), unique=True, max_size=30))
    package: dict[str, Any] = {"title": draw(st.text("abc XYZ09", min_size=3, max_size=30).filter(str.strip))}
    for item in items:
        if item.field in chosen and item.field != "title":
            package[item.field] = draw(value_for(item))
            if item.other and "lainnya" in package[item.field]:
                package[item.other] = draw(WORDS.filter(readable))
    if form == "ms_ind":
        for name in ("indikator_pembangun", "variabel_pembangun"):
            columns = tuple(item for item in bps.items(form) if item.rows == name)
            rows = draw(st.lists(row_of(columns), max_size=3))
            if rows:
                package[name] = rows
    elif draw(st.booleans()):
        package["variabel"] = draw(st.lists(row_of(tuple(bps.items("ms_var"))), min_size=1, max_size=5))
    return package


def as_stored(package: dict[str, Any]) -> matching.Stored:
    """As CKAN keeps it: lists as JSON."""
    values = {key: json.dumps(value) if isinstance(value, list) else value for key, value in package.items()}
    return matching.Stored("id", "name", package["title"], "active", "", values)


def nothing_lost(package: dict[str, Any], found: reading.Found) -> None:
    stored = as_stored(package)
    differs = matching.difference(found, stored)
    assert differs.values == {}, differs.changes
    for name, value in package.items():
        if readable(value if isinstance(value, str) else "x"):
            said = [problem for problem in found.problems if problem.field == name]
            assert name in found.values or said, f"{name}: {value!r} was not read"


#: A workbook takes half a second each way. Shrinking would take minutes; what failed is printed as it was drawn.
QUICK = settings(
    max_examples=5,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
)


@QUICK
@given(packages("ms_keg"))
def test_any_activity_comes_back_unchanged(package: dict[str, Any]) -> None:
    book = reading.read(writing.write([package], []))
    nothing_lost(package, book.found[0])


@QUICK
@given(packages("ms_ind"), packages("ms_ind"))
def test_any_indicators_come_back_unchanged(first: dict[str, Any], second: dict[str, Any]) -> None:
    found = reading.read(writing.write([], [first, second])).found
    assert len(found) == 2
    nothing_lost(first, found[0])
    nothing_lost(second, found[1])


@settings(QUICK, max_examples=2)
@given(packages("ms_keg"), st.integers(0, 9), st.integers(0, 4), st.integers(1, 3))
def test_a_moved_book_with_blank_rows_comes_back_unchanged(
    package: dict[str, Any], down: int, right: int, apart: int
) -> None:
    data = books.rebuilt(writing.write([package], []), lambda r, c: (r * apart + down, c + right))
    nothing_lost(package, reading.read(data).found[0])


@settings(QUICK, max_examples=2)
@given(packages("ms_keg"), packages("ms_ind"), st.sampled_from(bps.EDITIONS))
def test_the_same_content_gives_the_same_bytes(
    activity: dict[str, Any], indicator: dict[str, Any], edition: str
) -> None:
    assert writing.write([activity], [indicator], edition) == writing.write([activity], [indicator], edition)
