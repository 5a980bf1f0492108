"""Changing what a region is and where it stands. The caller has checked who asks, and commits."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import ckantoolkit as tk
import sqlalchemy as sa
from ckan import model

from ckanext.satudata.regions import codes
from ckanext.satudata.regions.model import KINDS, region, search_text

member = model.member_table
_CODES = {"kode_kemendagri": codes.kode_kemendagri, "kode_bps": codes.kode_bps}


def clean(given: Mapping[str, Any], kind: str) -> tuple[dict[str, Any], dict[str, list[str]]]:
    """Check kind, codes and aliases as given; only keys that are there.

    :param kind: the kind it has, if none is given
    :returns: the values to store, and errors keyed by field
    """
    values: dict[str, Any] = {}
    errors: dict[str, list[str]] = {}
    if "kind" in given:
        values["kind"] = kind = str(given["kind"] or "")
        if kind and kind not in KINDS:
            errors["kind"] = [
                tk._("{kind} is not a kind of organization; use one of {kinds}").format(
                    kind=kind, kinds=", ".join(KINDS)
                )
            ]
    for field, check in _CODES.items():
        if field in given:
            try:
                values[field] = check(given[field], kind)
            except codes.CodeError as error:
                errors[field] = [str(error)]
    if "aliases" in given:
        aliases = given["aliases"]
        if aliases in (None, ""):
            aliases = []
        if not isinstance(aliases, list) or not all(isinstance(one, str) for one in aliases):
            errors["aliases"] = [tk._("Give the aliases as a list of names")]
        else:
            values["aliases"] = list(dict.fromkeys(one.strip() for one in aliases if one.strip()))
    return values, errors


def codes_in_use(values: Mapping[str, Any], own_id: str | None) -> dict[str, list[str]]:
    """Errors for codes another organization already has, naming it; a deleted one keeps its codes too."""
    errors: dict[str, list[str]] = {}
    for field in _CODES:
        if not values.get(field):
            continue
        holder = model.Session.execute(
            sa.select(model.group_table.c.name, model.group_table.c.state)
            .join(region, region.c.organization_id == model.group_table.c.id)
            .where(region.c[field] == values[field], region.c.organization_id != (own_id or ""))
        ).first()
        if holder:
            text = tk._("{code} is already the code of {name}")
            if holder.state != "active":
                text = tk._("{code} is still the code of the deleted organization {name}; restore or purge that one")
            errors[field] = [text.format(code=values[field], name=holder.name)]
    return errors


def store(organization_id: str, values: Mapping[str, Any]) -> None:
    """Write columns of one row; aliases go into the search text too."""
    changes = dict(values)
    if "aliases" in changes:
        group = model.Session.get(model.Group, organization_id)
        changes["search_text"] = search_text(group.title, group.name, changes["aliases"])
    if changes:
        model.Session.execute(region.update().where(region.c.organization_id == organization_id).values(changes))


def set_parent(organization_id: str, parent_id: str | None) -> None:
    """Put an organization under another one (or at the top), as CKAN's own ``Member`` row; path and all follow."""
    rows = (
        model.Session.query(model.Member)
        .join(model.Group, model.Group.id == model.Member.table_id)
        .filter(
            model.Member.group_id == organization_id,
            model.Member.table_name == "group",
            model.Group.is_organization.is_(True),
        )
        .all()
    )
    kept = None
    for row in rows:
        if row.table_id == parent_id and kept is None:
            kept = row
            row.state, row.capacity = "active", "parent"
        elif row.state == "active":
            row.state = "deleted"
    if parent_id and kept is None:
        # By the relationship: CKAN's Member sets it to None, which would win over a bare group_id.
        child = model.Session.get(model.Group, organization_id)
        model.Session.add(model.Member(group=child, table_id=parent_id, table_name="group", capacity="parent"))
    model.Session.flush()
