"""Freshness by the calendar: due dates, days of grace, and what is never overdue."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from ckanext.satudata.standards import registry
from ckanext.satudata.standards.quality.freshness import after, facts, freshness_of, grace_of

D = dt.date.fromisoformat


def on(day: str, frekuensi: str, periode_akhir: str = "2024", published: str = "", **more: Any) -> Any:
    pkg = {"frekuensi": frekuensi, "periode_akhir": periode_akhir, **more}
    return freshness_of(pkg, D(published) if published else None, D(day))


@pytest.mark.parametrize(
    ("day", "state", "turns"),
    [
        ("2025-06-01", "fresh", "2025-12-31"),
        ("2025-12-30", "fresh", "2025-12-31"),
        ("2025-12-31", "due", "2026-03-01"),
        ("2026-02-28", "due", "2026-03-01"),
        ("2026-03-01", "overdue", "2026-03-31"),
        ("2026-03-30", "overdue", "2026-03-31"),
        ("2026-03-31", "delinquent", None),
    ],
)
def test_yearly_data_have_sixty_days_and_then_thirty_more(day: str, state: str, turns: str | None) -> None:
    found = on(day, "tahunan")
    assert (found.state, found.next_due, found.changes_on) == (state, D("2025-12-31"), D(turns) if turns else None)


@pytest.mark.parametrize(
    ("frekuensi", "akhir", "due"),
    [
        ("harian", "2026-02-28", "2026-03-01"),
        ("mingguan", "2026-02-23", "2026-03-02"),
        ("bulanan", "2026-01", "2026-02-28"),
        ("bulanan", "2024-01", "2024-02-29"),
        ("triwulanan", "2026-Q1", "2026-06-30"),
        ("empat_bulanan", "2026-04", "2026-08-31"),
        ("semesteran", "2026-S1", "2026-12-31"),
        ("dua_tahunan", "2024", "2026-12-31"),
        ("lima_tahunan", "2020", "2025-12-31"),
        ("realtime", "2026-01-05", "2026-01-06"),
    ],
)
def test_new_figures_are_due_one_interval_after_the_period(frekuensi: str, akhir: str, due: str) -> None:
    assert on("2026-01-01", frekuensi, akhir).next_due == D(due)


@pytest.mark.parametrize("frekuensi", ["sewaktu_waktu", "lebih_dari_dua_tahunan", "sekali_saja"])
def test_what_comes_as_needed_is_never_overdue(frekuensi: str) -> None:
    assert on("2090-01-01", frekuensi, "2001") == ("fresh", None, None)


def test_without_a_period_the_last_publication_counts() -> None:
    assert on("2026-01-01", "tahunan", "", "2025-03-10").next_due == D("2026-03-10")
    assert on("2026-01-01", "tahunan", "entah", "2025-03-10").next_due == D("2026-03-10")


def test_a_planned_release_soon_after_counts_and_one_far_away_does_not() -> None:
    assert on("2026-01-01", "tahunan", jadwal_rilis="2026-03-10").next_due == D("2026-03-10")
    assert on("2026-01-01", "tahunan", jadwal_rilis="2099-03-10").next_due == D("2025-12-31")
    assert on("2026-01-01", "tahunan", jadwal_rilis="2025-03-01").next_due == D("2025-12-31")


@pytest.mark.parametrize("frekuensi", ["", "kadang", "tahunan"])
def test_what_nobody_can_say_has_no_state(frekuensi: str) -> None:
    assert on("2026-01-01", frekuensi, "") == (None, None, None)


def test_every_frequency_of_the_form_is_known() -> None:
    field = next(f for f in registry.own_schema("dataset")["dataset_fields"] if f["field_name"] == "frekuensi")
    known = {*facts()["interval"], *facts()["never"]}
    assert {choice["value"] for choice in field["choices"]} <= known
    assert all(0 < grace_of(name)[0] < grace_of(name)[1] for name in facts()["interval"])


def test_a_date_at_the_end_of_time_is_no_error() -> None:
    assert after(dt.date(9999, 12, 31), "tahunan") is None
    assert on("2026-01-01", "tahunan", "9999-12-31").state is None
    assert on("2026-01-01", "harian", "9999-12-30").state == "fresh"
