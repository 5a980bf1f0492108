"""Which choices are meant in a piece of a form: labels typed by hand, check marks, numbers the sheet itself explains.

Editions of the forms number their choices differently. A number alone therefore counts only where the same piece of
the sheet lists that number with its label.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from ckanext.satudata.standards.bps import Choice, Item

from .grid import text_of
from .labels import squashed

#: A cell of a sheet: row, column, value.
Cell = tuple[int, int, Any]

#: What people put into a box. In the font Wingdings a tick is the letter ü or þ.
_MARKS = frozenset("✓ ✔ √ ☑ ☒ ✗ ✘ × x v • ● ■ ü þ [x] [v] (x) (v) [✓] (✓) [√] (√) true".split())
_EMPTY_BOX = frozenset("☐ □ ○ [] () [ ] ( )".split()) | {"[ ]", "( )", "false"}
_LEADING_MARK = re.compile(r"^\s*(?:[✓✔√☑☒✗✘●■]|\[\s*[xXvV✓√]\s*\]|\(\s*[xXvV✓√]\s*\))\s*")
_LEADING_BOX = re.compile(r"^\s*(?:[☐□○]|\[\s*\]|\(\s*\))\s*")
_NUMBERED = re.compile(r"^\s*\(?(\d{1,2})\s*[).:\-–=]\s*(\S.*)$", re.DOTALL)
_NUMBER_BEHIND = re.compile(r"^(\S.*?)\s*[-–=:]\s*\(?(\d{1,2})\)?\s*$", re.DOTALL)
_NUMBER = re.compile(r"^\(?\s*(\d{1,2})\s*[).]?$")
_NUMBERS = re.compile(r"^\s*\d{1,2}(?:\s*[,;&]\s*\d{1,2})+\s*$")
_PARENTHESES = re.compile(r"\([^()]*\)")
_OTHER = re.compile(r"^(?P<label>lainnya|yang lain)\s*(?:\(?\s*,?\s*sebutkan\s*\)?)?\s*[:.…_\-–]*\s*(?P<words>.*)$",
                    re.IGNORECASE | re.DOTALL)  # fmt: skip
_LIST_ITEM = re.compile(r"(?:^|(?<=\s))\(?(\d{1,2})[.)]\s+")


@dataclass
class Found:
    """What a piece of the form says.

    :ivar values: the choices meant, in the order of the schema
    :ivar other: the words beside "Lainnya, sebutkan"
    :ivar trouble: ``(kind, cell)`` of what could not be understood
    """

    values: list[str] = field(default_factory=list)
    other: str = ""
    trouble: list[tuple[str, Cell]] = field(default_factory=list)


class _Reading:
    def __init__(self, item: Item, cells: Iterable[Cell]) -> None:
        self.item = item
        self.cells = [cell for cell in cells if text_of(cell[2]) != ":"]
        self.listed: dict[str, str] = {}  # number on this sheet → value
        self.labels: dict[tuple[int, int], str] = {}  # cells of a list → value
        self.used: set[tuple[int, int]] = set()
        self.chosen: list[str] = []
        self.found = Found()

    # -- the list of choices as the sheet prints it

    def choice(self, text: str) -> Choice | None:
        """The choice these words mean, also without what stands in parentheses; "Lainnya" with words behind it."""
        for form in (text, _PARENTHESES.sub(" ", text)):
            meant = self.item.choice(form.strip(" .;:"))
            if meant:
                return meant
        bare = squashed(_PARENTHESES.sub("", text))
        for choice in self.item.choices:
            if bare and any(squashed(_PARENTHESES.sub("", label)) == bare for label in choice.label.values()):
                return choice
        other = _OTHER.match(text.strip())
        return self.item.choice("lainnya") if other else None

    def list_in(self, text: str) -> dict[str, str] | None:
        """``{number: value}`` where one cell lists the choices; None where it is no list."""
        parts = [part for part in re.split(r"\n|\s{3,}|;", text) if part.strip()]
        if len(parts) < 2:
            parts = [part for part in _LIST_ITEM.split(text) if part.strip()]
            parts = [f"{parts[i]}. {parts[i + 1]}" for i in range(0, len(parts) - 1, 2) if parts[i].isdigit()]
        found: dict[str, str] = {}
        values = set()
        for part in parts:
            if _LEADING_MARK.match(part):
                return None
            number, words = _numbered(_LEADING_BOX.sub("", part))
            meant = self.choice(words)
            if meant:
                values.add(meant.value)
                if number:
                    found[number] = meant.value
        most = len(self.item.choices)
        return found if len(values) >= max(2, most - 1 if most > 3 else most) else None

    def read_lists(self) -> None:
        plain: dict[tuple[int, int], str] = {}
        by_place = {(row, column): value for row, column, value in self.cells}
        for row, column, value in self.cells:
            text = text_of(value)
            listed = self.list_in(text)
            if listed is not None:
                self.listed.update(listed)
                self.used.add((row, column))
                continue
            if _LEADING_MARK.match(text):
                continue
            number, words = _numbered(_LEADING_BOX.sub("", text))
            meant = self.choice(words)
            if meant is None:
                continue
            if number:
                self.listed[number] = meant.value
                self.labels[row, column] = meant.value
                continue
            before = by_place.get((row, column - 1))
            single = _NUMBER.match(text_of(before)) if before is not None else None
            if single:
                self.listed[single.group(1)] = meant.value
                self.labels[row, column] = meant.value
                self.used.add((row, column - 1))
            else:
                plain[row, column] = meant.value
        # Words without numbers are a printed list only where all choices stand there, or marks stand beside them.
        marked = any(_is_mark(value) for _row, _column, value in self.cells)
        if len(set(plain.values())) >= len(self.item.choices) or (marked and len(plain) > 1):
            self.labels.update(plain)
        self.used.update(self.labels)

    # -- the answer

    def read_marks(self) -> None:
        for row, column, value in self.cells:
            if (row, column) in self.used or not _is_mark(value):
                continue
            target = self._beside(row, column)
            if target:
                self.chosen.append(target)
                self.used.add((row, column))

    def _beside(self, row: int, column: int) -> str | None:
        """The printed choice a mark belongs to: in its row, the nearest, to the left first; else the one above it."""
        line = sorted((abs(at - column), at > column, at) for (r, at) in self.labels if r == row)
        if line:
            return self.labels[row, line[0][2]]
        above = [(row - r, r) for (r, at) in self.labels if at == column and r < row]
        return self.labels[min(above)[1], column] if above else None

    def read_answers(self) -> None:
        for row, column, value in self.cells:
            if (row, column) in self.used:
                continue
            text = text_of(value)
            if text.strip().casefold() in _EMPTY_BOX or _LEADING_BOX.match(text):
                continue
            if self._other_words(row, column, text):
                continue
            if squashed(text) == "" and not _LEADING_MARK.match(text):
                continue
            if not self._answer(text):
                number = _NUMBER.match(text) or _NUMBERS.match(text)
                kind = "number_without_list" if number else "unknown_choice"
                self.found.trouble.append((kind, (row, column, value)))

    def _answer(self, text: str) -> bool:
        """Take a typed answer; whether all of it was understood."""
        number = _NUMBER.match(text)
        if number:
            meant = self.listed.get(number.group(1))
            if meant:
                self.chosen.append(meant)
            return meant is not None
        if _NUMBERS.match(text):
            several = [self.listed.get(each) for each in re.findall(r"\d+", text)]
            self.chosen += [each for each in several if each]
            return all(several)
        whole = self._one(text)
        if whole:
            return True
        for separator in (r"[\n;]", r"[\n;,]", r"[\n;,]|\s+dan\s+"):
            parts = [part for part in re.split(separator, text) if part.strip()]
            ticked = [part for part in parts if _LEADING_MARK.match(part)]
            parts = ticked or [part for part in parts if not _LEADING_BOX.match(part)]
            if (len(parts) > 1 or ticked) and all(self._meant(part) for part in parts):
                return all(self._one(part) for part in parts)
        return False

    def _meant(self, text: str) -> Choice | None:
        return self.choice(_numbered(_LEADING_MARK.sub("", text))[1])

    def _one(self, text: str) -> bool:
        meant = self._meant(text)
        if meant is None:
            return False
        self.chosen.append(meant.value)
        other = _OTHER.match(_numbered(_LEADING_MARK.sub("", text))[1].strip())
        if other and meant.value == "lainnya" and other["words"].strip():
            self.found.other = other["words"].strip()
        return True

    def _other_words(self, row: int, column: int, text: str) -> bool:
        """Words beside the printed "Lainnya, sebutkan"."""
        if not self.item.other or _is_mark(text):
            return False
        if not squashed(text) and "lainnya" not in self.chosen:
            return False  # a dash beside an empty box says that there is nothing
        if self.labels and any(r == row and value == "lainnya" for (r, _c), value in self.labels.items()):
            self.found.other = f"{self.found.other} {text}".strip()
            self.chosen.append("lainnya")
            return True
        return False

    def read_other(self) -> None:
        """Words typed behind "Lainnya: " inside the printed list."""
        for row, column, value in self.cells:
            if self.labels.get((row, column)) == "lainnya" and self.item.other:
                other = _OTHER.match(_numbered(_LEADING_BOX.sub("", text_of(value)))[1].strip())
                if other and other["words"].strip(" ._…"):
                    self.found.other = other["words"].strip()
                    self.chosen.append("lainnya")


def read(item: Item, cells: Iterable[Cell]) -> Found:
    """What is chosen in a piece of a form.

    :param item: the question; a select or multiselect
    :param cells: the cells that belong to it, without its own label
    """
    reading = _Reading(item, cells)
    reading.read_lists()
    reading.read_other()
    reading.read_marks()
    reading.read_answers()
    order = [choice.value for choice in item.choices]
    reading.found.values = sorted(set(reading.chosen), key=order.index)
    return reading.found


def _numbered(text: str) -> tuple[str, str]:
    """``2. Survei`` or ``Survei - 2`` as ``("2", "Survei")``; without a number the words alone."""
    match = _NUMBERED.match(text)
    if match:
        return match.group(1), match.group(2)
    behind = _NUMBER_BEHIND.match(text)
    return (behind.group(2), behind.group(1)) if behind else ("", text)


def _is_mark(value: Any) -> bool:
    return value is True or (isinstance(value, str) and value.strip().casefold() in _MARKS)
