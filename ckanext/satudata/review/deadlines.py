"""Until when a dataset may stay where it is, in working days."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from functools import lru_cache

from ckan.exceptions import CkanConfigurationException

from ckanext.satudata import config

from . import calendar, workflows
from .model import Review
from .transitions import BUILT_IN, Workflow

OPTION = "satudata.review.due_days"


def due_at(review: Review, workflow: Workflow, now: dt.datetime) -> dt.datetime | None:
    """Until when somebody has to act on a review that enters its state now; None where nothing is due.

    :param review: with its new state already set
    :param workflow: the table of its track
    :param now: naive UTC
    :returns: the end of a working day in the portal's zone, as naive UTC
    """
    days = days_for(review.state)
    if days is None or workflow.state(review.state).waits_for is None or review.release_at:
        # With a release date it waits for the day, not for a person.
        return None
    return calendar.end_of_day(calendar.nth_working_day(calendar.today(now), days))


def days_for(state: str) -> int | None:
    """How many working days a stay in that state may take; None where the portal sets no date."""
    return _parsed(config.due_days()).get(state)


@lru_cache(maxsize=8)
def _parsed(text: str) -> dict[str, int]:
    """``state:days`` by state.

    :raises ValueError: naming the option and the part at fault
    """
    found: dict[str, int] = {}
    for part in text.split():
        state, _colon, days = part.partition(":")
        if not state or not days.isdigit() or not 1 <= int(days) <= calendar.MOST_DAYS:
            raise ValueError(
                f"{OPTION}: “{part}” is no state with its working days; write it as submitted:2, "
                f"with 1 to {calendar.MOST_DAYS} days"
            )
        if state in found:
            raise ValueError(f"{OPTION}: “{state}” stands there twice")
        found[state] = int(days)
    return found


def check(tables: Iterable[Workflow] | None = None) -> None:
    """Look at the options before the portal serves anyone.

    :param tables: the tables in force; asked for by default
    :raises CkanConfigurationException: naming the option, what is wrong and what is known
    """
    tables = [workflows.in_force(track) for track in workflows.tracks()] if tables is None else list(tables)
    try:
        given = _parsed(config.due_days())
    except ValueError as error:
        raise CkanConfigurationException(str(error)) from error
    known = list(dict.fromkeys(name for table in tables for name in table.states))
    for state in given:
        # A portal's own table may lack a state that the default value of the option names.
        if state not in known and state not in BUILT_IN.states:
            raise CkanConfigurationException(f"{OPTION}: there is no state “{state}”. Known: {', '.join(known)}")
    for option, days in (
        ("satudata.review.remind_before", config.remind_before()),
        ("satudata.review.hand_over_after", config.hand_over_after()),
    ):
        if not 0 <= days <= calendar.MOST_DAYS:
            raise CkanConfigurationException(f"{option}: give 0 to {calendar.MOST_DAYS} working days, not {days}")
