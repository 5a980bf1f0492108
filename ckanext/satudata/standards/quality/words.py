"""What people read of scores: names of bands and states of freshness, and each advice as a sentence."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import ckantoolkit as tk
from babel.dates import format_date

from ckanext.satudata.languages import current, text_in
from ckanext.satudata.principles import principle_label
from ckanext.satudata.standards import registry


def band(name: str) -> str:
    """The word for a band."""
    return {
        "sangat_baik": tk._("Very good"),
        "baik": tk._("Good"),
        "cukup": tk._("Sufficient"),
        "kurang": tk._("Poor"),
    }.get(name, name)


def freshness(state: str | None) -> str:
    """The words for how fresh figures are."""
    return {
        "fresh": tk._("Up to date"),
        "due": tk._("Update is due"),
        "overdue": tk._("Update is late"),
        "delinquent": tk._("Long out of date"),
    }.get(state or "", tk._("Not known"))


def day(value: Any) -> str:
    """A day in words, short enough for a table."""
    return str(format_date(value, "long", locale="id" if current().startswith("id") else "en")) if value else ""


def anchor(field: str | None) -> str:
    """Where in the form a field stands."""
    if not field or field == "resources":
        return "#kelompok-berkas"
    return "#field-organizations" if field == "owner_org" else f"#field-{field}"


def advice(one: Mapping[str, Any], package_type: str) -> dict[str, Any]:
    """One stored advice as the API and the pages tell it.

    :returns: ``kind``, ``principle``, ``field``, ``resource_id``, ``points`` (of 100) and ``text``
    """
    return {
        "kind": one["kind"],
        "principle": one["principle"],
        "field": None if one["field"] == "resources" else one["field"],
        "resource_id": one["resource_id"],
        "points": one["gain"] / 10,
        "text": _sentence(one, package_type),
    }


def _sentence(one: Mapping[str, Any], package_type: str) -> str:
    kind = one["kind"]
    if kind == "file":
        return tk._("Add the table itself as a file")
    if kind == "format":
        return tk._("Give the table in a format machines read, best as CSV")
    if kind == "link":
        return tk._("Mend the link that could not be opened")
    if kind == "conform":
        return tk._("Mend what the check found under {principle}").format(principle=principle_label(one["principle"]))
    label = _label(one["field"], package_type)
    if kind == "mend":
        return tk._("Mend {field}").format(field=label)
    return tk._("Fill in {field}").format(field=label)


def _label(name: str, package_type: str) -> str:
    field = registry.fields_of(package_type).get(name, {})
    return text_in(field.get("label") or name, current())
