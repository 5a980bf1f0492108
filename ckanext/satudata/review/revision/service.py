"""Working copies: started, abandoned, taken back; what becomes of them when the published dataset changes.

A published dataset is never edited. Its producer edits a copy, the copy goes through the whole table of the review,
and publishing it (``publishing``) writes the content onto the published dataset. Locks are taken in one order: the
published package, the copy, their review rows, our row, the head of the chain.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

import ckantoolkit as tk
from ckan import model

from ckanext.satudata import config
from ckanext.satudata.review import cases, service, wording
from ckanext.satudata.review.cases import Case
from ckanext.satudata.review.errors import refuse
from ckanext.satudata.review.model import Review
from ckanext.satudata.review.people import Actor
from ckanext.satudata.review.requirements import Request
from ckanext.satudata.review.workflows import in_force

from . import copying, fingerprint, steps, tables
from .hooks import package_ids
from .marks import CORE_STATE
from .model import ABANDONED, OPEN, Revision

__all__ = ["abandon", "package_ids", "start", "undo"]


def start(actor: Actor, case: Case, request: Request) -> dict[str, Any]:
    """Make the working copy of a locked, published dataset; called inside the transition ``revise``, no commit.

    :param request: with ``change_kind`` and perhaps ``public_note``
    :returns: what the event records: ``{"content": {"change": {"revision_id", "kind", "note"}}}``
    :raises NotAuthorized: somebody works on one already
    """
    live = case.package
    reason = obstacle_to_start(live.id)
    if reason:
        raise refuse(reason)
    _package, base = fingerprint.now_of(live.id)
    copy = copying.copy_package(live, actor.id)
    # Whoever starts a copy has changed nothing yet: the custodian who asks for a correction may check it later.
    service.start(copy, actor).authors = []
    copied = [
        [resource.id, copy_id] for copy_id, resource in copying.pairs_of(copy.id) if tables.has_table(resource.id)
    ]
    model.Session.add(
        Revision(
            copy_id=copy.id,
            live_id=live.id,
            status=OPEN,
            change_kind=request.change_kind,
            public_note=request.public_note,
            started_by=actor.id,
            base=base,
            **steps.stored(steps.START, {"tables": copied}),
        )
    )
    model.Session.flush()
    return {"content": {"change": {"revision_id": copy.id, "kind": request.change_kind, "note": request.public_note}}}


def obstacle_to_start(live_id: str) -> str | None:
    """Why no copy can be started of this published dataset now, in words."""
    existing = Revision.open_of(live_id)
    if existing is None:
        return None
    return tk._("{name} works on a change of this dataset since {day}; there is one working copy at a time.").format(
        name=wording.person(existing.started_by) or tk._("Somebody"), day=wording.day(existing.started_at)
    )


def obstacle_to_publish(copy_id: str) -> str | None:
    """Why this copy cannot be published now, in words; a conflict is told apart."""
    revision = Revision.get(copy_id)
    if revision is None or not revision.is_open:
        return tk._("This working copy has ended.")
    live = model.Package.get(revision.live_id)
    review = Review.get(revision.live_id) if live is not None else None
    if live is None or review is None or live.state != model.State.ACTIVE:
        return tk._("The dataset this is a working copy of is gone.")
    if not in_force().state(review.state).public:
        return tk._(
            "The dataset this is a working copy of is “{state}”. A change can be published only while it is published."
        ).format(state=wording.state(review.state))
    return None


def lock(copy_id: str) -> tuple[Case, Revision]:
    """Lock a copy, its review row and our row; for what leaves the published dataset alone.

    :raises ObjectNotFound: it is no working copy
    """
    revision = Revision.get(copy_id)
    if revision is None:
        raise tk.ObjectNotFound(tk._("This is no working copy."))
    case = cases.lock(revision.copy_id)
    locked = Revision.get(copy_id, lock=True)
    assert locked is not None
    return case, locked


def may_end(actor: Actor, revision: Revision, organization_id: str | None) -> bool:
    """Who may abandon a copy: the producer, and whoever asked for it."""
    return actor.sysadmin or actor.is_producer(organization_id) or (bool(actor.id) and actor.id == revision.started_by)


def abandon(actor: Actor, copy_id: str, comment: str | None = None) -> Revision:
    """Give up a working copy. It can be taken back until it is cleaned away.

    :raises NotAuthorized: somebody else's, or it waits for a checker; with the reason
    :raises ObjectNotFound: it is no working copy
    """
    try:
        case, revision = lock(copy_id)
        if not may_end(actor, revision, case.review.organization_id):
            raise refuse(tk._("Only the producer, or who started it, abandons a working copy."))
        if not revision.is_open:
            raise refuse(tk._("This working copy has ended."))
        if case.state.editable_by is None and not actor.program:
            raise refuse(
                tk._("This working copy is “{state}”. Cancel the submission first.").format(
                    state=wording.state(case.review.state)
                )
            )
        end(actor, case, revision, comment)
        model.Session.commit()
    except Exception:
        model.Session.rollback()
        raise
    steps.finish_or_enqueue(copy_id)
    return revision


def end(actor: Actor, case: Case, revision: Revision, comment: str | None = None) -> None:
    """Close a locked copy without publishing it, as an event; no commit."""
    now = dt.datetime.utcnow()
    later = now + dt.timedelta(days=config.abandoned_days())
    revision.status, revision.ended_by, revision.ended_at = ABANDONED, actor.id, now
    steps.store(revision, steps.ABANDONED, {**revision.work, "not_before": later.isoformat()})
    case.package.state = model.State.DELETED
    case.review.version += 1
    case.review.release_at = case.review.due_at = case.review.holder_id = case.review.holder_body_id = None
    service.record(actor, case.review, case.package, "revision_abandon", comment=comment)


def undo(actor: Actor, copy_id: str) -> Revision:
    """Take an abandoned working copy back, while it is still there.

    :raises NotAuthorized: somebody else's, cleaned away, or another one is open; with the reason
    """
    found = Revision.get(copy_id)
    if found is None:
        raise tk.ObjectNotFound(tk._("This is no working copy."))
    try:
        # The published package first: another copy may be starting.
        live = lock_package(found.live_id)
        if model.Package.get(copy_id) is None or live is None:
            raise refuse(tk._("This working copy has been cleaned away; start a new one."))
        case, revision = lock(copy_id)
        if not may_end(actor, revision, case.review.organization_id):
            raise refuse(tk._("Only the producer, or who started it, takes a working copy back."))
        if revision.status != ABANDONED:
            raise refuse(tk._("This working copy has not been abandoned."))
        reason = obstacle_to_start(revision.live_id)
        if reason:
            raise refuse(reason)
        revision.status, revision.ended_by, revision.ended_at, revision.warned_at = OPEN, None, None, None
        work = {key: value for key, value in revision.work.items() if key != "not_before"}
        steps.store(revision, steps.START, work)
        case.package.state = CORE_STATE
        service.touch(case.package)
        case.review.version += 1
        service.record(actor, case.review, case.package, "revision_undo")
        model.Session.commit()
    except Exception:
        model.Session.rollback()
        raise
    steps.finish_or_enqueue(copy_id)
    return revision


def lock_package(package_id: str) -> model.Package | None:
    """Lock one package row and read it afresh."""
    query = model.Session.query(model.Package).filter(model.Package.id == package_id)
    return query.populate_existing().with_for_update(of=model.Package).first()


# -- what happens to the published dataset meanwhile -----------------------------------------------------------


def live_ended(actor: Actor, live_id: str) -> None:
    """The published dataset is deleted or purged: its open copy ends with it. No commit; the caller holds its lock."""
    revision = Revision.open_of(live_id)
    if revision is None:
        return
    case, locked = lock(revision.copy_id)
    if locked.is_open:
        end(actor, case, locked, tk._("The dataset was deleted."))


def live_moved(live_id: str, organization_id: str | None) -> None:
    """The published dataset has another owner: whoever produces it now has the copy too. No commit."""
    revision = Revision.open_of(live_id)
    if revision is None:
        return
    case, _locked = lock(revision.copy_id)
    copying.move_owner(case.package, organization_id)
    case.review.organization_id = organization_id
    service.touch(case.package)
