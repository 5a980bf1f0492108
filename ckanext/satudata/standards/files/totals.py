"""Figures against each other: totals and the sum of their parts, repeated rows, jumps from one period to the next."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

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
_MOST_SERIES = 3_000
_PERIODS_KEPT = 2
#: Columns that say something about a row and do not tell it from another.
_ASIDE = re.compile(r"^(satuan|catatan|catatan_perubahan|keterangan|sumber|status|status_angka|no|nomor|id)$")
#: So many empty rows are looked behind for another table.
_GAPS = 50


def judge(table: Table, keys: list[str], frame: pl.DataFrame) -> None:
    """Fill in what needs all rows at once.

    :param keys: names of the columns as patterns know them (``laki_laki``), in order
    :param frame: text columns ``c0, c1 …`` and ``__row``
    """
    import polars as pl

    figures = {
        index: _as_figures(frame[f"c{index}"], table.columns[index].decimal, table.columns[index].thousands)
        for index, column in enumerate(table.columns)
        if column.kind in ("number", "integer") and f"c{index}" in frame.columns
    }
    frame = frame.with_columns([figure.alias(f"f{index}") for index, figure in figures.items()])
    texts = [i for i, c in enumerate(table.columns) if c.kind in ("text", "code", "empty") and f"c{i}" in frame.columns]
    _notes(table, frame)
    _second_table(table, frame)
    _side_by_side(table, keys, frame, figures)
    value = next((index for index, column in enumerate(table.columns) if column.role == "nilai"), None)
    period = next((index for index, column in enumerate(table.columns) if column.role == "periode"), None)
    if table.tidy and value in figures and period is not None:
        _tidy(table, keys, frame, value, period)
        return
    labels = texts[:3]
    if labels and figures:
        marked = pl.any_horizontal([pl.col(f"c{index}").str.contains(_TOTAL_PATTERN) for index in labels])
        sub = pl.any_horizontal([pl.col(f"c{index}").str.contains(_SUB_PATTERN) for index in labels])
        frame = frame.with_columns(marked.alias("__total"), (sub & ~marked).alias("__sub"))
        table.total_rows = frame.filter(pl.col("__total") | pl.col("__sub"))["__row"].head(LISTED).to_list()
        _rows_of_totals(table, keys, frame, list(figures))


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


def _off(stated: float, summed: float, parts: int, whole: bool) -> bool:
    """Whether a total is not the sum: to the unit for counts, within rounding for the rest."""
    allowed = 0.5 if whole else max(0.05 * max(parts, 1), 0.001 * abs(stated), 0.01)
    return abs(stated - summed) > allowed


def _rows_of_totals(table: Table, keys: list[str], frame: pl.DataFrame, figures: list[int]) -> None:
    import polars as pl

    totals = frame.filter(pl.col("__total"))
    if not totals.height or totals.height > 50:
        return
    for index in figures:
        if _NOT_ADDED.search(keys[index]) or table.columns[index].kind not in ("integer", "number"):
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
            if _off(stated, summed, parts.len(), whole) and _off(stated, float(every or 0), parts.len(), whole):
                example = example if spots.count else (float(stated), summed)
                spots.add(row, index + 1)
        if spots.count:
            table.mismatches.append(Mismatch("row", [table.columns[index].name], spots, *example))


def _side_by_side(table: Table, keys: list[str], frame: pl.DataFrame, figures: dict[int, pl.Series]) -> None:
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
    import polars as pl

    figures = [i for i, c in enumerate(table.columns) if c.kind in ("number", "integer") and f"c{i}" in frame.columns]
    beside = [
        index
        for index in range(len(table.columns))
        if index not in (value, period)
        and f"c{index}" in frame.columns
        and (index not in figures or table.columns[index].role)
        and not _ASIDE.match(keys[index])
    ]
    by = [f"c{index}" for index in beside]
    named = frame.select("__row", *by, p=pl.col(f"c{period}"), v=pl.col(f"f{value}"))
    named = named.filter(pl.col("v").is_not_null() & (pl.col("p") != ""))
    again = (
        named.group_by([*by, "p"]).agg(pl.len().alias("n"), pl.col("__row").max().alias("r")).filter(pl.col("n") > 1)
    )
    if again.height:
        rows = again.sort("r")["r"].head(LISTED).to_list()
        table.repeated = Spots(int(again["n"].sum()) - again.height, [(row, value + 1) for row in rows])
    for index in beside:
        if table.columns[index].kind == "text" and not _NOT_ADDED.search(keys[value].replace("nilai", "")):
            _category(table, named, by, index)
    _jumps(table, named, by)


def _category(table: Table, named: pl.DataFrame, by: list[str], index: int) -> None:
    import polars as pl

    column = f"c{index}"
    others = [name for name in by if name != column]
    is_total = pl.col(column).str.contains(_CATEGORY)
    if not named.filter(is_total).height or named.filter(is_total).height == named.height:
        return
    # Rates are not added up; where parts are whole numbers they are counts.
    if not named.select((pl.col("v") % 1 == 0).all()).item():
        return
    parts = named.filter(~is_total).group_by([*others, "p"]).agg(pl.col("v").sum().alias("s"), pl.len().alias("n"))
    totals = named.filter(is_total).select(*others, "p", "v", "__row")
    both = totals.join(parts, on=[*others, "p"], how="inner", nulls_equal=True).filter(pl.col("n") > 1)
    wrong = both.filter((pl.col("v") - pl.col("s")).abs() > 0.5).sort("__row")
    if wrong.height:
        places = [(row, index + 1) for row in wrong["__row"].head(LISTED)]
        first = wrong.row(0, named=True)
        name = table.columns[index].name
        table.mismatches.append(Mismatch("group", [name], Spots(wrong.height, places), first["v"], first["s"]))


def _jumps(table: Table, named: pl.DataFrame, by: list[str]) -> None:
    import polars as pl

    # Only periods of one length follow each other.
    lengths = named["p"].str.len_chars().unique()
    if lengths.len() != 1:
        return
    key = pl.concat_str([pl.col(name) for name in by], separator=" · ") if by else pl.lit("")
    lines = named.select("__row", "p", "v", k=key).unique(["k", "p"], keep="first").sort("k", "p")
    lines = lines.with_columns(before=pl.col("v").shift(1).over("k"), then=pl.col("p").shift(1).over("k"))
    change = (pl.col("v") - pl.col("before")) / pl.col("before").abs()
    large = pl.max_horizontal(pl.col("v").abs(), pl.col("before").abs()) >= _SMALL
    jumps = lines.with_columns(change.alias("change")).filter(
        pl.col("before").is_not_null() & (pl.col("before") != 0) & large & (pl.col("change").abs() > JUMP)
    )
    table.jump_count = jumps.height
    for row in jumps.sort(pl.col("change").abs(), descending=True).head(LISTED).iter_rows(named=True):
        table.jumps.append(Jump(row["k"][:80], row["then"], row["p"], round(row["change"] * 100, 1), row["__row"]))
    newest = lines["p"].unique().sort(descending=True).head(_PERIODS_KEPT).to_list()
    last = lines.filter(pl.col("p").is_in(newest)).head(_MOST_SERIES)
    for name, period, value in last.select("k", "p", "v").iter_rows():
        table.series.setdefault(name[:120], {})[period] = value


def _notes(table: Table, frame: pl.DataFrame) -> None:
    """Remarks below the table: the last rows with a single filled cell in a table of several columns."""
    names = [name for name in frame.columns if name.startswith("c")]
    if len(names) < 3:
        return
    found = []
    for row in frame.tail(10).select("__row", *names).reverse().iter_rows():
        filled = [cell for cell in row[1:] if cell]
        if len(filled) != 1 or not any(letter.isalpha() for letter in filled[0]):
            break
        found.append(row[0])
    table.notes = sorted(found)[:LISTED] if len(found) < frame.height else []


def _second_table(table: Table, frame: pl.DataFrame) -> None:
    """A row of words right below an empty row, with figures above and below it: another table begins."""
    import polars as pl

    if not table.blank_rows:
        return
    names = [name for name in frame.columns if name.startswith("c")]
    numbered = frame.select("__row", *names).with_row_index("at")
    gap = pl.col("__row") - pl.col("__row").shift(1) > 1
    for at in numbered.filter(gap)["at"].head(_GAPS):
        if at + 1 >= frame.height:
            continue
        above, here, below = (list(numbered.row(at + step)[2:]) for step in (-1, 0, 1))
        words = [place for place, cell in enumerate(here) if cell]
        figures = [place for place in words if _is_figure(below[place]) and (_is_figure(above[place]))]
        if len(words) > 1 and figures and not any(_is_figure(here[place]) for place in words):
            table.second = int(numbered.row(at)[1])
            return


def _is_figure(cell: str) -> bool:
    return any(sign.isdigit() for sign in cell) and not any(sign.isalpha() for sign in cell)
