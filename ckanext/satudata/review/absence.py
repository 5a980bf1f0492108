"""Absences, and holds that pass on: of people who are away, who do nothing for days, or who have lost their role.

A person says *from, until* and, if they like, which colleague of the same body stands in. While it lasts, what they
hold passes to the stand-in, or is let go so that anybody may take it.
"""

from __future__ import annotations

import datetime as dt
import logging
import uuid
from typing import Any

import ckantoolkit as tk
import sqlalchemy as sa
from ckan import model
from sqlalchemy.orm import Mapped, aliased, mapped_column

from ckanext.satudata import config, startup
from ckanext.satudata.roles import service as roles

from . import aftermath, calendar, cases, deadlines, rules, service, wording
from .cases import Case
from .errors import invalid, refuse
from .model import Review, ReviewEvent
from .people import Actor

log = logging.getLogger(__name__)

#: The program that passes holds on; its name stands in the event.
HAND_OVER = Actor(id=None, name="hand_over", sysadmin=True, program="hand_over")
#: An absence longer than this is no absence but another job.
MOST_DAYS = 366


class Absence(tk.BaseModel):  # type: ignore[misc, name-defined]
    """Somebody is away, both days included, in the portal's time zone."""

    __tablename__ = "satudata_absence"

    id: Mapped[str] = mapped_column(sa.UnicodeText, primary_key=True, default=lambda: str(uuid.uuid4()))
    user_id: Mapped[str] = mapped_column(sa.UnicodeText, nullable=False)
    from_date: Mapped[dt.date] = mapped_column(sa.Date, nullable=False)
    until_date: Mapped[dt.date] = mapped_column(sa.Date, nullable=False)
    stand_in_id: Mapped[str | None] = mapped_column(sa.UnicodeText)
    set_by: Mapped[str] = mapped_column(sa.UnicodeText, nullable=False)
    set_at: Mapped[dt.datetime] = mapped_column(sa.DateTime, nullable=False, default=dt.datetime.utcnow)
    cleared_at: Mapped[dt.datetime | None] = mapped_column(sa.DateTime)


def absent_on(day: dt.date | None = None) -> sa.ColumnElement[bool]:
    """Whether an absence lasts on that day; today by default."""
    day = day or calendar.today()
    return sa.and_(Absence.cleared_at.is_(None), Absence.from_date <= day, Absence.until_date >= day)


def away(day: dt.date | None = None) -> dict[str, str | None]:
    """Who is away on that day, by id, with the id of the stand-in; one query."""
    rows = model.Session.execute(sa.select(Absence.user_id, Absence.stand_in_id).where(absent_on(day)))
    return {row.user_id: row.stand_in_id for row in rows}


# -- saying it ------------------------------------------------------------------------------------------------


def put(actor: Actor, user_id: str, first: dt.date, last: dt.date, stand_in_id: str | None) -> Absence:
    """Note an absence and commit.

    :param actor: the person, a lead of one of the person's bodies, or a sysadmin
    :raises NotAuthorized: anybody else
    :raises ValidationError: keyed by ``from``, ``until`` or ``stand_in``
    """
    if not _may_speak_for(actor, user_id):
        raise refuse(tk._("Only the person, an admin of the same body or the portal admin says who is away."))
    errors: dict[str, list[str]] = {}
    if last < first:
        errors["until"] = [tk._("The last day lies before the first.")]
    elif last < calendar.today():
        errors["until"] = [tk._("This absence is over already.")]
    elif (last - first).days >= MOST_DAYS:
        errors["until"] = [tk._("At most {n} days.").format(n=MOST_DAYS)]
    if stand_in_id:
        problem = _stand_in_problem(user_id, stand_in_id)
        if problem:
            errors["stand_in"] = [problem]
    if errors:
        raise tk.ValidationError(errors)
    # One at a time for one person: two tabs must not note two absences over the same days.
    lock = sa.func.pg_advisory_xact_lock(0x5A7E, sa.func.hashtext(user_id))
    model.Session.execute(sa.select(lock))
    other = model.Session.scalars(
        sa.select(Absence).where(
            Absence.user_id == user_id,
            Absence.cleared_at.is_(None),
            Absence.from_date <= last,
            Absence.until_date >= first,
        )
    ).first()
    if other is not None:
        message = tk._("There is an absence from {first} to {last} already; clear it first.")
        text = message.format(first=_day(other.from_date), last=_day(other.until_date))
        model.Session.rollback()
        raise invalid("from", text)
    row = Absence(
        user_id=user_id, from_date=first, until_date=last, stand_in_id=stand_in_id or None, set_by=actor.id or ""
    )
    model.Session.add(row)
    model.Session.commit()
    return row


def _day(day: dt.date) -> str:
    return wording.day(calendar.start_of_day(day))


def clear(actor: Actor, absence_id: str) -> Absence:
    """End an absence, or take it back before it begins, and commit.

    :raises ObjectNotFound: no such absence, or none that this actor may know of
    """
    row = model.Session.get(Absence, absence_id, with_for_update=True)
    if row is None or not _may_speak_for(actor, row.user_id):
        model.Session.rollback()
        raise tk.ObjectNotFound(tk._("There is no such absence"))
    row.cleared_at = row.cleared_at or dt.datetime.utcnow()
    model.Session.commit()
    return row


def listed(actor: Actor, limit: int, offset: int, past: bool = False) -> tuple[int, list[dict[str, Any]]]:
    """Absences this actor may know of, the nearest first: their own, those of colleagues, all for a sysadmin."""
    conditions: list[sa.ColumnElement[bool]] = [Absence.cleared_at.is_(None)]
    if not past:
        conditions.append(Absence.until_date >= calendar.today())
    if not actor.sysadmin:
        officers = roles.officers_select().subquery()
        mine = roles.direct_organizations(actor.id or "")
        known = sa.select(officers.c.user_id).where(officers.c.organization_id.in_(mine))
        conditions.append(sa.or_(Absence.user_id == actor.id, Absence.user_id.in_(known)))
    person, stand_in = aliased(model.User), aliased(model.User)
    base = sa.select(Absence).join(person, person.id == Absence.user_id).where(*conditions)
    count = model.Session.scalar(sa.select(sa.func.count()).select_from(base.subquery())) or 0
    rows = model.Session.execute(
        base.outerjoin(stand_in, stand_in.id == Absence.stand_in_id)
        .with_only_columns(
            Absence,
            sa.func.coalesce(sa.func.nullif(person.fullname, ""), person.name).label("user_title"),
            sa.func.coalesce(sa.func.nullif(stand_in.fullname, ""), stand_in.name).label("stand_in_title"),
        )
        .order_by(Absence.from_date, Absence.id)
        .limit(limit)
        .offset(offset)
    )
    led = _led_people(actor)
    return count, [
        shape(row.Absence, row.user_title, row.stand_in_title)
        | {"mine": row.Absence.user_id == actor.id, "may_clear": actor.sysadmin or row.Absence.user_id in led}
        for row in rows
    ]


def shape(row: Absence, user_title: str = "", stand_in_title: str | None = None) -> dict[str, Any]:
    """An absence as the API shows it."""
    return {
        "id": row.id,
        "user_id": row.user_id,
        "user_title": user_title or wording.person(row.user_id),
        "from": row.from_date.isoformat(),
        "until": row.until_date.isoformat(),
        "stand_in": row.stand_in_id,
        "stand_in_title": stand_in_title or wording.person(row.stand_in_id),
        "set_by": row.set_by,
    }


def stand_ins(user_id: str) -> list[dict[str, str]]:
    """Who may stand in for this person: the direct editors and admins of the same bodies, by name."""
    officers = roles.officers_select().subquery()
    mine = sa.select(officers.c.organization_id).where(officers.c.user_id == user_id)
    title = sa.func.coalesce(sa.func.nullif(model.User.fullname, ""), model.User.name)
    rows = model.Session.execute(
        sa.select(model.User.id, model.User.name, title.label("title"))
        .where(
            model.User.id.in_(sa.select(officers.c.user_id).where(officers.c.organization_id.in_(mine))),
            model.User.id != user_id,
        )
        .order_by(sa.func.lower(title), model.User.id)
    )
    return [{"id": row.id, "name": row.name, "title": row.title} for row in rows]


def _stand_in_problem(user_id: str, stand_in_id: str) -> str | None:
    if stand_in_id == user_id:
        return tk._("Name somebody else.")
    if stand_in_id not in {person["id"] for person in stand_ins(user_id)}:
        return tk._("Name an editor or admin of the same body.")
    return None


def _may_speak_for(actor: Actor, user_id: str) -> bool:
    return actor.sysadmin or user_id in _led_people(actor)


def _led_people(actor: Actor) -> set[str]:
    """The actor, and everybody who acts for a body of which the actor is a direct admin."""
    if actor.id is None:
        return set()
    led = roles.direct_organizations(actor.id, rules.LEAD)
    if not led:
        return {actor.id}
    officers = roles.officers_select().subquery()
    query = sa.select(officers.c.user_id).where(officers.c.organization_id.in_(led))
    return {actor.id, *model.Session.scalars(query)}


# -- passing on -----------------------------------------------------------------------------------------------


def hand_over(now: dt.datetime | None = None) -> int:
    """The job: pass on what is held by people who are away, idle, or no longer in the role.

    :param now: naive UTC; this moment by default
    :returns: how many holds were passed on
    """
    now = now or dt.datetime.utcnow()
    held = list(
        model.Session.execute(
            sa.select(Review.package_id, Review.track, Review.holder_id, Review.held_since)
            .join(model.Package, model.Package.id == Review.package_id)
            .where(Review.holder_id.is_not(None), model.Package.state != model.State.DELETED)
            .order_by(Review.package_id)
        )
    )
    absent = away(calendar.today(now))
    active = _last_steps([row.package_id for row in held]) if held and config.hand_over_after() else {}
    model.Session.rollback()
    passed = 0
    for row in held:
        last = max(filter(None, (row.held_since, active.get((row.package_id, row.holder_id)))), default=None)
        idle = _is_idle(last, now)
        try:
            if _pass_on(row.package_id, row.track, row.holder_id, absent, idle, now):
                passed += 1
        except Exception:
            # One dataset in trouble keeps nobody else waiting; the next run tries it again.
            model.Session.rollback()
            log.exception("The hold on %s could not be passed on", row.package_id)
    return passed


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
    event = _write(case, to, comment, now)
    model.Session.commit()
    aftermath.follow_up(HAND_OVER, case.package, event)
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


def _write(case: Case, to: str | None, comment: str, now: dt.datetime) -> ReviewEvent:
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
    event = service.record(HAND_OVER, review, case.package, "hand_over", to_state=target, comment=comment)
    if target != review.state:
        review.state, review.state_since = target, now
        review.due_at = deadlines.due_at(review, case.workflow, now)
    return event


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
