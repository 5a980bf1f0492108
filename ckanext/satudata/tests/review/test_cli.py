"""The command line: the same rules, in plain lines."""

from __future__ import annotations

from typing import Any

import pytest
from ckan import model
from ckan.cli.cli import ckan
from ckan.tests import factories

from ckanext.satudata.review.model import Review
from ckanext.satudata.tests.conftest import call_as
from ckanext.satudata.tests.review.conftest import walk_to


@pytest.fixture
def run(cli: Any) -> Any:
    return lambda *words: cli.invoke(ckan, ["satudata", *words])


def test_a_dataset_is_led_through_by_command(city: Any, run: Any) -> None:
    name = walk_to(city, "draft")["name"]
    assert "submitted" in run("review", "transition", name, "submit", "--user", city.producer["name"]).output
    refused = run("review", "transition", name, "forward", "--user", city.producer["name"], "--conforms")
    assert refused.exit_code == 1 and "custodian" in refused.output and "Traceback" not in refused.output
    assert run("review", "transition", name, "forward", "--user", city.custodian["name"], "--conforms").exit_code == 0
    assert "approved" in run("review", "list").output
    assert "publish" in run("review", "show", name, "--user", city.custodian["name"]).output
    assert "forward" in run("review", "history", name).output
    assert run("review", "show", "tidak-ada").exit_code == 1


def test_old_datasets_are_adopted_once_and_stay_as_visible_as_they_were(city: Any, run: Any) -> None:
    old = {
        "public": factories.Dataset(owner_org=city.kelurahan["id"]),
        "private": factories.Dataset(owner_org=city.kelurahan["id"]),
        "unowned": factories.Dataset(owner_org=city.kelurahan["id"]),
    }
    model.Session.query(Review).delete()
    model.Session.query(model.Package).filter_by(id=old["public"]["id"]).update({"private": False})
    model.Session.query(model.Package).filter_by(id=old["unowned"]["id"]).update({"owner_org": None})
    model.Session.commit()
    assert "Nothing was changed" in run("adopt", "--dry-run").output
    assert Review.get(old["public"]["id"]) is None
    first = run("adopt")
    assert first.exit_code == 0
    assert old["unowned"]["name"] in first.output + (first.stderr if first.stderr_bytes else "")
    assert Review.get(old["public"]["id"]).state == "published"
    assert Review.get(old["private"]["id"]).state == "draft"
    assert Review.get(old["unowned"]["id"]) is None
    assert call_as(None, "package_show", id=old["public"]["id"])["private"] is False
    assert "published" not in run("adopt").output


def test_adopting_names_public_data_that_say_of_themselves_that_they_are_not_open(city: Any, run: Any) -> None:
    said = {
        level: factories.Dataset(owner_org=city.kelurahan["id"], accesslevel=level) for level in ("terbatas", "terbuka")
    }
    ids = [one["id"] for one in said.values()]
    model.Session.query(Review).filter(Review.package_id.in_(ids)).delete()
    model.Session.query(model.Package).filter(model.Package.id.in_(ids)).update({"private": False})
    model.Session.commit()
    for command in (("adopt", "--dry-run"), ("adopt",)):
        told = run(*command)
        told = told.output + (told.stderr if told.stderr_bytes else "")
        assert f"{said['terbatas']['name']}: says of itself that it is not open" in told
        assert said["terbuka"]["name"] not in told
    assert model.Package.get(said["terbatas"]["id"]).private
    assert not model.Package.get(said["terbuka"]["id"]).private
