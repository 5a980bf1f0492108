"""Work of the review that nobody waits for at a screen."""

from __future__ import annotations

import datetime as dt
import logging

import ckantoolkit as tk
import sqlalchemy as sa
from ckan import model

from ckanext.satudata.roles import service as roles

from . import cases, deadlines, requirements, service, wording
from .errors import refuse
from .model import PUBLICATION, Review, ReviewEvent
from .notices import service as notices
from .people import Actor

log = logging.getLogger(__name__)

#: The program that publishes on the date a custodian has set; its name stands in the event.
RELEASE = Actor(id=None, name="release", sysadmin=True, program="release")


def release_due(now: dt.datetime | None = None) -> list[str]:
    """Publish what is approved and whose release date has come; each in its own transaction.

    What may not be published any more (its content differs from what was approved, or whoever set the date has lost
    the role) stays approved without a date, and says so. What could not be written now is tried again the next time.

    :param now: naive UTC; this moment by default
    :returns: ids of the packages published
    """
    due = model.Session.scalars(
        sa.select(Review.package_id)
        .where(Review.track == PUBLICATION, Review.release_at <= (now or dt.datetime.utcnow()))
        .order_by(Review.release_at, Review.package_id)
    ).all()
    model.Session.rollback()
    released = []
    for package_id in due:
        try:
            if _release(package_id):
                released.append(package_id)
        except Exception:
            model.Session.rollback()
            log.exception("%s was due for release; the next run tries again", package_id)
    return released


def _release(package_id: str) -> bool:
    try:
        service.transition(RELEASE, package_id, requirements.Request("publish"), within=_check_who_set_the_date)
    except (tk.NotAuthorized, tk.ValidationError) as error:
        _give_up(package_id, _words(error))
        return False
    except tk.ObjectNotFound:
        # Purged since: nobody waits for it.
        log.warning("%s was due for release and is gone", package_id)
        return False
    return True


def _check_who_set_the_date(event: ReviewEvent) -> None:
    """A date is as good as the person who set it: without the role it publishes nothing.

    :raises NotAuthorized: that person could not publish it today
    """
    # Of a working copy, the date was set on the copy; the event is the published dataset's.
    subject = ((event.content or {}).get("change") or {}).get("revision_id") or event.package_id
    query = (
        sa.select(ReviewEvent)
        .where(
            ReviewEvent.package_id == subject,
            ReviewEvent.track == event.track,
            ReviewEvent.position < event.position,
            ReviewEvent.action == event.action,
        )
        .order_by(ReviewEvent.position.desc())
        .limit(1)
    )
    setting = model.Session.scalars(query).first()
    user = model.User.get(setting.actor_id) if setting is not None and setting.actor_id else None
    if setting is None or setting.program is not None:
        return
    if user is None or user.state != model.State.ACTIVE:
        raise refuse(tk._("{name}, who set the date, has no account any more.").format(name=setting.actor_name))
    package = model.Session.get(model.Package, event.package_id)
    kind = str((package.extras or {}).get("jenis_data") or "statistik") if package else "statistik"
    if not user.sysadmin and not roles.roles_over(user.id, event.organization_id or "", kind).get("custodian"):
        raise refuse(
            tk._("{name}, who set the date, is no longer custodian of this organization.").format(
                name=wording.person(user.id)
            )
        )


def _give_up(package_id: str, reason: str) -> None:
    """Take the date away and write why, once; a person has to look."""
    case = cases.lock(package_id)
    review = case.review
    if review.release_at is None or review.release_at > dt.datetime.utcnow():
        # Moved meanwhile: somebody published, returned or withdrew it, or set another date.
        model.Session.rollback()
        return
    review.release_at = None
    review.due_at = deadlines.due_at(review, case.workflow, dt.datetime.utcnow())
    review.version += 1
    service.record(RELEASE, review, case.package, "release_failed", comment=reason)
    model.Session.commit()
    log.warning("%s was due for release and stays approved: %s", package_id, reason)
    notices.enqueue()


def _words(error: Exception) -> str:
    if isinstance(error, tk.ValidationError):
        texts = (text if isinstance(text, list) else [text] for text in error.error_dict.values())
        return " ".join(str(one) for text in texts for one in text)
    return str(error)
