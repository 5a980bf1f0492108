"""What is wrong with a table, with the line and how to mend it, in both languages.

Tables are read while CKAN starts: there is no request then and no reader with a language, so both are said.
"""

from __future__ import annotations

import difflib
import gettext
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

DOMAIN = "ckanext-satudata"
CATALOGUES = Path(__file__).resolve().parents[2] / "i18n"
#: The second language of every problem; the texts themselves are English.
SECOND = "id"


def _(text: str) -> str:
    """Mark a text for extraction; it is translated when it is read."""
    return text


@lru_cache(maxsize=1)
def _catalogue() -> gettext.NullTranslations:
    return gettext.translation(DOMAIN, str(CATALOGUES), [SECOND], fallback=True)


def second(text: str) -> str:
    """The Indonesian text of a message of the catalogue, or the message itself."""
    return _catalogue().gettext(text) if text else ""


class Word(str):
    """A value of a problem that is itself a message; names of states, roles and keys are not, and stay as they are."""


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong.

    :param text: a message of the catalogue that says what is wrong and how to mend it
    :param values: what its placeholders stand for
    :param path: where in the table, as ``("states", "draft", "waits_for")``
    :param line: line in the file, from 1; 0 where there is no file
    """

    text: str
    values: dict[str, Any] = field(default_factory=dict, hash=False)
    path: tuple[str, ...] = ()
    file: str = ""
    line: int = 0

    @property
    def place(self) -> str:
        """``file:line  states → draft → waits_for``."""
        at = f"{self.file}:{self.line}" if self.line else self.file
        return "  ".join(part for part in (at, " → ".join(self.path)) if part)

    def said(self, lang: str = "en") -> str:
        """The sentence in that language, ``en`` or ``id``."""
        if lang != SECOND:
            return self.text.format(**self.values)
        return second(self.text).format(
            **{name: second(value) if isinstance(value, Word) else value for name, value in self.values.items()}
        )

    def __str__(self) -> str:
        english, other = self.said(), self.said(SECOND)
        return "\n    ".join([self.place, english, *([other] if other != english else [])])


class BadTable(Exception):
    """A table that cannot be put in force.

    :param problems: all of them at once, so that nobody mends one to meet the next
    """

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = sorted(set_aside_twins(problems), key=lambda problem: (problem.file, problem.line))
        super().__init__("\n".join(f"  {problem}" for problem in self.problems))


def set_aside_twins(problems: Iterable[Problem]) -> list[Problem]:
    """Each problem once, in the order found."""
    seen: dict[tuple[Any, ...], Problem] = {}
    for problem in problems:
        seen.setdefault((problem.file, problem.line, problem.path, problem.text, str(problem.values)), problem)
    return list(seen.values())


def listed(names: Iterable[str]) -> str:
    """Names for a sentence."""
    return ", ".join(names)


def near(name: str, known: Iterable[str]) -> str:
    """The known name somebody most likely meant, or the known ones."""
    choices = list(known)
    found = difflib.get_close_matches(name, choices, n=1, cutoff=0.6)
    return found[0] if found else listed(choices)
