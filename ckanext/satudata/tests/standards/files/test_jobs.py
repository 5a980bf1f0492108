"""Large files: one job per stored file, progress, a killed worker, and a submission that waits for it."""

from __future__ import annotations

import datetime as dt
import io
import threading
from collections.abc import Iterator
from typing import Any

import ckantoolkit as tk
import pytest
import sqlalchemy as sa
from ckan import model as core
from ckan.common import config
from ckan.lib import jobs as ckan_jobs
from werkzeug.datastructures import FileStorage

from ckanext.satudata.principles import PRINCIPLES
from ckanext.satudata.standards import service as standards
from ckanext.satudata.standards.files import jobs, model, service, stored
from ckanext.satudata.tests.conftest import call_as
from ckanext.satudata.tests.factories import submittable
from ckanext.satudata.tests.standards.files.conftest import add_file

TABLE = "kode_wilayah,periode,nilai\n12.71.10.1001,2024,10\n"


@pytest.fixture(autouse=True)
def all_is_large(lasting_city: Any) -> Iterator[None]:
    """Every file is left to a job, and no job runs unless a test says so."""
    config["satudata.files.wait_mb"] = "0"
    service._recent.clear()
    yield
    config["satudata.files.wait_mb"] = "10"
    for job in ckan_jobs.get_queue().jobs:
        job.delete()


@pytest.fixture
def city(lasting_city: Any) -> Any:
    return lasting_city


def dataset(city: Any, text: str = TABLE, **changes: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    package = call_as(city.producer, "package_create", **submittable(city.kelurahan, resources=[], **changes))
    return package, add_file(city.producer, package["id"], text)


def queued() -> list[str]:
    found = [job for job in ckan_jobs.get_queue().jobs if "file check" in str(job.meta.get("title"))]
    return [job.args[0] for job in found]


def identity(resource: dict[str, Any]) -> str:
    file = stored.find(resource)
    assert file is not None
    return file.identity


def ids(city: Any, package: dict[str, Any]) -> dict[str, str]:
    found = call_as(city.producer, "satudata_submission_check", id=package["id"])["findings"]
    return {each["id"]: each["severity"] for each in found if each["id"].startswith(("files.check", "table"))}


def age(resource: dict[str, Any], **values: Any) -> None:
    with core.meta.engine.begin() as connection:
        query = sa.update(model.table).where(model.table.c.identity == identity(resource))
        connection.execute(query.values(**values))


def ago(minutes: int) -> dt.datetime:
    return dt.datetime.utcnow() - dt.timedelta(minutes=minutes)


def status(city: Any, resource: dict[str, Any]) -> dict[str, Any]:
    return call_as(city.producer, "satudata_file_check", id=resource["id"])


def test_a_large_file_is_left_to_one_job_whoever_asks_how_often(city: Any) -> None:
    package, resource = dataset(city)
    before = len(queued())
    threads = [threading.Thread(target=lambda: service.check_of(resource)) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert status(city, resource)["status"] == "waiting"
    assert queued().count(identity(resource)) + before >= 1 and queued().count(identity(resource)) == 1
    assert ids(city, package) == {"files.check.running": "error"}


def test_submission_is_refused_while_a_file_is_being_checked_and_passes_afterwards(city: Any) -> None:
    package, resource = dataset(city)
    with pytest.raises(tk.ValidationError) as refused:
        call_as(city.producer, "satudata_review_transition", id=package["id"], action="submit")
    assert "still being checked" in str(refused.value.error_dict)
    jobs.run(identity(resource))
    assert status(city, resource)["status"] == "done"
    call_as(city.producer, "satudata_review_transition", id=package["id"], action="submit")
    assert call_as(city.producer, "satudata_review_show", id=package["id"])["state"] == "submitted"


def test_what_the_job_finds_is_said_like_anything_else(city: Any) -> None:
    package, resource = dataset(city, "a,a\n1,2\n")
    service.check_of(resource)
    jobs.run(identity(resource))
    assert ids(city, package) == {"table.shape.doubled": "error"}


def test_a_portal_without_a_worker_warns_and_lets_pass(city: Any) -> None:
    package, resource = dataset(city)
    service.check_of(resource)
    age(resource, created_at=ago(30))
    assert ids(city, package) == {"files.check.failed": "warning"}
    assert status(city, resource)["unattended"] is True
    call_as(city.producer, "satudata_review_transition", id=package["id"], action="submit")


def test_a_job_runs_once_although_it_is_queued_twice(city: Any) -> None:
    _package, resource = dataset(city)
    service.check_of(resource)
    assert [jobs.run(identity(resource)) for _ in range(2)] == [True, False]


def test_the_sweep_takes_up_what_a_killed_worker_left(city: Any) -> None:
    _package, resource = dataset(city)
    service.check_of(resource)
    assert model.begin(identity(resource))
    assert service.sweep() == 0  # it runs: nobody takes it away
    age(resource, touched_at=ago(10))
    assert service.sweep() == 1
    assert status(city, resource)["status"] == "done"


def test_the_sweep_takes_up_what_was_lost_with_redis(city: Any) -> None:
    _package, resource = dataset(city)
    service.check_of(resource)
    age(resource, touched_at=ago(3))
    assert service.sweep() == 1 and status(city, resource)["status"] == "done"


def test_a_file_that_kills_its_worker_is_given_up_and_can_be_checked_again(city: Any) -> None:
    package, resource = dataset(city)
    service.check_of(resource)
    age(resource, status="running", attempts=model.MOST_ATTEMPTS, touched_at=ago(10))
    service.sweep()
    assert status(city, resource)["status"] == "failed"
    assert ids(city, package) == {"files.check.failed": "warning"}
    assert call_as(city.producer, "satudata_file_check_again", id=resource["id"])["status"] == "waiting"


def test_a_file_replaced_while_it_waited_is_checked_as_what_it_is_now(city: Any) -> None:
    package, resource = dataset(city)
    service.check_of(resource)
    old = identity(resource)
    new = FileStorage(io.BytesIO(b"a,a\n1,2\n"), filename="tabel.csv")
    resource = call_as(city.producer, "resource_patch", id=resource["id"], upload=new)
    assert identity(resource) != old and jobs.run(old) is False and model.find(old) is None
    service.check_of(resource)
    jobs.run(identity(resource))
    assert ids(city, package) == {"table.shape.doubled": "error"}


def test_progress_is_noted_while_it_runs(city: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    _package, resource = dataset(city)
    service.check_of(resource)
    monkeypatch.setattr(jobs, "_NOTED_EVERY", 0.0)
    noted: list[float] = []
    note = model.note

    def noting(identity: Any, **values: Any) -> Any:
        noted.append(values.get("progress", 0.0))
        return note(identity, **values)

    monkeypatch.setattr(model, "note", noting)
    jobs.run(identity(resource))
    assert noted[-1] == 1.0 and len(noted) > 1


def published_and_revised(city: Any, text: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """The resource of a published dataset, and the working copy of that dataset."""
    package, resource = dataset(city, text)
    service.check_of(resource)
    jobs.run(identity(resource))
    conform = dict.fromkeys(PRINCIPLES, True)
    for person, action, more in (
        (city.producer, "submit", {}),
        (city.custodian, "forward", {"principle_results": conform}),
        (city.custodian, "publish", {}),
    ):
        call_as(person, "satudata_review_transition", id=package["id"], action=action, **more)
    revision = call_as(
        city.producer, "satudata_revision_start", id=package["id"], change_kind="koreksi", public_note="x"
    )
    return resource, call_as(city.producer, "package_show", id=revision["revision_id"])


def test_a_copy_by_reference_shares_the_facts_of_its_file(city: Any) -> None:
    resource, copy = published_and_revised(city, TABLE)
    mirrored = copy["resources"][0]
    assert mirrored["id"] != resource["id"] and identity(mirrored) == identity(resource)
    assert service.check_of(mirrored).status == "done" and queued().count(identity(mirrored)) == 1


def test_a_figure_far_from_the_published_one_asks_for_a_word(city: Any) -> None:
    _resource, copy = published_and_revised(city, "kode_wilayah,periode,nilai\n12.71.10.1001,2024,1000\n")
    new = FileStorage(io.BytesIO(b"kode_wilayah,periode,nilai\n12.71.10.1001,2024,100\n"), filename="t.csv")
    resource = call_as(city.producer, "resource_patch", id=copy["resources"][0]["id"], upload=new)
    service.check_of(resource)
    jobs.run(identity(resource))
    assert ids(city, copy).get("table.jumps.published") == "warning"
    call_as(city.producer, "package_patch", id=copy["id"], catatan_perubahan="Dua RT pindah ke kelurahan lain.")
    assert "table.jumps.published" not in ids(city, copy)


def test_old_facts_are_removed_and_found_again(city: Any) -> None:
    _package, resource = dataset(city)
    service.check_of(resource)
    jobs.run(identity(resource))
    service._recent.clear()
    age(resource, used_at=dt.datetime.utcnow() - dt.timedelta(days=90))
    assert service.remove_unused() >= 1 and model.find(identity(resource)) is None
    assert service.check_of(resource).status == "waiting"


def test_facts_of_an_older_version_of_the_checks_are_found_anew(city: Any) -> None:
    _package, resource = dataset(city)
    service.check_of(resource)
    age(resource, status="done", facts={"version": 0})
    assert service.check_of(resource).status == "waiting"


@pytest.mark.parametrize("person", ["stranger", "neighbour", "planner"])
def test_others_learn_nothing_of_a_file(city: Any, person: str) -> None:
    _package, resource = dataset(city)
    user = getattr(city, person)
    try:
        call_as(user, "satudata_submission_check", id=resource["package_id"])
    except tk.NotAuthorized:
        for action in ("satudata_file_check", "satudata_file_check_again"):
            with pytest.raises(tk.NotAuthorized):
                call_as(user, action, id=resource["id"])
    else:
        call_as(user, "satudata_file_check", id=resource["id"])


def test_a_wrong_question_is_refused_by_name(city: Any) -> None:
    with pytest.raises(tk.ValidationError) as refused:
        call_as(city.producer, "satudata_file_check", id="x", berkas="y")
    assert list(refused.value.error_dict) == ["berkas"]
    with pytest.raises(tk.ValidationError):
        call_as(city.producer, "satudata_file_check")
    with pytest.raises(tk.ObjectNotFound):
        call_as(city.producer, "satudata_file_check", id="tidak-ada")


def test_the_page_says_how_far_it_is_and_checks_again(city: Any, app_once: Any, as_user: Any) -> None:
    package, resource = dataset(city)
    service.check_of(resource)
    headers = as_user(city.producer)
    address = f"/satudata/files/{resource['id']}/check"
    assert "The file is being checked; the page may be closed." in app_once.get(address, headers=headers).body
    form = app_once.get(f"/dataset/edit/{package['name']}", headers=headers)
    assert f'id="satudata-check-{resource["id"]}"' in form.body
    part = app_once.get(address, headers={**headers, "HX-Request": "true"})
    assert "hx-trigger" in part.body and "<html" not in part.body
    jobs.run(identity(resource))
    part = app_once.get(address, headers={**headers, "HX-Request": "true"})
    assert "hx-trigger" not in part.body
    app_once.post(address, headers=headers, status=302, follow_redirects=False)
    assert status(city, resource)["status"] == "waiting"
    assert app_once.get(address, headers=as_user(city.stranger), status=404)


def test_texts_of_the_check_are_kept_when_the_check_runs_without_files(city: Any) -> None:
    package, _resource = dataset(city)
    shown = call_as(city.producer, "package_show", id=package["id"])
    assert not [f for f in standards.check(shown, with_files=False)["findings"] if f["id"].startswith("files.check")]
