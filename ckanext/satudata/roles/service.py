"""Who may act for which body over which data.

Only *direct* editors and admins of a body act for it: CKAN's cascade from organizations above and its
collaborators give no role (``design.md``, Roles). Deleted users and organizations carry none.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

import sqlalchemy as sa
from ckan import model

from ckanext.satudata.regions import service as regions
from ckanext.satudata.roles.model import JENIS_DATA, ROLES, grant

__all__ = [
    "JENIS_DATA",
    "ROLES",
    "direct_organizations",
    "direct_select",
    "has_body",
    "holders_select",
    "officers_select",
    "roles_over",
    "scopes_of",
    "scopes_under",
    "standing",
    "user_labels",
]

#: Roles of which only the grant nearest up the tree counts, so that a province and its cities share a portal.
NEAREST = frozenset({"custodian", "pembina"})
ACTING = ("editor", "admin")

member, group, user = model.member_table, model.group_table, model.User.__table__


def _direct(user_id: str, capacities: Sequence[str]) -> Any:
    """Select of the ids of active organizations this active user is a direct member of."""
    return (
        sa.select(member.c.group_id)
        .join(group, group.c.id == member.c.group_id)
        .join(user, user.c.id == member.c.table_id)
        .where(
            member.c.table_name == "user",
            member.c.table_id == user_id,
            member.c.state == "active",
            member.c.capacity.in_(list(capacities)),
            group.c.is_organization.is_(True),
            group.c.state == "active",
            user.c.state == "active",
        )
        .distinct()
    )


def direct_select(user_id: str, capacities: Sequence[str] = ACTING) -> Any:
    """As :func:`direct_organizations`, as a select for use inside another query."""
    return _direct(user_id, capacities)


def direct_organizations(user_id: str, capacities: Sequence[str] = ACTING) -> list[str]:
    """Ids of the organizations of which this user is a direct member with one of these capacities.

    :param user_id: the id of a user, not the name
    """
    return sorted(model.Session.execute(_direct(user_id, capacities)).scalars())


def scopes_of(user_id: str) -> list[dict[str, Any]]:
    """The grants this user may act under: ``role, organization_id, scope_id, jenis_data, grant_id``; one query."""
    query = (
        sa.select(grant.c.id, grant.c.role, grant.c.organization_id, grant.c.scope_id, grant.c.jenis_data)
        .where(grant.c.revoked_at.is_(None), grant.c.organization_id.in_(_direct(user_id, ACTING)))
        .order_by(grant.c.role, grant.c.granted_at)
    )
    return [
        {
            "role": row.role,
            "organization_id": row.organization_id,
            "scope_id": row.scope_id,
            "jenis_data": row.jenis_data,
            "grant_id": row.id,
        }
        for row in model.Session.execute(query)
    ]


def scopes_under(role: str) -> list[str | None]:
    """The scopes (None: the whole portal) over which any body holds this role; one query."""
    query = (
        sa.select(grant.c.scope_id)
        .join(group, group.c.id == grant.c.organization_id)
        .where(grant.c.revoked_at.is_(None), grant.c.role == role, group.c.state == "active")
        .distinct()
    )
    return list(model.Session.execute(query).scalars())


def standing(user_id: str) -> dict[str, list[Any]]:
    """What this user is on the portal, in one query: what the header of every page asks.

    :returns: ``organizations`` (ids, as :func:`direct_organizations`) and ``scopes`` (as :func:`scopes_of`, without
        the ids of the grants)
    """
    direct = _direct(user_id, ACTING).subquery()
    query = sa.select(direct.c.group_id, grant.c.role, grant.c.scope_id, grant.c.jenis_data).select_from(
        direct.outerjoin(grant, sa.and_(grant.c.organization_id == direct.c.group_id, grant.c.revoked_at.is_(None)))
    )
    rows = list(model.Session.execute(query))
    return {
        "organizations": sorted({row.group_id for row in rows}),
        "scopes": [
            {
                "role": row.role,
                "organization_id": row.group_id,
                "scope_id": row.scope_id,
                "jenis_data": row.jenis_data,
            }
            for row in rows
            if row.role
        ],
    }


def user_labels(user_id: str) -> list[str]:
    """Permission labels ``satudata:<role>:<scope id or *>``, one per grant of the user's bodies; one query."""
    return sorted({f"satudata:{one['role']}:{one['scope_id'] or '*'}" for one in scopes_of(user_id)})


def _grants_over(ancestors: list[str], roles: Iterable[str]) -> list[Any]:
    """Grants in force whose scope is one of these organizations or the whole portal, bodies not deleted."""
    query = (
        sa.select(grant.c.role, grant.c.organization_id, grant.c.scope_id, grant.c.jenis_data)
        .join(group, group.c.id == grant.c.organization_id)
        .where(
            grant.c.revoked_at.is_(None),
            grant.c.role.in_(list(roles)),
            sa.or_(grant.c.scope_id.is_(None), grant.c.scope_id.in_(ancestors)),
            group.c.is_organization.is_(True),
            group.c.state == "active",
        )
        .order_by(grant.c.granted_at, grant.c.id)
    )
    return list(model.Session.execute(query))


def _bodies(ancestors: list[str], jenis_data: str, roles: Iterable[str] = ROLES) -> dict[str, list[str]]:
    distance = {id: step for step, id in enumerate(ancestors)}
    by_role: dict[str, list[tuple[int, str]]] = defaultdict(list)
    for row in _grants_over(ancestors, roles):
        if row.role == "pembina" and row.jenis_data != jenis_data:
            continue
        # The whole portal is further away than any root.
        far = len(ancestors) if row.scope_id is None else distance[row.scope_id]
        by_role[row.role].append((far, row.organization_id))
    found: dict[str, list[str]] = {}
    for role, held in by_role.items():
        nearest = min(far for far, _body in held)
        kept = [body for far, body in held if far == nearest or role not in NEAREST]
        found[role] = list(dict.fromkeys(kept))
    return found


def has_body(role: str, organization_id: str, jenis_data: str = "statistik") -> list[str]:
    """Ids of the bodies that hold this role over data of that organization; whoever their people are.

    For custodian and pembina the nearest scope wins; a pembina only for its kind of data.

    :param role: one of :data:`ROLES`
    """
    return _bodies(regions.ancestor_ids(organization_id), jenis_data, [role]).get(role, [])


def roles_over(user_id: str, organization_id: str, jenis_data: str = "statistik") -> dict[str, list[str]]:
    """What this user is to data owned by that organization: role → ids of the bodies acted for.

    ``producer`` maps to the organization itself when the user is its direct editor or admin. Three queries.

    :param user_id: the id of a user, not the name
    :param jenis_data: the kind of the data, which decides the pembina
    """
    mine = set(direct_organizations(user_id))
    if not mine:
        return {}
    found: dict[str, list[str]] = {"producer": [organization_id]} if organization_id in mine else {}
    for role, bodies in _bodies(regions.ancestor_ids(organization_id), jenis_data).items():
        held = [body for body in bodies if body in mine]
        if held:
            found[role] = held
    return found


def officers_select() -> Any:
    """Select of ``organization_id, user_id, capacity`` of all direct editors and admins, active on both sides."""
    return (
        sa.select(member.c.group_id.label("organization_id"), member.c.table_id.label("user_id"), member.c.capacity)
        .join(group, group.c.id == member.c.group_id)
        .join(user, user.c.id == member.c.table_id)
        .where(
            member.c.table_name == "user",
            member.c.state == "active",
            member.c.capacity.in_(ACTING),
            group.c.is_organization.is_(True),
            group.c.state == "active",
            user.c.state == "active",
        )
    )


def holders_select(role: str) -> Any:
    """Select of the ids of everybody who has this role over some data, for use inside another query.

    Nobody in it has lost the role altogether; over which data it is held is for :func:`roles_over` to say.

    :param role: one of :data:`ROLES`
    """
    officers = officers_select().subquery()
    return (
        sa.select(officers.c.user_id)
        .join(grant, grant.c.organization_id == officers.c.organization_id)
        .where(grant.c.revoked_at.is_(None), grant.c.role == role)
    )
