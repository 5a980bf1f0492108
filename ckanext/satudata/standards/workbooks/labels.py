"""Words of a form as people retype them: compared without case, spacing, punctuation and numbering."""

from __future__ import annotations

import difflib
import re
import unicodedata
from functools import lru_cache
from typing import Any

from .grid import text_of

_NOT_WORD = re.compile(r"[\W_]+")
_PARENTHESES = re.compile(r"\([^()]*\)|\[[^\[\]]*\]")
#: 1.1   1.2.1.   (5.3a)   5.3.a
_NUMBER = re.compile(
    r"^\(?\s*(\d)\s*\.\s*(\d{1,2})(?:\s*\.\s*(\d{1,2}))?\s*\.?\s*([abAB](?![A-Za-z]))?\s*[).:]*(?:\s+|(?=\D)|$)"
)
#: a.   b)   1.   2)   (3)
_ENUMERATOR = re.compile(r"^\(?(?:[a-hA-H]|\d{1,2})[.)]\s*(?=[^\W\d])")
_BLOCK = re.compile(r"^\s*(?:BLOK|BAGIAN|Blok|Bagian)?\s*\b(VIII|VII|VI|IV|V|III|II|I)\b\s*(?:[.:)\-–]|\s|$)")


def squashed(text: Any) -> str:
    """Letters and digits only, in lower case: ``E-mail :`` and ``email`` are the same."""
    plain = unicodedata.normalize("NFKC", text if isinstance(text, str) else text_of(text))
    return _NOT_WORD.sub("", plain).casefold()


def variants(text: str) -> list[str]:
    """A label squashed: whole, without an enumerator, without what stands in parentheses."""
    bare = _ENUMERATOR.sub("", text.strip())
    found = [squashed(text), squashed(bare), squashed(_PARENTHESES.sub(" ", bare))]
    return [each for each in dict.fromkeys(found) if each]


def split_number(text: Any) -> tuple[str, str]:
    """The number of an item and the words behind it: ``("1.2.1", "Telepon")``; no number is empty.

    A number alone may come as a float, which is how spreadsheets keep 1.1.
    """
    if isinstance(text, float) and not isinstance(text, bool):
        text = repr(text)
        return (text, "") if re.fullmatch(r"\d\.\d", text) else ("", text)
    if not isinstance(text, str):
        return "", text_of(text)
    match = _NUMBER.match(text.strip())
    if not match:
        return "", text.strip()
    whole, second, third, letter = match.groups()
    number = f"{whole}.{int(second)}" + (f".{int(third)}" if third else "") + (letter or "").lower()
    return number, text.strip()[match.end() :].strip()


def block_of(text: Any) -> str:
    """The Roman number of a block heading, or nothing."""
    match = _BLOCK.match(text) if isinstance(text, str) and len(text) < 120 else None
    return match.group(1) if match else ""


@lru_cache(maxsize=20_000)
def alike(one: str, other: str, least: float = 0.6) -> float:
    """How much two squashed labels resemble each other, 0 to 1; short ones have to be the same.

    :param least: what resembles less counts as 0, and is not looked at closely
    """
    if one == other:
        return 1.0
    shorter, longer = sorted((len(one), len(other)))
    if shorter < 7 or longer > 160 or 2 * shorter / (shorter + longer) < least:
        return 0.0
    compared = difflib.SequenceMatcher(None, one, other, autojunk=False)
    if compared.quick_ratio() < least:
        return 0.0
    ratio = compared.ratio()
    return ratio if ratio >= least else 0.0
