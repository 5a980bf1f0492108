"""The uploader of resources: CKAN's own (or another plugin's), told a file's key where it expects a resource id.

Bytes under a key are written once and never changed. A first upload goes under the id of its resource, as in plain
CKAN; whatever replaces it gets a key of its own, and the row that points there is written inside the transaction of
the package. So a save that fails, or an edit that is never approved, leaves what readers get as it was.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import os
import uuid
from collections.abc import Iterator
from contextvars import ContextVar
from typing import Any

import ckantoolkit as tk
from ckan import model
from ckan.lib import files as ckan_files
from ckan.lib import uploader

from ckanext.satudata import files, startup

from . import keys

#: Set while CKAN is asked which uploader it would take without us.
_asking: ContextVar[bool] = ContextVar("satudata_asking_for_uploader", default=False)

FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})


def resource_uploader(resource: dict[str, Any]) -> KeyedUploader | None:
    """What ``IUploader.get_resource_uploader`` answers; None before the migration has run: then CKAN's own."""
    if _asking.get() or not startup.is_migrated():
        return None
    return KeyedUploader(resource)


def plain_uploader(resource: dict[str, Any]) -> Any:
    """The uploader that would be used without us: of another plugin, of a file storage, or the classic one."""
    token = _asking.set(True)
    try:
        return uploader.get_resource_uploader(resource)
    finally:
        _asking.reset(token)


class KeyedUploader:
    """An uploader of resources whose files stand under keys.

    Everything CKAN asks an uploader (``mimetype``, ``filesize``, ``filename``, ``storage`` …) is answered by the one
    within; only the paths are ours. That one must make its paths from the id it is given and from nothing else.
    """

    def __init__(self, resource: dict[str, Any]) -> None:
        upload = resource.get("upload")
        self._stream = getattr(upload, "stream", None) if upload else None
        self._inner = plain_uploader(resource)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__") or name == "_inner":
            raise AttributeError(name)
        return getattr(self._inner, name)

    def get_path(self, id: str) -> Any:
        """Where the bytes of that resource are now."""
        return self._inner.get_path(keys.key_of(id))

    def upload(self, id: str, max_size: int = 10) -> None:
        """Store a new file of that resource under a key nothing uses yet, and point the resource to it.

        A file taken away (``clear``) is only let go: others may refer to its bytes; the collection finds them. The
        resource then has a key without bytes, so that no later change of its type brings the old file back.

        :param max_size: in MB
        :raises ValidationError: the file is too large, or the disk is full; the whole save is rolled back
        """
        if not getattr(self._inner, "filename", None):
            if getattr(self._inner, "clear", None):
                keys.point(id, str(uuid.uuid4()), keys.key_of(id))
            return
        if getattr(self._inner, "storage", None) is not None and not tk.config.get("ckan.uploads_enabled", True):
            return  # CKAN's storages store nothing then; nor may a row say that they did
        old = keys.key_of(id)
        key = self._reserve(id)
        try:
            self._inner.upload(key, max_size)
        except BaseException as error:
            # CKAN leaves what it flushed in the session; nothing after us may commit it.
            model.Session.rollback()
            if discard(self._inner, key):
                keys.release(key)
            if isinstance(error, OSError) and error.errno in FULL:
                raise tk.ValidationError({"upload": [storage_full()]}) from error
            raise
        keys.point(id, key, old)

    def _reserve(self, resource_id: str) -> str:
        """A key that nobody has written to: the id of the resource itself where that is still free."""
        size, sha256 = self._measure()
        if exists(self._inner, resource_id) is False and keys.reserve(resource_id, resource_id, size, sha256):
            return resource_id
        while True:
            key = str(uuid.uuid4())
            if keys.reserve(key, resource_id, size, sha256):
                return key

    def _measure(self) -> tuple[int | None, str | None]:
        """Size in bytes and SHA-256 of what is about to be stored."""
        if self._stream is None:
            return None, None
        total, size = hashlib.sha256(), 0
        self._stream.seek(0)
        while piece := self._stream.read(files.CHUNK):
            total.update(piece)
            size += len(piece)
        self._stream.seek(0)
        return size, total.hexdigest()


def storage_full() -> str:
    """What the person reads whose upload did not fit."""
    return str(
        tk._(
            "The portal has no room left for this file, so nothing was saved. "
            "Tell the portal admin, and upload it again when there is room."
        )
    )


def exists(upload: Any, key: str) -> bool | None:
    """Whether there are bytes under that key; None where the uploader cannot be asked."""
    path = upload.get_path(key)
    storage = getattr(upload, "storage", None)
    if storage is not None:
        try:
            return bool(storage.exists(ckan_files.FileData(ckan_files.Location(path))))
        except ckan_files.exc.UnsupportedOperationError:
            return None
    if type(upload) is uploader.ResourceUpload:
        return os.path.exists(path)
    ask = getattr(upload, "satudata_exists", None)
    return bool(ask(key)) if ask else None


def discard(upload: Any, key: str) -> bool:
    """Remove the bytes under that key, and what a half-written one left; whether the key is free now.

    An uploader of another plugin is asked only where it says how (``satudata_remove``): else what it stores stays.
    """
    storage = getattr(upload, "storage", None)
    if storage is None and type(upload) is not uploader.ResourceUpload:
        remove = getattr(upload, "satudata_remove", None)
        if remove is None:
            return False
        remove(key)
        return True
    path = upload.get_path(key)
    if storage is not None:
        with contextlib.suppress(ckan_files.exc.MissingFileError):
            storage.remove(ckan_files.FileData(ckan_files.Location(path)))
        return True
    for name in (path, path + "~"):
        with contextlib.suppress(FileNotFoundError):
            os.remove(name)
    return True


def chunks(key: str) -> Iterator[bytes]:
    """The bytes under a key.

    :raises FileNotFoundError: there are none
    """
    upload = plain_uploader({})
    return files.read(upload, upload.get_path(key))


def present(key: str) -> bool:
    """Whether the bytes under a key can be read."""
    upload = plain_uploader({})
    known = exists(upload, key)
    return os.path.exists(upload.get_path(key)) if known is None else known
