"""Published data with a file, a table of its own and a link; and the people who change it."""

from __future__ import annotations

import contextvars
import io
from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any

import pytest
from ckan import model
from werkzeug.datastructures import FileStorage

from ckanext.satudata.tests.conftest import call_as
from ckanext.satudata.tests.factories import submittable
from ckanext.satudata.tests.review.conftest import ALL_CONFORM, walk_to

CSV = b"jenis_kelamin,jumlah\nlaki-laki,812\nperempuan,845\n"
NEW_CSV = b"jenis_kelamin,jumlah\nlaki-laki,830\nperempuan,861\n"


@pytest.fixture(autouse=True)
def page(app_once: Any) -> Iterator[None]:
    """Actions that make links and labels want a request."""
    with app_once.flask_app.test_request_context("/"):
        yield
    model.Session.rollback()


def outside(function: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
    """Call the portal as a stranger to the test's own request: Flask would hand on who was known there."""
    model.Session.commit()
    return contextvars.Context().run(function, *args, **kwargs)


def upload(content: bytes = CSV, name: str = "penduduk.csv") -> FileStorage:
    """A file as a form sends it."""
    return FileStorage(io.BytesIO(content), filename=name, content_type="text/csv")


def make(city: SimpleNamespace, **changes: Any) -> dict[str, Any]:
    """A draft of the kelurahan with a link, an uploaded file and a table of its own."""
    package = call_as(city.producer, "package_create", **submittable(city.kelurahan, **changes))
    call_as(
        city.producer, "resource_create", package_id=package["id"], name="Berkas", format="CSV", upload=upload(),
        url="penduduk.csv", url_type="upload",
    )  # fmt: skip
    call_as(
        city.producer,
        "datastore_create",
        resource={"package_id": package["id"], "name": "Tabel", "format": "CSV"},
        fields=[{"id": "wilayah", "type": "text", "info": {"label": "Wilayah"}}, {"id": "jumlah", "type": "int"}],
        records=[{"wilayah": "Aur", "jumlah": 1}, {"wilayah": "Hamdan", "jumlah": 2}],
        primary_key=["wilayah"],
    )
    return call_as(city.producer, "package_show", id=package["id"])


def go(city: SimpleNamespace, package_id: str, *steps: tuple[str, str]) -> None:
    """Take actions of the table, each as that person, with what it needs."""
    for person, action in steps:
        data: dict[str, Any] = {}
        if action in ("forward", "return"):
            data["principle_results"] = ALL_CONFORM
        if action in ("return", "unpublish", "reopen"):
            data["comment"] = "Mohon diperbaiki"
        call_as(getattr(city, person), "satudata_review_transition", id=package_id, action=action, **data)


ROAD = (("producer", "submit"), ("custodian", "forward"), ("custodian", "publish"))


def published(city: SimpleNamespace, **changes: Any) -> dict[str, Any]:
    """That dataset, published."""
    package = make(city, **changes)
    go(city, package["id"], *ROAD)
    return seen(package["id"])


def plain(city: SimpleNamespace, **changes: Any) -> dict[str, Any]:
    """A published dataset with a link only."""
    return seen(walk_to(city, "published", **changes)["id"])


def start(city: SimpleNamespace, live: dict[str, Any], person: str = "producer", **data: Any) -> str:
    """A working copy; its id."""
    data = {"change_kind": "pemutakhiran", "public_note": "Angka diperbarui", **data}
    return str(call_as(getattr(city, person), "satudata_revision_start", id=live["id"], **data)["revision_id"])


def publish(city: SimpleNamespace, copy_id: str) -> None:
    """Hand a copy over, have it checked and publish it."""
    go(city, copy_id, *ROAD)


def seen(package_id: str) -> dict[str, Any]:
    """What nobody in particular reads."""
    model.Session.expire_all()
    return call_as(None, "package_show", id=package_id)
