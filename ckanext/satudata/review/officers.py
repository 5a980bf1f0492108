"""Who is there to act: people something can be handed to, holders who still may, organizations nobody works for."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import Any, NamedTuple

import ckantoolkit as tk
import sqlalchemy as sa
from ckan import model

from ckanext.satudata.regions import service as regions
from ckanext.satudata.roles import service as roles

from . import calendar, wording, workflows
from .absence import Absence, absent_on
from .model import Review
from .people import Actor

#: Who is shown the organizations of a scope that nobody works for.
CARING_ROLES = ("custodian", "supporting_custodian", "planner")


class Candidate(NamedTuple):
    """Somebody who may hold a dataset."""

    id: str
    title: str
    #: How many datasets this person holds now.
    holds: int
    #: The last day of an absence that lasts today, or None.
    away_until: dt.date | None


def candidates(role: str, organization_id: str, jenis_data: str = "statistik") -> list[Candidate]:
    """Everyone who may hold data of that organization in that role, by name.

    :param role: the role the state waits for
    :param jenis_data: the kind of the data, which decides the pembina
    """
    return people_of(roles.has_body(role, organization_id, jenis_data))


def people_of(body_ids: Iterable[str]) -> list[Candidate]:
    """Everyone who acts for these bodies, by name, with what they hold and whether they are away; one query."""
    bodies = list(body_ids)
    if not bodies:
        return []
    officers = roles.officers_select().subquery()
    holds = (
        sa.select(sa.func.count())
        .select_from(Review)
        .where(Review.holder_id == model.User.id)
        .correlate(model.User)
        .scalar_subquery()
    )
    away = (
        sa.select(sa.func.max(Absence.until_date))
        .where(Absence.user_id == model.User.id, absent_on())
        .correlate(model.User)
        .scalar_subquery()
    )
    title = sa.func.coalesce(sa.func.nullif(model.User.fullname, ""), model.User.name)
    rows = model.Session.execute(
        sa.select(model.User.id, title, holds, away)
        .where(
            model.User.id.in_(sa.select(officers.c.user_id).where(officers.c.organization_id.in_(bodies))),
            # CKAN's own account is admin of whatever programs made, and checks nothing.
            model.User.name != str(tk.config.get("ckan.site_id")),
        )
        .order_by(sa.func.lower(title), model.User.id)
    )
    return [Candidate(*row) for row in rows]


def said_of(person: Candidate) -> str:
    """A candidate in a list of choices: “Sari (holds 3; away until Thursday, 26 November 2026)”."""
    said = []
    if person.holds:
        said.append(tk._("holds {n}").format(n=person.holds))
    if person.away_until:
        said.append(tk._("away until {day}").format(day=wording.day(calendar.start_of_day(person.away_until))))
    return f"{person.title} ({'; '.join(said)})" if said else person.title


def validly_held() -> sa.ColumnElement[bool]:
    """Whether the holder of a review still has the role its state waits for; false where nobody holds it.

    For lists and counts: people who have lost the role altogether, their organization or their account hold nothing.
    One sub-select a role, asked once a query and not once a row; ``rules.holder`` says the rest.
    """
    sysadmins = sa.select(model.User.id).where(model.User.sysadmin.is_(True), model.User.state == model.State.ACTIVE)
    held: list[sa.ColumnElement[bool]] = [Review.holder_id.in_(sysadmins)]
    for track in workflows.tracks():
        table = workflows.in_force(track)
        for role in sorted(workflows.checking_roles()):
            states = table.names(waits_for=role)
            if states:
                held.append(
                    sa.and_(
                        Review.track == track,
                        Review.state.in_(states),
                        Review.holder_id.in_(roles.holders_select(role)),
                    )
                )
    return sa.and_(Review.holder_id.is_not(None), sa.or_(*held))


def nobody_holds() -> sa.ColumnElement[bool]:
    """The opposite of :func:`validly_held`, for the question what somebody may take."""
    return sa.not_(validly_held())


# -- organizations nobody works for ---------------------------------------------------------------------------


def scope_of(actor: Actor) -> list[str] | None:
    """Over which organizations (with everything below) this person cares for producers; None for the whole portal."""
    if actor.sysadmin:
        return None
    scopes = [scope["scope_id"] for scope in roles.scopes_of(actor.id or "") if scope["role"] in CARING_ROLES]
    return None if None in scopes else scopes


def without_editor(
    scope: list[str] | None, q: str = "", within: str | None = None, limit: int = 20, offset: int = 0
) -> tuple[int, list[dict[str, Any]]]:
    """Organizations that have no editor or admin of their own, those with data first.

    A sysadmin who made the organization is its admin in CKAN's books and still no officer of it.

    :param scope: as :func:`scope_of` gives it
    :param within: only this organization and what stands under it
    :returns: the count before the cut, and a page of ``organization_id, name, title, datasets, above`` (titles of the
        organizations above it, from the top)
    """
    group, user = model.Group, model.User
    officers = roles.officers_select().subquery()
    staffed = (
        sa.select(officers.c.organization_id)
        .join(user, user.id == officers.c.user_id)
        .where(sa.or_(user.sysadmin.is_(False), user.sysadmin.is_(None)))
    )
    datasets = (
        sa.select(sa.func.count())
        .select_from(model.Package)
        .where(model.Package.owner_org == group.id, model.Package.state != model.State.DELETED)
        .correlate(group)
        .scalar_subquery()
        .label("datasets")
    )
    title = sa.func.coalesce(sa.func.nullif(group.title, ""), group.name)
    conditions = [
        group.is_organization.is_(True),
        group.state == model.State.ACTIVE,
        group.id.not_in(staffed),
    ]
    for ids in (scope, [within] if within else None):
        if ids is not None:
            conditions.append(group.id.in_(regions.subtree_select(ids)))
    if q:
        pattern = "%" + q.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") + "%"
        conditions.append(sa.or_(title.ilike(pattern), group.name.ilike(pattern)))
    found = sa.select(group.id, group.name, title.label("title"), datasets).where(*conditions)
    rows = model.Session.execute(
        found.add_columns(sa.func.count().over().label("total"))
        .order_by(sa.desc("datasets"), sa.func.lower(title), group.id)
        .limit(limit)
        .offset(offset)
    ).all()
    if rows:
        count = rows[0].total
    else:
        count = model.Session.scalar(sa.select(sa.func.count()).select_from(found.subquery())) or 0
    lines = _lines([row.id for row in rows])
    return count, [
        {
            "organization_id": row.id,
            "name": row.name,
            "title": row.title,
            "datasets": row.datasets,
            "above": lines[row.id],
        }
        for row in rows
    ]


def has_editor(organization_id: str) -> bool:
    """Whether an organization has an editor or admin of its own."""
    officers = roles.officers_select().subquery()
    found = sa.exists().where(
        officers.c.organization_id == organization_id,
        model.User.id == officers.c.user_id,
        sa.or_(model.User.sysadmin.is_(False), model.User.sysadmin.is_(None)),
    )
    return bool(model.Session.scalar(sa.select(found)))


def cares_for(actor: Actor, organization_id: str) -> bool:
    """Whether this person is shown that an organization has nobody."""
    if actor.id is None:
        return False
    scope = scope_of(actor)
    if scope is None:
        return True
    return bool(set(scope) & set(regions.ancestor_ids(organization_id)))


def _lines(ids: list[str]) -> dict[str, list[str]]:
    """Titles of what stands above each organization, from the top; two queries for all."""
    above = {id: line[:0:-1] for id, line in regions.ancestor_ids_many(ids).items()}
    wanted = {id for line in above.values() for id in line}
    group = model.Group
    titles = (
        {
            row.id: row.title or row.name
            for row in model.Session.execute(sa.select(group.id, group.title, group.name).where(group.id.in_(wanted)))
        }
        if wanted
        else {}
    )
    return {id: [titles[one] for one in line if one in titles] for id, line in above.items()}
