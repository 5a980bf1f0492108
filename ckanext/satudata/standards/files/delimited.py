"""CSV and its kin: one table, read in blocks of some megabytes whatever the size of the file."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from ckanext.satudata.standards.files.columns import LONGEST_CELL
from ckanext.satudata.standards.files.facts import FileFacts
from ckanext.satudata.standards.files.table_scan import MOST_COLUMNS, SAMPLE, TableScan, frame_of, strip, tidy_cell
from ckanext.satudata.standards.files.text import RowTooLong, Seen, blocks

if TYPE_CHECKING:
    import polars as pl


class OpenQuote(ValueError):
    """A quotation mark that does not close: all rows below it are one cell. Its argument is the row."""


def scan(pieces: Iterable[bytes], said: str, facts: FileFacts, go_on: Callable[[], bool]) -> None:
    """Look into a text table.

    :param said: declared format; TSV settles the delimiter
    :param facts: is filled in
    :param go_on: asked after each block whether there is time for another
    """
    seen, scan = Seen(), None
    facts.looked_into = True
    try:
        for block in blocks(pieces, seen):
            text = block.decode("utf-8", "replace")
            if scan is None:
                if not text.strip():
                    continue
                facts.delimiter = "\t" if said == "TSV" else delimiter_of(text)
                scan = TableScan()
                scan.begin(_sample(text, facts.delimiter, seen.lines))
            frame, rows, widths = _frame(text, facts.delimiter, seen.lines)
            scan.take(frame, rows, widths)
            if not go_on():
                facts.complete = False
                break
    except RowTooLong:
        facts.trouble, facts.line = "row_too_long", seen.lines + 1
        facts.complete = False
    except (csv.Error, OpenQuote) as error:
        # Python's own reader raises the first where a cell is longer than it takes.
        facts.trouble, facts.line = "row_too_long", seen.lines + 1
        if isinstance(error, OpenQuote):
            facts.line = error.args[0]
        facts.complete = False
    facts.encoding, facts.nul, facts.control = seen.encoding, seen.nul, seen.control
    if scan is not None:
        facts.tables.append(scan.finish(facts, go_on))
    elif not facts.trouble:
        facts.trouble = "empty"


def delimiter_of(text: str) -> str:
    """The character that parts the cells: the one that parts the first lines into equally many, most often."""
    lines = [line for line in text[:20_000].splitlines()[:20] if line.strip()]
    best, best_score = ",", (0, 0)
    for candidate in (",", ";", "\t", "|"):
        counts = Counter(len(row) for row in csv.reader(lines, delimiter=candidate))
        width, often = max(counts.items(), key=lambda item: (item[0] > 1, item[1], item[0]), default=(1, 0))
        score = (often, width) if width > 1 else (0, 0)
        if score > best_score:
            best, best_score = candidate, score
    return best


def _sample(text: str, delimiter: str, before: int) -> list[tuple[int, list[str]]]:
    found: list[tuple[int, list[str]]] = []
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    at = before
    for cells in reader:
        row, at = at + 1, before + reader.line_num
        cells = [tidy_cell(cell) for cell in cells[: MOST_COLUMNS + 1]]
        if any(cells):
            found.append((row, cells))
        if len(found) >= SAMPLE:
            break
    return found


def _frame(text: str, delimiter: str, before: int) -> tuple[pl.DataFrame, pl.Series, pl.Series]:
    """A block as a frame, with the row and the number of cells of each record."""
    import polars as pl

    if '"' not in text:
        lines = pl.Series("line", text.removesuffix("\n").split("\n"), dtype=pl.String)
        widths = lines.str.count_matches(delimiter, literal=True) + 1
        widest = min(int(widths.max() or 1), MOST_COLUMNS + 1)  # type: ignore[arg-type]
        if widest == 1:
            frame = pl.DataFrame({"c0": lines})
        else:
            # One piece more than columns, for what is left of a line that is longer still.
            frame = lines.str.split_exact(delimiter, widest).struct.unnest()
            frame = frame.rename({name: f"c{index}" for index, name in enumerate(frame.columns)})
            frame = frame.select([f"c{index}" for index in range(widest)])
        rows = pl.Series("row", range(before + 1, before + 1 + lines.len()), dtype=pl.Int64)
        return strip(frame), rows, widths.cast(pl.Int64)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    numbers, counts, at, cells = [], [], before, []
    for cells in reader:
        numbers.append(at + 1)
        counts.append(len(cells))
        at = before + reader.line_num
    longest = at - numbers[-1] > 1 or max(map(len, cells), default=0) > LONGEST_CELL if numbers else False
    if longest and text.count('"') % 2:
        raise OpenQuote(numbers[-1])
    widest = min(max(counts, default=1) or 1, MOST_COLUMNS + 1)
    quoted = _by_polars(text, delimiter, widest)
    if quoted is None or quoted.height != len(numbers):
        # Quotes that stand where none may: the two readers differ, and the slower one is right.
        quoted = frame_of(list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)))
    return quoted, pl.Series(numbers, dtype=pl.Int64), pl.Series(counts, dtype=pl.Int64)


def _by_polars(text: str, delimiter: str, width: int) -> pl.DataFrame | None:
    import polars as pl
    from polars.exceptions import PolarsError

    try:
        frame = pl.read_csv(
            io.BytesIO(text.encode()),
            has_header=False,
            separator=delimiter,
            schema={f"c{index}": pl.String for index in range(width)},
            truncate_ragged_lines=True,
            raise_if_empty=False,
        )
    except PolarsError:
        return None
    return strip(frame)
