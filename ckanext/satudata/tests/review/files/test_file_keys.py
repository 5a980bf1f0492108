"""Bytes are written once: whatever replaces a file gets a key of its own, and rows say which one a resource has."""

from __future__ import annotations

import datetime as dt
import multiprocessing
import resource as limits
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import ckantoolkit as tk
import pytest
import sqlalchemy as sa
from ckan import model

from ckanext.satudata.review.revision import files, keys, uploads
from ckanext.satudata.review.revision.file_model import FileKey, StoredFile
from ckanext.satudata.tests.conftest import call_as
from ckanext.satudata.tests.factories import submittable

from .conftest import bytes_of, uploaded

pytestmark = pytest.mark.usefixtures("storage")

Draft = Callable[..., dict[str, Any]]
NO_TIME = dt.timedelta(0)


def on_disk(storage: Path) -> set[bytes]:
    """What is really stored, half-written files included."""
    return {path.read_bytes() for path in storage.rglob("*") if path.is_file()}


def replace(city: SimpleNamespace, resource_id: str, content: bytes) -> dict[str, Any]:
    return call_as(city.producer, "resource_patch", id=resource_id, upload=uploaded(content))


def test_a_first_upload_stands_under_the_id_of_its_resource_as_in_plain_ckan(draft: Draft, storage: Path) -> None:
    rid = draft(b"satu\n")["resources"][0]["id"]
    assert files.key_of(rid) == rid
    assert (storage / rid[:3] / rid[3:6] / rid[6:]).read_bytes() == b"satu\n"
    assert bytes_of(rid) == b"satu\n"


def test_a_replaced_file_gets_a_key_of_its_own_and_the_old_bytes_stay(
    lasting_city: SimpleNamespace, draft: Draft, storage: Path
) -> None:
    rid = draft(b"satu\n")["resources"][0]["id"]
    shown = replace(lasting_city, rid, b"dua dua\n")
    assert shown["size"] == 8
    assert files.key_of(rid) != rid
    assert bytes_of(rid) == b"dua dua\n"
    assert on_disk(storage) == {b"satu\n", b"dua dua\n"}
    stored = model.Session.get(StoredFile, files.key_of(rid))
    assert (stored.size, stored.resource_id) == (8, rid)
    assert files.keys_of([rid, "x"]) == {rid: files.key_of(rid), "x": "x"}


def test_a_file_from_before_this_extension_stays_where_it_is(
    lasting_city: SimpleNamespace, draft: Draft, storage: Path
) -> None:
    rid = draft(b"satu\n")["resources"][0]["id"]
    model.Session.execute(sa.delete(StoredFile).where(StoredFile.key == rid))
    model.Session.commit()
    assert bytes_of(rid) == b"satu\n"
    replace(lasting_city, rid, b"dua\n")
    assert (bytes_of(rid), on_disk(storage)) == (b"dua\n", {b"satu\n", b"dua\n"})
    # Replaced, its bytes are known from now on.
    assert model.Session.get(StoredFile, rid) is not None


def test_a_save_that_fails_after_the_upload_leaves_readers_the_old_file(
    lasting_city: SimpleNamespace, draft: Draft, monkeypatch: pytest.MonkeyPatch, storage: Path
) -> None:
    rid = draft(b"satu\n")["resources"][0]["id"]

    def refuse(*args: Any) -> None:
        raise OSError("the database went away")

    with monkeypatch.context() as fault, pytest.raises(OSError, match="went away"):
        fault.setattr(model.repo, "commit", refuse)
        replace(lasting_city, rid, b"dua\n")
    model.Session.rollback()
    assert keys.key_of(rid) == rid
    assert bytes_of(rid) == b"satu\n"
    # Nobody is served the bytes that were never saved; they wait to be collected.
    assert on_disk(storage) == {b"satu\n", b"dua\n"}
    files.collect(NO_TIME)
    assert on_disk(storage) == {b"satu\n"}


def test_a_file_taken_away_is_only_let_go(lasting_city: SimpleNamespace, draft: Draft, storage: Path) -> None:
    rid = draft(b"satu\n")["resources"][0]["id"]
    url = "https://example.com/data.csv"
    shown = call_as(lasting_city.producer, "resource_patch", id=rid, clear_upload=True, url=url, url_type="")
    assert shown["url"] == url
    assert on_disk(storage) == {b"satu\n"}
    # Calling it an upload again brings no old file back.
    call_as(lasting_city.producer, "resource_patch", id=rid, url="data.csv", url_type="upload")
    with pytest.raises(FileNotFoundError):
        bytes_of(rid)
    files.collect(NO_TIME)
    assert on_disk(storage) == set()


@pytest.mark.parametrize("way", ["resource_create", "package_create", "link first"])
def test_a_chosen_id_gives_nobody_the_file_that_stands_under_it(
    lasting_city: SimpleNamespace, draft: Draft, way: str
) -> None:
    live, copy = (draft(content)["resources"][0]["id"] for content in (b"terbit\n", b"lama\n"))
    files.refer(live, copy)
    model.Session.commit()
    call_as(lasting_city.sysadmin, "dataset_purge", id=model.Resource.get(copy).package_id)
    producer = lasting_city.producer
    chosen = {"id": copy, "name": "Pinjam", "url": "data.csv", "url_type": "upload"}
    if way == "package_create":
        call_as(producer, "package_create", **submittable(lasting_city.kelurahan, resources=[chosen]))
    elif way == "resource_create":
        call_as(producer, "resource_create", package_id=draft()["id"], **chosen)
    else:
        link = {**chosen, "url": "https://example.com/data.csv", "url_type": ""}
        call_as(producer, "resource_create", package_id=draft()["id"], **link)
        call_as(producer, "resource_patch", id=copy, url="data.csv", url_type="upload")
    with pytest.raises(FileNotFoundError):
        bytes_of(copy)
    replace(lasting_city, copy, b"sendiri\n")
    assert (bytes_of(copy), bytes_of(live)) == (b"sendiri\n", b"lama\n")


def test_a_portal_that_moves_brings_its_files_along(lasting_city: SimpleNamespace, draft: Draft, storage: Path) -> None:
    rid = "6d8a6f0e-3f5b-4b6e-9a51-" + storage.parent.name.encode().hex()[-12:]
    place = storage / rid[:3] / rid[3:6] / rid[6:]
    place.parent.mkdir(parents=True)
    place.write_bytes(b"pindahan\n")
    moved = {"id": rid, "name": "Pindahan", "url": "data.csv", "url_type": "upload"}
    call_as(lasting_city.producer, "package_create", **submittable(lasting_city.kelurahan, resources=[moved]))
    assert bytes_of(rid) == b"pindahan\n"


# -- faults


@pytest.mark.parametrize("first", [True, False])
def test_a_full_disk_leaves_nothing_half_done_and_says_so(
    lasting_city: SimpleNamespace, draft: Draft, storage: Path, first: bool
) -> None:
    package = draft() if first else draft(b"satu\n")
    before = {row.key for row in model.Session.scalars(sa.select(StoredFile))}
    told = in_a_process_with_little_room(lasting_city, package, first)
    assert "no room left for this file" in told["upload"][0]
    assert on_disk(storage) <= {b"satu\n"}
    model.Session.rollback()
    assert {row.key for row in model.Session.scalars(sa.select(StoredFile))} == before
    after = call_as(lasting_city.producer, "package_show", id=package["id"])
    assert after["resources"] == package["resources"]
    if not first:
        assert bytes_of(package["resources"][0]["id"]) == b"satu\n"


def in_a_process_with_little_room(city: SimpleNamespace, package: dict[str, Any], first: bool) -> dict[str, Any]:
    """Upload 3 MB where the system takes files of at most 1 MB; what the person is told."""
    fork = multiprocessing.get_context("fork")
    told = fork.Queue()

    def process() -> None:
        model.Session.registry.clear()
        model.meta.engine.dispose(close=False)
        upload = uploaded(b"x" * (3 << 20))
        limits.setrlimit(limits.RLIMIT_FSIZE, (1 << 20, 1 << 20))
        try:
            if first:
                call_as(city.producer, "resource_create", package_id=package["id"], name="Besar", upload=upload)
            else:
                call_as(city.producer, "resource_patch", id=package["resources"][0]["id"], upload=upload)
            told.put({})
        except tk.ValidationError as error:
            # What was flushed is gone: a stray commit later in the request saves nothing.
            model.Session.commit()
            told.put(error.error_dict)

    model.Session.remove()
    child = fork.Process(target=process)
    child.start()
    found = told.get(timeout=60)
    child.join(timeout=60)
    return found


def test_a_file_over_the_limit_is_refused_and_leaves_nothing(
    lasting_city: SimpleNamespace, draft: Draft, storage: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rid = draft(b"satu\n")["resources"][0]["id"]
    monkeypatch.setitem(tk.config, "ckan.max_resource_size", 1)
    with pytest.raises(tk.ValidationError):
        replace(lasting_city, rid, b"x" * (12 << 20))
    assert bytes_of(rid) == b"satu\n"
    assert on_disk(storage) == {b"satu\n"}


# -- what nobody needs


def test_bytes_nobody_needs_go_after_their_grace_time_and_no_others(
    lasting_city: SimpleNamespace, draft: Draft, storage: Path
) -> None:
    rid = draft(b"satu\n")["resources"][0]["id"]
    replace(lasting_city, rid, b"dua\n")
    files.collect(dt.timedelta(days=7))
    assert on_disk(storage) == {b"satu\n", b"dua\n"}
    done = files.collect(NO_TIME)
    assert (done.removed, done.bytes) >= (1, 5)
    assert on_disk(storage) == {b"dua\n"}
    assert model.Session.get(StoredFile, rid, populate_existing=True) is None
    again = files.collect(NO_TIME)
    assert again.removed == 0
    assert bytes_of(rid) == b"dua\n"
    # The id is free again, and the next file takes it.
    replace(lasting_city, rid, b"tiga\n")
    assert files.key_of(rid) == rid
    assert bytes_of(rid) == b"tiga\n"


def test_bytes_that_are_needed_again_lose_their_mark(lasting_city: SimpleNamespace, draft: Draft) -> None:
    one, two = (draft(content)["resources"][0]["id"] for content in (b"satu\n", b"dua\n"))
    files.refer(one, two)
    model.Session.commit()
    files.collect(dt.timedelta(days=7))
    assert model.Session.get(StoredFile, one, populate_existing=True).unreferenced_since is not None
    model.Session.execute(sa.delete(FileKey).where(FileKey.resource_id == one))
    model.Session.commit()
    files.collect(NO_TIME)
    assert model.Session.get(StoredFile, one, populate_existing=True).unreferenced_since is None
    assert bytes_of(one) == b"satu\n"


def test_the_collection_passes_over_what_an_open_transaction_holds(lasting_city: SimpleNamespace, draft: Draft) -> None:
    one, two = (draft(content)["resources"][0]["id"] for content in (b"satu\n", b"dua\n"))
    files.refer(two, one)
    model.Session.commit()
    # Nobody needs the bytes of "two" now; somebody is about to.
    keys.hold(two, two)
    assert files.collect(NO_TIME).skipped >= 1
    model.Session.execute(sa.delete(FileKey).where(FileKey.resource_id == two))
    model.Session.commit()
    files.collect(NO_TIME)
    assert bytes_of(two) == b"dua\n"


def test_an_upload_that_was_killed_before_its_commit_is_collected(draft: Draft, storage: Path) -> None:
    draft(b"satu\n")
    upload = uploads.resource_uploader({"upload": uploaded(b"hilang\n")})
    assert upload is not None
    rid = model.Session.scalar(sa.select(model.Resource.id).where(model.Resource.url_type == "upload"))
    upload.upload(rid)
    # Beside the open upload nothing of it is taken away; after the process died everything is.
    files.collect(NO_TIME)
    assert b"hilang\n" in on_disk(storage)
    model.Session.rollback()
    files.collect(NO_TIME)
    assert b"hilang\n" not in on_disk(storage)


def test_files_of_a_deleted_dataset_stay_and_those_of_a_purged_one_go(
    lasting_city: SimpleNamespace, draft: Draft, storage: Path
) -> None:
    package = draft(b"satu\n", b"dua\n")
    files.keep_versions(package)
    model.Session.commit()
    call_as(lasting_city.sysadmin, "package_delete", id=package["id"])
    files.collect(NO_TIME)
    assert on_disk(storage) >= {b"satu\n", b"dua\n"}
    call_as(lasting_city.sysadmin, "dataset_purge", id=package["id"])
    files.collect(NO_TIME)
    assert on_disk(storage) & {b"satu\n", b"dua\n"} == set()
    assert files.versions_of(package["id"]) == []


def test_versions_of_a_file_that_was_taken_out_stay_listed(
    lasting_city: SimpleNamespace, draft: Draft, storage: Path
) -> None:
    package = draft(b"satu\n", b"dua\n")
    files.keep_versions(package)
    model.Session.commit()
    gone = package["resources"][1]["id"]
    call_as(lasting_city.producer, "resource_delete", id=gone)
    # CKAN purges what was taken out with one of the saves after it.
    for title in ("Judul kedua", "Judul ketiga"):
        call_as(lasting_city.producer, "package_patch", id=package["id"], title=title)
    files.collect(NO_TIME)
    assert gone in {version["resource_id"] for version in files.versions_of(package["id"])}
    assert on_disk(storage) >= {b"satu\n", b"dua\n"}
