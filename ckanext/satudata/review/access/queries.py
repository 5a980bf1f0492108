"""The list of restriction records: one query a page."""

from __future__ import annotations

import datetime as dt
from typing import Any

import ckantoolkit as tk
import sqlalchemy as sa
from ckan import model
from sqlalchemy.orm import aliased

from ckanext.satudata import config
from ckanext.satudata.regions import service as regions
from ckanext.satudata.review import calendar
from ckanext.satudata.review.model import PUBLICATION, Review
from ckanext.satudata.review.sight import View

from .decisions import OPEN
from .model import DECISION, PROPOSAL, Restriction

STATUSES = ("proposed", "in_force", "ending", "ended", "opened")
SORTS = ("end", "title", "organization", "proposed")


def _newest(kind: str) -> Any:
    """The last entry of one kind for each dataset."""
    return (
        sa.select(Restriction)
        .where(Restriction.kind == kind)
        .distinct(Restriction.package_id)
        .order_by(Restriction.package_id, Restriction.id.desc())
        .subquery()
    )


def listed(view: View, filters: dict[str, Any]) -> tuple[int, list[Any]]:
    """Records this actor may see, filtered, ordered and cut to one page.

    :param filters: ``status``, ``organization``, ``ends_before``, ``q``, ``sort`` (name, descending), ``page``
    :returns: how many there are, and rows of ``Package, Review, proposal, decision, organization``
    """
    newest_proposal, newest_decision = _newest(PROPOSAL), _newest(DECISION)
    proposal, decision = aliased(Restriction, newest_proposal), aliased(Restriction, newest_decision)
    package, group = model.Package, model.Group
    base = (
        sa.select(package, Review, proposal, decision, group.title.label("organization"))
        .join(Review, sa.and_(Review.package_id == package.id, Review.track == PUBLICATION))
        .outerjoin(proposal, proposal.package_id == package.id)
        .outerjoin(decision, decision.package_id == package.id)
        .outerjoin(group, group.id == Review.organization_id)
        .where(
            sa.or_(proposal.id.is_not(None), decision.id.is_not(None)),
            package.state != model.State.DELETED,
            view.visible(),
        )
    )
    for condition in _filtered(filters, package, group, proposal, decision):
        base = base.where(condition)
    count = model.Session.scalar(sa.select(sa.func.count()).select_from(base.with_only_columns(package.id).subquery()))
    keys: dict[str, Any] = {
        "end": decision.end_date,
        "title": sa.func.lower(package.title),
        "organization": sa.func.lower(group.title),
        "proposed": proposal.at,
    }
    name, descending = filters["sort"]
    key = keys[name]
    order = key.desc().nulls_last() if descending else key.asc().nulls_last()
    page = filters["page"]
    rows = model.Session.execute(base.order_by(order, package.id).limit(page.limit).offset(page.offset))
    return int(count or 0), list(rows)


def _filtered(filters: dict[str, Any], package: Any, group: Any, proposal: Any, decision: Any) -> list[Any]:
    conditions: list[Any] = []
    if filters.get("status"):
        conditions.append(status_is(filters["status"], proposal, decision))
    if filters.get("organization"):
        conditions.append(Review.organization_id.in_(regions.subtree_select([filters["organization"]])))
    if filters.get("ends_before"):
        conditions.append(decision.end_date < filters["ends_before"])
    if filters.get("q"):
        pattern = "%" + filters["q"].replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") + "%"
        conditions.append(sa.or_(package.title.ilike(pattern), group.title.ilike(pattern)))
    return conditions


def status_is(status: str, proposal: Any, decision: Any, today: dt.date | None = None) -> Any:
    """The condition for one of ``STATUSES``; the same as ``service.status_of`` says of one record."""
    today = today or calendar.today()
    limits = sa.and_(decision.id.is_not(None), decision.level != OPEN)
    holds = sa.and_(limits, sa.or_(decision.end_date.is_(None), decision.end_date >= today))
    if status == "proposed":
        return sa.and_(proposal.id.is_not(None), sa.or_(decision.id.is_(None), proposal.id > decision.id))
    if status == "in_force":
        return holds
    if status == "ending":
        days = max(config.access_remind_days(), default=30)
        return sa.and_(holds, decision.end_date <= today + dt.timedelta(days=days))
    if status == "ended":
        return sa.and_(limits, decision.end_date < today)
    return sa.and_(decision.id.is_not(None), decision.level == OPEN)


def organization_id(given: str) -> str:
    """The id of an organization by id or name.

    :raises ValidationError: there is none
    """
    group = model.Group.get(given)
    if group is None or not group.is_organization:
        raise tk.ValidationError({"organization": [tk._("Organization not found")]})
    return str(group.id)
