"""Files of earlier publications are kept, listed and readable for as long as the option says."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import ckantoolkit as tk
import pytest
import sqlalchemy as sa
from ckan import model
from ckan.exceptions import CkanConfigurationException

from ckanext.satudata import config
from ckanext.satudata.review.revision import files
from ckanext.satudata.review.revision.file_model import StoredFile
from ckanext.satudata.tests.conftest import call_as

from .conftest import bytes_of, uploaded

# Which storage holds the bytes makes no difference here; test_file_keys.py tries both.
pytestmark = [pytest.mark.usefixtures("storage"), pytest.mark.parametrize("storage", ["classic"], indirect=True)]

Draft = Callable[..., dict[str, Any]]
NO_TIME = dt.timedelta(0)
#: Publications of one file, a month apart.
MONTHS = [b"januari\n", b"februari\n", b"maret\n", b"april\n"]


@pytest.fixture
def published(lasting_city: SimpleNamespace, draft: Draft) -> dict[str, Any]:
    """One file, published four times."""
    package = draft(MONTHS[0])
    rid = package["resources"][0]["id"]
    for month, content in enumerate(MONTHS, 1):
        if month > 1:
            call_as(lasting_city.producer, "resource_patch", id=rid, upload=uploaded(content, f"bulan-{month}.csv"))
        package = call_as(lasting_city.producer, "package_show", id=package["id"])
        files.keep_versions(package, published_at=a_year_ago(month), position=month)
        model.Session.commit()
    return package


def a_year_ago(month: int) -> dt.datetime:
    return dt.datetime.utcnow() - dt.timedelta(days=365 - 30 * month)


def contents(package: dict[str, Any]) -> list[bytes]:
    versions = files.versions_of(package["id"])
    return [b"".join(files.open_version(version["id"]).chunks) for version in versions]


def test_every_published_file_is_listed_and_readable_newest_first(published: dict[str, Any]) -> None:
    files.collect(NO_TIME)
    versions = files.versions_of(published["id"])
    assert contents(published) == MONTHS[::-1]
    assert [version["filename"] for version in versions] == ["bulan-4.csv", "bulan-3.csv", "bulan-2.csv", "data.csv"]
    assert [version["current"] for version in versions] == [True, False, False, False]
    assert [version["position"] for version in versions] == [4, 3, 2, 1]
    for version, content in zip(versions, reversed(MONTHS), strict=True):
        assert version["sha256"] == hashlib.sha256(content).hexdigest()
        assert version["size"] == len(content)
        assert version["name"] == "Berkas"
        assert version["resource_id"] == published["resources"][0]["id"]


def test_the_same_file_published_again_is_one_version(published: dict[str, Any]) -> None:
    (again,) = files.keep_versions(published, position=5)
    model.Session.commit()
    assert again.position == 4
    assert len(files.versions_of(published["id"])) == 4


def test_digest_and_size_are_computed_where_nobody_noted_them(published: dict[str, Any]) -> None:
    files.forget_version(files.versions_of(published["id"])[0]["id"])
    model.Session.execute(sa.delete(StoredFile).where(StoredFile.key == files.key_of(published["resources"][0]["id"])))
    model.Session.commit()
    (kept,) = files.keep_versions(published)
    assert (kept.size, kept.sha256) == (len(MONTHS[-1]), hashlib.sha256(MONTHS[-1]).hexdigest())
    model.Session.commit()


def test_a_link_and_a_lost_file_have_no_version(draft: Draft, published: dict[str, Any]) -> None:
    link = {"id": "tautan", "url": "https://example.com/a.csv", "url_type": ""}
    lost = {"id": "00000000-hilang", "url": "hilang.csv", "url_type": "upload"}
    assert files.keep_versions({"id": published["id"], "resources": [link, lost]}) == []
    model.Session.rollback()


@pytest.mark.parametrize(
    ("option", "left"),
    [("all", 4), ("2", 3), ("0", 0), ("none", 0), ("280d", 3), ("10d", 1)],
)
def test_as_many_older_versions_stay_as_the_option_says(
    published: dict[str, Any], monkeypatch: pytest.MonkeyPatch, storage: Path, option: str, left: int
) -> None:
    monkeypatch.setitem(tk.config, "satudata.review.keep_versions", option)
    files.collect(NO_TIME)
    assert contents(published) == MONTHS[::-1][:left]
    # What readers get now is never taken away.
    assert bytes_of(published["resources"][0]["id"]) == MONTHS[-1]
    stored = {path.read_bytes() for path in storage.rglob("*") if path.is_file()}
    assert stored == set(MONTHS[::-1][: max(left, 1)])


def test_a_version_with_personal_data_can_be_let_go(published: dict[str, Any], storage: Path) -> None:
    (version,) = [each for each in files.versions_of(published["id"]) if each["position"] == 2]
    assert files.forget_version(version["id"])
    model.Session.commit()
    assert not files.forget_version(version["id"])
    files.collect(NO_TIME)
    assert contents(published) == [MONTHS[3], MONTHS[2], MONTHS[0]]
    assert MONTHS[1] not in {path.read_bytes() for path in storage.rglob("*") if path.is_file()}
    with pytest.raises(tk.ObjectNotFound):
        files.open_version(version["id"])


def test_an_option_that_says_nothing_known_is_named_with_what_it_may_be(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(tk.config, "satudata.review.keep_versions", "sepuluh")
    with pytest.raises(CkanConfigurationException, match=r"satudata\.review\.keep_versions: 'sepuluh'.*365d"):
        config.keep_versions()
