"""Roles in the API: bodies hold them, people act for bodies."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import ckantoolkit as tk
import sqlalchemy as sa
from ckan import authz, model

from ckanext.satudata.listing import listed, page_of, refuse_unknown
from ckanext.satudata.roles import grants, service
from ckanext.satudata.roles.model import JENIS_DATA, ROLES

Result = dict[str, Any]


def _actor(context: dict[str, Any]) -> model.User:
    """Who grants or revokes: always an account, and always a sysadmin, for programs too."""
    actor = model.User.get(context.get("user"))
    if actor is None or not authz.is_sysadmin(actor.name):
        raise tk.NotAuthorized(tk._("Only a sysadmin may grant or revoke roles"))
    return actor


def _commit(context: dict[str, Any]) -> None:
    if not context.get("defer_commit"):
        model.repo.commit()


def satudata_role_grant(context: dict[str, Any], data_dict: dict[str, Any]) -> Result:
    """Give a body a role over a part of the tree. Sysadmins only.

    :param organization_id: the body: id, name or Kemendagri code
    :param role: ``custodian``, ``supporting_custodian``, ``pembina`` or ``planner``
    :param scope_id: the organization whose subtree is covered (default: the whole portal)
    :param jenis_data: of a pembina, and only then: ``statistik``, ``geospasial``, ``keuangan`` or ``lainnya``
    :param note: for people, e.g. the decree
    :returns: the grant
    :raises ValidationError: keyed by field; one custodian per scope
    """
    tk.check_access("satudata_role_grant", context, data_dict)
    actor = _actor(context)
    refuse_unknown(data_dict, {"organization_id", "role", "scope_id", "jenis_data", "note"})
    try:
        made = grants.give(data_dict, actor)
        _commit(context)
    except Exception:
        model.Session.rollback()
        raise
    return grants.show(str(made.id))


def satudata_role_revoke(context: dict[str, Any], data_dict: dict[str, Any]) -> Result:
    """End a grant; it stays in the list with who and when. Sysadmins only.

    :param id: the id of the grant
    :returns: the grant
    :raises ObjectNotFound: no such grant
    :raises ValidationError: it has ended already
    """
    tk.check_access("satudata_role_revoke", context, data_dict)
    actor = _actor(context)
    refuse_unknown(data_dict, {"id"})
    try:
        taken = grants.take(data_dict.get("id"), actor)
        _commit(context)
    except Exception:
        model.Session.rollback()
        raise
    return grants.show(str(taken.id))


@tk.side_effect_free
def satudata_role_list(context: dict[str, Any], data_dict: dict[str, Any]) -> Result:
    """Grants, the newest first. Sysadmins see all; others those their organizations hold or stand under.

    :param organization_id: only of this body
    :param role: only this role
    :param scope_id: only with exactly this scope
    :param jenis_data: only for this kind of data
    :param include_revoked: also those that have ended
    :returns: ``{"count", "results"}`` of grants
    """
    tk.check_access("satudata_role_list", context, data_dict)
    refuse_unknown(
        data_dict, {"organization_id", "role", "scope_id", "jenis_data", "include_revoked", "limit", "offset"}
    )
    page = page_of(data_dict)
    filters = dict(data_dict, include_revoked=tk.asbool(data_dict.get("include_revoked") or False))
    errors: Result = {}
    for key, known in (("role", ROLES), ("jenis_data", JENIS_DATA)):
        if filters.get(key) and filters[key] not in known:
            errors[key] = [tk._("Use one of {names}").format(names=", ".join(known))]
    for key in ("organization_id", "scope_id"):
        if filters.get(key) and (found := grants.organization(filters[key], key, errors)):
            filters[key] = found["organization_id"]
    if errors:
        raise tk.ValidationError(errors)
    if context.get("ignore_auth") or authz.is_sysadmin(context.get("user")):
        return listed(*grants.page(filters, None, page.limit, page.offset))
    user = model.User.get(context.get("user"))
    return listed(*grants.page(filters, user.id if user else "", page.limit, page.offset))


@tk.side_effect_free
def satudata_my_roles(context: dict[str, Any], data_dict: dict[str, Any]) -> Result:
    """What the asking user may act as: producer of each own organization, and the roles of those bodies.

    :returns: ``{"count", "results"}``; each ``role, organization_id, organization_name, organization_title,
        scope_id, scope_name, scope_title, jenis_data``; the scope of a producer is the organization itself, and
        a ``scope_id`` of null is the whole portal
    """
    tk.check_access("satudata_my_roles", context, data_dict)
    refuse_unknown(data_dict, {"limit", "offset"})
    page = page_of(data_dict)
    user = model.User.get(context.get("user"))
    if user is None:
        raise tk.NotAuthorized(tk._("Log in to see your roles"))
    held: list[Result] = [
        {"role": "producer", "organization_id": id, "scope_id": id, "jenis_data": None}
        for id in service.direct_organizations(user.id)
    ] + [
        {key: one[key] for key in ("role", "organization_id", "scope_id", "jenis_data")}
        for one in service.scopes_of(user.id)
    ]
    group = model.group_table
    ids = {one[key] for one in held for key in ("organization_id", "scope_id")} - {None}
    names = {
        row.id: row
        for row in model.Session.execute(sa.select(group.c.id, group.c.name, group.c.title).where(group.c.id.in_(ids)))
    }
    for one in held:
        for key in ("organization", "scope"):
            row = names.get(one[f"{key}_id"])
            one[f"{key}_name"] = row.name if row else None
            one[f"{key}_title"] = (row.title or row.name) if row else None
    return listed(len(held), held[page.offset : page.offset + page.limit])


ACTIONS: dict[str, Callable[..., Any]] = {
    "satudata_role_grant": satudata_role_grant,
    "satudata_role_revoke": satudata_role_revoke,
    "satudata_role_list": satudata_role_list,
    "satudata_my_roles": satudata_my_roles,
}
