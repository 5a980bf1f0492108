"""What the rest of the review may ask of the notices.

To have people told of something, write an event (``review.service.record``) and name it in ``receivers.TABLE``; nothing
else is needed. ``enqueue`` is only a hint that there is something new: where it is lost, the sweep finds the event.
"""

from __future__ import annotations

import datetime as dt
import logging
from typing import Any

import ckantoolkit as tk
import sqlalchemy as sa
from ckan import model
from ckan.lib.redis import connect_to_redis

from ckanext.satudata import config

from ..model import ReviewEvent
from . import collect, outbox
from .model import CANCELLED, FAILED, PENDING, SENDING, SENT, Cursor, Delivery, Notice, Skipped

__all__ = ["QUEUED_SECONDS", "clean_up", "enqueue", "health", "run", "sweep", "taken_up"]

log = logging.getLogger(__name__)

#: One job is enough for whatever happens until it begins; after so long it is taken for lost.
QUEUED_SECONDS = 60
#: Seconds one run may go on sending; the rest is left to the next.
LONGEST = 240.0


def enqueue() -> None:
    """Ask for the notice job, once, after a commit. Never raises: a transition does not suffer from it."""
    try:
        if not connect_to_redis().set(_key(), "1", nx=True, ex=QUEUED_SECONDS):
            return
        from . import jobs

        tk.enqueue_job(jobs.tell, [], title="satudata: notices", rq_kwargs={"timeout": 900})
    except Exception as error:
        log.warning("The notice job could not be enqueued; the sweep will do its work: %s", error)


def taken_up() -> None:
    """Say that a job begins to read: what is committed from now on needs one of its own."""
    try:
        connect_to_redis().delete(_key())
    except Exception as error:
        log.warning("Redis does not answer: %s", error)


def _key() -> str:
    return f"ckan:{tk.config.get('ckan.site_id')}:satudata:notices"


def run(now: dt.datetime | None = None) -> dict[str, int]:
    """Announce what is new and send what is due.

    :returns: how many notices are new (``new``), and how many messages ended in which state
    """
    new = collect.collect(now)
    return {"new": new, **outbox.send(now, LONGEST)}


def sweep(now: dt.datetime | None = None) -> dict[str, int]:
    """What a lost job, a killed worker or a mail server that was down has left; and the digest, once a day.

    :returns: as :func:`run`, with ``again`` (events announced at a second try), ``digests`` and ``removed``
    """
    again = collect.retry_skipped(now)
    new = collect.collect(now)
    digests = collect.digest(now)
    removed = clean_up(now) if collect.first_today(collect.CLEAN_UP, now or dt.datetime.utcnow()) else 0
    return {"new": new, "again": again, "digests": digests, "removed": removed, **outbox.send(now, LONGEST)}


def clean_up(now: dt.datetime | None = None) -> int:
    """Remove what is older than the option says, and what belongs to nobody any more.

    :returns: how many notices
    """
    days = config.notices_keep_days()
    before = (now or dt.datetime.utcnow()) - dt.timedelta(days=days)
    nobody = ~sa.exists().where(model.User.id == Notice.user_id, model.User.state != model.State.DELETED)
    old = sa.and_(sa.literal(bool(days)), Notice.created_at < before)
    removed = model.Session.execute(
        sa.delete(Notice).where(sa.or_(nobody, old)).execution_options(synchronize_session=False)
    ).rowcount
    if days:
        done = sa.and_(Delivery.state.in_((SENT, CANCELLED, FAILED)), Delivery.created_at < before)
        model.Session.execute(sa.delete(Delivery).where(done).execution_options(synchronize_session=False))
    model.Session.commit()
    return int(removed)


def health() -> dict[str, Any]:
    """How the notices are doing, for the portal's admin.

    :returns: ``behind`` (events not yet looked at), ``skipped``, ``pending``, ``sending``, ``failed`` and ``sent``
        (messages), ``oldest`` (since when the oldest unsent message waits, naive UTC) and ``last_error``
    """
    cursor = model.Session.scalar(sa.select(Cursor.position).where(Cursor.name == collect.REVIEW)) or 0
    head = model.Session.scalar(sa.select(sa.func.max(ReviewEvent.position))) or 0
    states = {
        row[0]: row[1]
        for row in model.Session.execute(sa.select(Delivery.state, sa.func.count()).group_by(Delivery.state))
    }
    waiting = sa.and_(Delivery.state.in_((PENDING, SENDING)), Delivery.next_at.is_not(None))
    oldest = model.Session.scalar(sa.select(sa.func.min(Delivery.created_at)).where(waiting))
    last = model.Session.scalar(
        sa.select(Delivery.last_error)
        .where(Delivery.last_error.is_not(None), Delivery.state.in_((PENDING, FAILED)))
        .order_by(Delivery.claimed_at.desc().nulls_last())
        .limit(1)
    )
    return {
        "behind": max(0, head - cursor),
        "skipped": model.Session.scalar(sa.select(sa.func.count()).select_from(Skipped)) or 0,
        **{name: states.get(name, 0) for name in (PENDING, SENDING, SENT, FAILED)},
        "oldest": oldest,
        "last_error": last,
    }
