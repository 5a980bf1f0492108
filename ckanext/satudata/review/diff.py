"""What differs between two versions of a package: field by field, row by row, file by file.

Pure: two dicts as ``package_show`` gives them, and the schema of their type. Whoever asks brings the digests of
files and tables along, under the keys ``content.parts`` gives them (``files``, ``tables``), in either dict.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Any, Literal

import ckantoolkit as tk

from .content import RESOURCE_TECHNICAL, TECHNICAL
from .diff_text import (
    canonical,
    file_text,
    is_empty,
    label_of,
    moved_ids,
    plain_url,
    resource_name,
    rows_text,
    value_text,
)

Kind = Literal["added", "removed", "changed", "moved"]

_DIGESTS = frozenset({"files", "tables", "derived_tables", "metadata"})
_NOT_FIELDS = frozenset({"resources", "tags", "groups", "extras", "tag_string"}) | _DIGESTS | TECHNICAL


@dataclass(frozen=True)
class Change:
    """One difference.

    :param kind: ``added`` (was empty), ``removed`` (is empty now), ``changed``, ``moved`` (a resource, in order only)
    :param scope: ``field``, ``list`` (tags, groups), ``rows`` (a repeating field), ``resource``, ``file``, ``table``
    :param field: name of the field; of a resource its id in the older version, or in the newer where it was added
    :param label: what people call it, in the reader's language
    :param old: the older value as stored, or None; of files SHA-256, of tables ``{"rows", "hash"}``
    :param new: the newer value as stored, or None
    :param old_text: the older value as people read it
    :param new_text: the newer value as people read it
    :param parts: of lists the entries, of rows the rows, of a row its fields, of a resource its fields
    :param position: places counted from 1, ``(older, newer)``, of rows and of resources that moved
    """

    kind: Kind
    scope: str
    field: str
    label: str
    old: Any = None
    new: Any = None
    old_text: str = ""
    new_text: str = ""
    parts: tuple[Change, ...] = ()
    position: tuple[int | None, int | None] | None = None

    def as_dict(self) -> dict[str, Any]:
        """The change as the API answers it."""
        return {
            "kind": self.kind,
            "scope": self.scope,
            "field": self.field,
            "label": self.label,
            "old": self.old,
            "new": self.new,
            "old_text": self.old_text,
            "new_text": self.new_text,
            "parts": [part.as_dict() for part in self.parts],
            "position": list(self.position) if self.position else None,
        }


def compare(
    old: Mapping[str, Any],
    new: Mapping[str, Any],
    schema: Mapping[str, Any] | None,
    resources: Mapping[str, str] | None = None,
) -> list[Change]:
    """What became of ``old`` in ``new``; in the order of the form, then files in their newer order.

    :param old: the older version as ``package_show`` or ``content.content_of`` gives it; ``files`` and ``tables`` may
        hold digests by resource id
    :param new: the newer version, likewise
    :param schema: the expanded scheming schema of the type; fields it lacks are shown under their own names
    :param resources: older resource id → newer id of the same resource; without it resources keep their ids
    :returns: nothing technical: no ids, sizes, dates or flags that programs keep
    """
    schema = schema or {}
    changes = _fields(old, new, schema.get("dataset_fields") or (), _NOT_FIELDS)
    changes += _names("tags", tk._("Tags"), _tags(old), _tags(new))
    changes += _names("groups", tk._("Groups"), _groups(old), _groups(new))
    changes += _extras(old, new)
    return changes + _resources(old, new, schema.get("resource_fields") or (), resources)


# -- fields ---------------------------------------------------------------------------------------------------


def _fields(
    old: Mapping[str, Any], new: Mapping[str, Any], declared: Iterable[Mapping[str, Any]], skipped: frozenset[str]
) -> list[Change]:
    known = {item["field_name"]: item for item in declared}
    names = [name for name in known if name not in skipped]
    names += sorted((set(old) | set(new)) - set(known) - skipped)
    changes = []
    for name in names:
        change = _field(name, known.get(name) or {}, old.get(name), new.get(name))
        if change is not None:
            changes.append(change)
    return changes


def _field(name: str, declared: Mapping[str, Any], old: Any, new: Any) -> Change | None:
    if canonical(old) == canonical(new):
        return None
    label = label_of(name, declared)
    subfields = declared.get("repeating_subfields")
    if subfields and isinstance(old or [], list) and isinstance(new or [], list):
        return Change("changed", "rows", name, label, old, new, parts=tuple(_rows(subfields, old or [], new or [])))
    return Change(_kind(old, new), "field", name, label, old, new, value_text(declared, old), value_text(declared, new))


def _kind(old: Any, new: Any) -> Kind:
    if is_empty(old):
        return "added"
    return "removed" if is_empty(new) else "changed"


def _rows(subfields: list[Mapping[str, Any]], old: list[Any], new: list[Any]) -> list[Change]:
    """Rows of a repeating field: those that stayed are matched first, so that one inserted row is one change."""
    rows: list[Change] = []
    matcher = SequenceMatcher(None, [canonical(row) for row in old], [canonical(row) for row in new], autojunk=False)
    for tag, i1, i2, j1, j2 in matcher.get_opcodes():
        if tag == "equal":
            continue
        for step in range(max(i2 - i1, j2 - j1)):
            at_old = i1 + step if i1 + step < i2 else None
            at_new = j1 + step if j1 + step < j2 else None
            before: Any = old[at_old] if at_old is not None else {}
            after: Any = new[at_new] if at_new is not None else {}
            kind: Kind = "added" if at_old is None else "removed" if at_new is None else "changed"
            place = (at_new if at_new is not None else at_old) or 0
            parts = _fields(_mapping(before), _mapping(after), subfields, frozenset())
            rows.append(
                Change(
                    kind, "row", str(place), tk._("Row {number}").format(number=place + 1), before or None,
                    after or None, parts=tuple(parts),
                    position=(None if at_old is None else at_old + 1, None if at_new is None else at_new + 1),
                )
            )  # fmt: skip
    return rows


def _names(name: str, label: str, old: dict[str, str], new: dict[str, str]) -> list[Change]:
    """Sets of named things: what came and what went."""
    if set(old) == set(new):
        return []
    parts = [Change("removed", "entry", key, old[key], old=key, old_text=old[key]) for key in old if key not in new]
    parts += [Change("added", "entry", key, new[key], new=key, new_text=new[key]) for key in new if key not in old]
    return [
        Change(
            "changed", "list", name, label, sorted(old), sorted(new),
            ", ".join(sorted(old.values())), ", ".join(sorted(new.values())), tuple(parts),
        )
    ]  # fmt: skip


def _tags(package: Mapping[str, Any]) -> dict[str, str]:
    names = (str(tag["name"] if isinstance(tag, Mapping) else tag) for tag in package.get("tags") or [])
    return {name: name for name in names}


def _groups(package: Mapping[str, Any]) -> dict[str, str]:
    found = {}
    for group in package.get("groups") or []:
        if isinstance(group, Mapping):
            found[str(group.get("id") or group.get("name"))] = str(
                group.get("title") or group.get("display_name") or group.get("name") or group.get("id")
            )
        else:
            found[str(group)] = str(group)
    return found


def _extras(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[Change]:
    before, after = (
        extras
        if isinstance(extras := side.get("extras") or [], Mapping)
        else {item["key"]: item.get("value") for item in extras}
        for side in (old, new)
    )
    return _fields(before, after, (), frozenset())


def _mapping(row: Any) -> Mapping[str, Any]:
    return row if isinstance(row, Mapping) else {"value": row}


# -- resources ------------------------------------------------------------------------------------------------


def _resources(
    old: Mapping[str, Any],
    new: Mapping[str, Any],
    declared: Iterable[Mapping[str, Any]],
    mapping: Mapping[str, str] | None,
) -> list[Change]:
    declared = list(declared)
    before = {resource["id"]: (at, resource) for at, resource in enumerate(old.get("resources") or [], 1)}
    after = {resource["id"]: (at, resource) for at, resource in enumerate(new.get("resources") or [], 1)}
    pairs = mapping if mapping is not None else {key: key for key in before}
    older_of = {pairs[key]: key for key in before if pairs.get(key) in after}
    moved = moved_ids([older_of[key] for key in after if key in older_of], list(before))
    changes = []
    for new_id, (place, resource) in after.items():
        old_id = older_of.get(new_id)
        if old_id is None:
            changes.append(_whole("added", new_id, resource, (None, place), declared, new))
            continue
        parts = _resource_parts(old, before[old_id][1], new, resource, declared)
        position = (before[old_id][0], place) if old_id in moved else None
        if parts or position:
            names = resource_name(before[old_id][1]), resource_name(resource)
            kind: Kind = "changed" if parts else "moved"
            changes.append(Change(kind, "resource", old_id, names[1], old_id, new_id, *names, tuple(parts), position))
    gone = [key for key in before if key not in older_of.values()]
    return changes + [_whole("removed", key, before[key][1], (before[key][0], None), declared, old) for key in gone]


def _whole(
    kind: Kind,
    resource_id: str,
    resource: Mapping[str, Any],
    position: tuple[int | None, int | None],
    declared: list[Mapping[str, Any]],
    package: Mapping[str, Any],
) -> Change:
    """A resource that came or went, with all it says."""
    nothing: dict[str, Any] = {}
    name, added = resource_name(resource), kind == "added"
    parts = (
        _resource_parts(nothing, nothing, package, resource, declared)
        if added
        else _resource_parts(package, resource, nothing, nothing, declared)
    )
    return Change(
        kind, "resource", resource_id, name, None if added else resource_id, resource_id if added else None,
        "" if added else name, name if added else "", tuple(parts), position,
    )  # fmt: skip


def _resource_parts(
    old: Mapping[str, Any],
    before: Mapping[str, Any],
    new: Mapping[str, Any],
    after: Mapping[str, Any],
    declared: list[Mapping[str, Any]],
) -> list[Change]:
    digests = []
    # How a file is kept is told by its address.
    skipped = (
        RESOURCE_TECHNICAL | {"id", "url_type"} | {key for key in {**before, **after} if key.startswith("xloader_")}
    )
    for scope, key, label in (("file", "files", tk._("Content of the file")), ("table", "tables", tk._("Rows"))):
        one = (old.get(key) or {}).get(before.get("id"))
        other = (new.get(key) or {}).get(after.get("id"))
        if one == other:
            continue
        texts = (file_text(before), file_text(after)) if scope == "file" else (rows_text(one), rows_text(other))
        digests.append(
            Change(
                _kind(one, other), scope, scope, label, one, other, texts[0] if one else "", texts[1] if other else ""
            )
        )
        if scope == "file":
            # Its name is told with the file itself.
            skipped |= {"url"}
    return digests + _fields(plain_url(before), plain_url(after), declared, frozenset(skipped))
