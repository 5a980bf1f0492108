"""Giving and taking roles. The caller has checked who asks, and commits."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import ckantoolkit as tk
import sqlalchemy as sa
from ckan import model

from ckanext.satudata.regions import service as regions
from ckanext.satudata.roles import service
from ckanext.satudata.roles.model import JENIS_DATA, ROLES, RoleGrant, grant, now, shape

body, scope = model.group_table.alias("body"), model.group_table.alias("scope")
NOTE_LENGTH = 2000


def organization(reference: Any, field: str, errors: dict[str, list[str]]) -> dict[str, Any] | None:
    """The Region behind a reference given by a person; what is wrong with it goes into ``errors``."""
    try:
        found = regions.find(str(reference or ""))
    except ValueError as error:
        errors[field] = [str(error)]
        return None
    if found is None:
        errors[field] = [
            tk._("Organization {reference} was not found").format(reference=reference)
            if reference
            else tk._("Missing value")
        ]
    return found


def give(data: Mapping[str, Any], actor: model.User) -> RoleGrant:
    """Make a grant from ``organization_id, role, scope_id?, jenis_data?, note?``.

    :raises ValidationError: keyed by field; a scope that has its custodian names that one
    """
    errors: dict[str, list[str]] = {}
    role, jenis_data = data.get("role"), data.get("jenis_data") or None
    note = str(data.get("note") or "").strip()
    holder = organization(data.get("organization_id"), "organization_id", errors)
    over = organization(data["scope_id"], "scope_id", errors) if data.get("scope_id") else None
    if role not in ROLES:
        errors["role"] = [tk._("Use one of {names}").format(names=", ".join(ROLES))]
    elif role == "pembina" and jenis_data not in JENIS_DATA:
        errors["jenis_data"] = [
            tk._("A pembina is asked about one kind of data; use one of {names}").format(names=", ".join(JENIS_DATA))
        ]
    elif role != "pembina" and jenis_data:
        errors["jenis_data"] = [tk._("Only the grant of a pembina names a kind of data; leave it out")]
    if len(note) > NOTE_LENGTH:
        errors["note"] = [tk._("At most {number} characters").format(number=NOTE_LENGTH)]
    if errors or holder is None:
        raise tk.ValidationError(errors)
    # Two sysadmins at once: the second waits here and then sees what the first one did.
    model.Session.execute(sa.text("LOCK TABLE satudata_role_grant IN SHARE ROW EXCLUSIVE MODE"))
    scope_id = over["organization_id"] if over else None
    _refuse_double(holder["organization_id"], str(role), scope_id, jenis_data)
    made = RoleGrant(
        organization_id=holder["organization_id"],
        role=role,
        scope_id=scope_id,
        jenis_data=jenis_data,
        note=note,
        granted_by=actor.id,
        granted_by_name=actor.name,
        granted_at=now(),
    )
    model.Session.add(made)
    model.Session.flush()
    return made


def _refuse_double(organization_id: str, role: str, scope_id: str | None, jenis_data: str | None) -> None:
    there = list(
        model.Session.execute(
            sa.select(grant.c.organization_id, grant.c.jenis_data, body.c.title, body.c.name)
            .outerjoin(body, body.c.id == grant.c.organization_id)
            .where(
                grant.c.revoked_at.is_(None),
                grant.c.role == role,
                grant.c.scope_id.is_(None) if scope_id is None else grant.c.scope_id == scope_id,
            )
        )
    )
    if any(row.organization_id == organization_id and row.jenis_data == jenis_data for row in there):
        raise tk.ValidationError({"organization_id": [tk._("This organization already has this role here")]})
    if role == "custodian" and there:
        name = there[0].title or there[0].name or there[0].organization_id
        raise tk.ValidationError(
            {"scope_id": [tk._("{name} is already the custodian here; revoke that grant first").format(name=name)]}
        )


def take(grant_id: Any, actor: model.User) -> RoleGrant:
    """End a grant; the row stays as history.

    :raises ObjectNotFound: no such grant
    :raises ValidationError: it has ended already
    """
    found = (
        model.Session.query(RoleGrant).filter_by(id=grant_id).populate_existing().with_for_update().one_or_none()
        if isinstance(grant_id, str) and grant_id
        else None
    )
    if found is None:
        raise tk.ObjectNotFound(tk._("There is no grant with this id"))
    if found.revoked_at is not None:
        raise tk.ValidationError(
            {"id": [tk._("{name} has revoked this grant already").format(name=found.revoked_by_name)]}
        )
    found.revoked_at, found.revoked_by, found.revoked_by_name = now(), actor.id, actor.name
    model.Session.flush()
    return found


def _named(*conditions: Any) -> Any:
    return (
        sa.select(
            grant,
            body.c.name.label("organization_name"),
            body.c.title.label("organization_title"),
            scope.c.name.label("scope_name"),
            scope.c.title.label("scope_title"),
        )
        .select_from(
            grant.outerjoin(body, body.c.id == grant.c.organization_id).outerjoin(scope, scope.c.id == grant.c.scope_id)
        )
        .where(*conditions)
    )


def show(grant_id: str) -> dict[str, Any]:
    """One grant in the shape of the API."""
    return shape(model.Session.execute(_named(grant.c.id == grant_id)).one())


def page(filters: Mapping[str, Any], seen_by: str | None, limit: int, offset: int) -> tuple[int, list[dict[str, Any]]]:
    """A page of grants and how many there are.

    :param filters: ``organization_id, role, scope_id, jenis_data, include_revoked``
    :param seen_by: the id of a user: only grants held by an organization of that user's, or covering one;
        None for all
    """
    conditions = [
        grant.c[key] == filters[key]
        for key in ("organization_id", "role", "scope_id", "jenis_data")
        if filters.get(key)
    ]
    if not filters.get("include_revoked"):
        conditions.append(grant.c.revoked_at.is_(None))
    if seen_by is not None:
        mine = service.direct_organizations(seen_by, ("member", "editor", "admin"))
        lines = {id for line in regions.ancestor_ids_many(mine).values() for id in line}
        over_mine = sa.or_(grant.c.scope_id.is_(None), grant.c.scope_id.in_(lines)) if mine else sa.false()
        conditions.append(sa.or_(grant.c.organization_id.in_(mine), over_mine))
    total = sa.select(sa.func.count()).select_from(grant).where(*conditions)
    rows = model.Session.execute(
        _named(*conditions).order_by(grant.c.granted_at.desc(), grant.c.id).limit(limit).offset(offset)
    )
    return int(model.Session.execute(total).scalar() or 0), [shape(row) for row in rows]
