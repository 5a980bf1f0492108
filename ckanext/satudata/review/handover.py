"""Holds that pass on: of people who are away, who do nothing for days, or who have lost their role."""

from __future__ import annotations

import datetime as dt
import logging
from typing import Any

import ckantoolkit as tk
import sqlalchemy as sa
from ckan import model

from ckanext.satudata import config, startup
from ckanext.satudata.roles import service as roles

from . import absence, calendar, cases, deadlines, rules, service, wording
from .cases import Case
from .model import Review, ReviewEvent
from .notices import service as notices
from .people import Actor

log = logging.getLogger(__name__)

#: The program that passes holds on; its name stands in the event.
HAND_OVER = Actor(id=None, name="hand_over", sysadmin=True, program="hand_over")


def hand_over(now: dt.datetime | None = None) -> int:
    """The job: pass on what is held by people who are away, idle, or no longer in the role.

    :param now: naive UTC; this moment by default
    :returns: how many holds were passed on
    """
    now = now or dt.datetime.utcnow()
    absent = absence.away(calendar.today(now))
    candidates = _candidates(absent, now)
    model.Session.rollback()
    passed = 0
    for package_id, track, holder_id, idle in candidates:
        try:
            if _pass_on(package_id, track, holder_id, absent, idle, now):
                passed += 1
        except Exception:
            # One dataset in trouble keeps nobody else waiting; the next run tries it again.
            model.Session.rollback()
            log.exception("The hold on %s could not be passed on", package_id)
    if passed:
        notices.enqueue()
    return passed


def _candidates(absent: dict[str, str | None], now: dt.datetime) -> list[tuple[str, str, str, bool]]:
    """Holds to look at under their locks: package, track, holder, and whether the holder is idle. Nothing is locked."""
    held = model.Session.execute(
        sa.select(Review, model.Package)
        .join(model.Package, model.Package.id == Review.package_id)
        .where(Review.holder_id.is_not(None), model.Package.state != model.State.DELETED)
        .order_by(Review.package_id)
    ).all()
    active = _last_steps([row.Review.package_id for row in held]) if held and config.hand_over_after() else {}
    found = []
    for review, package in held:
        last = max(filter(None, (review.held_since, active.get((package.id, review.holder_id)))), default=None)
        idle = _is_idle(last, now)
        if idle or review.holder_id in absent or rules.holder(Case(package, review)) is None:
            found.append((package.id, review.track, review.holder_id, idle))
    return found


def _last_steps(package_ids: list[str]) -> dict[tuple[str, str], dt.datetime]:
    """When each person last did something about each of these datasets; one query."""
    rows = model.Session.execute(
        sa.select(ReviewEvent.package_id, ReviewEvent.actor_id, sa.func.max(ReviewEvent.at).label("at"))
        .where(ReviewEvent.package_id.in_(package_ids), ReviewEvent.actor_id.is_not(None))
        .group_by(ReviewEvent.package_id, ReviewEvent.actor_id)
    )
    return {(row.package_id, row.actor_id): row.at for row in rows}


def _is_idle(last: dt.datetime | None, now: dt.datetime) -> bool:
    days = config.hand_over_after()
    if not days or last is None:
        return False
    return now > calendar.end_of_day(calendar.nth_working_day(calendar.today(last), days))


def _pass_on(
    package_id: str, track: str, holder_id: str, absent: dict[str, str | None], idle: bool, now: dt.datetime
) -> bool:
    """Look again under the locks, then pass one hold on; what has moved meanwhile is left alone."""
    case = cases.lock(package_id, track)
    review = case.review
    if review.holder_id != holder_id:
        model.Session.rollback()
        return False
    to: str | None = None
    if rules.holder(case) is None:
        reason = tk._("{name} no longer has the role.")
    elif holder_id in absent:
        to = _able_stand_in(case, absent)
        reason = tk._("{name} is away.")
    elif idle:
        days = config.hand_over_after()
        reason = tk.ungettext(
            "{name} has taken no step for more than {n} working day.",
            "{name} has taken no step for more than {n} working days.",
            days,
        ).replace("{n}", str(days))
    else:
        model.Session.rollback()
        return False
    comment = reason.format(name=wording.person(holder_id) or holder_id)
    if to:
        comment += " " + tk._("{name} stands in.").format(name=wording.person(to))
    else:
        comment += " " + tk._("It waits for anybody in the role again.")
    _write(case, to, comment, now)
    model.Session.commit()
    return True


def _able_stand_in(case: Case, absent: dict[str, str | None]) -> str | None:
    """The stand-in, or the stand-in's own where that one is away too; None where nobody of them may hold it."""
    seen: set[str] = set()
    person: str | None = absent.get(case.review.holder_id or "")
    while person and person not in seen:
        seen.add(person)
        if person not in absent:
            return person if may_hold(case, person) else None
        person = absent[person]
    return None


def may_hold(case: Case, user_id: str) -> bool:
    """Whether this person has the role the state waits for."""
    user, role = model.User.get(user_id), case.state.waits_for
    if user is None or user.state != model.State.ACTIVE or role is None:
        return False
    over = roles.roles_over(user.id, case.review.organization_id or "", case.jenis_data)
    return bool(user.sysadmin or over.get(role))


def _write(case: Case, to: str | None, comment: str, now: dt.datetime) -> None:
    """The row and the event, without committing: held by somebody else, or where letting go leads."""
    review = case.review
    target = review.state
    if to is None:
        let_go = case.workflow.transitions.get("release")
        ways = let_go.edges_from(review.state) if let_go else ()
        target = ways[0].to if ways else target
        review.holder_id = review.holder_body_id = review.held_since = None
    else:
        review.holder_id, review.held_since = to, now
    review.version += 1
    service.record(HAND_OVER, review, case.package, "hand_over", to_state=target, comment=comment)
    if target != review.state:
        review.state, review.state_since = target, now
        review.due_at = deadlines.due_at(review, case.workflow, now)


# -- at once --------------------------------------------------------------------------------------------------

#: Actions of CKAN and ours by which a person may lose a role.
_TAKING_AWAY = (
    "member_create", "member_delete", "organization_member_delete", "organization_delete", "user_delete",
    "user_update", "user_patch", "satudata_role_revoke",
)  # fmt: skip


def pass_on_soon() -> None:
    """Ask the job workers to pass holds on now; where none answers, the periodic work does it minutes later."""
    try:
        tk.enqueue_job(hand_over, [], title="satudata: hand_over")
    except Exception:
        log.warning("Holds are passed on with the next periodic work only", exc_info=True)


def _after_action(_name: str, data_dict: dict[str, Any] | None = None, **_more: Any) -> None:
    if (data_dict or {}).get("object_type") not in (None, "user"):
        return
    if startup.is_migrated() and model.Session.scalar(sa.select(sa.exists().where(Review.holder_id.is_not(None)))):
        pass_on_soon()


def listen() -> None:
    """Look at the holds whenever somebody may have lost a role; connecting twice is connecting once."""
    for name in _TAKING_AWAY:
        tk.signals.action_succeeded.connect(_after_action, sender=name)
