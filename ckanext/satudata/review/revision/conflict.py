"""When the published dataset has changed while somebody worked on a copy: what changed, and how it is settled."""

from __future__ import annotations

from collections.abc import Container, Mapping
from typing import Any

import ckantoolkit as tk

from ckanext.satudata.review.diff import Change, compare

from . import fingerprint
from .model import Revision, RevisionPart


def changes(revision: Revision, live: Mapping[str, Any], found: Mapping[str, Any]) -> list[Change]:
    """What became of the published dataset since the copy was made of it.

    :param live: as ``package_show`` gives it from the database
    :param found: its fingerprint
    """
    base = revision.base
    old = {**base["content"], "files": base["files"], "tables": base["tables"]}
    new = {**live, "files": found["files"], "tables": found["tables"]}
    told = compare(old, new, tk.h.scheming_get_dataset_schema(live.get("type") or "dataset"))
    known = _known(revision)
    if _copied(base, known) != _copied(found, known):
        told.append(Change("changed", "views", "views", tk._("Previews")))
    return told


def found(revision: Revision, live: Mapping[str, Any]) -> list[Change]:
    """The changes, or nothing where there is no conflict."""
    now = fingerprint.take(live)
    return changes(revision, live, now) if arisen(revision, now) else []


def arisen(revision: Revision, found: Mapping[str, Any]) -> bool:
    """Whether the published dataset is another one than the copy was made of.

    Previews that it was given since are no conflict: publishing keeps them. Loaders add one once a table is loaded,
    and that may be after the copy was begun.

    :param found: its fingerprint now
    """
    known = _known(revision)
    before, now = ({**one, "views": _copied(one, known)} for one in (revision.base, found))
    return not fingerprint.same(before, now)


def _known(revision: Revision) -> frozenset[str]:
    """Ids of the previews of the published dataset that the copy was made with; one query."""
    return frozenset(RevisionPart.mapping(revision.copy_id, "view").values())


def _copied(taken: Mapping[str, Any], known: Container[str]) -> dict[str, list[Any]]:
    """Those previews, of all in a fingerprint of the published dataset."""
    kept = {key: [view for view in views if view[0] in known] for key, views in taken["views"].items()}
    return {key: views for key, views in kept.items() if views}


def of_copy(revision: Revision, copy: Mapping[str, Any]) -> list[Change]:
    """What the copy itself has changed since it was made; resources go by their published ids."""
    base, now = revision.base, fingerprint.take(copy)
    to_copy = {live_id: part for part, live_id in RevisionPart.mapping(revision.copy_id, "resource").items()}
    old = {**base["content"], "files": base["files"], "tables": base["tables"], "name": None}
    new = {**copy, "files": now["files"], "tables": now["tables"], "name": None}
    told = compare(old, new, tk.h.scheming_get_dataset_schema(copy.get("type") or "dataset"), to_copy)
    if _views(base["views"]) != _views({live: now["views"].get(part, []) for live, part in to_copy.items()}):
        told.append(Change("changed", "views", "views", tk._("Previews")))
    return told


def _views(views: Mapping[str, list[Any]]) -> dict[str, list[Any]]:
    """Views without their ids and places, which differ in a copy."""
    return {key: [[*view[1:4], view[5]] for view in found] for key, found in views.items() if found}


def told(revision: Revision, live: Mapping[str, Any]) -> str:
    """The conflict in one sentence."""
    labels = [change.label for change in changes(revision, live, fingerprint.take(live))]
    return tk._(
        "The published dataset has changed since this working copy was made: {fields}. Nothing was published; look "
        "at both and decide what holds."
    ).format(fields=", ".join(labels) or tk._("its content"))
