"""Where a table begins: the row of column names among titles, merged cells and rows of numbers."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field

from ckanext.satudata.standards.files import personal
from ckanext.satudata.standards.files.facts import Table

#: So many rows are searched for the column names.
SEARCHED = 30
_FIGURE = re.compile(r"^[-+]?[\d.,]+%?$")
_NUMBERED = re.compile(r"^\(?\d{1,3}\)?$")
_YEAR = re.compile(r"^(?:19|20)\d{2}$")
_MARKUP = re.compile(r"<\s*/?\s*[a-zA-Z!][^>]*>|javascript:|&#|\{\{|^[=@][A-Za-z(]", re.IGNORECASE)

Row = tuple[int, list[str]]


@dataclass
class Begin:
    """Names of the columns, and the row after which data begin."""

    names: list[str] = field(default_factory=list)
    after: int = 0


def find(sample: list[Row], table: Table) -> Begin:
    """The column names of a table, from its first rows.

    :param sample: row numbers and cells (stripped) of the first rows, blank ones left out
    :param table: gets ``header_row, titles, numeric_header, merged_header, number_row, nameless, doubled …``
    """
    if not sample:
        return Begin()
    counts = Counter(_width(cells) for _row, cells in sample)
    width = max(counts, key=lambda each: (counts[each], each))
    if width <= 1 < max(counts):
        width = max(counts)
    place = _place(sample[:SEARCHED], width)
    row, cells = sample[place]
    table.titles = place
    table.header_row = row
    named = [cell for cell in cells if cell]
    table.numeric_header = bool(named) and all(_FIGURE.match(cell) for cell in named) and not _years_only(named)
    names, after = list(cells[: max(width, _width(cells))]), row
    below = sample[place + 1] if place + 1 < len(sample) else None
    if below and _is_second_header(names, below[1]) and not table.numeric_header:
        table.merged_header = True
        names, after = _joined(names, below[1]), below[0]
        place += 1
        below = sample[place + 1] if place + 1 < len(sample) else None
    if below and _is_numbering(below[1]):
        table.number_row = True
        after = below[0]
    if table.numeric_header:
        # The first row is data; its figures are no names.
        names, after = [""] * len(names), row - 1
    _judge(names, table)
    return Begin(names, after)


def _width(cells: list[str]) -> int:
    return max((index for index, cell in enumerate(cells, 1) if cell), default=0)


def _place(rows: list[Row], width: int) -> int:
    """Which of these rows holds the column names: the first that is as wide as the table and made of words."""
    if width <= 1:
        return 0
    for index, (_row, cells) in enumerate(rows):
        filled = [cell for cell in cells if cell]
        words = sum(1 for cell in filled if not _FIGURE.match(cell) or _YEAR.match(cell))
        if len(filled) >= max(2, width * 0.5) and words * 2 > len(filled):
            return index
        if len(filled) >= max(2, width * 0.5):
            return index if index == 0 else 0 if len(rows[0][1]) > 1 and _width(rows[0][1]) > 1 else index
    return 0


def _years_only(named: list[str]) -> bool:
    return len(named) > 1 and all(_YEAR.match(cell) for cell in named)


def _is_second_header(names: list[str], below: list[str]) -> bool:
    """A row of words that fills the gaps merged cells leave in the row above."""
    gaps = [index for index, name in enumerate(names) if not name]
    if not gaps or not any(names):
        return False
    filled = [cell for cell in below if cell]
    if not filled or any(_FIGURE.match(cell) and not _YEAR.match(cell) for cell in filled):
        return False
    return all(index < len(below) and below[index] for index in gaps) and any(not cell for cell in below[: len(names)])


def _joined(upper: list[str], lower: list[str]) -> list[str]:
    names, last = [], ""
    for index in range(max(len(upper), len(lower))):
        above = upper[index] if index < len(upper) else ""
        below = lower[index] if index < len(lower) else ""
        last = above or last
        names.append(f"{last} {below}".strip() if below else above)
    return names


def _is_numbering(cells: list[str]) -> bool:
    filled = [cell for cell in cells if cell]
    if len(filled) < 3 or not all(_NUMBERED.match(cell) for cell in filled):
        return False
    figures = [int(cell.strip("()")) for cell in filled]
    return figures == list(range(figures[0], figures[0] + len(figures))) and figures[0] in (1, 2)


def _judge(names: list[str], table: Table) -> None:
    if not table.numeric_header:
        table.nameless = [index for index, name in enumerate(names, 1) if not name]
        known = Counter(name.casefold() for name in names if name)
        table.doubled = [name for name, count in known.items() if count > 1 and not personal.holds_private(name)]
    table.markup = [index for index, name in enumerate(names, 1) if _MARKUP.search(name)]
    years = [name for name in names if _YEAR.match(name)]
    table.years_beside = years if len(years) > 1 else []
