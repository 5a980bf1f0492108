"""The background job of an import."""

from __future__ import annotations

import datetime as dt
import logging

import sqlalchemy as sa
from ckan import model

from ckanext.satudata import background
from ckanext.satudata.languages import read_in

from . import service
from .model import FormImport

log = logging.getLogger(__name__)

#: RQ's own limit of 180 s would cut a long import short; what is left over is taken up where it stopped.
LONGEST_SECONDS = 3600


def enqueue(import_id: str) -> bool:
    """Leave an import to a worker.

    :returns: whether the queue took it; where it did not, the caller does the work
    """
    return background.enqueue(run, [import_id], f"import of forms {import_id}", LONGEST_SECONDS)


def run(import_id: str) -> None:
    """Background job: carry an import out, in the name and the language of whoever uploaded it."""
    made = model.Session.get(FormImport, import_id)
    if made is None or made.finished_at is not None:
        return
    with read_in(made.language):
        service.work(import_id)


def resume() -> int:
    """Periodic: take up imports whose job was lost, with Redis or with its worker; forget those whose time is over.

    :returns: how many were taken up
    """
    service.forget_old()
    model.Session.commit()
    stale = dt.datetime.utcnow() - service.PATIENCE
    unfinished = sa.select(FormImport.id).where(FormImport.finished_at.is_(None), FormImport.started_at < stale)
    found = list(model.Session.scalars(unfinished.order_by(FormImport.started_at)))
    for import_id in found:
        run(import_id)
    return len(found)
