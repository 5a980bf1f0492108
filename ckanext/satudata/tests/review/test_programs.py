"""Programs act under a named policy: harvested datasets, and jobs that have no request."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import ckantoolkit as tk
import pytest
import sqlalchemy as sa
from ckan import model, plugins
from ckan.cli.db import _run_migrations
from ckan.tests import helpers

from ckanext.satudata.review.model import Review
from ckanext.satudata.tests.conftest import call_as
from ckanext.satudata.tests.factories import submittable
from ckanext.satudata.tests.review.conftest import walk_to


@pytest.fixture
def harvester(city: Any) -> Iterator[Any]:
    """The real ckanext-harvest beside us; brings a package as its base harvester does."""
    plugins.load("harvest")
    _run_migrations("harvest", "head", True)
    from ckanext.harvest.model import HarvestJob, HarvestObject, HarvestSource

    source = HarvestSource(id="sumber", url="http://127.0.0.1:9/", title="Provinsi", type="ckan")
    job = HarvestJob(id="pekerjaan", source=source)
    model.Session.add_all([source, job])
    model.Session.commit()
    site_user = helpers.call_action("get_site_user", {"ignore_auth": True})

    def bring(action: str, package: dict[str, Any]) -> dict[str, Any]:
        model.Session.add(HarvestObject(guid=package["id"], job=job, source=source, package_id=package["id"]))
        model.Session.execute(sa.text("SET CONSTRAINTS harvest_object_package_id_fkey DEFERRED"))
        model.Session.flush()
        context = {"user": site_user["name"], "ignore_auth": True}
        return tk.get_action(action)(context, package)

    yield bring
    model.Session.rollback()
    for name in ("harvest_object", "harvest_job", "harvest_source"):
        model.Session.execute(sa.text(f"DELETE FROM {name}"))
    model.Session.commit()
    plugins.unload("harvest")


def test_what_a_harvester_brings_is_published_and_says_so(city: Any, harvester: Any) -> None:
    package = submittable(city.kelurahan, id="a1b2c3d4-0000-4000-8000-000000000001")
    harvester("package_create", package)
    assert call_as(None, "package_show", id=package["id"])["private"] is False
    assert Review.get(package["id"]).state == "published"
    events = call_as(city.sysadmin, "satudata_review_history", id=package["id"])["results"]
    assert [(event["action"], event["program"] is not None) for event in events] == [("harvest", True)]
    harvester("package_update", {**package, "notes": "Versi baru dari sumbernya."})
    assert call_as(None, "package_show", id=package["id"])["notes"] == "Versi baru dari sumbernya."
    with pytest.raises(tk.NotAuthorized):
        call_as(city.producer, "package_patch", id=package["id"], notes="oleh orang")


def test_a_portal_may_review_what_it_harvests(city: Any, harvester: Any, ckan_config: Any) -> None:
    ckan_config["satudata.review.harvested"] = "review"
    package = submittable(city.kelurahan, id="a1b2c3d4-0000-4000-8000-000000000002")
    harvester("package_create", package)
    assert Review.get(package["id"]).state == "draft"
    with pytest.raises(tk.NotAuthorized):
        call_as(None, "package_show", id=package["id"])


def test_the_id_of_a_harvest_helps_no_person(city: Any) -> None:
    package = call_as(
        city.producer, "package_create", **submittable(city.kelurahan, harvest_object_id="x", private=False)
    )
    assert package["private"] is True


def test_an_account_with_the_name_of_a_program_is_no_program(city: Any) -> None:
    from ckan.tests import factories

    pretender = factories.User(name="harvest")
    pid = walk_to(city, "published")["id"]
    resource = call_as(None, "package_show", id=pid)["resources"][0]
    for action, data in (
        ("datastore_create", {"resource_id": resource["id"], "force": True, "records": [{"a": 1}]}),
        ("resource_patch", {"id": resource["id"], "hash": "x"}),
    ):
        with pytest.raises(tk.NotAuthorized):
            call_as(pretender, action, **data)
        model.Session.rollback()
