"""The background job of a long run."""

from __future__ import annotations

import datetime as dt
import logging

import sqlalchemy as sa
from ckan import model

from ckanext.satudata import background
from ckanext.satudata.languages import read_in

from ..people import actor_of
from . import service
from .model import Bulk

log = logging.getLogger(__name__)

#: RQ's own limit of 180 s would cut a run of a thousand short; what is left over is taken up where it stopped.
LONGEST_SECONDS = 3600
#: After so long a run that has not ended is taken up again.
PATIENCE = dt.timedelta(minutes=15)


def enqueue(bulk_id: str) -> bool:
    """Leave a run to a worker.

    :returns: whether the queue took it; where it did not, the caller does the work
    """
    return background.enqueue(run, [bulk_id], f"bulk review {bulk_id}", LONGEST_SECONDS)


def run(bulk_id: str) -> None:
    """Background job: do what still waits of a run, in the name and the language of whoever began it."""
    bulk = model.Session.get(Bulk, bulk_id)
    if bulk is None or bulk.finished_at is not None:
        return
    user = model.User.get(bulk.actor_id)
    actor = actor_of({"user": user.name if user else ""})
    with read_in(bulk.language):
        service.work(bulk, actor)


def resume() -> int:
    """Periodic: take up runs whose job was lost, with Redis or with its worker; two at one run do no harm.

    :returns: how many were taken up
    """
    stale = dt.datetime.utcnow() - PATIENCE
    unfinished = sa.select(Bulk.id).where(Bulk.finished_at.is_(None), Bulk.created_at < stale).order_by(Bulk.created_at)
    found = list(model.Session.scalars(unfinished))
    for bulk_id in found:
        run(bulk_id)
    return len(found)
