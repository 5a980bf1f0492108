"""The one error a person sees: a sentence on what is wrong and one on how to mend it."""

from __future__ import annotations

from pathlib import Path


class PortalError(Exception):
    """Something the reader can mend; shown without a traceback.

    :param message: what is wrong
    :param hint: how to mend it
    :param log: a log file whose last lines belong to the message
    """

    def __init__(self, message: str, hint: str = "", log: Path | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.log = log

    def __str__(self) -> str:
        parts = [self.message]
        if self.log is not None:
            lines = tail(self.log)
            parts.append(f"Last lines of {self.log}:")
            parts += [f"    {line}" for line in lines] or ["    (empty)"]
        if self.hint:
            parts.append(self.hint)
        return "\n".join(parts)


def tail(path: Path, lines: int = 15) -> list[str]:
    """The last ``lines`` lines of a text file; an empty list where there is none."""
    try:
        return path.read_text(encoding="utf-8", errors="replace").splitlines()[-lines:]
    except OSError:
        return []
