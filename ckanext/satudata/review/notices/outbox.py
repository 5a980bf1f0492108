"""Sending what stands in the outbox.

A message is first marked ``sending`` and committed, then handed over while its row stays locked, then marked ``sent``.
A worker that dies lets go of the lock with its connection, and whoever comes next finds ``sending`` without a lock.

Between the mail server's *accepted* and our commit lies the one moment in which nobody can know: died there, the
message is out, and looks as if it were not. It is then sent once more, under the same Message-ID: a notice twice is a
nuisance, a notice lost is a dataset that waits for weeks. Everywhere else a message goes out exactly once.
"""

from __future__ import annotations

import datetime as dt
import logging
import time
from collections import Counter
from typing import Any

import sqlalchemy as sa
from ckan import model
from rq.timeouts import BaseTimeoutException

from ckanext.satudata import config

from . import mail
from .model import CANCELLED, FAILED, PENDING, SENDING, SENT, Delivery

log = logging.getLogger(__name__)

delivery = Delivery.__table__
#: Minutes until a message is tried again, by the number of attempts so far; then every hour.
BACKOFF = (1, 2, 5, 15, 30)


def send(now: dt.datetime | None = None, seconds: float | None = None) -> Counter[str]:
    """Send everything that is due, one after the other; as many may do this at once as like.

    :param now: naive UTC; a message is due if its time is not after this; this moment by default
    :param seconds: begin no further message after so long; None sends all
    :returns: how many messages ended in which state (``pending``: to be tried again)
    """
    ended: Counter[str] = Counter()
    tried: list[int] = []
    ends = time.monotonic() + seconds if seconds is not None else None
    while ends is None or time.monotonic() < ends:
        at = now or dt.datetime.utcnow()
        with model.meta.engine.begin() as connection:
            claimed = _claim(connection, at, tried)
        if claimed is None:
            return ended
        tried.append(claimed.id)
        with model.meta.engine.begin() as connection:
            if not _hold(connection, claimed):
                continue
            state, go_on = _deliver(connection, claimed, at)
        ended[state] += 1
        if not go_on:
            break
    return ended


def _claim(connection: Any, now: dt.datetime, tried: list[int]) -> Any:
    """Mark the next message as being sent; also one whose worker has died."""
    due = sa.or_(sa.and_(delivery.c.state == PENDING, delivery.c.next_at <= now), delivery.c.state == SENDING)
    chosen = (
        sa.select(delivery.c.id)
        .where(due, delivery.c.id.not_in(tried))
        .order_by(delivery.c.next_at, delivery.c.id)
        .limit(1)
        .with_for_update(skip_locked=True)
        .scalar_subquery()
    )
    marked = (
        sa.update(delivery)
        .where(delivery.c.id == chosen)
        .values(state=SENDING, attempts=delivery.c.attempts + 1, claimed_at=dt.datetime.utcnow())
        .returning(*delivery.c)
    )
    return connection.execute(marked).first()


def _hold(connection: Any, claimed: Any) -> bool:
    """Lock the message for as long as it is under way; not, if somebody else has taken it for abandoned."""
    query = sa.select(delivery.c.id).where(
        delivery.c.id == claimed.id, delivery.c.state == SENDING, delivery.c.attempts == claimed.attempts
    )
    return connection.execute(query.with_for_update(skip_locked=True)).first() is not None


def _deliver(connection: Any, claimed: Any, now: dt.datetime) -> tuple[str, bool]:
    """Hand it over and note how that went.

    :returns: the state it is in now, and whether there is any use in trying the next
    """
    try:
        # Messages are read on the session of CKAN: plugins may commit there without letting go of our lock.
        message = mail.compose(claimed)
        if message is None:
            _note(connection, claimed, state=CANCELLED, last_error=None)
            return CANCELLED, True
        mail.carry(message)
    except BaseTimeoutException:
        raise
    except mail.NoAddress:
        _note(connection, claimed, state=CANCELLED, last_error="the receiver has no e-mail address")
        return CANCELLED, True
    except Exception as error:
        return _failed(connection, claimed, error, now), not isinstance(error, mail.ServerTrouble)
    finally:
        model.Session.rollback()
    _note(connection, claimed, state=SENT, sent_at=dt.datetime.utcnow(), last_error=None)
    return SENT, True


def _failed(connection: Any, claimed: Any, error: Exception, now: dt.datetime) -> str:
    """Try it again later, or give up after the time the option names."""
    log.warning(
        "Notice %s could not be sent: %s", claimed.id, error, exc_info=not isinstance(error, mail.ServerTrouble)
    )
    text = f"{type(error).__name__}: {error}"[:500]
    if now - claimed.created_at > dt.timedelta(hours=config.give_up_hours()):
        _note(connection, claimed, state=FAILED, last_error=text)
        return FAILED
    minutes = BACKOFF[claimed.attempts - 1] if claimed.attempts <= len(BACKOFF) else 60
    _note(connection, claimed, state=PENDING, next_at=now + dt.timedelta(minutes=minutes), last_error=text)
    return PENDING


def _note(connection: Any, claimed: Any, **values: Any) -> None:
    connection.execute(sa.update(delivery).where(delivery.c.id == claimed.id).values(**values))


def retry(ids: list[int] | None = None) -> int:
    """Have messages tried anew that were given up or wait for a later attempt, without committing.

    :param ids: only these; all by default
    :returns: how many
    """
    query = sa.update(Delivery).where(
        Delivery.state.in_((FAILED, PENDING)), sa.or_(Delivery.state == FAILED, Delivery.next_at.is_not(None))
    )
    if ids is not None:
        query = query.where(Delivery.id.in_(ids))
    now = dt.datetime.utcnow()
    # It counts from now again: what had been given up would be given up at once otherwise.
    since = sa.case((Delivery.state == FAILED, now), else_=Delivery.created_at)
    values = {"state": PENDING, "next_at": now, "created_at": since}
    return int(model.Session.execute(query.values(values).execution_options(synchronize_session=False)).rowcount)
