"""What the pages of the forms show. Reads only."""

from __future__ import annotations

from typing import Any

import ckantoolkit as tk
from flask import g

from ckanext.satudata import config
from ckanext.satudata.standards import bps

from .model import CREATE, REFUSED, UNCHANGED, UPDATE

#: So many activities and indicators are offered for download at once.
LISTED = 100


def index() -> dict[str, Any]:
    """The page that explains the forms."""
    own = _own()
    return {
        "may_import": bool(_organizations()),
        "logged_in": getattr(g, "userobj", None) is not None,
        "editions": [(edition, edition_label(edition)) for edition in bps.EDITIONS],
        "own": own["results"],
        "own_count": own["count"],
        "listed": LISTED,
    }


def edition_label(edition: str) -> str:
    """What people call an edition."""
    return tk._("Edition 2021 (the workbook of BPS)") if edition == "2021" else tk._("Newest edition")


def _own() -> dict[str, Any]:
    """Activities and indicators of the reader's own organizations; one search."""
    ids = [each["id"] for each in _organizations()]
    if not ids:
        return {"results": [], "count": 0}
    search = {
        "fq": f"+dataset_type:(kegiatan OR indikator) +owner_org:({' OR '.join(ids[:200])})",
        "include_private": True,
        "include_drafts": True,
        "rows": LISTED,
        "sort": "dataset_type desc, title_string asc",
        "fl": ["id", "name", "title", "dataset_type"],
    }
    found: dict[str, Any] = tk.get_action("package_search")({}, search)
    return found


def _organizations() -> list[dict[str, Any]]:
    """Organizations this reader may write for."""
    if getattr(g, "userobj", None) is None:
        return []
    listed = tk.get_action("organization_list_for_user")({}, {"permission": "create_dataset"})
    return sorted(listed, key=lambda each: each["display_name"].casefold())


def upload(errors: dict[str, str]) -> dict[str, Any]:
    """The page on which a workbook is chosen.

    :param errors: by field of the form
    """
    organizations = _organizations()
    return {
        "organizations": organizations,
        "chosen": tk.request.args.get("organization") or (organizations[0]["id"] if len(organizations) == 1 else ""),
        "errors": errors,
        "max_mb": config.forms_max_mb(),
    }


def shown(made: dict[str, Any]) -> dict[str, Any]:
    """A preview, or how far an import is.

    :param made: as ``satudata_forms_import_show`` gives it
    """
    to_do = made["fates"][CREATE] + made["fates"][UPDATE]
    groups = [
        (REFUSED, tk._("Not possible"), [each for each in made["results"] if each["fate"] == REFUSED]),
        ("failed", tk._("Could not be saved"), [each for each in made["results"] if each["status"] == "failed"]),
        (CREATE, tk._("New"), _of(made, CREATE)),
        (UPDATE, tk._("To be updated"), _of(made, UPDATE)),
        (UNCHANGED, tk._("Unchanged"), _of(made, UNCHANGED)),
    ]
    days = config.forms_keep_days()
    return {
        "made": made,
        "to_do": to_do,
        "over": made["done"] + made["failed"],
        "running": made["started"] and not made["finished"],
        "groups": [group for group in groups if group[2]],
        "sentence": _sentence(made, to_do),
        "keep_days": days,
        "kinds": {"kegiatan": tk._("Activity"), "indikator": tk._("Indicator")},
    }


def _of(made: dict[str, Any], fate: str) -> list[dict[str, Any]]:
    return [each for each in made["results"] if each["fate"] == fate and each["status"] != "failed"]


def _sentence(made: dict[str, Any], to_do: int) -> str:
    fates = made["fates"]
    if made["finished"]:
        said = tk._("{done} saved").format(done=made["done"])
        if made["failed"]:
            said += ", " + tk._("{failed} not possible").format(failed=made["failed"])
        return f"{said}."
    if made["started"]:
        return tk._("{done} of {total} saved").format(done=made["done"], total=to_do)
    if not to_do and not fates[REFUSED]:
        return tk._("Everything in it is on the portal already; there is nothing to do.")
    parts = [
        tk._("{n} new").format(n=fates[CREATE]),
        tk._("{n} to be updated").format(n=fates[UPDATE]),
        tk._("{n} unchanged").format(n=fates[UNCHANGED]),
        tk._("{n} not possible").format(n=fates[REFUSED]),
    ]
    return ", ".join(parts) + "."
