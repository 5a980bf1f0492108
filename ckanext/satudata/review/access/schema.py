"""Reading what the actions of restrictions are given; what is wrong is named by its field."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import Any

import ckantoolkit as tk

from ckanext.satudata import config, listing, moments
from ckanext.satudata.texts import no_text, storable

from . import queries
from .decisions import LEVELS
from .service import Wish

SET = frozenset(
    "id proposed_level decided_level legal_basis consequence end_date forum_date decision_reference note "
    "expected_version".split()
)
LIST = frozenset("status organization ends_before q sort limit offset".split())
PUBLIC_LIST = frozenset("q organization type since limit offset".split())
#: A law's name or a number is no essay.
LINE = 500


def read_set(data_dict: dict[str, Any]) -> tuple[str, Wish]:
    """The parameters of ``satudata_restriction_set``.

    :raises ValidationError: every parameter at fault at once
    """
    listing.refuse_unknown(data_dict, SET)
    errors = _no_texts(data_dict, SET)
    if errors:
        raise tk.ValidationError(errors)
    given: dict[str, Any] = {}
    for name in ("proposed_level", "decided_level"):
        level = _text(data_dict.get(name))
        if level and level not in LEVELS:
            errors[name] = [tk._("Choose one of: {names}").format(names=", ".join(LEVELS))]
        elif level:
            given[name] = level
    for name, longest in (
        ("legal_basis", LINE), ("decision_reference", LINE),
        ("consequence", config.comment_length()), ("note", config.comment_length()),
    ):  # fmt: skip
        if name in data_dict:
            given[name] = _text(data_dict[name])
            if len(given[name]) > longest:
                errors[name] = [tk._("At most {n} characters.").format(n=longest)]
    for name in ("end_date", "forum_date"):
        if name in data_dict:
            given[name] = day(data_dict[name], name, errors)
    if given.get("proposed_level") and given.get("decided_level"):
        errors["decided_level"] = [tk._("Either propose or enter a decision, not both at once.")]
    expected = data_dict.get("expected_version")
    number = None
    if expected not in (None, ""):
        number = int(expected) if str(expected).isdecimal() else -1
        if number < 0:
            errors["expected_version"] = [tk._("Give a whole number.")]
    if not _text(data_dict.get("id")):
        errors["id"] = [tk._("Missing value")]
    if errors:
        raise tk.ValidationError(errors)
    return _text(data_dict["id"]), Wish(given, number)


def read_list(data_dict: dict[str, Any]) -> dict[str, Any]:
    """The parameters of ``satudata_restriction_list``.

    :raises ValidationError: every parameter at fault at once
    """
    listing.refuse_unknown(data_dict, LIST)
    errors = _no_texts(data_dict, LIST)
    status = _text(data_dict.get("status"))
    if status and status not in queries.STATUSES:
        errors["status"] = [tk._("Choose one of: {names}").format(names=", ".join(queries.STATUSES))]
    sort = _text(data_dict.get("sort")) or "end"
    name, descending = sort.removeprefix("-"), sort.startswith("-")
    if name not in queries.SORTS:
        errors["sort"] = [tk._("Choose one of: {names}").format(names=", ".join(queries.SORTS))]
    before = day(data_dict.get("ends_before"), "ends_before", errors)
    if errors:
        raise tk.ValidationError(errors)
    return {
        "status": status,
        "organization": _organization(data_dict),
        "ends_before": before,
        "q": _text(data_dict.get("q"))[:200],
        "sort": (name, descending),
        "page": listing.page_of(data_dict),
    }


def read_public_list(data_dict: dict[str, Any]) -> dict[str, Any]:
    """The parameters of ``satudata_restricted_list``.

    :raises ValidationError: every parameter at fault at once
    """
    listing.refuse_unknown(data_dict, PUBLIC_LIST)
    errors = _no_texts(data_dict, PUBLIC_LIST)
    if errors:
        raise tk.ValidationError(errors)
    since = None
    if data_dict.get("since"):
        try:
            since = dt.datetime.fromisoformat(str(data_dict["since"]).replace("Z", "+00:00"))
            since = moments.stored(since)
        except (ValueError, OverflowError):  # the first hours of the year 1 are before all time elsewhere
            raise tk.ValidationError({"since": [tk._("Give a moment as 2026-12-31T08:00:00Z")]}) from None
    return {
        "q": _text(data_dict.get("q"))[:200],
        "organization": _organization(data_dict),
        "type": _text(data_dict.get("type")),
        "since": since,
        "page": listing.page_of(data_dict),
    }


def _organization(data_dict: dict[str, Any]) -> str | None:
    given = _text(data_dict.get("organization"))
    return queries.organization_id(given) if given else None


def day(value: Any, name: str, errors: dict[str, list[str]]) -> dt.date | None:
    """A day as 2026-12-31; None for nothing."""
    if value in (None, ""):
        return None
    try:
        return dt.date.fromisoformat(str(value).strip())
    except ValueError:
        errors[name] = [tk._("Give a day as 2026-12-24")]
        return None


def _no_texts(data_dict: dict[str, Any], names: Iterable[str]) -> dict[str, list[str]]:
    """What is a list, an object or a truth where a text is wanted, by its name."""
    wrong = (name for name in sorted(names) if isinstance(data_dict.get(name), (list, dict, bool)))
    return {name: no_text() for name in wrong}


def _text(value: Any) -> str:
    return storable(str(value if value is not None else "")).strip()
