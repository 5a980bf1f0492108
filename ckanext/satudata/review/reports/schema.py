"""Reading what a report is asked for; what is wrong is named by its field."""

from __future__ import annotations

import datetime as dt
from typing import Any

import ckantoolkit as tk

from ckanext.satudata import listing

from .. import workflows
from ..transitions import PUBLICATION
from . import service

KNOWN = frozenset("organization since until track limit offset".split())
#: A longer period would be more weeks than a table can show.
MOST_DAYS = 3 * 366


def read(data_dict: dict[str, Any]) -> service.Asked:
    """The parameters of ``satudata_review_report``.

    :raises ValidationError: every parameter at fault at once, keyed by its name
    """
    listing.refuse_unknown(data_dict, KNOWN)
    errors: dict[str, list[str]] = {}
    usual_since, usual_until = service.usual_period()
    until = _day(data_dict.get("until"), "until", errors) or usual_until
    since = _day(data_dict.get("since"), "since", errors) or min(
        usual_since, service.usual_period(until)[0] if not errors else usual_since
    )
    if not errors and since > until:
        errors["since"] = [tk._("The first day lies after the last.")]
    elif not errors and (until - since).days > MOST_DAYS:
        errors["since"] = [tk._("At most {n} days.").format(n=MOST_DAYS)]
    organization = None
    try:
        organization = service.organization_id(data_dict.get("organization"))
    except LookupError:
        errors["organization"] = [tk._("Organization not found")]
    track = data_dict.get("track") or PUBLICATION
    if track not in workflows.tracks():
        errors["track"] = [tk._("Unknown track. Known: {names}").format(names=", ".join(workflows.tracks()))]
    if errors:
        raise tk.ValidationError(errors)
    page = listing.page_of({"limit": 100, **{key: data_dict[key] for key in ("limit", "offset") if key in data_dict}})
    return service.Asked(since, until, organization, track, page.limit, page.offset)


def _day(value: Any, name: str, errors: dict[str, list[str]]) -> dt.date | None:
    if value in (None, ""):
        return None
    try:
        return dt.date.fromisoformat(str(value))
    except ValueError:
        errors[name] = [tk._("Give a date as 2026-12-31")]
        return None
