"""What every list action of ours has in common: its paging and its refusal of parameters it does not know."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, NamedTuple

import ckantoolkit as tk

from ckanext.satudata.texts import storable, texts_only

DEFAULT_LIMIT = 20
MAX_LIMIT = 1000


#: Parameters that name something, in every action that has them.
_NAMES = ("id", "track")


class Page(NamedTuple):
    """Which part of a list was asked for."""

    limit: int
    offset: int


def refuse_unknown(data_dict: dict[str, Any], known: Collection[str]) -> None:
    """Refuse parameters an action does not know, each by its name; texts lose what no database can be asked for.

    :raises ValidationError: keyed by the unknown names; a misspelt filter must not silently widen a list. By ``id``
        or ``track`` where that is no text
    """
    for name, value in data_dict.items():
        if isinstance(value, str):
            data_dict[name] = storable(value)
    texts_only(data_dict, _NAMES)
    # CKAN's API layer adds keys of its own to every call.
    unknown = sorted(set(data_dict) - set(known) - {"__extras", "__junk"})
    if unknown:
        accepted = ", ".join(sorted(known))
        raise tk.ValidationError(
            {name: [tk._("Unknown parameter. Known here: {names}").format(names=accepted)] for name in unknown}
        )


def page_of(data_dict: dict[str, Any]) -> Page:
    """Read ``limit`` (default 20, 0 to 1000) and ``offset`` (default 0).

    :raises ValidationError: keyed by the parameter that is not a whole number in its range
    """
    errors: dict[str, list[str]] = {}
    values: dict[str, int] = {}
    for name, default, largest in (("limit", DEFAULT_LIMIT, MAX_LIMIT), ("offset", 0, 2**31 - 1)):
        given = data_dict.get(name)
        try:
            value = default if given in (None, "") else int(given)
        except (TypeError, ValueError, OverflowError):  # JSON can say 1e999
            value = -1
        if not 0 <= value <= largest:
            errors[name] = [tk._("Give a whole number from 0 to {largest}").format(largest=largest)]
        values[name] = value
    if errors:
        raise tk.ValidationError(errors)
    return Page(**values)


def listed(count: int, results: list[dict[str, Any]]) -> dict[str, Any]:
    """The one shape of every list: ``count`` before the limit, and the page itself."""
    return {"count": count, "results": results}
