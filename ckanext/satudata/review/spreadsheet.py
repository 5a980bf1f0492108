"""The queue as CSV, with every round of every dataset: for reports that people make in a spreadsheet."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import ckantoolkit as tk

from ckanext.satudata import sheets
from ckanext.satudata.principles import PRINCIPLES, principle_label

from . import ages, lookups, rounds, said, wording

#: Reviews read at once; each such part takes the queries of one page of the queue and one for its events.
ROWS = 1000


def lines(asked: dict[str, Any]) -> Iterator[str]:
    """The filtered queue, line by line: one line for every round of a dataset, one also for a dataset without any.

    :param asked: parameters of ``satudata_review_list``
    """
    yield sheets.MARK + sheets.line(_heading())
    offset, told = 0, set[str]()
    while True:
        page = {**asked, "limit": ROWS, "offset": offset}
        # What moves while this is read may come twice; it is told once.
        listed = tk.get_action("satudata_review_list")({}, page)["results"]
        items = [item for item in listed if item["package_id"] not in told]
        told.update(item["package_id"] for item in items)
        events = lookups.events_of(item["package_id"] for item in items)
        for item in items:
            first = _item(item)
            for one in _rounds(events.get(item["package_id"], [])) or [[""] * len(_round_heading())]:
                yield sheets.line([*first, *one])
        offset += ROWS
        if len(listed) < ROWS:
            return


def _heading() -> list[str]:
    return [
        tk._("Data"),
        tk._("Address"),
        tk._("Producer"),
        tk._("Where it stands"),
        tk._("Since"),
        tk._("Waiting time"),
        tk._("Due"),
        tk._("Checker"),
        *_round_heading(),
    ]


def _round_heading() -> list[str]:
    return [
        tk._("Round"),
        tk._("Submitted on"),
        tk._("Submitted by"),
        tk._("Outcome"),
        tk._("On"),
        tk._("By"),
        tk._("For"),
        tk._("Reason or note"),
        tk._("Does not conform"),
        tk._("Comments on fields"),
    ]


def _item(item: dict[str, Any]) -> list[str]:
    return [
        item["title"],
        tk.url_for(f"{item['type']}.read", id=item["package_name"], _external=True),
        item["organization_title"] or "",
        item["state_label"],
        (item["state_since"] or "")[:10],
        ages.age(item["state_since"]) if item["waits_for"] else "",
        (item["due_at"] or "")[:10],
        item["holder_name"] or "",
    ]


def _rounds(events: list[Any]) -> list[list[str]]:
    """One line for every round: it begins with a hand-over, and ends with the last decision before the next."""
    begins = set(rounds.hand_overs())
    parts: list[list[Any]] = []
    for event in events:
        if event.action in begins or not parts:
            parts.append([])
        parts[-1].append(event)
    parts = [part for part in parts if any(event.action in begins or event.comment for event in part)]
    return [_round(str(number), part, begins) for number, part in enumerate(parts, 1)]


def _round(number: str, part: list[Any], begins: set[str]) -> list[str]:
    began = part[0] if part[0].action in begins else None
    ended = next((event for event in reversed(part) if event.to_state != event.from_state and event != began), None)
    labels = said.field_labels("dataset") if any(event.field_comments for event in part) else {}
    comments = [f"{event.actor}: {event.comment}" for event in part if event.comment]
    failing = [name for name in PRINCIPLES if any(_fails((event.principle_results or {}).get(name)) for event in part)]
    fields = {
        (name, text): f"{labels.get(name, name)}: {text}"
        for event in part
        for name, text in (event.field_comments or {}).items()
    }
    return [
        number,
        began.at.date().isoformat() if began else "",
        began.actor if began else "",
        wording.done(ended.action) if ended else "",
        ended.at.date().isoformat() if ended else "",
        ended.actor if ended else "",
        (ended.body or "") if ended else "",
        "\n".join(comments),
        ", ".join(principle_label(name) for name in failing),
        "\n".join(fields.values()),
    ]


def _fails(result: Any) -> bool:
    return isinstance(result, dict) and result.get("conforms") is False
