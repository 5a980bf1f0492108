"""Lists of the review: the queue and a package's history. Two queries a page, whatever its length."""

from __future__ import annotations

import datetime as dt
from typing import Any

import ckantoolkit as tk
import sqlalchemy as sa
from ckan import model
from sqlalchemy.orm import aliased

from ckanext.satudata import config
from ckanext.satudata.regions import service as regions
from ckanext.satudata.roles import service as roles

from . import calendar
from .model import PUBLICATION, Review, ReviewEvent
from .people import Actor
from .workflows import in_force

#: Which kind of data a package is, as ``service.Case.jenis_data`` reads it.
_KIND = sa.func.coalesce(sa.func.nullif(model.package_table.c.extras["jenis_data"].astext, ""), "statistik")


def queue(actor: Actor, filters: dict[str, Any]) -> tuple[int, list[dict[str, Any]]]:
    """Reviews this actor may see, filtered, ordered and cut to one page.

    :param filters: as ``schema.read_list`` gives them
    :returns: the count before the cut, and rows with names in place of ids beside them
    """
    mine = _waits_for(actor, track=filters["track"])
    conditions = [
        Review.track == filters["track"],
        sa.or_(model.Package.state.is_(None), model.Package.state != model.State.DELETED),
        _visible(actor, filters["track"]),
        *_filtered(filters),
    ]
    if filters["own"]:
        conditions.append(Review.organization_id.in_(roles.direct_organizations(actor.id) if actor.id else []))
    if filters["mine"]:
        conditions.append(mine)
    holder, submitter = aliased(model.User), aliased(model.User)
    base = (
        sa.select(Review)
        .join(model.Package, model.Package.id == Review.package_id)
        .outerjoin(model.Group, model.Group.id == Review.organization_id)
        .where(*conditions)
    )
    count = model.Session.scalar(sa.select(sa.func.count()).select_from(base.subquery())) or 0
    column, descending = filters["sort"]
    order = model.Package.title if column == "title" else getattr(Review, column)
    rows = model.Session.execute(
        base.outerjoin(holder, holder.id == Review.holder_id)
        .outerjoin(submitter, submitter.id == Review.submitted_by)
        .with_only_columns(
            Review,
            model.Package.name.label("package_name"),
            model.Package.title.label("package_title"),
            model.Group.name.label("organization_name"),
            model.Group.title.label("organization_title"),
            sa.func.coalesce(holder.fullname, holder.name).label("holder_name"),
            sa.func.coalesce(submitter.fullname, submitter.name).label("submitter_name"),
            mine.label("waits_for_you"),
        )
        .order_by(order.desc().nulls_last() if descending else order.asc().nulls_last(), Review.package_id)
        .limit(filters["page"].limit)
        .offset(filters["page"].offset)
    )
    return count, [dict(row._mapping) for row in rows]


def count_mine(actor: Actor, scopes: list[dict[str, Any]] | None = None) -> int:
    """How many reviews wait for this actor: the number in the header.

    :param scopes: as ``roles.service.scopes_of`` gives them, where the caller has asked already
    """
    if actor.id is None:
        return 0
    return (
        model.Session.scalar(
            sa.select(sa.func.count())
            .select_from(Review)
            .join(model.Package, model.Package.id == Review.package_id)
            .where(
                Review.track == PUBLICATION, model.Package.state != model.State.DELETED, _waits_for(actor, scopes, True)
            )
        )
        or 0
    )


def _visible(actor: Actor, track: str = PUBLICATION) -> Any:
    """Members of the owner see all; a role sees what was handed over within its scope."""
    if actor.sysadmin or actor.trusted:
        return sa.true()
    if actor.id is None:
        return sa.false()
    own = roles.direct_organizations(actor.id, ("member", "editor", "admin"))
    scopes = [scope["scope_id"] for scope in roles.scopes_of(actor.id)]
    within = sa.true() if None in scopes else _within([scope for scope in scopes if scope])
    return sa.or_(
        Review.organization_id.in_(own), sa.and_(Review.state.in_(in_force(track).names(seen_by_roles=True)), within)
    )


def _within(scope_ids: list[str]) -> Any:
    if not scope_ids:
        return sa.false()
    return Review.organization_id.in_(regions.subtree_select(scope_ids))


def _waits_for(
    actor: Actor, given: list[dict[str, Any]] | None = None, roles_only: bool = False, track: str = PUBLICATION
) -> Any:
    """What this actor is the one to act on now, and nobody else holds."""
    if actor.id is None:
        return sa.false()
    held = roles.scopes_of(actor.id) if given is None else given
    not_yet = _supporters_turn() if any(scope["role"] == "custodian" for scope in held) else sa.false()
    turns = [
        sa.and_(
            _turn_of(scope["role"], not_yet, track),
            sa.true() if scope["scope_id"] is None else _within([scope["scope_id"]]),
            # A pembina is asked about one kind of data: maps do not go to BPS.
            sa.true() if scope["jenis_data"] is None else scope["jenis_data"] == _KIND,
            sa.or_(Review.holder_id.is_(None), Review.holder_id == actor.id),
            # With a release date it waits for the day, not for a person.
            sa.or_(Review.release_at.is_(None), Review.release_at <= dt.datetime.utcnow()),
            sa.not_(Review.authors.contains([actor.id])),
        )
        for scope in held
    ]
    if not roles_only:
        own = roles.direct_organizations(actor.id)
        turns.append(
            sa.and_(Review.state.in_(in_force(track).names(waits_for="producer")), Review.organization_id.in_(own))
        )
    return sa.or_(sa.false(), *turns)


def _turn_of(role: str, not_yet: Any, track: str) -> Any:
    """States in which it is this role's turn.

    :param not_yet: what the supporting custodian looks at before the custodian does
    """
    waiting = Review.state.in_(in_force(track).names(waits_for=role))
    if role == "custodian":
        return sa.and_(waiting, sa.not_(not_yet))
    if role == "supporting_custodian":
        handed_over = sa.and_(
            Review.state.in_(in_force(track).acted_on_by(role)), Review.supporting_checked_at.is_(None)
        )
        return sa.or_(waiting, handed_over)
    return waiting


def _supporters_turn() -> Any:
    """What a supporting custodian looks at first, and the custodian not before a set time (``rules``)."""
    scopes = roles.scopes_under("supporting_custodian")
    if not scopes:
        return sa.false()
    return sa.and_(
        Review.supporting_checked_at.is_(None),
        Review.submitted_at > calendar.working_days_ago(config.supporting_days()),
        sa.true() if None in scopes else _within([scope for scope in scopes if scope]),
        Review.state.in_(in_force().acted_on_by("supporting_custodian")),
    )


def _filtered(filters: dict[str, Any]) -> list[Any]:
    conditions: list[Any] = []
    if filters["states"]:
        conditions.append(Review.state.in_(filters["states"]))
    if filters["organization"]:
        organization = model.Group.get(filters["organization"])
        if organization is None or not organization.is_organization:
            raise tk.ValidationError({"organization": [tk._("Organization not found")]})
        conditions.append(_within([organization.id]))
    if filters["holder"]:
        user = model.User.get(filters["holder"])
        if user is None:
            raise tk.ValidationError({"holder": [tk._("User not found")]})
        conditions.append(Review.holder_id == user.id)
    if filters["overdue"]:
        conditions.append(Review.due_at < dt.datetime.utcnow())
    if filters["q"]:
        pattern = "%" + filters["q"].replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") + "%"
        conditions.append(sa.or_(model.Package.title.ilike(pattern), model.Group.title.ilike(pattern)))
    return conditions


def history(package_id: str, track: str = PUBLICATION) -> list[ReviewEvent]:
    """The events of one package, oldest first."""
    return list(
        model.Session.scalars(
            sa.select(ReviewEvent)
            .where(ReviewEvent.package_id == package_id, ReviewEvent.track == track)
            .order_by(ReviewEvent.position)
        )
    )
