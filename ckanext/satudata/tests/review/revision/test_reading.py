"""Readers while versions are published: each gets one version whole. The benchmark does it 10,000 times."""

from __future__ import annotations

import contextlib
import http.client
import os
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from urllib.parse import urlsplit

import pytest
from ckan import model

from ckanext.satudata.tests.story import live as server

from .conftest import go
from .readers import Fetch, Readers, first, next_version

#: How many reads; with more than a few hundred they go over HTTP to a portal of its own.
READS = int(os.environ.get("SATUDATA_READS", "200"))


@contextlib.contextmanager
def portal(app_once: Any, directory: Path) -> Iterator[Any]:
    """What gives each reader a way to ask."""

    def within() -> Fetch:
        client = app_once.flask_app.test_client()

        def get(path: str) -> tuple[int, bytes]:
            answer = client.get(path)
            return answer.status_code, answer.get_data()

        return get

    if READS < 1000:
        yield within
        return
    with server.serve(directory) as running:
        address = urlsplit(running.url)

        def over_http() -> Fetch:
            def get(path: str) -> tuple[int, bytes]:
                connection = http.client.HTTPConnection(address.hostname or "", address.port, timeout=60)
                try:
                    connection.request("GET", path)
                    answer = connection.getresponse()
                    return answer.status, answer.read()
                finally:
                    connection.close()

            return get

        try:
            yield over_http
        finally:
            (directory / "kept.log").write_text(running.log.read_text())


def test_anonymous_reads_during_publishing_are_never_mixed(
    lasting_city: SimpleNamespace, app_once: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    live = first(lasting_city)
    number = 0
    model.Session.commit()
    with portal(app_once, tmp_path) as fetch, Readers(live, fetch, threads=4) as readers:
        while readers.total < READS or number < 2:
            number += 1
            go(lasting_city, next_version(lasting_city, live, number), ("custodian", "publish"))
            model.Session.commit()
            readers.wait_for(readers.total + 20, seconds=5)
    with capsys.disabled():
        if READS >= 1000:
            told = f"{readers.total} reads {dict(readers.reads)} during {number} publications"
            print(f"\n{told}: {len(readers.mixed)} mixed {readers.mixed[:5]}")
            told = f"{readers.again} asked again, {len(readers.errors)} errors {readers.errors[:5]}"
            print(f"{told}; log: {tmp_path / 'kept.log'}")
    assert readers.mixed == []
    assert readers.errors == []
    assert set(readers.reads) == {"show", "search", "download", "rows"}
    assert len(readers.versions) > 1 and max(readers.versions) <= number
