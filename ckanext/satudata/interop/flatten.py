"""A package as one flat record that a CKAN without our schema takes whole.

What stock CKAN 2.12 does with a record decides its shape (``default_create_package_schema``): a list of rows under a
key it does not know is refused ("was not expected"), any other such key is dropped without a word, an extra may
neither repeat nor carry the name of a key of CKAN's, and a value over 32,766 bytes breaks the index of the receiver.
So every field of the schema becomes an extra of text; what is too long is cut into numbered parts.

A record holds only what belongs to the package itself. Titles of organizations and groups, licence texts, scores and
figures of use change without the package, and ``metadata_modified`` would not tell.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any

import ckantoolkit as tk

#: Lucene refuses one term over 32,766 bytes.
LARGEST = 32_000
#: Keys of CKAN's that are plain text, in the order of the record.
TEXTS = ("url", "version", "author", "author_email", "maintainer", "maintainer_email", "license_id")
#: Of a resource. Not ``url_type`` (it would make the receiver look for the file at home), and not what programs write.
RESOURCE = ("id", "name", "description", "url", "format", "mimetype", "resource_type", "hash")
_MOMENTS = ("created", "last_modified")
#: Extras that harvesters write into their own copies; a receiver adds its own under the same keys.
_HARVEST = re.compile(r"^harvest_(object|source)_")
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff\ud800-\udfff]")
_TYPE = "satudata_type"


@lru_cache(maxsize=1)
def core_keys() -> frozenset[str]:
    """Names that stock CKAN keeps for itself: no extra may have one."""
    from ckan.logic import schema

    stock = {*schema.default_create_package_schema(), *schema.default_show_package_schema()}
    return frozenset(str(key) for key in stock) | {"organization", "num_resources", "num_tags", "creator_user_id"}


def record(
    pkg: Mapping[str, Any],
    fields: Iterable[str],
    resource_fields: Iterable[str] = (),
    more: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    """The flat record of a package.

    :param pkg: as package_show gives it; may lack keys
    :param fields: names of the fields of its type; other keys of ``pkg`` are never read, extras of its own are
    :param resource_fields: the same for its resources
    :param more: extras to add, which win over others of the same key
    :returns: the same values give the same record: keys in order, every extra a text, no key twice
    """
    result: dict[str, Any] = {
        "id": pkg["id"],
        "name": pkg["name"],
        "title": _line(pkg.get("title")) or pkg["name"],
        "notes": text(pkg.get("notes")),
        "type": "dataset",
        "state": "active",
        "private": False,
        "owner_org": pkg.get("owner_org") or None,
        "organization": {"id": pkg["owner_org"]} if pkg.get("owner_org") else None,
        "groups": [],
        "metadata_created": pkg.get("metadata_created"),
        "metadata_modified": pkg.get("metadata_modified"),
    }
    values: dict[str, str] = {}
    for key in TEXTS:
        value = text(pkg.get(key))
        fits = _fits(key, value)
        result[key] = value if fits else ""
        if not fits:
            values[f"{key}_isian"] = value
    for item in _extras(pkg):
        values.setdefault(str(item["key"]), text(item.get("value")))
    # A field of the schema says more than an old extra of the same name.
    values.update({name: text(pkg.get(name)) for name in fields if name not in core_keys() and text(pkg.get(name))})
    values.update({_TYPE: str(pkg.get("type") or "dataset"), **(more or {})})
    result["extras"] = [{"key": key, "value": value} for key, value in sorted(_pairs(values).items())]
    result["tags"] = [{"name": name, "display_name": name} for name in _tags(pkg)]
    result["num_tags"] = len(result["tags"])
    result["resources"] = [_resource(one, tuple(resource_fields)) for one in pkg.get("resources") or []]
    result["num_resources"] = len(result["resources"])
    return result


def text(value: Any) -> str:
    """Any value as one text: rows and several values as JSON with sorted keys, nothing as the empty text."""
    if value is None or value == [] or value == {}:
        return ""
    if isinstance(value, str):
        return _CONTROL.sub("", value)
    return _CONTROL.sub("", json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"), default=str))


def parts(value: str) -> list[str]:
    """A text in pieces none of which is longer than a term of Lucene may be; joined they are the text."""
    if len(value) <= LARGEST // 4:
        return [value]
    pieces: list[str] = []
    piece: list[str] = []
    size = 0
    for character in value:
        weight = len(character.encode())
        if size + weight > LARGEST:
            pieces.append("".join(piece))
            piece, size = [], 0
        piece.append(character)
        size += weight
    return [*pieces, "".join(piece)]


def _pairs(values: Mapping[str, str]) -> dict[str, str]:
    """Extras that stock CKAN takes: no name of its own, none twice, none too long, none empty."""
    taken: dict[str, str] = {}
    given: dict[str, str] = {}
    for key, value in sorted(values.items()):
        name = _key(key)
        while name in given:
            name += "_"
        if value.strip():
            given[name] = value
    for key, value in given.items():
        pieces = parts(value)
        for number, piece in enumerate(pieces, 1):
            name = key if len(pieces) == 1 else f"{key}_bagian_{number:02d}"
            while name in taken or (name != key and name in given):
                name += "_"
            taken[name] = piece
    return taken


def _key(key: str) -> str:
    key = _line(key)[:200]
    if key in core_keys():
        return f"{key}_isian"
    return key or "isian"


def _extras(pkg: Mapping[str, Any]) -> list[dict[str, Any]]:
    extras = pkg.get("extras") or []
    kept = [item for item in extras if isinstance(item, dict) and not _HARVEST.match(str(item.get("key")))]
    # ckanext-spatial at the receiver refuses a package whose ``spatial`` is no geometry.
    return [
        {**item, "key": "spatial_isian"} if item.get("key") == "spatial" and not _geometry(item.get("value")) else item
        for item in kept
    ]


def _geometry(value: Any) -> bool:
    try:
        shape = json.loads(value) if isinstance(value, str) else value
    except ValueError:
        return False
    return isinstance(shape, dict) and isinstance(shape.get("type"), str) and "coordinates" in shape


def _line(value: Any) -> str:
    return " ".join(text(value).split())


def _fits(key: str, value: str) -> bool:
    """Whether stock CKAN takes a text under a key of its own, and its index too."""
    if len(value) > LARGEST // 4 and len(value.encode()) > LARGEST:
        return False
    if key == "version":
        return len(value) <= 100
    return not value or not key.endswith("_email") or _passes("email_validator", value.strip())


def _passes(validator: str, value: str) -> bool:
    try:
        tk.get_validator(validator)(value, {})
    except tk.Invalid:
        return False
    return True


def _tags(pkg: Mapping[str, Any]) -> list[str]:
    """Names of tags, those of vocabularies as well: a receiver does not have these vocabularies."""
    names = {_line(tag.get("name")) for tag in pkg.get("tags") or [] if isinstance(tag, dict)}
    checks = ("tag_length_validator", "tag_name_validator")
    return sorted(name for name in names if name and all(_passes(check, name) for check in checks))


def _resource(resource: Mapping[str, Any], fields: tuple[str, ...]) -> dict[str, Any]:
    result: dict[str, Any] = {key: text(resource.get(key)) for key in RESOURCE}
    result["url"] = address(resource)
    size = resource.get("size")
    if str(size or "").isdigit():
        result["size"] = int(str(size))
    result.update({key: resource[key] for key in _MOMENTS if isinstance(resource.get(key), str) and resource[key]})
    for name in fields:
        value = text(resource.get(name))
        if name not in result and name not in _MOMENTS and name not in ("url_type", "package_id", "size") and value:
            pieces = parts(value)
            for number, piece in enumerate(pieces, 1):
                result[name if len(pieces) == 1 else f"{name}_bagian_{number:02d}"] = piece
    return result


def address(resource: Mapping[str, Any]) -> str:
    """Where a file is fetched; of an uploaded one at its address without a language.

    CKAN keeps in its index the address in the language of whoever saved last.
    """
    url = text(resource.get("url"))
    ids = {"id": resource.get("package_id"), "resource_id": resource.get("id")}
    if resource.get("url_type") == "upload" and all(ids.values()):
        name = url.rsplit("/", 1)[-1]
        return str(tk.url_for("resource.download", **ids, filename=name, qualified=True, locale="default"))
    if len(url.encode()) > LARGEST and all(ids.values()):
        return str(tk.url_for("resource.read", **ids, qualified=True, locale="default"))
    return url
