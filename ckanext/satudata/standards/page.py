"""The metadata of a dataset, activity or indicator as its page shows them: by group, nothing empty, nothing twice."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from ckanext.satudata.languages import current, text_in
from ckanext.satudata.standards import registry
from ckanext.satudata.standards.conditions import sdi_keys

#: What the page shows in places of its own.
ELSEWHERE = frozenset({"title", "name", "notes", "tag_string", "license_id", "owner_org"})
_SIDE = re.compile(r"\s*\((tanggal awal|start)\)$|\s+(awal|from)$", re.IGNORECASE)
_EMPTY: tuple[Any, ...] = (None, "", [], {})


def groups(dataset_type: str, pkg: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The filled fields by group, the data standard first: it is what the page is asked for.

    :param pkg: as package_show gives it
    :returns: ``{name, label, number, items, fields, folded}`` each; ``fields`` are those of the schema, one by one;
        an item is one of them or a ``span`` (two fields, where something begins and ends). Forms of BPS have too many
        groups to show them all at once: all but the first are ``folded``.
    """
    language = current()
    found = [
        {"name": group["name"], "label": text_in(group["label"], language), "items": [], "fields": [], "number": number}
        for number, group in enumerate(registry.groups_of(dataset_type), 1)
    ] or [{"name": "", "label": "", "items": [], "fields": [], "number": 1}]
    by_name = {group["name"]: group for group in found}
    fields = {
        name: {**field, **sdi_keys(field, dataset_type)}
        for name, field in registry.fields_of(dataset_type).items()
        if name not in ELSEWHERE and field.get("display_snippet", "") is not None and pkg.get(name) not in _EMPTY
    }
    for name, field in fields.items():
        group = by_name.get(field.get("kelompok"), found[0])
        group["fields"].append(field)
        if not (name.endswith("_akhir") and name[: -len("akhir")] + "awal" in fields):
            group["items"].append(_item(field, fields, pkg, language))
    found.sort(key=lambda group: (group["name"] != "standar", group["number"]))
    filled = [group for group in found if group["items"]]
    for place, group in enumerate(filled):
        group["folded"] = len(filled) > 6 and place > 0
    return filled


def _item(field: dict[str, Any], fields: Mapping[str, Any], pkg: Mapping[str, Any], language: str) -> dict[str, Any]:
    name = str(field["field_name"])
    label = text_in(field.get("label") or name, language)
    end = name[: -len("awal")] + "akhir" if name.endswith("_awal") else ""
    if end in fields:
        return {"kind": "span", "label": _SIDE.sub("", label), "start": pkg[name], "end": pkg[end]}
    return {"kind": "field", "label": label, "field": field}


def columns(field: Mapping[str, Any], rows: Any) -> list[dict[str, Any]]:
    """The subfields of a repeating field that any row has filled in; empty where ``rows`` are none."""
    dicts = [row for row in rows if isinstance(row, dict)] if isinstance(rows, list) else []
    return [
        sub for sub in field["repeating_subfields"] if any(row.get(sub["field_name"]) not in _EMPTY for row in dicts)
    ]
