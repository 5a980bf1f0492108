"""Work of the review that nobody waits for at a screen."""

from __future__ import annotations

import datetime as dt
import logging

import ckantoolkit as tk
import sqlalchemy as sa
from ckan import model

from . import requirements, service
from .model import Review
from .people import Actor

log = logging.getLogger(__name__)

#: The program that publishes on the date a custodian has set; its name stands in the event.
RELEASE = Actor(id=None, name="release", sysadmin=True, program="release")


def release_due() -> list[str]:
    """Publish what is approved and whose release date has come; each in its own transaction.

    :returns: ids of the packages published
    """
    due = model.Session.scalars(
        sa.select(Review.package_id)
        .where(Review.state == "approved", Review.release_at <= dt.datetime.utcnow())
        .order_by(Review.release_at)
    ).all()
    released = []
    for package_id in due:
        try:
            service.transition(RELEASE, package_id, requirements.Request("publish"))
        except (tk.NotAuthorized, tk.ValidationError, tk.ObjectNotFound) as error:
            # Moved meanwhile, or changed behind our back: a person has to look.
            log.warning("%s was due but could not be released: %s", package_id, error)
            continue
        released.append(package_id)
    return released
