"""Bulk runs: many events, one notice per receiver.

``review.bulk`` marks each item of a run with the position of its event in the very transaction that writes the event
(``BulkItem.event_position``), and the run itself as finished (``Bulk.finished_at``). So whoever reads the events knows
of each to which run it belongs, whenever that is; no order of jobs, no restart and no repeat changes it. While a run
goes on its message is held back; a run that nobody has taken up again for ``STALE`` is told of as far as it came.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

import sqlalchemy as sa
from ckan import model

from ..bulk.model import Bulk, BulkItem
from ..model import ReviewEvent

#: A worker that was killed does not keep people waiting longer than this.
STALE = dt.timedelta(minutes=15)


def runs_of(positions: Iterable[int]) -> dict[int, str]:
    """The run each of these events belongs to, by position; one query."""
    wanted = list(positions)
    if not wanted:
        return {}
    query = sa.select(BulkItem.event_position, BulkItem.bulk_id).where(BulkItem.event_position.in_(wanted))
    return {row.event_position: row.bulk_id for row in model.Session.execute(query)}


def ended(bulk_ids: Iterable[str], now: dt.datetime) -> set[str]:
    """Those of these runs of which nothing more is to be expected."""
    wanted = list(bulk_ids)
    if not wanted:
        return set()
    last = (
        sa.select(sa.func.max(ReviewEvent.at))
        .join(BulkItem, BulkItem.event_position == ReviewEvent.position)
        .where(BulkItem.bulk_id == Bulk.id)
        .scalar_subquery()
    )
    query = sa.select(Bulk.id).where(
        Bulk.id.in_(wanted),
        sa.or_(Bulk.finished_at.is_not(None), sa.func.coalesce(last, Bulk.created_at) < now - STALE),
    )
    return set(model.Session.scalars(query))
