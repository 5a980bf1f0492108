"""Collecting bytes that nobody needs any more, and versions that were kept long enough."""

from __future__ import annotations

import dataclasses
import datetime as dt
import logging

import ckantoolkit as tk
import sqlalchemy as sa
from ckan import model

from ckanext.satudata import config

from . import keys, uploads
from .file_model import FileKey, FileVersion, StoredFile

log = logging.getLogger(__name__)


@dataclasses.dataclass
class Collected:
    """What one run of the collection did."""

    #: Versions that were kept long enough.
    versions: int = 0
    #: Keys nobody refers to, waiting for their grace time to end.
    waiting: int = 0
    #: Keys whose bytes are gone now, and how many bytes that was as far as it was noted.
    removed: int = 0
    bytes: int = 0
    #: Keys that were in somebody's hands, or whose storage refused; the next run tries again.
    skipped: int = 0


def collect(grace: dt.timedelta) -> Collected:
    """Remove bytes that nobody has needed for ``grace``. Safe beside uploads and publishing, and to repeat.

    Works on connections of its own. A key is looked at again under its lock: whoever points to it in an open
    transaction holds that lock, and the key is passed over. Only bytes that have a row of ours are ever touched.
    """
    done = Collected(versions=_prune_versions())
    now = dt.datetime.utcnow()
    needed = keys.referenced(StoredFile.key)
    since = StoredFile.unreferenced_since
    resources = sa.select(model.Resource.__table__.c.id)
    with model.meta.engine.begin() as connection:
        # Rows of resources that are no more, however they went.
        connection.execute(sa.delete(FileKey).where(FileKey.resource_id.not_in(resources)))
        connection.execute(sa.update(StoredFile).where(since.is_not(None), needed).values(unreferenced_since=None))
        connection.execute(sa.update(StoredFile).where(since.is_(None), ~needed).values(unreferenced_since=now))
        waiting = connection.execute(sa.select(StoredFile.key, since).where(since.is_not(None))).all()
    for key, marked in waiting:
        if marked > now - grace:
            done.waiting += 1
            continue
        size = _remove(key)
        if size is None:
            done.skipped += 1
        else:
            done.removed += 1
            done.bytes += size
    return done


def collect_now(key: str) -> bool:
    """Remove the bytes under one key at once, if nobody needs them; whether they are gone."""
    return _remove(key) is not None


def _remove(key: str) -> int | None:
    """Remove the bytes under a key and its row; how many bytes as far as noted, or None where it must wait."""
    mine = sa.select(StoredFile.size).where(StoredFile.key == key, ~keys.referenced(StoredFile.key))
    with model.meta.engine.begin() as connection:
        row = connection.execute(mine.with_for_update(skip_locked=True)).first()
        # The condition was read before the lock was ours: read it again.
        if row is None or connection.execute(mine).first() is None:
            return None
        try:
            free = uploads.discard(uploads.plain_uploader({}), key)
        except (OSError, tk.ValidationError):
            log.exception("The file under key %s cannot be removed; the next run tries again", key)
            return None
        if not free:
            return None
        connection.execute(sa.delete(StoredFile).where(StoredFile.key == key))
        return row.size or 0


def _prune_versions() -> int:
    """Delete versions beyond what the option keeps; the newest of each resource stays. Returns how many went."""
    keep = config.keep_versions()
    newest = sa.over(
        sa.func.row_number(),
        partition_by=FileVersion.resource_id,
        order_by=(FileVersion.published_at.desc(), FileVersion.position.desc().nulls_last(), FileVersion.id),
    )
    # A version is old from the moment the next one of its resource was published.
    replaced = sa.over(
        sa.func.lag(FileVersion.published_at),
        partition_by=FileVersion.resource_id,
        order_by=(FileVersion.published_at.desc(), FileVersion.position.desc().nulls_last(), FileVersion.id),
    )
    ranked = sa.select(FileVersion.id, newest.label("rank"), replaced.label("replaced_at")).subquery()
    if not keep.any:
        gone: sa.ColumnElement[bool] = sa.true()
    elif keep.most is not None:
        gone = ranked.c.rank > keep.most + 1
    elif keep.days is not None:
        gone = ranked.c.replaced_at < dt.datetime.utcnow() - dt.timedelta(days=keep.days)
    else:
        return 0
    with model.meta.engine.begin() as connection:
        return connection.execute(
            sa.delete(FileVersion).where(FileVersion.id.in_(sa.select(ranked.c.id).where(gone)))
        ).rowcount


def collect_daily() -> str:
    """The job: collect with the grace time of the option; what it did, for the status of periodic work."""
    done = collect(dt.timedelta(days=config.file_grace_days()))
    return f"removed {done.removed}, waiting {done.waiting}, skipped {done.skipped}, old versions {done.versions}"
