"""Files by reference: copying without copying bytes, kept versions, and collecting what nobody needs.

What other parts of the review use. Nothing here commits, except the collection.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import hashlib
import logging
from collections.abc import Iterator
from typing import Any

import ckantoolkit as tk
import sqlalchemy as sa
from ckan import model
from sqlalchemy.dialects.postgresql import insert

from ckanext.satudata import config

from . import keys, uploads
from .collecting import Collected, collect, collect_daily, collect_now
from .file_model import FileKey, FileVersion, StoredFile
from .keys import key_of, keys_of

__all__ = [
    "Collected",
    "OpenVersion",
    "collect",
    "collect_daily",
    "collect_now",
    "forget_version",
    "keep_version",
    "keep_versions",
    "key_of",
    "key_of_version",
    "keys_of",
    "lost",
    "open_version",
    "refer",
    "versions_of",
]

log = logging.getLogger(__name__)


def refer(resource_id: str, to_resource_id: str) -> str:
    """Let one resource have the file of another, as part of the current transaction; no commit, no bytes copied.

    Used both ways: a copy's resource refers to the live one until its file is replaced, and after publishing the
    live one to the copy's. The copy may be purged then; the bytes stay.

    :returns: the key both have now
    """
    key, old = key_of(to_resource_id), key_of(resource_id)
    if key == old:
        return key
    # A resource that never had a file leaves none behind.
    had_one = old != resource_id or uploads.exists(uploads.plain_uploader({}), old) is not False
    keys.point(resource_id, key, old if had_one else None)
    return key


def keep_versions(
    package: dict[str, Any],
    *,
    published_at: dt.datetime | None = None,
    position: int | None = None,
    digests: dict[str, str | None] | None = None,
) -> list[FileVersion]:
    """Keep every uploaded file of a package as it is published now; no commit. See :func:`keep_version`.

    :param package: the live one, as ``package_show`` gives it, after its resources got the published files
    :param digests: SHA-256 by resource id, where they are known (``content.parts(...)["files"]``)
    """
    found = [
        keep_version(
            resource,
            package["id"],
            published_at=published_at,
            position=position,
            sha256=(digests or {}).get(resource["id"]),
        )
        for resource in package.get("resources") or []
    ]
    return [version for version in found if version is not None]


def keep_version(
    resource: dict[str, Any],
    package_id: str,
    *,
    published_at: dt.datetime | None = None,
    position: int | None = None,
    sha256: str | None = None,
) -> FileVersion | None:
    """Keep the file a live resource has now; no commit. The same file of the same resource is kept once.

    Call it for the file that is about to be replaced as well: what was published before this extension came has no
    version yet.

    :param resource: of the live package; anything but an uploaded file is passed over
    :param published_at: when that file was published (UTC); now by default
    :param position: of the event that published it
    :param sha256: where it is known; else taken from what was noted at upload, else computed
    :returns: the version, or None where there is no file or ``satudata.review.keep_versions`` is ``none``
    """
    if resource.get("url_type") != "upload" or not config.keep_versions().any:
        return None
    resource_id = resource["id"]
    key = key_of(resource_id)
    keys.hold(key, resource_id)
    version = _version(resource_id, key)
    if version is not None:
        return version
    stored = model.Session.get(StoredFile, key, populate_existing=True)
    size, known = (stored.size, stored.sha256) if stored else (None, None)
    if size is None or (sha256 or known) is None:
        try:
            size, known = _measure(key)
        except FileNotFoundError:
            log.warning("The file of resource %s is not there; no version of it can be kept", resource_id)
            return None
        if stored is not None:
            stored.size, stored.sha256 = size, known
    values = {
        "package_id": package_id,
        "resource_id": resource_id,
        "key": key,
        "name": resource.get("name") or "",
        "filename": str(resource.get("url") or "").rsplit("/", 1)[-1],
        "format": resource.get("format") or "",
        "mimetype": resource.get("mimetype"),
        "size": size,
        "sha256": sha256 or known,
        "published_at": published_at or dt.datetime.utcnow(),
        "position": position,
    }
    model.Session.execute(insert(FileVersion).values(**values).on_conflict_do_nothing())
    return _version(resource_id, key)


def _version(resource_id: str, key: str) -> FileVersion | None:
    query = sa.select(FileVersion).where(FileVersion.resource_id == resource_id, FileVersion.key == key)
    return model.Session.scalars(query).first()


def _measure(key: str) -> tuple[int, str]:
    total, size = hashlib.sha256(), 0
    for piece in uploads.chunks(key):
        total.update(piece)
        size += len(piece)
    return size, total.hexdigest()


def versions_of(package_id: str) -> list[dict[str, Any]]:
    """Kept versions of the files of a live package, newest first; two queries.

    :returns: ``id, package_id, resource_id, name, filename, format, mimetype, size, sha256, published_at, position,
        current`` (it is the file the resource has now). Who may see them is asked by the caller.
    """
    query = (
        sa.select(FileVersion)
        .where(FileVersion.package_id == package_id)
        .order_by(FileVersion.published_at.desc(), FileVersion.position.desc().nulls_last(), FileVersion.id)
    )
    versions = list(model.Session.scalars(query))
    now = keys_of({version.resource_id for version in versions})
    shown = (
        "id package_id resource_id name filename format mimetype size sha256 published_at position".split()
    )  # fmt: skip
    return [
        {**{name: getattr(version, name) for name in shown}, "current": now[version.resource_id] == version.key}
        for version in versions
    ]


@dataclasses.dataclass
class OpenVersion:
    """A kept version, ready to be read."""

    package_id: str
    resource_id: str
    filename: str
    mimetype: str | None
    size: int | None
    sha256: str | None
    chunks: Iterator[bytes]


def open_version(version_id: str) -> OpenVersion:
    """The bytes of a kept version, with what a download says of them. The caller asks who may read them.

    :raises ObjectNotFound: there is no such version, or its bytes are gone
    """
    version = model.Session.get(FileVersion, version_id) if version_id else None
    if version is None or not uploads.present(version.key):
        raise tk.ObjectNotFound(tk._("This version of the file is not kept."))
    return OpenVersion(
        version.package_id,
        version.resource_id,
        version.filename,
        version.mimetype,
        version.size,
        version.sha256,
        uploads.chunks(version.key),
    )


def forget_version(version_id: str) -> bool:
    """Let one kept version go, for instance because it shows personal data; no commit.

    Its bytes are collected like any others, unless it is the file the resource has now.
    """
    query = sa.delete(FileVersion).where(FileVersion.id == version_id).returning(FileVersion.id)
    return model.Session.scalar(query) is not None


def lost() -> list[tuple[str, str]]:
    """Resources of uploaded files whose bytes are not there, for instance after a restore without the files.

    :returns: ``(name of the dataset, resource id)``; one query, and one look at the storage per file
    """
    resource, package = model.Resource.__table__, model.Package.__table__
    query = (
        sa.select(package.c.name, resource.c.id, sa.func.coalesce(FileKey.key, resource.c.id))
        .join(package, package.c.id == resource.c.package_id)
        .outerjoin(FileKey, FileKey.resource_id == resource.c.id)
        .where(resource.c.url_type == "upload", resource.c.state == model.State.ACTIVE)
        .where(package.c.state != model.State.DELETED)
        .order_by(package.c.name, resource.c.position)
    )
    upload = uploads.plain_uploader({})
    return [(name, rid) for name, rid, key in model.Session.execute(query) if uploads.exists(upload, key) is False]


def key_of_version(version_id: str) -> str:
    """The key of a kept version.

    :raises ObjectNotFound: there is no such version
    """
    key = model.Session.scalar(sa.select(FileVersion.key).where(FileVersion.id == version_id))
    if key is None:
        raise tk.ObjectNotFound(tk._("This version of the file is not kept."))
    return str(key)
