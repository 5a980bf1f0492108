"""Organizations and groups in the harvest view: what CKAN shows anonymous of them, without people, extras and parents.

A harvester that makes the organizations of its source at home sends what it got to ``organization_create``: parents
and groups it does not have would be refused there.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import ckantoolkit as tk
import sqlalchemy as sa
from ckan import model

from . import search
from .question import known_only, listed, number, one_text
from .search import Wanted

#: How many datasets CKAN puts into an organization it shows.
DATASETS = 1000
#: What CKAN takes here that changes nothing in this view: people, extras, parents and followers are left out anyway.
_NO_EFFECT = frozenset(
    "include_extras include_users include_groups include_tags include_followers include_dataset_count "
    "include_member_count".split()
)
_SORTS = ("name", "title", "package_count")


def show(types: tuple[str, ...], params: Mapping[str, Any], is_organization: bool) -> dict[str, Any]:
    """One organization or group.

    :raises ObjectNotFound: there is none of that id or name
    """
    given = known_only(params, {"id", "include_datasets", *_NO_EFFECT})
    name = one_text(given, "id")
    if not name:
        raise tk.ValidationError({"id": [tk._("Missing value")]})
    group = model.Group
    query = sa.select(group).where(_kind(is_organization), sa.or_(group.id == name, group.name == name))
    found = model.Session.scalars(query.order_by(group.id != name).limit(1)).first()
    if found is None:
        raise tk.ObjectNotFound()
    with_datasets = tk.asbool(given.get("include_datasets") or False)
    # Which groups restricted data stand in is not told.
    wanted = Wanted(types, rows=DATASETS if with_datasets else 0, limited=is_organization)
    wanted.frame.append(
        "{!term f=organization v=$satudata_group}" if is_organization else "{!term f=groups v=$satudata_group}"
    )
    wanted.own["satudata_group"] = found.name
    page = search.find(wanted)
    result = {**dictized(found), "package_count": page.total}
    if with_datasets:
        result["packages"] = page.records
    return result


def all_of(types: tuple[str, ...], params: Mapping[str, Any], is_organization: bool) -> list[Any]:
    """Names of organizations or groups, or with ``all_fields`` what is known of each; two queries and one search."""
    names_key = "organizations" if is_organization else "groups"
    given = known_only(params, {"all_fields", "limit", "offset", "sort", names_key, *_NO_EFFECT})
    whole = tk.asbool(given.get("all_fields") or False)
    key = "ckan.group_and_organization_list_all_fields_max" if whole else "ckan.group_and_organization_list_max"
    largest = tk.asint(tk.config.get(key) or 1000)
    limit, offset = number(given, "limit", largest, largest), number(given, "offset", 0)
    name, _space, direction = (one_text(given, "sort") or "title asc").partition(" ")
    if name not in _SORTS or direction.strip().lower() not in ("", "asc", "desc"):
        raise tk.ValidationError({"sort": [tk._("Choose one of: {names}").format(names=", ".join(_SORTS))]})
    group = model.Group
    query = sa.select(group).where(_kind(is_organization))
    wanted_names = listed(given, names_key)
    if wanted_names:
        query = query.where(group.name.in_(wanted_names))
    found = list(model.Session.scalars(query))
    counts = _counts(types, is_organization) if whole or name == "package_count" else {}
    found.sort(key=lambda one: one.name)
    if name != "name":
        found.sort(key=lambda one: counts.get(one.name, 0) if name == "package_count" else (one.title or one.name))
    if direction.strip().lower() == "desc":
        found.reverse()
    page = found[offset : offset + limit]
    if not whole:
        return [one.name for one in page]
    return [{**dictized(one), "package_count": counts.get(one.name, 0)} for one in page]


def _kind(is_organization: bool) -> Any:
    group = model.Group
    return sa.and_(group.is_organization.is_(is_organization), group.state == model.State.ACTIVE)


def _counts(types: tuple[str, ...], is_organization: bool) -> dict[str, int]:
    field = "organization" if is_organization else "groups"
    wanted = Wanted(types, rows=0, facets=(field,), facet_limit=-1, limited=is_organization)
    return search.find(wanted).facets.get(field, {})


def dictized(group: Any) -> dict[str, Any]:
    """An organization or group as CKAN shows it, as far as a stock CKAN can make it again."""
    return {
        "id": group.id,
        "name": group.name,
        "title": group.title or group.name,
        "display_name": group.title or group.name,
        "description": group.description or "",
        "image_url": group.image_url if str(group.image_url or "").startswith(("http://", "https://")) else "",
        "type": group.type,
        "is_organization": bool(group.is_organization),
        "approval_status": group.approval_status,
        "state": group.state,
        "created": group.created.isoformat() if group.created else None,
    }
