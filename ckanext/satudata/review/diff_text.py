"""How a difference is worded: values, files and rows as people read them, and what two texts have in common."""

from __future__ import annotations

import json
from bisect import bisect_left
from collections.abc import Mapping
from difflib import SequenceMatcher
from typing import Any

import ckantoolkit as tk


def marked(old_text: str, new_text: str) -> list[tuple[str, str]]:
    """Two texts as one, word by word: pieces of ``same``, ``removed`` and ``added`` text in reading order."""
    old_words, new_words = _words(old_text), _words(new_text)
    pieces: list[tuple[str, str]] = []
    for tag, i1, i2, j1, j2 in SequenceMatcher(None, old_words, new_words, autojunk=False).get_opcodes():
        if tag == "equal":
            pieces.append(("same", "".join(old_words[i1:i2])))
            continue
        if i2 > i1:
            pieces.append(("removed", "".join(old_words[i1:i2])))
        if j2 > j1:
            pieces.append(("added", "".join(new_words[j1:j2])))
    return pieces


def moved_ids(order: list[str], before: list[str]) -> set[str]:
    """Those of ``order`` that left their place: all but the longest run that kept its older order."""
    places = {key: at for at, key in enumerate(before)}
    tails: list[int] = []
    ends: list[int] = []
    back: list[int | None] = []
    for at, key in enumerate(order):
        place = bisect_left(tails, places[key])
        tails[place : place + 1] = [places[key]]
        ends[place : place + 1] = [at]
        back.append(ends[place - 1] if place else None)
    kept: set[str] = set()
    at_end = ends[-1] if ends else None
    while at_end is not None:
        kept.add(order[at_end])
        at_end = back[at_end]
    return set(order) - kept


def plain_url(resource: Mapping[str, Any]) -> dict[str, Any]:
    """An upload is known by its file name: its address names the resource, and that differs in a copy."""
    shown = dict(resource)
    if shown.get("url_type") == "upload" and shown.get("url"):
        shown["url"] = str(shown["url"]).rsplit("/", 1)[-1]
    elif shown.get("url_type") == "datastore":
        shown.pop("url", None)
    return shown


def file_text(resource: Mapping[str, Any]) -> str:
    """The name of a file with its size."""
    name = str(plain_url(resource).get("url") or "")
    try:
        size = int(resource.get("size") or 0)
    except (TypeError, ValueError):
        size = 0
    if not size:
        return name
    return f"{name} ({size / 1024:,.0f} KiB)" if size >= 1024 else f"{name} ({size} B)"


def rows_text(table: Mapping[str, Any] | None) -> str:
    """How many rows a table has, in words."""
    rows = int((table or {}).get("rows") or 0)
    return tk.ungettext("{n} row", "{n} rows", rows).format(n=rows)


def resource_name(resource: Mapping[str, Any]) -> str:
    """What people call a resource."""
    return str(resource.get("name") or plain_url(resource).get("url") or tk._("Unnamed file"))


def value_text(declared: Mapping[str, Any], value: Any) -> str:
    """A value as people read it: labels of choices instead of codes; lists with commas."""
    if is_empty(value):
        return ""
    if isinstance(value, (list, tuple)):
        return ", ".join(value_text(declared, item) for item in value)
    if isinstance(value, bool):
        return tk._("Yes") if value else tk._("No")
    if isinstance(value, Mapping):
        return json.dumps(value, ensure_ascii=False, sort_keys=True)
    choices = tk.h.scheming_field_choices(declared) if declared else None
    return str(tk.h.scheming_choices_label(choices, value) if choices else value)


def label_of(name: str, declared: Mapping[str, Any]) -> str:
    """What the form calls a field, in the reader's language."""
    return str(tk.h.scheming_language_text(declared.get("label") or name))


def _mapping(row: Any) -> Mapping[str, Any]:
    return row if isinstance(row, Mapping) else {"value": row}


def is_empty(value: Any) -> bool:
    """Whether a value says nothing: never filled equals emptied."""
    return value is None or value == "" or value == [] or value == {}


def canonical(value: Any) -> str:
    """Equal for equal content: empty is empty however it is written, and 1 is “1”."""
    if is_empty(value):
        return ""
    if isinstance(value, Mapping):
        kept = {str(key): canonical(item) for key, item in value.items() if not is_empty(item)}
        return json.dumps(kept, sort_keys=True, ensure_ascii=False)
    if isinstance(value, (list, tuple)):
        return json.dumps([canonical(item) for item in value], ensure_ascii=False)
    return str(value).replace("\r\n", "\n")


def _words(text: str) -> list[str]:
    """Words with the blanks that follow them; joined they give the text again."""
    words: list[str] = []
    for character in text:
        if words and not (words[-1][-1].isspace() and not character.isspace()):
            words[-1] += character
        else:
            words.append(character)
    return words
