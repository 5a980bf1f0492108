"""Absences: a person says *from, until* and, if they like, which colleague of the same body stands in.

While it lasts, what they hold passes to the stand-in, or is let go so that anybody may take it (``handover``).
"""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

import ckantoolkit as tk
import sqlalchemy as sa
from ckan import model
from sqlalchemy.orm import Mapped, aliased, mapped_column

from ckanext.satudata.roles import service as roles

from . import calendar, rules, wording
from .errors import invalid, refuse
from .people import Actor

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
            # CKAN's own account is admin of whatever programs made, and checks nothing.
            model.User.name != str(tk.config.get("ckan.site_id")),
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
