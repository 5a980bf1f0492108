"""What is said of a rule, in English out of its docstring and in Indonesian out of ``texts.id.yaml``.

A docstring says first what the rule asks, then why (``Why: …``, or without that word), how to mend what it finds
(``Mend: …``) and an example (``Example: …``). A rule of another plugin may carry its Indonesian text in a paragraph
``Indonesian: …``.
"""

from __future__ import annotations

import re
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

import yaml

from ckanext.satudata.principles import PRINCIPLES
from ckanext.satudata.standards.rules import switches
from ckanext.satudata.standards.rules.registry import Rule

_PART = re.compile(r"(?:(?<=\s)|^)(Why|To mend|Mend|Example|Indonesian):\s+")


class Text(NamedTuple):
    """What a rule asks, why, how to mend what it finds, and an example; empty where nothing is said."""

    asks: str
    why: str = ""
    mend: str = ""
    example: str = ""


def _parts(rule: Rule) -> dict[str, str]:
    asks, _blank, rest = rule.doc.partition("\n\n")
    free, *named = _PART.split(rest)
    parts = {name.removeprefix("To ").lower(): _line(text) for name, text in zip(named[::2], named[1::2], strict=True)}
    return {"asks": _line(asks), "why": _line(free), **parts}


def english(rule: Rule) -> Text:
    """The docstring of a rule, in its parts."""
    parts = _parts(rule)
    return Text(*(parts.get(name, "") for name in Text._fields))


def indonesian(rule: Rule) -> Text:
    """The Indonesian text of a rule; what is missing is told in English."""
    given = _ours().get(rule.id)
    if given is None:
        said = _parts(rule).get("indonesian")
        return Text(said) if said else english(rule)
    return Text(*(_line(str(given.get(name) or "")) for name in Text._fields))


def of(rule: Rule, lang: str) -> Text:
    """The text of a rule in a language."""
    return indonesian(rule) if lang.startswith("id") else english(rule)


@lru_cache(maxsize=1)
def _ours() -> dict[str, dict[str, str]]:
    return dict(yaml.safe_load((Path(__file__).parent / "texts.id.yaml").read_text(encoding="utf-8")))


def _line(text: str) -> str:
    said = " ".join(text.replace("``", "`").split())
    return said[:1].upper() + said[1:]


def by_principle(rules: list[Rule] | None = None) -> list[tuple[str, list[Rule]]]:
    """Rules (those in force on this portal, where none are given) in the order of the four principles, then by id."""
    found = switches.rules_in_force() if rules is None else rules
    return [
        (principle, sorted((rule for rule in found if rule.principle == principle), key=lambda rule: rule.id))
        for principle in PRINCIPLES
    ]
