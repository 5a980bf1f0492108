"""Every way to write a package, in every state: what is closed stays closed, and nothing turns public by the side."""

from __future__ import annotations

from typing import Any

import ckantoolkit as tk
import pytest
from ckan import model
from ckan.tests import factories, helpers

from ckanext.satudata.review.model import Review, ReviewEvent
from ckanext.satudata.review.transitions import STATES
from ckanext.satudata.tests.conftest import call_as
from ckanext.satudata.tests.factories import submittable
from ckanext.satudata.tests.review.conftest import walk_to

OPEN = ("draft", "returned")
CLOSED = tuple(sorted(set(STATES) - set(OPEN)))

#: Ways to change content: name → what a client does with a package it has just read.
WRITES: dict[str, Any] = {
    "package_patch": lambda who, p: call_as(who, "package_patch", id=p["id"], notes="lain"),
    "package_update": lambda who, p: call_as(who, "package_update", **{**p, "notes": "lain"}),
    "package_revise": lambda who, p: call_as(who, "package_revise", match={"id": p["id"]}, update={"notes": "lain"}),
    "rename": lambda who, p: call_as(who, "package_patch", id=p["id"], name=p["name"] + "-baru"),
    "tags": lambda who, p: call_as(who, "package_patch", id=p["id"], tags=[{"name": "lain"}]),
    "extras": lambda who, p: call_as(who, "package_patch", id=p["id"], extras=[{"key": "catatan", "value": "x"}]),
    "resource_create": lambda who, p: call_as(
        who, "resource_create", package_id=p["id"], url="https://example.com/b.csv", name="B"
    ),
    "resource_update": lambda who, p: call_as(
        who, "resource_update", **{**p["resources"][0], "url": "https://example.com/lain.csv"}
    ),
    "resource_patch": lambda who, p: call_as(who, "resource_patch", id=p["resources"][0]["id"], name="lain"),
    "resource_delete": lambda who, p: call_as(who, "resource_delete", id=p["resources"][0]["id"]),
    "resource_view_create": lambda who, p: call_as(
        who, "resource_view_create", resource_id=p["resources"][0]["id"], title="x", view_type="text_view"
    ),
    "datastore_create": lambda who, p: call_as(
        who, "datastore_create", resource_id=p["resources"][0]["id"], force=True, records=[{"a": 1}]
    ),
    "group": lambda who, p: call_as(
        who, "member_create", id="kelompok", object=p["id"], object_type="package", capacity="public"
    ),
    "relationship": lambda who, p: call_as(
        who, "package_relationship_create", subject=p["id"], object="terkait", type="depends_on"
    ),
}


def shown(package_id: str) -> dict[str, Any]:
    return helpers.call_action("package_show", id=package_id)


@pytest.fixture(scope="module")
def furnished_city(lasting_city: Any) -> Any:
    """The city with a group and another dataset to link to."""
    call_as(lasting_city.sysadmin, "group_create", name="kelompok", users=[{"name": lasting_city.producer["name"]}])
    call_as(lasting_city.sysadmin, "package_create", **submittable(lasting_city.kelurahan, name="terkait"))
    return lasting_city


@pytest.mark.parametrize("state", CLOSED)
def test_no_write_path_changes_closed_content_for_anybody(furnished_city: Any, state: str) -> None:
    city = furnished_city
    pid = walk_to(city, state)["id"]
    package = shown(pid)
    for name, write in WRITES.items():
        for person in ("producer", "colleague", "custodian", "pembina", "collaborator", "city_admin", "sysadmin", None):
            user = getattr(city, person) if person else None
            with pytest.raises(tk.NotAuthorized):
                write(user, dict(package))
                pytest.fail(f"{person} changed a dataset that is {state} by {name}")
            model.Session.rollback()
    assert shown(pid) == package


@pytest.mark.parametrize("state", CLOSED)
def test_code_that_ignores_auth_changes_closed_content_no_more_than_people(furnished_city: Any, state: str) -> None:
    pid = walk_to(furnished_city, state)["id"]
    package = shown(pid)
    for context in ({"ignore_auth": True, "user": ""}, {"ignore_auth": True, "user": furnished_city.producer["name"]}):
        with pytest.raises(tk.NotAuthorized):
            tk.get_action("package_patch")(dict(context), {"id": pid, "notes": "lain"})
        model.Session.rollback()
    assert shown(pid) == package


@pytest.mark.parametrize("state", OPEN)
def test_in_an_open_state_only_the_producer_writes(furnished_city: Any, state: str) -> None:
    city = furnished_city
    pid = walk_to(city, state)["id"]
    package = shown(pid)
    for person in ("member", "neighbour", "custodian", "pembina", "planner", "collaborator", "city_admin", "stranger"):
        for name in ("package_patch", "resource_create", "resource_view_create", "datastore_create"):
            with pytest.raises(tk.NotAuthorized):
                WRITES[name](getattr(city, person), dict(package))
                pytest.fail(f"{person} changed a dataset that is {state} by {name}")
            model.Session.rollback()
    assert shown(pid) == package
    WRITES["package_patch"](city.producer, package)
    assert shown(pid)["notes"] == "lain"


@pytest.mark.parametrize("state", sorted(set(STATES) - {"published"}))
def test_nothing_unpublished_turns_public_by_a_key(furnished_city: Any, state: str) -> None:
    city = furnished_city
    pid = walk_to(city, state)["id"]
    for person in ("colleague", "sysadmin"):
        user = getattr(city, person)
        for action, data in (
            ("package_patch", {"id": pid, "private": False}),
            ("package_patch", {"id": pid, "private": "False", "state": "active"}),
            ("bulk_update_public", {"datasets": [pid], "org_id": city.kelurahan["id"]}),
            ("package_revise", {"match": {"id": pid}, "update": {"private": False}}),
        ):
            call_as(user, action, **data)
            stored = model.Session.query(model.Package).populate_existing().get(pid)
            assert stored.private is True, (person, action)
            assert shown(pid)["private"] is True


@pytest.mark.parametrize("state", sorted(STATES))
def test_deleting_is_for_what_nobody_waits_for_or_reads(furnished_city: Any, state: str) -> None:
    city = furnished_city
    pid = walk_to(city, state)["id"]
    for action, data in (
        ("package_delete", {"id": pid}),
        ("package_patch", {"id": pid, "state": "deleted"}),
        ("bulk_update_delete", {"datasets": [pid], "org_id": city.kelurahan["id"]}),
        ("dataset_purge", {"id": pid}),
    ):
        if state in ("draft", "returned", "withdrawn"):
            break
        for person in ("producer", "sysadmin"):
            with pytest.raises(tk.NotAuthorized):
                call_as(getattr(city, person), action, **data)
                pytest.fail(f"{person}: {action} in {state}")
            model.Session.rollback()
            assert model.Package.get(pid).state == "active"
    if state in ("draft", "returned"):
        call_as(city.producer, "package_delete", id=pid)
        assert model.Package.get(pid).state == "deleted"
        event = model.Session.query(ReviewEvent).filter_by(package_id=pid).order_by(ReviewEvent.position.desc()).first()
        assert (event.action, event.actor_name) == ("delete", city.producer["name"])


def test_a_deleted_dataset_comes_back_private_and_by_the_admin_only(city: Any) -> None:
    pid = walk_to(city, "draft")["id"]
    call_as(city.producer, "package_delete", id=pid)
    for person in ("producer", "colleague"):
        with pytest.raises(tk.NotAuthorized):
            call_as(getattr(city, person), "package_patch", id=pid, state="active", private=False)
        model.Session.rollback()
    call_as(city.sysadmin, "package_patch", id=pid, state="active", private=False)
    assert model.Package.get(pid).private is True
    assert Review.get(pid).state == "draft"


def test_purging_leaves_the_row_and_its_history(city: Any) -> None:
    pid = walk_to(city, "returned")["id"]
    call_as(city.producer, "package_delete", id=pid)
    call_as(city.sysadmin, "dataset_purge", id=pid)
    assert model.Package.get(pid) is None
    assert Review.get(pid) is not None
    history = call_as(city.sysadmin, "satudata_review_history", id=pid)
    assert [event["action"] for event in history["results"]] == ["submit", "return", "delete", "purge"]


@pytest.mark.parametrize("door", ["package_owner_org_update", "package_patch"])
def test_what_was_handed_over_stays_with_its_organization(city: Any, door: str) -> None:
    call_as(
        city.sysadmin,
        "member_create",
        id=city.other["id"],
        object=city.producer["id"],
        object_type="user",
        capacity="editor",
    )
    data = (
        {"organization_id": city.other["id"]} if door == "package_owner_org_update" else {"owner_org": city.other["id"]}
    )
    handed_over = walk_to(city, "submitted")["id"]
    for person in ("producer", "sysadmin"):
        with pytest.raises(tk.NotAuthorized):
            call_as(getattr(city, person), door, id=handed_over, **data)
        model.Session.rollback()
    draft = walk_to(city, "draft")["id"]
    # CKAN keeps package_owner_org_update to sysadmins.
    call_as(city.sysadmin if door == "package_owner_org_update" else city.producer, door, id=draft, **data)
    assert model.Package.get(draft).owner_org == city.other["id"]
    assert Review.get(draft).organization_id == city.other["id"]


def test_a_dataset_without_owner_is_refused_with_the_way_to_mend_it(city: Any) -> None:
    package = submittable(city.kelurahan)
    package.pop("owner_org")
    with pytest.raises(tk.ValidationError) as refused:
        call_as(city.sysadmin, "package_create", **package)
    assert "owner_org" in refused.value.error_dict
    pid = walk_to(city, "draft")["id"]
    with pytest.raises(tk.ValidationError):
        call_as(city.producer, "package_patch", id=pid, owner_org="")


@pytest.mark.parametrize("package_type", ["dataset", "anything-else"])
def test_every_type_is_under_review_unless_exempt(city: Any, package_type: str) -> None:
    package = call_as(
        city.producer, "package_create", name="x-y", type=package_type, owner_org=city.kelurahan["id"], private=False
    )
    assert package["private"] is True
    assert Review.get(package["id"]) is not None


@pytest.mark.ckan_config("satudata.review.exempt_types", "showcase")
def test_an_exempt_type_follows_ckans_own_rules(city: Any) -> None:
    package = call_as(
        city.producer, "package_create", name="pameran", type="showcase", owner_org=city.kelurahan["id"], private=False
    )
    assert package["private"] is False
    assert Review.get(package["id"]) is None


def test_priority_flags_are_nobodys_by_form_or_key(city: Any) -> None:
    package = call_as(city.producer, "package_create", **submittable(city.kelurahan, prioritas_tahun="2024"))
    assert not package.get("prioritas_tahun")
    call_as(city.producer, "package_patch", id=package["id"], prioritas_daerah_tahun="2024")
    assert not shown(package["id"]).get("prioritas_daerah_tahun")
    with pytest.raises(tk.NotAuthorized):
        call_as(city.producer, "satudata_priority_set", id=package["id"], prioritas_tahun="2024")
    model.Session.rollback()
    call_as(city.planner, "satudata_priority_set", id=package["id"], prioritas_tahun="2024")
    call_as(city.producer, "package_patch", id=package["id"], prioritas_tahun="", notes="lain")
    assert shown(package["id"])["prioritas_tahun"] == "2024"


def test_programs_write_what_is_technical_and_nothing_else(city: Any) -> None:
    pid = walk_to(city, "published")["id"]
    resource = shown(pid)["resources"][0]
    site_user = helpers.call_action("get_site_user", {"ignore_auth": True, "defer_commit": False})
    context = {"user": site_user["name"], "ignore_auth": True}
    tk.get_action("resource_patch")(dict(context), {"id": resource["id"], "hash": "abc", "size": 12})
    assert shown(pid)["resources"][0]["hash"] == "abc"
    with pytest.raises(tk.NotAuthorized):
        tk.get_action("resource_patch")(dict(context), {"id": resource["id"], "url": "https://example.com/lain.csv"})
    model.Session.rollback()
    tk.get_action("datastore_create")(
        dict(context), {"resource_id": resource["id"], "force": True, "records": [{"kode": "12.71"}]}
    )
    assert call_as(None, "datastore_search", resource_id=resource["id"])["total"] == 1
    assert call_as(None, "package_show", id=pid)["private"] is False


def test_an_override_opens_one_edit_and_is_written_down(city: Any) -> None:
    pid = walk_to(city, "published")["id"]
    with pytest.raises(tk.ValidationError):
        call_as(city.sysadmin, "satudata_review_override", id=pid, reason=" ")
    with pytest.raises(tk.NotAuthorized):
        call_as(city.custodian, "satudata_review_override", id=pid, reason="ingin")
    call_as(city.sysadmin, "satudata_review_override", id=pid, reason="Tautan mati")
    call_as(city.sysadmin, "package_patch", id=pid, notes="Tautan diganti.")
    assert call_as(None, "package_show", id=pid)["notes"] == "Tautan diganti."
    with pytest.raises(tk.NotAuthorized):
        call_as(city.sysadmin, "package_patch", id=pid, notes="sekali lagi")
    model.Session.rollback()
    actions = [event["action"] for event in call_as(city.sysadmin, "satudata_review_history", id=pid)["results"]]
    assert actions[-2:] == ["override", "override_edit"]


def test_whoever_ckan_refuses_is_not_told_where_it_stands(city: Any) -> None:
    pid = walk_to(city, "submitted")["id"]
    with pytest.raises(tk.NotAuthorized) as refused:
        call_as(city.stranger, "package_patch", id=pid, notes="x")
    assert "Submitted" not in str(refused.value)


def test_an_old_dataset_without_a_row_keeps_ckans_rules(city: Any) -> None:
    package = factories.Dataset(owner_org=city.kelurahan["id"])
    model.Session.query(Review).delete()
    model.Session.query(model.Package).filter_by(id=package["id"]).update({"private": False})
    model.Session.commit()
    call_as(city.producer, "package_patch", id=package["id"], notes="lama", private=False)
    assert call_as(None, "package_show", id=package["id"])["notes"] == "lama"


def test_only_direct_editors_begin_data_of_an_organization(city: Any) -> None:
    for person in ("city_admin", "neighbour", "member", "stranger"):
        with pytest.raises(tk.NotAuthorized):
            call_as(getattr(city, person), "package_create", **submittable(city.kelurahan))
        model.Session.rollback()
    assert call_as(city.colleague, "package_create", **submittable(city.kelurahan))["private"] is True
