"""Helpers of templates: what in a form is proposed and not yet looked at, and who may begin an edition."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import ckantoolkit as tk
from flask import g, has_request_context

from ckanext.satudata.languages import current, text_in
from ckanext.satudata.standards import registry
from ckanext.satudata.standards.editions import marks


def satudata_proposed(data: Mapping[str, Any], dataset_type: str | None = None) -> dict[str, Any]:
    """What in this form stands as proposed; empty where nothing does.

    :param data: values of the form
    :returns: ``kind`` (``edition``, ``table`` or ``defaults``), ``from`` (title of what it comes from), ``fields``
        (``[{"name", "label", "href"}]``) and ``notes`` (a sentence for each field)
    """
    kind, origin, names = "", "", {}
    if data.get("id"):
        found = marks.still(data)
        if found:
            kind, origin = found["from"].get("kind", ""), found["from"].get("title", "")
            note = (
                tk._("Proposed from the table you typed; look at it.")
                if kind == "table"
                else tk._("Proposed from the earlier edition; look at it.")
            )
            names = dict.fromkeys(found["fields"], note)
    elif has_request_context() and g.get("satudata_defaults"):
        kind = "defaults"
        notes = {
            "organization": tk._("From the page of your organization; change it where it differs."),
            "region": tk._("From the place of your organization in the tree; change it where it differs."),
            "last": tk._("As your organization wrote it last; change it where it differs."),
        }
        names = {name: notes[source] for name, source in g.satudata_defaults.items()}
    if not names:
        return {}
    # Not at the top: the forms of this room ask for the proposals.
    from ckanext.satudata.standards.forms import element_id

    declared = registry.fields_of(dataset_type or data.get("type"))
    names = {name: names[name] for name in [*declared, *names] if name in names}
    language = current()
    return {
        "kind": kind,
        "from": origin,
        "notes": names,
        "fields": [
            {
                "name": name,
                "href": f"#{element_id(name)}",
                "label": text_in((declared.get(name) or {}).get("label") or name, language),
            }
            for name in names
        ],
    }


def satudata_edition_may(pkg: Mapping[str, Any]) -> bool:
    """Whether whoever looks at the page may begin the next edition of this package."""
    if pkg.get("state") not in ("active", "draft") or not registry.fields_of(pkg.get("type")):
        return False
    return bool(tk.h.check_access("satudata_edition_preview", {"id": pkg["id"]}))


def satudata_edition_label(package_type: str) -> str:
    """What the button says: an edition of data, a copy of last year's activity."""
    if package_type == "kegiatan":
        return str(tk._("Copy from last year"))
    if package_type == "indikator":
        return str(tk._("Copy this indicator"))
    return str(tk._("Make an edition"))


HELPERS: dict[str, Callable[..., Any]] = {
    "satudata_edition_label": satudata_edition_label,
    "satudata_edition_may": satudata_edition_may,
    "satudata_proposed": satudata_proposed,
}
