"""Periodic work of working copies: steps that were cut off, and copies nobody works on any more."""

from __future__ import annotations

import datetime as dt
import logging

import ckantoolkit as tk
import sqlalchemy as sa
from ckan import model

from ckanext.satudata import config
from ckanext.satudata.review import service as review_service
from ckanext.satudata.review.model import PUBLICATION, Review
from ckanext.satudata.review.people import Actor
from ckanext.satudata.review.workflows import in_force

from . import service, steps
from .model import OPEN, Revision

log = logging.getLogger(__name__)

#: The program that abandons what nobody works on; its name stands in the event.
CLEANER = Actor(id=None, name="clean-up", sysadmin=True, program="clean_up")
#: How long before it is abandoned those concerned are told.
WARNING = dt.timedelta(days=7)


def finish() -> dict[str, int]:
    """Take the steps that a killed process or a refusing server left behind. See ``steps.sweep``."""
    return steps.sweep()


def clean_idle(now: dt.datetime | None = None) -> dict[str, list[str]]:
    """Tell of, and then abandon, working copies that have waited for their producer too long without an edit.

    :param now: naive UTC; this moment by default
    :returns: ids: ``{"warned": [...], "abandoned": [...]}``
    """
    done: dict[str, list[str]] = {"warned": [], "abandoned": []}
    days = config.idle_copy_days()
    if not days:
        return done
    now = now or dt.datetime.utcnow()
    end, tell = now - dt.timedelta(days=days), now - dt.timedelta(days=days) + WARNING
    rows = model.Session.execute(
        sa.select(Revision.copy_id, Revision.warned_at, model.Package.metadata_modified)
        .join(model.Package, model.Package.id == Revision.copy_id)
        .join(Review, sa.and_(Review.package_id == Revision.copy_id, Review.track == PUBLICATION))
        .where(
            Revision.status == OPEN,
            Review.state.in_(in_force().names(editable_by="producer")),
            model.Package.metadata_modified < tell,
        )
    ).all()
    model.Session.rollback()
    for copy_id, warned_at, changed_at in rows:
        try:
            if warned_at is None or warned_at < changed_at:
                _warn(copy_id, now)
                done["warned"].append(copy_id)
            elif changed_at < end and warned_at < now - WARNING:
                service.abandon(CLEANER, copy_id, tk._("Nobody has worked on it for {n} days.").format(n=days))
                done["abandoned"].append(copy_id)
        except Exception:
            model.Session.rollback()
            log.exception("Working copy %s could not be cleaned up; the next run tries again", copy_id)
    return done


def _warn(copy_id: str, now: dt.datetime) -> None:
    """An event, which the notices tell those concerned of."""
    case, revision = service.lock(copy_id)
    revision.warned_at = now
    review_service.record(CLEANER, case.review, case.package, "revision_warn")
    model.Session.commit()
