"""What the public is told: the feed of changes, and the page in place of what was withdrawn."""

from __future__ import annotations

import importlib
import time
from types import SimpleNamespace
from typing import Any
from xml.etree import ElementTree

import pytest
import sqlalchemy as sa
from ckan import model

from ckanext.satudata.review import feed
from ckanext.satudata.tests.conftest import call_as
from ckanext.satudata.tests.review.conftest import ALL_CONFORM, record_restriction, walk_to
from ckanext.satudata.tests.statements import counted

from ..revision.conftest import publish, start

ATOM = {"a": "http://www.w3.org/2005/Atom"}
SECRET = "Satuan keliru, lihat surat nomor 12"
TOLD = "Angka keliru; data yang benar terbit pekan depan."


def unpublish(city: SimpleNamespace, package: dict[str, Any], **more: Any) -> None:
    call_as(city.custodian, "satudata_review_transition", id=package["id"], action="unpublish", comment=SECRET, **more)


def withdrawn(city: SimpleNamespace, **more: Any) -> dict[str, Any]:
    package = walk_to(city, "published", title="Jumlah balita menurut status gizi")
    unpublish(city, package, **more)
    return package


def page(app: Any, address: str, **more: Any) -> Any:
    return app.get(address, status=None, follow_redirects=False, **more)


def entries(app: Any, address: str = "/satudata/changes.atom") -> list[Any]:
    """Kind and id of the dataset, newest first."""
    root = ElementTree.fromstring(app.get(address).body)
    return [
        (
            entry.find("a:category", ATOM).get("term"),
            entry.find("a:link", ATOM).get("href").rsplit("/", 1)[-1],
        )
        for entry in root.findall("a:entry", ATOM)
    ]


# -- the tombstone --------------------------------------------------------------------------------------------


def test_the_address_of_withdrawn_data_says_what_was_there_and_why(
    lasting_city: SimpleNamespace, app_once: Any
) -> None:
    package = withdrawn(lasting_city, public_note=TOLD)
    for address in (
        f"/dataset/{package['name']}",
        f"/dataset/{package['id']}",
        f"/dataset/{package['name']}/resource/{package['resources'][0]['id']}",
    ):
        answer = page(app_once, address)
        assert answer.status_code == 410
        assert package["title"] in answer.body and "Kelurahan Aur" in answer.body and TOLD in answer.body
        assert SECRET not in answer.body, "the comment of the review is for those concerned"
        assert answer.headers["X-Robots-Tag"] == "noindex"
        for leaked in (package["notes"], package["maintainer_email"], package["resources"][0]["url"]):
            assert leaked not in answer.body


def test_without_a_note_for_the_public_no_reason_is_given(lasting_city: SimpleNamespace, app_once: Any) -> None:
    package = withdrawn(lasting_city)
    answer = page(app_once, f"/dataset/{package['name']}")
    assert answer.status_code == 410 and SECRET not in answer.body and "Reason" not in answer.body


def test_the_api_answers_as_ckan_does(lasting_city: SimpleNamespace, app_once: Any) -> None:
    package = withdrawn(lasting_city, public_note=TOLD)
    answer = page(app_once, f"/api/3/action/package_show?id={package['name']}")
    assert answer.status_code == 403 and TOLD not in answer.body
    assert page(app_once, "/api/3/action/package_show?id=nothing-of-that-name").status_code == 404


def test_those_concerned_still_see_the_dataset(lasting_city: SimpleNamespace, app_once: Any, as_user: Any) -> None:
    package = withdrawn(lasting_city)
    for person in (lasting_city.producer, lasting_city.custodian, lasting_city.sysadmin):
        assert page(app_once, f"/dataset/{package['name']}", headers=as_user(person)).status_code == 200
    assert page(app_once, f"/dataset/{package['name']}", headers=as_user(lasting_city.stranger)).status_code == 410


@pytest.mark.parametrize("state", ["draft", "submitted", "returned", "approved"])
def test_what_was_never_public_leaves_no_trace(lasting_city: SimpleNamespace, app_once: Any, state: str) -> None:
    package = walk_to(lasting_city, state)
    assert page(app_once, f"/dataset/{package['name']}").status_code == 404
    assert page(app_once, f"/dataset/{package['id']}").status_code == 404
    assert package["id"] not in {id for _kind, id in entries(app_once)}


def test_a_draft_that_goes_on_after_it_shows_nothing_of_itself(lasting_city: SimpleNamespace, app_once: Any) -> None:
    city = lasting_city
    package = withdrawn(city)
    call_as(city.custodian, "satudata_review_transition", id=package["id"], action="reopen", comment="Perbaiki")
    call_as(city.producer, "package_patch", id=package["id"], title="Judul rahasia", name=f"{package['name']}-baru")
    old = page(app_once, f"/dataset/{package['name']}")
    assert old.status_code == 410 and "Judul rahasia" not in old.body and package["title"] in old.body
    assert page(app_once, f"/dataset/{package['name']}-baru").status_code == 404
    by_id = page(app_once, f"/dataset/{package['id']}")
    assert by_id.status_code == 410 and "Judul rahasia" not in by_id.body


def test_published_again_it_is_a_dataset_again(lasting_city: SimpleNamespace, app_once: Any) -> None:
    city = lasting_city
    package = withdrawn(city)
    asked = {"id": package["id"]}
    call_as(city.custodian, "satudata_review_transition", **asked, action="reopen", comment="Perbaiki")
    call_as(city.producer, "satudata_review_transition", **asked, action="submit")
    assert page(app_once, f"/dataset/{package['name']}").status_code == 410
    call_as(city.custodian, "satudata_review_transition", **asked, action="forward", principle_results=ALL_CONFORM)
    call_as(city.custodian, "satudata_review_transition", **asked, action="publish")
    assert page(app_once, f"/dataset/{package['name']}").status_code == 200
    assert [kind for kind, id in entries(app_once) if id == package["id"]] == ["published", "unpublished", "published"]


def test_a_purge_leaves_the_tombstone_standing(lasting_city: SimpleNamespace, app_once: Any) -> None:
    package = withdrawn(lasting_city, public_note=TOLD)
    # CKAN itself cannot purge what has collaborators.
    person = lasting_city.collaborator["id"]
    call_as(lasting_city.sysadmin, "package_collaborator_delete", id=package["id"], user_id=person)
    call_as(lasting_city.sysadmin, "dataset_purge", id=package["id"])
    answer = page(app_once, f"/dataset/{package['name']}")
    assert answer.status_code == 410 and TOLD in answer.body


def test_deleting_public_data_by_override_leaves_one_too(lasting_city: SimpleNamespace, app_once: Any) -> None:
    city = lasting_city
    package = walk_to(city, "published")
    call_as(city.sysadmin, "satudata_review_override", id=package["id"], reason=SECRET)
    call_as(city.sysadmin, "package_delete", id=package["id"])
    answer = page(app_once, f"/dataset/{package['name']}")
    assert answer.status_code == 410 and SECRET not in answer.body
    assert ("unpublished", package["id"]) in entries(app_once)


def test_narrowing_access_leaves_one_too(lasting_city: SimpleNamespace, app_once: Any) -> None:
    city = lasting_city
    package = walk_to(city, "published")
    call_as(city.sysadmin, "satudata_review_override", id=package["id"], reason=SECRET)
    narrowed = call_as(city.sysadmin, "package_patch", id=package["id"], accesslevel="tertutup")
    assert narrowed["private"] is True
    assert page(app_once, f"/dataset/{package['name']}").status_code == 410
    assert [kind for kind, id in entries(app_once) if id == package["id"]] == ["unpublished", "published"]


def test_a_group_of_the_same_name_is_no_dataset(lasting_city: SimpleNamespace, app_once: Any) -> None:
    package = withdrawn(lasting_city)
    for kind in ("organization", "group"):
        assert page(app_once, f"/{kind}/{package['name']}").status_code == 404


def test_looking_is_one_query_on_pages_of_datasets_and_none_elsewhere(
    lasting_city: SimpleNamespace, app_once: Any
) -> None:
    package = walk_to(lasting_city, "published")

    def asked(address: str) -> int:
        with counted() as statements:
            assert page(app_once, address).status_code == 200
        return sum("satudata_public_change" in one for one in statements)

    assert asked(f"/dataset/{package['name']}") == 1
    assert asked(f"/organization/{lasting_city.kelurahan['name']}") == asked("/dataset/") == 0


def test_the_page_says_nothing_of_ckans_own_not_found(lasting_city: SimpleNamespace, app_once: Any) -> None:
    body = page(app_once, f"/dataset/{withdrawn(lasting_city)['name']}").body
    assert "not found" not in body and "stylesheet" in body


def test_a_new_dataset_at_the_same_address_is_shown(lasting_city: SimpleNamespace, app_once: Any) -> None:
    city = lasting_city
    old = withdrawn(city)
    asked = {"id": old["id"]}
    call_as(city.custodian, "satudata_review_transition", **asked, action="reopen", comment="Perbaiki")
    call_as(city.producer, "package_patch", **asked, name=f"{old['name']}-lama")
    walk_to(city, "published", name=old["name"])
    assert page(app_once, f"/dataset/{old['name']}").status_code == 200
    assert page(app_once, f"/dataset/{old['id']}").status_code == 410


# -- the feed -------------------------------------------------------------------------------------------------


def test_the_feed_tells_what_was_published_and_withdrawn(lasting_city: SimpleNamespace, app_once: Any) -> None:
    package = withdrawn(lasting_city, public_note=TOLD)
    body = app_once.get("/satudata/changes.atom").body
    assert [kind for kind, id in entries(app_once) if id == package["id"]] == ["unpublished", "published"]
    assert TOLD in body and SECRET not in body
    root = ElementTree.fromstring(body)
    newest = root.find("a:entry", ATOM)
    assert newest.find("a:title", ATOM).text == package["title"]
    assert newest.find("a:author/a:name", ATOM).text == "Kelurahan Aur"
    assert root.find("a:updated", ATOM).text == newest.find("a:updated", ATOM).text


def test_the_same_changes_give_the_same_bytes_whenever_they_are_asked_for(
    lasting_city: SimpleNamespace, app_once: Any, as_user: Any
) -> None:
    withdrawn(lasting_city)
    first = app_once.get("/satudata/changes.atom")
    time.sleep(1.1)
    again = app_once.get("/satudata/changes.atom", headers=as_user(lasting_city.sysadmin))
    assert first.data == again.data and first.headers["ETag"] == again.headers["ETag"]
    unchanged = page(app_once, "/satudata/changes.atom", headers={"If-None-Match": first.headers["ETag"]})
    assert unchanged.status_code == 304 and unchanged.data == b""
    walk_to(lasting_city, "published")
    changed = page(app_once, "/satudata/changes.atom", headers={"If-None-Match": first.headers["ETag"]})
    assert changed.status_code == 200 and changed.headers["ETag"] != first.headers["ETag"]


def test_it_is_read_in_the_language_of_the_address(lasting_city: SimpleNamespace, app_once: Any) -> None:
    withdrawn(lasting_city)
    indonesian = ElementTree.fromstring(app_once.get("/id/satudata/changes.atom").body)
    assert indonesian.get("{http://www.w3.org/XML/1998/namespace}lang") == "id"
    assert indonesian.find("a:entry/a:category", ATOM).get("label") == "Ditarik dari publikasi"


def test_following_the_pages_meets_every_change_once(
    lasting_city: SimpleNamespace, app_once: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    withdrawn(lasting_city)
    walk_to(lasting_city, "published")
    whole = entries(app_once)
    monkeypatch.setattr(feed, "PAGE", 2)
    met, address = [], "/satudata/changes.atom"
    while address:
        root = ElementTree.fromstring(app_once.get(address).body)
        met += entries(app_once, address)
        links = {link.get("rel"): link.get("href") for link in root.findall("a:link", ATOM)}
        address = links["next"].removeprefix("http://test.ckan.net") if "next" in links else ""
    assert met == whole and len(whole) > 3


@pytest.mark.parametrize("before", ["x", "-1", "1 OR 1=1", "9" * 40, "²"])
def test_a_senseless_page_is_refused(lasting_city: SimpleNamespace, app_once: Any, before: str) -> None:
    assert page(app_once, f"/satudata/changes.atom?before={before}").status_code == 400


def test_a_title_that_xml_cannot_hold_breaks_nothing(lasting_city: SimpleNamespace, app_once: Any) -> None:
    package = walk_to(lasting_city, "published", title="Data <b>&amp; & ]]> lainnya")
    stored = model.Session.query(feed.PublicChange).filter_by(package_id=package["id"]).one()
    stored.title += "\x0b\ufffe"
    model.Session.commit()
    root = ElementTree.fromstring(app_once.get("/satudata/changes.atom").body)
    assert root.find("a:entry/a:title", ATOM).text == "Data <b>&amp; & ]]> lainnya"


def test_setting_a_priority_flag_is_an_update_and_work_on_drafts_is_nothing(
    lasting_city: SimpleNamespace, app_once: Any
) -> None:
    city = lasting_city
    package = walk_to(city, "published")
    before = entries(app_once)
    call_as(city.planner, "satudata_priority_set", id=package["id"], prioritas_daerah_tahun="2024")
    walk_to(city, "returned")
    assert entries(app_once)[0] == ("updated", package["id"])
    assert entries(app_once)[1:] == before[:49]


def test_a_published_change_is_an_update_with_its_note_and_the_copy_is_never_seen(
    lasting_city: SimpleNamespace, app_once: Any
) -> None:
    city = lasting_city
    live = walk_to(city, "published")
    with app_once.flask_app.test_request_context("/"):
        before = entries(app_once)
        copy_id = start(city, live, change_kind="koreksi", public_note="Ralat: satuan semula keliru.")
        call_as(city.producer, "package_patch", id=copy_id, definisi="Orang yang tercatat dalam register warga.")
        assert entries(app_once) == before, "work on a copy is nobody's business"
        publish(city, copy_id)
    assert entries(app_once) == [("updated", live["id"]), *before][:50]
    body = app_once.get("/satudata/changes.atom").body
    assert "Ralat: satuan semula keliru." in body and copy_id not in body


def test_a_change_that_narrows_access_is_a_withdrawal(lasting_city: SimpleNamespace, app_once: Any) -> None:
    city = lasting_city
    live = walk_to(city, "published")
    with app_once.flask_app.test_request_context("/"):
        copy_id = start(city, live, change_kind="koreksi", public_note="Mulai kini terbatas bagi instansi.")
        call_as(city.producer, "package_patch", id=copy_id, accesslevel="terbatas")
        for action in ("submit", "publish"):
            record_restriction(city, live["id"], action, "terbatas")
        publish(city, copy_id)
    assert entries(app_once)[0] == ("unpublished", live["id"])
    answer = page(app_once, f"/dataset/{live['name']}")
    assert answer.status_code == 410 and "Mulai kini terbatas bagi instansi." in answer.body


def test_what_was_public_before_the_upgrade_is_known_after_it(lasting_city: SimpleNamespace, app_once: Any) -> None:
    city = lasting_city
    public = walk_to(city, "published", title="Sudah lama terbit")
    hidden = walk_to(city, "approved")
    migration = importlib.import_module("ckanext.satudata.migration.satudata.versions.008_deadlines")
    model.Session.query(feed.PublicChange).delete()
    model.Session.execute(sa.text(migration.EXISTING))
    model.Session.commit()
    known = {id for _kind, id in entries(app_once)}
    assert public["id"] in known and hidden["id"] not in known
    assert {kind for kind, _id in entries(app_once)} == {"published"}
    assert known == {item["id"] for item in call_as(None, "package_search", rows=1000)["results"]}
    unpublish(city, public)
    assert "Sudah lama terbit" in page(app_once, f"/dataset/{public['name']}").body


def test_a_portal_with_nothing_published_has_an_empty_feed(
    lasting_city: SimpleNamespace, app_once: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(feed, "changes", lambda *_given: [])
    root = ElementTree.fromstring(app_once.get("/satudata/changes.atom").body)
    assert root.findall("a:entry", ATOM) == []
    assert root.find("a:updated", ATOM).text == "1970-01-01T00:00:00Z"
