"""Lists of the review: the queue and a package's history. A fixed number of queries a page, whatever its length."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

import ckantoolkit as tk
import sqlalchemy as sa
from ckan import model
from sqlalchemy.orm import aliased

from ckanext.satudata.regions import service as regions

from . import officers
from .model import PUBLICATION, Review, ReviewEvent
from .people import Actor
from .revision import hooks as revision
from .sight import View
from .workflows import in_force


def visible(actor: Actor, track: str = PUBLICATION) -> Any:
    """The condition of :meth:`View.visible`, for queries of other parts of the review."""
    return View(actor).visible(track)


@dataclass(frozen=True)
class Found:
    """One page of the queue.

    :param count: how many there are before the cut
    :param mine: of all that is under review, how many wait for this actor as a checker; None where not asked
    :param overdue: how many are past their date; None where not asked
    :param rows: ``Review`` with names in place of ids beside it
    """

    count: int
    mine: int | None
    overdue: int | None
    rows: list[dict[str, Any]]


def queue(view: View, filters: dict[str, Any]) -> Found:
    """Reviews this actor may see, filtered, ordered and cut to one page; one query beside those of the view.

    :param filters: as ``schema.read_list`` gives them
    """
    track = filters["track"]
    conditions = [view.visible(track), *_filtered(filters)]
    if filters["own"]:
        conditions.append(Review.organization_id.in_(view.standing["organizations"]))
    if filters["mine"]:
        conditions.append(view.waiting(track))
    column, descending = filters["sort"]
    base = _narrow(track, column, bool(filters["q"])).where(*conditions).cte("base")
    page = (
        sa.select(base.c.package_id, base.c.sort_key, base.c.since)
        .order_by(*_order(base, descending))
        .limit(filters["page"].limit)
        .offset(filters["page"].offset)
        .cte("page")
    )
    totals = _totals(view, track, base, filters["facets"])
    holder, submitter = aliased(model.User), aliased(model.User)
    rows = model.Session.execute(
        sa.select(
            totals,
            Review,
            model.Package.name.label("package_name"),
            model.Package.title.label("package_title"),
            model.Group.name.label("organization_name"),
            model.Group.title.label("organization_title"),
            holder.id.label("holder_id"),
            sa.func.coalesce(sa.func.nullif(holder.fullname, ""), holder.name).label("holder_name"),
            sa.func.coalesce(sa.func.nullif(submitter.fullname, ""), submitter.name).label("submitter_name"),
            view.waiting(track).label("waits_for_you"),
        )
        .select_from(totals)
        .outerjoin(page, sa.true())
        .outerjoin(Review, sa.and_(Review.package_id == page.c.package_id, Review.track == track))
        .outerjoin(model.Package, model.Package.id == page.c.package_id)
        .outerjoin(model.Group, model.Group.id == Review.organization_id)
        .outerjoin(holder, sa.and_(holder.id == Review.holder_id, officers.validly_held()))
        .outerjoin(submitter, submitter.id == Review.submitted_by)
        .order_by(*_order(page, descending))
    ).all()
    first = rows[0]
    listed = [dict(row._mapping) for row in rows if row.Review is not None]
    return Found(first.number, first.mine, first.overdue, listed)


def _order(rows: Any, descending: bool) -> tuple[Any, ...]:
    """Empty ones last either way; among equals who has waited longest comes first."""
    key = rows.c.sort_key.desc() if descending else rows.c.sort_key.asc()
    return key.nulls_last(), rows.c.since, rows.c.package_id


def _narrow(track: str, column: str, searched: bool) -> Any:
    """Ids and sort keys only: what is wide is read for one page, not for all that is counted."""
    keys = {
        "title": sa.func.lower(model.Package.title),
        "organization": sa.func.lower(model.Group.title),
        "holder": sa.func.lower(sa.func.coalesce(sa.func.nullif(model.User.fullname, ""), model.User.name)),
    }
    key: Any = keys[column] if column in keys else getattr(Review, column)
    query = sa.select(Review.package_id, key.label("sort_key"), Review.state_since.label("since"))
    query = query.join(model.Package, model.Package.id == Review.package_id)
    if column == "organization" or searched:
        query = query.outerjoin(model.Group, model.Group.id == Review.organization_id)
    if column == "holder":
        query = query.outerjoin(model.User, model.User.id == Review.holder_id)
    return query.where(Review.track == track, model.Package.state != model.State.DELETED)


def _totals(view: View, track: str, base: Any, facets: bool) -> Any:
    """The numbers of the tabs in one row; also where the page is empty."""
    number = sa.select(sa.func.count()).select_from(base).scalar_subquery().label("number")
    if not facets:
        nothing = sa.cast(sa.null(), sa.Integer)
        return sa.select(number, nothing.label("mine"), nothing.label("overdue")).cte("totals")
    mine = sa.func.count().filter(view.waiting(track, as_checker=True))
    overdue = sa.func.count().filter(Review.due_at < dt.datetime.utcnow())
    return (
        sa.select(number, mine.label("mine"), overdue.label("overdue"))
        .select_from(Review)
        .join(model.Package, model.Package.id == Review.package_id)
        .where(
            Review.track == track,
            model.Package.state != model.State.DELETED,
            Review.state.in_(_waiting_states(track)),
            view.visible(track),
        )
        .cte("totals")
    )


def _waiting_states(track: str) -> list[str]:
    return [state.name for state in in_force(track).states.values() if state.waits_for is not None]


def count_mine(view: View) -> int:
    """How many reviews wait for this actor as a checker: the number in the header."""
    if view.actor.id is None:
        return 0
    return (
        model.Session.scalar(
            sa.select(sa.func.count())
            .select_from(Review)
            .join(model.Package, model.Package.id == Review.package_id)
            .where(
                Review.track == PUBLICATION,
                model.Package.state != model.State.DELETED,
                view.waiting(as_checker=True),
            )
        )
        or 0
    )


def _filtered(filters: dict[str, Any]) -> list[Any]:
    conditions: list[Any] = []
    if filters["states"]:
        conditions.append(Review.state.in_(filters["states"]))
    if filters["organization"]:
        conditions.append(Review.organization_id.in_(regions.subtree_select([_organization(filters["organization"])])))
    if filters["type"]:
        conditions.append(Review.package_type == filters["type"])
    if filters["holder"]:
        user = model.User.get(filters["holder"])
        if user is None:
            raise tk.ValidationError({"holder": [tk._("User not found")]})
        conditions.append(sa.and_(Review.holder_id == user.id, officers.validly_held()))
    if filters["overdue"]:
        conditions.append(Review.due_at < dt.datetime.utcnow())
    if filters["q"]:
        pattern = "%" + filters["q"].replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") + "%"
        conditions.append(sa.or_(model.Package.title.ilike(pattern), model.Group.title.ilike(pattern)))
    return conditions


def _organization(given: str) -> str:
    """The id of an organization by id, name or, where the choice is too long for a list, its whole title.

    :raises ValidationError: there is none
    """
    group = model.Group
    query = (
        sa.select(group.id)
        .where(
            group.is_organization.is_(True),
            sa.or_(group.id == given, group.name == given, sa.func.lower(group.title) == given.strip().lower()),
        )
        .limit(1)
    )
    found = model.Session.scalar(query)
    if found is None:
        raise tk.ValidationError({"organization": [tk._("Organization not found")]})
    return str(found)


def history(package_id: str, track: str = PUBLICATION) -> list[ReviewEvent]:
    """The events of one package and of its working copies, oldest first."""
    return list(
        model.Session.scalars(
            sa.select(ReviewEvent)
            .where(ReviewEvent.package_id.in_(revision.package_ids(package_id)), ReviewEvent.track == track)
            .order_by(ReviewEvent.position)
        )
    )
