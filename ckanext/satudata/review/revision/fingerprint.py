"""What a package is made of, so that a change of it is noticed, and no false alarm is raised.

``metadata_modified`` is no measure: flags of programs move it, and a group, a view or a row of the DataStore does
not. Here: the metadata without what is technical, the key of each file (bytes under a key never change), the views,
and count and hash of the rows of tables that no file stands behind.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ckanext.satudata.review import cases, content

from . import copying, files, tables

#: Tables people write to; those of uploaded files follow from the file.
OWN_TABLES = frozenset({"datastore", "tabledesigner"})


def take(package: Mapping[str, Any]) -> dict[str, Any]:
    """The fingerprint of a package as it stands in the database now.

    :param package: as ``package_show`` gives it from the database
    :returns: ``content`` (as ``content.content_of``), ``files`` (key by resource id), ``views`` (by resource id),
        ``tables`` (``{"rows", "hash", "fields"}`` by resource id)
    """
    resources = package.get("resources") or []
    ids = [resource["id"] for resource in resources]
    uploads = [resource["id"] for resource in resources if resource.get("url_type") == "upload"]
    views: dict[str, list[Any]] = {}
    for view in copying.views_of(ids):
        views.setdefault(view.resource_id, []).append(
            [view.id, view.view_type, view.title or "", view.description or "", view.order, dict(view.config or {})]
        )
    return {
        "content": content.content_of(dict(package)),
        "files": files.keys_of(uploads),
        "views": views,
        "tables": {
            resource["id"]: tables.fingerprint(resource["id"])
            for resource in resources
            if resource.get("url_type") in OWN_TABLES
        },
    }


def now_of(package_id: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """A package from the database, and its fingerprint."""
    package = cases.show(package_id)
    return package, take(package)


def same(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    """Whether two fingerprints are of the same content."""
    return content.digest(dict(one)) == content.digest(dict(other))
