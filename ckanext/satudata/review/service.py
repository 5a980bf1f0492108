"""The one way a state changes, and how rows of the review begin and are written."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import ckantoolkit as tk
from ckan import model

from . import aftermath, cases, chain, content, deadlines, requirements, rules, wording
from .cases import Case
from .errors import invalid, refuse
from .model import PUBLICATION, Review, ReviewEvent, Snapshot
from .people import Actor
from .recommendation import service as recommendation
from .requirements import Plan, Request
from .revision import hooks as revision
from .workflows import in_force, tracks


def transition(
    actor: Actor, package_id: str, request: Request, within: Callable[[ReviewEvent], None] | None = None
) -> Case:
    """Take one action of the table, whole or not at all.

    :param actor: who acts; roles, holder and four eyes are checked here, not by callers
    :param within: called with the event, just before the commit: what it writes is part of the transition, and what
        it raises undoes it
    :raises ObjectNotFound: no such package
    :raises NotAuthorized: wrong role or state, held by somebody else, or four eyes; with the reason
    :raises ValidationError: incomplete input, findings, unknown action or body, version passed over
    :returns: the case after the commit
    """
    if request.track not in tracks():
        raise invalid("track", tk._("Unknown track. Known: {names}").format(names=", ".join(tracks())))
    declared = in_force(request.track).transitions.get(request.action)
    if declared is None:
        names = ", ".join(in_force(request.track).transitions)
        raise invalid("action", tk._("Unknown action. Known: {names}").format(names=names))
    hidden: str | None = None
    copy_id: str | None = None
    try:
        revision.before_lock(package_id, declared)
        case = cases.lock(package_id, request.track)
        if not rules.may_see(actor, case.review, case.jenis_data):
            raise refuse(tk._("You have no role over this dataset."))
        check_version(case, request)
        plan = requirements.plan(actor, case, declared, request)
        if revision.is_publishing(case, plan):
            copy_id = case.package.id
            case, event = revision.publish(actor, case, plan, request, within)
        else:
            if declared.effect == "revise":
                plan.recorded.update(revision.start(actor, case, request))
            hidden = case.package.id if declared.effect == "hide" else None
            event = _apply(actor, case, plan, request)
            revision.keep_files(case, plan, event)
            if within is not None:
                within(event)
            model.Session.commit()
    except Exception:
        model.Session.rollback()
        if hidden:
            aftermath.reindex_or_enqueue(hidden)
        raise
    if declared.effect == "revise":
        revision.started(event)
    aftermath.follow_up(actor, case.package, event)
    if copy_id:
        revision.published(copy_id)
    case.forget()
    return case


def check_version(case: Case, request: Request) -> None:
    """Refuse what somebody has moved since the caller looked.

    :raises ValidationError: on ``expected_version``, saying who moved it and when
    """
    if request.expected_version is None or request.expected_version == case.review.version:
        return
    last = last_event(case.package.id, request.track)
    moved = (
        tk._("{name} moved it to “{state}” on {at}.").format(
            name=last.actor_name, state=wording.state(case.review.state, request.track), at=wording.moment(last.at)
        )
        if last
        else tk._("It is now “{state}”.").format(state=wording.state(case.review.state, request.track))
    )
    raise invalid("expected_version", moved + " " + tk._("Reload and look again."))


def _apply(actor: Actor, case: Case, plan: Plan, request: Request) -> ReviewEvent:
    """Write the new state on package, row and chain, in that order, without committing."""
    now = dt.datetime.utcnow()
    review, package, declared = case.review, case.package, plan.transition
    came_from = review.state
    _move(actor, review, plan, request, now)
    said = request.comment
    if request.track == recommendation.TRACK:
        given = recommendation.apply(actor.id, review, declared, request.recommendation, now)
        said = "\n".join(filter(None, (given, said)))
    # Whoever starts a working copy leaves the published data as it is, to the last byte.
    if case.workflow.decides_visibility and declared.effect != "revise":
        if declared.effect == "submit" and not revision.is_copy(package):
            package.state = model.State.ACTIVE
        move_package(package, rules.must_be_private(plan.target, case.fields), now)
    if declared.effect == "hide":
        # Solr down means nothing is withdrawn in the database either: it would go on showing the data. Before the
        # event: whoever waits for the head of the chain does not wait for Solr.
        aftermath.hide(package)
    event = chain.append(
        package_id=package.id,
        package_name=package.name,
        package_title=package.title,
        organization_id=review.organization_id,
        track=review.track,
        action=declared.name,
        from_state=came_from,
        to_state=plan.target,
        actor_id=actor.id,
        actor_name=actor.name,
        body_id=plan.way.body_id,
        program=actor.program,
        comment=said or None,
        principle_results=request.principle_results,
        field_comments=request.field_comments,
        **plan.recorded,
    )
    if declared.name == "return":
        review.last_return = event.position
        if plan.way.role == "pembina":
            review.pembina_return = event.position
    if declared.name == "return" or declared.effect in ("submit", "publish"):
        snapshot(case, event)
    return event


def _move(actor: Actor, review: Review, plan: Plan, request: Request, now: dt.datetime) -> None:
    """The review row after this action."""
    declared, came_from = plan.transition, review.state
    if declared.holds:
        review.holder_id, review.holder_body_id = request.assignee or actor.id, plan.way.body_id
        review.held_since = now
    elif declared.effect != "revise":
        review.holder_id = review.holder_body_id = review.held_since = None
    if plan.target != came_from:
        review.state_since = now
    if declared.effect == "publish" and plan.target == came_from:
        review.release_at = request.release_at
    else:
        review.release_at = None
    if declared.name == "ask":
        review.asked_by, review.asked_at = actor.id, now
    elif declared.effect == "submit":
        review.submitted_by, review.submitted_at = actor.id, now
        review.submitted_digest = plan.recorded["content_digest"]
        review.supporting_checked_at = review.asked_by = review.asked_at = review.pembina_return = None
        add_author(review, actor.id)
    elif declared.effect == "check":
        _mark(review, plan, now)
    elif in_force(review.track).state(plan.target).public and plan.target != came_from:
        review.published_at, review.authors = now, []
    review.state = plan.target
    review.version += 1
    if plan.target != came_from or declared.effect == "publish":
        review.due_at = deadlines.due_at(review, in_force(review.track), now)


def _mark(review: Review, plan: Plan, now: dt.datetime) -> None:
    """Who has found the content conforming."""
    if plan.way.role == "supporting_custodian":
        review.supporting_checked_at = now
    elif plan.way.role == "custodian":
        review.custodian_checked_at, review.pembina_checked_at = now, None
        review.pembina_return = None
    elif plan.way.role == "pembina":
        review.pembina_checked_at = now


def snapshot(case: Case, event: ReviewEvent) -> None:
    """Keep what the content was at this event, so that what changes afterwards can be shown."""
    model.Session.add(
        Snapshot(
            package_id=event.package_id,
            position=event.position,
            track=event.track,
            action=event.action,
            at=event.at,
            metadata_json=content.content_of(case.as_dict),
        )
    )
    model.Session.flush()


def move_package(package: model.Package, private: bool, now: dt.datetime) -> None:
    """Set what the state implies on the package row.

    ``metadata_modified`` must move, or ``package_show`` would go on trusting the index's older copy.
    """
    package.private = private
    touch(package, now)


def touch(package: model.Package, now: dt.datetime | None = None) -> None:
    """Move ``metadata_modified`` forward, always."""
    now = now or dt.datetime.utcnow()
    previous = package.metadata_modified
    package.metadata_modified = max(now, previous + dt.timedelta(milliseconds=10)) if previous else now


def add_author(review: Review, user_id: str | None) -> None:
    """Remember who changed the content since its last publication."""
    if user_id and user_id not in (review.authors or []):
        review.authors = [*(review.authors or []), user_id]


def last_event(package_id: str, track: str = PUBLICATION) -> ReviewEvent | None:
    """The newest event of a package, or None."""
    return (
        model.Session.query(ReviewEvent)
        .filter(ReviewEvent.package_id == package_id, ReviewEvent.track == track)
        .order_by(ReviewEvent.position.desc())
        .first()
    )


# -- rows begin and end with packages -------------------------------------------------------------------------


def start(package: model.Package, actor: Actor, harvested: bool = False) -> Review:
    """Give a new package its row; called inside the transaction that creates it.

    :param harvested: brought by a harvester under the policy ``publish``: published at once, and said so
    """
    review = Review(
        package_id=package.id,
        track=PUBLICATION,
        state=in_force().names(public=True)[0] if harvested else in_force().initial,
        version=1,
        package_type=package.type,
        organization_id=package.owner_org,
        authors=[] if harvested or not actor.id else [actor.id],
        harvested=harvested,
    )
    if harvested:
        review.published_at = dt.datetime.utcnow()
    model.Session.add(review)
    model.Session.flush()
    return review


def record(actor: Actor, review: Review, package: model.Package | None, action: str, **values: Any) -> ReviewEvent:
    """Write an event that is no transition (override, restore, delete, purge, priority)."""
    return chain.append(
        package_id=review.package_id,
        package_name=package.name if package else "",
        package_title=(package.title or "") if package else "",
        organization_id=review.organization_id,
        track=review.track,
        action=action,
        from_state=review.state,
        to_state=values.pop("to_state", review.state),
        actor_id=actor.id,
        actor_name=actor.name,
        program=actor.program,
        **values,
    )
