"""Where an organization stands in the tree is decided by sysadmins only, whichever door is tried.

Core lets every admin of an organization give it another parent, two parents or none. Who may review and see
its data follows from the parent, so these chained actions refuse that. They decide for everybody, calls with
``ignore_auth`` included: a program acts here as a sysadmin (CKAN's site user is one) or through
``regions.service``. With ``satudata.review.enabled = false`` CKAN's own rules hold.
"""

from __future__ import annotations

from typing import Any

import ckantoolkit as tk
import sqlalchemy as sa
from ckan import authz, model

from ckanext.satudata import config
from ckanext.satudata.regions import service
from ckanext.satudata.regions.model import region
from ckanext.satudata.regions.sync import MAX_DEPTH, parent_rows

Chain = Any


def may_shape_tree(context: dict[str, Any]) -> bool:
    """Whether this caller may change parents, kinds and codes."""
    return authz.is_sysadmin(context.get("user"))


def _require(context: dict[str, Any], reason: str) -> None:
    if not may_shape_tree(context):
        raise tk.NotAuthorized(reason)


def current_parents(organization_id: str) -> set[str]:
    """Ids of the active organizations CKAN's own tree has right above this one."""
    return {parent for _child, parent in model.Session.execute(parent_rows([organization_id]))}


def check_parent(child_id: str | None, parent_id: str, key: str) -> None:
    """Refuse a parent that would close a loop or make the tree too deep.

    :param child_id: None for an organization that is not there yet
    :param key: the parameter to name in the error
    :raises ValidationError: keyed by ``key``
    """
    above = service.ancestor_ids(parent_id)
    if child_id in above:
        raise tk.ValidationError(
            {key: [tk._("An organization cannot stand under itself; choose a parent outside its own subtree")]}
        )
    if len(above) + (service.height(child_id) if child_id else 1) > MAX_DEPTH + 1:
        raise tk.ValidationError(
            {
                key: [
                    tk._("The tree has at most {levels} levels; choose a parent higher up").format(levels=MAX_DEPTH + 1)
                ]
            }
        )


def _organization(reference: Any) -> model.Group | None:
    found = model.Group.get(reference) if isinstance(reference, str) and reference else None
    return found if found is not None and found.is_organization else None


def _requested(data_dict: dict[str, Any]) -> set[str] | None:
    """Ids of the organizations named in ``groups``, or None where the call leaves the parents alone.

    Sets the capacity CKAN's tree uses, so that resending the same parent keeps the same row.
    """
    groups = data_dict.get("groups")
    if not isinstance(groups, list):
        return None
    wanted: set[str] = set()
    for entry in groups:
        if not isinstance(entry, dict):
            continue
        # Core's schema drops the id and reads the name; other schemas may do the reverse: count both.
        for organization in filter(None, (_organization(entry.get("id")), _organization(entry.get("name")))):
            wanted.add(organization.id)
            entry["capacity"] = "parent"
    return wanted


def _check_wanted(context: dict[str, Any], child_id: str | None, wanted: set[str], before: set[str]) -> None:
    if wanted == before:
        return
    _require(
        context,
        tk._("Only a sysadmin may change the parent of an organization; leave its groups as they are"),
    )
    if len(wanted) > 1:
        raise tk.ValidationError({"groups": [tk._("An organization has one parent only")]})
    for parent_id in wanted:
        check_parent(child_id, parent_id, "groups")


@tk.chained_action
def organization_create(next_action: Chain, context: dict[str, Any], data_dict: dict[str, Any]) -> Any:
    wanted = _requested(data_dict) if config.review_enabled() else None
    if wanted:
        _check_wanted(context, None, wanted, set())
    return next_action(context, data_dict)


def _update(next_action: Chain, context: dict[str, Any], data_dict: dict[str, Any]) -> Any:
    group = model.Group.get(data_dict.get("id")) if data_dict.get("id") else None
    if group is None or not config.review_enabled():
        return next_action(context, data_dict)
    becomes = data_dict.get("is_organization")
    if becomes is not None and tk.asbool(becomes) != bool(group.is_organization):
        _require(context, tk._("Only a sysadmin may turn a group into an organization or back"))
    if group.is_organization:
        wanted = _requested(data_dict)
        if wanted is not None:
            _check_wanted(context, group.id, wanted, current_parents(group.id))
        if group.state == "active" and data_dict.get("state", "active") != "active":
            _check_leaving(context, group)
    return next_action(context, data_dict)


@tk.chained_action
def organization_update(next_action: Chain, context: dict[str, Any], data_dict: dict[str, Any]) -> Any:
    return _update(next_action, context, data_dict)


@tk.chained_action
def group_update(next_action: Chain, context: dict[str, Any], data_dict: dict[str, Any]) -> Any:
    # Core does not look whether the id given here is an organization's.
    return _update(next_action, context, data_dict)


def _check_leaving(context: dict[str, Any], group: model.Group) -> None:
    child = (
        sa.select(region.c.organization_id)
        .join(model.group_table, model.group_table.c.id == region.c.organization_id)
        .where(region.c.parent_id == group.id, model.group_table.c.state == "active")
    )
    if model.Session.execute(child.limit(1)).first():
        _require(
            context,
            tk._("Other organizations stand under this one; only a sysadmin may delete it, as they lose their place"),
        )


def _delete(next_action: Chain, context: dict[str, Any], data_dict: dict[str, Any]) -> Any:
    group = _organization(data_dict.get("id"))
    if group is not None and config.review_enabled():
        _check_leaving(context, group)
    return next_action(context, data_dict)


@tk.chained_action
def organization_delete(next_action: Chain, context: dict[str, Any], data_dict: dict[str, Any]) -> Any:
    return _delete(next_action, context, data_dict)


@tk.chained_action
def group_delete(next_action: Chain, context: dict[str, Any], data_dict: dict[str, Any]) -> Any:
    return _delete(next_action, context, data_dict)


def _link(data_dict: dict[str, Any]) -> tuple[model.Group, model.Group] | None:
    """(child, parent) when this membership is a link of the tree."""
    if not config.review_enabled() or str(data_dict.get("object_type")).lower() != "group":
        return None
    child, parent = _organization(data_dict.get("id")), _organization(data_dict.get("object"))
    return (child, parent) if child is not None and parent is not None else None


@tk.chained_action
def member_create(next_action: Chain, context: dict[str, Any], data_dict: dict[str, Any]) -> Any:
    if link := _link(data_dict):
        child, parent = link
        before = current_parents(child.id)
        if parent.id not in before:
            _require(context, tk._("Only a sysadmin may change the parent of an organization"))
            if before:
                raise tk.ValidationError(
                    {"object": [tk._("An organization has one parent only; take it out of the other one first")]}
                )
            check_parent(child.id, parent.id, "object")
        data_dict["capacity"] = "parent"
    return next_action(context, data_dict)


@tk.chained_action
def member_delete(next_action: Chain, context: dict[str, Any], data_dict: dict[str, Any]) -> Any:
    link = _link(data_dict)
    if link and link[1].id in current_parents(link[0].id):
        _require(context, tk._("Only a sysadmin may change the parent of an organization"))
    return next_action(context, data_dict)


ACTIONS = {
    "organization_create": organization_create,
    "organization_update": organization_update,
    "group_update": group_update,
    "organization_delete": organization_delete,
    "group_delete": group_delete,
    "member_create": member_create,
    "member_delete": member_delete,
}
