"""Until when a dataset may stay where it is, in working days, and who is reminded of it.

A reminder changes nothing about the data, so it is no event of the audit trail: that trail tells what people and
programs decided, and two lines a step that nobody wrote would bury it. Reminders are rows of a table of their own, at
most one of each kind for one stay in a state, however often the job runs and however many workers run it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from functools import lru_cache

import ckantoolkit as tk
import sqlalchemy as sa
from ckan import model
from ckan.exceptions import CkanConfigurationException
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Mapped, mapped_column

from ckanext.satudata import config

from . import calendar, workflows
from .model import Review
from .transitions import Workflow

OPTION = "satudata.review.due_days"
BEFORE, OVERDUE = "before", "overdue"
#: How many reminders one transaction writes; between two of them a waiting transition gets its turn.
BATCH = 500


class Reminder(tk.BaseModel):  # type: ignore[misc, name-defined]
    """Somebody was told that a dataset is due soon, or overdue."""

    __tablename__ = "satudata_review_reminder"
    __table_args__ = (
        sa.UniqueConstraint("package_id", "track", "kind", "state_since", name="satudata_review_reminder_once"),
    )

    id: Mapped[int] = mapped_column(sa.BigInteger, sa.Identity(), primary_key=True)
    package_id: Mapped[str] = mapped_column(sa.UnicodeText, nullable=False)
    track: Mapped[str] = mapped_column(sa.UnicodeText, nullable=False)
    #: ``before`` or ``overdue``
    kind: Mapped[str] = mapped_column(sa.UnicodeText, nullable=False)
    #: Which stay in a state it is about: a new change may be reminded of again.
    state_since: Mapped[dt.datetime] = mapped_column(sa.DateTime, nullable=False)
    state: Mapped[str] = mapped_column(sa.UnicodeText, nullable=False)
    due_at: Mapped[dt.datetime] = mapped_column(sa.DateTime, nullable=False)
    at: Mapped[dt.datetime] = mapped_column(sa.DateTime, nullable=False, default=dt.datetime.utcnow)


# -- the due date ---------------------------------------------------------------------------------------------


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
        if state not in known:
            raise CkanConfigurationException(f"{OPTION}: there is no state “{state}”. Known: {', '.join(known)}")
    for option, days in (
        ("satudata.review.remind_before", config.remind_before()),
        ("satudata.review.hand_over_after", config.hand_over_after()),
    ):
        if not 0 <= days <= calendar.MOST_DAYS:
            raise CkanConfigurationException(f"{option}: give 0 to {calendar.MOST_DAYS} working days, not {days}")


# -- reminders ------------------------------------------------------------------------------------------------


def remind(now: dt.datetime | None = None) -> int:
    """The daily job: note who is to be reminded before and after the due date, each once for each change.

    Safe to repeat and to run twice at once: the table takes each reminder once. ``notices`` tells people of it.

    :param now: naive UTC; this moment by default
    :returns: how many reminders were new
    """
    now = now or dt.datetime.utcnow()
    today = calendar.today(now)
    if not calendar.is_working_day(today):
        return 0
    total = 0
    for kind, condition in _conditions(now, today).items():
        while True:
            rows = _new(kind, condition, now)
            total += rows
            if rows < BATCH:
                break
    return total


def _conditions(now: dt.datetime, today: dt.date) -> dict[str, sa.ColumnElement[bool]]:
    found: dict[str, sa.ColumnElement[bool]] = {OVERDUE: Review.due_at < now}
    days = config.remind_before()
    if days:
        # Whatever falls due up to the end of the working day that lies so many days ahead.
        until = calendar.end_of_day(calendar.nth_working_day(today, days))
        found[BEFORE] = sa.and_(Review.due_at >= now, Review.due_at <= until)
    return found


def _new(kind: str, condition: sa.ColumnElement[bool], now: dt.datetime) -> int:
    """Write a batch of reminders in one statement and tell of them in the same transaction."""
    wanted = (
        sa.select(
            Review.package_id,
            Review.track,
            sa.literal(kind).label("kind"),
            Review.state_since,
            Review.state,
            Review.due_at,
            sa.literal(now, sa.DateTime).label("at"),
        )
        .join(model.Package, model.Package.id == Review.package_id)
        .where(
            condition,
            model.Package.state != model.State.DELETED,
            # A stay that began today has just been announced as such.
            sa.or_(sa.literal(kind == OVERDUE), Review.state_since < calendar.start_of_day(calendar.today(now))),
            ~sa.exists().where(
                Reminder.package_id == Review.package_id,
                Reminder.track == Review.track,
                Reminder.kind == kind,
                Reminder.state_since == Review.state_since,
            ),
        )
        .order_by(Review.due_at, Review.package_id)
        .limit(BATCH)
    )
    columns = ["package_id", "track", "kind", "state_since", "state", "due_at", "at"]
    statement = (
        insert(Reminder.__table__)
        .from_select(columns, wanted)
        .on_conflict_do_nothing(constraint="satudata_review_reminder_once")
        .returning(Reminder.__table__.c.id)
    )
    ids = list(model.Session.execute(statement).scalars())
    model.Session.commit()
    return len(ids)


def reminders_after(position: int, limit: int = 1000) -> list[Reminder]:
    """Reminders written after the one with this id, in order: what whoever sends notices reads with a cursor."""
    return list(
        model.Session.scalars(sa.select(Reminder).where(Reminder.id > position).order_by(Reminder.id).limit(limit))
    )
