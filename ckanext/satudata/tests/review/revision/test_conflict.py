"""The published data changed while somebody worked on a copy: nothing is overwritten unseen."""

from __future__ import annotations

import datetime as dt
import threading
from types import SimpleNamespace
from typing import Any

import ckantoolkit as tk
import pytest
from ckan import model

from ckanext.satudata import files
from ckanext.satudata.tests.conftest import call_as

from .conftest import NEW_CSV, go, plain, publish, published, seen, start, upload

TO_APPROVED = (("producer", "submit"), ("custodian", "forward"))


def override(city: SimpleNamespace, live: dict[str, Any], **changes: Any) -> None:
    """The portal admin changes published data outside the review."""
    call_as(city.sysadmin, "satudata_review_override", id=live["id"], reason="Mendesak")
    call_as(city.sysadmin, "package_patch", id=live["id"], **changes)


def conflict(city: SimpleNamespace, copy_id: str) -> list[str]:
    found = call_as(city.producer, "satudata_revision_diff", id=copy_id)["conflict"]
    return [change["field"] for change in found]


def test_publishing_stops_and_says_what_changed_and_nothing_has_happened(lasting_city: SimpleNamespace) -> None:
    live = plain(lasting_city)
    copy_id = start(lasting_city, live)
    call_as(lasting_city.producer, "package_patch", id=copy_id, notes="Dari salinan")
    go(lasting_city, copy_id, *TO_APPROVED)
    override(lasting_city, live, metodologi="Diubah admin")
    now = seen(live["id"])
    with pytest.raises(tk.ValidationError) as error:
        go(lasting_city, copy_id, ("custodian", "publish"))
    assert list(error.value.error_dict) == ["conflict"]
    assert seen(live["id"]) == now
    assert call_as(lasting_city.producer, "satudata_review_show", id=copy_id)["state"] == "approved"
    assert conflict(lasting_city, copy_id) == ["metodologi"]


def test_flags_of_programs_and_dates_are_no_conflict(lasting_city: SimpleNamespace) -> None:
    live = plain(lasting_city)
    copy_id = start(lasting_city, live)
    resource = model.Resource.get(live["resources"][0]["id"])
    resource.hash, resource.size = "abc", 12
    resource.extras = {**resource.extras, "datastore_active": False}
    model.Package.get(live["id"]).metadata_modified = dt.datetime.utcnow()
    model.Session.commit()
    assert conflict(lasting_city, copy_id) == []


def preview(city: SimpleNamespace, live: dict[str, Any], resource_id: str, title: str) -> dict[str, Any]:
    """Published data get a further preview, as loaders give them one once a table is loaded."""
    call_as(city.sysadmin, "satudata_review_override", id=live["id"], reason="Mendesak")
    return dict(
        call_as(
            city.sysadmin, "resource_view_create", resource_id=resource_id, title=title, view_type="datatables_view"
        )
    )


def test_previews_the_published_data_were_given_since_are_no_conflict_and_stay(lasting_city: SimpleNamespace) -> None:
    """A copy is begun, and only then the loader is done with the published table."""
    live = published(lasting_city)
    table = next(resource["id"] for resource in live["resources"] if resource["name"] == "Tabel")
    before = preview(lasting_city, live, table, "Dulu")
    copy_id = start(lasting_city, live)
    since, twice = (preview(lasting_city, live, table, title) for title in ("Sejak itu", "Sama"))
    copied = next(
        resource["id"]
        for resource in call_as(lasting_city.producer, "package_show", id=copy_id)["resources"]
        if resource["name"] == "Tabel"
    )
    own = call_as(
        lasting_city.producer, "resource_view_create", resource_id=copied, title="Sama", view_type="datatables_view"
    )
    diff = call_as(lasting_city.producer, "satudata_revision_diff", id=copy_id)
    assert diff["conflict"] == [] and not [each for each in diff["changes"] if each["scope"] == "views"]
    call_as(lasting_city.producer, "package_patch", id=copy_id, notes="Dari salinan")
    publish(lasting_city, copy_id)
    shown = [(view["id"], view["title"]) for view in call_as(None, "resource_view_list", id=table)]
    assert {title for _id, title in shown} == {"Dulu", "Sejak itu", "Sama"} and len(shown) == 3
    assert {before["id"], since["id"]} <= {id for id, _title in shown}
    assert twice["id"] not in dict(shown) or own["id"] not in dict(shown)


@pytest.mark.parametrize("what", ["group", "view", "file", "row"])
def test_what_moves_no_date_is_a_conflict_all_the_same(lasting_city: SimpleNamespace, what: str) -> None:
    live = published(lasting_city)
    by_name = {resource["name"]: resource["id"] for resource in live["resources"]}
    view = preview(lasting_city, live, by_name["Tabel"], "Peta") if what == "view" else {}
    copy_id = start(lasting_city, live)
    call_as(lasting_city.sysadmin, "satudata_review_override", id=live["id"], reason="Mendesak")
    if what == "group":
        name = "g" + live["id"][:8]
        call_as(lasting_city.sysadmin, "group_create", name=name)
        call_as(
            lasting_city.sysadmin, "member_create", id=name, object=live["id"], object_type="package",
            capacity="public",
        )  # fmt: skip
    elif what == "view":
        call_as(
            lasting_city.sysadmin, "resource_view_update", id=view["id"], resource_id=by_name["Tabel"],
            title="Peta baru", view_type="datatables_view",
        )  # fmt: skip
    elif what == "file":
        call_as(lasting_city.sysadmin, "resource_patch", id=by_name["Berkas"], upload=upload(NEW_CSV))
    else:
        call_as(
            lasting_city.sysadmin, "datastore_upsert", resource_id=by_name["Tabel"], method="insert", force=True,
            records=[{"wilayah": "Jati", "jumlah": 5}],
        )  # fmt: skip
    field = {"group": "groups", "view": "views", "file": by_name["Berkas"], "row": by_name["Tabel"]}[what]
    assert conflict(lasting_city, copy_id) == [field]


def test_the_producer_brings_a_copy_up_to_date_and_chooses_where_both_changed(lasting_city: SimpleNamespace) -> None:
    live = published(lasting_city)
    copy_id = start(lasting_city, live)
    call_as(lasting_city.producer, "package_patch", id=copy_id, notes="Dari salinan", satuan="orang")
    override(lasting_city, live, notes="Dari admin", metodologi="Diubah admin", tags=[{"name": "admin"}])
    call_as(lasting_city.sysadmin, "satudata_review_override", id=live["id"], reason="Mendesak")
    file = next(resource for resource in live["resources"] if resource["name"] == "Berkas")
    call_as(lasting_city.sysadmin, "resource_patch", id=file["id"], upload=upload(NEW_CSV), description="Baru")
    assert set(conflict(lasting_city, copy_id)) == {"notes", "metodologi", "tags", file["id"]}
    with pytest.raises(tk.ValidationError) as error:
        call_as(lasting_city.producer, "satudata_revision_resolve", id=copy_id)
    assert list(error.value.error_dict) == ["choices"]
    with pytest.raises(tk.NotAuthorized):
        call_as(lasting_city.custodian, "satudata_revision_resolve", id=copy_id, choices={"notes": "copy"})
    call_as(lasting_city.producer, "satudata_revision_resolve", id=copy_id, choices={"notes": "copy"})
    assert conflict(lasting_city, copy_id) == []
    publish(lasting_city, copy_id)
    now = seen(live["id"])
    assert (now["notes"], now["satuan"], now["metodologi"]) == ("Dari salinan", "orang", "Diubah admin")
    assert [tag["name"] for tag in now["tags"]] == ["admin"]
    (mended,) = [resource for resource in now["resources"] if resource["id"] == file["id"]]
    assert mended["description"] == "Baru"
    assert b"".join(files.chunks(mended)) == NEW_CSV


def test_the_checker_may_let_the_copy_hold_with_a_reason(lasting_city: SimpleNamespace) -> None:
    live = plain(lasting_city)
    copy_id = start(lasting_city, live)
    call_as(lasting_city.producer, "package_patch", id=copy_id, notes="Dari salinan")
    go(lasting_city, copy_id, *TO_APPROVED)
    override(lasting_city, live, notes="Dari admin")
    with pytest.raises(tk.ValidationError) as error:
        call_as(lasting_city.custodian, "satudata_revision_resolve", id=copy_id, keep="copy")
    assert list(error.value.error_dict) == ["comment"]
    with pytest.raises(tk.NotAuthorized):
        call_as(lasting_city.producer, "satudata_revision_resolve", id=copy_id, keep="copy", comment="Saya mau")
    call_as(lasting_city.custodian, "satudata_revision_resolve", id=copy_id, keep="copy", comment="Sudah dibicarakan")
    go(lasting_city, copy_id, ("custodian", "publish"))
    assert seen(live["id"])["notes"] == "Dari salinan"
    events = call_as(lasting_city.producer, "satudata_review_history", id=live["id"], limit=100)["results"]
    assert "revision_resolve" in [event["action"] for event in events]


def test_of_two_who_publish_the_same_copy_at_once_one_does(lasting_city: SimpleNamespace, app_once: Any) -> None:
    live = plain(lasting_city)
    copy_id = start(lasting_city, live)
    call_as(lasting_city.producer, "package_patch", id=copy_id, notes="Sekali saja")
    go(lasting_city, copy_id, *TO_APPROVED)
    model.Session.commit()
    outcomes: list[str] = []

    def press(person: str) -> None:
        with app_once.flask_app.test_request_context("/"):
            try:
                go(lasting_city, copy_id, (person, "publish"))
                outcomes.append("won")
            except (tk.NotAuthorized, tk.ValidationError, tk.ObjectNotFound):
                outcomes.append("refused")
            except Exception as error:
                outcomes.append(repr(error))
            finally:
                model.Session.remove()

    threads = [threading.Thread(target=press, args=(person,)) for person in ("custodian", "second_custodian") * 3]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["refused"] * 5 + ["won"]
    assert seen(live["id"])["notes"] == "Sekali saja"
    events = call_as(lasting_city.producer, "satudata_review_history", id=live["id"], limit=100)["results"]
    assert [event["action"] for event in events].count("publish") == 2
