"""Reading the input of the actions of working copies."""

from __future__ import annotations

from typing import Any

import ckantoolkit as tk

from ckanext.satudata import listing
from ckanext.satudata.review import schema
from ckanext.satudata.review.requirements import Request

from .model import ABANDONED, OPEN, PUBLISHED

START = frozenset({"id", "change_kind", "public_note", "body_id", "expected_version"})
LIST = frozenset({"status", "live", "organization", "mine", "q", "limit", "offset"})
STATUSES = (OPEN, PUBLISHED, ABANDONED)


def read_start(data_dict: dict[str, Any]) -> tuple[str, Request]:
    """The dataset and the request of ``satudata_revision_start``.

    :raises ValidationError: every field at fault at once, keyed by its name
    """
    listing.refuse_unknown(data_dict, START)
    return schema.read_transition({**data_dict, "action": "revise"})


def read_list(data_dict: dict[str, Any]) -> dict[str, Any]:
    """Filters of ``satudata_revision_list``.

    :raises ValidationError: keyed by the filter at fault
    """
    listing.refuse_unknown(data_dict, LIST)
    errors: dict[str, list[str]] = {}
    status = data_dict.get("status") or OPEN
    if status not in (*STATUSES, "all"):
        errors["status"] = [tk._("Unknown status. Known: {names}").format(names=", ".join((*STATUSES, "all")))]
    mine = False
    try:
        mine = tk.asbool(data_dict.get("mine") or False)
    except ValueError:
        errors["mine"] = [tk._("Give true or false")]
    if errors:
        raise tk.ValidationError(errors)
    return {
        "status": status,
        "live": data_dict.get("live") or None,
        "organization": data_dict.get("organization") or None,
        "mine": mine,
        "q": str(data_dict.get("q") or "").strip()[:200],
        "page": listing.page_of(data_dict),
    }


def choices(value: Any) -> dict[str, str]:
    """``{field: "live" | "copy"}``, also as the text of a JSON object.

    :raises ValidationError: it is something else
    """
    found = schema.json_of(value)
    if found in (None, "", {}):
        return {}
    if not isinstance(found, dict) or any(side not in ("live", "copy") for side in found.values()):
        raise tk.ValidationError({"choices": [tk._("Give for each field “live” or “copy”")]})
    return {str(name): str(side) for name, side in found.items()}
