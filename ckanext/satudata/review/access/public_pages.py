"""The pages everybody reads of restricted data: the list, and the page of one dataset."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import ckantoolkit as tk

from ckanext.satudata import startup
from ckanext.satudata.review import ages, listings, pages

from . import public
from .pages import day

ROWS = 20


def listed(args: Mapping[str, str]) -> dict[str, Any]:
    """The list: restricted data with the words searched for."""
    asked: dict[str, Any] = {"q": args.get("q", "")[:200]}
    if args.get("organization"):
        asked["organization"] = args["organization"]
    action = tk.get_action("satudata_restricted_list")
    wrong = ""
    try:
        count = action({}, {**asked, "limit": 0})["count"]
    except tk.ValidationError as error:
        wrong = " ".join(str(text) for texts in error.error_dict.values() for text in texts)
        asked.pop("organization", None)
        count = action({}, {**asked, "limit": 0})["count"]
    pager = listings.Pager(count, args, "satudata_restricted.index", ROWS)
    rows = action({}, {**asked, "limit": ROWS, "offset": pager.offset})["results"]
    return {"rows": rows, "count": count, "q": asked["q"], "pager": pager, "wrong": wrong}


def show(name_or_id: str) -> dict[str, Any]:
    """The page of one restricted dataset; the template is given the record and nothing of the package.

    :raises ObjectNotFound: nothing restricted is published there
    """
    record = tk.get_action("satudata_restricted_show")({}, {"id": name_or_id})
    package = public.find(record["id"])
    values = public.values_of(package) if package is not None else {}
    # Said above already: the limit, and who is asked.
    said = ("accesslevel", "maintainer", "maintainer_email")
    shown = {"type": record["type"], **{name: value for name, value in values.items() if name not in said}}
    limits = record["restriction"]
    return {
        "pkg": record,
        # What the display snippets of the schema may see.
        "values": shown,
        "groups": tk.h.satudata_display_groups(record["type"], shown),
        "until": day(limits["until"]),
        "changed": ages.day(record["metadata_modified"]),
    }


def whole_address(name_or_id: str, package_type: str) -> str:
    """Where those who may see all of it read it; empty for everybody else."""
    try:
        tk.check_access("package_show", {}, {"id": name_or_id})
    except (tk.NotAuthorized, tk.ObjectNotFound):
        return ""
    return str(tk.url_for(f"{package_type}.read", id=name_or_id))


def matches(q: str) -> dict[str, Any] | None:
    """How many restricted data a search of the portal's would find too, with the address of their list.

    Only what their public record shows is searched. None for an empty search and where nothing is found.
    """
    text = q.strip()[:200]
    if not text or not startup.is_migrated():
        return None

    def count() -> int:
        return int(tk.get_action("satudata_restricted_list")({}, {"q": text, "limit": 0})["count"])

    number = pages.once(f"restricted:{text}", count)
    return {"count": number, "href": tk.url_for("satudata_restricted.index", q=text)} if number else None
