"""Lists of working copies, as one person may see them."""

from __future__ import annotations

from typing import Any

import ckantoolkit as tk
import sqlalchemy as sa
from ckan import model
from sqlalchemy.orm import aliased

from ckanext.satudata.regions import service as regions
from ckanext.satudata.review import queries
from ckanext.satudata.review.model import Review
from ckanext.satudata.review.people import Actor
from ckanext.satudata.roles import service as roles

from .model import Revision


def listed(actor: Actor, filters: dict[str, Any]) -> tuple[int, list[dict[str, Any]]]:
    """Working copies this actor may know of, newest first: two queries.

    :returns: how many before the limit, and rows with ``Revision``, ``Review`` (None once it is cleaned away) and
        names of the published dataset, its organization and whoever started it
    """
    live, copy, starter = aliased(model.Package), aliased(model.Package), aliased(model.User)
    base = (
        sa.select(Revision)
        .outerjoin(Review, sa.and_(Review.package_id == Revision.copy_id, Review.track == "publication"))
        .outerjoin(copy, copy.id == Revision.copy_id)
        .outerjoin(live, live.id == Revision.live_id)
        .outerjoin(model.Group, model.Group.id == sa.func.coalesce(Review.organization_id, live.owner_org))
        .outerjoin(starter, starter.id == Revision.started_by)
        .where(_visible(actor, live), *_filtered(actor, filters, live, copy))
    )
    count = model.Session.scalar(sa.select(sa.func.count()).select_from(base.subquery())) or 0
    rows = model.Session.execute(
        base.with_only_columns(
            Revision,
            Review,
            live.name.label("live_name"),
            sa.func.coalesce(copy.title, live.title, live.name).label("title"),
            live.type.label("package_type"),
            copy.metadata_modified.label("changed_at"),
            model.Group.id.label("organization_id"),
            model.Group.title.label("organization_title"),
            sa.func.coalesce(sa.func.nullif(starter.fullname, ""), starter.name).label("starter_name"),
        )
        .order_by(Revision.started_at.desc(), Revision.copy_id)
        .limit(filters["page"].limit)
        .offset(filters["page"].offset)
    )
    return count, [dict(row._mapping) for row in rows]


def _visible(actor: Actor, live: Any) -> Any:
    """Who sees the copy, and who asked for it; those of the owner also after it was cleaned away."""
    if actor.sysadmin or actor.trusted:
        return sa.true()
    if actor.id is None:
        return sa.false()
    return sa.or_(
        Revision.started_by == actor.id,
        queries.visible(actor),
        live.owner_org.in_(roles.direct_organizations(actor.id, ("member", "editor", "admin"))),
    )


def _filtered(actor: Actor, filters: dict[str, Any], live: Any, copy: Any) -> list[Any]:
    conditions: list[Any] = []
    if filters["status"] != "all":
        conditions.append(Revision.status == filters["status"])
    if filters["live"]:
        conditions.append(sa.or_(live.id == filters["live"], live.name == filters["live"]))
    if filters["organization"]:
        organization = model.Group.get(filters["organization"])
        if organization is None or not organization.is_organization:
            raise tk.ValidationError({"organization": [tk._("Organization not found")]})
        conditions.append(live.owner_org.in_(regions.subtree_select([organization.id])))
    if filters["mine"]:
        own = roles.direct_organizations(actor.id or "")
        conditions.append(sa.or_(Revision.started_by == actor.id, live.owner_org.in_(own)))
    if filters["q"]:
        pattern = "%" + filters["q"].replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") + "%"
        conditions.append(sa.or_(copy.title.ilike(pattern), live.title.ilike(pattern)))
    return conditions
