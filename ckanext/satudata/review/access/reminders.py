"""A limit of access ends: its custodian is told, once on the last day and, if wanted, some days before.

Nothing opens by itself: what becomes of the data is decided by people, through a working copy.
"""

from __future__ import annotations

import datetime as dt
import logging

import sqlalchemy as sa
from ckan import model

from ckanext.satudata import config
from ckanext.satudata.review import calendar, cases, service
from ckanext.satudata.review.model import PUBLICATION, Review
from ckanext.satudata.review.notices import service as notices
from ckanext.satudata.review.people import Actor

from .decisions import OPEN
from .model import DECISION, Restriction, RestrictionTold

log = logging.getLogger(__name__)

END, SOON = "restriction_end", "restriction_soon"
#: The program that tells; its name stands in the event.
PROGRAM = Actor(id=None, name="access", sysadmin=True, program="access")


def tell(now: dt.datetime | None = None) -> int:
    """The daily job: say of each limit that ends today or has ended, and of each that ends soon, once each.

    Safe to repeat, to run twice at once and to be killed half-way: what was said stands in a table of its own,
    written in the transaction of the event that notices are made of.

    :param now: naive UTC; this moment by default
    :returns: how many were new
    """
    today = calendar.today(now)
    total = 0
    for restriction_id, package_id, end in _candidates(today):
        kind = _kind(end, today)
        if kind is None:
            continue
        try:
            total += _say(restriction_id, package_id, kind, today)
        except Exception:
            # One dataset in trouble keeps nobody else waiting; tomorrow tries it again.
            model.Session.rollback()
            log.exception("The end of the restriction of %s could not be told", package_id)
    if total:
        notices.enqueue()
    return total


def _kind(end: dt.date, today: dt.date) -> str | None:
    """What is to be said today: ``end``, or the shortest of the spans that has begun (``30``, ``7``)."""
    if end <= today:
        return "end"
    spans = [days for days in config.access_remind_days() if end <= today + dt.timedelta(days=days)]
    return str(min(spans)) if spans else None


def _newest() -> sa.Select[tuple[int]]:
    """Ids of the decisions that count: the last of each dataset."""
    return sa.select(sa.func.max(Restriction.id)).where(Restriction.kind == DECISION).group_by(Restriction.package_id)


def _candidates(today: dt.date) -> list[tuple[int, str, dt.date]]:
    """Decisions that count, limit access and end soon or have ended, of which the end was not told yet."""
    horizon = today + dt.timedelta(days=max(config.access_remind_days(), default=0))
    said = sa.exists().where(RestrictionTold.restriction_id == Restriction.id, RestrictionTold.kind == "end")
    rows = model.Session.execute(
        sa.select(Restriction.id, Restriction.package_id, Restriction.end_date)
        .join(model.Package, model.Package.id == Restriction.package_id)
        .join(Review, sa.and_(Review.package_id == Restriction.package_id, Review.track == PUBLICATION))
        .where(
            Restriction.id.in_(_newest()),
            Restriction.level != OPEN,
            Restriction.end_date <= horizon,
            model.Package.state != model.State.DELETED,
            ~said,
        )
        .order_by(Restriction.end_date, Restriction.id)
    ).all()
    model.Session.rollback()
    return [(row.id, row.package_id, row.end_date) for row in rows]


def _say(restriction_id: int, package_id: str, kind: str, today: dt.date) -> int:
    """Look again under the locks, then write event and mark in one transaction; 0 where it is said or outdated."""
    case = cases.lock(package_id)
    newest = Restriction.newest(package_id, DECISION)
    known = model.Session.get(RestrictionTold, (restriction_id, kind))
    if known is not None or newest is None or newest.id != restriction_id or newest.end_date is None:
        model.Session.rollback()
        return 0
    content = {"restriction": {"level": newest.level, "end_date": newest.end_date.isoformat()}}
    event = service.record(PROGRAM, case.review, case.package, END if kind == "end" else SOON, content=content)
    model.Session.add(RestrictionTold(restriction_id=restriction_id, kind=kind, position=event.position))
    model.Session.commit()
    return 1
