"""From events to notices and the outbox, each exactly once.

The cursor is locked, moved, and committed together with the notices it has led to. So it does not matter
how often this runs, how many run at once, whether one of them is killed, or whether Redis lost the job that asked for
it: whoever comes next goes on where the last commit stands. ``UNIQUE (event_position, user_id)`` says the same again.
"""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from ckan import model
from rq.timeouts import BaseTimeoutException
from sqlalchemy.dialects.postgresql import insert

from ckanext.satudata import config, moments

from ..model import ReviewEvent
from . import groups, mail, preferences
from .model import PENDING, Cursor, Delivery, Notice, Skipped
from .receivers import Finder, Told

log = logging.getLogger(__name__)

REVIEW, DIGEST, CLEAN_UP = "review", "digest", "clean_up"
#: How many events one transaction announces; the next batch begins with what is committed by then.
BATCH = 100


def collect(now: dt.datetime | None = None) -> int:
    """Announce everything that has happened since the last time.

    :param now: naive UTC; this moment by default
    :returns: how many notices are new
    """
    now = now or dt.datetime.utcnow()
    total = _announce_all(now)
    over = groups.ended(_held(), now)
    if over:
        # A run that has ended by now may have written events since; with them it is told of as a whole.
        total += _announce_all(now)
        let_go = sa.update(Delivery).where(Delivery.bulk_id.in_(over), Delivery.next_at.is_(None))
        model.Session.execute(let_go.values(next_at=now))
        model.Session.commit()
    return total


def _held() -> list[str]:
    query = sa.select(Delivery.bulk_id).where(Delivery.state == PENDING, Delivery.next_at.is_(None)).distinct()
    found = [bulk_id for bulk_id in model.Session.scalars(query) if bulk_id]
    model.Session.rollback()
    return found


def _announce_all(now: dt.datetime) -> int:
    finder, total = Finder(), 0
    try:
        while True:
            cursor = lock(REVIEW)
            events = _events(cursor.position)
            if not events:
                model.Session.rollback()
                return total
            runs = groups.runs_of(event.position for event in events)
            for event in events:
                position = event.position
                total += _announce(finder, event, runs.get(position), now)
                cursor.position = position
            cursor.updated_at = now
            model.Session.commit()
    except Exception:
        model.Session.rollback()
        raise


def lock(name: str) -> Cursor:
    """The cursor of that name, locked until the commit; whoever else wants it waits, and then reads it anew."""
    model.Session.execute(insert(Cursor).values(name=name, position=0).on_conflict_do_nothing())
    query = sa.select(Cursor).where(Cursor.name == name).with_for_update()
    return model.Session.scalars(query.execution_options(populate_existing=True)).one()


def _events(after: int) -> Sequence[ReviewEvent]:
    # Positions are given under a lock that lasts until the commit: what is committed has no gaps before it.
    query = sa.select(ReviewEvent).where(ReviewEvent.position > after).order_by(ReviewEvent.position).limit(BATCH)
    return model.Session.scalars(query).all()


def _announce(finder: Finder, event: ReviewEvent, bulk_id: str | None, now: dt.datetime) -> int:
    """One event; an error in it holds up nobody else's, and is tried again by the sweep."""
    position = event.position
    try:
        with model.Session.begin_nested():
            return _write(event, finder.of_event(event), bulk_id, now)
    except (sa.exc.OperationalError, BaseTimeoutException):
        raise
    except Exception as error:
        log.exception("Nobody could be told of event %s; it will be tried again", position)
        _skip(position, error, now)
        return 0


def _write(event: ReviewEvent, told: list[Told], bulk_id: str | None, now: dt.datetime) -> int:
    wanted, new = preferences.of_all(one.user_id for one in told), 0
    sends = config.notices_mail() and mail.is_possible()
    for one in told:
        choice = wanted[one.user_id]
        by_mail = choice["mail"][one.kind] if sends else "none"
        row = {
            "event_position": event.position,
            "user_id": one.user_id,
            "package_id": one.package_id,
            "track": event.track,
            "kind": one.kind,
            "word": one.word,
            "bulk_id": bulk_id,
            "in_portal": choice["portal"][one.kind] != "none",
            "mail": by_mail,
            "created_at": now,
        }
        statement = insert(Notice).values(row).on_conflict_do_nothing().returning(Notice.id)
        notice_id = model.Session.execute(statement).scalar()
        if notice_id is None:
            continue
        new += 1
        if by_mail == "once":
            _put_in_outbox(notice_id, event.position, one.user_id, bulk_id, now)
    return new


def _put_in_outbox(notice_id: int, position: int, user_id: str, bulk_id: str | None, now: dt.datetime) -> None:
    delivery_id = None
    if bulk_id:
        held = sa.select(Delivery.id).where(
            Delivery.bulk_id == bulk_id, Delivery.user_id == user_id, Delivery.next_at.is_(None)
        )
        delivery_id = model.Session.scalar(held)
    if delivery_id is None:
        key, next_at = f"event:{position}:{user_id}", None if bulk_id else now
        delivery_id = add_delivery(key, user_id, now, bulk_id=bulk_id, next_at=next_at)
    model.Session.execute(sa.update(Notice).where(Notice.id == notice_id).values(delivery_id=delivery_id))


def add_delivery(key: str, user_id: str, now: dt.datetime, **values: Any) -> int:
    """Put a message into the outbox, without committing; the same key twice is the same message."""
    row = {"key": key, "user_id": user_id, "digest": False, "state": PENDING, "attempts": 0, "created_at": now}
    statement = insert(Delivery).values({**row, **values}).on_conflict_do_nothing().returning(Delivery.id)
    new = model.Session.execute(statement).scalar()
    return int(new if new is not None else model.Session.scalars(sa.select(Delivery.id).filter_by(key=key)).one())


# -- what could not be announced ------------------------------------------------------------------------------


def _skip(position: int, error: Exception, now: dt.datetime) -> None:
    values = {"error": f"{type(error).__name__}: {error}"[:500], "updated_at": now}
    statement = insert(Skipped).values(position=position, attempts=1, **values)
    again = {**values, "attempts": Skipped.attempts + 1}
    model.Session.execute(statement.on_conflict_do_update(index_elements=["position"], set_=again))


def retry_skipped(now: dt.datetime | None = None) -> int:
    """Try again to announce what the cursor went past.

    :returns: how many of them are announced now
    """
    now = now or dt.datetime.utcnow()
    done = 0
    positions = list(model.Session.scalars(sa.select(Skipped.position).order_by(Skipped.position)))
    model.Session.rollback()
    for position in positions:
        lock(REVIEW)
        before = model.Session.scalar(sa.select(Skipped.attempts).where(Skipped.position == position))
        event = model.Session.get(ReviewEvent, position)
        if before is not None and event is not None:
            _announce(Finder(), event, groups.runs_of([position]).get(position), now)
        tried = sa.delete(Skipped).where(Skipped.position == position, Skipped.attempts == before)
        done += model.Session.execute(tried.execution_options(synchronize_session=False)).rowcount
        model.Session.commit()
    return done


# -- once a day -----------------------------------------------------------------------------------------------


def first_today(name: str, now: dt.datetime) -> bool:
    """Whether this is the first to ask on that day of the portal's; the commit that follows makes it so."""
    cursor, today = lock(name), moments.local(now).date().toordinal()
    if cursor.position >= today:
        model.Session.rollback()
        return False
    cursor.position, cursor.updated_at = today, now
    model.Session.flush()
    return True


def digest(now: dt.datetime | None = None) -> int:
    """Once a day, from the hour the option names: put everybody's digest into the outbox.

    :param now: naive UTC; this moment by default
    :returns: how many digests are new
    """
    now = now or dt.datetime.utcnow()
    local = moments.local(now)
    if local.hour < config.digest_hour():
        return 0
    try:
        if not first_today(DIGEST, now):
            return 0
        waiting = sa.and_(Notice.mail == "daily", Notice.delivery_id.is_(None))
        users = list(model.Session.scalars(sa.select(Notice.user_id).where(waiting).distinct()))
        for user_id in users:
            key = f"digest:{local.date().isoformat()}:{user_id}"
            delivery_id = add_delivery(key, user_id, now, digest=True, next_at=now)
            model.Session.execute(
                sa.update(Notice).where(waiting, Notice.user_id == user_id).values(delivery_id=delivery_id)
            )
        model.Session.commit()
        return len(users)
    except Exception:
        model.Session.rollback()
        raise
