"""Events of the review in words: who, for which body, what, when and why."""

from __future__ import annotations

from typing import Any

import ckantoolkit as tk

from ckanext.satudata.principles import PRINCIPLES, principle_label

from . import ages, dictize, dropping, lookups, wording
from .model import ReviewEvent
from .workflows import in_force, tracks


def anchor(field: str | None) -> str:
    """Where in the form a field stands."""
    if not field or field == "resources":
        return "#kelompok-berkas"
    return "#field-organizations" if field == "owner_org" else f"#field-{field}"


def one(event: ReviewEvent, pkg: dict[str, Any]) -> dict[str, Any]:
    """One event in words, alone."""
    return events([event], pkg)[0]


def _what(event: ReviewEvent) -> str:
    """The action, or what it came to where the pembina was not asked."""
    declared = in_force(event.track).transitions.get(event.action) if event.track in tracks() else None
    ways = declared.edges_from(event.from_state or "") if declared is not None and not declared.words else ()
    return "conforms" if any(edge.unasked == event.to_state for edge in ways) else event.action


def _names_fields(event: ReviewEvent) -> bool:
    return bool(event.field_comments or (event.content or {}).get("dropped"))


def events(listed: list[ReviewEvent], pkg: dict[str, Any]) -> list[dict[str, Any]]:
    """Events in words: who, for which body, what, when, why, per principle and per field. Two queries for all."""
    names = lookups.names(event.actor_id for event in listed)
    bodies = {body["id"]: body["title"] for body in lookups.organizations({e.body_id for e in listed if e.body_id})}
    labels = field_labels(pkg.get("type") or "dataset") if any(map(_names_fields, listed)) else {}
    return [
        {
            "action": event.action,
            "label": wording.done(_what(event), event.track),
            "who": names.get(event.actor_id or "") or event.actor_name or tk._("a program"),
            "body": bodies.get(event.body_id or "", ""),
            "at": ages.moment(event.at),
            "iso": dictize.iso(event.at),
            "age": ages.age(event.at),
            "state": wording.state(event.to_state, event.track) if event.to_state != event.from_state else "",
            "to": ((event.content or {}).get("assignee") or {}).get("name", ""),
            "comment": event.comment or "",
            "dropped": dropping.of_event(event, labels),
            "principles": _principle_words(event.principle_results),
            "fields": [
                {"name": name, "label": labels.get(name, name), "text": text, "anchor": anchor(name)}
                for name, text in (event.field_comments or {}).items()
            ],
        }
        for event in listed
    ]


def _principle_words(results: dict[str, Any] | None) -> list[dict[str, Any]]:
    return [
        {
            "label": principle_label(name),
            "conforms": bool(results[name].get("conforms")),
            "note": results[name].get("note") or "",
        }
        for name in PRINCIPLES
        if results and isinstance(results.get(name), dict)
    ]


def field_labels(package_type: str) -> dict[str, str]:
    """How the form calls its fields, in the reader's language."""
    schema = tk.h.scheming_get_dataset_schema(package_type) or {"dataset_fields": []}
    labels = {
        field["field_name"]: tk.h.scheming_language_text(field.get("label") or field["field_name"])
        for field in schema["dataset_fields"]
    }
    return {**labels, "resources": tk._("Files")}
