"""Files that are loaded row by row: what is wrong on a line, and how to mend it."""

from __future__ import annotations

from dataclasses import dataclass

import ckantoolkit as tk


@dataclass(frozen=True)
class RowError:
    """What is wrong on a line of the file, and how to mend it; line 0 is the file as a whole."""

    line: int
    field: str
    message: str

    def __str__(self) -> str:
        if not self.line:
            return self.message
        return tk._("Line {line}, {field}: {message}").format(line=self.line, field=self.field, message=self.message)


def too_wide(line: int, found: int, expected: int) -> RowError:
    """A line with more cells than the first line has names."""
    text = tk._("{found} columns where the first line has {expected}")
    return RowError(line, tk._("row"), text.format(found=found, expected=expected))
