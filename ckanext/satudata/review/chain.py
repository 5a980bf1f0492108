"""The audit trail: one chain of events for the whole portal, each carrying the hash of the one before.

``hash = SHA-256(RFC 8785 of all columns but hash)``, ``previous_hash`` among them, so that a changed, removed,
inserted or reordered event breaks every hash that follows. Where the chain ends stands in ``satudata_audit_head``, so
that a tail cut off is missed.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import logging
from collections.abc import Iterable, Mapping
from typing import Any

import sqlalchemy as sa
from ckan import model
from sqlalchemy.dialects.postgresql import insert

from . import feed
from .audit import canonical
from .audit.model import AuditHead
from .model import ReviewEvent

log = logging.getLogger(__name__)

#: What the first event carries as the hash before it.
GENESIS = "0" * 64
#: The columns an event's hash is about. Written out: a column added to the table later is not in old hashes.
HASHED = (
    "action", "actor_id", "actor_name", "at", "body_id", "comment", "content", "content_digest", "field_comments",
    "from_state", "organization_id", "package_id", "package_name", "package_title", "position", "previous_hash",
    "principle_results", "program", "to_state", "track",
)  # fmt: skip

JSON_COLUMNS = ("content", "field_comments", "principle_results")

#: In the canonical text these two stand side by side; what comes before and after them is known beforehand.
_BEFORE = tuple(name for name in HASHED if name < "position")
_AFTER = tuple(name for name in HASHED if name > "previous_hash")
_GIVEN = (*_BEFORE, *_AFTER)
_VALUES = ", ".join(f"%({name})s" + "::jsonb" * (name in JSON_COLUMNS) for name in _GIVEN)
#: Lock the head, hash what follows from it, move it and write the event: one statement, so one round trip is all that
#: everybody else's event waits for besides the commit.
_APPEND = f"""
WITH head AS MATERIALIZED (SELECT position, hash FROM satudata_audit_head WHERE id = 1 FOR UPDATE),
made AS MATERIALIZED (
    SELECT position + 1 AS position, hash AS previous_hash, encode(sha256(convert_to(
        %(_before)s || (position + 1) || ',"previous_hash":"' || hash || %(_after)s, 'UTF8')), 'hex') AS hash
    FROM head
),
moved AS (UPDATE satudata_audit_head AS old SET position = made.position, hash = made.hash FROM made WHERE old.id = 1)
INSERT INTO satudata_review_event ({", ".join(_GIVEN)}, position, previous_hash, hash)
SELECT {_VALUES}, position, previous_hash, hash FROM made
RETURNING position, previous_hash, hash
"""  # noqa: S608


def append(**values: Any) -> ReviewEvent:
    """Add one event at the head. Call it last and commit at once: everybody else's event waits.

    One statement, sent as it is: building it anew would cost more than the database takes for it. Its moment is the
    one when it was asked for; of two that waited for each other the order is their position.

    :param values: columns of ``satudata_review_event`` but position and hashes
    :returns: the event as it was written, not committed; no member of the session, so that reading it after the
        commit asks nobody
    """
    model.Session.flush()
    for name, empty in (("package_name", ""), ("package_title", ""), ("actor_name", ""), ("track", "publication")):
        values[name] = values.get(name) or empty
    event = ReviewEvent(at=dt.datetime.utcnow(), **values)
    row = {name: getattr(event, name) for name in _GIVEN}
    before, after = ({name: _plain(row[name]) for name in names} for names in (_BEFORE, _AFTER))
    row["_before"] = canonical.dumps(before).decode()[:-1] + ',"position":'
    row["_after"] = '",' + canonical.dumps(after).decode()[1:]
    for name in JSON_COLUMNS:
        row[name] = None if row[name] is None else json.dumps(row[name])
    connection = model.Session.connection()
    written = connection.exec_driver_sql(_APPEND, row).first()
    if written is None:
        _make_head()
        written = connection.exec_driver_sql(_APPEND, row).one()
    event.position, event.previous_hash, event.hash = written
    feed.note(event)
    return event


def _make_head() -> None:
    """The row that says where the chain ends, for the first event of all.

    A row lock and no advisory lock: the row must be written anyway, and what it says is read with it. The head is
    believed rather than the newest row, so that a gap that somebody has cut stays a gap.
    """
    last = model.Session.execute(
        sa.select(ReviewEvent.position, ReviewEvent.hash).order_by(ReviewEvent.position.desc()).limit(1)
    ).first()
    if last is not None:
        log.error("satudata_audit_head has lost its row; it is made anew from event %s", last.position)
    start = {"position": last.position, "hash": last.hash} if last else {"position": 0, "hash": GENESIS}
    model.Session.execute(insert(AuditHead).values(id=1, **start).on_conflict_do_nothing())


def hash_of(event: ReviewEvent) -> str:
    """The hash an event must carry."""
    return hash_of_values({key: getattr(event, key) for key in HASHED})


def hash_of_values(values: Mapping[str, Any]) -> str:
    """The hash an event with these columns must carry.

    :param values: at least the columns of ``HASHED``
    """
    return hashlib.sha256(canonical.dumps({key: _plain(values[key]) for key in HASHED})).hexdigest()


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


def _plain(value: Any) -> Any:
    return value.isoformat(timespec="microseconds") if isinstance(value, dt.datetime) else value
