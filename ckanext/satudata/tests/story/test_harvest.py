"""The harvester's sentence: "I call the CKAN API I already know; I get exactly what is published".

Once by CKAN's own API, once by the harvest view, of which a portal without our schema takes every field.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import ckanapi
import pytest
import sqlalchemy as sa
from ckantoolkit import config
from sqlalchemy.engine import make_url

from ckanext.satudata.review.transitions import STATES
from ckanext.satudata.tests.conftest import call_as
from ckanext.satudata.tests.review.conftest import build_city, walk_to, with_support
from ckanext.satudata.tests.story import live

SCHEMA = "satudata_consumer"
INI = """\
[app:main]
use = egg:ckan
testing = true
SECRET_KEY = only-for-tests
WTF_CSRF_SECRET_KEY = only-for-tests
api_token.jwt.encode.secret = string:only-for-tests-only-for-tests-only-for-tests
api_token.jwt.decode.secret = string:only-for-tests-only-for-tests-only-for-tests
ckan.site_id = {schema}
ckan.site_url = http://consumer.example
ckan.plugins = harvest ckan_harvester
ckan.storage_path = {storage}
ckan.harvest.mq.type = redis
sqlalchemy.url = {database}
solr_url = {solr}
ckan.redis.url = {redis}
"""


@pytest.fixture(scope="module")
def city(clean_once: None) -> SimpleNamespace:
    """Three published datasets, one more that is published but not open, and one in every other state."""
    made = with_support(build_city())
    made.published = {walk_to(made, "published")["id"] for _ in range(3)}
    made.closed = [walk_to(made, "published", accesslevel="tertutup")["id"]]
    made.closed += [walk_to(made, state)["id"] for state in STATES if state != "published"]
    return made


@pytest.fixture(scope="module")
def portal(city: SimpleNamespace, tmp_path_factory: pytest.TempPathFactory) -> Iterator[live.LivePortal]:
    with live.serve(tmp_path_factory.mktemp("live")) as running:
        yield running


@pytest.fixture(scope="module")
def consumer(portal: live.LivePortal, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[str], Any]]:
    """Tell the other portal to do something; what it answers.

    It shares the servers of the test and nothing else: a schema of its own in the database, and in the index a
    site of its own (CKAN never looks at documents of another site).
    """
    directory = tmp_path_factory.mktemp("consumer")
    database = make_url(live.database_url())
    values = {
        "schema": SCHEMA,
        "storage": str(directory),
        "database": database.difference_update_query(["options"]).render_as_string(hide_password=False),
        "solr": config["solr_url"],
        "redis": config["ckan.redis.url"],
    }
    ini = directory / "consumer.ini"
    ini.write_text(INI.format(**{key: str(value).replace("%", "%%") for key, value in values.items()}))
    engine = sa.create_engine(database)
    _empty(engine)
    process = subprocess.Popen(
        [sys.executable, str(Path(__file__).with_name("consumer.py")), str(ini), portal.url],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=(directory / "log").open("w"),
        text=True,
        env={
            **{key: value for key, value in os.environ.items() if not key.startswith("CKAN_")},
            "PGOPTIONS": f"-c search_path={SCHEMA}",
        },
    )
    # It answers in a second or two; a process that hangs ends here, and readline then gives nothing.
    watch = threading.Timer(160, process.kill)
    watch.start()

    def answer() -> Any:
        assert process.stdout
        line = process.stdout.readline()
        assert line, (directory / "log").read_text()[-4000:]
        return json.loads(line)

    def tell(command: str) -> Any:
        assert process.stdin
        process.stdin.write(command + "\n")
        process.stdin.flush()
        return answer()

    try:
        answer()
        yield tell
    finally:
        watch.cancel()
        process.kill()
        process.wait()
        _empty(engine, again=False)


def _empty(engine: sa.Engine, again: bool = True) -> None:
    """Remove the other portal, in database and index."""
    from ckan.lib.search.common import make_connection

    with engine.begin() as connection:
        connection.execute(sa.text(f"DROP SCHEMA IF EXISTS {SCHEMA} CASCADE"))
        if again:
            connection.execute(sa.text(f"CREATE SCHEMA {SCHEMA}"))
    make_connection().delete(q=f"site_id:{SCHEMA}", commit=True)
    if not again:
        engine.dispose()


def test_a_harvester_takes_exactly_what_is_published_and_goes_on_without_error(
    city: SimpleNamespace, consumer: Callable[[str], Any]
) -> None:
    first = consumer("harvest")
    assert first["status"] == "Finished"
    assert first["stats"] == {"added": 3, "updated": 0, "not modified": 0, "errored": 0, "deleted": 0}, first
    taken = consumer("list")
    assert set(taken) == city.published
    assert not set(taken) & set(city.closed)
    for package_id, copy in taken.items():
        ours = call_as(None, "package_show", id=package_id)
        for key in ("name", "title", "notes", "license_id"):
            assert copy[key] == ours[key]
        assert [tag["name"] for tag in copy["tags"]] == [tag["name"] for tag in ours["tags"]]
        assert [resource["id"] for resource in copy["resources"]] == [resource["id"] for resource in ours["resources"]]

    again = consumer("harvest")
    assert again["stats"] == {"added": 0, "updated": 0, "not modified": 3, "errored": 0, "deleted": 0}, again

    newcomer = walk_to(city, "approved")["id"]
    unchanged = consumer("harvest")
    assert unchanged["stats"]["added"] == 0, "approved is not published"
    call_as(city.custodian, "satudata_review_transition", id=newcomer, action="publish")
    gone = min(city.published)
    call_as(city.custodian, "satudata_review_transition", id=gone, action="unpublish", comment="Salah berkas")
    moved = consumer("harvest")
    assert moved["status"] == "Finished"
    assert moved["stats"]["added"] == 1 and moved["stats"]["errored"] == 0, moved
    # What went away stays with a harvester of this kind: it asks only for what is there.
    assert set(consumer("list")) == city.published | {newcomer}


def test_a_portal_without_our_schema_takes_every_field_from_the_harvest_view(
    city: SimpleNamespace, portal: live.LivePortal, consumer: Callable[[str], Any]
) -> None:
    limited = walk_to(city, "published", accesslevel="terbatas", title="Rumah tangga rentan")["id"]
    activity = walk_to(city, "published", type="kegiatan", title="Survei rumah tangga")["id"]
    view = f"{portal.url}/satudata/harvest/all"
    with urllib.request.urlopen(f"{view}/api/3/action/package_search?rows=100&sort=id%20asc") as answer:
        records = {one["id"]: one for one in json.load(answer)["result"]["results"]}
    assert {limited, activity} < set(records) and not set(records) & set(city.closed)

    # ckanapi sends everything by POST, to /api/action/, with a token where it has one.
    script = ckanapi.RemoteCKAN(view, apikey="no-such-token")
    assert script.action.package_search(rows=100, sort="id asc")["results"] == list(records.values())
    assert script.action.package_show(id=limited) == records[limited]
    with pytest.raises(ckanapi.NotFound):
        script.action.package_show(id=city.closed[0])
    with pytest.raises(ckanapi.ValidationError):
        script.action.package_search(fl="id")

    assert consumer(f"source {view}") == {}
    first = consumer("harvest")
    assert first["status"] == "Finished"
    nothing = {"updated": 0, "not modified": 0, "errored": 0, "deleted": 0}
    assert first["stats"] == {**nothing, "added": len(records)}, first
    taken = consumer("list")
    assert set(taken) == set(records)
    for package_id, record in records.items():
        copy = taken[package_id]
        assert copy["type"] == "dataset"
        for key in ("name", "title", "notes", "license_id", "maintainer", "maintainer_email", "metadata_modified"):
            assert copy[key] == record[key], key
        ours = {(item["key"], item["value"]) for item in record["extras"]}
        theirs = {(item["key"], item["value"]) for item in copy["extras"]}
        assert ours <= theirs and all(key.startswith("harvest_") for key, _value in theirs - ours)
        assert [one["url"] for one in copy["resources"]] == [one["url"] for one in record["resources"]]
    assert taken[limited]["resources"] == []
    assert ("satudata_type", "kegiatan") in {(item["key"], item["value"]) for item in taken[activity]["extras"]}

    again = consumer("harvest")
    assert again["stats"] == {**nothing, "added": 0, "not modified": len(records)}, again
    call_as(city.planner, "satudata_priority_set", id=max(city.published), prioritas_daerah_tahun="2026")
    moved = consumer("harvest")
    assert moved["stats"] == {**nothing, "added": 0, "updated": 1, "not modified": len(records) - 1}, moved
