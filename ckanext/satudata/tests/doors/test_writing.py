"""Every way to write × every place of the review × every person: what is closed stays as it was, to the last row."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import ckantoolkit as tk
import pytest
import sqlalchemy as sa
from ckan import model
from ckan.tests import helpers
from ckan.tests.helpers import CKANTestClient

from ckanext.satudata.review import classified
from ckanext.satudata.tests.conftest import _empty_portal, call_as
from ckanext.satudata.tests.doors.cells import COUNT
from ckanext.satudata.tests.doors.world import COPIES, PEOPLE, SEES, Item, World, build_world, furnish, make_item
from ckanext.satudata.tests.factories import submittable

#: Who writes content, where. Everywhere else nobody does, sysadmins included.
OPEN = {"draft", "returned", "copy"}
WRITERS = {"producer", "colleague", "sysadmin"}
#: Where a dataset may be deleted: nobody waits for it and nobody reads it.
DELETABLE = {"draft", "returned", "withdrawn"}


@pytest.fixture(scope="module")
def world(full_house: Any) -> World:
    _empty_portal()
    world = build_world()
    city = world.city
    call_as(city.sysadmin, "package_create", **submittable(city.kelurahan, name="terkait"))
    # A person may be an editor of two organizations, and of a group.
    for place in (city.other, world.group):
        call_as(
            city.sysadmin, "member_create", id=place["id"], object=city.producer["id"], object_type="user",
            capacity="editor",
        )  # fmt: skip
    return world


Write = Callable[[Any, World, Item, dict[str, Any]], Any]


def _do(action: str, **data: Any) -> Write:
    """Call an action; values may be made from world, item and the package as it is."""

    def write(user: Any, world: World, item: Item, package: dict[str, Any]) -> Any:
        made = {key: value(world, item, package) if callable(value) else value for key, value in data.items()}
        return call_as(user, action, **made.pop("everything", {}), **made)

    return write


def _id(w: World, i: Item, p: dict[str, Any]) -> str:
    return i.package_id


def _resource(w: World, i: Item, p: dict[str, Any]) -> str:
    return i.resource_id


def _ids(w: World, i: Item, p: dict[str, Any]) -> list[str]:
    return [i.package_id]


def _owner(w: World, i: Item, p: dict[str, Any]) -> str:
    return str(w.city.kelurahan["id"])


def _first(w: World, i: Item, p: dict[str, Any]) -> dict[str, Any]:
    return dict(p["resources"][0])


def _view(w: World, i: Item, p: dict[str, Any]) -> str:
    return i.view_id


def _another_access(w: World, i: Item, p: dict[str, Any]) -> str:
    return "tertutup" if p.get("accesslevel") == "terbatas" else "terbatas"


#: Action → ways to change content by it. Written by hand.
WRITES: dict[str, list[Write]] = {
    "package_update": [_do("package_update", everything=lambda w, i, p: {**p, "notes": "lain"})],
    "package_patch": [
        _do("package_patch", id=_id, notes="lain"),
        _do("package_patch", id=_id, title="lain"),
        _do("package_patch", id=_id, tags=[{"name": "lain"}]),
        _do("package_patch", id=_id, extras=[{"key": "catatan", "value": "x"}]),
        _do("package_patch", id=_id, resources=[]),
        _do("package_patch", id=_id, groups=[]),
        _do("package_patch", id=_id, name=lambda w, i, p: f"{i.name}-baru"),
        _do("package_patch", id=_id, accesslevel=_another_access),
    ],
    "package_revise": [
        _do("package_revise", match=lambda w, i, p: {"id": i.package_id}, update={"notes": "lain"}),
        _do("package_revise", match=lambda w, i, p: {"id": i.package_id}, filter=["-notes"]),
    ],
    "resource_create": [_do("resource_create", package_id=_id, url="https://example.com/b.csv", name="B")],
    "resource_update": [
        _do("resource_update", everything=lambda w, i, p: {**p["resources"][0], "description": "lain"}),
        _do("resource_update", id=_resource, url="https://example.com/lain.csv"),
    ],
    "resource_patch": [_do("resource_patch", id=_resource, name="lain")],
    "resource_view_create": [_do("resource_view_create", resource_id=_resource, title="x", view_type="text_view")],
    "resource_view_update": [
        _do("resource_view_update", id=_view, resource_id=_resource, title="y", view_type="text_view")
    ],
    "resource_view_reorder": [
        _do("resource_view_reorder", id=_resource, order=lambda w, i, p: [i.table_view_id, i.view_id])
    ],
    "datastore_create": [
        _do("datastore_create", resource_id=_resource, force=True, records=[{"kode": "2", "nama": "x"}]),
        _do("datastore_create", resource_id=_resource, force=True, fields=[
            {"id": "kode", "type": "text", "info": {"label": "Kamus lain"}}, {"id": "nama", "type": "text"},
        ]),
    ],
    "datastore_upsert": [
        _do("datastore_upsert", resource_id=_resource, force=True, method="insert", records=[{"kode": "3"}])
    ],
    "datastore_records_delete": [
        _do("datastore_records_delete", resource_id=_resource, force=True, filters={"kode": "1"})
    ],
    "datastore_run_triggers": [_do("datastore_run_triggers", resource_id=_resource)],
    "member_create": [
        _do("member_create", id="kelompok", object=_id, object_type="package", capacity="private"),
    ],
    "package_relationship_create": [
        _do("package_relationship_create", subject=_id, object="terkait", type="depends_on"),
        _do("package_relationship_create", subject="terkait", object=_id, type="links_to"),
    ],
    "package_relationship_update": [
        _do("package_relationship_update", subject=_id, object="terkait", type="depends_on", comment="x")
    ],
    "package_relationship_delete": [
        _do("package_relationship_delete", subject=_id, object="terkait", type="depends_on")
    ],
    "package_create_default_resource_views": [
        _do("package_create_default_resource_views", package=lambda w, i, p: p, create_datastore_views=True)
    ],
    "resource_create_default_resource_views": [
        _do("resource_create_default_resource_views", resource=_first, package=lambda w, i, p: p)
    ],
    # -- what takes away stands at the end: the dataset is used up by it
    "package_resource_reorder": [
        _do("package_resource_reorder", id=_id, order=lambda w, i, p: [r["id"] for r in reversed(p["resources"])])
    ],
    "resource_view_delete": [_do("resource_view_delete", id=_view)],
    "datastore_delete": [_do("datastore_delete", resource_id=_resource, force=True)],
    "member_delete": [_do("member_delete", id="kelompok", object=_id, object_type="package")],
    "resource_delete": [_do("resource_delete", id=_resource)],
}  # fmt: skip

#: Ways to delete or purge; each uses the dataset up.
ENDS: dict[str, list[Write]] = {
    "package_delete": [_do("package_delete", id=_id)],
    "package_patch": [_do("package_patch", id=_id, state="deleted")],
    "bulk_update_delete": [
        _do(
            "bulk_update_delete", datasets=lambda w, i, p: [i.package_id], org_id=lambda w, i, p: w.city.kelurahan["id"]
        )
    ],
    "dataset_purge": [_do("dataset_purge", id=_id)],
}
#: Ways to give it to another organization.
MOVES: dict[str, list[Write]] = {
    "package_patch": [_do("package_patch", id=_id, owner_org=lambda w, i, p: w.city.other["id"])],
    "package_owner_org_update": [
        _do("package_owner_org_update", id=_id, organization_id=lambda w, i, p: w.city.other["id"])
    ],
}
#: Ways to make it public by a key: no error to whom CKAN lets edit, and no effect.
KEYS: dict[str, list[Write]] = {
    "package_patch": [
        _do("package_patch", id=_id, private=False),
        _do("package_patch", id=_id, private="False", state="active"),
        _do("package_patch", id=_id, state="draft"),
    ],
    "bulk_update_public": [
        _do(
            "bulk_update_public", datasets=lambda w, i, p: [i.package_id], org_id=lambda w, i, p: w.city.kelurahan["id"]
        )
    ],
    "bulk_update_private": [
        _do(
            "bulk_update_private",
            datasets=lambda w, i, p: [i.package_id],
            org_id=lambda w, i, p: w.city.kelurahan["id"],
        )
    ],
    "package_update": [_do("package_update", everything=lambda w, i, p: {**p, "private": not p["private"]})],
}
#: Guarded actions that do not name a dataset and its parts: tested below and in test_guard, test_programs.
ELSEWHERE = {
    "package_create", "group_create", "group_update", "group_patch", "organization_delete", "organization_purge",
    "file_delete", "file_rename", "file_ownership_transfer", "file_pin", "file_unpin",
    "harvest_source_create", "harvest_source_update", "harvest_source_patch", "harvest_source_delete",
    "harvest_source_clear",
}  # fmt: skip

_ROWS = sa.text(
    """
    SELECT jsonb_build_object(
      'package', to_jsonb(p),
      'review', (SELECT to_jsonb(r) FROM satudata_review r WHERE r.package_id = p.id AND r.track = 'publication'),
      'resources', (SELECT jsonb_agg(to_jsonb(x) ORDER BY x.id) FROM resource x WHERE x.package_id = p.id),
      'views', (SELECT jsonb_agg(to_jsonb(v) ORDER BY v.id) FROM resource_view v JOIN resource x ON x.id = v.resource_id
                WHERE x.package_id = p.id),
      'tags', (SELECT jsonb_agg(to_jsonb(t) ORDER BY t.id) FROM package_tag t WHERE t.package_id = p.id),
      'members', (SELECT jsonb_agg(to_jsonb(m) ORDER BY m.id) FROM member m WHERE m.table_id = p.id),
      'relations', (SELECT jsonb_agg(to_jsonb(s) ORDER BY s.id) FROM package_relationship s
                    WHERE p.id IN (s.subject_package_id, s.object_package_id)),
      'events', (SELECT count(*) FROM satudata_review_event e WHERE e.package_id = p.id)
    ) FROM package p WHERE p.id = :id
    """
)


def rows(item: Item) -> str:
    """Everything stored of a dataset, its table in the DataStore with its dictionary included."""
    model.Session.rollback()
    stored = model.Session.scalar(_ROWS, {"id": item.package_id})
    from ckanext.datastore.backend.postgres import get_read_engine

    with get_read_engine().connect() as connection:
        table = connection.execute(sa.text(f'SELECT * FROM "{item.resource_id}" ORDER BY _id')).fetchall()
        dictionary = connection.execute(
            sa.text("SELECT col_description(CAST(:name AS regclass), 2)"), {"name": f'"{item.resource_id}"'}
        ).scalar()
    return json.dumps([stored, [tuple(row) for row in table], dictionary], default=str, sort_keys=True)


def refusals(place: str) -> tuple[type[Exception], ...]:
    """What a write is refused with: a working copy says of a name of its own that it can have none."""
    plain = (tk.NotAuthorized, tk.ObjectNotFound)
    return (*plain, tk.ValidationError) if place in COPIES else plain


def test_every_writing_action_is_tried() -> None:
    writing = {name for group in (classified.THROUGH_THE_GUARD, classified.GUARDED) for name in group.names}
    assert writing == set(WRITES) | set(ENDS) | set(MOVES) | set(KEYS) | ELSEWHERE


@pytest.mark.parametrize("place", sorted(set(SEES) - OPEN))
def test_what_is_closed_stays_as_it_was_for_everybody(world: World, place: str) -> None:
    item = world.items[place]
    package = helpers.call_action("package_show", id=item.package_id)
    before = rows(item)
    kinds = [WRITES, MOVES] + ([] if place in DELETABLE else [ENDS])
    for person in PEOPLE:
        user = world.user(person)
        for ways in kinds:
            for action, writes in ways.items():
                for number, write in enumerate(writes):
                    COUNT["writing what is closed"] += 1
                    # Nothing to link or unlink: not found is as good a refusal.
                    with pytest.raises(refusals(place)):
                        write(user, world, item, json.loads(json.dumps(package)))
                        pytest.fail(f"{person} changed what is {place} by {action} ({number})")
                    model.Session.rollback()
        for writes in KEYS.values():
            for write in writes:
                COUNT["keys that say public"] += 1
                try:
                    write(user, world, item, json.loads(json.dumps(package)))
                except (tk.NotAuthorized, tk.ValidationError):
                    model.Session.rollback()
        assert rows(item) == before, f"{person}, {place}: something changed"


@pytest.mark.parametrize("place", sorted(OPEN))
def test_what_is_open_is_open_to_its_producer_alone(world: World, place: str) -> None:
    item = world.items[place]
    package = helpers.call_action("package_show", id=item.package_id)
    before = rows(item)
    for person in PEOPLE:
        if person in WRITERS:
            continue
        user = world.user(person)
        for ways in (WRITES, ENDS, MOVES):
            for action, writes in ways.items():
                for number, write in enumerate(writes):
                    COUNT["writing what is open"] += 1
                    with pytest.raises(refusals(place)):
                        write(user, world, item, json.loads(json.dumps(package)))
                        pytest.fail(f"{person} changed what is {place} by {action} ({number})")
                    model.Session.rollback()
        assert rows(item) == before, f"{person}, {place}: something changed"


#: What CKAN keeps to editors of the group or to the admin, whoever the producer is; content is not at stake there.
NOT_THE_PRODUCERS = {
    "member_create", "member_delete", "package_relationship_create", "package_relationship_update",
    "package_relationship_delete", "datastore_run_triggers",
}  # fmt: skip


@pytest.mark.parametrize("person", sorted(WRITERS))
def test_the_producer_writes_what_is_open_by_every_way(world: World, person: str) -> None:
    user, refused = world.user(person), []
    for place in sorted(OPEN):
        # Without a group: taking a dataset out of one asks for a right over the group.
        item = make_item(world.city, place)
        for action, writes in WRITES.items():
            for number, write in enumerate(writes):
                COUNT["writing what is open"] += 1
                if model.Session.get(model.Resource, item.resource_id, populate_existing=True).state != "active":
                    item = make_item(world.city, place)
                package = helpers.call_action("package_show", id=item.package_id)
                try:
                    write(user, world, item, package)
                except Exception as error:
                    # Deleting a link twice in one session makes CKAN stumble; a refusal is a refusal.
                    model.Session.remove()
                    # A working copy goes by the name of its dataset.
                    if action not in NOT_THE_PRODUCERS and not (place == "copy" and "no name of its own" in str(error)):
                        refused.append((place, action, number, str(error)))
                stored = model.Session.get(model.Package, item.package_id, populate_existing=True)
                assert stored.private is True, (person, action)
    assert refused == []


@pytest.mark.parametrize("place", sorted(set(SEES) - {"published"}))
def test_no_key_makes_public_what_is_not_published(world: World, place: str) -> None:
    item = world.items[place]
    package = helpers.call_action("package_show", id=item.package_id)
    for person in ("producer", "colleague", "custodian", "city_admin", "sysadmin"):
        for writes in KEYS.values():
            for write in writes:
                COUNT["keys that say public"] += 1
                try:
                    write(world.user(person), world, item, json.loads(json.dumps(package)))
                except tk.NotAuthorized:
                    model.Session.rollback()
                stored = model.Session.get(model.Package, item.package_id, populate_existing=True)
                assert stored.private is True, person
    with pytest.raises(tk.NotAuthorized):
        call_as(None, "package_show", id=item.package_id)


@pytest.mark.parametrize("action", sorted(ENDS))
def test_what_nobody_waits_for_may_be_deleted_by_its_owner(world: World, action: str) -> None:
    item = furnish(world.city, "draft", None)
    package = helpers.call_action("package_show", id=item.package_id)
    person = "sysadmin" if action == "dataset_purge" else "colleague"
    # CKAN does not purge what has collaborators (a foreign key of its own).
    call_as(
        world.city.sysadmin, "package_collaborator_delete", id=item.package_id, user_id=world.city.collaborator["id"]
    )
    COUNT["deleting"] += 1
    ENDS[action][0](world.user(person), world, item, package)
    left = model.Session.get(model.Package, item.package_id, populate_existing=True)
    assert left is None or left.state == "deleted"
    for visitor in ("nobody", "stranger", "former", "custodian", "collaborator"):
        COUNT["deleting"] += 1
        with pytest.raises((tk.NotAuthorized, tk.ObjectNotFound)):
            call_as(world.user(visitor), "package_show", id=item.package_id)
    if left is not None:
        for person in ("producer", "colleague", "city_admin", "collaborator"):
            COUNT["resurrecting"] += 1
            with pytest.raises(tk.NotAuthorized):
                call_as(world.user(person), "package_patch", id=item.package_id, state="active", private=False)
            model.Session.rollback()


def test_a_group_or_organization_takes_nothing_closed_with_it(world: World) -> None:
    item, city = world.items["submitted"], world.city
    before = rows(item)
    attempts: tuple[tuple[str, dict[str, Any]], ...] = (
        ("group_create", {"name": "kelompok-baru", "packages": [{"id": item.package_id}]}),
        ("group_update", {"id": world.group["id"], "name": "kelompok", "packages": []}),
        ("group_patch", {"id": world.group["id"], "packages": []}),
        ("organization_delete", {"id": city.kelurahan["id"]}),
        ("organization_purge", {"id": city.kelurahan["id"]}),
    )
    for action, data in attempts:
        for person in ("producer", "colleague", "city_admin", "sysadmin"):
            COUNT["groups and organizations"] += 1
            with pytest.raises((tk.NotAuthorized, tk.ValidationError)):
                call_as(world.user(person), action, **data)
                pytest.fail(f"{person}: {action}")
            model.Session.rollback()
    assert rows(item) == before


def test_a_file_of_closed_data_stays_with_it_as_it_is(world: World) -> None:
    item = world.items["submitted"]
    owned = model.File(name="a.txt", location="a.txt", storage="default", content_type="text/plain", size=1, hash="x")
    loose = model.File(name="b.txt", location="b.txt", storage="default", content_type="text/plain", size=1, hash="y")
    model.Session.add_all([owned, loose])
    model.Session.flush()
    model.Session.add(model.FileOwner(file_id=owned.id, owner_id=item.resource_id, owner_type="resource"))
    model.Session.commit()
    transfer = {"owner_id": item.package_id, "owner_type": "package"}
    attempts: tuple[tuple[str, dict[str, Any]], ...] = (
        ("file_delete", {"id": owned.id}),
        ("file_rename", {"id": owned.id, "name": "c.txt"}),
        ("file_pin", {"id": owned.id}),
        ("file_unpin", {"id": owned.id}),
        ("file_ownership_transfer", {"id": owned.id, "owner_id": "x", "owner_type": "user"}),
        ("file_ownership_transfer", {"id": loose.id, **transfer}),
    )
    for action, data in attempts:
        for person in ("nobody", "producer", "custodian", "sysadmin"):
            COUNT["files"] += 1
            with pytest.raises(tk.NotAuthorized):
                call_as(world.user(person), action, **data)
                pytest.fail(f"{person}: {action}")
            model.Session.rollback()


# -- forms ----------------------------------------------------------------------------------------------------


def forms(world: World, item: Item, package: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Address → what a browser would send there to change or delete the dataset."""
    pid, rid = item.package_id, item.resource_id
    whole = {key: value for key, value in package.items() if isinstance(value, str)}
    # The form of new data names in ``pkg_name`` what an earlier press has made already.
    begun = {**whole, "pkg_name": pid, "notes": "lain", "save": "", "_ckan_phase": "1"}
    return {
        "/dataset/new": begun,
        "/satudata/review/new/dataset/save-and-submit": begun,
        f"/dataset/edit/{pid}": {**whole, "notes": "lain", "save": "save", "_ckan_phase": ""},
        f"/dataset/delete/{pid}": {},
        f"/dataset/groups/{pid}": {f"group_remove.{world.group['id']}": "remove"},
        f"/dataset/{pid}/resource/new": {"id": "", "url": "https://example.com/x", "name": "x", "save": "go-metadata"},
        f"/dataset/{pid}/resource/{rid}/edit": {"id": rid, "url": "https://example.com/x", "name": "x", "save": "x"},
        f"/dataset/{pid}/resource/{rid}/delete": {},
        f"/dataset/{pid}/resource/{rid}/edit_view/{item.view_id}": {"title": "lain", "save": "x"},
        f"/dataset/{pid}/resource/{rid}/new_view?view_type=text_view": {"title": "lain", "save": "x"},
        f"/dataset/{pid}/dictionary/{rid}": {"info__1__label": "Kamus lain"},
        f"/dataset/{pid}/delete-datastore/{rid}": {},
        f"/dataset/{pid}/resource_data/{rid}": {},
        f"/dataset/{pid}/tabledesigner/{rid}/add-row": {"col__0__value": "9"},
        f"/dataset/{pid}/tabledesigner/{rid}/delete-rows": {"_id": "1"},
        f"/organization/bulk_process/{world.city.kelurahan['name']}": {
            f"dataset_{pid}": "on", "bulk_action.public": "public",
        },
        f"/organization/bulk_process/{world.city.kelurahan['name']}?": {
            f"dataset_{pid}": "on", "bulk_action.delete": "delete",
        },
    }  # fmt: skip


@pytest.mark.parametrize("person", PEOPLE)
def test_no_form_changes_what_is_closed(world: World, full_house: Any, person: str) -> None:
    user = world.user(person)
    full_house.flask_app.test_client_class = CKANTestClient
    client = full_house.flask_app.test_client(user=model.User.get(user["name"]) if user else None)
    # Between the two lies everything else: one that waits, one that is public.
    for place in ("submitted", "published"):
        item = world.items[place]
        package = helpers.call_action("package_show", id=item.package_id)
        before = rows(item)
        for address, data in forms(world, item, package).items():
            COUNT["writing by forms"] += 1
            try:
                client.post(address, data=data, base_url="http://test.ckan.net", follow_redirects=False).close()
            except Exception:
                # Some of CKAN's own forms stumble over a refusal instead of saying it; what counts is the rows.
                model.Session.rollback()
            assert rows(item) == before, f"{person} changed what is {place} at {address}"
