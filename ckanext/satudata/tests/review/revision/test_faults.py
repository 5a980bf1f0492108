"""A process that dies or a server that refuses, at every step of publishing: all or nothing, and mended later."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import ckantoolkit as tk
import pytest
from ckan import model

from ckanext.satudata import files
from ckanext.satudata.review.revision import jobs, publishing, steps, tables, writing
from ckanext.satudata.review.revision.model import Revision
from ckanext.satudata.tests.conftest import call_as

from .conftest import CSV, NEW_CSV, go, published, seen, start, upload


class Killed(BaseException):
    """What nothing catches: as if the process had ended here."""


def ready(city: SimpleNamespace) -> tuple[dict[str, Any], str]:
    """Published data with a changed copy that only has to be published."""
    live = published(city)
    copy_id = start(city, live)
    copy = call_as(city.producer, "package_patch", id=copy_id, notes="Versi baru")
    by_name = {resource["name"]: resource["id"] for resource in copy["resources"]}
    call_as(city.producer, "resource_patch", id=by_name["Berkas"], upload=upload(NEW_CSV))
    call_as(
        city.producer, "datastore_upsert", resource_id=by_name["Tabel"], method="insert",
        records=[{"wilayah": "Jati", "jumlah": 3}],
    )  # fmt: skip
    go(city, copy_id, ("producer", "submit"), ("custodian", "forward"))
    return live, copy_id


def version(live: dict[str, Any]) -> tuple[str, bytes, int]:
    """What a reader gets: description, file, number of rows."""
    now = seen(live["id"])
    by_name = {resource["name"]: resource for resource in now["resources"]}
    rows = call_as(None, "datastore_search", resource_id=by_name["Tabel"]["id"])["total"]
    return now["notes"], b"".join(files.chunks(by_name["Berkas"])), rows


OLD = ("Jumlah penduduk kelurahan menurut jenis kelamin pada akhir tahun, dari register warga.", CSV, 2)
NEW = ("Versi baru", NEW_CSV, 3)


def fails(error: BaseException) -> Callable[..., Any]:
    def function(*args: Any, **kwargs: Any) -> Any:
        raise error

    return function


def later(copy_id: str) -> None:
    """Let the sweep find it."""
    model.Session.remove()
    Revision.get(copy_id).pending_since = dt.datetime.utcnow() - dt.timedelta(minutes=5)
    model.Session.commit()
    jobs.finish()
    model.Session.remove()


BEFORE_THE_COMMIT = (
    (writing, "write"),
    (writing, "_write_views"),
    (writing, "check_written"),
    (publishing, "_end_copy"),
    (publishing, "_move"),
    (publishing, "_record"),
    (tables, "_carry_out"),
    (publishing.chain, "append"),
    (publishing.files, "keep_versions"),
)


@pytest.mark.parametrize(("module", "name"), BEFORE_THE_COMMIT, ids=[name for _module, name in BEFORE_THE_COMMIT])
@pytest.mark.parametrize("error", [RuntimeError("refused"), Killed()], ids=["refused", "killed"])
def test_what_fails_before_the_commit_changes_nothing_and_can_be_tried_again(
    lasting_ready: tuple[SimpleNamespace, dict[str, Any], str],
    monkeypatch: pytest.MonkeyPatch,
    module: Any,
    name: str,
    error: BaseException,
) -> None:
    city, live, copy_id = lasting_ready
    before = seen(live["id"])
    with monkeypatch.context() as patched:
        patched.setattr(module, name, fails(error))
        with pytest.raises(type(error)):
            go(city, copy_id, ("custodian", "publish"))
    # A killed process loses its connection; what it had not committed is gone.
    model.Session.remove()
    assert seen(live["id"]) == before
    assert version(live) == OLD
    assert call_as(city.producer, "satudata_review_show", id=copy_id)["state"] == "approved"
    assert Revision.get(copy_id).status == "open"


@pytest.fixture(scope="module")
def lasting_ready(lasting_city: SimpleNamespace, app_once: Any) -> tuple[SimpleNamespace, dict[str, Any], str]:
    """One copy for all the failures that must leave it as it was."""
    with app_once.flask_app.test_request_context("/"):
        live, copy_id = ready(lasting_city)
        model.Session.remove()
    return lasting_city, live, copy_id


def test_a_table_that_stays_busy_is_told_in_words(
    lasting_ready: tuple[SimpleNamespace, dict[str, Any], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    city, live, copy_id = lasting_ready
    table = next(resource["id"] for resource in live["resources"] if resource["name"] == "Tabel")
    monkeypatch.setattr(tables, "PATIENCE_SECONDS", 0.5)
    with tables._engine().connect() as reader:
        reader.exec_driver_sql(f'LOCK TABLE "{table}" IN ACCESS SHARE MODE')
        with pytest.raises(tk.ValidationError, match="in use just now"):
            go(city, copy_id, ("custodian", "publish"))
    assert version(live) == OLD


def test_after_all_those_failures_it_is_published_as_if_nothing_had_been(
    lasting_ready: tuple[SimpleNamespace, dict[str, Any], str],
) -> None:
    city, live, copy_id = lasting_ready
    go(city, copy_id, ("custodian", "publish"))
    assert version(live) == NEW
    assert Revision.get(copy_id).pending == []


@pytest.mark.parametrize("error", [RuntimeError("refused"), Killed()], ids=["refused", "killed"])
def test_a_swap_cut_off_after_the_commit_is_redone(
    lasting_city: SimpleNamespace, monkeypatch: pytest.MonkeyPatch, error: BaseException
) -> None:
    live, copy_id = ready(lasting_city)
    with monkeypatch.context() as patched:
        patched.setattr(tables.Swap, "commit", fails(error))
        patched.setattr(steps, "finish_or_enqueue", lambda copy_id: None)
        try:
            go(lasting_city, copy_id, ("custodian", "publish"))
        except Killed:
            model.Session.remove()
    assert Revision.get(copy_id).pending[0] == "swap"
    assert model.Package.get(live["id"]).notes == "Versi baru"
    later(copy_id)
    assert version(live) == NEW
    assert Revision.get(copy_id).pending == []
    assert model.Package.get(copy_id) is None


def test_a_swap_that_was_committed_and_not_noted_is_not_done_twice(
    lasting_city: SimpleNamespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    live, copy_id = ready(lasting_city)
    with monkeypatch.context() as patched:
        patched.setattr(steps, "done", fails(Killed()))
        with pytest.raises(Killed):
            go(lasting_city, copy_id, ("custodian", "publish"))
    assert version(live)[2] == 3
    later(copy_id)
    assert version(live) == NEW


@pytest.mark.parametrize("step", steps.PUBLISHED)
@pytest.mark.parametrize("when", ["before", "after"])
def test_a_process_killed_at_any_stored_step_leaves_what_a_job_finishes(
    lasting_city: SimpleNamespace, monkeypatch: pytest.MonkeyPatch, step: str, when: str
) -> None:
    live, copy_id = ready(lasting_city)
    real = steps.STEPS[step]

    def dies(revision: Revision) -> None:
        if when == "after":
            real(revision)
        raise Killed

    with monkeypatch.context() as patched:
        patched.setitem(steps.STEPS, step, dies)
        if step == "swap":
            patched.setattr(tables.Swap, "commit", fails(RuntimeError("refused")))
        try:
            go(lasting_city, copy_id, ("custodian", "publish"))
        except Killed:
            model.Session.remove()
    if step == "swap" and when == "after":
        pytest.skip("the real commit is patched away; the case above covers it")
    later(copy_id)
    assert version(live) == NEW
    assert Revision.get(copy_id).pending == []
    assert model.Package.get(copy_id) is None
    found = call_as(None, "package_search", fq=f"id:{live['id']}")["results"]
    assert [row["notes"] for row in found] == ["Versi baru"]


def test_with_the_index_refusing_it_is_published_and_indexed_later(
    lasting_city: SimpleNamespace, ckan_config: Any
) -> None:
    live, copy_id = ready(lasting_city)
    good = tk.config["solr_url"]
    tk.config["solr_url"] = "http://127.0.0.1:9/solr/none"
    try:
        go(lasting_city, copy_id, ("custodian", "publish"))
        assert model.Package.get(live["id"]).notes == "Versi baru"
        assert "index" in Revision.get(copy_id).pending
    finally:
        tk.config["solr_url"] = good
    later(copy_id)
    assert version(live) == NEW
    found = call_as(None, "package_search", fq=f"id:{live['id']}")["results"]
    assert [row["notes"] for row in found] == ["Versi baru"]


def test_tables_of_a_copy_that_could_not_be_copied_at_once_are_copied_later(
    lasting_city: SimpleNamespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    live = published(lasting_city)
    with monkeypatch.context() as patched:
        patched.setattr(tables, "copy", fails(RuntimeError("refused")))
        copy_id = start(lasting_city, live)
    assert Revision.get(copy_id).pending == ["tables"]
    assert seen(live["id"]) == live
    later(copy_id)
    copy = call_as(lasting_city.producer, "package_show", id=copy_id)
    (table,) = [resource for resource in copy["resources"] if resource["name"] == "Tabel"]
    assert call_as(lasting_city.producer, "datastore_search", resource_id=table["id"])["total"] == 2
