"""What kind of value each key of a package takes: a client that sends another is told which, instead of an error page.

CKAN's own validators take what they are given for granted: a number for an owner, a list for a type or an object for a
tag ends in an exception of Python or PostgreSQL (500), and a list for a text is stored as the text of its JSON.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import ckantoolkit as tk

from ckanext.satudata.texts import no_text, storable

#: Keys of a package that hold one text.
TEXTS = frozenset(
    "id name title notes url version author author_email maintainer maintainer_email license_id owner_org type".split()
)
#: Of these a number is meant as its digits; a number is no id and no type.
NUMBERS = frozenset({"title", "notes", "version"})
#: Keys that hold objects, and what of an object names what is meant.
OBJECTS = {"groups": ("id", "name"), "tags": ("id", "name"), "extras": ("key",), "resources": ()}
#: Validators that read lists, objects or truth themselves; the others take one text.
_READERS = frozenset(
    "satudata_choice satudata_choices satudata_codes satudata_link satudata_pairs boolean_validator "
    "scheming_multiple_choice scheming_multiple_text scheming_load_json scheming_valid_json_object".split()
)
#: CKAN keeps an index on titles; PostgreSQL refuses an entry of more than 2,704 bytes.
TITLE_BYTES = 2400


def check(data: dict[str, Any]) -> None:
    """Refuse values of CKAN's own keys that are of another kind. Numbers for a text become text, in place.

    :raises ValidationError: keyed by each key at fault
    """
    errors: dict[str, Any] = {}
    for name in TEXTS & set(data):
        _text(data, name, name in NUMBERS, errors)
        if isinstance(data[name], str):
            data[name] = storable(data[name])
    for name, names in OBJECTS.items():
        if name in data and data[name] in (None, ""):
            del data[name]  # says nothing; CKAN stumbles over it
        elif name in data and not _is_objects(data[name], names):
            text = tk._("Give a list of objects")
            if names:
                text = tk._("Give a list of objects, each with a text under: {names}").format(names=", ".join(names))
            # CKAN's ValidationError takes errors of tags apart.
            errors[name] = [{"name": [text]}] if name == "tags" else [text]
    tags = data.get("tag_string")
    if tags is not None and not isinstance(tags, str) and not _is_texts(tags):
        errors["tag_string"] = [tk._("Give a text, with commas between the tags")]
    if errors:
        raise tk.ValidationError(errors)


def check_title(data: dict[str, Any], stored: str | None = None) -> None:
    """Refuse a title CKAN's index has no room for.

    :param stored: the title it has; an old one stays
    :raises ValidationError: keyed by ``title``
    """
    title = data.get("title")
    if isinstance(title, str) and title != stored and len(title.encode("utf-8", "replace")) > TITLE_BYTES:
        said = tk._("Too long: {given} characters; at most {most}.")
        raise tk.ValidationError({"title": [said.format(given=len(title), most=TITLE_BYTES // 4)]})


def check_fields(data: dict[str, Any], fields: Iterable[Mapping[str, Any]]) -> None:
    """As :func:`check`, of the fields of a schema that take one text, and of the columns of rows.

    :param fields: expanded scheming fields
    :raises ValidationError: keyed by each field at fault
    """
    errors: dict[str, list[str]] = {}
    for field in fields:
        name = field["field_name"]
        if name not in data or name in TEXTS or name == "tag_string":
            continue
        if "repeating_subfields" in field:
            _rows(data[name], field, errors)
        elif _takes_text(field):
            _text(data, name, True, errors)
    if errors:
        raise tk.ValidationError(errors)


def _takes_text(field: Mapping[str, Any]) -> bool:
    named = str(field.get("validators") or "").replace("(", " ").split()
    return bool(named) and not _READERS & set(named) and "unicode_safe" in named


def _rows(value: Any, field: Mapping[str, Any], errors: dict[str, list[str]]) -> None:
    if not isinstance(value, list) or not all(isinstance(row, dict) for row in value):
        errors[field["field_name"]] = [tk._("Give a list of rows, each an object")]
        return
    columns = [sub for sub in field["repeating_subfields"] if _takes_text(sub)]
    for number, row in enumerate(value, 1):
        for sub in columns:
            found: dict[str, list[str]] = {}
            _text(row, sub["field_name"], True, found)
            for name, texts in found.items():
                errors.setdefault(field["field_name"], []).append(
                    tk._("Row {row}, {column}: {message}").format(row=number, column=name, message=texts[0])
                )


def _text(data: dict[str, Any], name: str, numbers: bool, errors: dict[str, list[str]]) -> None:
    value = data.get(name)
    if numbers and isinstance(value, (int, float)) and not isinstance(value, bool):
        data[name] = str(value)
    elif value not in (None, [], {}) and not isinstance(value, str):
        # Empty lists and objects are how some clients say "nothing".
        errors[name] = no_text()
    elif value in ([], {}):
        data[name] = ""


def _is_texts(value: Any) -> bool:
    return isinstance(value, (list, tuple)) and all(isinstance(item, str) for item in value)


def _is_objects(value: Any, names: Iterable[str]) -> bool:
    return isinstance(value, list) and all(
        isinstance(item, dict) and all(isinstance(item.get(name), (str, type(None))) for name in names)
        for item in value
    )
