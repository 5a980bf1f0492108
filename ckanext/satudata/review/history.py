"""The history of one dataset, as a page: round by round, the newest first."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import ckantoolkit as tk
from ckan import model

from . import listings, pages, queries, rounds, said
from .model import PUBLICATION, ReviewEvent
from .workflows import tracks

ROWS = 50


def show(package_id: str, args: Mapping[str, str]) -> dict[str, Any]:
    """The newest events first, a page of them, by round.

    :param args: ``page`` and ``track`` of the address
    :raises NotAuthorized: this person has no role over the dataset
    :raises ObjectNotFound: no such dataset
    """
    tk.check_access("satudata_review_history", {}, {"id": package_id})
    package = model.Package.get(package_id)
    if package is None:
        raise tk.ObjectNotFound(tk._("Dataset not found"))
    track = args.get("track") if args.get("track") in tracks() else PUBLICATION
    pkg = {"id": package.id, "name": package.name, "title": package.title or package.name, "type": package.type}
    events = queries.history(package.id, track or PUBLICATION)
    numbers = _numbers(events, track or PUBLICATION)
    pager = listings.Pager(len(events), args, "satudata_review.history", ROWS, id=package.id)
    shown = list(reversed(events))[pager.offset : pager.offset + ROWS]
    words = said.events(shown, pkg)
    grouped: list[dict[str, Any]] = []
    for event, told in zip(shown, words, strict=True):
        number = numbers[event.position]
        if not grouped or grouped[-1]["number"] != number:
            grouped.append({"number": number, "label": _label(number), "events": []})
        grouped[-1]["events"].append(told)
    return {"pkg": pkg, "brief": pages.brief(pkg), "rounds": grouped, "pager": pager}


def _numbers(events: list[ReviewEvent], track: str) -> dict[int, int]:
    """The round of each event by its position: a round begins when the data are handed over; 0 is before the first."""
    begins, number, found = set(rounds.hand_overs(track)), 0, {}
    for event in events:
        number += event.action in begins
        found[event.position] = number
    return found


def _label(number: int) -> str:
    return tk._("Round {number}").format(number=number) if number else tk._("Before the first submission")
