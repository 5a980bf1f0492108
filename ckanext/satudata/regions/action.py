"""The tree in the API. Reading is open to whoever may list organizations; shaping it to sysadmins."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import ckantoolkit as tk
from ckan import model

from ckanext.satudata.listing import listed, page_of, refuse_unknown
from ckanext.satudata.regions import codes, guard, query, service, write
from ckanext.satudata.regions.model import KINDS
from ckanext.satudata.regions.sync import MAX_DEPTH

Result = dict[str, Any]


def _find(reference: Any, key: str = "id") -> Any:
    """A row by id, name or code. :raises ValidationError: keyed by ``key``; :raises ObjectNotFound:"""
    if not isinstance(reference, str) or not reference.strip():
        raise tk.ValidationError({key: [tk._("Missing value")]})
    try:
        row = query.find(reference)
    except codes.CodeError as error:
        raise tk.ValidationError({key: [str(error)]}) from error
    if row is None:
        raise tk.ObjectNotFound(tk._("Organization {reference} was not found").format(reference=reference))
    return row


@tk.side_effect_free
def satudata_region_tree(context: dict[str, Any], data_dict: dict[str, Any]) -> Result:
    """One level of the tree, or several: the organizations right under ``id``, or the roots.

    :param id: id, name or dotted Kemendagri code of the organization to open (default: the top)
    :param depth: how many levels to give (default 1); deeper ones hang in ``children``
    :param include_counts: add ``dataset_count``: public datasets in the subtree, as the asking user may find them
    :param limit: of the first level (default 20, at most 1000)
    :param offset: of the first level
    :returns: ``{"count", "results"}`` of Regions with ``children_count``
    :raises ValidationError: a bare code, or more than 10,000 organizations asked for at once
    """
    tk.check_access("satudata_region_tree", context, data_dict)
    refuse_unknown(data_dict, {"id", "depth", "include_counts", "limit", "offset"})
    page = page_of(data_dict)
    depth = _depth(data_dict.get("depth"))
    parent = _find(data_dict["id"]) if data_dict.get("id") not in (None, "") else None
    total, nodes = query.level(parent, page.limit, page.offset)
    try:
        query.hang_descendants(nodes, parent, depth)
    except query.TooMany as error:
        raise tk.ValidationError({"depth": [str(error)]}) from error
    if nodes and tk.asbool(data_dict.get("include_counts") or False):
        _count(nodes, dataset_counts(context))
    return listed(total, nodes)


def _depth(given: Any) -> int:
    try:
        depth = 1 if given in (None, "") else int(given)
    except (TypeError, ValueError):
        depth = 0
    if not 1 <= depth <= MAX_DEPTH + 1:
        raise tk.ValidationError(
            {"depth": [tk._("Give a whole number from 1 to {largest}").format(largest=MAX_DEPTH + 1)]}
        )
    return depth


def dataset_counts(context: dict[str, Any]) -> dict[str, int]:
    """Public datasets per organization with everything under it, by one faceted search and one query."""
    found = tk.get_action("package_search")(
        {"user": context.get("user"), "auth_user_obj": context.get("auth_user_obj")},
        {"rows": 0, "facet.field": ["owner_org"], "facet.limit": -1, "facet.mincount": 1},
    )
    return query.totals(found["facets"].get("owner_org", {}))


def _count(nodes: list[Result], counts: dict[str, int]) -> None:
    for node in nodes:
        node["dataset_count"] = counts.get(node["organization_id"], 0)
        _count(node.get("children", []), counts)


@tk.side_effect_free
def satudata_region_ancestors(context: dict[str, Any], data_dict: dict[str, Any]) -> Result:
    """The line from the root down to an organization, which is the last of it.

    :param id: id, name or dotted Kemendagri code
    :returns: ``{"count", "results"}`` of Regions
    """
    tk.check_access("satudata_region_ancestors", context, data_dict)
    refuse_unknown(data_dict, {"id", "limit", "offset"})
    page = page_of(data_dict)
    line = query.line(_find(data_dict.get("id")).path)
    return listed(len(line), line[page.offset : page.offset + page.limit])


@tk.side_effect_free
def satudata_region_search(context: dict[str, Any], data_dict: dict[str, Any]) -> Result:
    """Organizations by title, name, alias or the start of either code; exact matches first.

    :param q: what a person typed
    :param kind: only this kind
    :param limit: default 20, at most 1000
    :param offset: default 0
    :returns: ``{"count", "results"}`` of Regions with ``ancestors`` (root first) and ``children_count``
    """
    tk.check_access("satudata_region_search", context, data_dict)
    refuse_unknown(data_dict, {"q", "kind", "limit", "offset"})
    page = page_of(data_dict)
    q, kind = data_dict.get("q"), data_dict.get("kind") or ""
    if not isinstance(q, str) or not q.strip():
        raise tk.ValidationError({"q": [tk._("Missing value")]})
    if kind and kind not in KINDS:
        raise tk.ValidationError({"kind": [tk._("Use one of {kinds}").format(kinds=", ".join(KINDS))]})
    return listed(*query.search(q, page.limit, page.offset, kind))


def satudata_region_update(context: dict[str, Any], data_dict: dict[str, Any]) -> Result:
    """Change what an organization is and where it stands; keys left out stay as they are. Sysadmins only.

    :param id: id, name or dotted Kemendagri code
    :param kind: one of the kinds, or empty
    :param kode_kemendagri: with dots; empty takes it away
    :param kode_bps: digits only; empty takes it away
    :param aliases: list of other names
    :param parent_id: id, name or code of the new parent; empty puts it at the top
    :returns: the Region
    :raises ValidationError: keyed by field; nothing is changed then
    """
    tk.check_access("satudata_region_update", context, data_dict)
    if not guard.may_shape_tree(context):
        # Also for programs that skip the check above: the tree decides who may see unpublished data.
        raise tk.NotAuthorized(tk._("Only a sysadmin may change parent, kind and codes of an organization"))
    refuse_unknown(data_dict, {"id", "kind", "kode_kemendagri", "kode_bps", "aliases", "parent_id"})
    row = _find(data_dict.get("id"))
    id = row.organization_id
    kind_changes = "kind" in data_dict and (data_dict["kind"] or "") != row.kind
    # A new kind must fit the codes it keeps.
    kept = {field: row._mapping[field] for field in ("kode_kemendagri", "kode_bps") if kind_changes}
    values, errors = write.clean({**kept, **data_dict}, row.kind)
    errors = {**write.codes_in_use(values, id), **errors}
    parent_id = row.parent_id
    if "parent_id" in data_dict:
        parent_id = None
        if data_dict["parent_id"] not in (None, ""):
            try:
                parent_id = _find(data_dict["parent_id"], "parent_id").organization_id
                if parent_id != row.parent_id:
                    guard.check_parent(id, parent_id, "parent_id")
            except tk.ObjectNotFound as error:
                errors["parent_id"] = [str(error)]
            except tk.ValidationError as error:
                errors.update(error.error_dict)
    if errors:
        raise tk.ValidationError(errors)
    try:
        write.store(id, values)
        if "parent_id" in data_dict:
            write.set_parent(id, parent_id)
        if not context.get("defer_commit"):
            model.repo.commit()
    except Exception:
        model.Session.rollback()
        raise
    return service.region_of(id) or {}


ACTIONS: dict[str, Callable[..., Any]] = {
    "satudata_region_tree": satudata_region_tree,
    "satudata_region_ancestors": satudata_region_ancestors,
    "satudata_region_search": satudata_region_search,
    "satudata_region_update": satudata_region_update,
    **guard.ACTIONS,
}
