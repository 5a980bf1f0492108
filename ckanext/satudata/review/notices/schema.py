"""Reading the input of the notices' actions; what is wrong is named by its field."""

from __future__ import annotations

from typing import Any

import ckantoolkit as tk

from ckanext.satudata import listing

from . import preferences, words
from .model import STATES


def read_list(data_dict: dict[str, Any]) -> tuple[bool, listing.Page]:
    """Whether only unread notices are asked for, and the page.

    :raises ValidationError: keyed by the parameter at fault
    """
    listing.refuse_unknown(data_dict, {"unread", "limit", "offset"})
    return _flag(data_dict, "unread"), listing.page_of(data_dict)


def read_mark(data_dict: dict[str, Any]) -> list[int] | None:
    """The ids to mark; None for all.

    :raises ValidationError: neither ``ids`` nor ``all``, or both, or ids that are no whole numbers
    """
    listing.refuse_unknown(data_dict, {"ids", "all"})
    everything, given = _flag(data_dict, "all"), data_dict.get("ids")
    if everything == bool(given):
        raise tk.ValidationError({"ids": [tk._("Name the notices to mark (ids), or say all: true.")]})
    return None if everything else read_ids(given)


def read_ids(given: Any) -> list[int]:
    """Ids as a list, or one id alone.

    :raises ValidationError: not whole numbers
    """
    given = given if isinstance(given, (list, tuple)) else [given]
    try:
        ids = [int(one) for one in given]
    except (TypeError, ValueError):
        raise tk.ValidationError({"ids": [tk._("Give whole numbers, as satudata_notice_list names them.")]}) from None
    if len(ids) > listing.MAX_LIMIT or any(not 0 < one < 2**63 for one in ids):
        raise tk.ValidationError({"ids": [tk._("Give at most {most} ids.").format(most=listing.MAX_LIMIT)]})
    return ids


def read_preferences(data_dict: dict[str, Any]) -> dict[str, Any]:
    """What a person wants to change: ``language``, and ``{kind: choice}`` by channel.

    :raises ValidationError: every value at fault at once, keyed by ``language`` or the channel
    """
    listing.refuse_unknown(data_dict, {"language", *preferences.CHANNELS})
    errors: dict[str, list[str]] = {}
    changes: dict[str, Any] = {}
    if "language" in data_dict:
        changes["language"] = data_dict["language"] or None
        if changes["language"] not in (None, *words.languages()):
            errors["language"] = [tk._("Unknown language. Known: {names}").format(names=", ".join(words.languages()))]
    for channel, choices in preferences.CHANNELS.items():
        given = data_dict.get(channel)
        if given is None:
            continue
        if not isinstance(given, dict):
            errors[channel] = [tk._("Give an object of kinds and choices.")]
            continue
        unknown = [str(kind) for kind in given if kind not in preferences.KINDS]
        wrong = [str(value) for value in given.values() if value not in choices]
        if unknown:
            known = ", ".join(preferences.KINDS)
            errors[channel] = [tk._("Unknown kind “{name}”. Known: {names}").format(name=unknown[0], names=known)]
        elif wrong:
            known = ", ".join(choices)
            errors[channel] = [tk._("Unknown choice “{name}”. Known: {names}").format(name=wrong[0], names=known)]
        changes[channel] = given
    if errors:
        raise tk.ValidationError(errors)
    return changes


def read_deliveries(data_dict: dict[str, Any]) -> tuple[str | None, listing.Page]:
    """The state messages are asked for by, and the page.

    :raises ValidationError: keyed by the parameter at fault
    """
    listing.refuse_unknown(data_dict, {"state", "limit", "offset"})
    state = data_dict.get("state") or None
    if state not in (None, *STATES):
        raise tk.ValidationError({"state": [tk._("Unknown state. Known: {names}").format(names=", ".join(STATES))]})
    return state, listing.page_of(data_dict)


def _flag(data_dict: dict[str, Any], name: str) -> bool:
    try:
        return tk.asbool(data_dict.get(name) or False)
    except ValueError:
        raise tk.ValidationError({name: [tk._("Give true or false")]}) from None
