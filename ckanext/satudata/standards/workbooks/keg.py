"""Reading MS-Keg: a filled form, wherever on the sheet it stands.

From top to bottom each row is looked through for the words or the number of a question; what stands beside it, or
below it up to the next question, is its answer. Where the sheet has a heading *Isian* over the answers, they are looked
for in that column only.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from ckanext.satudata.standards.bps import Item

from . import answers, dates, small
from .answers import Cell
from .grid import Sheet, text_of
from .labels import squashed
from .layout import HINTS, column_keys
from .problems import ERROR, WARNING, Problem
from .questions import Hit, Questions

#: A sheet with fewer questions of the form than this is another one.
FEWEST = 6
_HINTS = tuple(map(squashed, HINTS))


@dataclass
class Form:
    """A filled MS-Keg.

    :ivar values: by field; only what was answered
    :ivar cells: by field, the cell of the answer
    """

    sheet: str
    values: dict[str, Any] = field(default_factory=dict)
    cells: dict[str, tuple[int, int]] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    asked: set[str] = field(default_factory=set)


class _Reader:
    def __init__(self, sheet: Sheet) -> None:
        self.sheet = sheet
        self.answers_in: tuple[int, int] | None = None
        self.form = Form(sheet.name)

    def read(self) -> Form | None:
        questions = Questions(self.sheet)
        self.answers_in = questions.answers_in
        hits = questions.locate()
        if sum(1 for hit in hits if hit.line and hit.line.items) < FEWEST:
            return None
        for at, hit in enumerate(hits):
            if hit.line is None or not hit.line.items:
                continue
            end_row, end_column = self._end(hits, at)
            beside = self._cells(hit.row, hit.row, hit.column + 1, end_column)
            below = [] if end_row == hit.row else self._cells(hit.row + 1, end_row, 1, None)
            self._take(hit, beside, below, hits[:at])
        return self.form

    def _end(self, hits: list[Hit], at: int) -> tuple[int, int | None]:
        """The last row of an answer, and the last column where the next question stands in the same row."""
        hit = hits[at]
        following = hits[at + 1] if at + 1 < len(hits) else None
        if following is None:
            last = self.sheet.rows()[-1]
            return min(last, hit.row + 40), None
        if following.row == hit.row:
            return hit.row, following.column - 1
        return following.row - 1, None

    def _cells(self, top: int, bottom: int, left: int, right: int | None) -> list[Cell]:
        found = []
        spots = {(row, column) for row, column in self.sheet.bad if top <= row <= bottom}
        for row in range(top, bottom + 1):
            columns = set(self.sheet.cells.get(row, {})) | {column for r, column in spots if r == row}
            for column in sorted(columns):
                if column >= left and (right is None or column <= right):
                    found.append((row, column, self.sheet.cells.get(row, {}).get(column, "")))
        return found

    def _take(self, hit: Hit, beside: list[Cell], below: list[Cell], before: list[Hit]) -> None:
        line = hit.line
        assert line is not None
        self.form.asked.update(item.field for item in line.items)
        item = line.item
        if item.kind == "rows":
            self._rows(item, [*beside, *below])
        elif item.choices:
            inline = [(hit.row, hit.column, hit.inline)] if hit.inline else []
            self._chosen(item, [*inline, *beside, *below], hit, before)
        elif len(line.items) == 2:
            self._span(line.items[0], line.items[1], hit, beside, before)
        else:
            self._text(item, hit, beside, below)

    def _answers(self, cells: list[Cell]) -> list[Cell]:
        """Without colons, hints of the form, and what stands outside the column of answers."""
        if self.answers_in:
            left, right = self.answers_in
            return [cell for cell in cells if left <= cell[1] <= right]
        return [cell for cell in cells if not _is_hint(cell[2])]

    def _is_box(self, cell: Cell) -> bool:
        """Whether the cell stands under the heading *Isian*: there the form says nothing itself."""
        return self.answers_in is not None and self.answers_in[0] <= cell[1] <= self.answers_in[1]

    def _text(self, item: Item, hit: Hit, beside: list[Cell], below: list[Cell]) -> None:
        found = self._answers(beside)
        if hit.inline and not found:
            found = [(hit.row, hit.column, hit.inline)]
        elif not found and below:
            # Below: the first column only, as many lines as there are.
            lower = self._answers(below)
            found = [cell for cell in lower if cell[1] == lower[0][1]] if lower else []
            if len(found) > 1 and item.kind in ("text", "textarea"):
                self._keep(item, "\n".join(text_of(cell[2]) for cell in found), found[0], answers.noticed(self.sheet,
                           found))  # fmt: skip
                return
        if not found:
            return
        value, problems = answers.single(self.sheet, item, found[0])
        problems += [
            answers.trouble(self.sheet, "extra_text", item, cell, WARNING)
            for cell in found[1:]
            if cell[0] == found[0][0]
        ]
        self._keep(item, value, found[0], problems)

    def _span(self, start: Item, end: Item, hit: Hit, beside: list[Cell], before: list[Hit]) -> None:
        found = self._answers(beside)
        if hit.inline and not found:
            found = [(hit.row, hit.column, hit.inline)]
        if len(found) == 1 and isinstance(found[0][2], str):
            both = dates.span_of(found[0][2])
            if both:
                row, column, _value = found[0]
                found = [(row, column, both[0]), (row, column, both[1])]
        pairs = list(zip((start, end), found, strict=False))
        if len(found) == 1 and self._under_end(found[0]):
            pairs = [(end, found[0])]
        for item, cell in pairs:
            value, problems = answers.single(self.sheet, item, cell)
            self._keep(item, value, cell, problems)

    def _under_end(self, cell: Cell) -> bool:
        """Whether the nearest heading above says that this column holds the ends."""
        for row in range(cell[0] - 1, max(cell[0] - 12, 0), -1):
            head = squashed(self.sheet.spread(row, cell[1]) or "")
            if head in ("tanggalakhir", "akhir", "selesai", "tanggalselesai", "sampai", "sampaidengan", "sd"):
                return True
            if head in ("tanggalawal", "awal", "mulai", "tanggalmulai", "dari"):
                return False
        return False

    def _chosen(self, item: Item, cells: list[Cell], hit: Hit, before: list[Hit]) -> None:
        wrong = [self.sheet.bad[row, column] for row, column, _v in cells if (row, column) in self.sheet.bad]
        usable = [cell for cell in cells if cell[2] != "" and (self._is_box(cell) or not _is_hint(cell[2]))]
        usable += self._headed(item, hit, usable)
        (value, other), problems = answers.chosen(self.sheet, item, usable)
        problems += [p for p in wrong if p.severity == ERROR]
        self._keep(item, value, usable[0] if usable else (hit.row, hit.column, ""), problems)
        if other and item.other:
            self.form.values[item.other] = other
            self.form.cells[item.other] = self.form.cells.get(item.field, (hit.row, hit.column))

    def _headed(self, item: Item, hit: Hit, cells: list[Cell]) -> list[Cell]:
        """Headings *Ya* and *Tidak* over a column of boxes, some rows above; only for a lone mark."""
        if len(cells) != 1 or item.choice(text_of(cells[0][2])):
            return []
        for row in range(hit.row - 1, max(hit.row - 12, 0), -1):
            heads = [
                (hit.row - 1, column, value) for column, value in self.sheet.row(row) if item.choice(text_of(value))
            ]
            if len(heads) >= 2:
                return heads
        return []

    def _rows(self, item: Item, cells: list[Cell]) -> None:
        found, problems = small.table(self.sheet, item, cells, [(c, column_keys(c)) for c in item.columns])
        self.form.problems += problems
        if found:
            self.form.values[item.field] = found
            self.form.cells[item.field] = (cells[0][0], cells[0][1])

    def _keep(self, item: Item, value: Any, cell: Cell, problems: list[Problem]) -> None:
        self.form.problems += problems
        if value in (None, "", []):
            return
        if item.field in self.form.values:
            self.form.problems.append(answers.trouble(self.sheet, "twice", item, cell, WARNING))
            return
        self.form.values[item.field] = value
        self.form.cells[item.field] = cell[:2]


def _is_hint(value: Any) -> bool:
    text = text_of(value).strip()
    key = squashed(text)
    if not key:
        return text == ":" or text.startswith(("…", ".."))
    return text[0] in "(*[" and key.startswith(_HINTS)


def read(sheet: Sheet) -> Form | None:
    """The MS-Keg on a sheet; None where it is another sheet."""
    return _Reader(sheet).read()
