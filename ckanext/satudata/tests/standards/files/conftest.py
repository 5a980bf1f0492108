"""An officer who uploads files, once for a module: each test makes a dataset of its own."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from ckan.tests import factories
from werkzeug.datastructures import FileStorage

from ckanext.satudata.standards.files.facts import FileFacts
from ckanext.satudata.standards.files.scan import look
from ckanext.satudata.tests.conftest import call_as
from ckanext.satudata.tests.factories import officer

Seen = Callable[..., FileFacts]


@pytest.fixture
def seen(tmp_path: Path) -> Seen:
    """Look into a file with that content."""

    def look_into(content: str | bytes, said: str = "CSV") -> FileFacts:
        path = tmp_path / "berkas"
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return look(path, said)

    return look_into


@pytest.fixture(scope="module")
def officer_here(clean_once: None) -> dict[str, Any]:
    """An editor of an organization, whose id is under ``organization_id``."""
    organization = factories.Organization()
    return {**officer(organization), "organization_id": organization["id"]}


@pytest.fixture
def upload(officer_here: dict[str, Any]) -> Callable[..., dict[str, Any]]:
    """A dataset with one uploaded file, through CKAN's own upload."""

    def make(content: str | bytes, file_format: str = "CSV", **fields: Any) -> dict[str, Any]:
        package = factories.Dataset(owner_org=officer_here["organization_id"], private=True, **fields)
        add_file(officer_here, package["id"], content, file_format)
        return call_as(officer_here, "package_show", id=package["id"])

    return make


def add_file(user: dict[str, Any], package_id: str, content: str | bytes, file_format: str = "CSV") -> dict[str, Any]:
    """Upload one more file to a dataset."""
    data = content if isinstance(content, bytes) else content.encode()
    return call_as(
        user,
        "resource_create",
        package_id=package_id,
        name="Tabel",
        format=file_format,
        upload=FileStorage(io.BytesIO(data), filename=f"tabel.{file_format.lower()}"),
        url="tabel.csv",
        url_type="upload",
    )
