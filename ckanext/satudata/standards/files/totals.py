"""Figures against each other: totals and the sum of their parts, repeated rows, jumps from one period to the next."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from ckanext.satudata.standards.files import layout
from ckanext.satudata.standards.files.facts import LISTED, Jump, Mismatch, Spots, Table

if TYPE_CHECKING:
    import polars as pl

_TOTAL_PATTERN = r"(?i)^(?:grand[ _]?total|jumlah(?: (?:total|seluruh(?:nya)?|keseluruhan))?|total|jml)\s*:?$"
_SUB_PATTERN = r"(?i)^sub[ _-]?total\b|^(?:jumlah|total|jml)[ :.]\S"
_CATEGORY = r"(?i)^(?:jumlah|total|jml|semua|seluruhnya|l ?\+ ?p|laki-laki ?(?:\+|dan) ?perempuan)$"
#: What is not added up: shares, rates, codes, years.
_NOT_ADDED = re.compile(
    r"(^|_)(persen|persentase|prosentase|rata|rasio|ratio|kepadatan|indeks|index|tahun|kode|nomor|no|lat|lon|long|lintang"
    r"|bujur|angka|tingkat|laju|per|proporsi|usia|umur|skor|nilai_rata|rt|rw|id|sex_ratio|peringkat|rank|kenaikan)(_|$)"
)
_MALE = re.compile(r"(^|_)(laki_laki|laki|lk|pria|l|male)(_|$)")
_FEMALE = re.compile(r"(^|_)(perempuan|pr|wanita|p|female)(_|$)")
_SUM = re.compile(r"(^|_)(jumlah|total|jml|l_p)(_|$)")
#: A change of more than this share from one period to the next asks for a word. (A rule may ask for more.)
JUMP = 0.5
#: Small counts go up and down; nobody is asked about three shops that became six.
_SMALL = 20
MOST_SERIES = 3_000
PERIODS_KEPT = 2
#: Columns that say something about a row and do not tell it from another.
_ASIDE = re.compile(r"^(satuan|catatan|catatan_perubahan|keterangan|sumber|status|status_angka|no|nomor|id)$")


def judge(table: Table, keys: list[str], frame: pl.DataFrame) -> None:
    """Fill in what needs all rows at once.

    :param keys: names of the columns as patterns know them (``laki_laki``), in order
    :param frame: text columns ``c0, c1 …`` and ``__row``
    """
    import polars as pl

    frame = with_figures(table, frame)
    figures = [index for index in range(len(table.columns)) if f"f{index}" in frame.columns]
    layout.notes(table, frame)
    layout.second_table(table, frame)
    side_by_side(table, keys, frame, figures)
    value = next((index for index, column in enumerate(table.columns) if column.role == "nilai"), None)
    period = next((index for index, column in enumerate(table.columns) if column.role == "periode"), None)
    if table.tidy and value in figures and period is not None:
        _tidy(table, keys, frame, value, period)
        return
    marks = marked(table, frame) if figures else None
    if marks is not None:
        table.total_rows = marks.filter(pl.col("__total") | pl.col("__sub"))["__row"].head(LISTED).to_list()
        _rows_of_totals(table, keys, marks, figures)


def with_figures(table: Table, frame: pl.DataFrame) -> pl.DataFrame:
    """A frame with a column ``f…`` of numbers beside each column ``c…`` of figures."""
    figures = {
        index: _as_figures(frame[f"c{index}"], table.columns[index].decimal, table.columns[index].thousands)
        for index, column in enumerate(table.columns)
        if column.kind in ("number", "integer") and f"c{index}" in frame.columns
    }
    return frame.with_columns([figure.alias(f"f{index}") for index, figure in figures.items()])


def marked(table: Table, frame: pl.DataFrame) -> pl.DataFrame | None:
    """A frame with ``__total`` and ``__sub``: which rows are totals and subtotals; None where no column could say."""
    import polars as pl

    texts = [i for i, c in enumerate(table.columns) if c.kind in ("text", "code", "empty") and f"c{i}" in frame.columns]
    labels = texts[:3]
    if not labels:
        return None
    total = pl.any_horizontal([pl.col(f"c{index}").str.contains(_TOTAL_PATTERN) for index in labels])
    sub = pl.any_horizontal([pl.col(f"c{index}").str.contains(_SUB_PATTERN) for index in labels])
    return frame.with_columns(total.alias("__total"), (sub & ~total).alias("__sub"))


def _as_figures(cells: pl.Series, decimal: str, thousands: bool) -> pl.Series:
    import polars as pl

    text = cells.str.replace(r"^Rp\.? ?", "").str.replace(r" ?%$", "").str.replace_all(" ", "", literal=True)
    if decimal == ",":
        text = text.str.replace_all(".", "", literal=True).str.replace_all(",", ".", literal=True)
    elif thousands and not decimal:
        text = text.str.replace_all(".", "", literal=True).str.replace_all(",", "", literal=True)
    elif thousands:
        text = text.str.replace_all(",", "", literal=True)
    return text.cast(pl.Float64, strict=False)


def off(stated: float, summed: float, parts: int, whole: bool) -> bool:
    """Whether a total is not the sum: to the unit for counts, within rounding for the rest."""
    allowed = 0.5 if whole else max(0.05 * max(parts, 1), 0.001 * abs(stated), 0.01)
    return abs(stated - summed) > allowed


def is_added(table: Table, keys: list[str], index: int) -> bool:
    """Whether the figures of a column can be added up."""
    return table.columns[index].kind in ("integer", "number") and not _NOT_ADDED.search(keys[index])


def _rows_of_totals(table: Table, keys: list[str], frame: pl.DataFrame, figures: list[int]) -> None:
    import polars as pl

    totals = frame.filter(pl.col("__total"))
    if not totals.height or totals.height > 50:
        return
    for index in figures:
        if not is_added(table, keys, index):
            continue
        spots, example = Spots(), (0.0, 0.0)
        start = int(frame["__row"].min()) - 1  # type: ignore[arg-type]
        for row, stated in totals.select("__row", f"f{index}").sort("__row").iter_rows():
            above = frame.filter((pl.col("__row") > start) & (pl.col("__row") < row))
            parts = above.filter(~pl.col("__total") & ~pl.col("__sub"))[f"f{index}"].drop_nulls()
            start = row
            if not parts.len():
                # A total on top of its parts.
                rest = frame.filter((pl.col("__row") > row) & ~pl.col("__total") & ~pl.col("__sub"))
                parts = rest[f"f{index}"].drop_nulls() if totals.height == 1 else parts
            if stated is None or parts.len() < 2:
                continue
            every = frame.filter(~pl.col("__total") & ~pl.col("__sub") & (pl.col("__row") < row))[f"f{index}"].sum()
            whole = float(stated).is_integer() and bool((parts % 1 == 0).all())
            summed = float(parts.sum())
            if off(stated, summed, parts.len(), whole) and off(stated, float(every or 0), parts.len(), whole):
                example = example if spots.count else (float(stated), summed)
                spots.add(row, index + 1)
        if spots.count:
            table.mismatches.append(Mismatch("row", [table.columns[index].name], spots, *example))


def side_by_side(table: Table, keys: list[str], frame: pl.DataFrame, figures: list[int]) -> None:
    """Columns of men and women beside the column of their sum."""
    import polars as pl

    men = {_stem(keys[i], _MALE): i for i in figures if _MALE.search(keys[i]) and not _FEMALE.search(keys[i])}
    women = {_stem(keys[i], _FEMALE): i for i in figures if _FEMALE.search(keys[i]) and not _MALE.search(keys[i])}
    sums = {
        _stem(keys[i], _SUM): i
        for i in figures
        if _SUM.search(keys[i]) and not (_MALE.search(keys[i]) or _FEMALE.search(keys[i]))
    }
    for stem, first in men.items():
        second, total = women.get(stem), sums.get(stem, sums.get("") if len(sums) == 1 else None)
        if second is None or total is None or _NOT_ADDED.search(keys[total]) or _NOT_ADDED.search(keys[first]):
            continue
        three = frame.select(
            "__row", a=pl.col(f"f{first}"), b=pl.col(f"f{second}"), t=pl.col(f"f{total}")
        ).drop_nulls()  # fmt: skip
        wrong = three.filter((pl.col("a") + pl.col("b") - pl.col("t")).abs() > 0.5 + pl.col("t").abs() * 1e-9)
        if wrong.height:
            places = [(row, total + 1) for row in wrong["__row"].head(LISTED)]
            names = [table.columns[index].name for index in (first, second, total)]
            example = wrong.row(0, named=True)
            spots = Spots(wrong.height, places)
            table.mismatches.append(Mismatch("column", names, spots, example["t"], example["a"] + example["b"]))


def _stem(key: str, word: re.Pattern[str]) -> str:
    return re.sub(r"_+", "_", _SUM.sub("_", word.sub("_", key))).strip("_")


def _tidy(table: Table, keys: list[str], frame: pl.DataFrame, value: int, period: int) -> None:
    """A long table: repeated keys, a category of totals among its parts, and each series along its periods."""
    columns = beside(table, keys, value, period)
    by = [f"c{index}" for index in columns if f"c{index}" in frame.columns]
    rows = named(frame, by, value, period)
    repeated(table, rows, by, value)
    for index in columns:
        if f"c{index}" in by and is_category(table, keys, index, value):
            category(table, rows, by, index)
    if rows["p"].str.len_chars().n_unique() == 1:
        jumps(table, rows, by, rows["p"].unique().sort(descending=True).head(PERIODS_KEPT).to_list())


def beside(table: Table, keys: list[str], value: int, period: int) -> list[int]:
    """The columns of a long table that tell its rows apart, beside the period."""
    figures = [i for i, c in enumerate(table.columns) if c.kind in ("number", "integer")]
    return [
        index
        for index in range(len(table.columns))
        if index not in (value, period)
        and (index not in figures or table.columns[index].role)
        and not _ASIDE.match(keys[index])
    ]


def named(frame: pl.DataFrame, by: list[str], value: int, period: int) -> pl.DataFrame:
    """Rows of a long table that say something: their keys, period ``p`` and value ``v``."""
    import polars as pl

    rows = frame.select("__row", *by, p=pl.col(f"c{period}"), v=pl.col(f"f{value}"))
    return rows.filter(pl.col("v").is_not_null() & (pl.col("p") != ""))


def repeated(table: Table, rows: pl.DataFrame, by: list[str], value: int) -> None:
    """Rows about the same keys and period."""
    import polars as pl

    counted = rows.group_by([*by, "p"]).agg(pl.len().alias("n"), pl.col("__row").max().alias("r"))
    table.repeated = oftener(counted, value)


def oftener(counted: pl.DataFrame, value: int) -> Spots:
    """The keys that stand more than once, by their last row.

    :param counted: of each key, how often (``n``), and its last row (``r``)
    """
    import polars as pl

    again = counted.filter(pl.col("n") > 1)
    found = again.sort("r")["r"].head(LISTED).to_list()
    return Spots(int(again["n"].sum()) - again.height, [(row, value + 1) for row in found])


def is_category(table: Table, keys: list[str], index: int, value: int) -> bool:
    """Whether a column may hold a category that is the sum of the others."""
    return table.columns[index].kind == "text" and not _NOT_ADDED.search(keys[value].replace("nilai", ""))


def has_category(rows: pl.DataFrame, index: int) -> bool:
    """Whether one of the categories of a column is called a total."""
    return bool(rows[f"c{index}"].str.contains(_CATEGORY).any())


def category(table: Table, named: pl.DataFrame, by: list[str], index: int) -> None:
    """Totals of a category against its parts."""
    import polars as pl

    others = [name for name in by if name != f"c{index}"]
    totals, rest = split(named, index)
    # Rates are not added up; where parts are whole numbers they are counts.
    if totals.height and rest.height and named.select((pl.col("v") % 1 == 0).all()).item():
        compare(table, totals, parts(rest, others), others, index)


def parts(rest: pl.DataFrame, others: list[str]) -> pl.DataFrame:
    """The sums of what is no total."""
    import polars as pl

    return rest.group_by([*others, "p"]).agg(pl.col("v").sum().alias("s"), pl.len().alias("n"))


def split(named: pl.DataFrame, index: int) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The rows of totals by a category, and the others."""
    import polars as pl

    is_total = pl.col(f"c{index}").str.contains(_CATEGORY)
    return named.filter(is_total), named.filter(~is_total)


def compare(table: Table, totals: pl.DataFrame, parts: pl.DataFrame, others: list[str], index: int) -> None:
    """Rows of totals against the sums of their parts."""
    import polars as pl

    both = totals.select(*others, "p", "v", "__row").join(parts, on=[*others, "p"], how="inner", nulls_equal=True)
    wrong = both.filter((pl.col("n") > 1) & ((pl.col("v") - pl.col("s")).abs() > 0.5)).sort("__row")
    if wrong.height:
        places = [(row, index + 1) for row in wrong["__row"].head(LISTED)]
        first = wrong.row(0, named=True)
        name = table.columns[index].name
        table.mismatches.append(Mismatch("group", [name], Spots(wrong.height, places), first["v"], first["s"]))


def jumps(table: Table, named: pl.DataFrame, by: list[str], newest: list[str]) -> None:
    """Changes from one period to the next, and the series to compare versions by.

    :param named: periods of one length: only those follow each other
    :param newest: the periods that are kept
    """
    import polars as pl

    key = pl.concat_str([pl.col(name) for name in by], separator=" · ") if by else pl.lit("")
    lines = named.select("__row", "p", "v", k=key).unique(["k", "p"], keep="first").sort("k", "p")
    lines = lines.with_columns(before=pl.col("v").shift(1).over("k"), then=pl.col("p").shift(1).over("k"))
    change = (pl.col("v") - pl.col("before")) / pl.col("before").abs()
    large = pl.max_horizontal(pl.col("v").abs(), pl.col("before").abs()) >= _SMALL
    found = lines.with_columns(change.alias("change")).filter(
        pl.col("before").is_not_null() & (pl.col("before") != 0) & large & (pl.col("change").abs() > JUMP)
    )
    table.jump_count = found.height
    for row in found.sort(pl.col("change").abs(), descending=True).head(LISTED).iter_rows(named=True):
        table.jumps.append(Jump(row["k"][:80], row["then"], row["p"], round(row["change"] * 100, 1), row["__row"]))
    last = lines.filter(pl.col("p").is_in(newest)).head(MOST_SERIES)
    for name, period, value in last.select("k", "p", "v").iter_rows():
        table.series.setdefault(name[:120], {})[period] = value
