"""A working copy: who begins one, who edits it, who knows of it, and how it ends without being published."""

from __future__ import annotations

import datetime as dt
import threading
from types import SimpleNamespace
from typing import Any

import ckantoolkit as tk
import pytest
import sqlalchemy as sa
from ckan import model

from ckanext.satudata.review.revision import jobs
from ckanext.satudata.review.revision.model import Revision
from ckanext.satudata.tests.conftest import call_as
from ckanext.satudata.tests.review.conftest import ROADS, walk_to

from .conftest import go, outside, plain, publish, published, seen, start, upload

PEOPLE = (
    "producer colleague member neighbour custodian second_custodian pembina planner stranger city_admin "
    "collaborator sysadmin".split()
)


# -- beginning ---------------------------------------------------------------------------------------------------


def test_producer_and_custodian_begin_a_change_and_nobody_else(lasting_city: SimpleNamespace) -> None:
    live = plain(lasting_city)
    for person in PEOPLE:
        if person in ("producer", "colleague", "custodian", "second_custodian", "sysadmin"):
            copy_id = start(lasting_city, live, person)
            call_as(getattr(lasting_city, person), "satudata_revision_abandon", id=copy_id)
            continue
        with pytest.raises(tk.NotAuthorized):
            start(lasting_city, live, person)
        assert Revision.open_of(live["id"]) is None


def test_nobody_begins_a_change_anonymously(lasting_city: SimpleNamespace) -> None:
    live = plain(lasting_city)
    with pytest.raises(tk.NotAuthorized):
        call_as(None, "satudata_revision_start", id=live["id"], change_kind="koreksi")


@pytest.mark.parametrize("state", [state for state in ROADS if state not in ("published", "supporting_check")])
def test_only_published_data_has_working_copies(lasting_city: SimpleNamespace, state: str) -> None:
    package = walk_to(lasting_city, state)
    with pytest.raises(tk.NotAuthorized):
        start(lasting_city, package, "sysadmin")


def test_the_kind_of_change_is_asked_for_and_unknown_words_are_refused(lasting_city: SimpleNamespace) -> None:
    live = plain(lasting_city)
    for data, field in (({}, "change_kind"), ({"change_kind": "lain"}, "change_kind"), ({"kind": "koreksi"}, "kind")):
        with pytest.raises(tk.ValidationError) as error:
            call_as(lasting_city.producer, "satudata_revision_start", id=live["id"], **data)
        assert field in error.value.error_dict
    assert Revision.open_of(live["id"]) is None


def test_the_transition_revise_is_the_same_door(lasting_city: SimpleNamespace) -> None:
    live = plain(lasting_city)
    answer = call_as(
        lasting_city.producer, "satudata_review_transition", id=live["id"], action="revise", change_kind="koreksi"
    )
    assert answer["state"] == "published"
    assert Revision.open_of(live["id"]).change_kind == "koreksi"


def test_there_is_one_working_copy_at_a_time_and_the_next_one_hears_who_has_it(lasting_city: SimpleNamespace) -> None:
    live = plain(lasting_city)
    start(lasting_city, live)
    with pytest.raises(tk.NotAuthorized, match="one working copy at a time"):
        start(lasting_city, live, "colleague")


def test_of_many_who_begin_at_once_one_does(lasting_city: SimpleNamespace, app_once: Any) -> None:
    live = plain(lasting_city)
    outcomes: list[str] = []

    def begin(person: str) -> None:
        with app_once.flask_app.test_request_context("/"):
            try:
                start(lasting_city, live, person)
                outcomes.append("won")
            except tk.NotAuthorized:
                outcomes.append("refused")
            except Exception as error:
                outcomes.append(repr(error))
            finally:
                model.Session.remove()

    threads = [threading.Thread(target=begin, args=(person,)) for person in ("producer", "colleague") * 4]
    model.Session.commit()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["refused"] * 7 + ["won"]
    copies = model.Session.query(Revision).filter(Revision.live_id == live["id"]).count()
    assert copies == 1
    assert (
        model.Session.query(model.Package)
        .filter(model.Package.state == "revision")
        .filter(model.Package.title == live["title"])
        .count()
        >= 1
    )


def test_the_database_itself_refuses_a_second_open_copy(lasting_city: SimpleNamespace) -> None:
    live = plain(lasting_city)
    revision = Revision.get(start(lasting_city, live))
    model.Session.add(Revision(copy_id="other", live_id=live["id"], change_kind="koreksi", base=revision.base))
    with pytest.raises(sa.exc.IntegrityError):
        model.Session.commit()
    model.Session.rollback()


# -- knowing -----------------------------------------------------------------------------------------------------


def titles(found: Any) -> set[str]:
    return {row["id"] for row in found["results"]}


def test_a_copy_is_in_no_list_for_anybody(lasting_city: SimpleNamespace) -> None:
    live = published(lasting_city)
    copy_id = start(lasting_city, live)
    copy = call_as(
        lasting_city.producer, "package_patch", id=copy_id, title="Angka Rahasia Zeta",
        tags=[{"name": "tag-rahasia-zeta"}],
    )  # fmt: skip
    resource = copy["resources"][0]["id"]
    owner = lasting_city.kelurahan["id"]
    for who in (None, lasting_city.producer, lasting_city.custodian, lasting_city.collaborator, lasting_city.sysadmin):
        assert copy_id not in titles(
            call_as(who, "package_search", include_private=True, include_drafts=True, rows=1000)
        )
        for fq in ("+state:revision", "+state:*", "+state:(active OR revision)"):
            assert copy_id not in titles(call_as(who, "package_search", include_private=True, fq=fq, rows=1000))
        assert copy_id not in titles(
            call_as(who, "package_search", include_private=True, fq_list=["+state:revision"], rows=1000)
        )
        assert not call_as(who, "package_autocomplete", q="Rahasia Zeta")
        assert copy["name"] not in call_as(who, "package_list", limit=10000)
        assert copy_id not in {row["id"] for row in call_as(who, "current_package_list_with_resources", limit=1000)}
        assert resource not in titles(call_as(who, "resource_search", query="name:Penduduk"))
        assert "tag-rahasia-zeta" not in call_as(who, "tag_list")
        assert "tag-rahasia-zeta" not in call_as(who, "tag_autocomplete", query="tag-rahasia")
        shown = call_as(who, "organization_show", id=owner, include_datasets=True)
        assert copy_id not in {row["id"] for row in shown.get("packages", ())}
        for action in ("recently_changed_packages_activity_list",):
            assert copy_id not in {row["object_id"] for row in call_as(who, action, limit=100)}
        assert copy_id not in {
            row["object_id"] for row in call_as(who, "organization_activity_list", id=owner, limit=100)
        }
        if who:
            user = call_as(who, "user_show", id=lasting_city.producer["name"], include_datasets=True)
            assert copy_id not in {row["id"] for row in user["datasets"]}


def test_only_those_concerned_see_a_copy_and_roles_only_once_it_is_handed_over(lasting_city: SimpleNamespace) -> None:
    live = plain(lasting_city)
    copy_id = start(lasting_city, live)

    def who_sees() -> set[str]:
        found = set()
        for person in PEOPLE:
            try:
                call_as(getattr(lasting_city, person), "package_show", id=copy_id)
                found.add(person)
            except tk.NotAuthorized:
                continue
        return found

    own = {"producer", "colleague", "member", "sysadmin"}
    assert who_sees() - {"city_admin"} == own
    go(lasting_city, copy_id, ("producer", "submit"))
    assert who_sees() - {"city_admin"} == own | {"custodian", "second_custodian", "pembina", "planner"}
    with pytest.raises(tk.NotAuthorized):
        call_as(None, "package_show", id=copy_id)


def test_addresses_of_a_copy_answer_nobody(lasting_city: SimpleNamespace, app_once: Any, as_user: Any) -> None:
    live = published(lasting_city)
    copy_id = start(lasting_city, live)
    copy = call_as(lasting_city.producer, "package_show", id=copy_id)
    file = next(one for one in copy["resources"] if one["name"] == "Berkas")
    table = next(one for one in copy["resources"] if one["name"] == "Tabel")
    addresses = [
        f"/dataset/{copy_id}",
        f"/dataset/{copy['name']}",
        f"/dataset/{copy_id}/resource/{file['id']}",
        f"/dataset/{copy_id}/resource/{file['id']}/download/penduduk.csv",
        f"/datastore/dump/{table['id']}",
        f"/api/3/action/datastore_search?resource_id={table['id']}",
        f"/api/3/action/resource_show?id={file['id']}",
        f"/api/3/action/satudata_review_show?id={copy_id}",
        f"/api/3/action/satudata_revision_diff?id={copy_id}",
        f"/api/3/action/satudata_revision_versions?id={copy_id}",
    ]
    neighbour, nobody = as_user(lasting_city.neighbour), as_user(None)
    for address in addresses:
        for headers in nobody, neighbour:
            answer = outside(app_once.get, address, headers=headers, expect_errors=True, follow_redirects=False)
            assert answer.status_code in (302, 403, 404), (address, answer.status_code)
            if answer.status_code == 302:
                assert "login" in answer.headers["Location"]
            assert "laki-laki" not in answer.body


# -- editing -----------------------------------------------------------------------------------------------------


def test_what_a_copy_is_and_where_it_stands_is_not_for_clients_to_say(lasting_city: SimpleNamespace) -> None:
    live = plain(lasting_city)
    copy_id = start(lasting_city, live)
    for changes in ({"private": False}, {"state": "active"}, {"state": "draft"}, {"private": "False", "notes": "x"}):
        call_as(lasting_city.producer, "package_patch", id=copy_id, **changes)
        package = model.Package.get(copy_id)
        model.Session.refresh(package)
        assert (package.private, package.state) == (True, "revision"), changes
    with pytest.raises(tk.ValidationError):
        call_as(lasting_city.producer, "package_patch", id=copy_id, name="nama-lain")
    with pytest.raises(tk.NotAuthorized):
        call_as(lasting_city.sysadmin, "package_patch", id=copy_id, owner_org=lasting_city.other["id"])
    with pytest.raises(tk.NotAuthorized):
        call_as(lasting_city.sysadmin, "package_owner_org_update", id=copy_id, organization_id=lasting_city.other["id"])
    for action in ("package_delete", "dataset_purge"):
        with pytest.raises(tk.NotAuthorized):
            call_as(lasting_city.sysadmin, action, id=copy_id)
    with pytest.raises(tk.NotAuthorized):
        call_as(lasting_city.producer, "package_patch", id=copy_id, state="deleted")
    call_as(lasting_city.producer, "package_patch", id=copy_id, type="lain")
    assert model.Package.get(copy_id).type == "dataset"


def test_no_other_package_can_be_put_into_the_state_of_a_copy(lasting_city: SimpleNamespace) -> None:
    package = walk_to(lasting_city, "draft")
    call_as(lasting_city.sysadmin, "package_patch", id=package["id"], state="revision")
    assert model.Package.get(package["id"]).state != "revision"
    made = call_as(lasting_city.sysadmin, "package_create", name="coba-" + package["id"][:8], state="revision",
                   owner_org=lasting_city.kelurahan["id"])  # fmt: skip
    assert model.Package.get(made["id"]).state == "draft"


def test_the_producer_edits_a_copy_and_nobody_else_whoever_began_it(lasting_city: SimpleNamespace) -> None:
    live = plain(lasting_city)
    copy_id = start(lasting_city, live, "custodian", public_note="Mohon dilengkapi")
    for person in ("custodian", "member", "neighbour", "pembina", "planner", "collaborator", "city_admin"):
        with pytest.raises(tk.NotAuthorized):
            call_as(getattr(lasting_city, person), "package_patch", id=copy_id, notes="x")
    call_as(lasting_city.colleague, "package_patch", id=copy_id, notes="Dilengkapi")
    publish(lasting_city, copy_id)
    assert seen(live["id"])["notes"] == "Dilengkapi"


def test_a_copy_that_is_being_checked_is_closed_like_any_data(lasting_city: SimpleNamespace) -> None:
    live = published(lasting_city)
    copy_id = start(lasting_city, live)
    go(lasting_city, copy_id, ("producer", "submit"))
    assert model.Package.get(copy_id).state == "revision"
    copy = call_as(lasting_city.producer, "package_show", id=copy_id)
    tries: tuple[tuple[str, dict[str, Any]], ...] = (
        ("package_patch", {"id": copy_id, "notes": "x"}),
        ("resource_patch", {"id": copy["resources"][1]["id"], "upload": upload(b"x,y\n1,2\n")}),
        ("datastore_upsert", {"resource_id": copy["resources"][2]["id"], "records": [{"wilayah": "X"}]}),
    )
    for action, data in tries:
        with pytest.raises(tk.NotAuthorized):
            call_as(lasting_city.producer, action, **data)
    go(lasting_city, copy_id, ("custodian", "claim"), ("custodian", "return"))
    call_as(lasting_city.producer, "package_patch", id=copy_id, notes="Diperbaiki")
    go(lasting_city, copy_id, ("producer", "submit"), ("producer", "withdraw"), ("producer", "submit"))
    go(lasting_city, copy_id, ("custodian", "forward"), ("custodian", "publish"))
    assert seen(live["id"])["notes"] == "Diperbaiki"


def test_the_published_data_itself_stays_closed(lasting_city: SimpleNamespace) -> None:
    live = plain(lasting_city)
    with pytest.raises(tk.NotAuthorized, match="working copy"):
        call_as(lasting_city.producer, "package_patch", id=live["id"], notes="x")


# -- telling -----------------------------------------------------------------------------------------------------


def test_the_difference_is_told_in_words(lasting_city: SimpleNamespace) -> None:
    live = published(lasting_city)
    copy_id = start(lasting_city, live)
    assert call_as(lasting_city.producer, "satudata_revision_diff", id=copy_id)["changes"] == []
    copy = call_as(lasting_city.producer, "package_patch", id=copy_id, frekuensi="bulanan", tags=[{"name": "aur"}])
    call_as(lasting_city.producer, "resource_patch", id=copy["resources"][1]["id"], upload=upload(b"a,b\n1,2\n"))
    call_as(
        lasting_city.producer, "datastore_upsert", resource_id=copy["resources"][2]["id"], method="insert",
        records=[{"wilayah": "Jati", "jumlah": 3}],
    )  # fmt: skip
    found = call_as(lasting_city.producer, "satudata_revision_diff", id=copy_id)
    told = {change["label"]: change for change in found["changes"]}
    (often,) = [change for change in found["changes"] if change["field"] == "frekuensi"]
    assert often["label"] != "frekuensi" and {often["old"], often["new"]} == {"tahunan", "bulanan"}
    assert often["old_text"] != often["old"]
    assert {part["label"] for part in told["Tags"]["parts"]} == {"penduduk", "kelurahan", "aur"}
    (file,) = [part for part in told["Berkas"]["parts"] if part["scope"] == "file"]
    assert len(file["old"]) == len(file["new"]) == 64 and file["old"] != file["new"]
    (table,) = told["Tabel"]["parts"]
    assert (table["old_text"], table["new_text"]) == ("2 rows", "3 rows")
    assert found["conflict"] == []
    for person in ("neighbour", "stranger", "custodian", "collaborator"):
        with pytest.raises(tk.NotAuthorized):
            call_as(getattr(lasting_city, person), "satudata_revision_diff", id=copy_id)


def test_my_copies_are_listed_to_me_and_to_those_concerned(lasting_city: SimpleNamespace) -> None:
    live = plain(lasting_city)
    copy_id = start(lasting_city, live)

    def listed(person: str, **filters: Any) -> bool:
        found = call_as(getattr(lasting_city, person), "satudata_revision_list", live=live["name"], **filters)
        assert found["count"] == len(found["results"])
        return [row["revision_id"] for row in found["results"]] == [copy_id]

    assert {person for person in PEOPLE if listed(person)} == {"producer", "colleague", "member", "sysadmin"}
    assert listed("producer", mine=True) and not listed("member", mine=True)
    assert not listed("producer", status="published")
    with pytest.raises(tk.ValidationError):
        call_as(lasting_city.producer, "satudata_revision_list", states="open")
    with pytest.raises(tk.NotAuthorized):
        call_as(None, "satudata_revision_list")


# -- ending ------------------------------------------------------------------------------------------------------


def test_an_abandoned_copy_can_be_taken_back_until_it_is_cleaned_away(lasting_city: SimpleNamespace) -> None:
    live = published(lasting_city)
    copy_id = start(lasting_city, live)
    call_as(lasting_city.producer, "package_patch", id=copy_id, notes="Setengah jalan")
    with pytest.raises(tk.NotAuthorized):
        call_as(lasting_city.neighbour, "satudata_revision_abandon", id=copy_id)
    call_as(lasting_city.producer, "satudata_revision_abandon", id=copy_id, comment="Salah mulai")
    assert seen(live["id"]) == live
    with pytest.raises(tk.NotAuthorized):
        call_as(lasting_city.producer, "package_patch", id=copy_id, notes="x")
    with pytest.raises(tk.NotAuthorized):
        call_as(lasting_city.sysadmin, "package_patch", id=copy_id, state="active")
    call_as(lasting_city.producer, "satudata_revision_abandon", id=copy_id, undo=True)
    assert call_as(lasting_city.producer, "package_show", id=copy_id)["notes"] == "Setengah jalan"
    call_as(lasting_city.producer, "satudata_revision_abandon", id=copy_id)
    other = start(lasting_city, live)
    with pytest.raises(tk.NotAuthorized, match="one working copy at a time"):
        call_as(lasting_city.producer, "satudata_revision_abandon", id=copy_id, undo=True)
    call_as(lasting_city.producer, "satudata_revision_abandon", id=other)
    revision = Revision.get(copy_id)
    past = (dt.datetime.utcnow() - dt.timedelta(days=1)).isoformat()
    revision.work = {**revision.work, "not_before": past}
    revision.pending_since = dt.datetime.utcnow() - dt.timedelta(days=9)
    model.Session.commit()
    jobs.finish()
    assert model.Package.get(copy_id) is None
    with pytest.raises(tk.NotAuthorized, match="cleaned away"):
        call_as(lasting_city.producer, "satudata_revision_abandon", id=copy_id, undo=True)
    actions = [
        event["action"]
        for event in call_as(lasting_city.producer, "satudata_review_history", id=live["id"], limit=100)["results"]
    ]
    assert actions.count("revision_abandon") == 3 and "revision_undo" in actions


def test_what_waits_for_a_checker_is_not_abandoned(lasting_city: SimpleNamespace) -> None:
    copy_id = start(lasting_city, plain(lasting_city))
    go(lasting_city, copy_id, ("producer", "submit"))
    with pytest.raises(tk.NotAuthorized, match="Cancel the submission"):
        call_as(lasting_city.producer, "satudata_revision_abandon", id=copy_id)


def test_copies_nobody_works_on_are_told_of_and_then_abandoned(lasting_city: SimpleNamespace) -> None:
    live = plain(lasting_city)
    copy_id = start(lasting_city, live)
    now = dt.datetime.utcnow()
    assert copy_id not in jobs.clean_idle(now + dt.timedelta(days=80))["warned"]
    assert copy_id in jobs.clean_idle(now + dt.timedelta(days=84))["warned"]
    assert jobs.clean_idle(now + dt.timedelta(days=84)) == {"warned": [], "abandoned": []}
    assert copy_id in jobs.clean_idle(now + dt.timedelta(days=92))["abandoned"]
    assert Revision.open_of(live["id"]) is None
    events = call_as(lasting_city.producer, "satudata_review_history", id=live["id"], limit=100)["results"]
    assert [event["action"] for event in events][-2:] == ["revision_warn", "revision_abandon"]
    assert events[-1]["program"] == "clean_up"


# -- the published dataset meanwhile ----------------------------------------------------------------------------


def test_a_change_of_withdrawn_data_waits_until_it_is_published_again(lasting_city: SimpleNamespace) -> None:
    live = plain(lasting_city)
    copy_id = start(lasting_city, live)
    call_as(lasting_city.producer, "package_patch", id=copy_id, notes="Baru")
    go(lasting_city, copy_id, ("producer", "submit"), ("custodian", "forward"))
    go(lasting_city, live["id"], ("custodian", "unpublish"))
    with pytest.raises(tk.NotAuthorized, match="Withdrawn from publication"):
        go(lasting_city, copy_id, ("custodian", "publish"))
    go(lasting_city, live["id"], ("custodian", "reopen"), ("producer", "submit"), ("custodian", "forward"),
       ("custodian", "publish"))  # fmt: skip
    go(lasting_city, copy_id, ("custodian", "publish"))
    assert seen(live["id"])["notes"] == "Baru"


def test_deleting_the_dataset_ends_its_copy(lasting_city: SimpleNamespace) -> None:
    live = plain(lasting_city)
    copy_id = start(lasting_city, live)
    go(lasting_city, live["id"], ("custodian", "unpublish"))
    call_as(lasting_city.sysadmin, "package_delete", id=live["id"])
    assert Revision.get(copy_id).status == "abandoned"
    assert model.Package.get(copy_id).state == "deleted"
    call_as(lasting_city.sysadmin, "dataset_purge", id=live["id"])
    assert Revision.get(copy_id).live_id == live["id"]


def test_the_copy_moves_with_its_dataset(lasting_city: SimpleNamespace) -> None:
    live = plain(lasting_city)
    copy_id = start(lasting_city, live)
    call_as(lasting_city.sysadmin, "satudata_review_override", id=live["id"], reason="Salah produsen")
    call_as(lasting_city.sysadmin, "package_patch", id=live["id"], owner_org=lasting_city.other["id"])
    assert model.Package.get(copy_id).owner_org == lasting_city.other["id"]
    call_as(lasting_city.neighbour, "package_patch", id=copy_id, notes="Produsen baru")
    with pytest.raises(tk.NotAuthorized):
        call_as(lasting_city.producer, "package_patch", id=copy_id, notes="x")


def test_without_the_review_copies_stay_where_they_are(lasting_city: SimpleNamespace, ckan_config: Any) -> None:
    live = plain(lasting_city)
    copy_id = start(lasting_city, live)
    tk.config["satudata.review.enabled"] = False
    try:
        with pytest.raises((tk.NotAuthorized, tk.ValidationError)):
            go(lasting_city, copy_id, ("producer", "submit"))
        for changes in ({"private": False}, {"state": "active", "private": False}, {"notes": "x"}):
            for person in (lasting_city.producer, lasting_city.sysadmin):
                with pytest.raises(tk.NotAuthorized):
                    call_as(person, "package_patch", id=copy_id, **changes)
        with pytest.raises(tk.NotAuthorized):
            call_as(None, "package_show", id=copy_id)
        assert copy_id not in titles(call_as(None, "package_search", rows=1000))
    finally:
        tk.config["satudata.review.enabled"] = True
