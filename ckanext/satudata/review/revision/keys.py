"""File keys: rows that say where the bytes of a resource are, and who holds on to which bytes."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterable
from typing import Any

import sqlalchemy as sa
from ckan import model
from sqlalchemy.dialects.postgresql import insert

from ckanext.satudata import startup

from .file_model import FileKey, FileVersion, StoredFile


def key_of(resource_id: str) -> str:
    """The key of the bytes behind a resource: its own id where no row says otherwise."""
    query = sa.select(FileKey.key).where(FileKey.resource_id == resource_id)
    return model.Session.scalar(query) or resource_id


def keys_of(resource_ids: Iterable[str]) -> dict[str, str]:
    """The keys of many resources, in one query."""
    ids = list(resource_ids)
    found = {resource_id: resource_id for resource_id in ids}
    if ids:
        query = sa.select(FileKey.resource_id, FileKey.key).where(FileKey.resource_id.in_(ids))
        found.update((row.resource_id, row.key) for row in model.Session.execute(query))
    return found


def reserve(key: str, resource_id: str, size: int | None, sha256: str | None) -> bool:
    """Take a key before its first byte is written; False where it is taken.

    The row is committed at once, on a connection of its own: whatever becomes of the package's transaction, or of
    this process, the bytes are known. The session then holds the row until its transaction ends, so that no
    collection takes the bytes away meanwhile.
    """
    row = {"key": key, "resource_id": resource_id, "written_at": dt.datetime.utcnow(), "size": size, "sha256": sha256}
    while True:
        with model.meta.engine.begin() as connection:
            query = insert(StoredFile).values(**row).on_conflict_do_nothing().returning(StoredFile.key)
            if connection.execute(query).first() is None:
                return False
        if _hold(key):
            return True


def _hold(key: str) -> bool:
    query = sa.select(StoredFile.key).where(StoredFile.key == key).with_for_update(read=True, key_share=True)
    return model.Session.scalar(query) is not None


def hold(key: str, resource_id: str) -> None:
    """Keep the bytes under a key from being collected until this transaction ends; our row then keeps them.

    :param resource_id: for whom they were stored, as far as we know
    """
    while not _hold(key):
        row = {"key": key, "resource_id": resource_id, "written_at": dt.datetime.utcnow()}
        model.Session.execute(insert(StoredFile).values(**row).on_conflict_do_nothing())


def release(key: str) -> None:
    """Give back a reserved key under which nothing was stored."""
    with model.meta.engine.begin() as connection:
        connection.execute(sa.delete(StoredFile).where(StoredFile.key == key))


def point(resource_id: str, key: str, old: str | None = None) -> None:
    """Let a resource have the bytes under a key, as part of this transaction; no commit.

    :param old: the key of the bytes it had, if any; they are collected once nobody needs them
    """
    hold(key, resource_id)
    if old is not None and old != key:
        hold(old, resource_id)
    if key == resource_id:
        model.Session.execute(sa.delete(FileKey).where(FileKey.resource_id == resource_id))
        return
    row = {"key": key, "set_at": dt.datetime.utcnow()}
    query = insert(FileKey).values(resource_id=resource_id, **row)
    model.Session.execute(query.on_conflict_do_update(index_elements=["resource_id"], set_=row))


def referenced(key: Any) -> sa.ColumnElement[bool]:
    """An SQL condition: somebody needs the bytes under that key.

    That is a kept version; a resource of an uploaded file with that key; and one of a deleted dataset, which may
    come back. A resource that was taken out of its dataset does not.
    """
    resource, package = model.Resource.__table__, model.Package.__table__
    alive = sa.and_(
        resource.c.url_type == "upload",
        sa.or_(resource.c.state == model.State.ACTIVE, package.c.state == model.State.DELETED),
    )
    joined = resource.join(package, package.c.id == resource.c.package_id)
    by_row = (
        sa.select(1).select_from(joined.join(FileKey, FileKey.resource_id == resource.c.id))
        .where(FileKey.key == key, alive)
    )  # fmt: skip
    by_id = (
        sa.select(1).select_from(joined.outerjoin(FileKey, FileKey.resource_id == resource.c.id))
        .where(resource.c.id == key, FileKey.key.is_(None), alive)
    )  # fmt: skip
    kept = sa.select(1).where(FileVersion.key == key)
    # Without this, SQL would take the asked row itself for one of the tables inside.
    correlate = StoredFile.__table__
    return sa.or_(
        by_row.correlate(correlate).exists(), by_id.correlate(correlate).exists(), kept.correlate(correlate).exists()
    )


def listen() -> None:
    """Hear of resources that come and go, whichever way."""
    if not sa.event.contains(model.Resource, "after_delete", _purged):
        sa.event.listen(model.Resource, "after_delete", _purged)
        sa.event.listen(model.Resource, "after_insert", _added)
        sa.event.listen(model.Package, "after_delete", _dataset_purged)


def _added(_mapper: Any, connection: sa.Connection, resource: model.Resource) -> None:
    """A new resource may have an id somebody chose. Bytes that stand under it already are not its own.

    It gets a key without bytes then. (Bytes without a row of ours, laid there by hand when a portal moves, are.)
    """
    if not startup.is_migrated():
        return
    taken = sa.select(
        sa.literal(resource.id), sa.literal(str(uuid.uuid4())), sa.literal(dt.datetime.utcnow())
    ).where(sa.select(1).where(StoredFile.key == resource.id).exists())  # fmt: skip
    query = insert(FileKey).from_select(["resource_id", "key", "set_at"], taken)
    connection.execute(query.on_conflict_do_nothing())


def _purged(_mapper: Any, connection: sa.Connection, resource: model.Resource) -> None:
    """A resource is purged: its bytes are known to the collection.

    CKAN does so to every resource that was taken out of its dataset, at the next save. What was published of it
    once stays listed: versions go with the dataset.
    """
    if not startup.is_migrated():
        return
    row = connection.execute(sa.select(FileKey.key).where(FileKey.resource_id == resource.id)).first()
    if resource.url_type == "upload":
        known = {"resource_id": resource.id, "written_at": dt.datetime.utcnow()}
        for key in {resource.id, row.key if row else resource.id}:
            connection.execute(insert(StoredFile).values(key=key, **known).on_conflict_do_nothing())
    connection.execute(sa.delete(FileKey).where(FileKey.resource_id == resource.id))


def _dataset_purged(_mapper: Any, connection: sa.Connection, package: model.Package) -> None:
    """A dataset is purged, and with it the versions of its files."""
    if startup.is_migrated():
        connection.execute(sa.delete(FileVersion).where(FileVersion.package_id == package.id))
