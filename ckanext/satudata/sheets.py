"""CSV for spreadsheets: what people wrote is text there, whatever it begins with."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from typing import Any

#: Tells spreadsheets that a file is UTF-8.
MARK = "\ufeff"
#: Spreadsheets run what begins like this as a formula.
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")
#: What makes it a text, and is not shown.
QUOTE = "'"


def line(cells: Iterable[Any]) -> str:
    """One line of CSV, its texts made harmless."""
    out = io.StringIO()
    csv.writer(out).writerow([harmless(cell) for cell in cells])
    return out.getvalue()


def harmless(cell: Any) -> Any:
    """A title is no formula: texts that begin like one are quoted; anything else stays as it is."""
    return QUOTE + cell if isinstance(cell, str) and cell.startswith(FORMULA) else cell


def meant(cell: str) -> str:
    """What a text was before ``harmless`` quoted it."""
    return cell[1:] if cell[:1] == QUOTE and cell[1:].startswith(FORMULA) else cell
