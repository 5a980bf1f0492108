"""What is wrong with the history, in words for the portal admin."""

from __future__ import annotations

import ckantoolkit as tk


def _(text: str) -> str:
    """Mark a text for extraction; it is translated when read, not when this module is imported."""
    return text


PROBLEMS = {
    "changed": _("This event is not what its hash says: it was changed."),
    "link": _("This event does not follow from the one before: one was put in, taken out or moved."),
    "missing": _("This event is missing."),
    "beyond": _("This event stands after the end of the history: it was put in."),
    "head": _("The history ends with another event than the record of its end says."),
    "no_head": _("The record of where the history ends is gone."),
    "rewritten": _("Another event stood here when an earlier verification found the history whole."),
    "anchor": _("Another event stands here than the anchor says, or none."),
}


def problem(kind: str | None) -> str:
    """A kind of problem in words."""
    return tk._(PROBLEMS[kind]) if kind in PROBLEMS else (kind or "")
