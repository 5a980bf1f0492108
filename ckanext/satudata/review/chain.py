"""The audit trail: one chain of events for the whole portal, each carrying the hash of the one before.

``hash = SHA-256(RFC 8785 of all columns but hash)``, ``previous_hash`` among them, so that a changed, removed,
inserted or reordered event breaks every hash that follows.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import Any

import sqlalchemy as sa
from ckan import model

from .content import digest
from .model import ReviewEvent

#: What the first event carries as the hash before it.
GENESIS = "0" * 64
#: Key of the advisory lock that serialises writers; taken last, just before the commit.
_LOCK = 0x5A7D_DA7A

_HASHED = tuple(column.key for column in ReviewEvent.__table__.columns if column.key != "hash")


def append(**values: Any) -> ReviewEvent:
    """Add one event at the head. Call it last and commit at once: everybody else's event waits.

    :param values: columns of ``satudata_review_event`` but position and hashes
    :returns: the event, flushed but not committed
    """
    model.Session.flush()
    model.Session.execute(sa.select(sa.func.pg_advisory_xact_lock(_LOCK)))
    head = model.Session.execute(
        sa.select(ReviewEvent.position, ReviewEvent.hash).order_by(ReviewEvent.position.desc()).limit(1)
    ).first()
    event = ReviewEvent(
        position=head.position + 1 if head else 1,
        previous_hash=head.hash if head else GENESIS,
        at=dt.datetime.utcnow(),
        **values,
    )
    event.package_name = event.package_name or ""
    event.package_title = event.package_title or ""
    event.actor_name = event.actor_name or ""
    event.track = event.track or "publication"
    event.hash = hash_of(event)
    model.Session.add(event)
    model.Session.flush()
    return event


def hash_of(event: ReviewEvent) -> str:
    """The hash an event must carry."""
    return digest({key: _canonical(getattr(event, key)) for key in _HASHED})


def first_break(events: Iterable[ReviewEvent], previous: str = GENESIS, position: int = 0) -> int | None:
    """The position of the first event that does not follow from the one before, or None.

    :param events: in order of position, from the one after ``position`` on
    """
    for event in events:
        position += 1
        if event.position != position or event.previous_hash != previous or event.hash != hash_of(event):
            return position
        previous = event.hash
    return None


def _canonical(value: Any) -> Any:
    return value.isoformat(timespec="microseconds") if isinstance(value, dt.datetime) else value
