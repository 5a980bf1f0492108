"""Numbers as people in Indonesia write them: 1.263.569 and 12,5. Pure."""

from __future__ import annotations

import re

#: 1263569, 1263569.5: how a machine writes it, and how it is stored.
_MACHINE = re.compile(r"-?(?:0|[1-9]\d*)(?:\.\d+)?", re.ASCII)
_GROUPED_DOTS = re.compile(r"-?[1-9]\d{0,2}(?:\.\d{3})+(?:,\d+)?", re.ASCII)
_GROUPED_COMMAS = re.compile(r"-?[1-9]\d{0,2}(?:,\d{3}){2,}|-?[1-9]\d{0,2}(?:,\d{3})+\.\d+", re.ASCII)
_PLAIN = re.compile(r"-?\d+(?:[.,]\d+)?", re.ASCII)
_BLANKS = re.compile(r"[\s\u00a0\u2009\u202f]")
#: More digits than that are no count of anything, and no program keeps them all.
LONGEST = 30


def understood(text: str) -> str | None:
    """A number as somebody typed it, written for machines: ``1.263.569`` is ``1263569``, ``12,5`` is ``12.5``.

    A point before exactly three digits parts thousands (1.263 is one thousand and so on), else it is a decimal point
    (12.5); a comma is the decimal comma, unless several of them part thousands (1,263,569).

    :returns: None for what is no number; empty for empty
    """
    plain = _BLANKS.sub("", text).replace("\u2212", "-")
    if not plain or len(plain) > LONGEST:
        return None if plain else ""
    if _GROUPED_DOTS.fullmatch(plain):
        return _tidy(plain.replace(".", "").replace(",", "."))
    if _GROUPED_COMMAS.fullmatch(plain):
        return _tidy(plain.replace(",", ""))
    if _PLAIN.fullmatch(plain):
        return _tidy(plain.replace(",", "."))
    return None


def _tidy(number: str) -> str:
    sign, digits = ("-", number[1:]) if number.startswith("-") else ("", number)
    whole, _point, part = digits.partition(".")
    whole = whole.lstrip("0") or "0"
    tidy = f"{whole}.{part}" if part else whole
    return tidy if tidy.strip("0.") == "" else sign + tidy


def is_stored(text: str) -> bool:
    """Whether a stored cell is a number as we write it."""
    return len(text) <= LONGEST and bool(_MACHINE.fullmatch(text))


def shown(stored: str) -> str:
    """A stored number as people read it: ``1263569`` is ``1.263.569``; anything else as it is."""
    if not is_stored(stored):
        return stored
    sign, digits = ("-", stored[1:]) if stored.startswith("-") else ("", stored)
    whole, _point, part = digits.partition(".")
    grouped = re.sub(r"(?<=\d)(?=(?:\d{3})+$)", ".", whole)
    return f"{sign}{grouped},{part}" if part else sign + grouped
