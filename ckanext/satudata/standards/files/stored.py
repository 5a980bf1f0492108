"""The stored file behind a resource: which file exactly, and its bytes at a path, whatever the storage."""

from __future__ import annotations

import contextlib
import hashlib
import logging
import os
import tempfile
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ckan.lib import uploader

from ckanext.satudata import files

log = logging.getLogger(__name__)

#: A MB of a workbook's XML takes so much longer than a MB of text.
_WORKBOOK = 1.5
#: So much longer take a workbook of Excel 97 and a PDF of nothing but text, read by processes of their own.
_SLOW = ((b"\xd0\xcf\x11\xe0", 5), (b"\x09\x08", 5), (b"%PDF", 25))
_ARCHIVES = frozenset(("XLSX", "XLSM", "ODS"))


@dataclass(frozen=True)
class Stored:
    """A stored file.

    :ivar identity: the same for the same bytes at the same place declared as the same format, and for no others
    :ivar format: declared, upper case without a dot
    :ivar path: of the file, where the storage is a directory; else None
    :ivar size: in bytes
    """

    identity: str
    format: str
    path: Path | None
    size: int


def is_upload(resource: dict[str, Any]) -> bool:
    """Whether there are bytes of ours behind it. A link is never fetched."""
    return resource.get("url_type") == "upload"


def declared(resource: dict[str, Any]) -> str:
    """The declared format as the checks know it; CKAN's long names are shortened."""
    said = str(resource.get("format") or "").strip().upper().lstrip(".")
    return {"EXCEL": "XLSX", "MS EXCEL": "XLSX", "OPENXML": "XLSX", "TAB": "TSV", "JPEG": "JPG"}.get(said, said)


def find(resource: dict[str, Any]) -> Stored | None:
    """The stored file behind a resource, or None where it is not there.

    Bytes under a key are never changed, and a copy by reference has the key of its original: where the uploader
    finds the file is therefore what it is known by; size and time are added for uploaders without keys.
    """
    said = declared(resource)
    upload = uploader.get_resource_uploader({"id": resource["id"], "url_type": "upload", "url": resource.get("url")})
    place = upload.get_path(resource["id"])
    storage = getattr(upload, "storage", None)
    if storage is None:
        try:
            status = os.stat(place)
        except OSError:
            return None
        size, mark = status.st_size, str(status.st_mtime_ns)
        path: Path | None = Path(place)
    else:
        from ckan.lib import files as ckan_files

        try:
            size = int(storage.size(ckan_files.Location(place)))
        except (ckan_files.exc.FilesError, OSError):
            return None
        mark, path = "", None
    identity = hashlib.sha256("\n".join((str(place), str(size), mark, said)).encode()).hexdigest()
    return Stored(identity, said, path, size)


@contextlib.contextmanager
def opened(resource: dict[str, Any], stored: Stored) -> Iterator[Path]:
    """The bytes at a path: that of the storage where it is a directory, else a copy for as long as it is needed."""
    if stored.path is not None:
        yield stored.path
        return
    with tempfile.NamedTemporaryFile(prefix="satudata-check-") as copy:
        for piece in files.chunks({"id": resource["id"], "url_type": "upload", "url": resource.get("url")}):
            copy.write(piece)
        copy.flush()
        yield Path(copy.name)


def weight(path: Path, stored: Stored) -> int:
    """How much there is to read, in bytes of a text file.

    A workbook counts with half more than it unpacks to; an old one, and a PDF, as what they are by their first bytes.
    """
    if stored.size > 64 * 1024 * 1024:
        return stored.size
    with path.open("rb") as stream:
        start = stream.read(8)
    slow = next((times for magic, times in _SLOW if start.startswith(magic)), 1)
    if stored.format not in _ARCHIVES:
        return stored.size * slow
    try:
        with zipfile.ZipFile(path) as archive:
            return int(sum(member.file_size for member in archive.infolist()) * _WORKBOOK)
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError, EOFError):
        return stored.size * slow
