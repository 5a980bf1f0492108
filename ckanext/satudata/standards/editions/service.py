"""Making the next edition of a package: the rules, without Flask."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import ckantoolkit as tk
import sqlalchemy as sa
from ckan import model
from ckan.lib.munge import munge_title_to_name

from ckanext.satudata.languages import current, text_in
from ckanext.satudata.standards import registry
from ckanext.satudata.standards.editions import marks, shift
from ckanext.satudata.standards.editions.plan import plan_of

#: States of CKAN a package may be in to be taken as a source: not deleted, and no working copy.
SOURCES = (model.State.ACTIVE, "draft")
#: A name CKAN takes, with room for a number behind it.
LONGEST_NAME = 90


def preview(source: Mapping[str, Any], months: int | None = None) -> dict[str, Any]:
    """What the next edition of a package would be; writes nothing.

    :param source: as ``package_show`` gives it
    :returns: ``values`` (for ``package_create``), ``proposed`` and ``left_out`` (``[{"field", "label", "old",
        "new"}]``), ``months``, ``seri``, ``series_missing`` (whether the source has no series of its own), and
        ``exists`` (``{"id", "name", "title", "type"}`` of an edition for that period, or None)
    """
    plan = plan_of(source, months)
    fields = registry.fields_of(source.get("type"))
    has_series = "seri" in fields
    series = str(source.get("seri") or "").strip()
    proposed_series = series or (shift.series_name(str(source.get("title") or "")) if has_series else "")
    if has_series and proposed_series:
        plan.values["seri"] = proposed_series
        if not series:
            plan.proposed.append("seri")
    return {
        "values": plan.values,
        "proposed": [_told(name, fields, source.get(name), plan.values.get(name)) for name in plan.proposed],
        "left_out": [_told(name, fields, source.get(name), None) for name in plan.left_out],
        "months": plan.months,
        "seri": proposed_series,
        "series_missing": has_series and not series,
        "exists": existing(source, plan.values),
    }


def create(context: dict[str, Any], source: Mapping[str, Any], plan: Mapping[str, Any]) -> dict[str, Any]:
    """Make the draft that :func:`preview` has shown, as whoever is in the context.

    :param plan: of :func:`preview`; ``values`` may have been changed since
    :raises ValidationError: there is an edition for that period already; CKAN or the schema refuses a value
    :raises NotAuthorized: this user may not create data for that organization
    """
    values = dict(plan["values"])
    there = existing(source, values)
    if there:
        field = "periode_awal" if "periode_awal" in values else "title"
        raise tk.ValidationError(
            {field: [tk._("This edition exists already: “{title}”.").format(title=there["title"])]}
        )
    values["name"] = free_name(str(values.get("title") or ""))
    values["state"] = "draft" if "resource_fields" in (registry.schema_of(source.get("type")) or {}) else "active"
    made: dict[str, Any] = tk.get_action("package_create")(tk.fresh_context(context), values)
    proposed = {item["field"]: made[item["field"]] for item in plan["proposed"] if made.get(item["field"])}
    origin = {"kind": "edition", "id": source["id"], "title": source.get("title") or source["name"]}
    marks.put(made["id"], origin, proposed)
    model.Session.commit()
    return made


def existing(source: Mapping[str, Any], values: Mapping[str, Any]) -> dict[str, Any] | None:
    """An edition of the same organization that is this one already: by series and period, else by title.

    One query; without a series or a period only the same title of the same type counts.
    """
    package = model.Package
    same = [
        package.owner_org == source.get("owner_org"),
        package.type == (source.get("type") or "dataset"),
        package.state.in_(SOURCES),
        package.id != source["id"],
    ]
    titled = package.title == values.get("title")
    if values.get("seri") and values.get("periode_awal"):
        in_series = sa.and_(
            package.extras["seri"].astext == values["seri"],
            package.extras["periode_awal"].astext == values["periode_awal"],
        )
        if values.get("title") == source.get("title"):
            titled = sa.false()
        same.append(sa.or_(in_series, titled))
    elif values.get("title") == source.get("title"):
        # An indicator has no year of its own: a copy of the same name is what was asked for.
        return None
    else:
        same.append(titled)
    columns = (package.id, package.name, package.title, package.type)
    row = model.Session.execute(sa.select(*columns).where(*same).limit(1)).first()
    return dict(row._mapping) if row else None


def free_name(title: str) -> str:
    """A name nobody has yet, out of a title; two officers at the same moment are told apart by CKAN."""
    base = munge_title_to_name(title)[:LONGEST_NAME].strip("-_") or "data"
    like = base.replace("\\", "\\\\").replace("_", "\\_").replace("%", "\\%") + "%"
    taken = set(model.Session.execute(sa.select(model.Package.name).where(model.Package.name.like(like))).scalars())
    number = 1
    name = base if len(base) >= 2 else f"{base}-1"
    while name in taken:
        number += 1
        name = f"{base}-{number}"
    return name


def _told(name: str, fields: Mapping[str, Any], old: Any, new: Any) -> dict[str, Any]:
    label = tk._("Files") if name == "resources" else text_in((fields.get(name) or {}).get("label") or name, current())
    if name == "resources":
        old = ", ".join(str(item.get("name") or item.get("url") or "") for item in old or [])
    declared = fields.get(name) or {}
    return {"field": name, "label": label, "old": _text(declared, old), "new": _text(declared, new)}


def _text(declared: Mapping[str, Any], value: Any) -> str:
    if value is None or value in ("", [], {}):
        return ""
    if isinstance(value, list):
        if "repeating_subfields" in declared:
            return tk.ungettext("{n} row", "{n} rows", len(value)).format(n=len(value))
        return ", ".join(str(item) for item in value)
    for choice in declared.get("choices") or []:
        if str(choice["value"]) == str(value):
            return text_in(choice.get("label"), current())
    return str(value)
