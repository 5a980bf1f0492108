"""What the pages of restrictions show, and how their forms are read."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

import ckantoolkit as tk
from ckan import model

from ckanext.satudata.review import ages, calendar, listings, lookups, pages, wording
from ckanext.satudata.standards import service as standards

from . import decisions, queries, service
from .decisions import LEVELS, OPEN

#: Tabs of the list, in the order in which they call for somebody.
TABS = ("proposed", "ending", "in_force", "ended", "opened")
FIELDS = ("proposed_level", "decided_level", "legal_basis", "consequence", "end_date", "forum_date",
          "decision_reference", "note")  # fmt: skip
ROWS = 20


def status_labels() -> dict[str, str]:
    """Where a record stands, in words."""
    return {
        "none": tk._("No record yet"),
        "proposed": tk._("Waits for a decision"),
        "in_force": tk._("In force"),
        "ending": tk._("Ends soon"),
        "ended": tk._("Ended"),
        "opened": tk._("Decided: open"),
    }


def day(iso: str | None) -> str:
    """A stored day in words; empty for none."""
    return wording.day(calendar.start_of_day(dt.date.fromisoformat(iso))) if iso else ""


def _worded(entry: dict[str, Any] | None, names: Mapping[str, str]) -> dict[str, Any] | None:
    if entry is None:
        return None
    return {
        **entry,
        "by": names.get(entry["by_id"] or "") or entry["by"],
        "kind_label": tk._("Decision") if entry["kind"] == "decision" else tk._("Proposal"),
        "end": day(entry["end_date"]),
        "forum": day(entry["forum_date"]),
        "day": ages.day(entry["at"]),
    }


def brief(pkg: Mapping[str, Any]) -> dict[str, Any] | None:
    """The restriction of a dataset in a line, for those concerned; None where nothing is restricted or asked for.

    :returns: ``level``, ``status``, ``label``, ``until``, ``obstacle``, ``href``
    """
    review = pages.review_of(dict(pkg))
    if review is None or not pkg.get("id"):
        return None
    try:
        case = service.find(str(pkg["id"]))
    except tk.ObjectNotFound:
        return None
    if not service.may_see(pages.actor(), case):
        return None
    record = service.record_dict(case)
    level = standards.access_level(dict(pkg))
    if level == OPEN and record["status"] in ("none", "opened") and not record["waiting"]:
        return None
    return {
        "level": level,
        "level_label": decisions.level_label(level),
        "status": record["status"],
        "label": status_labels()["proposed" if record["waiting"] else record["status"]],
        "until": day(record["ends_on"]) if record["status"] == "in_force" else "",
        "href": tk.url_for("satudata_access.record", id=case.package.id),
    }


# -- one record -----------------------------------------------------------------------------------------------


def record(
    name_or_id: str, form: Mapping[str, str] | None = None, errors: dict[str, Any] | None = None, refusal: str = ""
) -> dict[str, Any]:
    """What the page of a record shows.

    :param form: what was typed and refused
    :raises NotAuthorized: no role over the dataset
    :raises ObjectNotFound: no such dataset
    """
    shown = tk.get_action("satudata_restriction_show")({}, {"id": name_or_id})
    case = service.find(shown["package_id"])
    held = service.right(pages.actor(), case)
    role = held[0] if held else ""
    names = lookups.names(entry["by_id"] for entry in shown["history"])
    wrong = {name: " ".join(map(str, texts)) for name, texts in (errors or {}).items()}
    return {
        "record": shown,
        "status": status_labels()[shown["status"]],
        "until": day(shown["ends_on"]),
        "level": decisions.level_label(shown["accesslevel"]),
        "state": wording.state(shown["state"]),
        "proposal": _worded(shown["proposal"], names),
        "decision": _worded(shown["decision"], names),
        "history": [_worded(entry, names) for entry in reversed(shown["history"])],
        "organization": getattr(model.Group.get(shown["organization_id"]), "title", "") or "",
        "to_do": _to_do(case, shown),
        "may_propose": bool(role),
        "may_decide": role in ("custodian", "sysadmin"),
        "levels": [(name, decisions.level_label(name)) for name in LEVELS],
        "form": _form(shown, form),
        "which": (form or {}).get("which", ""),
        "errors": wrong,
        "refusal": refusal,
        "today": calendar.today().isoformat(),
        "href": tk.url_for(f"{shown['type']}.read", id=shown["package_name"]),
    }


def _to_do(case: Any, shown: dict[str, Any]) -> str:
    """What is out of step between what was decided and what is published, and whose move it is."""
    decision = shown["decision"]
    if not case.state.public or decision is None:
        return ""
    level = shown["accesslevel"]
    if shown["status"] == "in_force" and decision["level"] != level:
        return tk._(
            "What is published is still “{level}”. Access of published data changes through a working copy: start "
            "one and change “Access” there. If the data must not be read until then, withdraw them from publication."
        ).format(level=decisions.level_label(level))
    if shown["status"] == "ended" and level != OPEN:
        return tk._(
            "The limit has ended, and the data stay “{level}” until somebody decides: enter the next decision here, "
            "or open the data through a working copy. Nothing opens by itself."
        ).format(level=decisions.level_label(level))
    if shown["status"] == "opened" and level != OPEN:
        return tk._(
            "It was decided to open these data. They stay “{level}” until a working copy with “Access: Open” is "
            "published."
        ).format(level=decisions.level_label(level))
    return ""


def _form(shown: dict[str, Any], form: Mapping[str, str] | None) -> dict[str, str]:
    """What stands in the boxes: what was typed, else what the last entry says."""
    if form is not None:
        return {name: str(form.get(name) or "") for name in FIELDS}
    last = shown["history"][-1] if shown["history"] else {}
    level = shown["accesslevel"]
    waiting = shown["proposal"] if shown["waiting"] else None
    return {
        "proposed_level": (waiting or {}).get("level") or (level if level != OPEN else ""),
        "decided_level": (waiting or {}).get("level") or "",
        "legal_basis": last.get("legal_basis") or "",
        "consequence": last.get("consequence") or "",
        "end_date": last.get("end_date") or "",
        "forum_date": "",
        "decision_reference": "",
        "note": "",
    }


def asked(name_or_id: str, form: Mapping[str, str]) -> dict[str, Any]:
    """The parameters of ``satudata_restriction_set`` for what was pressed."""
    given: dict[str, Any] = {"id": name_or_id, "expected_version": form.get("expected_version") or ""}
    left_out = ("decided_level", "forum_date", "decision_reference") if form.get("which") != "decision" else ()
    for name in FIELDS:
        if name in form and name not in left_out and not (form.get("which") == "decision" and name == "proposed_level"):
            given[name] = form[name]
    if form.get("which") == "decision" and not form.get("decided_level"):
        raise tk.ValidationError({"decided_level": [tk._("Choose what was decided: open, restricted or closed.")]})
    return given


# -- the list -------------------------------------------------------------------------------------------------


def listed(args: Mapping[str, str]) -> dict[str, Any]:
    """What the page of all records shows."""
    tab = args.get("status") if args.get("status") in TABS else ""
    asked_for = {"q": args.get("q", "")[:200], **({"status": tab} if tab else {})}
    action = tk.get_action("satudata_restriction_list")
    counts = {name: action({}, {"status": name, "limit": 0})["count"] for name in TABS}
    total = action({}, {"limit": 0})["count"]
    count = action({}, {**asked_for, "limit": 0})["count"]
    pager = listings.Pager(count, args, "satudata_access.records", ROWS)
    found = action({}, {**asked_for, "limit": ROWS, "offset": pager.offset})["results"]
    labels = status_labels()
    return {
        "rows": [
            {
                **row,
                "label": labels["proposed" if row["waiting"] else row["status"]],
                "level": decisions.level_label(row["accesslevel"]),
                "asked": decisions.level_label((row["proposal"] or {}).get("level")) if row["waiting"] else "",
                "until": day(row["ends_on"]),
                "ended": row["status"] == "ended",
                "reference": (row["decision"] or {}).get("decision_reference") or "",
                "href": tk.url_for("satudata_access.record", id=row["package_id"]),
            }
            for row in found
        ],
        "tabs": [
            {"name": name, "label": label, "count": number, "href": _tab_href(name, args)}
            for name, label, number in [
                ("", tk._("All"), total),
                *((name, labels[name], counts[name]) for name in TABS),
            ]
        ],
        "tab": tab,
        "q": args.get("q", ""),
        "pager": pager,
        "statuses": queries.STATUSES,
    }


def _tab_href(name: str, args: Mapping[str, str]) -> str:
    kept = {"q": args["q"]} if args.get("q") else {}
    return str(tk.url_for("satudata_access.records", **kept, **({"status": name} if name else {})))
