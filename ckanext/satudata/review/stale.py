"""Two people editing: a save that rests on what has meanwhile been changed is refused, with the difference.

A form carries which values it was opened with, as digests; a client of the API may send the ``metadata_modified`` it
has read as ``expected_metadata_modified``. Both are looked at under the lock of the package, in the transaction that
writes, so that of two saves at the same moment one is refused. What a form carries can only ever lead to a refusal:
nothing of it is stored, and leaving it out is what plain CKAN does.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import ckantoolkit as tk
from ckan import model
from flask import g, has_request_context

from ckanext.satudata import json_text, moments

from . import content, diff, stale_words
from .diff_text import canonical
from .errors import invalid

#: What a client of the API sends: the ``metadata_modified`` of what it has read.
EXPECTED = "expected_metadata_modified"
#: What a form carries: ``{"at": metadata_modified, "fields": {name: digest}, "seen": {name: digest}}`` as JSON.
OPENED = "satudata_opened"
#: ``mine`` or ``theirs`` for a field that changed on both sides, once the difference has been shown.
CHOICE = "satudata_choice."
#: Stands for the bytes of a file among the fields of a resource.
FILE = "upload"

_FORM_ONLY = ("save", "pkg_name", "_ckan_phase", "package_id", "tag_string", "_csrf_token")
_NOT_COMPARED = ("resources", "groups")


@dataclass(frozen=True)
class Asked:
    """What a client said of the version it started from; of the package, or of one of its resources."""

    expected: str = ""
    opened: dict[str, Any] | None = None
    choices: dict[str, str] = field(default_factory=dict)


def take(data_dict: dict[str, Any]) -> dict[int | None, Asked]:
    """Take out of a package dict what belongs to this module, so that nothing of it is ever stored.

    :param data_dict: as ``package_update`` was given it; changed in place
    :returns: what was asked, under None for the package and under its place for a resource; empty where nobody asked
    """
    found: dict[int | None, Asked] = {}
    holders: list[tuple[int | None, Any]] = [(None, data_dict), *enumerate(data_dict.get("resources") or [])]
    for place, holder in holders:
        if not isinstance(holder, dict):
            continue
        expected, opened = str(holder.pop(EXPECTED, "") or ""), holder.pop(OPENED, None)
        names = [key for key in holder if isinstance(key, str) and key.startswith(CHOICE)]
        choices = {key.removeprefix(CHOICE): str(holder.pop(key)) for key in names}
        if expected or opened is not None:
            found[place] = Asked(expected, None if opened is None else _read(opened), choices)
    return found


def check(
    asked: Mapping[int | None, Asked],
    context: dict[str, Any],
    data_dict: dict[str, Any],
    original: Mapping[str, Any],
    modified: dt.datetime | None,
) -> None:
    """Refuse a save that rests on an older version; put the other's value in where that was chosen.

    :param asked: of :func:`take`
    :param data_dict: what is to be saved; fields for which *theirs* was chosen are changed in place
    :param original: what is stored, read under the lock of the package
    :param modified: ``metadata_modified`` of the locked row
    :raises ValidationError: on ``expected_metadata_modified``, of a resource at its place; says who saved and when
    :raises NotAuthorized: this user may not change the package at all, and hears no more than that
    """
    if not asked:
        return
    tk.check_access("package_update", context, {"id": original["id"]})
    # CKAN's form names a package by its address; the form that comes back speaks of its id.
    data_dict["id"] = original["id"]
    about_package = asked.get(None)
    if about_package is not None:
        _check_one(about_package, context, data_dict, original, modified, resource=False)
    stored = {resource["id"]: resource for resource in original.get("resources") or []}
    for place, about in asked.items():
        resource = (data_dict.get("resources") or [])[place] if place is not None else None
        if resource is None or resource.get("id") not in stored:
            continue
        there = stored[resource["id"]]
        try:
            _check_one(about, context, resource, there, _moment(there.get("metadata_modified")), resource=True)
        except tk.ValidationError as error:
            empty: list[dict[str, Any]] = [{} for _each in data_dict["resources"]]
            empty[place or 0] = error.error_dict
            raise tk.ValidationError({"resources": empty}, error_summary=error.error_summary) from error


def _check_one(
    about: Asked,
    context: dict[str, Any],
    mine: dict[str, Any],
    stored: Mapping[str, Any],
    modified: dt.datetime | None,
    resource: bool,
) -> None:
    if about.expected and _moment(about.expected) != modified:
        if _moment(about.expected) is None:
            raise invalid(EXPECTED, tk._("Send metadata_modified exactly as package_show gave it"))
        said = stale_words.who_saved(stored, modified, context)
        raise invalid(EXPECTED, said + " " + tk._("Read it again, and send your change for what is stored now."))
    if about.opened is None:
        return
    theirs, typed = (_resource_values if resource else _values)(stored), _typed(mine, resource)
    base, seen = about.opened["fields"], about.opened["seen"]
    changed = [name for name in sorted(set(theirs) | set(base)) if digest(theirs.get(name)) != base.get(name, "")]
    open_fields = []
    new_file = bool(mine.get("upload") or mine.get("clear_upload"))
    for name in changed:
        if resource and not new_file and (name == FILE or _untouched_name(name, typed, base, stored)):
            # Who sends no file of their own does not touch the one that is there.
            if name == "url":
                _put_back(mine, name, stored)
            continue
        if canonical(theirs.get(name)) == canonical(typed.get(name)):
            continue
        chosen = about.choices.get(name) if seen.get(name) == digest(theirs.get(name)) else None
        if chosen == "theirs":
            _put_back(mine, name, stored)
        elif chosen != "mine":
            open_fields.append(name)
    if not open_fields:
        return
    token = {
        "at": modified.isoformat() if modified else "",
        "fields": base,
        "seen": {name: digest(theirs.get(name)) for name in changed},
    }
    fields = [_shown(name, theirs, typed, base, about.choices.get(name), stored) for name in open_fields]
    said = stale_words.who_saved(stored, modified, context)
    if has_request_context():
        g.satudata_stale = {
            "said": said,
            "token": json.dumps(token),
            "fields": fields,
            "id": stored["id"],
            # In the form of a file CKAN forgets what was typed while its dataset is a draft of the wizard's.
            "typed": {key: value for key, value in mine.items() if isinstance(value, str)} if resource else {},
        }
    raise tk.ValidationError(
        {EXPECTED: [said + " " + tk._("See what differs, choose what holds, and save again.")]},
        error_summary={tk._("Not saved yet"): said},
    )


def token_of(data: Mapping[str, Any], resource: bool = False) -> str:
    """What the form of this package or resource carries: which values it was opened with.

    :param data: as the form shows it
    """
    values = _resource_values(data) if resource else _values(data)
    fields = {name: digest(value) for name, value in values.items()}
    return json.dumps({"at": str(data.get("metadata_modified") or ""), "fields": fields, "seen": {}})


def digest(value: Any) -> str:
    """A short digest of a value, equal for equal content; empty for what says nothing."""
    text = canonical(value)
    return hashlib.sha256(text.encode()).hexdigest()[:12] if text else ""


def _values(package: Mapping[str, Any]) -> dict[str, Any]:
    kept = {key: value for key, value in package.items() if key not in (*_FORM_ONLY, *_NOT_COMPARED)}
    return {key: value for key, value in content.content_of(kept).items() if not str(key).startswith("satudata_")}


def _resource_values(resource: Mapping[str, Any]) -> dict[str, Any]:
    kept = {key: value for key, value in resource.items() if key not in (*_FORM_ONLY, "id")}
    values = content.resource_content(kept)
    values.pop("url_type", None)
    # An upload under the same name is seen by its time alone; no program that loads tables touches that.
    if resource.get("url_type") == "upload" and resource.get("last_modified"):
        values[FILE] = str(resource["last_modified"])
    return values


def _typed(mine: Mapping[str, Any], resource: bool) -> dict[str, Any]:
    if resource:
        values = _resource_values({**mine, "url_type": mine.get("url_type") or ""})
        values.pop(FILE, None)
        return values
    new = dict(mine)
    if "tag_string" in new:
        new["tags"] = [{"name": tag.strip()} for tag in str(new["tag_string"]).split(",") if tag.strip()]
    return _values(new)


def _put_back(mine: dict[str, Any], name: str, stored: Mapping[str, Any]) -> None:
    if name == FILE:
        mine.pop("upload", None)
        name = "url"
    if name == "tags":
        mine.pop("tag_string", None)
    if name in stored:
        mine[name] = stored[name]
    else:
        mine.pop(name, None)


def _untouched_name(name: str, typed: Mapping[str, Any], base: Mapping[str, str], stored: Mapping[str, Any]) -> bool:
    return name == "url" and stored.get("url_type") == "upload" and digest(typed.get(name)) == base.get(name, "")


def _shown(
    name: str,
    theirs: Mapping[str, Any],
    typed: Mapping[str, Any],
    base: Mapping[str, str],
    chosen: str | None,
    stored: Mapping[str, Any],
) -> dict[str, Any]:
    """One field in words. Preselected is only what loses nothing: theirs, where one has not touched it oneself."""
    untouched = digest(typed.get(name)) == base.get(name, "")
    in_resource = "package_id" in stored
    one, other = _as_package(name, typed, in_resource), _as_package(name, theirs, in_resource)
    changes = diff.compare(one, other, _schema(stored))
    change: diff.Change | None = next(_inner(changes, in_resource), None)
    words = stale_words.in_words(name, change, typed.get(name), theirs.get(name))
    return {
        "name": name,
        "input": CHOICE + name,
        "choice": chosen if chosen in ("mine", "theirs") else "theirs" if untouched else "",
        "untouched": untouched,
        **words,
    }


def _as_package(name: str, values: Mapping[str, Any], in_resource: bool) -> dict[str, Any]:
    if in_resource:
        return {"resources": [{"id": "one", name: values.get(name)}]} if name != FILE else {}
    if name == "extras":
        return {"extras": values.get(name) or {}}
    return {name: values.get(name)}


def _inner(changes: list[diff.Change], in_resource: bool) -> Iterator[diff.Change]:
    for change in changes:
        if in_resource:
            yield from change.parts
        else:
            yield change


def _schema(stored: Mapping[str, Any]) -> Mapping[str, Any] | None:
    kind = stored.get("type")
    if "package_id" in stored:
        package = model.Package.get(stored["package_id"])
        kind = package.type if package is not None else None
    schema: Mapping[str, Any] | None = tk.h.scheming_get_dataset_schema(kind or "dataset")
    return schema


def _read(text: Any) -> dict[str, Any]:
    """The token of a form; one that cannot be read says of no field what it was, so that all that differs is shown."""
    try:
        token = json_text.loads(text)
        fields, seen = dict(token["fields"]), dict(token.get("seen") or {})
    except (TypeError, ValueError, KeyError):
        fields, seen = {}, {}
    return {"fields": {str(k): str(v) for k, v in fields.items()}, "seen": {str(k): str(v) for k, v in seen.items()}}


def _moment(value: Any) -> dt.datetime | None:
    try:
        moment = dt.datetime.fromisoformat(str(value))
    except ValueError:
        return None
    return moments.stored(moment)
