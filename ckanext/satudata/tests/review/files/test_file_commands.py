"""Files from the command line, and leaving the extension with every file in CKAN's own place."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import sqlalchemy as sa
from ckan import model
from click.testing import CliRunner

from ckanext.satudata import cli
from ckanext.satudata.review.revision import files, uploads
from ckanext.satudata.review.revision.file_model import FileKey
from ckanext.satudata.tests.conftest import call_as

from .conftest import bytes_of, uploaded

pytestmark = pytest.mark.usefixtures("storage")

Draft = Callable[..., dict[str, Any]]


def run(*words: str) -> str:
    done = CliRunner().invoke(cli.satudata, ["files", *words], catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return str(done.output)


def replace(city: SimpleNamespace, resource_id: str, content: bytes) -> None:
    call_as(city.producer, "resource_patch", id=resource_id, upload=uploaded(content))


def plain(resource_id: str) -> bytes:
    """What CKAN without us would serve."""
    return b"".join(uploads.chunks(resource_id))


def test_collecting_says_what_it_did(lasting_city: SimpleNamespace, draft: Draft) -> None:
    rid = draft(b"satu\n")["resources"][0]["id"]
    replace(lasting_city, rid, b"dua\n")
    assert "more wait for their 7 days" in run("collect")
    assert "Removed 0 files" not in run("collect", "--grace-days", "0")
    assert bytes_of(rid) == b"dua\n"


def test_a_version_is_listed_and_let_go_at_once(lasting_city: SimpleNamespace, draft: Draft, storage: Path) -> None:
    package = draft(b"nik\n")
    rid = package["resources"][0]["id"]
    (version,) = files.keep_versions(package)
    vid = version.id
    model.Session.commit()
    replace(lasting_city, rid, b"tanpa nik\n")
    listed = run("versions", package["name"])
    assert vid in listed
    assert "now" not in listed
    assert "its bytes are gone" in run("forget", vid)
    assert "No version is kept" in run("versions", package["name"])
    assert b"nik\n" not in {path.read_bytes() for path in storage.rglob("*") if path.is_file()}
    assert bytes_of(rid) == b"tanpa nik\n"


def test_a_file_that_is_not_there_is_named(lasting_city: SimpleNamespace, draft: Draft) -> None:
    package = draft(b"satu\n", b"dua\n")
    one, two = (resource["id"] for resource in package["resources"])
    replace(lasting_city, two, b"tiga\n")
    assert two not in {resource_id for _name, resource_id in files.lost()}
    uploads.discard(uploads.plain_uploader({}), files.key_of(two))
    done = CliRunner().invoke(cli.satudata, ["files", "check"])
    assert done.exit_code == 1
    assert f"{package['name']}  {two}" in done.output
    assert one not in done.output


def test_leaving_puts_every_file_where_plain_ckan_looks(lasting_city: SimpleNamespace, draft: Draft) -> None:
    # Other tests have had folders of their own.
    model.Session.execute(sa.delete(FileKey))
    live, copy, first, second = (draft(content)["resources"][0]["id"] for content in (b"1\n", b"2\n", b"3\n", b"4\n"))
    replace(lasting_city, live, b"terbit\n")
    files.refer(copy, live)
    # Two that have each other's place.
    model.Session.add_all([FileKey(resource_id=first, key=second), FileKey(resource_id=second, key=first)])
    # And one that waits for the place of another.
    third = draft(b"5\n")["resources"][0]["id"]
    files.refer(third, second)
    model.Session.commit()
    wanted = {rid: bytes_of(rid) for rid in (live, copy, first, second, third)}
    assert list(wanted.values()) == [b"terbit\n", b"terbit\n", b"4\n", b"3\n", b"3\n"]
    assert "5 files stand under the id" in run("settle", "--yes")
    assert {rid: plain(rid) for rid in wanted} == wanted
    assert {rid: bytes_of(rid) for rid in wanted} == wanted
    assert model.Session.scalars(sa.select(FileKey)).all() == []
    assert "0 files stand" in run("settle", "--yes")
