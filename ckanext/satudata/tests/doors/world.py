"""One dataset at every place of the review, each full of words that nobody may read who may not see it."""

from __future__ import annotations

import io
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

import ckantoolkit as tk
import sqlalchemy as sa
from ckan import model
from ckan.tests import helpers
from werkzeug.datastructures import FileStorage

from ckanext.satudata.tests.conftest import call_as
from ckanext.satudata.tests.factories import submittable
from ckanext.satudata.tests.review.conftest import ROADS, _support, build_city, record_restriction, with_support

#: Everybody the issue names, and who else CKAN's own rules favour.
PEOPLE = (
    "nobody", "stranger", "former", "neighbour", "member", "producer", "colleague", "city_admin", "collaborator",
    "supporter", "custodian", "second_custodian", "pembina", "planner", "sysadmin",
)  # fmt: skip
_OWN = {"member", "producer", "colleague", "city_admin", "collaborator", "sysadmin"}
_ROLES = {"supporter", "custodian", "second_custodian", "pembina", "planner"}
_ALL = set(PEOPLE)

#: Place → who sees it. Written by hand. ``closed`` and ``limited`` are data published as *tertutup* and *terbatas*,
#: ``narrowed`` was open to all before a working copy made it *terbatas*; ``copy`` and ``copy_submitted`` are working
#: copies of data that stay public meanwhile, with words of their own.
SEES: dict[str, set[str]] = {
    "draft": _OWN,
    "submitted": _OWN | _ROLES,
    "supporting_check": _OWN | _ROLES,
    "custodian_check": _OWN | _ROLES,
    "pembina_review": _OWN | _ROLES,
    "approved": _OWN | _ROLES,
    "returned": _OWN | _ROLES,
    "published": _ALL,
    "withdrawn": _OWN | _ROLES,
    "closed": _OWN | _ROLES,
    "limited": _OWN | _ROLES,
    "narrowed": _OWN | _ROLES,
    # Who was let in to read the dataset was not let in to what its producer is still writing.
    "copy": _OWN - {"collaborator"},
    "copy_submitted": (_OWN - {"collaborator"}) | _ROLES,
}
#: Places with published data beside them, which everybody sees.
COPIES = {"copy", "copy_submitted"}


#: What the data of a place name as their access; *terbuka* everywhere else.
ACCESS = {"closed": "tertutup", "limited": "terbatas"}

#: Where the public hears that something was withdrawn: the feed, and its own address with what stood below it.
TOMBSTONES = ("satudata_feed.changes", "satudata_changes", "dataset.read", "dataset_resource.", "resource.")
#: Where the public reads the description of data with restricted access; their own address leads there.
DESCRIPTIONS = ("satudata_restricted", "satudata_harvest")
#: Place → doors that tell title and address of it, by contract.
TOLD: dict[str, tuple[str, ...]] = {
    "withdrawn": TOMBSTONES,
    "limited": (*DESCRIPTIONS, "dataset.read"),
    "narrowed": (*DESCRIPTIONS, *TOMBSTONES),
}


@dataclass
class Item:
    """A dataset at one place, with what is needed to ask for its parts."""

    place: str
    package_id: str
    name: str
    resource_id: str
    view_id: str
    table_view_id: str
    activity_id: str
    #: In rows, file, names of resources and views, and in no address that is asked for.
    word: str
    #: In the title.
    heading: str
    tag: str
    #: In the notes.
    description: str

    def secrets(self, door: str) -> tuple[str, ...]:
        """What an answer about everything must not hold.

        Of what was public, tombstone and feed go on telling the title and the address, by contract; of restricted
        data their description tells that and what they are, and never a word of their files.
        """
        return (self.word, self.resource_id, *self._metadata(door), *self._names(door, self.package_id))

    def words(self, door: str) -> tuple[str, ...]:
        """The same for an answer about this dataset, which may repeat what it was asked for."""
        metadata = self._metadata(door)
        return (self.word, *(one for one in metadata if one != self.tag), *self._names(door))

    def _metadata(self, door: str) -> tuple[str, ...]:
        described = self.place in ("limited", "narrowed") and door.startswith(DESCRIPTIONS)
        return () if described else (self.description, self.tag)

    def _names(self, door: str, *more: str) -> tuple[str, ...]:
        return () if door.startswith(TOLD.get(self.place, ("nowhere",))) else (self.heading, self.name, *more)


@dataclass
class World:
    """The city, its datasets, and a group that all of them belong to."""

    city: SimpleNamespace
    items: dict[str, Item]
    group: dict[str, Any]

    def user(self, person: str) -> dict[str, Any] | None:
        """The account of one of ``PEOPLE``; None for nobody."""
        return None if person == "nobody" else getattr(self.city, person)

    def hidden_from(self, person: str) -> list[Item]:
        """What this person may not see."""
        return [item for item in self.items.values() if person not in SEES[item.place]]


def build_world() -> World:
    """Walk a dataset to each place, by the real transitions."""
    city = with_support(build_city())
    group = call_as(city.sysadmin, "group_create", name="kelompok", title="Kelompok")
    items = {place: make_item(city, place, group) for place in SEES}
    return World(city, items, group)


def make_item(city: SimpleNamespace, place: str, group: dict[str, Any] | None = None) -> Item:
    """A dataset with an uploaded file, a table, views, a tag of its own and a collaborator, led to its place."""
    if place in COPIES:
        return make_copy(city, place, group)
    item = furnish(city, place, group)
    state = "published" if place in ("narrowed", *ACCESS) else place
    supported = state != "supporting_check"
    for person, action, data in ROADS[state]:
        if person == "custodian" and supported:
            supported = False
            _support(city, item.package_id)
        record_restriction(city, item.package_id, action, ACCESS.get(place, "terbuka"))
        if action == "priority":
            call_as(city.planner, "satudata_priority_set", id=item.package_id, prioritas_daerah_tahun="2024")
        else:
            call_as(getattr(city, person), "satudata_review_transition", id=item.package_id, action=action, **data)
    if place == "narrowed":
        narrow(city, item)
    return item


def narrow(city: SimpleNamespace, item: Item) -> None:
    """Make open data *terbatas*, by a working copy as everything that changes published data."""
    copy_id = call_as(
        city.producer, "satudata_revision_start", id=item.package_id, change_kind="koreksi", public_note="Dibatasi"
    )["revision_id"]
    call_as(city.producer, "package_patch", id=copy_id, accesslevel="terbatas")
    for person, action, data in ROADS["published"]:
        if person == "custodian" and action == "forward":
            _support(city, copy_id)
        record_restriction(city, copy_id, action, "terbatas")
        call_as(getattr(city, person), "satudata_review_transition", id=copy_id, action=action, **data)


def make_copy(city: SimpleNamespace, place: str, group: dict[str, Any] | None = None) -> Item:
    """A working copy of published data, every word in it changed, led to its place."""
    live = make_item(city, "published", group)
    copy_id = call_as(
        city.producer,
        "satudata_revision_start",
        id=live.package_id,
        change_kind="pemutakhiran",
        public_note="Versi baru",
    )["revision_id"]
    suffix = f"{live.word.removeprefix('kanari')}{place.replace('_', '')}"
    word, heading, tag = f"kanari{suffix}", f"Judul{suffix}", f"label{suffix}"
    description = f"uraian{suffix}"
    copy = call_as(
        city.producer,
        "package_patch",
        id=copy_id,
        title=f"Data {heading}",
        notes=f"Uraian {description}",
        tags=[{"name": tag}],
    )
    resource, link = copy["resources"]
    upload = FileStorage(io.BytesIO(f"kode,nama\n1,{word}\n".encode()), filename=f"{word}.txt")
    call_as(city.producer, "resource_patch", id=resource["id"], upload=upload, name=f"Tabel {word}")
    call_as(city.producer, "resource_patch", id=link["id"], name=f"Tautan {word}")
    call_as(city.producer, "datastore_records_delete", resource_id=resource["id"], force=True, filters={"kode": "1"})
    fill_table(resource["id"], word)
    views = call_as(city.producer, "resource_view_list", id=resource["id"])
    for view in views:
        call_as(city.producer, "resource_view_update", **{**view, "title": f"Pratinjau {word}"})
    for person, action, data in ROADS[place.removeprefix("copy").strip("_") or "draft"]:
        call_as(getattr(city, person), "satudata_review_transition", id=copy_id, action=action, **data)
    return Item(
        place, copy_id, copy["name"], resource["id"], views[0]["id"], views[1]["id"], live.activity_id, word, heading,
        tag, description,
    )  # fmt: skip


def fill_table(resource_id: str, word: str) -> None:
    """Write the row of a resource's table, as the loader of the portal would."""
    site_user = helpers.call_action("get_site_user", {"ignore_auth": True})
    tk.get_action("datastore_create")(
        {"user": site_user["name"], "ignore_auth": True},
        {"resource_id": resource_id, "force": True, "records": [{"kode": "1", "nama": word}]},
    )


def furnish(city: SimpleNamespace, place: str, group: dict[str, Any] | None = None) -> Item:
    """The draft of ``make_item``."""
    number = furnish.made = getattr(furnish, "made", 0) + 1  # type: ignore[attr-defined]
    suffix = f"{number}{place.replace('_', '')}"
    word, heading, tag, name = f"kanari{suffix}", f"Judul{suffix}", f"label{suffix}", f"berkas-{suffix}"
    description = f"uraian{suffix}"
    package = call_as(
        city.producer,
        "package_create",
        **submittable(
            city.kelurahan,
            name=name,
            title=f"Data {heading}",
            notes=f"Uraian {description}",
            tags=[{"name": tag}],
            accesslevel=ACCESS.get(place, "terbuka"),
            resources=[],
        ),
    )
    pid = package["id"]
    # xloader leaves a TXT alone: the rows are written here.
    upload = FileStorage(io.BytesIO(f"kode,nama\n1,{word}\n".encode()), filename=f"{word}.txt")
    resource = call_as(
        city.producer, "resource_create", package_id=pid, upload=upload, name=f"Tabel {word}", format="TXT"
    )
    call_as(city.producer, "resource_create", package_id=pid, url="https://example.com/tautan", name=f"Tautan {word}")
    fill_table(resource["id"], word)
    views = [
        call_as(
            city.producer, "resource_view_create", resource_id=resource["id"], title=f"Pratinjau {word}", view_type=kind
        )["id"]
        for kind in ("text_view", "datatables_view")
    ]
    call_as(city.sysadmin, "package_collaborator_create", id=pid, user_id=city.collaborator["id"], capacity="editor")
    if group:
        call_as(city.sysadmin, "member_create", id=group["id"], object=pid, object_type="package", capacity="public")
    call_as(city.producer, "follow_dataset", id=pid)
    activity_id = model.Session.scalar(
        sa.text("SELECT id FROM activity WHERE object_id = :id ORDER BY timestamp DESC LIMIT 1"), {"id": pid}
    )
    return Item(place, pid, name, resource["id"], views[0], views[1], activity_id, word, heading, tag, description)
