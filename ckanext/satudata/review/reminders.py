"""Who is reminded that something is due soon, or overdue.

A reminder is an event of the audit trail, at most one of each kind for one stay in a state: whoever is asked later why
something lay for weeks can show when the portal said so, and notices point at events. What keeps it to one is a table
of its own, written in the same transaction, however often the job runs and however many workers run it.
"""

from __future__ import annotations

import datetime as dt
import logging

import ckantoolkit as tk
import sqlalchemy as sa
from ckan import model
from sqlalchemy.orm import Mapped, mapped_column

from ckanext.satudata import config

from . import calendar, cases, deadlines, service, workflows
from .model import Review
from .notices import service as notices
from .people import Actor

log = logging.getLogger(__name__)

REMIND, OVERDUE = "remind", "overdue"
#: How many reviews are looked up at once; each is then reminded of in a transaction of its own.
BATCH = 500
#: The program that reminds; its name stands in the event.
PROGRAM = Actor(id=None, name="deadlines", sysadmin=True, program="deadlines")


class Reminder(tk.BaseModel):  # type: ignore[misc, name-defined]
    """That a dataset is due soon, or overdue, was said once for this stay in a state."""

    __tablename__ = "satudata_review_reminder"

    package_id: Mapped[str] = mapped_column(sa.UnicodeText, primary_key=True)
    track: Mapped[str] = mapped_column(sa.UnicodeText, primary_key=True)
    #: ``remind`` or ``overdue``, as the event.
    kind: Mapped[str] = mapped_column(sa.UnicodeText, primary_key=True)
    #: Which stay it is about: a new change may be reminded of again.
    state_since: Mapped[dt.datetime] = mapped_column(sa.DateTime, primary_key=True)
    due_at: Mapped[dt.datetime] = mapped_column(sa.DateTime, nullable=False)
    position: Mapped[int] = mapped_column(sa.BigInteger, nullable=False)
    at: Mapped[dt.datetime] = mapped_column(sa.DateTime, nullable=False, default=dt.datetime.utcnow)


def remind(now: dt.datetime | None = None) -> int:
    """The daily job: say before and after the due date, each once for each change, that somebody has to act.

    Safe to repeat and to run twice at once. Notices read the events.

    :param now: naive UTC; this moment by default
    :returns: how many reminders were new
    """
    now = now or dt.datetime.utcnow()
    if not calendar.is_working_day(calendar.today(now)):
        return 0
    fill_gaps(now)
    total = 0
    for kind, condition in _conditions(now).items():
        after = ""
        while True:
            found = _candidates(kind, condition, after)
            for package_id, track in found:
                try:
                    total += _say(package_id, track, kind, now)
                except Exception:
                    # One dataset in trouble keeps nobody else waiting; the next run tries it again.
                    model.Session.rollback()
                    log.exception("%s could not be reminded of", package_id)
            if len(found) < BATCH:
                break
            after = found[-1][0]
    if total:
        notices.enqueue()
    return total


def fill_gaps(now: dt.datetime) -> int:
    """Give a due date to what has none and should have: reviews from before there were any, or of a new option.

    Counted from now: nobody is late for a date that was never set.

    :returns: how many got one
    """
    total = 0
    for track in workflows.tracks():
        table = workflows.in_force(track)
        for state in table.states:
            due = deadlines.due_at(Review(state=state), table, now)
            if due is None:
                continue
            found = model.Session.execute(
                sa.update(Review)
                .where(
                    Review.track == track,
                    Review.state == state,
                    Review.due_at.is_(None),
                    Review.release_at.is_(None),
                )
                .values(due_at=due)
                .execution_options(synchronize_session=False)
            )
            total += found.rowcount
    model.Session.commit()
    return total


def _conditions(now: dt.datetime) -> dict[str, sa.ColumnElement[bool]]:
    today = calendar.today(now)
    found: dict[str, sa.ColumnElement[bool]] = {OVERDUE: Review.due_at < now}
    days = config.remind_before()
    if days:
        # Whatever falls due up to the end of the working day that lies so many days ahead; a stay that began
        # today has only just been announced.
        until = calendar.end_of_day(calendar.nth_working_day(today, days))
        found[REMIND] = sa.and_(
            Review.due_at >= now, Review.due_at <= until, Review.state_since < calendar.start_of_day(today)
        )
    return found


def _candidates(kind: str, condition: sa.ColumnElement[bool], after: str) -> list[tuple[str, str]]:
    """Package and track of the next reviews to be reminded of, in the order of their ids."""
    said = sa.exists().where(
        Reminder.package_id == Review.package_id,
        Reminder.track == Review.track,
        Reminder.kind == kind,
        Reminder.state_since == Review.state_since,
    )
    rows = model.Session.execute(
        sa.select(Review.package_id, Review.track)
        .join(model.Package, model.Package.id == Review.package_id)
        .where(condition, model.Package.state != model.State.DELETED, Review.package_id > after, ~said)
        .order_by(Review.package_id, Review.track)
        .limit(BATCH)
    ).all()
    model.Session.rollback()
    return [(row.package_id, row.track) for row in rows]


def _say(package_id: str, track: str, kind: str, now: dt.datetime) -> int:
    """Look again under the locks, then write reminder and event in one transaction; 0 where it is too late."""
    case = cases.lock(package_id, track)
    review = case.review
    timely = review.due_at is not None and (review.due_at < now) == (kind == OVERDUE)
    known = model.Session.get(Reminder, (package_id, track, kind, review.state_since))
    if not timely or known is not None or review.due_at is None:
        model.Session.rollback()
        return 0
    event = service.record(PROGRAM, review, case.package, kind)
    model.Session.add(
        Reminder(
            package_id=package_id,
            track=track,
            kind=kind,
            state_since=review.state_since,
            due_at=review.due_at,
            position=event.position,
        )
    )
    model.Session.commit()
    return 1
