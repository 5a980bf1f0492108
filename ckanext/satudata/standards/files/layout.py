"""What stands on a sheet beside its table: remarks below it, another table."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ckanext.satudata.standards.files.facts import LISTED, Table

if TYPE_CHECKING:
    import polars as pl

#: So many empty rows are looked behind for another table.
_GAPS = 50


def notes(table: Table, frame: pl.DataFrame) -> None:
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


def second_table(table: Table, frame: pl.DataFrame) -> None:
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
