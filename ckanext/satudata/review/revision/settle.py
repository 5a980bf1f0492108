"""Leaving: every file back where plain CKAN looks for it, under the id of its resource."""

from __future__ import annotations

import os
import shutil
import tempfile
import uuid
from typing import Any

import sqlalchemy as sa
from ckan import model
from ckan.lib import files as ckan_files
from ckan.lib import uploader
from werkzeug.datastructures import FileStorage

from . import keys, uploads
from .file_model import FileKey, FileVersion


class CannotSettle(RuntimeError):
    """Files are stored by another plugin: only that plugin can put them elsewhere."""


def settle() -> tuple[int, list[str]]:
    """Copy the bytes of every resource with a key of its own to the place its id names, and drop its row.

    One resource at a time, each committed; cut off, it can be repeated. Nobody may upload meanwhile. A place is
    overwritten only when no other resource has the bytes that stand there; kept versions of them are given up.

    :returns: how many files were put in place, and the resources whose bytes are not there
    :raises CannotSettle: files are stored by another plugin
    """
    upload = uploads.plain_uploader({})
    if getattr(upload, "storage", None) is None and type(upload) is not uploader.ResourceUpload:
        raise CannotSettle(type(upload).__name__)
    resource = model.Resource.__table__
    uploaded = sa.select(resource.c.id).where(resource.c.url_type == "upload")
    model.Session.execute(sa.delete(FileKey).where(FileKey.resource_id.not_in(uploaded)))
    model.Session.commit()
    waiting = {row.resource_id: row.key for row in model.Session.scalars(sa.select(FileKey))}
    moved, missing = 0, []
    while waiting:
        wanted = set(waiting.values())
        resource_id = next((each for each in waiting if each not in wanted), None)
        if resource_id is None:
            # All wait for each other: one steps aside.
            aside, place = str(uuid.uuid4()), next(iter(waiting))
            _copy(upload, place, aside)
            keys.hold(aside, place)
            model.Session.execute(sa.update(FileKey).where(FileKey.key == place).values(key=aside))
            model.Session.commit()
            waiting = {each: aside if key == place else key for each, key in waiting.items()}
            continue
        key = waiting.pop(resource_id)
        if not uploads.present(key):
            missing.append(resource_id)
            continue
        model.Session.execute(sa.delete(FileVersion).where(FileVersion.key == resource_id))
        model.Session.commit()
        _copy(upload, key, resource_id)
        model.Session.execute(sa.delete(FileKey).where(FileKey.resource_id == resource_id))
        model.Session.commit()
        moved += 1
    return moved, missing


def _copy(upload: Any, from_key: str, to_key: str) -> None:
    """Copy the bytes under one key to another, whatever stands there."""
    storage = getattr(upload, "storage", None)
    if storage is None:
        path = upload.get_path(to_key)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        shutil.copyfile(upload.get_path(from_key), path + "~")
        os.replace(path + "~", path)
        return
    with tempfile.TemporaryFile() as between:
        for piece in uploads.chunks(from_key):
            between.write(piece)
        between.seek(0)
        uploads.discard(upload, to_key)
        new = ckan_files.make_upload(FileStorage(between, filename=to_key))
        storage.upload(ckan_files.Location(upload.get_path(to_key)), new)
