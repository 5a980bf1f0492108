"""Published data whose access changes: only through a working copy, index first, every door at once, and back."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import ckantoolkit as tk
import pytest
from ckan import model
from ckan.lib.search import SearchIndexError
from werkzeug.datastructures import FileStorage

from ckanext.satudata.review import aftermath, feed
from ckanext.satudata.review.revision import publishing
from ckanext.satudata.review.revision.model import Revision
from ckanext.satudata.tests.conftest import call_as

from ..conftest import DECIDED, record_restriction, walk_to
from ..revision.conftest import go, outside, published, start
from ..revision.test_faults import Killed, fails

NOWHERE = "http://127.0.0.1:9/solr/ckan"


@pytest.fixture(autouse=True)
def in_request(app_once: Any) -> Iterator[None]:
    with app_once.flask_app.test_request_context("/"):
        yield


def to_be_published(city: SimpleNamespace, live_id: str, level: str) -> str:
    """A copy that names another access, approved, with the decision entered: it only has to be published."""
    copy_id = start(city, {"id": live_id}, change_kind="koreksi", public_note="Akses diubah.")
    call_as(city.producer, "package_patch", id=copy_id, accesslevel=level)
    for action in ("submit", "publish"):
        record_restriction(city, live_id, action, level)
    if level == "terbuka":
        call_as(city.custodian, "satudata_restriction_set", id=live_id, decided_level=level, **DECIDED)
    go(city, copy_id, ("producer", "submit"), ("custodian", "forward"))
    return copy_id


def open_to_nobody(package_id: str) -> list[str]:
    """The ways by which nobody in particular still reads it."""
    model.Session.expire_all()
    package = call_as_trusted(package_id)
    ways: dict[str, Any] = {
        "package_show": lambda: call_as(None, "package_show", id=package_id),
        "package_search": lambda: call_as(None, "package_search", fq=f"id:{package_id}")["results"],
        "package_list": lambda: package["name"] in call_as(None, "package_list"),
        "resource_search": lambda: [
            one
            for one in call_as(None, "resource_search", query=f"name:{package['resources'][0]['name']}")["results"]
            if one["package_id"] == package_id
        ],
        "activity": lambda: package_id in json.dumps(call_as(None, "recently_changed_packages_activity_list")),
        "versions": lambda: call_as(None, "satudata_revision_versions", id=package_id),
    }
    for number, resource in enumerate(package["resources"]):
        ways[f"resource {number}"] = lambda one=resource: call_as(None, "resource_show", id=one["id"])
        if resource.get("datastore_active"):
            ways[f"table {number}"] = lambda one=resource: call_as(None, "datastore_search", resource_id=one["id"])
    found = []
    for name, ask in ways.items():
        try:
            if ask():
                found.append(name)
        except (tk.NotAuthorized, tk.ObjectNotFound):
            model.Session.rollback()
    return found


def call_as_trusted(package_id: str) -> dict[str, Any]:
    return tk.get_action("package_show")({"ignore_auth": True, "use_cache": False}, {"id": package_id})


def kinds(package_id: str) -> list[str]:
    return [row.kind for row in feed.changes(limit=1000) if row.package_id == package_id]


@pytest.mark.parametrize("level", ["terbatas", "tertutup"])
def test_access_of_published_data_changes_only_through_a_working_copy(
    lasting_city: SimpleNamespace, level: str
) -> None:
    package = walk_to(lasting_city, "published")
    for person in ("producer", "colleague", "custodian", "sysadmin"):
        with pytest.raises(tk.NotAuthorized):
            call_as(getattr(lasting_city, person), "package_patch", id=package["id"], accesslevel=level)
        model.Session.rollback()
    assert call_as(None, "package_show", id=package["id"])["accesslevel"] == "terbuka"


@pytest.mark.parametrize("level", ["terbatas", "tertutup"])
def test_narrowing_closes_every_door_and_widening_opens_them(
    lasting_city: SimpleNamespace, app_once: Any, level: str
) -> None:
    city = lasting_city
    live = published(city)
    assert len(open_to_nobody(live["id"])) >= 6
    go(city, to_be_published(city, live["id"], level), ("custodian", "publish"))
    assert open_to_nobody(live["id"]) == []
    assert kinds(live["id"])[0] == "unpublished"
    gone = outside(app_once.get, f"/dataset/{live['name']}", status=410)
    assert ("/satudata/restricted/" in gone.body) is (level == "terbatas")
    upload = next(resource for resource in live["resources"] if resource.get("url_type") == "upload")
    download = f"/dataset/{live['id']}/resource/{upload['id']}/download/x.csv"
    assert outside(app_once.get, download, expect_errors=True).status_code == 410
    for row in call_as(city.producer, "satudata_revision_versions", id=live["id"])["results"]:
        for file in row["files"]:
            answer = outside(
                app_once.get, f"/satudata/versions/file/{file['id']}", follow_redirects=False, expect_errors=True
            )
            assert answer.status_code in (302, 403, 404), "a file of an earlier version"
    go(city, to_be_published(city, live["id"], "terbuka"), ("custodian", "publish"))
    assert len(open_to_nobody(live["id"])) >= 5
    assert kinds(live["id"])[0] == "published"
    assert outside(app_once.get, f"/dataset/{live['name']}").status_code == 200
    with pytest.raises(tk.ObjectNotFound):
        call_as(None, "satudata_restricted_show", id=live["id"])


def test_with_solr_down_narrowing_is_refused_and_nothing_has_changed(
    lasting_city: SimpleNamespace, ckan_config: Any
) -> None:
    city = lasting_city
    live = published(city)
    copy_id = to_be_published(city, live["id"], "tertutup")
    before, open_before = call_as(None, "package_show", id=live["id"]), open_to_nobody(live["id"])
    solr = ckan_config["solr_url"]
    ckan_config["solr_url"] = NOWHERE
    try:
        with pytest.raises(SearchIndexError):
            go(city, copy_id, ("custodian", "publish"))
    finally:
        ckan_config["solr_url"] = solr
    model.Session.remove()
    assert call_as(None, "package_show", id=live["id"]) == before
    assert open_to_nobody(live["id"]) == open_before
    assert Revision.get(copy_id).status == "open" and kinds(live["id"]) == ["published"]
    go(city, copy_id, ("custodian", "publish"))
    assert open_to_nobody(live["id"]) == []


@pytest.mark.parametrize(
    ("module", "name"), [(publishing, "_record"), (publishing.chain, "append"), (aftermath, "relabel_activity")]
)
def test_a_process_killed_while_narrowing_leaves_nothing_half_open(
    lasting_city: SimpleNamespace, monkeypatch: pytest.MonkeyPatch, module: Any, name: str
) -> None:
    city = lasting_city
    live = published(city)
    copy_id = to_be_published(city, live["id"], "tertutup")
    with monkeypatch.context() as patched:
        patched.setattr(module, name, fails(Killed()))
        with pytest.raises(Killed):
            go(city, copy_id, ("custodian", "publish"))
    model.Session.remove()
    # Rolled back: the data are as open as before, and the index shows no more than the database would.
    assert model.Package.get(live["id"]).private is False
    assert Revision.get(copy_id).status == "open"
    go(city, copy_id, ("custodian", "publish"))
    assert open_to_nobody(live["id"]) == []


def test_narrowing_by_override_relabels_what_was_public(lasting_city: SimpleNamespace) -> None:
    city = lasting_city
    package = walk_to(city, "published")
    assert package["id"] in json.dumps(call_as(None, "user_activity_list", id=city.custodian["name"], limit=100))
    call_as(city.sysadmin, "satudata_review_override", id=package["id"], reason="Data pribadi")
    call_as(city.sysadmin, "package_patch", id=package["id"], accesslevel="tertutup")
    assert open_to_nobody(package["id"]) == []
    for person in ("producer", "custodian", "sysadmin"):
        told = json.dumps(call_as(None, "user_activity_list", id=getattr(city, person)["name"], limit=100))
        assert package["id"] not in told


def test_the_first_file_of_narrowed_data_is_kept_for_those_concerned(
    lasting_city: SimpleNamespace, app_once: Any, as_user: Any
) -> None:
    city = lasting_city
    live = published(city)
    copy_id = start(city, live, change_kind="koreksi", public_note="Akses diubah.")
    copy = call_as(city.producer, "package_patch", id=copy_id, accesslevel="terbatas")
    file = next(resource for resource in copy["resources"] if resource.get("url_type") == "upload")
    other = FileStorage(io.BytesIO(b"a,b\n1,2\n"), filename="baru.csv")
    call_as(city.producer, "resource_patch", id=file["id"], upload=other)
    for action in ("submit", "publish"):
        record_restriction(city, live["id"], action, "terbatas")
    go(city, copy_id, ("producer", "submit"), ("custodian", "forward"), ("custodian", "publish"))
    rows = call_as(city.producer, "satudata_revision_versions", id=live["id"])["results"]
    ids = [one["id"] for row in rows for one in row["files"]]
    assert ids
    for one in ids:
        address = f"/satudata/versions/file/{one}"
        assert outside(app_once.get, address, follow_redirects=False, expect_errors=True).status_code in (302, 403, 404)
        assert outside(app_once.get, address, headers=as_user(city.custodian)).status_code == 200
