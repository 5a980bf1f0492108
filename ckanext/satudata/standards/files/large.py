"""Totals, repeated rows and jumps of a table that is too large to be kept in memory: its blocks lie on disk meanwhile.

Rows by themselves are seen block by block, totals are added up on the way, and what rows say together (a series, a
category among its parts) is seen share by share, each with all rows of its keys: the findings of :mod:`totals`.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ckanext.satudata.standards.files import layout, totals
from ckanext.satudata.standards.files.facts import LISTED, Mismatch, Spots, Table

if TYPE_CHECKING:
    import polars as pl

#: So many rows are looked at together.
SHARE_ROWS = 500_000
More = Callable[[], bool]
#: Totals of a table beyond these are no totals.
_MOST_TOTALS = 50


class OutOfTime(ValueError):
    """There was no time for the rest."""


class Spill:
    """Blocks of a table on disk, in order; gone with :meth:`close`."""

    def __init__(self) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="satudata-table-")
        self._count = 0

    def add(self, frame: pl.DataFrame) -> None:
        """One more block.

        :raises OSError: no room
        """
        frame.write_ipc(self._path(self._count), compression="lz4")
        self._count += 1

    def blocks(self, more: More) -> Iterator[pl.DataFrame]:
        """Every block again.

        :raises OutOfTime: ``more`` said there is no time
        """
        import polars as pl

        for number in range(self._count):
            if not more():
                raise OutOfTime
            yield pl.read_ipc(self._path(number))

    def close(self) -> None:
        self._folder.cleanup()

    def _path(self, number: int) -> Path:
        return Path(self._folder.name) / f"{number}.arrow"


def judge(table: Table, keys: list[str], spill: Spill, more: More) -> None:
    """Fill in what needs all rows, as :func:`totals.judge` does of a table in memory.

    :raises OutOfTime: ``more`` said there is no time; what was found until then is in the table
    """
    width = len(table.columns)
    figures = [index for index, column in enumerate(table.columns) if column.kind in ("number", "integer")]
    value, period = (next((i for i, c in enumerate(table.columns) if c.role == r), None) for r in ("nilai", "periode"))

    def blocks() -> Iterator[pl.DataFrame]:
        for frame in spill.blocks(more):
            yield totals.with_figures(table, _wide(frame, width))

    _by_block(table, keys, blocks, figures)
    if table.tidy and value in figures and period is not None:
        _tidy(table, keys, blocks, value, period, more)
    elif figures:
        _rows_of_totals(table, keys, blocks, figures)


def _wide(frame: pl.DataFrame, width: int) -> pl.DataFrame:
    """A block with every column of the table: rows further up may have had fewer cells."""
    import polars as pl

    missing = [pl.lit("").alias(f"c{index}") for index in range(width) if f"c{index}" not in frame.columns]
    return frame.with_columns(missing) if missing else frame


def _by_block(table: Table, keys: list[str], blocks: Any, figures: list[int]) -> None:
    import polars as pl

    before: pl.DataFrame | None = None
    beside: dict[tuple[str, ...], Mismatch] = {}
    for frame in blocks():
        apart = Table(columns=table.columns)
        totals.side_by_side(apart, keys, frame, figures)
        for found in apart.mismatches:
            known = beside.setdefault(tuple(found.names), replace(found, spots=Spots()))
            _merge(known.spots, found.spots)
        texts = frame.select("__row", *[name for name in frame.columns if name.startswith("c")])
        joined = texts if before is None else pl.concat([before, texts], how="diagonal").fill_null("")
        if not table.second:
            layout.second_table(table, joined)
        before = joined.tail(12)
    table.mismatches += beside.values()
    if before is not None:
        layout.notes(table, before)


def _rows_of_totals(table: Table, keys: list[str], blocks: Any, figures: list[int]) -> None:
    """Rows of totals: what stands between them is added up as the blocks go by."""
    import polars as pl

    added = [index for index in figures if totals.is_added(table, keys, index)]
    stated: list[dict[str, Any]] = []
    sums: list[pl.DataFrame] = []
    marked: list[int] = []
    for frame in blocks():
        marks = totals.marked(table, frame)
        if marks is None:
            return
        if len(marked) < LISTED:
            marked += marks.filter(pl.col("__total") | pl.col("__sub"))["__row"].head(LISTED).to_list()
        above = pl.col("__total").cast(pl.Int64).cum_sum() + len(stated)
        marks = marks.with_columns(above.alias("above"))
        parts = marks.filter(~pl.col("__total") & ~pl.col("__sub"))
        sums.append(
            parts.group_by("above").agg(
                *[pl.col(f"f{i}").sum().alias(f"s{i}") for i in added],
                *[pl.col(f"f{i}").count().alias(f"n{i}") for i in added],
                *[((pl.col(f"f{i}") % 1) == 0).all().alias(f"w{i}") for i in added],
            )
        )
        stated += marks.filter(pl.col("__total")).select("__row", *[f"f{i}" for i in added]).to_dicts()
        if len(stated) > _MOST_TOTALS:
            break
    table.total_rows = marked[:LISTED]
    if not 0 < len(stated) <= _MOST_TOTALS:
        return
    between = pl.concat(sums).group_by("above").agg(pl.col("^s.*$").sum(), pl.col("^n.*$").sum(), pl.col("^w.*$").all())
    known = {row["above"]: row for row in between.iter_rows(named=True)}
    for index in added:
        _add_up(table, index, stated, known)


def _add_up(table: Table, index: int, stated: list[dict[str, Any]], known: dict[int, dict[str, Any]]) -> None:
    spots, example, every = Spots(), (0.0, 0.0), 0.0
    for place, row in enumerate(stated):
        parts = known.get(place, {})
        every += parts.get(f"s{index}") or 0.0
        if not parts.get(f"n{index}") and len(stated) == 1:
            parts = known.get(1, {})  # a total on top of its parts
        count, summed, said = parts.get(f"n{index}") or 0, parts.get(f"s{index}") or 0.0, row[f"f{index}"]
        if said is None or count < 2:
            continue
        whole = float(said).is_integer() and bool(parts[f"w{index}"])
        if totals.off(said, summed, count, whole) and totals.off(said, every, count, whole):
            example = example if spots.count else (float(said), float(summed))
            spots.add(row["__row"], index + 1)
    if spots.count:
        table.mismatches.append(Mismatch("row", [table.columns[index].name], spots, *example))


def _tidy(table: Table, keys: list[str], blocks: Any, value: int, period: int, more: More) -> None:
    """A long table, share by share: all rows of a series are in one share, and so are all parts of a total."""
    import polars as pl

    beside = totals.beside(table, keys, value, period)
    by = [f"c{index}" for index in beside]
    whole = True
    lengths: set[int] = set()
    newest: list[str] = []
    counted: set[int] = set()

    def keyed() -> Iterator[pl.DataFrame]:
        nonlocal whole, newest
        for frame in blocks():
            rows = totals.named(frame, by, value, period)
            lengths.update(rows["p"].str.len_chars().unique().to_list())
            newest = sorted({*newest, *rows["p"].unique().to_list()}, reverse=True)[: totals.PERIODS_KEPT]
            whole = whole and bool(rows.select((pl.col("v") % 1 == 0).all()).item())
            counted.update(i for i in beside if i not in counted and totals.has_category(rows, i))
            yield rows.with_columns(r=pl.col("__row"), n=pl.lit(1)).group_by([*by, "p"]).agg(_of_key())

    with _Shares(table.rows, by, more) as shares:
        for rows in keyed():
            shares.add(rows)
        for rows in shares.read([*by, "p"], _of_key()):
            apart = Table(columns=table.columns)
            _merge(table.repeated, totals.oftener(rows, value))
            if len(lengths) == 1:
                totals.jumps(apart, rows.sort("__row"), by, newest)
            table.jump_count += apart.jump_count
            table.jumps = sorted([*table.jumps, *apart.jumps], key=lambda jump: -abs(jump.percent))[:LISTED]
            table.series = _first({**table.series, **apart.series})
    for index in sorted(counted) if whole else ():
        if totals.is_category(table, keys, index, value):
            _category(table, blocks, by, index, value, period, more)


def _category(table: Table, blocks: Any, by: list[str], index: int, value: int, period: int, more: More) -> None:
    """A category of totals among its parts: the parts are added up on the way."""
    import polars as pl

    others = [name for name in by if name != f"c{index}"]
    said, found = 0, Mismatch("group", [table.columns[index].name], Spots())
    sums = [pl.col("s").sum(), pl.col("n").sum()]
    where = [*others, "p"]
    with _Shares(table.rows, where, more) as all_totals, _Shares(table.rows, where, more) as all_parts:
        for frame in blocks():
            of_totals, rest = totals.split(totals.named(frame, by, value, period), index)
            said += of_totals.height
            if said > table.rows // 2:
                return  # where most rows are totals, they are of something else
            all_totals.add(of_totals.select(*others, "p", "v", "__row"))
            all_parts.add(totals.parts(rest, others))
        for of_totals, parts in zip(all_totals.read(), all_parts.read(where, sums), strict=True):
            apart = Table(columns=table.columns)
            totals.compare(apart, of_totals, parts, others, index)
            for each in apart.mismatches:
                if not found.spots.count or each.spots.places[0] < found.spots.places[0]:
                    found = replace(each, spots=found.spots)
                _merge(found.spots, each.spots)
    if found.spots.count:
        table.mismatches.append(found)


def _of_key() -> list[pl.Expr]:
    """Of rows with the same key: the first value and its row, the last row, how many."""
    import polars as pl

    return [pl.col("v").first(), pl.col("r").max(), pl.col("__row").min(), pl.col("n").sum()]


def _merge(spots: Spots, more: Spots) -> None:
    spots.count += more.count
    spots.places = sorted([*spots.places, *more.places])[:LISTED]


class _Shares:
    """Rows parted by a hash of their keys: rows with the same keys are in the same share, in their order."""

    def __init__(self, rows: int, keys: list[str], more: More) -> None:
        self._keys, self._more = keys, more
        self._spills = [Spill() for _ in range(rows // SHARE_ROWS + 1)]
        self._empty: pl.DataFrame | None = None

    def __enter__(self) -> _Shares:
        return self

    def __exit__(self, *_error: object) -> None:
        for spill in self._spills:
            spill.close()

    def add(self, rows: pl.DataFrame) -> None:
        """Part these."""
        import polars as pl

        self._empty = rows.clear()
        mark = pl.concat_str([pl.col(key) for key in self._keys], separator="\x1f") if self._keys else pl.lit("")
        marked = rows.with_columns((mark.hash(seed=1) % len(self._spills)).alias("__share"))
        for share, part in marked.partition_by("__share", as_dict=True, include_key=False).items():
            self._spills[int(share[0])].add(part)

    def read(self, keys: list[str] | None = None, merged: list[pl.Expr] | None = None) -> Iterator[pl.DataFrame]:
        """Each share; rows with the same keys merged on the way, so that it holds each key once.

        :param keys: whose rows are merged; None: they stay as they are
        """
        import polars as pl

        assert self._empty is not None
        for spill in self._spills:
            found, waiting = [self._empty], 0
            for part in spill.blocks(self._more):
                found.append(part)
                waiting += part.height
                if keys and merged and waiting > SHARE_ROWS:
                    found = [pl.concat(found).group_by(keys).agg(merged)]
                    found = [found[0].select(self._empty.columns)]
                    waiting = 0
            rows = pl.concat(found)
            yield rows.group_by(keys).agg(merged) if keys and merged else rows


def _first(series: dict[str, dict[str, float]]) -> dict[str, dict[str, float]]:
    """As many series as facts keep, in their order."""
    kept: dict[str, dict[str, float]] = {}
    room = totals.MOST_SERIES
    for key in sorted(series):
        if room <= 0:
            break
        kept[key] = dict(sorted(series[key].items())[:room])
        room -= len(kept[key])
    return kept
