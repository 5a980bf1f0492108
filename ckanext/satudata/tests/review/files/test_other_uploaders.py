"""Another plugin that stores files in its own way goes on doing so, under our keys."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import ckantoolkit as tk
import pytest
from ckan import model, plugins
from ckan.exceptions import CkanConfigurationException

from ckanext.example_iuploader import plugin as example
from ckanext.satudata import startup
from ckanext.satudata.review.revision import files
from ckanext.satudata.tests.conftest import call_as

from .conftest import bytes_of, uploaded

Draft = Callable[..., dict[str, Any]]


@pytest.fixture
def other(portal_once: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """CKAN's own example of such a plugin: the classic folder, with names of its own."""
    with plugins.use_plugin("example_iuploader"):
        monkeypatch.setitem(tk.config, "ckan.storage_path", str(tmp_path))
        yield tmp_path / "resources"


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.rglob("*") if path.is_file()}


def test_its_files_are_kept_apart_and_referred_to_like_ours(
    lasting_city: SimpleNamespace, other: Path, draft: Draft
) -> None:
    live, copy = (draft(content)["resources"][0]["id"] for content in (b"terbit\n", b"lama\n"))
    assert all(name.startswith("filename_prefix_") for name in names(other))
    files.refer(copy, live)
    model.Session.commit()
    call_as(lasting_city.producer, "resource_patch", id=copy, upload=uploaded(b"baru\n"))
    assert (bytes_of(copy), bytes_of(live)) == (b"baru\n", b"terbit\n")
    files.refer(live, copy)
    (version,) = files.keep_versions({"id": "p", "resources": [{"id": live, "url_type": "upload", "url": "a.csv"}]})
    model.Session.commit()
    assert b"".join(files.open_version(version.id).chunks) == b"baru\n"
    # It has not said how bytes are removed: they stay.
    before = names(other)
    assert files.collect(dt.timedelta(0)).removed == 0
    assert names(other) == before


def test_one_that_says_how_has_its_bytes_collected(
    lasting_city: SimpleNamespace, other: Path, draft: Draft, monkeypatch: pytest.MonkeyPatch
) -> None:
    def remove(self: Any, key: str) -> None:
        Path(self.get_path(key)).unlink(missing_ok=True)

    monkeypatch.setattr(example.ResourceUpload, "satudata_remove", remove, raising=False)
    rid = draft(b"satu\n")["resources"][0]["id"]
    call_as(lasting_city.producer, "resource_patch", id=rid, upload=uploaded(b"dua\n"))
    assert len(names(other)) == 2
    assert files.collect(dt.timedelta(0)).removed >= 1
    assert len(names(other)) == 1
    assert bytes_of(rid) == b"dua\n"


def test_one_that_stands_before_us_would_hide_the_keys_and_is_refused(
    other: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    startup.check_plugins()
    listed = tk.config["ckan.plugins"]
    monkeypatch.setitem(tk.config, "ckan.plugins", ["example_iuploader", *tk.aslist(listed)])
    with pytest.raises(CkanConfigurationException, match="put 'satudata' before it"):
        startup.check_plugins()
