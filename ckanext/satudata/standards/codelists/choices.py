"""What a field offers: the codes of the list in force that it names (``sdi_codelist``), where one is loaded.

Schemas are read by scheming from its plugin object, in validators, forms and its API alike. So the expanded schemas
are replaced there, as a whole, whenever another version came into force. What the schema itself says stays the
fallback: a portal that has loaded nothing, or whose list is gone, chooses from that.
"""

from __future__ import annotations

import logging
import threading
from typing import Any

from flask import Blueprint, request

from ckanext.satudata.standards import registry
from ckanext.satudata.standards.codelists import memory, query

log = logging.getLogger(__name__)
blueprint = Blueprint("satudata_codelist_choices", __name__)
_lock = threading.Lock()
#: For which schemas and which stamp the choices were made last.
_done: tuple[int, Any] | None = None


@blueprint.before_app_request
def before_each_request() -> None:
    """Another process may have published a list since; what shows no choices does not ask.

    Assets show none. Nor does CKAN's own API: it gives values as they are stored, and whatever it saves goes through
    ``normalise``, which refreshes by itself. Harvesters that read page after page are not made to pay for it.
    """
    if request.endpoint in {"static", "webassets.index"}:
        return
    if request.endpoint == "api.action" and not _shows_schemas((request.view_args or {}).get("logic_function", "")):
        return
    refresh()


def _shows_schemas(action: str) -> bool:
    return action.startswith(("scheming_", "satudata_"))


def refresh() -> None:
    """Let fields offer what is in force now; one small query a request, and nothing more while nothing changed."""
    global _done
    stamp = memory.current()
    pristine = registry.pristine_schemas()
    if stamp is None or pristine is None:
        return
    key = (id(pristine), stamp)
    if key == _done:
        return
    with _lock:
        loaded = {name for name, version in query.in_force().items() if version.id is not None}
        registry.put_schemas({kind: _with_choices(schema, loaded) for kind, schema in pristine.items()})
        _done = key


def _with_choices(schema: dict[str, Any], loaded: set[str]) -> dict[str, Any]:
    if not any(_list_of(field) in loaded for field in _fields(schema)):
        return schema
    changed = dict(schema)
    for part in ("dataset_fields", "resource_fields"):
        if schema.get(part):
            changed[part] = [_field(field, loaded) for field in schema[part]]
    return changed


def _fields(schema: dict[str, Any]) -> list[dict[str, Any]]:
    fields = [*(schema.get("dataset_fields") or []), *(schema.get("resource_fields") or [])]
    return fields + [sub for field in fields for sub in field.get("repeating_subfields") or []]


def _list_of(field: dict[str, Any]) -> str:
    return str(field.get("sdi_codelist") or "")


def _field(field: dict[str, Any], loaded: set[str]) -> dict[str, Any]:
    if "repeating_subfields" in field:
        return {**field, "repeating_subfields": [_field(sub, loaded) for sub in field["repeating_subfields"]]}
    if _list_of(field) not in loaded:
        return field
    return {**field, "choices": choices_of(_list_of(field), field.get("choices") or [])}


def choices_of(list_id: str, fallback: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The codes of a list as choices of scheming.

    :param fallback: choices of the schema; one whose value is in no version stays known, so that datasets that carry
        it can still be read and saved
    :returns: ``value``, ``label``, ``aliases``; also ``retired`` and ``successor`` for what is no longer to be chosen
    """
    current = memory.codes_in_force(list_id)
    version = query.find(list_id)
    show_code = bool(version and version.show_code)
    made = [_choice(code, show_code, memory.is_retired(code)) for code in current]
    made += [_choice(code, show_code, True) for code in memory.former_codes(list_id)]
    known = {choice["value"] for choice in made}
    made += [{**choice, "retired": True} for choice in fallback if choice["value"] not in known]
    # Choices no longer in use stand last, whatever their place in the list.
    return sorted(made, key=lambda choice: bool(choice.get("retired")))


def _choice(code: dict[str, Any], show_code: bool, retired: bool) -> dict[str, Any]:
    label = {lang: f"{code['code']} {text}" if show_code else text for lang, text in code["label"].items() if text}
    choice: dict[str, Any] = {"value": code["code"], "label": label}
    if code["aliases"] or show_code:
        choice["aliases"] = [*code["aliases"], *(set(code["label"].values()) if show_code else ())]
    if retired:
        choice |= {"retired": True, "successor": code["successor"]}
    return choice
