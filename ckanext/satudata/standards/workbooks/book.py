"""A workbook under way: its sheets and the hidden lists behind its drop-downs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ckanext.satudata.standards import bps
from ckanext.satudata.standards.bps import Item

from . import look

LIST_SHEET = "Pilihan"


class Writer:
    """One workbook under way."""

    def __init__(self, edition: str) -> None:
        from openpyxl import Workbook

        self.edition = edition
        self.book = Workbook()
        self.book.remove(self.book.active)
        self._lists: dict[tuple[str, ...], str] = {}
        self._list_sheet: Any = None

    def sheet(self, name: str) -> Any:
        """A new sheet."""
        return self.book.create_sheet(name)

    def choices(self, sheet: Any, labels: Sequence[str], cells: str) -> None:
        """A drop-down list on these cells; another edition's label is warned of, not refused."""
        from openpyxl.worksheet.datavalidation import DataValidation

        key = tuple(labels)
        if key not in self._lists:
            if self._list_sheet is None:
                self._list_sheet = self.book.create_sheet(LIST_SHEET)
                self._list_sheet.sheet_state = "hidden"
            column = len(self._lists) + 1
            for row, label in enumerate(labels, 1):
                self._list_sheet.cell(row, column, look.plain(label))
            letter = self._list_sheet.cell(1, column).column_letter
            self._lists[key] = f"{LIST_SHEET}!${letter}$1:${letter}${len(labels)}"
        rule = DataValidation(type="list", formula1=self._lists[key], allow_blank=True, errorStyle="warning")
        rule.showErrorMessage = True
        rule.errorTitle, rule.error = "Pilihan", "Pilih salah satu dari daftar."
        sheet.add_data_validation(rule)
        rule.add(cells)

    def labels(self, item: Item) -> list[tuple[str, str]]:
        """``(number, label)`` of the choices as this edition prints them."""
        shown = [(c.numbers.get(self.edition), bps.label_of(item, c.value)) for c in item.choices]
        return sorted([(n, label) for n, label in shown if n is not None], key=lambda each: int(each[0]))

    def bytes(self) -> bytes:
        """The finished workbook; the hidden lists stand last."""
        if self._list_sheet is not None:
            self.book.move_sheet(self._list_sheet, offset=len(self.book.sheetnames))
        self.book.active = 0
        return look.saved(self.book)


def subtitle(edition: str) -> str:
    """Which edition of the form this is, as a line under its title."""
    return "Formulir BPS, edisi 2021" if edition == "2021" else "Formulir BPS, edisi terbaru"
