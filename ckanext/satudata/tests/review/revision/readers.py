"""Readers who ask again and again while versions are published, and notice when two versions are mixed.

Every part of version ``n`` says ``n``: title, notes, each resource, each line of the file, each row of the table.
"""

from __future__ import annotations

import json
import re
import threading
import time
from collections import Counter
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any
from urllib.parse import urlsplit

from ckanext.satudata.tests.conftest import call_as

from .conftest import go, make, start, upload

#: Takes a path, gives status and body.
Fetch = Callable[[str], tuple[int, bytes]]
ROWS = 40


def file_of(number: int) -> bytes:
    """The file of a version: every line of it says which."""
    return b"versi,nilai\n" + b"".join(b"%d,%d\n" % (number, line) for line in range(ROWS + number))


def rows_of(number: int) -> list[dict[str, Any]]:
    """The rows of a version, their number too."""
    return [{"versi": number, "nilai": line} for line in range(ROWS + number)]


def first(city: SimpleNamespace) -> dict[str, Any]:
    """Version 0, published."""
    package = make(city, title="Versi 0", notes="Versi 0 dari data ini, untuk dibaca berulang-ulang oleh banyak orang.")
    write(city, package, 0)
    go(city, package["id"], ("producer", "submit"), ("custodian", "forward"), ("custodian", "publish"))
    return call_as(None, "package_show", id=package["id"])


def write(city: SimpleNamespace, package: dict[str, Any], number: int) -> None:
    """Make a draft or copy say ``number`` everywhere."""
    changed = {"title": f"Versi {number}", "notes": f"Versi {number} dari data ini, untuk dibaca berulang-ulang."}
    call_as(city.producer, "package_patch", id=package["id"], **changed)
    for resource in package["resources"]:
        patch: dict[str, Any] = {"id": resource["id"], "description": f"Versi {number}"}
        if resource["name"] == "Berkas":
            patch["upload"] = upload(file_of(number))
        call_as(city.producer, "resource_patch", **patch)
        if resource["name"] == "Tabel":
            call_as(city.producer, "datastore_delete", resource_id=resource["id"], force=True)
            call_as(
                city.producer, "datastore_create", resource_id=resource["id"], force=True, records=rows_of(number),
                fields=[{"id": "versi", "type": "int"}, {"id": "nilai", "type": "int"}],
            )  # fmt: skip


def next_version(city: SimpleNamespace, live: dict[str, Any], number: int) -> str:
    """A copy that says ``number``, ready to be published; its id."""
    copy_id = start(city, live)
    write(city, call_as(city.producer, "package_show", id=copy_id), number)
    go(city, copy_id, ("producer", "submit"), ("custodian", "forward"))
    return copy_id


class Readers:
    """Threads that read until they are told to stop."""

    def __init__(self, live: dict[str, Any], fetch: Callable[[], Fetch], threads: int) -> None:
        self.live, self._fetch = live, fetch
        self.reads: Counter[str] = Counter()
        self.mixed: list[str] = []
        self.errors: list[str] = []
        #: How often CKAN had to be asked again; see ``_run``.
        self.again = 0
        self.versions: set[int] = set()
        self._stop = threading.Event()
        self._lock = threading.Lock()
        self._threads = [threading.Thread(target=self._run, args=(place,)) for place in range(threads)]

    def __enter__(self) -> Readers:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join()

    @property
    def total(self) -> int:
        """How many reads there were."""
        return sum(self.reads.values())

    def wait_for(self, reads: int, seconds: float) -> None:
        """Let them read that often, or that long."""
        end = time.monotonic() + seconds
        while self.total < reads and time.monotonic() < end:
            time.sleep(0.05)

    def _run(self, place: int) -> None:
        by_name = {resource["name"]: resource for resource in self.live["resources"]}
        ways: list[tuple[str, str, Callable[[bytes], set[str]]]] = [
            ("show", f"/api/3/action/package_show?id={self.live['id']}", said_by_show),
            ("search", f"/api/3/action/package_search?fq=id:{self.live['id']}", said_by_search),
            ("download", urlsplit(by_name["Berkas"]["url"]).path, said_by_file),
            ("rows", f"/api/3/action/datastore_search?resource_id={by_name['Tabel']['id']}&limit=1000", said_by_rows),
        ]
        fetch, turn = self._fetch(), place
        while not self._stop.is_set():
            name, path, said = ways[turn % len(ways)]
            turn += 1
            try:
                status, body = fetch(path)
                found = said(body) if status == 200 else set()
            except Exception as error:
                status, found, body = 0, set(), repr(error).encode()
            if status == 500 and name == "rows":
                # CKAN 2.12 reads an answer after it has given its connection back (`resource_id_from_alias`): among
                # many threads, one in thousands finds its cursor closed. Asked again, a second time is ours.
                self.again += 1
                status, body = fetch(path)
                found = said(body) if status == 200 else set()
            with self._lock:
                self.reads[name] += 1
                self.versions.update(int(one) for one in found if one.isdigit())
                if status != 200:
                    self.errors.append(f"{name}: {status} {body[:200]!r}")
                elif len(found) != 1:
                    self.mixed.append(f"{name}: {sorted(found)}")


def said_by_show(body: bytes) -> set[str]:
    """Which versions a package speaks of."""
    return _versions(json.loads(body)["result"])


def said_by_search(body: bytes) -> set[str]:
    """Which versions the found package speaks of."""
    return {one for package in json.loads(body)["result"]["results"] for one in _versions(package)}


def _versions(package: dict[str, Any]) -> set[str]:
    texts = [package["title"], package["notes"], *(resource["description"] for resource in package["resources"])]
    return {found.group(1) if (found := re.match(r"Versi (\d+)", text)) else text for text in texts}


def said_by_file(body: bytes) -> set[str]:
    """Which versions a file speaks of, its length included."""
    lines = body.decode().splitlines()[1:]
    return {line.split(",")[0] for line in lines} | {str(len(lines) - ROWS)}


def said_by_rows(body: bytes) -> set[str]:
    """Which versions a table speaks of, its total included."""
    result = json.loads(body)["result"]
    return {str(record["versi"]) for record in result["records"]} | {str(result["total"] - ROWS)}
