"""A portal's own YAML laid over our types: further fields, groups and choices, other texts, other requirements.

``satudata.schemas.extend`` names the files. Each says which type it ``extends`` and gives only what differs; see
docs/schemas.md. What does not fit is refused at start, naming the file and the field: a schema that is half read would
lose what people type.
"""

from __future__ import annotations

import copy
import importlib
from collections.abc import Container, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NoReturn

import yaml
from ckan.exceptions import CkanConfigurationException

from ckanext.satudata.principles import PRINCIPLES

_TOP = frozenset({"extends", "about", "kelompok", "dataset_fields", "resource_fields"})
#: Where an entry goes; not kept in the schema.
_PLACE = frozenset({"after", "first"})
_REQUIRED = ("error", "warning", None)
_PRINCIPLES = (*PRINCIPLES, None)
_FORMATS = (
    *("period", "date", "year", "region_codes", "email", "phone", "integer", "recommendation_id", "sdsn"),
    None,
)
#: What of our fields no portal changes: the review and the access rules rely on it.
_FIXED = {"sdi_protected", "repeating_subfields", "bps"}
_FIXED_CHOICES = frozenset({"accesslevel", "jenis_data"})


def extended(
    ours: Mapping[str, dict[str, Any]], files: Sequence[str], defined: Sequence[str], presets: Container[str] = ()
) -> dict[str, Any]:
    """Our schemas with the portal's files laid over them, in their order.

    :param ours: schemas by type, as the files we ship have them; left as they are
    :param files: ``module:file`` or the path of a file each
    :param defined: types the portal defines by itself, which ours are not used for
    :param presets: names of the presets a field may use; not looked at where empty
    :raises CkanConfigurationException: naming the file, the field and what is wrong
    """
    schemas = copy.deepcopy(dict(ours))
    for name in files:
        text = _read(name)
        kind = text.get("extends")
        if kind not in schemas:
            _refuse(name, f"extends: '{kind}' is none of our types; ours are {', '.join(schemas)}")
        if kind in defined:
            _refuse(
                name, f"extends: this portal defines '{kind}' by itself (scheming.dataset_schemas); change it there"
            )
        _lay_over(name, schemas[kind], text)
        _check(name, schemas[kind], ours[kind])
        for which, preset in _presets(schemas[kind]):
            if presets and preset not in presets:
                _refuse(name, f"{which}: there is no preset '{preset}'")
    return schemas


def _presets(schema: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for part in ("dataset_fields", "resource_fields"):
        for field in schema.get(part) or []:
            for each in (field, *(field.get("repeating_subfields") or [])):
                if each.get("preset"):
                    yield field["field_name"], each["preset"]


def _refuse(name: str, message: str) -> NoReturn:
    raise CkanConfigurationException(f"satudata.schemas.extend: {name}: {message}")


def _read(name: str) -> dict[str, Any]:
    module, _, file = name.rpartition(":")
    path = Path(name)
    if module and not path.exists():
        try:
            origin = importlib.import_module(module).__file__
        except ImportError as error:
            _refuse(name, f"there is no Python module '{module}' ({error})")
        path = Path(origin or ".").parent / file
    try:
        text = yaml.safe_load(path.read_text(encoding="utf-8"))
    except OSError as error:
        _refuse(name, f"cannot be read: {error.strerror or error}")
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        mark = getattr(error, "problem_mark", None)
        where = f" at line {mark.line + 1}" if mark else ""
        _refuse(name, f"is no YAML{where}: {getattr(error, 'problem', None) or error}")
    if not isinstance(text, dict):
        _refuse(name, "holds no schema; it begins with 'extends: dataset'")
    unknown = sorted(str(key) for key in set(text) - _TOP)
    if unknown:
        _refuse(name, f"unknown keys: {', '.join(unknown)}; known are {', '.join(sorted(_TOP))}")
    for key in ("kelompok", "dataset_fields", "resource_fields"):
        if not isinstance(text.get(key) or [], list) or not all(isinstance(each, dict) for each in text.get(key) or []):
            _refuse(name, f"{key}: a list of entries is wanted")
    return text


def _lay_over(name: str, schema: dict[str, Any], text: Mapping[str, Any]) -> None:
    if text.get("about"):
        schema["about"] = text["about"]
    for group in text.get("kelompok") or []:
        _put(name, schema["kelompok"], group, "name")
    for part in ("dataset_fields", "resource_fields"):
        for field in text.get(part) or []:
            _put_field(name, schema.setdefault(part, []), field)


def _put(name: str, entries: list[dict[str, Any]], entry: Mapping[str, Any], key: str) -> dict[str, Any]:
    """Change the entry of that name, or add it: after another (``after``), first (``first: true``), else at the end."""
    which = entry.get(key)
    if not isinstance(which, str) or not which:
        _refuse(name, f"an entry without '{key}': {dict(entry)}")
    known = [each[key] for each in entries]
    plain = {each: value for each, value in entry.items() if each not in _PLACE}
    if entry.get("after") is not None and entry["after"] not in known:
        _refuse(name, f"{which}: after: there is no '{entry['after']}'; known are {', '.join(known)}")
    if which in known:
        found = entries[known.index(which)]
        found.update(plain)
        if not set(entry) & _PLACE:
            return found
        entries.remove(found)
        known.remove(which)
    else:
        found = dict(plain)
    at = 0 if entry.get("first") else known.index(entry["after"]) + 1 if entry.get("after") in known else len(entries)
    entries.insert(at, found)
    return found


def _put_field(name: str, fields: list[dict[str, Any]], field: Mapping[str, Any]) -> None:
    which = field.get("field_name")
    before = next((each for each in fields if each["field_name"] == which), None)
    if before is None:
        _put(name, fields, field, "field_name")
        return
    for key in _FIXED & set(field):
        _refuse(name, f"{which}: '{key}' of a field of ours cannot be changed")
    changes = {key: value for key, value in field.items() if key != "choices"}
    if "choices" in field:
        if which in _FIXED_CHOICES:
            _refuse(name, f"{which}: its choices decide about the review and cannot be changed")
        if not isinstance(field["choices"], list):
            _refuse(name, f"{which}: choices: a list is wanted")
        choices = copy.deepcopy(before.get("choices") or [])
        for choice in field["choices"]:
            if not isinstance(choice, dict) or choice.get("value") in (None, ""):
                _refuse(name, f"{which}: a choice without a value: {choice}")
            same = next((each for each in choices if str(each["value"]) == str(choice["value"])), None)
            if same is not None:
                same.update(choice)
            else:
                # "Other" stays the last.
                last = bool(choices) and choices[-1]["value"] == "lainnya"
                choices.insert(len(choices) - last, dict(choice))
        changes["choices"] = choices
    _put(name, fields, changes, "field_name")


def _check(name: str, schema: Mapping[str, Any], ours: Mapping[str, Any]) -> None:
    """Refuse what scheming or the evaluator of conditions would stumble over later."""
    groups = [group["name"] for group in schema["kelompok"]]
    for group in schema["kelompok"]:
        if not group.get("label"):
            _refuse(name, f"{group['name']}: a group has a label ({{en: …, id: …}})")
    for part in ("dataset_fields", "resource_fields"):
        fields = {field["field_name"]: field for field in schema.get(part) or []}
        if len(fields) != len(schema.get(part) or []):
            twice = sorted(n for n in fields if sum(f["field_name"] == n for f in schema[part]) > 1)
            _refuse(name, f"{', '.join(twice)}: a field of that name stands there twice")
        mine = {field["field_name"] for field in ours.get(part) or []}
        for which, field in fields.items():
            _check_field(name, which, field, fields, which in mine)
            if part == "dataset_fields" and field.get("kelompok") not in groups:
                _refuse(
                    name, f"{which}: kelompok: there is no group '{field.get('kelompok')}'; there are {_list(groups)}"
                )
        for which in fields:
            ring = _ring(which, fields)
            if ring:
                _refuse(name, f"{which}: sdi_show_if: the conditions go round in a ring: {' → '.join(ring)}")


def _list(names: Sequence[str]) -> str:
    return ", ".join(names)


def _check_field(
    name: str, which: str, field: Mapping[str, Any], others: Mapping[str, Any], ours: bool, inside: bool = False
) -> None:
    for message in _wrong(which, field, others, ours):
        _refuse(name, f"{which}: {message}")
    subs = field.get("repeating_subfields")
    if subs is None:
        return
    if inside:
        _refuse(name, f"{which}: rows inside rows are not possible")
    if not isinstance(subs, list) or not subs or not all(isinstance(s, dict) and s.get("field_name") for s in subs):
        _refuse(name, f"{which}: repeating_subfields: a list of fields is wanted")
    of_row = {sub["field_name"]: sub for sub in subs}
    for sub in subs:
        _check_field(name, f"{which}.{sub['field_name']}", sub, {**others, **of_row}, ours, inside=True)


def _wrong(which: str, field: Mapping[str, Any], others: Mapping[str, Any], ours: bool) -> Iterator[str]:
    plain = which.rsplit(".", 1)[-1]
    if not ours and not (plain.isidentifier() and plain == plain.lower()):
        yield "a name is made of small letters, digits and underlines"
    if not field.get("label"):
        yield "has no label ({en: …, id: …})"
    for key, known in (("sdi_required", _REQUIRED), ("sdi_principle", _PRINCIPLES), ("sdi_format", _FORMATS)):
        if field.get(key) not in known:
            yield f"{key}: '{field[key]}' is unknown; known are {_list([each for each in known if each])}"
    values = [str(choice.get("value")) for choice in field.get("choices") or []]
    if len(set(values)) != len(values):
        yield "two choices have the same value"
    if any(not choice.get("label") for choice in field.get("choices") or []):
        yield "a choice has no label ({en: …, id: …})"
    preset = str(field.get("preset") or "")
    if "select" in preset and not field.get("choices") and not field.get("choices_helper"):
        yield f"the preset {preset} needs choices"
    condition = field.get("sdi_show_if")
    if condition is None:
        return
    if not isinstance(condition, dict) or set(condition) != {"field", "in"} or not isinstance(condition["in"], list):
        yield "sdi_show_if: {field: <name>, in: [<value>, …]} is wanted"
    elif condition["field"] not in others:
        yield f"sdi_show_if: there is no field '{condition['field']}'"
    else:
        choices = others[condition["field"]].get("choices")
        offered = [str(choice["value"]) for choice in choices or []]
        strange = [str(value) for value in condition["in"] if choices and str(value) not in offered]
        if strange:
            yield f"sdi_show_if: '{condition['field']}' has no choice {_list(strange)}; it has {_list(offered)}"


def _ring(which: str, fields: Mapping[str, Any]) -> list[str]:
    trail: list[str] = []
    name: str | None = which
    while name is not None and name in fields:
        if name in trail:
            return [*trail[trail.index(name) :], name]
        trail.append(name)
        condition = fields[name].get("sdi_show_if")
        name = condition["field"] if condition else None
    return []
