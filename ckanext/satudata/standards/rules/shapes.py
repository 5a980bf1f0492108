"""What single values have to look like: numbers, telephones, identities. Used for fields and for fields of rows."""

from __future__ import annotations

import re
from typing import NamedTuple

import ckantoolkit as tk

from ckanext.satudata.standards.periods import parse_day

#: K-TT.WWWW.NNN of Romantik: kind, year, area, sequence (for example V-23.1600.004).
RECOMMENDATION = re.compile(r"[A-Z]-\d{2}\.\d{4}\.\d{3}")
#: An area code, a mobile number or one with the code of the country, written as people write them.
PHONE = re.compile(r"\+?[\d\s().\-/]{5,30}(\s*(ext\.?|pes\.?|pesawat)\s*\d{1,6})?", re.I)
#: Said where an office has no telephone or fax: the form has to be filled in completely.
NONE = frozenset({"tidak ada", "none", "tidak punya"})
EMAIL = re.compile(r"^[^@\s]+@[^@\s.]+(\.[^@\s.]+)+$")


class Misshapen(NamedTuple):
    """A value that is not written as it has to be, and how to write it; a warning where ``mild``."""

    message: str
    fix: str
    mild: bool = False


def problem(kind: str | None, label: str, value: str) -> Misshapen | None:
    """What is wrong with the shape of a filled value; None where nothing is, or the kind is none of these.

    :param kind: ``sdi_format`` of the field
    :param label: how the form calls it, for the message
    """
    said = value[:60]
    if kind == "integer" and not re.fullmatch(r"\d{1,9}|\d{1,3}(\.\d{3})+", value):
        return Misshapen(
            tk._('"{label}" is not a whole number: {value}').format(label=label, value=said),
            tk._('Write digits only, for example "14"; "0" if there is none'),
        )
    if kind == "phone" and value.casefold() not in NONE and not _is_phone(value):
        return Misshapen(
            tk._('"{label}" is not a telephone number: {value}').format(label=label, value=said),
            tk._('Write it with its area code, for example "061-4512345", or "none" if there is none'),
            mild=True,
        )
    if kind == "recommendation_id" and not RECOMMENDATION.fullmatch(value):
        return Misshapen(
            tk._('"{label}" is not an identity of a recommendation: {value}').format(label=label, value=said),
            tk._("Write it as in the letter of BPS: K-TT.WWWW.NNN, for example V-25.1275.004"),
        )
    return None


def row_problem(kind: str | None, label: str, value: str) -> Misshapen | None:
    """The same for a field of a row, which no other rule looks at."""
    said = value[:60]
    if kind == "year" and not re.fullmatch(r"(19|20)\d{2}", value):
        return Misshapen(
            tk._('"{label}" is not a year: {value}').format(label=label, value=said),
            tk._('Write four digits, for example "2025"'),
        )
    if kind == "date" and parse_day(value) is None:
        return Misshapen(
            tk._('"{label}" is not a date a machine can read: {value}').format(label=label, value=said),
            tk._('Choose the day, or write it as year-month-day, for example "2026-01-15"'),
        )
    if kind == "email" and not EMAIL.match(value):
        return Misshapen(
            tk._('"{label}" is not an e-mail address: {value}').format(label=label, value=said),
            tk._("Write the address of the office, for example kelurahan.aur@pemkomedan.go.id"),
            mild=True,
        )
    return problem(kind, label, value)


def _is_phone(value: str) -> bool:
    digits = re.sub(r"\D", "", re.split(r"ext|pes", value, maxsplit=1, flags=re.I)[0])
    return bool(PHONE.fullmatch(value)) and 5 <= len(digits) <= 15
