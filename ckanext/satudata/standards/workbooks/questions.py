"""Finding the questions of MS-Keg on a sheet: by their numbers, and by their words however they are retyped."""

from __future__ import annotations

from dataclasses import dataclass

from .grid import Sheet
from .labels import alike, block_of, split_number, squashed, variants
from .layout import BLOCKS, Line, lines

_HEADS = frozenset(map(squashed, ("Isian", "Jawaban", "Isian/Jawaban", "Uraian Isian", "Jawaban/Isian")))
_ASKS = frozenset(map(squashed, ("Pertanyaan", "Rincian", "Uraian", "Nama Rincian", "Item", "Keterangan", "No", "No.")))


@dataclass
class Hit:
    """A question found on the sheet: ``line`` is None for the heading of a block."""

    row: int
    column: int
    line: Line | None
    inline: str = ""


class Questions:
    """Where the questions of MS-Keg stand on a sheet.

    :ivar answers_in: first and last column under the heading *Isian*, where the sheet has one
    """

    def __init__(self, sheet: Sheet) -> None:
        self.sheet = sheet
        self.lines = lines()
        self.by_number = {line.no: line for line in self.lines if line.no}
        self.answers_in = self._answer_columns()
        self.found: set[int] = set()

    def _answer_columns(self) -> tuple[int, int] | None:
        """The columns under the heading *Isian*, where the sheet has one."""
        for row in self.sheet.rows()[:40]:
            cells = self.sheet.row(row)
            keys = [squashed(value) for _column, value in cells]
            for at, key in enumerate(keys):
                if key in _HEADS and set(keys[:at]) & _ASKS:
                    column = cells[at][0]
                    end = cells[at + 1][0] - 1 if at + 1 < len(cells) else column + 3
                    return column, max(column, end)
        return None

    def locate(self) -> list[Hit]:
        """The questions and headings of blocks from top to bottom."""
        hits: list[Hit] = []
        place = -1
        for row in self.sheet.rows():
            number = ""
            first = True
            for column, value in self.sheet.row(row):
                if self.answers_in and column >= self.answers_in[0]:
                    break
                if not isinstance(value, (str, float)):
                    continue
                block = block_of(value) if first and isinstance(value, str) else ""
                if block and not split_number(value)[0]:
                    start = next(digit for digit, (roman, _w) in BLOCKS.items() if roman == block)
                    place = max((line.place for line in self.lines if line.no and line.no[0] < start), default=place)
                    hits.append(Hit(row, column, None))
                    break
                own, words = split_number(value)
                number = own or number
                if not words:
                    continue
                hit = self._match(number, words, place, row, column, first)
                if hit and hit.line and not any(other.line is hit.line for other in hits):
                    hits.append(hit)
                    place = hit.line.place
                    self.found.add(place)
                    number, first = "", False
                elif not first and not number:
                    continue
                if words:
                    first = False
        return hits

    def _match(self, number: str, words: str, place: int, row: int, column: int, first: bool) -> Hit | None:
        line = self._line(number, variants(words), place, fuzzy=first or bool(number))
        if line:
            return Hit(row, column, line)
        head, colon, tail = words.partition(":")
        if colon and len(head) < 160:
            line = self._line(number, variants(head), place, fuzzy=bool(number))
            if line:
                return Hit(row, column, line, tail.strip())
        numbered = self.by_number.get(number)
        return Hit(row, column, numbered) if numbered and self._begins(numbered, variants(words)) else None

    def _line(self, number: str, keys: list[str], place: int, fuzzy: bool) -> Line | None:
        exact = [line for line in self.lines if not line.keys.isdisjoint(keys)]
        numbered = self.by_number.get(number)
        if numbered and (numbered in exact or self._resembles(numbered, keys) >= 0.6):
            return numbered
        if not exact and fuzzy:
            scored = [(self._resembles(line, keys, 0.88), line) for line in self.lines]
            best = max(score for score, _line in scored)
            exact = [line for score, line in scored if score == best and score >= 0.88]
        if len(exact) == 1:
            return exact[0]
        # "Telepon" is asked twice: the one beside the last question, else the next in the order of the form is meant.
        exact = [line for line in exact if line.place not in self.found]
        last = self.lines[place].no if place >= 0 else ""
        near = last if last.count(".") == 1 else last.rpartition(".")[0]
        beside = next((line for line in exact if near and line.no.startswith(f"{near}.")), None)
        return beside or next((line for line in exact if line.place > place), None)

    @staticmethod
    def _begins(line: Line, keys: list[str]) -> bool:
        """Whether one is the beginning of the other: *Cakupan Wilayah* of *Cakupan Wilayah Pengumpulan Data*."""
        return any(
            min(len(key), len(known)) >= 6 and (known.startswith(key) or key.startswith(known))
            for key in keys
            for known in line.keys
        )

    @staticmethod
    def _resembles(line: Line, keys: list[str], least: float = 0.6) -> float:
        return max((alike(key, known, least) for key in keys for known in line.keys), default=0.0)
