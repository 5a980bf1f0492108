"""The two code systems of Indonesian regions, which collide: BPS 1271 is Sibolga, Kemendagri 12.71 is Medan.

Kemendagri codes keep their dots (12.71.14.1001); BPS codes are digits only (1275170001). Always two fields.
"""

from __future__ import annotations

import re
from typing import Any

from ckan.common import _

#: kind → number of dotted parts of its Kemendagri code
LEVELS = {"provinsi": 1, "kabupaten": 2, "kota": 2, "kecamatan": 3, "kelurahan": 4, "desa": 4}
#: number of dotted parts of the Kemendagri code → number of digits of the BPS code of the same level
BPS_DIGITS = {1: 2, 2: 4, 3: 7, 4: 10}

_KEMENDAGRI = re.compile(r"\d{2}(\.\d{2}(\.\d{2}(\.\d{4})?)?)?", re.ASCII)
_DIGITS = re.compile(r"\d+", re.ASCII)


class CodeError(ValueError):
    """A code that cannot be meant. Its text is for people."""


def collision(code: str) -> str:
    """Why a bare four-digit code says nothing, and how to say it instead."""
    return _(
        "{code} without its code system is ambiguous: 1271 is Sibolga for BPS, while 12.71 is Medan for "
        "Kemendagri (whose BPS code is 1275). Write a Kemendagri code with dots, as 12.71, and a BPS code "
        "in the field kode_bps"
    ).format(code=code)


def kode_kemendagri(value: Any, kind: str = "") -> str | None:
    """Check a Kemendagri code; empty is None.

    :param kind: the kind of organization, which fixes the number of parts
    :raises CodeError: not dotted, or of another level than its kind
    """
    code = str(value or "").strip()
    if not code:
        return None
    if _DIGITS.fullmatch(code) and len(code) == 4:
        raise CodeError(collision(code))
    if not _KEMENDAGRI.fullmatch(code):
        raise CodeError(
            _("{code} is not a Kemendagri code; write it with dots, as 12.71 or 12.71.14.1001").format(code=code)
        )
    parts = code.count(".") + 1
    if kind in LEVELS and LEVELS[kind] != parts:
        raise CodeError(
            _("{code} has {parts} parts; the Kemendagri code of a {kind} has {expected}").format(
                code=code, parts=parts, kind=kind, expected=LEVELS[kind]
            )
        )
    return code


def kode_bps(value: Any, kind: str = "") -> str | None:
    """Check a BPS code; empty is None.

    :param kind: the kind of organization, which fixes the number of digits
    :raises CodeError: not digits only, or of another length than its kind
    """
    code = str(value or "").strip()
    if not code:
        return None
    if "." in code:
        raise CodeError(_("{code} has dots, so it is a Kemendagri code; put it into kode_kemendagri").format(code=code))
    lengths = sorted({BPS_DIGITS[LEVELS[kind]]} if kind in LEVELS else set(BPS_DIGITS.values()))
    if not _DIGITS.fullmatch(code) or len(code) not in lengths:
        raise CodeError(
            _("{code} is not a BPS code; it has digits only, {lengths} of them").format(
                code=code, lengths=_(" or ").join(map(str, lengths))
            )
        )
    return code


def is_bare(reference: str) -> bool:
    """Whether this is digits only: a code without its system."""
    return bool(_DIGITS.fullmatch(reference)) and len(reference) in BPS_DIGITS.values()


def is_kemendagri(reference: str) -> bool:
    """Whether this is written as a Kemendagri code below a province (with dots)."""
    return "." in reference and bool(_KEMENDAGRI.fullmatch(reference))
