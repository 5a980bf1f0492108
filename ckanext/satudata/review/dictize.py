"""The shapes of the contract: Review and Event as the API answers them."""

from __future__ import annotations

import datetime as dt
from typing import Any

from ckan import model

from . import cases, rules, wording
from .model import Review, ReviewEvent
from .people import Actor
from .transitions import Transition
from .workflows import in_force


def review_dict(review: Review, name: str, title: str) -> dict[str, Any]:
    """A review without what depends on who asks. Moments are ISO 8601 in UTC."""
    state = in_force(review.track).state(review.state)
    return {
        "package_id": review.package_id,
        "package_name": name,
        "title": title,
        "type": review.package_type,
        "track": review.track,
        "state": review.state,
        "state_label": wording.state(review.state, review.track),
        "state_since": iso(review.state_since),
        "waits_for": state.waits_for,
        "version": review.version,
        "organization_id": review.organization_id,
        "asked_by": review.asked_by,
        "submitted_by": review.submitted_by,
        "submitted_at": iso(review.submitted_at),
        "holder": review.holder_id,
        "due_at": iso(review.due_at),
        "overdue": bool(review.due_at and review.due_at < dt.datetime.utcnow()),
        "release_at": iso(review.release_at),
        **checked(review),
    }


def checked(review: Review) -> dict[str, Any]:
    """State and date of the check: all that the public may know, and only of published data."""
    return {
        "custodian_checked_at": iso(review.custodian_checked_at),
        "pembina_checked_at": iso(review.pembina_checked_at),
        "published_at": iso(review.published_at),
    }


def case_dict(actor: Actor, case: cases.Case) -> dict[str, Any]:
    """A review with the actions this actor may take now."""
    result = review_dict(case.review, case.package.name, case.package.title or case.package.name)
    # Nobody holds it who has lost the role since.
    result["holder"] = rules.holder(case)
    result["actions"] = [action_dict(item, case) for item in rules.actions_for(actor, case)]
    return result


def action_dict(transition: Transition, case: cases.Case) -> dict[str, Any]:
    """One action as a button needs it."""
    return {
        "name": transition.name,
        "label": wording.action(label_of(transition, case), case.review.track),
        "needs": rules.needs_of(transition, case),
    }


def label_of(transition: Transition, case: cases.Case) -> str:
    """Which verb the button carries in this case."""
    if transition.words:
        return transition.name
    if transition.effect == "submit" and case.review.state != case.workflow.initial:
        return "resubmit"
    unasked = any(edge.unasked for edge in transition.edges_from(case.review.state))
    if unasked and not rules.pembina_is_asked(case.fields):
        return "conforms"
    return transition.name


def event_dict(event: ReviewEvent) -> dict[str, Any]:
    """One event of the history."""
    return {
        "position": event.position,
        "package_id": event.package_id,
        "track": event.track,
        "action": event.action,
        "action_label": wording.action(event.action, event.track),
        "from_state": event.from_state,
        "to_state": event.to_state,
        "to_state_label": wording.state(event.to_state, event.track),
        "actor_id": event.actor_id,
        "actor_name": event.actor_name,
        "body_id": event.body_id,
        "program": event.program,
        "assignee": (event.content or {}).get("assignee"),
        "at": iso(event.at),
        "comment": event.comment,
        "principle_results": event.principle_results,
        "field_comments": event.field_comments,
        "content_digest": event.content_digest,
        "hash": event.hash,
    }


def iso(at: dt.datetime | None) -> str | None:
    """A stored moment (naive UTC) as ISO 8601 with its offset."""
    return at.replace(tzinfo=dt.timezone.utc).isoformat() if at else None


def titles(ids: set[str]) -> dict[str, str]:
    """Titles of organizations by id, in one query."""
    if not ids:
        return {}
    rows = model.Session.query(model.Group.id, model.Group.title, model.Group.name).filter(model.Group.id.in_(ids))
    return {row.id: row.title or row.name for row in rows}
