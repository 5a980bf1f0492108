"""What the form shows beside its fields: the groups, how full they are, and what is still missing."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import ckantoolkit as tk
from flask import g, has_request_context

from ckanext.satudata import config
from ckanext.satudata.languages import current, text_in
from ckanext.satudata.standards import conditions, form_fields, registry, service, usual
from ckanext.satudata.standards.checks import FILES
from ckanext.satudata.standards.editions import defaults
from ckanext.satudata.standards.rules.registry import SEVERITIES

#: So many missing things are listed before the rest is folded away: an empty form would show two dozen.
AT_ONCE = 6
#: A label that carries the number of the paper form.
_OWN_NUMBER = re.compile(r"[IVX]+\. ")
# Where CKAN and scheming give an input another id than ``field-<name>``.
_ELEMENT_IDS = {"owner_org": "field-organizations"}


def is_managed(dataset_type: str, data: Mapping[str, Any]) -> bool:
    """Whether this dataset, stored or about to be, is published through the review and not by CKAN's own buttons."""
    if not config.review_enabled() or dataset_type in config.exempt_types():
        return False
    if not data.get("id"):
        return True
    # Made before us and not adopted: core's rules hold (the review room knows).
    review = tk.h.get("satudata_review")
    return bool(review(data)) if review else True


def checked(dataset_type: str, data: Mapping[str, Any]) -> dict[str, Any]:
    """The submission check of what stands in the form now.

    :param data: form values, or the stored dataset; ``tag_string`` counts where both it and ``tags`` are there
    """
    package = {**data, "type": dataset_type}
    if "tag_string" in package:
        package.pop("tags", None)
    return service.check(package)


def state(dataset_type: str, data: dict[str, Any], errors: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """Everything the templates of form and panel need.

    :param data: values of the form
    :param errors: of a refused save, by field; their groups are opened
    :returns: ``groups`` (``name, number, label, fields, done, total, open, asked``), ``findings`` (each with its
        ``href``), ``errors``, ``warnings``, ``done``, ``total``, ``conditions`` (for the script of the page),
        ``has_files``, ``data`` (the values with the defaults of the schema, as scheming fills them in)
    """
    # One page asks several times: for the panel, the groups and the foot of the form.
    kept = g.get("satudata_form_state") if has_request_context() else None
    if kept and kept[0] is data:
        return dict(kept[1])
    # The caller's own dict stays as it was stored: a stale save is told by it.
    filled = _with_defaults(dataset_type, data)
    shown = panel_state(dataset_type, checked(dataset_type, filled))
    result = {
        **shown,
        "data": filled,
        "groups": _groups(dataset_type, filled, shown, set(errors or ())),
        "conditions": conditions.for_page(dataset_type),
        "has_files": has_files(dataset_type),
    }
    if has_request_context():
        g.satudata_form_state = (data, result)
    return result


def _with_defaults(dataset_type: str, given: Mapping[str, Any]) -> dict[str, Any]:
    data = dict(given)
    for name, field in registry.fields_of(dataset_type).items():
        if "default" in field and name not in data:
            data[name] = field["default"]
    if "owner_org" not in data and not data.get("id"):
        # Most officers write for one organization; who writes for several chooses.
        organizations = tk.h.organizations_available("create_dataset")
        wanted = [each["id"] for each in organizations if data.get("group_id") in (each["id"], each["name"])]
        if wanted or len(organizations) == 1:
            data["owner_org"] = wanted[0] if wanted else organizations[0]["id"]
    defaults.into_form(dataset_type, data)
    return data


def panel_state(dataset_type: str, result: Mapping[str, Any]) -> dict[str, Any]:
    """A result of the submission check as the panel shows it: each finding with the place to mend it."""
    progress, fields = result["progress"], registry.fields_of(dataset_type)
    findings = [
        {**finding, "href": _href(finding, fields), "short": _short(finding, fields)} for finding in result["findings"]
    ]
    return {
        "findings": findings,
        "listed": _listed(findings, fields),
        "at_once": AT_ONCE,
        "errors": result["errors"],
        "warnings": result["warnings"],
        "done": progress["done"],
        "total": progress["total"],
        "progress_groups": progress["groups"],
    }


def first_gap(package: Mapping[str, Any]) -> str:
    """Where in the form the first thing stands that keeps this package from being submitted; empty if nothing does.

    :returns: ``#`` and the id of an element, down to the cell of a row
    """
    dataset_type = str(package.get("type") or "dataset")
    listed = panel_state(dataset_type, service.check(dict(package)))["listed"]
    return next((finding["href"] for finding in listed if finding["severity"] == "error"), "")


def has_files(dataset_type: str) -> bool:
    """Whether files belong to this type: an indicator has none, and no step of the form asks for them."""
    schema = registry.schema_of(dataset_type)
    return schema is None or bool(schema.get("resource_fields"))


def beside(dataset_type: str, shown: Mapping[str, Any]) -> dict[str, Any]:
    """The findings of a panel where they belong: beside their fields, and inside the rows.

    :param shown: as :func:`panel_state` gives it
    :returns: ``fields`` ({name: [finding]}) and ``rows`` ([{field, row, sub, findings}]), nothing for ``info``
    """
    fields: dict[str, list[Any]] = {}
    rows: dict[tuple[str, int, str], list[Any]] = {}
    for finding in shown["findings"]:
        if not finding["field"] or finding["severity"] == "info":
            continue
        place = form_fields.place_in_rows(finding)
        if place:
            rows.setdefault((finding["field"], *place), []).append(finding)
        else:
            fields.setdefault(finding["field"], []).append(finding)
    listed = [{"field": key[0], "row": key[1], "sub": key[2], "findings": found} for key, found in rows.items()]
    return {"fields": fields, "rows": listed}


def _groups(
    dataset_type: str, data: Mapping[str, Any], state: Mapping[str, Any], wrong: set[str]
) -> list[dict[str, Any]]:
    progress = state["progress_groups"]
    if not progress:
        return []
    every = conditions.keyed_fields(dataset_type)
    counts = set(conditions.visible_fields(dataset_type, data))
    asked = [field for field in every.values() if field.get("form_snippet", "") is not None]
    often = usual.most_used(
        data.get("owner_org"), dataset_type, [field["field_name"] for field in asked if form_fields.wants_usual(field)]
    )
    open_findings = [finding for finding in state["findings"] if finding["severity"] != "info"]
    shown = [form_fields.prepared(field, every, data, open_findings, often) for field in asked]
    known = {group["name"] for group in progress}
    groups = []
    own_number = any(_OWN_NUMBER.match(group["label"]) for group in progress)
    for number, group in enumerate(progress, 1):
        # A field that names no group of ours stands in the first one rather than nowhere.
        fields = [
            field
            for field in shown
            if field.get("kelompok") == group["name"] or (number == 1 and field.get("kelompok") not in known)
        ]
        has_errors = any(field["field_name"] in wrong for field in fields)
        groups.append(
            {
                **group,
                "number": number,
                "own_number": own_number,
                "fields": fields,
                "has_errors": has_errors,
                "open": number == 1 or has_errors,
                "is_files": group["name"] == FILES,
                "asked": group["name"] == FILES or any(field["field_name"] in counts for field in fields),
                "last": number == len(progress),
            }
        )
    return groups


def _listed(findings: list[dict[str, Any]], fields: Mapping[str, Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The findings as the panel lists them: in the order of the form, incomplete rows of one field as one."""
    order = {name: number for number, name in enumerate(fields)}

    def place(finding: Mapping[str, Any]) -> tuple[int, int, int]:
        row = form_fields.place_in_rows(finding)
        return (
            SEVERITIES.index(finding["severity"]),
            order.get(finding["field"] or "", len(order)),
            row[0] if row else -1,
        )

    listed: list[dict[str, Any]] = []
    rows: dict[str, list[dict[str, Any]]] = {}
    for finding in sorted(findings, key=place):
        incomplete = str(finding["id"]).startswith("rows.required.")
        if incomplete and finding["field"] in rows:
            rows[finding["field"]].append(finding)
            continue
        if incomplete:
            rows[finding["field"]] = [finding]
        listed.append(finding)
    for name, found in rows.items():
        if len(found) > 1:
            label = text_in(fields[name].get("label"), current())
            message = tk._("{number} rows of “{label}” are not complete").format(number=len(found), label=label)
            at = listed.index(found[0])
            listed[at] = {**found[0], "message": message}
    return listed


def _short(finding: Mapping[str, Any], fields: Mapping[str, Mapping[str, Any]]) -> str:
    """What is said beside an empty field, which need not be named there; empty where the message says more."""
    field = fields.get(finding["field"] or "") or {}
    place = form_fields.place_in_rows(finding)
    if place and str(finding["id"]).startswith("rows.format."):
        # "Row 7 of … (Usia): Year is no year": which row is plain to see in its cell.
        message = str(finding["message"])
        return message.rpartition("): ")[2] if "): " in message else message.partition(": ")[2]
    if place:
        subs = {sub["field_name"]: sub for sub in field.get("repeating_subfields") or []}
        field = subs.get(place[1], field)
    empty = tk._('"{label}" is not filled in yet').format(label=text_in(field.get("label"), current()))
    return tk._("Not filled in yet") if finding["message"] == empty else ""


def _href(finding: Mapping[str, Any], fields: Mapping[str, Mapping[str, Any]]) -> str:
    if not finding["field"]:
        return f"#kelompok-{FILES}"
    place = form_fields.place_in_rows(finding)
    subs = (fields.get(finding["field"]) or {}).get("repeating_subfields")
    if place and subs:
        return f"#field-{finding['field']}-{place[0]}-{place[1] or subs[0]['field_name']}"
    return "#" + element_id(finding["field"])


def element_id(name: str) -> str:
    """The id of the input of a field in the form."""
    return _ELEMENT_IDS.get(name, f"field-{name}")
