"""Rows whose state the table in force does not have: reported before anything changes, and led back safely.

Nothing becomes public by a change of table, and nothing disappears: such rows stay as they are (what was hidden is
hidden, what had been published is still there), and no action or edit is taken on them. What is public of them, and
to whom the rest is shown, follows from :meth:`~..transitions.Workflow.state`: an unknown state is closed.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass, field

import ckantoolkit as tk
import sqlalchemy as sa
from ckan import model

from .. import aftermath, cases, service, workflows
from ..errors import invalid
from ..model import PUBLICATION, Review, ReviewEvent
from ..people import Actor
from ..transitions import Workflow
from .visibility import before_the_check

log = logging.getLogger(__name__)

#: The event that says a row was led from a state the table no longer has to one it has.
EVENT = "table"


@dataclass(frozen=True)
class Lost:
    """Rows of one track in one state the table lacks."""

    track: str
    state: str
    count: int
    #: How many of them the public sees.
    public: int


def lost() -> list[Lost]:
    """The states of existing rows that no table in force has, with their counts; one query."""
    public = sa.and_(
        Review.track == PUBLICATION,
        model.Package.state == model.State.ACTIVE,
        model.Package.private.is_(False),
    )
    query = (
        sa.select(Review.track, Review.state, sa.func.count(), sa.func.count().filter(public))
        .outerjoin(model.Package, model.Package.id == Review.package_id)
        .group_by(Review.track, Review.state)
        .order_by(Review.track, Review.state)
    )
    known = {track: workflows.in_force(track).states for track in workflows.tracks()}
    return [
        Lost(track, state, count, seen)
        for track, state, count, seen in model.Session.execute(query)
        if state not in known.get(track, {})
    ]


def warn() -> list[Lost]:
    """Say in the log what :func:`lost` finds."""
    found = lost()
    for one in found:
        log.error(
            "%d datasets are in the state %r of the track %r, which the table of the review does not have (%d of them "
            "are public). Nothing can be done with them. Run: ckan satudata workflow check",
            one.count,
            one.state,
            one.track,
            one.public,
        )
    return found


@dataclass
class Moved:
    """What :func:`move` did, or would do."""

    moved: list[str] = field(default_factory=list)
    #: Name of a dataset, and why it was left alone.
    left: list[tuple[str, str]] = field(default_factory=list)


def move(actor: Actor, state: str, target: str, track: str = PUBLICATION, dry_run: bool = False) -> Moved:
    """Lead rows from a state the table lacks to one it has, each in its own transaction and as an event.

    :param actor: a sysadmin or the program of the command line
    :param target: a state before the check; or a public one for what is published now. Nothing skips a check
        and nothing published is hidden by this.
    :raises ValidationError: the table has ``state``, or lacks ``target``, or nothing may be led there
    """
    table = workflows.in_force(track)
    if state in table.states:
        raise invalid("state", tk._("The table has the state “{state}”; use its actions.").format(state=state))
    if target not in table.states:
        names = ", ".join(table.states)
        raise invalid("target", tk._("Unknown state. Known: {names}").format(names=names))
    aim = table.state(target)
    if table.decides_visibility and not aim.public and target not in before_the_check(table):
        allowed = ", ".join(
            name for name in table.states if name in before_the_check(table) or table.state(name).public
        )
        raise invalid(
            "target",
            tk._("Data led to “{state}” could be published without a check. Possible: {names}").format(
                state=target, names=allowed
            ),
        )
    result = Moved()
    rows = model.Session.scalars(
        sa.select(Review.package_id).where(Review.track == track, Review.state == state).order_by(Review.package_id)
    ).all()
    for package_id in rows:
        _move_one(actor, table, package_id, state, target, dry_run, result)
    return result


def _move_one(
    actor: Actor, table: Workflow, package_id: str, state: str, target: str, dry_run: bool, result: Moved
) -> None:
    try:
        case = cases.lock(package_id, table.track)
    except (tk.ObjectNotFound, tk.ValidationError) as error:
        model.Session.rollback()
        result.left.append((package_id, str(error)))
        return
    name = case.package.name
    reason = _reason_to_leave(table, case, target) if case.review.state == state else tk._("It has moved meanwhile.")
    if reason or dry_run:
        model.Session.rollback()
        if reason:
            result.left.append((name, reason))
        else:
            result.moved.append(name)
        return
    review = case.review
    event = service.record(actor, review, case.package, EVENT, to_state=target)
    review.holder_id = review.holder_body_id = review.held_since = review.release_at = None
    review.state = target
    review.version += 1
    model.Session.commit()
    aftermath.reindex_or_enqueue(event.package_id)
    result.moved.append(name)


def _reason_to_leave(table: Workflow, case: cases.Case, target: str) -> str | None:
    if not table.decides_visibility:
        return None
    aim, public = table.state(target), not case.package.private and case.package.state == model.State.ACTIVE
    if aim.public:
        if public or _was_published(case):
            return None
        return tk._("It was not published; lead it to a state before the check.")
    if public:
        return tk._("It is public; lead it to a public state, and withdraw it from there.")
    if not aim.editable_by and not case.review.submitted_digest:
        return tk._("It was never submitted; lead it to a state the producer edits.")
    return None


def _was_published(case: cases.Case) -> bool:
    """Whether an act of publication brought the row to where it stands (what is not open to all is private)."""
    query = (
        sa.select(ReviewEvent.action)
        .where(
            ReviewEvent.package_id == case.package.id,
            ReviewEvent.track == case.review.track,
            ReviewEvent.to_state == case.review.state,
            ReviewEvent.from_state != case.review.state,
        )
        .order_by(ReviewEvent.position.desc())
        .limit(1)
    )
    return model.Session.scalar(query) == "publish"


def words(found: list[Lost]) -> list[str]:
    """What :func:`lost` found, a line each, for the command line."""
    return [
        f"{one.track}: {one.count} in “{one.state}”, which the table does not have ({one.public} of them public)"
        for one in found
    ]
