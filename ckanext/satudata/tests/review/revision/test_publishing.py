"""Publishing a working copy: what readers get before, what after, and that it is one and the same dataset."""

from __future__ import annotations

import datetime as dt
from types import SimpleNamespace
from typing import Any

import ckantoolkit as tk
import pytest
import sqlalchemy as sa
from ckan import model

from ckanext.satudata import files
from ckanext.satudata.review import jobs
from ckanext.satudata.review.content import content_of
from ckanext.satudata.review.model import Review
from ckanext.satudata.review.revision import tables
from ckanext.satudata.review.revision.model import Revision
from ckanext.satudata.tests.conftest import call_as

from ..conftest import record_restriction
from .conftest import CSV, NEW_CSV, ROAD, go, make, plain, publish, published, seen, start, upload


def named(package: dict[str, Any], name: str) -> dict[str, Any]:
    (found,) = [resource for resource in package["resources"] if resource["name"] == name]
    return found


def rows(resource_id: str, user: dict[str, Any] | None = None) -> list[tuple[Any, ...]]:
    found = call_as(user, "datastore_search", resource_id=resource_id)
    return sorted((record["wilayah"], record["jumlah"]) for record in found["records"])


def test_readers_see_the_old_version_to_the_last_byte_until_the_new_one_is_published(
    lasting_city: SimpleNamespace,
) -> None:
    live = published(lasting_city)
    copy_id = start(lasting_city, live)
    assert seen(live["id"]) == live
    copy = call_as(lasting_city.producer, "package_patch", id=copy_id, title="Penduduk, angka baru")
    call_as(lasting_city.producer, "resource_patch", id=named(copy, "Berkas")["id"], upload=upload(NEW_CSV))
    call_as(
        lasting_city.producer, "datastore_upsert", resource_id=named(copy, "Tabel")["id"],
        records=[{"wilayah": "Aur", "jumlah": 9}], method="upsert",
    )  # fmt: skip
    assert seen(live["id"]) == live
    for step in (("producer", "submit"), ("custodian", "claim"), ("custodian", "forward")):
        go(lasting_city, copy_id, step)
        assert seen(live["id"]) == live
    assert rows(named(live, "Tabel")["id"]) == [("Aur", 1), ("Hamdan", 2)]
    assert b"".join(files.chunks(named(live, "Berkas"))) == CSV
    go(lasting_city, copy_id, ("custodian", "publish"))
    now = seen(live["id"])
    assert (now["id"], now["name"], now["title"]) == (live["id"], live["name"], "Penduduk, angka baru")
    assert [resource["id"] for resource in now["resources"]] == [resource["id"] for resource in live["resources"]]
    assert [resource["url"] for resource in now["resources"]] == [resource["url"] for resource in live["resources"]]
    assert rows(named(now, "Tabel")["id"]) == [("Aur", 9), ("Hamdan", 2)]
    assert b"".join(files.chunks(named(now, "Berkas"))) == NEW_CSV
    assert now["metadata_modified"] > live["metadata_modified"]
    assert now["metadata_created"] == live["metadata_created"]
    assert (now["private"], now["state"]) == (False, "active")


def test_what_is_added_gets_a_new_id_what_is_removed_goes_and_the_order_is_that_of_the_copy(
    lasting_city: SimpleNamespace,
) -> None:
    live = published(lasting_city)
    copy_id = start(lasting_city, live)
    copy = call_as(lasting_city.producer, "package_show", id=copy_id)
    added = call_as(
        lasting_city.producer, "resource_create", package_id=copy_id, name="Tambahan", format="CSV",
        upload=upload(NEW_CSV, "tambahan.csv"), url="tambahan.csv", url_type="upload",
    )  # fmt: skip
    call_as(lasting_city.producer, "resource_delete", id=named(copy, "Tabel")["id"])
    order = [added["id"], named(copy, "Berkas")["id"], named(copy, "Penduduk 2024")["id"]]
    call_as(lasting_city.producer, "package_resource_reorder", id=copy_id, order=order)
    publish(lasting_city, copy_id)
    now = seen(live["id"])
    assert [resource["name"] for resource in now["resources"]] == ["Tambahan", "Berkas", "Penduduk 2024"]
    assert named(now, "Berkas")["id"] == named(live, "Berkas")["id"]
    new = named(now, "Tambahan")
    assert new["id"] not in {added["id"], *(resource["id"] for resource in live["resources"])}
    assert b"".join(files.chunks(new)) == NEW_CSV
    assert b"".join(files.chunks(named(now, "Berkas"))) == CSV
    assert not tables.has_table(named(live, "Tabel")["id"]), "what nobody can reach is not kept in the DataStore"
    second = start(lasting_city, now)
    publish(lasting_city, second)
    assert [resource["id"] for resource in seen(live["id"])["resources"]] == [res["id"] for res in now["resources"]]


def test_previews_and_the_data_dictionary_follow_and_keep_their_ids(lasting_city: SimpleNamespace) -> None:
    live = published(lasting_city)
    table = named(live, "Tabel")["id"]
    call_as(lasting_city.sysadmin, "satudata_review_override", id=live["id"], reason="Pratinjau")
    view = call_as(
        lasting_city.sysadmin, "resource_view_create", resource_id=table, title="Tabel", view_type="datatables_view"
    )
    copy_id = start(lasting_city, seen(live["id"]))
    copied = named(call_as(lasting_city.producer, "package_show", id=copy_id), "Tabel")["id"]
    (copied_view,) = call_as(lasting_city.producer, "resource_view_list", id=copied)
    assert copied_view["id"] != view["id"]
    call_as(lasting_city.producer, "resource_view_update", id=copied_view["id"], resource_id=copied, title="Baru",
            view_type="datatables_view")  # fmt: skip
    extra = call_as(
        lasting_city.producer, "resource_view_create", resource_id=copied, title="Kedua", view_type="datatables_view"
    )
    fields = call_as(lasting_city.producer, "datastore_info", id=copied)["fields"]
    fields[1]["info"] = {"label": "Jumlah jiwa"}
    call_as(lasting_city.producer, "datastore_create", resource_id=copied, fields=fields, force=True)
    assert [one["title"] for one in call_as(None, "resource_view_list", id=table)] == ["Tabel"]
    publish(lasting_city, copy_id)
    shown = {one["title"]: one["id"] for one in call_as(None, "resource_view_list", id=table)}
    assert shown["Baru"] == view["id"]
    assert set(shown) == {"Baru", "Kedua"} and shown["Kedua"] != extra["id"]
    info = call_as(None, "datastore_info", id=table)["fields"]
    assert [field.get("info", {}).get("label") for field in info] == ["Wilayah", "Jumlah jiwa"]


def test_tags_groups_extras_and_emptied_fields_follow(lasting_city: SimpleNamespace) -> None:
    group = call_as(lasting_city.sysadmin, "group_create", name="sosial-" + lasting_city.kota["name"][-6:])
    call_as(
        lasting_city.sysadmin, "group_member_create", id=group["id"], username=lasting_city.producer["name"],
        role="member",
    )  # fmt: skip
    live = plain(lasting_city)
    copy_id = start(lasting_city, live)
    call_as(
        lasting_city.producer, "package_patch", id=copy_id, tags=[{"name": "penduduk"}, {"name": "gender-baru"}],
        groups=[{"id": group["id"]}], extras=[{"key": "catatan", "value": "dari register"}], produsen_bersama="",
        metodologi="Sensus",
    )  # fmt: skip
    publish(lasting_city, copy_id)
    now = seen(live["id"])
    assert {tag["name"] for tag in now["tags"]} == {"penduduk", "gender-baru"}
    assert [one["id"] for one in now["groups"]] == [group["id"]]
    assert now["extras"] == [{"key": "catatan", "value": "dari register"}]
    assert now["metodologi"] == "Sensus"
    kept = {**content_of(live), "tags": None, "groups": None, "extras": None, "metodologi": None}
    assert {**content_of(now), "tags": None, "groups": None, "extras": None, "metodologi": None} == kept


def test_a_dataset_stays_in_its_groups_and_with_its_owner(lasting_city: SimpleNamespace) -> None:
    group = call_as(lasting_city.sysadmin, "group_create", name="gizi-" + lasting_city.kota["name"][-6:])
    draft = make(lasting_city)
    call_as(
        lasting_city.sysadmin, "member_create", id=group["id"], object=draft["id"], object_type="package",
        capacity="public",
    )  # fmt: skip
    go(lasting_city, draft["id"], *ROAD)
    copy_id = start(lasting_city, draft)
    copy = call_as(lasting_city.producer, "package_patch", id=copy_id, metodologi="Pencatatan")
    assert [one["id"] for one in copy["groups"]] == [group["id"]]
    publish(lasting_city, copy_id)
    assert [one["id"] for one in seen(draft["id"])["groups"]] == [group["id"]]
    members = model.Session.scalars(
        sa.select(model.Member.group_id).where(model.Member.table_id == draft["id"], model.Member.state == "active")
    )
    assert set(members) == {group["id"], lasting_city.kelurahan["id"]}


def test_the_history_tells_of_both_and_the_copy_is_gone(lasting_city: SimpleNamespace) -> None:
    live = plain(lasting_city)
    copy_id = start(lasting_city, live, change_kind="koreksi", public_note="Jumlah laki-laki 812, bukan 821")
    call_as(lasting_city.producer, "package_patch", id=copy_id, notes="Diperbaiki")
    publish(lasting_city, copy_id)
    events = call_as(lasting_city.producer, "satudata_review_history", id=live["id"], limit=100)["results"]
    assert [event["action"] for event in events][-4:] == ["revise", "submit", "forward", "publish"]
    assert events[-1]["package_id"] == live["id"] and events[-2]["package_id"] == copy_id
    assert model.Package.get(copy_id) is None
    assert Revision.get(copy_id).pending == []
    assert call_as(lasting_city.custodian, "satudata_review_list", q=live["title"])["results"] is not None
    listed = call_as(lasting_city.producer, "satudata_revision_list", status="published", live=live["id"])["results"]
    assert [(row["revision_id"], row["public_note"]) for row in listed] == [
        (copy_id, "Jumlah laki-laki 812, bukan 821")
    ]
    review = call_as(lasting_city.producer, "satudata_review_show", id=live["id"])
    assert review["state"] == "published"
    activities = call_as(None, "package_activity_list", id=live["id"])
    assert activities[0]["activity_type"] == "changed package"
    assert activities[0]["data"]["package"]["notes"] == "Diperbaiki"


def test_every_version_is_listed_with_its_note_and_files_and_those_concerned_may_have_the_old_ones(
    lasting_city: SimpleNamespace,
) -> None:
    live = published(lasting_city)
    copy_id = start(lasting_city, live, change_kind="koreksi", public_note="Salah ketik")
    copy = call_as(lasting_city.producer, "package_show", id=copy_id)
    call_as(lasting_city.producer, "resource_patch", id=named(copy, "Berkas")["id"], upload=upload(NEW_CSV))
    publish(lasting_city, copy_id)
    public = call_as(None, "satudata_revision_versions", id=live["name"])
    assert public["count"] == 2
    newest, first = public["results"]
    assert (newest["number"], newest["change_kind"], newest["public_note"]) == (2, "koreksi", "Salah ketik")
    assert (first["number"], first["change_kind"], first["public_note"]) == (1, None, None)
    assert [(file["filename"], file["current"]) for file in newest["files"]] == [("penduduk.csv", True)]
    assert [(file["filename"], file["current"]) for file in first["files"]] == [("penduduk.csv", False)]
    assert "url" not in first["files"][0]
    own = call_as(lasting_city.producer, "satudata_revision_versions", id=live["name"])["results"]
    assert own[1]["files"][0]["url"].startswith("http")


def test_who_changed_the_copy_does_not_check_or_publish_it(lasting_city: SimpleNamespace) -> None:
    live = plain(lasting_city)
    copy_id = start(lasting_city, live)
    call_as(lasting_city.sysadmin, "package_patch", id=copy_id, notes="Diubah admin")
    go(lasting_city, copy_id, ("producer", "submit"))
    with pytest.raises(Exception, match="four eyes"):
        go(lasting_city, copy_id, ("sysadmin", "forward"))
    go(lasting_city, copy_id, ("custodian", "forward"))
    with pytest.raises(Exception, match="four eyes"):
        go(lasting_city, copy_id, ("sysadmin", "publish"))
    go(lasting_city, copy_id, ("custodian", "publish"))
    assert seen(live["id"])["notes"] == "Diubah admin"


def test_a_copy_may_wait_for_its_release_date(lasting_city: SimpleNamespace) -> None:
    live = plain(lasting_city)
    copy_id = start(lasting_city, live)
    call_as(lasting_city.producer, "package_patch", id=copy_id, notes="Untuk nanti")
    go(lasting_city, copy_id, ("producer", "submit"), ("custodian", "forward"))
    later = dt.datetime.utcnow() + dt.timedelta(hours=1)
    call_as(
        lasting_city.custodian, "satudata_review_transition", id=copy_id, action="publish",
        release_at=later.isoformat() + "+00:00",
    )  # fmt: skip
    assert jobs.release_due() == []
    assert seen(live["id"]) == live
    Review.get(copy_id).release_at = dt.datetime.utcnow() - dt.timedelta(seconds=1)
    model.Session.commit()
    assert jobs.release_due() == [copy_id]
    assert seen(live["id"])["notes"] == "Untuk nanti"


def test_narrowing_access_takes_the_data_out_of_public_sight(lasting_city: SimpleNamespace) -> None:
    live = plain(lasting_city)
    copy_id = start(lasting_city, live)
    call_as(lasting_city.producer, "package_patch", id=copy_id, accesslevel="terbatas")
    for action in ("submit", "publish"):
        record_restriction(lasting_city, live["id"], action, "terbatas")
    publish(lasting_city, copy_id)
    assert model.Package.get(live["id"]).private is True
    assert live["id"] not in {row["id"] for row in call_as(None, "package_search", rows=1000)["results"]}
    with pytest.raises(tk.NotAuthorized):
        call_as(None, "package_show", id=live["id"])


def test_a_pembina_checks_priority_data_again(lasting_city: SimpleNamespace) -> None:
    live = plain(lasting_city)
    copy_id = start(lasting_city, live)
    call_as(lasting_city.planner, "satudata_priority_set", id=live["id"], prioritas_daerah_tahun="2024")
    call_as(lasting_city.sysadmin, "satudata_priority_set", id=copy_id, prioritas_daerah_tahun="2024")
    go(lasting_city, copy_id, ("producer", "submit"), ("custodian", "forward"), ("pembina", "approve"),
       ("custodian", "publish"))  # fmt: skip
    now = seen(live["id"])
    assert now["prioritas_daerah_tahun"] == "2024"
    assert call_as(None, "satudata_review_show", id=live["id"])["pembina_checked_at"]
