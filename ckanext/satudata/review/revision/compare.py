"""What a working copy changes: fields, rows, files, tables, data dictionaries, previews."""

from __future__ import annotations

from collections.abc import Container, Mapping
from typing import Any

import ckantoolkit as tk

from ckanext.satudata import files as bytes_of
from ckanext.satudata.review.diff import Change, compare
from ckanext.satudata.review.diff_text import resource_name

from . import copying, files, fingerprint, tables
from .model import RevisionPart


def differences(copy_id: str, live: Mapping[str, Any], copy: Mapping[str, Any]) -> list[Change]:
    """What publishing this copy would change.

    :param live: the published dataset, as ``package_show`` gives it from the database
    :param copy: its working copy, likewise
    :returns: as ``diff.compare``; resources go by their ids in the published dataset, added ones by that in the copy
    """
    to_copy = {live_id: copy_id for copy_id, live_id in RevisionPart.mapping(copy_id, "resource").items()}
    here = {resource["id"]: resource for resource in copy.get("resources") or []}
    pairs = [
        (resource, here[to_copy[resource["id"]]])
        for resource in live.get("resources") or []
        if to_copy.get(resource["id"]) in here
    ]
    old, new = _without_name(live), _without_name(copy)
    old["files"], new["files"] = _files(pairs)
    old["tables"], new["tables"] = _tables(live), _tables(copy)
    changes = compare(old, new, tk.h.scheming_get_dataset_schema(live.get("type") or "dataset"), to_copy)
    known = set(RevisionPart.mapping(copy_id, "view").values())
    return changes + [change for pair in pairs for change in _beside(*pair, known)]


def _without_name(package: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in package.items() if key != "name"}


def _files(pairs: list[tuple[Any, Any]]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Digests of files that differ: bytes under one key are one file, and need no reading."""
    uploads = [resource["id"] for pair in pairs for resource in pair if resource.get("url_type") == "upload"]
    keys = files.keys_of(uploads)
    old: dict[str, Any] = {}
    new: dict[str, Any] = {}
    for one, other in pairs:
        if keys.get(one["id"]) == keys.get(other["id"]):
            continue
        for side, resource in ((old, one), (new, other)):
            if resource["id"] in keys:
                side[resource["id"]] = bytes_of.sha256(resource)
    return old, new


def _tables(package: Mapping[str, Any]) -> dict[str, Any]:
    found = {}
    for resource in package.get("resources") or []:
        if resource.get("url_type") in fingerprint.OWN_TABLES:
            table = tables.fingerprint(resource["id"])
            found[resource["id"]] = {"rows": table["rows"], "hash": table["hash"]} if table else None
    return found


def _beside(one: Mapping[str, Any], other: Mapping[str, Any], known: Container[str]) -> list[Change]:
    """Previews and data dictionary of a resource that stays."""
    changes = []
    name = resource_name(other)
    if _views_differ(one["id"], other["id"], known):
        label = tk._("Previews of “{name}”").format(name=name)
        changes.append(Change("changed", "views", one["id"], label))
    if one.get("datastore_active") or other.get("datastore_active"):
        first, second = (tables.fields_of(resource["id"]) for resource in (one, other))
        # A table that only one side has is its loader's work, done or still to do, unless officers keep it themselves.
        if first != second and (None not in (first, second) or other.get("url_type") in fingerprint.OWN_TABLES):
            label = tk._("Columns of “{name}”").format(name=name)
            changes.append(
                Change("changed", "columns", one["id"], label, first, second, _columns(first), _columns(second))
            )
    return changes


def _views_differ(published: str, copied: str, known: Container[str]) -> bool:
    """Whether publishing would change the previews: one the published dataset was given since stays as it is."""
    mine = [copying.shape_of_view(view) for view in copying.views_of([copied])]
    theirs = [(view.id in known, copying.shape_of_view(view)) for view in copying.views_of([published])]
    return mine != [shape for was_there, shape in theirs if was_there or shape in mine]


def _columns(fields: list[list[str]] | None) -> str:
    return ", ".join(name for name, _kind, _note in fields or ())
