"""The pages of working copies: what the producer, the checker and the reader see, and what a press does."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from ckan import model

from ckanext.satudata.review.revision.model import Revision
from ckanext.satudata.tests.conftest import call_as
from ckanext.satudata.tests.review.pages import our_forms, soup, words

from .conftest import NEW_CSV, go, outside, plain, publish, published, seen, start, upload
from .test_conflict import override


class Visitor:
    """Somebody at the portal; ``person`` of the city, or nobody."""

    def __init__(self, app: Any, headers: dict[str, str]) -> None:
        self._app, self._headers = app, headers

    def get(self, path: str, status: int = 200) -> Any:
        answer = outside(self._app.get, path, headers=self._headers, expect_errors=True)
        assert answer.status_code == status, (path, answer.status_code)
        return soup(answer)

    def post(self, path: str, status: int = 302, **form: str) -> Any:
        answer = outside(
            self._app.post, path, headers=self._headers, data=form, expect_errors=True, follow_redirects=False
        )
        assert answer.status_code == status, (path, answer.status_code, answer.body[:500])
        return answer


@pytest.fixture
def at(app_once: Any, as_user: Any, lasting_city: SimpleNamespace) -> Any:
    def visitor(person: str | None) -> Visitor:
        return Visitor(app_once, as_user(getattr(lasting_city, person)) if person else {})

    return visitor


def test_the_page_of_published_data_offers_the_three_kinds_of_change_to_those_who_may(
    lasting_city: SimpleNamespace, at: Any
) -> None:
    live = plain(lasting_city)
    address = f"/dataset/{live['name']}"
    for person, offered in (("producer", 3), ("custodian", 3), ("neighbour", 0), ("member", 0), (None, 0)):
        links = at(person).get(address).select("a[href*='/satudata/revision/new/']")
        assert len(links) == offered, person


def test_a_change_is_begun_edited_seen_and_handed_over_through_the_forms(
    lasting_city: SimpleNamespace, at: Any
) -> None:
    live = published(lasting_city)
    me = at("producer")
    page = me.get(f"/satudata/revision/new/{live['name']}?kind=koreksi")
    (form,) = our_forms(page.select_one(".satudata-review"))
    assert form.select_one("input[name=change_kind][value=koreksi][checked]")
    me.post(f"/satudata/revision/new/{live['id']}", status=400, public_note="Tanpa jenis")
    answer = me.post(
        f"/satudata/revision/new/{live['id']}", change_kind="koreksi", public_note="Laki-laki 812, bukan 821"
    )
    revision = Revision.open_of(live["id"])
    copy_id = revision.copy_id
    assert answer.headers["Location"].endswith(f"/dataset/edit/{copy_id}")
    edit = me.get(f"/dataset/edit/{copy_id}")
    assert "Working copy" in words(edit.select_one(".satudata-copy"))
    assert edit.select_one("input[type=hidden][name=name]")["value"] == f"rev-{copy_id}"
    (form,) = [one for one in edit.find_all("form") if one.select_one("[name=title]")]
    values = {field["name"]: field.get("value") or "" for field in form.select("input[name]") if field.get("name")}
    values |= {field["name"]: field.get_text() for field in form.select("textarea[name]")}
    for select in form.select("select[name]"):
        chosen = select.select_one("option[selected]")
        values[select["name"]] = (chosen.get("value") if chosen else "") or ""
    values.update(notes="Angka laki-laki dibetulkan menurut register warga.", save="")
    me.post(f"/dataset/edit/{copy_id}", **values)
    package = model.Package.get(copy_id)
    model.Session.refresh(package)
    assert package.notes.startswith("Angka laki-laki") and package.state == "revision" and package.private
    resource = call_as(lasting_city.producer, "package_show", id=copy_id)["resources"][1]
    model.Session.commit()
    me.post(
        f"/dataset/{copy_id}/resource/{resource['id']}/edit", id=resource["id"], name="Berkas", format="CSV",
        url="penduduk.csv", url_type="upload", description="Dibetulkan", save="go-metadata",
    )  # fmt: skip
    assert model.Package.get(copy_id).state == "revision"
    shown = me.get(f"/satudata/revision/{copy_id}")
    told = words(shown.select_one(".satudata-diff"))
    assert "Angka laki-laki" in told and "Dibetulkan" in told
    assert seen(live["id"]) == live
    me.post(f"/satudata/review/{copy_id}/act", action="submit")
    assert call_as(lasting_city.producer, "satudata_review_show", id=copy_id)["state"] == "submitted"
    assert model.Package.get(copy_id).state == "revision"
    go(lasting_city, copy_id, ("custodian", "forward"), ("custodian", "publish"))
    reader = at(None).get(f"/dataset/{live['name']}")
    note = reader.select_one(".satudata-note-correction")
    assert "Correction" in words(note) and "Laki-laki 812, bukan 821" in words(note)
    versions = at(None).get(f"/satudata/versions/{live['name']}")
    assert next(words(one) for one in versions.select(".satudata-versions h2")).startswith("Version 2")
    assert not versions.select(".satudata-versions a")


def test_the_next_one_hears_who_works_on_it(lasting_city: SimpleNamespace, at: Any) -> None:
    live = plain(lasting_city)
    copy_id = start(lasting_city, live)
    page = at("colleague").get(f"/satudata/revision/new/{live['id']}")
    assert "one working copy at a time" in words(page.select_one(".satudata-review .alert"))
    assert page.select_one(f"a[href$='/satudata/revision/{copy_id}']")
    at("colleague").post(f"/satudata/revision/new/{live['id']}", status=403, change_kind="koreksi")
    banner = at("colleague").get(f"/dataset/{live['name']}").select_one(".satudata-copy")
    assert "A change is being worked on" in words(banner) and banner.select_one("a.btn")
    assert not at(None).get(f"/dataset/{live['name']}").select_one(".satudata-copy")


def test_my_copies_have_a_list_with_a_way_to_begin_where_it_is_empty(lasting_city: SimpleNamespace, at: Any) -> None:
    assert "No working copy yet." in words(at("stranger").get("/satudata/revisions").select_one(".satudata-empty"))
    at(None).get("/satudata/revisions", status=200)
    copy_id = start(lasting_city, plain(lasting_city, title="Jumlah posko"))
    page = at("producer").get("/satudata/revisions")
    assert page.select_one(f"a[href$='/satudata/revision/{copy_id}']")


def test_a_copy_is_abandoned_after_a_second_thought_and_taken_back(lasting_city: SimpleNamespace, at: Any) -> None:
    copy_id = start(lasting_city, plain(lasting_city))
    at("neighbour").get(f"/satudata/revision/{copy_id}/abandon", status=403)
    at("producer").get(f"/satudata/revision/{copy_id}/abandon")
    at("producer").post(f"/satudata/revision/{copy_id}/abandon", comment="Salah data")
    assert Revision.get(copy_id).status == "abandoned"
    listed = at("producer").get("/satudata/revisions?part=abandoned")
    assert listed.select_one(f"form[action$='/satudata/revision/{copy_id}/undo']")
    at("producer").post(f"/satudata/revision/{copy_id}/undo")
    model.Session.expire_all()
    assert Revision.get(copy_id).status == "open"


def test_a_conflict_is_shown_from_both_sides_and_settled_in_the_page(lasting_city: SimpleNamespace, at: Any) -> None:
    live = plain(lasting_city)
    copy_id = start(lasting_city, live)
    call_as(lasting_city.producer, "package_patch", id=copy_id, notes="Dari salinan")
    override(lasting_city, live, notes="Dari admin", metodologi="Diubah admin")
    assert "have changed since" in words(
        at("producer").get(f"/satudata/revision/{copy_id}").select_one(".satudata-review .alert")
    )
    page = at("producer").get(f"/satudata/revision/{copy_id}/conflict")
    both = words(page.select_one("fieldset"))
    assert "Dari admin" in both and "Dari salinan" in both
    at("producer").post(f"/satudata/revision/{copy_id}/conflict", status=400, decision="merge")
    at("producer").post(f"/satudata/revision/{copy_id}/conflict", decision="merge", **{"choice.notes": "live"})
    publish(lasting_city, copy_id)
    assert (seen(live["id"])["notes"], seen(live["id"])["metodologi"]) == ("Dari admin", "Diubah admin")


@pytest.mark.parametrize("open_to", ["concerned", "everybody"])
def test_the_file_of_an_earlier_version_is_for_those_concerned_unless_the_portal_opens_it(
    lasting_city: SimpleNamespace, at: Any, app_once: Any, as_user: Any, open_to: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from ckanext.satudata import config

    live = published(lasting_city)
    copy_id = start(lasting_city, live)
    copy = call_as(lasting_city.producer, "package_show", id=copy_id)
    call_as(lasting_city.producer, "resource_patch", id=copy["resources"][1]["id"], upload=upload(NEW_CSV))
    publish(lasting_city, copy_id)
    monkeypatch.setattr(config, "old_files", lambda: open_to)
    first = call_as(lasting_city.producer, "satudata_revision_versions", id=live["id"])["results"][-1]
    path = "/satudata/versions/file/" + first["files"][0]["id"]

    def download(person: str | None) -> tuple[int, bytes, str]:
        headers = as_user(getattr(lasting_city, person)) if person else {}

        def read() -> tuple[int, bytes, str]:
            # The file is streamed: read where it was asked for.
            answer = app_once.get(path, headers=headers, expect_errors=True, follow_redirects=False)
            return answer.status_code, answer.get_data(), answer.headers.get("Content-Disposition", "")

        return outside(read)

    status, body, disposition = download("custodian")
    assert (status, body) == (200, b"jenis_kelamin,jumlah\nlaki-laki,812\nperempuan,845\n")
    assert disposition.startswith("attachment")
    assert download(None)[0] == (200 if open_to == "everybody" else 403)
    assert download("neighbour")[0] == (200 if open_to == "everybody" else 403)
    go(lasting_city, live["id"], ("custodian", "unpublish"))
    assert download(None)[0] == 403


def test_the_pages_are_in_the_catalogue_of_both_languages(lasting_city: SimpleNamespace, at: Any) -> None:
    live = plain(lasting_city)
    copy_id = start(lasting_city, live)
    for path in (f"/satudata/revision/{copy_id}", "/satudata/revisions", f"/satudata/versions/{live['name']}"):
        assert at("producer").get(f"/id{path}").select_one("h1")
