"""Publishing a working copy: what readers get before, what after, and that it is one and the same dataset."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from ckanext.satudata import files
from ckanext.satudata.tests.conftest import call_as

from .conftest import CSV, NEW_CSV, go, published, seen, start, upload


def named(package: dict[str, Any], name: str) -> dict[str, Any]:
    (found,) = [resource for resource in package["resources"] if resource["name"] == name]
    return found


def rows(resource_id: str, user: dict[str, Any] | None = None) -> list[tuple[Any, ...]]:
    found = call_as(user, "datastore_search", resource_id=resource_id)
    return sorted((record["wilayah"], record["jumlah"]) for record in found["records"])


def test_readers_see_the_old_version_to_the_last_byte_until_the_new_one_is_published(
    lasting_city: SimpleNamespace,
) -> None:
    live = published(lasting_city)
    copy_id = start(lasting_city, live)
    assert seen(live["id"]) == live
    copy = call_as(lasting_city.producer, "package_patch", id=copy_id, title="Penduduk, angka baru")
    call_as(lasting_city.producer, "resource_patch", id=named(copy, "Berkas")["id"], upload=upload(NEW_CSV))
    call_as(
        lasting_city.producer, "datastore_upsert", resource_id=named(copy, "Tabel")["id"],
        records=[{"wilayah": "Aur", "jumlah": 9}], method="upsert",
    )  # fmt: skip
    assert seen(live["id"]) == live
    for step in (("producer", "submit"), ("custodian", "claim"), ("custodian", "forward")):
        go(lasting_city, copy_id, step)
        assert seen(live["id"]) == live
    assert rows(named(live, "Tabel")["id"]) == [("Aur", 1), ("Hamdan", 2)]
    assert b"".join(files.chunks(named(live, "Berkas"))) == CSV
    go(lasting_city, copy_id, ("custodian", "publish"))
    now = seen(live["id"])
    assert (now["id"], now["name"], now["title"]) == (live["id"], live["name"], "Penduduk, angka baru")
    assert [resource["id"] for resource in now["resources"]] == [resource["id"] for resource in live["resources"]]
    assert [resource["url"] for resource in now["resources"]] == [resource["url"] for resource in live["resources"]]
    assert rows(named(now, "Tabel")["id"]) == [("Aur", 9), ("Hamdan", 2)]
    assert b"".join(files.chunks(named(now, "Berkas"))) == NEW_CSV
    assert now["metadata_modified"] > live["metadata_modified"]
    assert now["metadata_created"] == live["metadata_created"]
    assert (now["private"], now["state"]) == (False, "active")
