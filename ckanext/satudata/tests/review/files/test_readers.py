"""While files and tables are published again and again, every reader gets one version whole, and no error."""

from __future__ import annotations

import datetime as dt
import json
import multiprocessing
import os
import time
import uuid
from collections import Counter
from types import SimpleNamespace
from typing import Any

import pytest
import sqlalchemy as sa
from ckan import model

from ckanext.datastore.backend import postgres
from ckanext.satudata.review.revision import files, table_parts, tables, uploads
from ckanext.satudata.review.revision.file_model import StoredFile
from ckanext.satudata.tests.conftest import call_as
from ckanext.satudata.tests.factories import submittable
from ckanext.satudata.tests.review.conftest import ROADS

from .conftest import uploaded

#: A long run, for figures: SATUDATA_READERS_SECONDS=120.
SECONDS = float(os.environ.get("SATUDATA_READERS_SECONDS", "4"))
READERS = 3


def file_of(version: int) -> bytes:
    return b"versi\n" + b"%09d\n" % version * 20_000


def rows_of(version: int) -> int:
    return 200 + version % 50


@pytest.fixture
def live(storage: Any, lasting_city: SimpleNamespace) -> tuple[str, str]:
    """A published dataset with an uploaded file and its table; ids of package and resource."""
    city, producer = lasting_city, lasting_city.producer
    package = call_as(producer, "package_create", **submittable(city.kelurahan, resources=[]))
    upload = uploaded(file_of(0))
    resource = call_as(
        producer, "resource_create", package_id=package["id"], name="Berkas", format="CSV", upload=upload
    )
    records = [{"versi": 0, "nama": f"baris {number}"} for number in range(rows_of(0))]
    call_as(producer, "datastore_create", resource_id=resource["id"], force=True, records=records)
    for person, action, data in ROADS["published"]:
        call_as(getattr(city, person), "satudata_review_transition", id=package["id"], action=action, **data)
    return package["id"], resource["id"]


def publish(package_id: str, live_id: str, version: int) -> None:
    """Put a new file and a new table in the place of the live ones, as the publication of a working copy does."""
    copy_id = str(uuid.uuid4())
    tables.copy(live_id, copy_id)
    with postgres.get_write_engine().begin() as connection:
        table = table_parts.quote(copy_id)
        table_parts.run(connection, f"DELETE FROM {table}")
        table_parts.run(
            connection,
            f"INSERT INTO {table} (versi, nama) SELECT {version}, 'baris' FROM generate_series(1, {rows_of(version)})",
        )
    upload = uploads.resource_uploader({"upload": uploaded(file_of(version))})
    assert upload is not None
    upload.upload(copy_id)
    files.refer(live_id, copy_id)
    files.keep_version({"id": live_id, "url": f"{version}.csv", "url_type": "upload"}, package_id, position=version)
    with tables.prepared_swap([(copy_id, live_id)], copy_id) as swap:
        model.Session.commit()
        swap.commit()


def in_process(work: Any) -> None:
    """The parent's connections are the parent's."""
    model.Session.registry.clear()
    model.meta.engine.dispose(close=False)
    for engine in postgres._engines.values():
        engine.dispose(close=False)
    work()


def test_no_reader_gets_a_mixed_file_or_table(live: tuple[str, str], app_once: Any) -> None:
    package_id, live_id = live
    fork = multiprocessing.get_context("fork")
    stop, seen = fork.Event(), fork.Queue()

    def read() -> None:
        client, found = app_once.flask_app.test_client(), Counter[str]()
        while not stop.is_set():
            answer = client.get(f"/dataset/{package_id}/resource/{live_id}/download/data.csv")
            found[f"download {answer.status_code}"] += 1
            lines = set(answer.data.splitlines()) - {b"versi"}
            if answer.status_code == 200 and (len(lines) != 1 or answer.data != file_of(int(lines.pop()))):
                found["mixed file"] += 1
            answer = client.get(f"/api/3/action/datastore_search?resource_id={live_id}&limit=1000")
            found[f"search {answer.status_code}"] += 1
            if answer.status_code != 200:
                found[answer.get_data(as_text=True)[:300]] += 1
                continue
            result = json.loads(answer.data)["result"]
            versions = {record["versi"] for record in result["records"]}
            counts = {len(result["records"]), result["total"], rows_of(int(min(versions, default=0)))}
            if len(versions) != 1 or len(counts) != 1:
                found[f"mixed table {sorted(versions)} {sorted(counts)}"] += 1
        seen.put(dict(found))

    def collect() -> None:
        found = Counter[str]()
        while not stop.is_set():
            found["collected"] += files.collect(dt.timedelta(0)).removed
            time.sleep(0.2)
        seen.put(dict(found))

    model.Session.remove()
    works = [read] * READERS + [collect]
    children = [fork.Process(target=in_process, args=(work,)) for work in works]
    for child in children:
        child.start()
    version, until = 0, time.monotonic() + SECONDS
    while time.monotonic() < until or version < 5:
        version += 1
        publish(package_id, live_id, version)
    stop.set()
    total = sum((Counter(seen.get(timeout=60)) for _ in children), Counter())
    for child in children:
        child.join(timeout=60)
        assert child.exitcode == 0
    print(f"{version} publications in {SECONDS} s; readers: {dict(total)}")
    assert set(total) - {"collected"} == {"download 200", "search 200"}
    assert total["download 200"] > 5
    files.collect(dt.timedelta(0))
    assert len(files.versions_of(package_id)) == min(version + 1, 11)


@pytest.mark.parametrize("point", ["before CKAN's commit", "between both commits", "after both commits"])
def test_a_publication_killed_at_any_point_is_whole_after_the_redo(
    live: tuple[str, str], point: str, app_once: Any
) -> None:
    package_id, live_id = live
    copy_id = str(uuid.uuid4())

    def die() -> None:
        tables.copy(live_id, copy_id)
        with postgres.get_write_engine().begin() as connection:
            table_parts.run(connection, f"UPDATE {table_parts.quote(copy_id)} SET versi = 1")
        upload = uploads.resource_uploader({"upload": uploaded(file_of(1))})
        assert upload is not None
        upload.upload(copy_id)
        files.refer(live_id, copy_id)
        with tables.prepared_swap([(copy_id, live_id)], copy_id) as swap:
            if point != "before CKAN's commit":
                model.Session.commit()
            if point == "after both commits":
                swap.commit()
            os._exit(9)

    fork = multiprocessing.get_context("fork")
    model.Session.remove()
    child = fork.Process(target=in_process, args=(die,))
    child.start()
    child.join(timeout=60)
    assert child.exitcode == 9
    published = point != "before CKAN's commit"
    read = app_once.flask_app.test_client()
    assert read.get(f"/dataset/{package_id}/resource/{live_id}/download/data.csv").data == file_of(int(published))
    # The pending flag stands in CKAN's transaction: only what was committed there is redone.
    if published:
        assert tables.redo([(copy_id, live_id)], copy_id) is (point == "between both commits")
        assert tables.redo([(copy_id, live_id)], copy_id) is False
    found = json.loads(read.get(f"/api/3/action/datastore_search?resource_id={live_id}&limit=1000").data)["result"]
    assert {record["versi"] for record in found["records"]} == {int(published)}
    assert found["total"] == rows_of(0)
    tables.drop([copy_id])
    files.collect(dt.timedelta(0))
    keys = model.Session.scalars(sa.select(StoredFile.key).where(StoredFile.resource_id.in_([live_id, copy_id]))).all()
    # The file of the first publication is kept as a version; what died half-way has left nothing.
    assert set(keys) == {live_id, files.key_of(live_id)}
