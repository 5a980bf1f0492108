"""Mending what arrives at package_create and package_update before scheming looks at it.

Three things of CKAN 2.12 with scheming 3.1 break saves or corrupt data otherwise:

* rows of repeating fields are sorted as *text*, so more than ten rows come back as 0, 1, 10, 11, 2 …;
* an extra of an old dataset whose key equals a schema field makes every save fail ("There is a schema
  field with the same name"), and one with a value the field refuses blocks every save for ever;
* NUL and its kin, pasted from spreadsheets, are refused by PostgreSQL with an error page.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

import ckantoolkit as tk

from ckanext.satudata import json_text
from ckanext.satudata.standards import kinds, registry
from ckanext.satudata.standards.validators import choice_value, is_alias, listed

OLD = "lama_"
# C0 controls but tab, line feed and carriage return; XML and Solr refuse all of them, JSONB the first. Halves of a
# surrogate pair, which JSON can say and UTF-8 cannot.
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
# Columns of a package and keys of its dict: never taken out of extras.
_CORE = frozenset(
    {"id", "name", "title", "notes", "url", "version", "author", "author_email", "maintainer", "maintainer_email"}
    | {"license_id", "owner_org", "type", "private", "state", "tags", "tag_string", "resources", "groups", "extras"}
    | {"organization", "creator_user_id", "metadata_created", "metadata_modified"}
)
# Validators that take any text, so that nothing stored can be refused by them.
_LENIENT = frozenset(
    {
        "ignore_missing",
        "ignore_empty",
        "unicode_safe",
        "satudata_codes",
        "satudata_link",
        "satudata_pairs",
        "strip_value",
    }
)


def strip_control(value: Any) -> Any:
    """Text without control characters, also inside lists and rows; anything else as it is."""
    if isinstance(value, str):
        return _CONTROL.sub("", value) if _CONTROL.search(value) else value
    if isinstance(value, list):
        return [strip_control(item) for item in value]
    if isinstance(value, dict):
        return {key: strip_control(item) for key, item in value.items()}
    return value


def _is_blank(value: Any) -> bool:
    return value is None or value == "" or value == [] or value == {}


def _fold_rows(data: dict[str, Any], fields: Sequence[Mapping[str, Any]]) -> None:
    """Gather ``field-N-sub`` keys of repeating fields into lists of rows, in the order of the numbers N."""
    names = {field["field_name"]: field for field in fields if "repeating_subfields" in field}
    if not names:
        return
    rows: dict[str, dict[int, dict[str, Any]]] = {}
    given = set(data)
    for key in given:
        name, _, rest = key.partition("-") if isinstance(key, str) else ("", "", "")
        number, _, sub = rest.partition("-")
        # A list given under the field's own name wins, as it does in scheming.
        if name in names and name not in given and number.isdecimal() and sub:
            rows.setdefault(name, {}).setdefault(int(number), {})[sub] = data.pop(key)
    for name, numbered in rows.items():
        data[name] = [numbered[at] for at in sorted(numbered)]
    for name in names:
        if name in data and _is_blank(data[name]):
            data[name] = []  # null and empty text mean no rows; scheming fails on them
        elif isinstance(data.get(name), str) and data[name].lstrip().startswith("["):
            taken, listed = valid_value(_field_named(fields, name), data[name])
            if taken:
                data[name] = listed
        if isinstance(data.get(name), list):
            data[name] = [row for row in data[name] if not (isinstance(row, Mapping) and _row_is_blank(row))]


def _field_named(fields: Sequence[Mapping[str, Any]], name: str) -> Mapping[str, Any]:
    return next(field for field in fields if field["field_name"] == name)


def _move_form_keys(data: dict[str, Any], fields: Mapping[str, Mapping[str, Any]]) -> None:
    """Take a field by its key on the BPS form too, where that differs (``judul_kegiatan`` is the title)."""
    for name, field in fields.items():
        key = (field.get("bps") or {}).get("key")
        if key and key != name and key not in fields and key in data:
            value = data.pop(key)
            if _is_blank(data.get(name)):
                data[name] = value


_OTHER = re.compile(r"^\s*(?P<choice>[^:,(]{2,30}?)\s*[:,(]\s*(?:sebutkan\s*[:.]?\s*)?(?P<words>.+?)\)?\s*$", re.I)


def _lift_other_words(data: dict[str, Any], fields: Mapping[str, Mapping[str, Any]]) -> None:
    """Put what stands for "Lainnya" into the field that takes its words: "Kelurahan", "Lainnya: Kelurahan".

    The forms of BPS know no kelurahan among the levels (7.4); who names it means "Lainnya, sebutkan: Kelurahan".
    """
    for name, field in fields.items():
        other = field.get("sdi_other")
        if not other or other not in fields or _is_blank(data.get(name)):
            continue
        last = next((dict(c) for c in field.get("choices") or [] if c["value"] == "lainnya"), None)
        if last is None:
            continue
        kept, words = [], [str(data[other]).strip()] if not _is_blank(data.get(other)) else []
        for item in listed(data[name]):
            said = _words_of(field, last, item)
            kept.append("lainnya" if said else item)
            if said and said.casefold() not in {each.casefold() for each in re.split(r"\s*,\s*", ", ".join(words))}:
                words.append(said)
        if "lainnya" in kept and words:
            data[name], data[other] = kept, ", ".join(words)


def _words_of(field: Mapping[str, Any], last: dict[str, Any], item: Any) -> str | None:
    """The words an item says instead of "Lainnya"; None where it is a choice, or nothing known."""
    if not isinstance(item, str):
        return None
    if is_alias(last, item):
        return item.strip()
    found = _OTHER.match(item)
    if found and choice_value(dict(field), item) is None and choice_value(dict(field), found["choice"]) == "lainnya":
        return found["words"].strip()
    return None


def _row_is_blank(row: Mapping[str, Any]) -> bool:
    return all(_is_blank(value.strip() if isinstance(value, str) else value) for value in row.values())


def valid_value(field: Mapping[str, Any], value: Any) -> tuple[bool, Any]:
    """Whether a schema field would take this stored text, and as what.

    :param field: an expanded scheming field
    :returns: ``(taken, value to store)``; rows of a repeating field come back as a list
    """
    if "repeating_subfields" in field:
        try:
            rows = json_text.loads(value) if isinstance(value, str) else value
        except ValueError:
            return False, None
        if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
            return False, None
        known = {sub["field_name"] for sub in field["repeating_subfields"]}
        return all(set(row) <= known for row in rows), rows
    named = (field.get("validators") or "").split()
    if "satudata_choice" in named:
        found = choice_value(dict(field), value)
        return found is not None, found
    if set(named) <= _LENIENT and not field.get("required"):
        return True, value
    from ckanext.scheming.plugins import _field_validators

    name = field["field_name"]
    schema = {name: _field_validators(field, {}, False)}
    converted, errors = tk.navl_validate({name: value}, schema, {"ignore_auth": True})
    return not errors, value if errors else converted.get(name, value)


def _extras_of(data: Mapping[str, Any]) -> list[dict[str, Any]]:
    extras = data.get("extras")
    return [item for item in extras if isinstance(item, dict)] if isinstance(extras, list) else []


def _keep_aside(extras: list[dict[str, Any]], key: str, value: Any) -> None:
    """Add ``lama_<key>``; where that name is taken by another value, ``lama_<key>_2`` and so on."""
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    taken = {item.get("key"): item.get("value") for item in extras}
    name, number = OLD + key, 1
    while name in taken and taken[name] != text:
        number += 1
        name = f"{OLD}{key}_{number}"
    if name not in taken:
        extras.append({"key": name, "value": text})


def _clean_text(data: dict[str, Any]) -> None:
    for holder in (data, *_extras_of(data), *(r for r in data.get("resources") or [] if isinstance(r, dict))):
        for key, value in holder.items():
            if isinstance(value, str) or (isinstance(value, list) and key not in ("resources", "extras")):
                holder[key] = strip_control(value)


def lift_extras(data: dict[str, Any], fields: Mapping[str, Any], stored: Mapping[str, str]) -> None:
    """Move extras that share a key with a schema field into the field, or aside as ``lama_<key>``."""
    extras = _extras_of(data)
    if not any(item.get("key") in fields for item in extras):
        return
    kept = [item for item in extras if item.get("key") not in fields or item.get("key") in _CORE]
    for item in extras:
        key, value = str(item.get("key")), item.get("value")
        if key not in fields or key in _CORE or item.get("deleted"):
            continue
        taken, converted = valid_value(fields[key], value)
        present = data.get(key)
        if _is_blank(present) and taken:
            data[key] = converted
        elif not _is_blank(value) and present not in (value, converted) and stored.get(key) != value:
            _keep_aside(kept, key, value)
        elif not _is_blank(value) and not taken:
            # What was stored and cannot be a value of the field: kept, whatever replaced it.
            _keep_aside(kept, key, value)
    data["extras"] = kept


def _rescue_stored(data: dict[str, Any], fields: Mapping[str, Any], stored: Mapping[str, str]) -> None:
    """Keep stored values their field refuses, which would block this save or be lost in it."""
    for key, old in stored.items():
        if key not in fields or key in _CORE or _is_blank(old):
            continue
        given = data.get(key)
        if not _is_blank(given) and given != old:
            continue  # replaced on purpose: the validators judge the new value
        taken, converted = valid_value(fields[key], old)
        if not taken:
            data.pop(key, None)
            extras = _extras_of(data)
            _keep_aside(extras, key, old)
            data["extras"] = extras
        elif given == old and converted != old:
            data[key] = converted


def normalise(data_dict: dict[str, Any], package_type: str | None, stored: Mapping[str, str] | None = None) -> None:
    """Bring a package dict into the shape scheming can validate. In place; doing it twice changes nothing.

    :param data_dict: what package_create or package_update was given
    :param package_type: type of the package; ``dataset`` where empty
    :param stored: on an update ``Package.extras`` of the stored package, where scheming keeps its fields too;
        old values a field refuses are then kept as ``lama_<key>``, and fields marked ``sdi_protected``, which
        no form sends, stay as they are
    :raises ValidationError: keyed by field, where a value is of another kind than its key takes
    """
    from ckanext.satudata.standards.codelists import choices  # which cleans its texts with this module

    choices.refresh()
    fields = registry.fields_of(package_type)
    schema = registry.schema_of(package_type)
    _clean_text(data_dict)
    if schema is None:
        return
    before = {key: strip_control(value) for key, value in (stored or {}).items()}
    _move_form_keys(data_dict, fields)
    _fold_rows(data_dict, list(fields.values()))
    resource_fields = list(schema.get("resource_fields") or [])
    for resource in data_dict.get("resources") or []:
        if isinstance(resource, dict):
            _fold_rows(resource, resource_fields)
    kinds.check_fields(data_dict, fields.values())
    lift_extras(data_dict, fields, before)
    _lift_other_words(data_dict, fields)
    if before:
        _rescue_stored(data_dict, fields, before)
        for name in registry.protected_fields(package_type):
            if name not in data_dict and not _is_blank(before.get(name)):
                data_dict[name] = before[name]


def show_old_extras(pkg_dict: dict[str, Any]) -> None:
    """Show extras as the schema fields they are, for a dataset whose index is older than the schema.

    CKAN answers package_show from Solr as long as nothing changed; there such a value still stands among the
    extras, where the form would show an empty field. Changes only the dict.
    """
    extras = pkg_dict.get("extras")
    if extras:
        lift_extras(pkg_dict, registry.fields_of(pkg_dict.get("type")), {})


#: Keys that plain CKAN always shows, null where empty; scheming leaves out what its validators call missing.
_CORE_KEYS = (
    "author", "author_email", "license_id", "maintainer", "maintainer_email", "notes", "owner_org", "url", "version",
)  # fmt: skip


def show_core_keys(pkg_dict: dict[str, Any]) -> None:
    """Keep the keys a client of CKAN's API relies on, also where a schema stands and the field is empty."""
    for key in _CORE_KEYS:
        pkg_dict.setdefault(key, None)
