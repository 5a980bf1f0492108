"""The queue of checkers as a page; every filter, the order and the number of rows stand in its address."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import ckantoolkit as tk

from . import ages, lookups, pages, spreadsheet, wording
from .desk import waiting_states
from .model import PUBLICATION
from .workflows import in_force, tracks

#: How many rows a page may have; the first is what it has unless somebody asks for more.
ROWS = (20, 50, 100, 200)
FILTERS = ("q", "state", "organization", "holder", "type", "track")
#: What else of an address belongs to the list and not to one page of it.
KEPT = (*FILTERS, "sort", "rows", "tab")
TABS = ("mine", "all", "overdue")
SORTS = ("waiting", "title", "organization", "due", "holder")
#: What may be done with many at once, in the order of the buttons.
BULK = ("forward", "approve", "publish", "return")


class Pager:
    """Which page of a list is shown, and the addresses of its neighbours with every filter kept."""

    def __init__(self, count: int, args: Mapping[str, str], endpoint: str, rows: int = ROWS[0], **values: Any) -> None:
        self.count, self.rows = count, rows
        self.pages = max(1, -(-count // rows))
        self.page = min(page_number(args), self.pages)
        self.offset = (self.page - 1) * rows
        self._endpoint = endpoint
        kept = {name: value for name, value in args.items() if value and name not in ("page", "select")}
        self._values = {**kept, **values}

    def url(self, page: int) -> str:
        """The address of a page of this list."""
        return tk.url_for(self._endpoint, **self._values, **({"page": page} if page > 1 else {}))

    @property
    def previous(self) -> str | None:
        return self.url(self.page - 1) if self.page > 1 else None

    @property
    def following(self) -> str | None:
        return self.url(self.page + 1) if self.page < self.pages else None


def page_number(args: Mapping[str, str]) -> int:
    """The page asked for; the first for anything that is no page."""
    given = args.get("page", "")
    return max(1, int(given)) if given.isdecimal() and len(given) < 8 else 1


def asked(args: Mapping[str, str]) -> dict[str, Any]:
    """The parameters of ``satudata_review_list`` for an address of the queue."""
    wanted: dict[str, Any] = {name: args[name] for name in (*FILTERS, "sort") if args.get(name)}
    track = wanted.get("track", PUBLICATION)
    if _tab(args) == "mine":
        wanted["mine"] = True
        wanted.setdefault("state", waiting_states(track) if track in tracks() else [])
    elif _tab(args) == "overdue":
        wanted["overdue"] = True
    return wanted


def understood(wanted: dict[str, Any]) -> tuple[dict[str, Any], dict[str, str], dict[str, Any]]:
    """A page of the queue; filters nobody understands are named and left out.

    :returns: the list, what was wrong by parameter, and the parameters that counted
    """
    wrong: dict[str, str] = {}
    while True:
        try:
            listed = tk.get_action("satudata_review_list")({"satudata_view": pages.view()}, dict(wanted))
            return listed, wrong, wanted
        except tk.ValidationError as error:
            found = {name: " ".join(map(str, texts)) for name, texts in error.error_dict.items() if name in wanted}
            if not found:
                raise
            wrong |= found
            wanted = {name: value for name, value in wanted.items() if name not in found}


def csv_lines(args: Mapping[str, str]) -> Any:
    """The lines of the filtered queue with its history; see ``spreadsheet``."""
    _listed, _wrong, wanted = understood({**asked(args), "limit": 0})
    return spreadsheet.lines({name: value for name, value in wanted.items() if name != "limit"})


def _tab(args: Mapping[str, str]) -> str:
    return args.get("tab", "") if args.get("tab") in TABS else "mine"


def _rows(args: Mapping[str, str]) -> int:
    given = args.get("rows", "")
    return int(given) if given.isdecimal() and int(given) in ROWS else ROWS[0]


def queue(args: Mapping[str, str]) -> dict[str, Any]:
    """What the queue's template needs; five queries, however long the queue.

    :param args: ``tab``, ``q``, ``state``, ``organization``, ``holder``, ``type``, ``track``, ``sort``, ``rows``,
        ``page`` of the address; ``select=all`` ticks every row, for whom no script does
    """
    tab, rows = _tab(args), _rows(args)
    wanted = {**asked(args), "facets": True, "limit": rows, "offset": (page_number(args) - 1) * rows}
    listed, wrong, wanted = understood(wanted)
    pager = Pager(listed["count"], args, "satudata_review.queue", rows)
    if pager.offset != wanted["offset"]:
        listed, wrong, wanted = understood({**wanted, "offset": pager.offset})
    filtered = any(args.get(name) for name in FILTERS)
    view, kept = pages.view(), {name: value for name, value in args.items() if name in KEPT and value}
    # The number in the header is that of publication.
    on_publication = wanted.get("track", PUBLICATION) == PUBLICATION
    checks = pages.know_count(listed["facets"]["mine"]) if on_publication else pages.header()["review"]
    last = lookups.last_check_by(view.actor.id or "") if not listed["results"] else None
    shown = [_row(item) for item in listed["results"]]
    return {
        "tab": tab,
        "tabs": _tabs(tab, kept, listed, filtered),
        "rows": shown,
        "args": {name: args.get(name, "") for name in (*FILTERS, "sort", "rows")},
        "filtered": filtered,
        "wrong": wrong,
        "states": [(name, wording.state(name)) for name in in_force().states],
        "types": _types(),
        "tracks": tracks() if len(tracks()) > 1 else (),
        "choices": lookups.choices(view),
        "sorts": _sorts(args, kept),
        "sizes": [(size, tk.url_for("satudata_review.queue", **{**kept, "rows": size})) for size in ROWS],
        "pager": pager,
        "csv": tk.url_for("satudata_review.queue_csv", **kept),
        "last": {"title": last.package_title, "at": ages.moment(last.at)} if last is not None else None,
        "checks": checks,
        "bulk": _bulk() if any(row["selectable"] for row in shown) else [],
        "select": args.get("select") == "all",
        "select_all": tk.url_for("satudata_review.queue", **{**kept, "page": pager.page, "select": "all"}),
        "here": pager.url(pager.page),
    }


def _tabs(tab: str, kept: dict[str, str], listed: dict[str, Any], filtered: bool) -> list[dict[str, Any]]:
    labels = {"mine": tk._("Waiting for me"), "all": tk._("Everything"), "overdue": tk._("Overdue")}
    counts = {**listed["facets"], **({} if filtered else {tab: listed["count"]})}
    return [
        {
            "name": name,
            "label": label,
            "count": counts.get(name),
            "href": tk.url_for("satudata_review.queue", **{**kept, "tab": name}),
        }
        for name, label in labels.items()
    ]


def _row(item: dict[str, Any]) -> dict[str, Any]:
    checkable = item["waits_for"] not in (None, "producer")
    claim = in_force(item["track"]).transitions.get("claim")
    takeable = claim.from_states if claim else ()
    # A recommendation has a page of its own; bulk runs and the button in the row are for publication.
    beside = item["track"] != PUBLICATION
    return {
        **item,
        "age": ages.age(item["state_since"]) if item["waits_for"] else "",
        "due": ages.due(item["due_at"]),
        "takeable": not beside and item["waits_for_you"] and not item["holder"] and item["state"] in takeable,
        "checkable": checkable,
        "selectable": not beside and item["waits_for_you"] and checkable,
        "href": _href(item, checkable),
    }


def _href(item: dict[str, Any], checkable: bool) -> str:
    """Where a row leads: to the desk or the page of the recommendation, else to the dataset."""
    if item["track"] != PUBLICATION:
        return tk.url_for("satudata_recommendation.page", id=item["package_id"])
    if checkable:
        return tk.url_for("satudata_review.desk", id=item["package_id"])
    return tk.url_for(f"{item['type']}.read", id=item["package_name"])


def _bulk() -> list[dict[str, str]]:
    """The actions this person's roles allow for many at once."""
    view, declared = pages.view(), in_force().transitions
    held = {scope["role"] for scope in view.standing["scopes"]}
    return [
        {"name": name, "label": tk._("Pass on") if name == "forward" else wording.action(name)}
        for name in BULK
        if name in declared
        and (view.actor.sysadmin or held & {role for edge in declared[name].edges for role in edge.roles})
    ]


def _types() -> list[tuple[str, str]]:
    """Types of packages to choose from, where there is more than one."""
    schemas = tk.h.scheming_dataset_schemas() or {}
    reviewed = [name for name in schemas if pages.cases.is_reviewed_type(name)]
    labels = {name: schemas[name].get("about_label") or schemas[name].get("label") or name for name in reviewed}
    return [(name, tk.h.scheming_language_text(labels[name])) for name in reviewed] if len(reviewed) > 1 else []


def _sorts(args: Mapping[str, str], kept: dict[str, str]) -> dict[str, dict[str, Any]]:
    """For each column: its address, and how it is sorted now."""
    current = args.get("sort") or "waiting"
    return {
        name: {
            "href": tk.url_for("satudata_review.queue", **{**kept, "sort": f"-{name}" if current == name else name}),
            "aria": "ascending" if current == name else "descending" if current == f"-{name}" else None,
        }
        for name in SORTS
    }
