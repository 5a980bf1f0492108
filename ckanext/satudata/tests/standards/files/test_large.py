"""Tables too large for memory: the findings are those of small ones, in bounded memory."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ckanext.satudata.standards.files import large, table_scan, text
from ckanext.satudata.standards.files.facts import FileFacts
from ckanext.satudata.standards.files.scan import look
from ckanext.satudata.tests.standards.files.test_hostile import MOST_MEMORY, apart, write

HEAD = "kode_wilayah,periode,jenis_kelamin,nilai\n"
SEXES = ("Laki-laki", "Perempuan", "Jumlah")


@pytest.fixture
def small_blocks(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """Blocks of some rows; a function that says from how many rows on a table is large."""
    monkeypatch.setattr(text, "BLOCK", 600)
    monkeypatch.setattr(text, "LONGEST_ROW", 4000)

    def from_rows(rows: int, share: int = 40) -> None:
        monkeypatch.setattr(table_scan, "KEPT_ROWS", rows)
        monkeypatch.setattr(large, "SHARE_ROWS", share)

    yield from_rows


def both(path: Path, content: str, small_blocks: Any) -> tuple[FileFacts, FileFacts]:
    path.write_text(content)
    small_blocks(10**6)
    kept = look(path, "CSV")
    small_blocks(5)
    spilled = look(path, "CSV")
    for facts in (kept, spilled):
        facts.seconds = 0
        for table in facts.tables:
            table.jumps.sort(key=lambda jump: (-abs(jump.percent), jump.row))
    return kept, spilled


def long_table(rng: random.Random, mistakes: int) -> str:
    lines = []
    for place in range(1, 31):
        for year in (2021, 2022, 2023, 2024):
            men, women = rng.randint(100, 120), rng.randint(100, 120)
            men *= 3 if mistakes and rng.random() < 0.05 else 1
            total = men + women + (7 if mistakes and rng.random() < 0.1 else 0)
            for sex, value in zip(SEXES, (men, women, total), strict=True):
                lines.append(f"12.71.{place:02d},{year},{sex},{value}")
    lines += rng.sample(lines, mistakes)
    return HEAD + "\n".join(lines) + "\n"


def printed_table(rng: random.Random, mistakes: int) -> str:
    lines, all_men, all_women = [], 0, 0
    for district in range(4):
        men_here = women_here = 0
        for n in range(30):
            men, women = rng.randint(1, 900), rng.randint(1, 900)
            men_here, women_here = men_here + men, women_here + women
            lines.append(f"Kelurahan {district} {n},{men},{women},{men + women + (rng.random() < mistakes / 60)}")
        lines.append(f"Jumlah {district},{men_here},{women_here},{men_here + women_here}")
        all_men, all_women = all_men + men_here, all_women + women_here
    wrong = 5 if mistakes else 0
    lines.append(f"Jumlah,{all_men + wrong},{all_women},{all_men + all_women}")
    lines.append("Sumber: kelurahan,,,")
    return "kelurahan,laki_laki,perempuan,jumlah\n" + "\n".join(lines) + "\n"


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("make", [long_table, printed_table])
@pytest.mark.parametrize("mistakes", [0, 6])
def test_a_large_table_has_the_findings_of_a_small_one(
    tmp_path: Path, small_blocks: Any, make: Any, mistakes: int, seed: int
) -> None:
    kept, spilled = both(tmp_path / "t.csv", make(random.Random(seed), mistakes), small_blocks)
    assert spilled == kept
    table = kept.tables[0]
    assert bool(table.mismatches) == bool(mistakes)
    assert table.tidy == (make is long_table) and (table.tidy or table.notes)


def test_another_table_below_is_seen_across_blocks(tmp_path: Path, small_blocks: Any) -> None:
    upper = "".join(f"Kelurahan {n},{n}\n" for n in range(200))
    kept, spilled = both(tmp_path / "t.csv", f"nama,nilai\n{upper},\nkecamatan,luas\nMedan Kota,5\n", small_blocks)
    assert kept == spilled and spilled.tables[0].second == 203


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_whatever_is_in_the_table_both_ways_agree(tmp_path: Path, small_blocks: Any, data: st.DataObject) -> None:
    cell = st.sampled_from(["Jumlah", "Sub Total", "Aur", "Hamdan", "", "5", "7", "12", "2,5", "100", "-"])
    rows = data.draw(st.lists(st.lists(cell, min_size=3, max_size=3), min_size=8, max_size=60))
    body = "\n".join(";".join(row) for row in rows)
    kept, spilled = both(tmp_path / "t.csv", "nama;laki_laki;nilai_rp\n" + body + "\n", small_blocks)
    assert spilled == kept


def test_without_room_on_the_disk_the_rest_is_said_to_be_unseen(
    tmp_path: Path, small_blocks: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_args: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(large.Spill, "add", full)
    small_blocks(5)
    path = tmp_path / "t.csv"
    path.write_text(long_table(random.Random(1), 0))
    facts = look(path, "CSV")
    assert not facts.trouble and not facts.complete and facts.tables[0].rows == 360


def test_nothing_is_left_on_the_disk(tmp_path: Path, small_blocks: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    import tempfile

    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "sementara"))
    (tmp_path / "sementara").mkdir()
    small_blocks(5)
    path = tmp_path / "t.csv"
    path.write_text(long_table(random.Random(1), 0))
    assert look(path, "CSV").tables[0].rows == 360
    assert list((tmp_path / "sementara").iterdir()) == []


def test_a_million_rows_are_added_up_in_bounded_memory(tmp_path: Path) -> None:
    def lines() -> Iterator[bytes]:
        yield HEAD.encode()
        for place in range(1, 33_335):
            yield b"".join(
                b"12.71.%02d.%d,%d,%s,%d\n" % (place % 99, 1000 + place, year, sex, place % 90 + 30 + (sex == b"L"))
                for year in range(2010, 2025)
                for sex in (b"L", b"P")
            )
        yield b"12.71.01.1001,2024,L,5000\n12.71.01.1001,2025,L,1\n"

    path = write(tmp_path / "sejuta.csv", lines())
    facts, memory = apart(path, "CSV")
    table = facts.tables[0]
    assert table.rows > 1_000_000 and facts.complete and memory < MOST_MEMORY
    assert table.repeated.count == 1 and table.jump_count >= 1 and table.series
