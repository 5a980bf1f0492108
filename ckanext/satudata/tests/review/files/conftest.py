"""Uploads as the form sends them, in both kinds of storage CKAN has."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import ckantoolkit as tk
import pytest
from ckan.lib import files as ckan_files
from werkzeug.datastructures import FileStorage

from ckanext.satudata import files as stored
from ckanext.satudata.tests.conftest import call_as
from ckanext.satudata.tests.factories import submittable

STORAGE = "satudata_uji"


def uploaded(content: bytes, name: str = "data.csv") -> FileStorage:
    """A file as a form sends it."""
    return FileStorage(io.BytesIO(content), filename=name)


def bytes_of(resource_id: str) -> bytes:
    """What a reader of that resource gets."""
    return b"".join(stored.chunks({"id": resource_id, "url_type": "upload"}))


@pytest.fixture(params=["classic", "ckan:fs"])
def storage(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The folder of resources: CKAN's classic one, or that of a file storage of CKAN 2.12."""
    folder = tmp_path / "resources"
    if request.param == "classic":
        monkeypatch.setitem(tk.config, "ckan.storage_path", str(tmp_path))
        yield folder
        return
    folder.mkdir()
    settings = {"type": "ckan:fs", "path": str(folder), "max_size": 10 << 20}
    ckan_files.storages.register(STORAGE, ckan_files.make_storage(STORAGE, settings))
    monkeypatch.setitem(tk.config, "ckan.files.default_storages.resource", STORAGE)
    yield folder
    ckan_files.storages.reset()


@pytest.fixture
def draft(lasting_city: SimpleNamespace) -> Callable[..., dict[str, Any]]:
    """Makes a draft with one uploaded file for each content; gives its package."""

    def make(*contents: bytes) -> dict[str, Any]:
        data = submittable(lasting_city.kelurahan, resources=[])
        package = call_as(lasting_city.producer, "package_create", **data)
        for content in contents:
            call_as(
                lasting_city.producer,
                "resource_create",
                package_id=package["id"],
                name="Berkas",
                format="CSV",
                upload=uploaded(content),
            )
        return call_as(lasting_city.producer, "package_show", id=package["id"])

    return make
