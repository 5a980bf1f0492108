"""Programs act under a named policy: harvested datasets, xloader, and commands; none passes for want of a request."""

from __future__ import annotations

import http.server
import logging
import threading
import uuid
from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any

import ckantoolkit as tk
import pytest
import sqlalchemy as sa
from ckan import model, plugins
from ckan.cli.cli import ckan
from ckan.cli.db import _run_migrations
from ckan.tests import factories, helpers

from ckanext.satudata.review.model import Review
from ckanext.satudata.tests.conftest import call_as
from ckanext.satudata.tests.factories import submittable
from ckanext.satudata.tests.review.conftest import walk_to


@pytest.fixture(scope="module")
def harvest(lasting_city: SimpleNamespace) -> Iterator[None]:
    """The real ckanext-harvest beside us."""
    plugins.load("harvest", "ckan_harvester")
    _run_migrations("harvest", "head", True)
    yield
    model.Session.rollback()
    for name in ("harvest_object_extra", "harvest_object", "harvest_job", "harvest_source"):
        model.Session.execute(sa.text(f"DELETE FROM {name}"))
    model.Session.commit()
    for name in ("ckan_harvester", "harvest"):
        # A command of the tests loads anew what the configuration names, and nothing else.
        if plugins.plugin_loaded(name):
            plugins.unload(name)


class Source:
    """A harvest source with a job, and what its harvester does with one dataset."""

    def __init__(self, city: SimpleNamespace, name: str) -> None:
        from ckanext.harvest.model import HarvestJob, HarvestSource

        made = call_as(
            city.sysadmin, "harvest_source_create", name=name, title=name, url=f"http://127.0.0.1:9/{name}",
            source_type="ckan", owner_org=city.kelurahan["id"],
        )  # fmt: skip
        self.id, self.name = made["id"], name
        job = HarvestJob(source=HarvestSource.get(self.id))
        model.Session.add(job)
        model.Session.commit()
        self.job_id = job.id

    def bring(self, package: dict[str, Any], content: str = "") -> bool | None:
        """Import a dataset by ckanext-harvest's own code, as its import stage does."""
        from ckanext.harvest.harvesters import CKANHarvester
        from ckanext.harvest.model import HarvestJob, HarvestObject

        harvester = CKANHarvester()
        harvester.config = {}
        found = HarvestObject(
            guid=package["id"], job=HarvestJob.get(self.job_id), content=content or f"isi {package['id']}"
        )
        found.save()
        self.object_id = found.id
        return harvester._create_or_update_package(dict(package), found, "package_show")

    def errors(self) -> str:
        """What the harvester noted about its last object."""
        from ckanext.harvest.model import HarvestObjectError

        found = model.Session.query(HarvestObjectError).filter_by(harvest_object_id=self.object_id)
        return " ".join(one.message for one in found)


@pytest.fixture(scope="module")
def province(lasting_city: SimpleNamespace, harvest: None) -> Source:
    return Source(lasting_city, "provinsi")


@pytest.fixture(scope="module")
def portal_lama(lasting_city: SimpleNamespace, harvest: None) -> Source:
    return Source(lasting_city, "portal-lama")


def package_of(city: SimpleNamespace, **changes: Any) -> dict[str, Any]:
    return submittable(city.kelurahan, id=str(uuid.uuid4()), **changes)


def events(city: SimpleNamespace, package_id: str) -> list[tuple[str, str | None]]:
    found = call_as(city.sysadmin, "satudata_review_history", id=package_id, limit=100)["results"]
    return [(event["action"], event["program"]) for event in found]


def test_what_a_harvester_brings_is_published_under_the_name_of_its_policy(
    lasting_city: SimpleNamespace, province: Source
) -> None:
    city, package = lasting_city, package_of(lasting_city)
    assert province.bring(package) is True
    assert call_as(None, "package_show", id=package["id"])["private"] is False
    assert Review.get(package["id"]).state == "published"
    assert events(city, package["id"]) == [("harvest", "harvest:publish:provinsi")]
    assert province.bring({**package, "notes": "Versi baru dari sumbernya."}) is True
    assert call_as(None, "package_show", id=package["id"])["notes"] == "Versi baru dari sumbernya."
    assert events(city, package["id"])[-1] == ("harvest", "harvest:publish:provinsi")
    with pytest.raises(tk.NotAuthorized):
        call_as(city.producer, "package_patch", id=package["id"], notes="oleh orang")


def test_what_its_source_no_longer_has_goes_the_way_it_came(lasting_city: SimpleNamespace, province: Source) -> None:
    city, package = lasting_city, package_of(lasting_city)
    province.bring(package)
    for person in (city.producer, city.sysadmin):
        with pytest.raises(tk.NotAuthorized):
            call_as(person, "package_delete", id=package["id"])
        model.Session.rollback()
    site_user = helpers.call_action("get_site_user", {"ignore_auth": True})
    tk.get_action("package_delete")({"user": site_user["name"], "ignore_auth": True}, {"id": package["id"]})
    assert model.Package.get(package["id"]).state == "deleted"
    assert events(city, package["id"])[-1] == ("delete", "harvest:publish:provinsi")


@pytest.mark.parametrize("option", ["satudata.review.harvested_sources", "satudata.review.harvested"])
def test_a_source_or_all_of_them_may_be_under_review(
    lasting_city: SimpleNamespace, portal_lama: Source, ckan_config: Any, option: str
) -> None:
    city, package = lasting_city, package_of(lasting_city, private=False)
    ckan_config[option] = "review" if option.endswith("harvested") else "portal-lama=review provinsi=publish"
    assert portal_lama.bring(package) is True
    assert Review.get(package["id"]).state == "draft"
    assert events(city, package["id"]) == [("harvest", "harvest:review:portal-lama")]
    with pytest.raises(tk.NotAuthorized):
        call_as(None, "package_show", id=package["id"])
    assert portal_lama.bring({**package, "notes": "Masih draf."}) is True
    assert events(city, package["id"])[-1] == ("harvest", "harvest:review:portal-lama")
    call_as(city.producer, "satudata_review_transition", id=package["id"], action="submit")
    assert portal_lama.bring({**package, "notes": "Sesudah diajukan."}) is None
    assert "closed to changes" in portal_lama.errors()
    assert call_as(city.custodian, "package_show", id=package["id"])["notes"] == "Masih draf."


def test_when_a_source_comes_under_review_what_it_published_stays_as_it_is(
    lasting_city: SimpleNamespace, province: Source, ckan_config: Any
) -> None:
    package = package_of(lasting_city)
    province.bring(package)
    ckan_config["satudata.review.harvested_sources"] = f"{province.id}=review"
    assert province.bring({**package, "notes": "Tanpa pemeriksaan."}) is None
    assert call_as(None, "package_show", id=package["id"])["notes"] == package["notes"]


def test_a_second_source_under_review_cannot_change_what_the_first_published(
    lasting_city: SimpleNamespace, province: Source, portal_lama: Source, ckan_config: Any
) -> None:
    package = package_of(lasting_city)
    province.bring(package)
    ckan_config["satudata.review.harvested_sources"] = "portal-lama=review"
    assert portal_lama.bring({**package, "notes": "Dari sumber lain."}) is None
    assert call_as(None, "package_show", id=package["id"])["notes"] == package["notes"]


def test_an_editor_makes_no_source_that_publishes_unseen(
    lasting_city: SimpleNamespace, province: Source, portal_lama: Source, ckan_config: Any
) -> None:
    city = lasting_city
    source = {"url": "http://127.0.0.1:9/x", "source_type": "ckan", "owner_org": city.kelurahan["id"], "title": "X"}
    ckan_config["satudata.review.harvested_sources"] = "portal-lama=review milik-sendiri=review"
    attempts: tuple[tuple[str, dict[str, Any]], ...] = (
        ("harvest_source_create", {**source, "name": "apa-saja"}),
        ("package_create", {**source, "name": "apa-saja", "type": "harvest"}),
        ("package_patch", {"id": province.id, "url": "http://127.0.0.1:9/lain"}),
        # Out of its policy by another name.
        ("package_patch", {"id": portal_lama.id, "name": "provinsi-dua"}),
    )
    for action, data in attempts:
        with pytest.raises(tk.NotAuthorized):
            call_as(city.colleague, action, **data)
        model.Session.rollback()
    assert call_as(city.colleague, "harvest_source_create", name="milik-sendiri", **source)["name"] == "milik-sendiri"


def test_the_document_of_a_harvester_is_shown_to_who_sees_the_dataset(
    lasting_city: SimpleNamespace, portal_lama: Source, ckan_config: Any
) -> None:
    city, package = lasting_city, package_of(lasting_city)
    ckan_config["satudata.review.harvested"] = "review"
    portal_lama.bring(package, content="isi yang belum diperiksa")
    for person in (None, city.stranger, city.neighbour):
        for question in ({"id": portal_lama.object_id}, {"dataset_id": package["id"]}):
            with pytest.raises(tk.NotAuthorized):
                call_as(person, "harvest_object_show", **question)
            model.Session.rollback()
    shown = call_as(city.producer, "harvest_object_show", id=portal_lama.object_id)
    assert shown["content"] == "isi yang belum diperiksa"


def test_clearing_a_source_is_the_portal_admins_and_leaves_the_history(
    lasting_city: SimpleNamespace, harvest: None
) -> None:
    city, source, package = lasting_city, Source(lasting_city, "sementara"), package_of(lasting_city)
    source.bring(package)
    with pytest.raises(tk.NotAuthorized):
        call_as(city.colleague, "harvest_source_clear", id=source.id)
    model.Session.rollback()
    context = {"user": city.sysadmin["name"], "model": model, "session": model.Session}
    tk.get_action("harvest_source_clear")(context, {"id": source.id})
    model.Session.expire_all()
    assert model.Package.get(package["id"]) is None
    assert [action for action, _program in events(city, package["id"])] == ["harvest", "purge"]


def test_the_id_of_a_harvest_helps_no_person(lasting_city: SimpleNamespace) -> None:
    package = call_as(
        lasting_city.producer,
        "package_create",
        **submittable(lasting_city.kelurahan, harvest_object_id="x", private=False),
    )
    assert package["private"] is True


def test_an_account_with_the_name_of_a_program_is_no_program(lasting_city: SimpleNamespace) -> None:
    pretender = factories.User(name="harvest")
    pid = walk_to(lasting_city, "published")["id"]
    resource = call_as(None, "package_show", id=pid)["resources"][0]
    for action, data in (
        ("datastore_create", {"resource_id": resource["id"], "force": True, "records": [{"a": 1}]}),
        ("resource_patch", {"id": resource["id"], "hash": "x"}),
    ):
        with pytest.raises(tk.NotAuthorized):
            call_as(pretender, action, **data)
        model.Session.rollback()


# -- xloader --------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def csv_server() -> Iterator[str]:
    """A server on this machine whose file xloader downloads."""

    class Answer(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/csv")
            self.end_headers()
            self.wfile.write(b"kode,jumlah\n1271,120\n1272,80\n")

        def log_message(self, *_args: Any) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Answer)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/data.csv"
    server.shutdown()


@pytest.fixture
def load(lasting_city: SimpleNamespace, ckan_config: Any) -> Iterator[Callable[[str], None]]:
    """xloader's own job function, run here as its worker runs it: without a request, as the site user."""
    plugins.load("xloader")
    from ckanext.xloader import jobs

    site_user = helpers.call_action("get_site_user", {"ignore_auth": True})
    token = helpers.call_action("api_token_create", {"ignore_auth": True}, user=site_user["name"], name="xloader")

    def run(resource_id: str) -> None:
        data = {
            "api_key": token["token"],
            "job_type": "xloader_to_datastore",
            "metadata": {"resource_id": resource_id, "ckan_url": "http://test.ckan.net", "ignore_hash": True},
        }
        jobs.xloader_data_into_datastore_(data, {}, logging.getLogger("xloader-test"))

    yield run
    if plugins.plugin_loaded("xloader"):
        plugins.unload("xloader")


@pytest.mark.parametrize("state", ["draft", "submitted", "published"])
def test_xloader_loads_what_the_file_says_and_decides_nothing(
    lasting_city: SimpleNamespace, csv_server: str, load: Callable[[str], None], state: str
) -> None:
    city = lasting_city
    pid = walk_to(city, state, resources=[{"url": csv_server, "name": "Data", "format": "CSV"}])["id"]
    resource = call_as(city.producer, "package_show", id=pid)["resources"][0]
    review = Review.get(pid)
    before = (review.state, review.version, list(review.authors), model.Package.get(pid).private)
    written = len(events(city, pid))
    load(resource["id"])
    model.Session.expire_all()
    review = Review.get(pid)
    assert (review.state, review.version, list(review.authors), model.Package.get(pid).private) == before
    assert len(events(city, pid)) == written
    assert call_as(city.producer, "datastore_search", resource_id=resource["id"])["total"] == 2
    shown = call_as(city.producer, "resource_show", id=resource["id"])
    assert shown["datastore_active"] is True and shown["hash"]
    if state == "published":
        assert call_as(None, "datastore_search", resource_id=resource["id"])["total"] == 2
    else:
        with pytest.raises(tk.NotAuthorized):
            call_as(None, "datastore_search", resource_id=resource["id"])


# -- commands -------------------------------------------------------------------------------------------------


def test_a_command_of_ckan_opens_no_closed_door(lasting_city: SimpleNamespace, cli: Any) -> None:
    city = lasting_city
    pid = walk_to(city, "submitted")["id"]
    site_user = helpers.call_action("get_site_user", {"ignore_auth": True})
    refused = cli.invoke(ckan, ["satudata", "review", "act", pid, "publish", "--user", site_user["name"]])
    assert refused.exit_code != 0
    assert Review.get(pid).state == "submitted"
    released = cli.invoke(ckan, ["satudata", "review", "release"])
    assert released.exit_code == 0, released.output
    model.Session.expire_all()
    assert (Review.get(pid).state, model.Package.get(pid).private) == ("submitted", True)


def test_ckans_own_command_that_deletes_past_every_action_shows_nothing_and_is_found(
    lasting_city: SimpleNamespace, cli: Any
) -> None:
    """``ckan dataset delete`` sets the row itself: whoever has the shell has the database."""
    pid = walk_to(lasting_city, "published")["id"]
    assert cli.invoke(ckan, ["dataset", "delete", pid]).exit_code == 0
    model.Session.rollback()
    model.Session.expire_all()
    with pytest.raises((tk.NotAuthorized, tk.ObjectNotFound)):
        call_as(None, "package_show", id=pid)
    model.Session.rollback()
    told = cli.invoke(ckan, ["satudata", "check", "--json"])
    assert told.exit_code == 1
    assert any(pid in line and "deleted_though_published" in line for line in told.output.splitlines()), told.output


@pytest.mark.parametrize(
    "context",
    [{"ignore_auth": True}, {"ignore_auth": True, "user": ""}, {"user": "", "ignore_auth": True, "defer_commit": True}],
)
def test_code_without_user_or_request_passes_no_state(lasting_city: SimpleNamespace, context: dict[str, Any]) -> None:
    city = lasting_city
    pid = walk_to(city, "submitted")["id"]
    for action, data in (
        ("package_patch", {"id": pid, "notes": "lain"}),
        ("package_delete", {"id": pid}),
        ("satudata_review_transition", {"id": pid, "action": "publish"}),
        ("package_owner_org_update", {"id": pid, "organization_id": city.other["id"]}),
    ):
        with pytest.raises(tk.NotAuthorized):
            tk.get_action(action)(dict(context), data)
        model.Session.rollback()
    assert Review.get(pid).state == "submitted"
