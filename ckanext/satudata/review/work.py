"""What a person has to do: *Data kami* of the producer, and *Tugas saya* of everybody."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

import ckantoolkit as tk
from flask import current_app

from ckanext.satudata import config, moments

from . import ages, lookups, pages, said, wording
from .listings import ROWS, Pager, page_number
from .revision.marks import copy_name
from .transitions import PUBLICATION
from .workflows import in_force, tracks

#: More than this is no list of tasks; the queue has the rest.
MOST_TASKS = 100


def parts() -> dict[str, tuple[str, ...]]:
    """The parts of *Data kami*, in the order in which a producer needs them; read from the table in force."""
    workflow = in_force()
    found: dict[str, list[str]] = {"returned": [], "draft": [], "checked": [], "published": [], "withdrawn": []}
    for name, state in workflow.states.items():
        if state.editable_by == "producer":
            found["draft" if name == workflow.initial else "returned"].append(name)
        elif state.public:
            found["published"].append(name)
        else:
            found["checked" if state.waits_for else "withdrawn"].append(name)
    return {part: tuple(names) for part, names in found.items()}


#: Those in which the producer has the next step.
MINE = ("returned", "draft")


def my_work(args: Mapping[str, str]) -> dict[str, Any]:
    """What the template of *Data kami* needs.

    :param args: ``part`` (a key of :func:`parts` or ``all``), ``q``, ``page`` of the address
    """
    who, declared, rows = pages.actor(), parts(), ROWS[0]
    own = lookups.organizations(pages.view().standing["organizations"])
    counts = lookups.own_counts(who)
    numbers = {part: sum(counts.get(state, 0) for state in states) for part, states in declared.items()}
    total = sum(counts.values())
    part = args.get("part", "")
    if part not in (*declared, "all"):
        # What was sent back first, then what was begun; all of it where nothing waits for the producer.
        part = next((name for name in MINE if numbers[name]), "all")
    asked: dict[str, Any] = {"own": True, "limit": rows, "offset": (page_number(args) - 1) * rows, "sort": "-waiting"}
    if part != "all":
        asked["state"] = list(declared[part])
    if args.get("q"):
        asked["q"] = args["q"]
    listed = _list(asked)
    pager = Pager(listed["count"], args, "satudata_review.my_work")
    if pager.offset != asked["offset"]:
        listed = _list({**asked, "offset": pager.offset})
    labels = {
        "returned": wording.state("returned"),
        "draft": wording.state("draft"),
        "checked": tk._("Being checked"),
        "published": tk._("Published"),
        "withdrawn": tk._("Withdrawn from publication"),
        "all": tk._("Everything"),
    }
    return {
        "organizations": own,
        "part": part,
        "parts": [
            {
                "name": name,
                "label": labels[name],
                "count": numbers.get(name, total),
                "href": tk.url_for("satudata_review.my_work", part=name),
            }
            for name in (*declared, "all")
            if name == "all" or numbers.get(name)
        ],
        "rows": _rows(listed["results"]),
        "entries": entries(own),
        "q": args.get("q", ""),
        "total": total,
        "pager": pager,
    }


def entries(organizations: list[dict[str, str]]) -> list[dict[str, Any]]:
    """The ways to begin something new, beside *Data baru*; those first that stand open on the page (``often``).

    :param organizations: those this person produces for; where there is one, forms begin with it
    """
    group = {"group": organizations[0]["id"]} if len(organizations) == 1 else {}
    ways: list[dict[str, Any]] = [
        {
            "label": tk._("Type a table here"),
            "hint": tk._("You have figures in a book or on paper: type them into an empty table."),
            "href": tk.url_for("satudata_tables.new", **group),
            "often": True,
        },
        {
            "label": tk._("Import BPS forms"),
            "hint": tk._("You have filled in MS-Keg, MS-Var or MS-Ind in Excel: nothing is typed twice."),
            "href": tk.url_for("satudata_forms.upload"),
            "often": True,
        },
    ]
    hints = {
        "kegiatan": (tk._("New activity"), tk._("A survey or compilation of yours, as on the form MS-Keg.")),
        "indikator": (tk._("New indicator"), tk._("A figure computed from data, as on the form MS-Ind.")),
    }
    for name, (label, hint) in hints.items():
        if f"{name}.new" in current_app.view_functions:
            ways.append({"label": label, "hint": hint, "href": tk.url_for(f"{name}.new", **group), "often": False})
    return ways


def _has_next(item: dict[str, Any], editable: tuple[str, ...]) -> bool:
    """Whether its next edition is offered in the list: of data that was handed over, of every activity.

    A working copy is a change of something that is there, and no edition of its own.
    """
    handed_over = item["state"] not in editable or item["type"] in ("kegiatan", "indikator")
    return handed_over and item["package_name"] != copy_name(item["package_id"])


def _kind(package_type: str) -> str:
    return {"kegiatan": str(tk._("Activity")), "indikator": str(tk._("Indicator"))}.get(package_type, "")


def _list(asked: dict[str, Any]) -> dict[str, Any]:
    listed: dict[str, Any] = tk.get_action("satudata_review_list")({"satudata_view": pages.view()}, asked)
    return listed


def _rows(items: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Rows of *Data kami*: what the last return asked for, and the next press."""
    editable = in_force().names(editable_by="producer")
    returned = [item["package_id"] for item in items if item["state"] in editable]
    returns = lookups.open_returns(returned)
    words = said.events(list(returns.values()), {"type": "dataset"})
    asked_for = dict(zip(returns, words, strict=True))
    asked_by = lookups.names(item.get("asked_by") for item in items)
    leads = set(lookups.led_by(pages.actor().id or "")) if config.submit_by() == "admin" else None
    return [
        {
            **item,
            "age": ages.age(item["state_since"]),
            "due": ages.due(item["due_at"]),
            "said": asked_for.get(item["package_id"]),
            "edit": item["state"] in editable,
            "kind": _kind(item["type"]),
            "next_edition": _has_next(item, editable),
            "mend": pages.to_be_mended(item["state"]),
            "asked_by_name": asked_by.get(item.get("asked_by") or "", ""),
            # An officer asked; whoever leads the organization has the next step.
            "to_submit": bool(item.get("asked_by")) and leads is not None and item["organization_id"] in leads,
        }
        for item in items
    ]


# -- Tugas saya -----------------------------------------------------------------------------------------------


def my_tasks() -> dict[str, Any]:
    """What waits for this person, as producer and as checker, by date: past its day, this week, later."""
    listed = [_list({"mine": True, "sort": "due", "limit": MOST_TASKS, "track": track}) for track in tracks()]
    items = sorted((item for one in listed for item in one["results"]), key=lambda item: item["due_at"] or "9")
    count = sum(one["count"] for one in listed)
    today = ages.today()
    week = today + dt.timedelta(days=6 - today.weekday())
    groups: dict[str, list[dict[str, Any]]] = {"overdue": [], "week": [], "later": []}
    for item in items:
        due = ages.parse(item["due_at"])
        day = moments.local(due).date() if due else None
        group = "overdue" if item["overdue"] else "week" if day and day <= week else "later"
        groups[group].append({**item, **_task(item), "due": ages.due(item["due_at"])})
    labels = {"overdue": tk._("Past its date"), "week": tk._("This week"), "later": tk._("Later")}
    return {
        "groups": [{"name": name, "label": labels[name], "rows": rows} for name, rows in groups.items()],
        "count": count,
        "more": count - len(items),
    }


def _task(item: dict[str, Any]) -> dict[str, str]:
    """What is to be done with it, and where."""
    if item["track"] != PUBLICATION:
        href = tk.url_for("satudata_recommendation.page", id=item["package_id"])
        return {"verb": tk._("Recommendation of BPS"), "href": href}
    if item["waits_for"] == "producer":
        verb = tk._("Go on filling in") if item["state"] == in_force().initial else tk._("Mend the data")
        return {"verb": verb, "href": tk.url_for(f"{item['type']}.edit", id=item["package_name"])}
    publishable = "publish" in {action.name for action in in_force().from_state(item["state"])}
    verb = tk._("Publish") if publishable else tk._("Check these data")
    return {"verb": verb, "href": tk.url_for("satudata_review.desk", id=item["package_id"])}
