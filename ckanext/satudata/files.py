"""Reading uploaded files through whichever storage the portal uses."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from typing import Any

from ckan.lib import uploader

CHUNK = 1 << 20


def chunks(resource: dict[str, Any]) -> Iterator[bytes]:
    """The bytes of an uploaded resource, in pieces of about 1 MiB.

    :param resource: as ``resource_show`` gives it, with ``url_type`` ``upload``
    :raises FileNotFoundError: there is no file behind it
    """
    # The uploader takes keys out of the dict it is given. Ours knows the key of the file.
    upload = uploader.get_resource_uploader(dict(resource))
    return read(upload, upload.get_path(resource["id"]))


def read(upload: Any, path: str) -> Iterator[bytes]:
    """The bytes at a path (or location) of an uploader, in pieces of about 1 MiB.

    :param upload: an uploader of resources; with ``storage`` where CKAN's file storages are used
    :raises FileNotFoundError: there is nothing there
    """
    storage = getattr(upload, "storage", None)
    if storage is None:
        with open(path, "rb") as stream:
            while piece := stream.read(CHUNK):
                yield piece
        return
    from ckan.lib import files as ckan_files

    location = ckan_files.Location(path)
    try:
        stored: Iterable[bytes] = storage.stream(ckan_files.FileData(location, size=storage.size(location)))
        try:
            yield from stored
        finally:
            getattr(stored, "close", lambda: None)()
    except ckan_files.exc.LocationError as error:
        raise FileNotFoundError(str(path)) from error


def sha256(resource: dict[str, Any]) -> str | None:
    """SHA-256 of an uploaded file in hexadecimal, or None where the file is gone."""
    total = hashlib.sha256()
    try:
        for piece in chunks(resource):
            total.update(piece)
    except FileNotFoundError:
        return None
    return total.hexdigest()
