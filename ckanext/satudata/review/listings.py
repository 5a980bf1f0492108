"""The lists people work from: the queue of checkers and the producer's *Data kami*."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping
from typing import Any

import ckantoolkit as tk

from ckanext.satudata.roles import service as roles

from . import ages, lookups, pages, said, wording
from .desk import waiting_states
from .workflows import in_force

ROWS = 20
CSV_ROWS = 1000
FILTERS = ("q", "state", "organization", "holder", "sort")
TABS = ("mine", "all", "overdue")
#: The parts of *Data kami*, in the order in which a producer needs them.
PARTS: dict[str, tuple[str, ...]] = {
    "returned": ("returned",),
    "draft": ("draft",),
    "checked": ("submitted", "custodian_check", "pembina_review", "approved"),
    "published": ("published",),
    "withdrawn": ("withdrawn",),
}


#: Those of them in which the producer has the next step.
MINE = ("returned", "draft")


class Pager:
    """Which page of a list is shown, and the addresses of its neighbours with every filter kept."""

    def __init__(self, count: int, args: Mapping[str, str], endpoint: str, rows: int = ROWS, **values: Any) -> None:
        self.count, self.rows = count, rows
        self.pages = max(1, -(-count // rows))
        self.page = min(page_number(args), self.pages)
        self.offset = (self.page - 1) * rows
        self._endpoint = endpoint
        self._values = {**{name: value for name, value in args.items() if value and name != "page"}, **values}

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
    return max(1, int(given)) if given.isdigit() and len(given) < 8 else 1


# -- the queue ------------------------------------------------------------------------------------------------


def _asked(args: Mapping[str, str], tab: str) -> dict[str, Any]:
    asked: dict[str, Any] = {name: args[name] for name in FILTERS if args.get(name)}
    if tab == "mine":
        asked["mine"] = True
        asked.setdefault("state", waiting_states())
    elif tab == "overdue":
        asked["overdue"] = True
    return asked


def _tab(args: Mapping[str, str]) -> str:
    return args.get("tab", "") if args.get("tab") in TABS else "mine"


def _list(asked: dict[str, Any]) -> tuple[dict[str, Any], dict[str, str]]:
    """A page of the queue; filters nobody understands are named and left out."""
    wrong: dict[str, str] = {}
    while True:
        try:
            return tk.get_action("satudata_review_list")({}, asked), wrong
        except tk.ValidationError as error:
            found = {name: " ".join(map(str, texts)) for name, texts in error.error_dict.items() if name in asked}
            if not found:
                raise
            wrong |= found
            asked = {name: value for name, value in asked.items() if name not in found}


def queue(args: Mapping[str, str]) -> dict[str, Any]:
    """What the queue's template needs.

    :param args: ``tab``, ``q``, ``state``, ``organization``, ``holder``, ``sort``, ``page`` of the address
    """
    who, tab = pages.actor(), _tab(args)
    asked = {**_asked(args, tab), "limit": ROWS, "offset": (page_number(args) - 1) * ROWS}
    listed, wrong = _list(asked)
    pager = Pager(listed["count"], args, "satudata_review.queue")
    if pager.offset != asked["offset"]:
        listed, wrong = _list({**asked, "offset": pager.offset})
    filtered = any(args.get(name) for name in FILTERS if name != "sort")
    counts = {tab: listed["count"]} if not filtered else {}
    for name in ("mine", "overdue"):
        if name not in counts:
            counts[name] = tk.get_action("satudata_review_list")({}, {**_asked({}, name), "limit": 0})["count"]
    last = lookups.last_check_by(who.id or "") if not listed["results"] else None
    return {
        "tab": tab,
        "tabs": [
            {
                "name": name,
                "label": {"mine": tk._("Waiting for me"), "all": tk._("Everything"), "overdue": tk._("Overdue")}[name],
                "count": counts.get(name),
                "href": tk.url_for(
                    "satudata_review.queue",
                    tab=name,
                    **{key: value for key, value in args.items() if key in FILTERS and value},
                ),
            }
            for name in TABS
        ],
        "rows": [_row(item) for item in listed["results"]],
        "args": {name: args.get(name, "") for name in FILTERS},
        "filtered": filtered,
        "wrong": wrong,
        "states": [(name, wording.state(name)) for name in in_force().states],
        "choices": lookups.choices(who),
        "sorts": _sorts(args, tab),
        "pager": pager,
        "csv": tk.url_for(
            "satudata_review.queue_csv", **{k: v for k, v in args.items() if k in (*FILTERS, "tab") and v}
        ),
        "last": {"title": last.package_title, "at": ages.moment(last.at)} if last is not None else None,
        "checks": pages.header()["review"],
    }


def _row(item: dict[str, Any]) -> dict[str, Any]:
    return {
        **item,
        "age": ages.age(item["state_since"]),
        "due": ages.due(item["due_at"]),
        "takeable": item["waits_for_you"] and not item["holder"] and item["state"] in ("submitted", "pembina_review"),
        "checkable": item["waits_for"] not in (None, "producer"),
    }


def _sorts(args: Mapping[str, str], tab: str) -> dict[str, dict[str, Any]]:
    """For each column that can be sorted: its address, and how it is sorted now."""
    current = args.get("sort") or "waiting"
    kept = {name: value for name, value in args.items() if name in FILTERS and value} | {"tab": tab}
    return {
        name: {
            "href": tk.url_for("satudata_review.queue", **{**kept, "sort": f"-{name}" if current == name else name}),
            "aria": "ascending" if current == name else "descending" if current == f"-{name}" else None,
        }
        for name in ("waiting", "title", "due")
    }


def queue_csv(args: Mapping[str, str]) -> Iterator[str]:
    """The filtered queue as lines of CSV, read by spreadsheets as they are."""
    asked, offset = _asked(args, _tab(args)), 0
    first, wrong = _list({**asked, "limit": CSV_ROWS})
    asked = {name: value for name, value in asked.items() if name not in wrong}
    listed = first["results"]
    while len(listed) < first["count"]:
        offset += CSV_ROWS
        more = tk.get_action("satudata_review_list")({}, {**asked, "limit": CSV_ROWS, "offset": offset})["results"]
        if not more:
            break
        listed.extend(more)
    heading = [
        tk._("Data"),
        tk._("Address"),
        tk._("Producer"),
        tk._("Where it stands"),
        tk._("Since"),
        tk._("Waiting time"),
        tk._("Due"),
        tk._("Checker"),
        tk._("Submitted by"),
    ]
    lines = [heading] + [
        [
            item["title"],
            tk.url_for(f"{item['type']}.read", id=item["package_name"], _external=True),
            item["organization_title"] or "",
            item["state_label"],
            (item["state_since"] or "")[:10],
            ages.age(item["state_since"]),
            (item["due_at"] or "")[:10],
            item["holder_name"] or "",
            item["submitted_by_name"] or "",
        ]
        for item in listed
    ]
    # The mark tells spreadsheets that this is UTF-8.
    return iter(["\ufeff", *(_line(line) for line in lines)])


def _line(cells: list[str]) -> str:
    out = io.StringIO()
    csv.writer(out).writerow([_harmless(cell) for cell in cells])
    return out.getvalue()


def _harmless(cell: str) -> str:
    """A title is no formula: spreadsheets run what begins like one."""
    return f"'{cell}" if cell[:1] in ("=", "+", "-", "@", "\t", "\r") else cell


# -- Data kami ------------------------------------------------------------------------------------------------


def my_work(args: Mapping[str, str]) -> dict[str, Any]:
    """What the template of *Data kami* needs.

    :param args: ``part`` (a key of ``PARTS`` or ``all``), ``q``, ``page`` of the address
    """
    who = pages.actor()
    own = lookups.organizations(roles.direct_organizations(who.id or ""))
    counts = lookups.own_counts(who)
    numbers = {part: sum(counts.get(state, 0) for state in states) for part, states in PARTS.items()}
    total = sum(counts.values())
    part = args.get("part", "")
    if part not in (*PARTS, "all"):
        # What was sent back first, then what was begun; all of it where nothing waits for the producer.
        part = next((name for name in MINE if numbers[name]), "all")
    asked: dict[str, Any] = {"own": True, "limit": ROWS, "offset": (page_number(args) - 1) * ROWS, "sort": "-waiting"}
    if part != "all":
        asked["state"] = list(PARTS[part])
    if args.get("q"):
        asked["q"] = args["q"]
    listed = tk.get_action("satudata_review_list")({}, asked)
    pager = Pager(listed["count"], args, "satudata_review.my_work")
    if pager.offset != asked["offset"]:
        listed = tk.get_action("satudata_review_list")({}, {**asked, "offset": pager.offset})
    items = listed["results"]
    returns = lookups.last_returns(item["package_id"] for item in items if item["state"] == "returned")
    labels = {
        "returned": wording.state("returned"),
        "draft": wording.state("draft"),
        "checked": tk._("Being checked"),
        "published": tk._("Published"),
        "withdrawn": tk._("Withdrawn from publication"),
        "all": tk._("Everything"),
    }
    words = said.events(list(returns.values()), {"type": "dataset"})
    asked_for = dict(zip(returns, words, strict=True))
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
            for name in (*PARTS, "all")
            if name == "all" or numbers.get(name)
        ],
        "rows": [
            {
                **item,
                "age": ages.age(item["state_since"]),
                "due": ages.due(item["due_at"]),
                "said": asked_for.get(item["package_id"]),
                "edit": item["state"] in MINE,
            }
            for item in items
        ],
        "q": args.get("q", ""),
        "total": total,
        "pager": pager,
    }
