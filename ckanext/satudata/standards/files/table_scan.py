"""A table, taken in blocks of rows: its header from the first ones, its columns from all of them."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from ckanext.satudata.standards.files import columns, header, large, structure, totals
from ckanext.satudata.standards.files.facts import LISTED, FileFacts, Table

if TYPE_CHECKING:
    import polars as pl

#: Columns beyond these are counted, not looked at.
MOST_COLUMNS = 500
#: A table up to this size is kept in memory for what needs all its rows: totals, repeated rows, jumps. Of a larger
#: one the blocks lie on disk meanwhile.
KEPT_ROWS = 400_000
KEPT_CELLS = 3_000_000
SAMPLE = 300

Row = tuple[int, list[str]]


class TableScan:
    """Begin it with a sample, give it every block (the sample's rows included), finish it."""

    def __init__(self, name: str = "", hidden: bool = False) -> None:
        self.table = Table(name=name[:100], hidden=hidden)
        self.scans: list[columns.ColumnScan] = []
        self.after = 0
        self.width = 0
        self._kept: list[pl.DataFrame] = []
        self._cells = 0
        self._spill: large.Spill | None = None
        self._lost = False
        self._last: tuple[int, int] = (0, 0)

    def begin(self, sample: list[Row]) -> None:
        """Find the header.

        :param sample: row numbers and stripped cells of the first rows that are not blank
        """
        begun = header.find(sample, self.table)
        self.name(begun.names, begun.after)
        body = [cells for row, cells in sample if row > begun.after]
        if not self.table.numeric_header:
            self.table.structure = structure.errors_of(begun.names, body)

    def name(self, names: list[str], after: int = 0) -> None:
        """The columns, where their names are known without looking."""
        self.width, self.after = len(names), after
        self.scans = [columns.ColumnScan(place, name) for place, name in enumerate(names[:MOST_COLUMNS], 1)]

    def take(self, frame: pl.DataFrame, rows: pl.Series, widths: pl.Series | None = None) -> None:
        """One block.

        :param frame: text columns in order, stripped, empty where there is nothing
        :param rows: in which row of the file each stands
        :param widths: how many cells each row has, where that is known
        """
        import polars as pl

        frame = frame.with_columns(rows.alias("__row"), (widths if widths is not None else rows).alias("__width"))
        frame = frame.filter(pl.col("__row") > self.after)
        names = [name for name in frame.columns if not name.startswith("__")]
        if not names:
            return
        blank = frame.select(pl.all_horizontal([pl.col(name) == "" for name in names])).to_series()
        self.table.blank_rows += int(blank.sum())
        frame = frame.filter(~blank)
        if not frame.height:
            return
        self.table.rows += frame.height
        if widths is not None:
            odd = frame.filter(pl.col("__width") != self.width)["__row"]
            self.table.ragged_count += odd.len()
            self.table.ragged += odd.head(LISTED - len(self.table.ragged)).to_list()
        for index, scan in enumerate(self.scans):
            if index < len(names):
                scan.take(frame[names[index]], frame["__row"])
        for index in range(len(self.scans), min(len(names), MOST_COLUMNS)):
            # Cells beyond the last name: no name, but nobody's data may hide there.
            scan = columns.ColumnScan(index + 1, "")
            self.scans.append(scan)
            scan.take(frame[names[index]], frame["__row"])
        self._keep(frame.drop("__width"))

    def _keep(self, frame: pl.DataFrame) -> None:
        self._cells += frame.height * frame.width
        if self._spill is None and (self.table.rows > KEPT_ROWS or self._cells > KEPT_CELLS):
            self._spill = large.Spill()
        if self._spill is None:
            self._kept.append(frame)
            return
        try:
            for each in (*self._kept, frame) if not self._lost else ():
                self._spill.add(each)
        except OSError:
            self._lost = True  # no room on the disk
        self._kept = []

    def _judge(self, facts: FileFacts, more: Callable[[], bool]) -> None:
        """What needs all rows at once."""
        keys = [scan.key for scan in self.scans]
        if self._spill is not None:
            try:
                if not self._lost:
                    large.judge(self.table, keys, self._spill, more)
            except large.OutOfTime:
                self._lost = True
            finally:
                self._spill.close()
            facts.complete = facts.complete and not self._lost
        elif self._kept:
            import polars as pl

            totals.judge(self.table, keys, pl.concat(self._kept, how="diagonal"))
        self._kept = []

    def finish(self, facts: FileFacts, more: Callable[[], bool] = lambda: True) -> Table:
        """What the table is; columns without name and cells are left out.

        :param more: asked now and then whether there is time
        """
        columns.judge_names(self.scans)
        table = self.table
        table.columns = [scan.finish() for scan in self.scans]
        columns.judge_names(self.scans)
        for scan in self.scans:
            if scan.long_cell and not facts.long_cell:
                facts.long_cell = scan.long_cell
        named = {scan.column.role for scan in self.scans}
        table.tidy = {"periode", "nilai"} <= named and bool({"kode_wilayah", "kode_bps"} & named)
        self._judge(facts, more)
        if len(table.columns) > self.width:
            table.columns = [c for c in table.columns if c.place <= self.width or c.filled]
        # An empty column at the edge of a sheet is only where somebody once clicked.
        while table.columns and not table.columns[-1].filled and table.columns[-1].place in table.nameless:
            gone = table.columns.pop()
            if not facts.delimiter:
                table.nameless.remove(gone.place)
        return table


def frame_of(rows: list[list[str]]) -> pl.DataFrame:
    """Rows of text as a frame of columns ``c0, c1 …``; missing cells are empty."""
    from itertools import zip_longest

    import polars as pl

    cells = list(zip_longest(*rows, fillvalue=""))[: MOST_COLUMNS + 1]
    return strip(
        pl.DataFrame({f"c{index}": pl.Series(list(each), dtype=pl.String) for index, each in enumerate(cells)})
    )


def strip(frame: pl.DataFrame) -> pl.DataFrame:
    """Without the blanks around each cell, those of the kind that does not break included."""
    import polars as pl

    return frame.with_columns(pl.all().fill_null("").str.strip_chars().str.strip_chars("\u00a0\u200b\ufeff \t\n"))


def tidy_cell(text: str) -> str:
    """A cell of the sample, as the frames have it."""
    return text.strip().strip("\u00a0\u200b\ufeff \t\n")
