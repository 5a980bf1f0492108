"""One code of a list as it was given: what it may look like, and what makes it wrong."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import ckantoolkit as tk
import rfc8785

from ckanext.satudata.lines import RowError
from ckanext.satudata.standards.normalise import strip_control
from ckanext.satudata.standards.periods import parse_day

LONGEST_CODE = 60
LONGEST_TEXT = 1000
OWN = frozenset(
    {"code", "label_id", "label_en", "parent", "valid_from", "valid_to", "successor", "aliases", "note", "label"}
)


class ListError(Exception):
    """The list was refused; nothing was written."""

    def __init__(self, errors: list[RowError]) -> None:
        super().__init__("; ".join(str(error) for error in errors[:3]))
        self.errors = sorted(errors, key=lambda error: error.line)


@dataclass
class Code:
    """One code, checked by itself."""

    line: int
    code: str
    label: dict[str, str]
    parent: str | None = None
    valid_from: dt.date | None = None
    valid_to: dt.date | None = None
    successor: str | None = None
    note: str = ""
    aliases: list[str] = field(default_factory=list)
    extra: dict[str, str] = field(default_factory=dict)

    def dictize(self) -> dict[str, Any]:
        """The Code shape of the API; the same for a stored code."""
        return shape(self)


@dataclass
class LoadedList:
    """A file as it was read: the list's own facts (YAML only), its codes, and the names of its own columns."""

    facts: dict[str, Any]
    codes: list[Code]
    columns: list[str]


def shape(row: Any) -> dict[str, Any]:
    """A code, given or stored, as the API answers it."""
    return {
        "code": row.code,
        "label": {"id": row.label.get("id", ""), "en": row.label.get("en", "")},
        "parent": row.parent,
        "valid_from": row.valid_from.isoformat() if row.valid_from else None,
        "valid_to": row.valid_to.isoformat() if row.valid_to else None,
        "successor": row.successor,
        "note": row.note or "",
        "aliases": list(row.aliases or []),
        "extra": dict(row.extra or {}),
    }


def digest(codes: list[Code]) -> str:
    """The fingerprint of what a version holds: the same codes in the same order give the same one."""
    return hashlib.sha256(rfc8785.dumps([code.dictize() for code in codes])).hexdigest()


def code_of(line: int, given: dict[str, Any]) -> tuple[Code | None, list[RowError]]:
    """Read one row.

    :param line: where it stands in the file, or its place in a list sent to the API
    :param given: column → value; columns that are not ours are kept under ``extra``
    """
    errors: list[RowError] = []
    values = {key: _text(line, key, given.get(key), errors) for key in OWN - {"aliases", "label"}}
    if isinstance(given.get("label"), dict):
        values |= {f"label_{lang}": _text(line, "label", given["label"].get(lang), errors) for lang in ("id", "en")}
    wrong = {error.field for error in errors}
    if not values["code"] and "code" not in wrong:
        errors.append(RowError(line, "code", tk._("Missing value")))
    elif len(values["code"]) > LONGEST_CODE:
        errors.append(RowError(line, "code", tk._("Longer than {number} characters").format(number=LONGEST_CODE)))
    if not values["label_id"] and not wrong & {"label_id", "label"}:
        errors.append(RowError(line, "label_id", tk._("Missing value")))
    days = {name: _day(line, name, values[name], errors) for name in ("valid_from", "valid_to")}
    if days["valid_from"] and days["valid_to"] and days["valid_to"] < days["valid_from"]:
        errors.append(RowError(line, "valid_to", tk._("It ends before it begins")))
    if errors:
        return None, errors
    return (
        Code(
            line=line,
            code=values["code"],
            label={"id": values["label_id"], "en": values["label_en"] or values["label_id"]},
            parent=values["parent"] or None,
            successor=values["successor"] or None,
            note=values["note"],
            aliases=_aliases(given.get("aliases")),
            extra=_extra(given),
            **days,
        ),
        [],
    )


def _text(line: int, name: str, value: Any, errors: list[RowError]) -> str:
    if value is None:
        return ""
    if isinstance(value, dt.date):
        return value.isoformat()
    if isinstance(value, (dict, list, bool)):
        errors.append(RowError(line, name, tk._("Give a text; put it into quotation marks")))
        return ""
    if isinstance(value, float):
        # YAML and JSON read 1.10 as the number 1.1: a code would be another one.
        errors.append(RowError(line, name, tk._("Put the number {value} into quotation marks").format(value=value)))
        return ""
    text = str(strip_control(str(value))).strip()
    if len(text) > LONGEST_TEXT:
        errors.append(RowError(line, name, tk._("Longer than {number} characters").format(number=LONGEST_TEXT)))
        return text[:10]
    return text


def _day(line: int, name: str, text: str, errors: list[RowError]) -> dt.date | None:
    day = parse_day(text)
    if text and day is None:
        errors.append(RowError(line, name, tk._("Write the day as 2026-01-31")))
    return day


def _aliases(value: Any) -> list[str]:
    parts = value if isinstance(value, list) else str(value or "").split("|")
    cleaned = (str(strip_control(str(part))).strip()[:LONGEST_TEXT] for part in parts)
    return list(dict.fromkeys(part for part in cleaned if part))


def _extra(given: dict[str, Any]) -> dict[str, str]:
    own = dict(given["extra"]) if isinstance(given.get("extra"), dict) else {}
    own |= {key: value for key, value in given.items() if key not in OWN and key not in ("extra", "id", "en")}
    return {str(key)[:60]: _plain(value) for key, value in own.items() if key and value not in (None, "")}


def _plain(value: Any) -> str:
    """Own columns are text, several values parted by ``|``: so a list is the same out of CSV, YAML and the API."""
    if isinstance(value, list):
        return "|".join(_plain(item) for item in value[:100])
    return str(strip_control(str(value))).strip()[:LONGEST_TEXT]


def refuse_contradictions(codes: list[Code]) -> None:
    """Refuse codes that stand twice, hang on codes that are not there, or in a ring.

    :raises ListError: with every error found, by line
    """
    errors: list[RowError] = []
    first: dict[str, int] = {}
    for code in codes:
        if first.setdefault(code.code, code.line) != code.line:
            errors.append(
                RowError(
                    code.line,
                    "code",
                    tk._("{value} stands on line {line} already").format(value=code.code, line=first[code.code]),
                )
            )
    for code in codes:
        for name, other in (("parent", code.parent), ("successor", code.successor)):
            if other and other not in first:
                errors.append(
                    RowError(code.line, name, tk._("There is no code {value} in this list").format(value=other))
                )
            elif other == code.code:
                errors.append(RowError(code.line, name, tk._("A code cannot name itself here")))
    for code in _in_rings(codes, {code.code: code.parent for code in codes}):
        errors.append(RowError(code.line, "parent", tk._("{value} hangs on itself").format(value=code.code)))
    for code in _in_rings(codes, {code.code: code.successor for code in codes}):
        errors.append(RowError(code.line, "successor", tk._("{value} comes after itself").format(value=code.code)))
    if errors:
        raise ListError(errors)


def _in_rings(codes: list[Code], leads_to: dict[str, str | None]) -> Iterator[Code]:
    """One code of each ring of two and more."""
    whole: set[str] = set()
    for code in codes:
        trail: set[str] = set()
        at: str | None = code.code
        while at and at not in whole and at not in trail:
            trail.add(at)
            at = leads_to.get(at)
        if at and at in trail and leads_to.get(at) != at:
            yield code
        whole |= trail
