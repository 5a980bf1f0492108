"""Links between datasets, activities and indicators: both sides, renamed and deleted targets, and who is shown what."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from bs4 import BeautifulSoup

from ckanext.satudata.standards import links, service
from ckanext.satudata.tests.conftest import call_as
from ckanext.satudata.tests.factories import submittable
from ckanext.satudata.tests.review.conftest import walk_to


def ids(found: list[dict[str, Any]]) -> set[str]:
    return {each["id"] for each in found}


def make(city: SimpleNamespace, person: str = "producer", **changes: Any) -> dict[str, Any]:
    organization = city.other if person == "neighbour" else city.kelurahan
    return call_as(getattr(city, person), "package_create", **submittable(organization, **changes))


@pytest.fixture(scope="module")
def chain(lasting_city: SimpleNamespace) -> SimpleNamespace:
    """A published activity with a published dataset and indicator, and a second dataset still in draft."""
    activity = walk_to(lasting_city, "published", type="kegiatan")
    indicator = walk_to(lasting_city, "published", type="indikator", kegiatan=activity["name"])
    dataset = walk_to(
        lasting_city, "published", kegiatan_statistik=activity["name"], indikator=[indicator["name"], "angka lain"]
    )
    draft = make(lasting_city, kegiatan_statistik=activity["id"])
    return SimpleNamespace(activity=activity, indicator=indicator, dataset=dataset, draft=draft)


def test_names_are_stored_as_ids_and_words_stay_words(chain: SimpleNamespace) -> None:
    shown = call_as(None, "package_show", id=chain.dataset["id"])
    assert shown["kegiatan_statistik"] == chain.activity["id"]
    assert links.parts_of(shown["indikator"]) == [chain.indicator["id"], "angka lain"]


@pytest.mark.parametrize("spelling", ["id", "name", "address", "title", "shown"])
def test_an_activity_is_recognised_however_it_is_named(
    lasting_city: SimpleNamespace, chain: SimpleNamespace, spelling: str
) -> None:
    other = make(lasting_city, type="kegiatan", title=f"Pendataan {spelling} Lingkungan I")
    said = {
        "address": f"https://data.example/kegiatan/{other['name']}",
        "shown": f"{other['title']} ({other['name']})",
    }.get(spelling) or other.get(spelling)
    assert make(lasting_city, kegiatan_statistik=said)["kegiatan_statistik"] == other["id"]


def test_both_sides_are_shown_to_everybody_once_published(chain: SimpleNamespace) -> None:
    of_activity = links.of(call_as(None, "package_show", id=chain.activity["id"]), None)
    assert ids(of_activity["datasets"]) == {chain.dataset["id"]}
    assert ids(of_activity["indikator"]) == {chain.indicator["id"]}
    of_dataset = links.of(call_as(None, "package_show", id=chain.dataset["id"]), None)
    assert ids(of_dataset["kegiatan"]) == {chain.activity["id"]}
    assert ids(of_dataset["indikator"]) == {chain.indicator["id"]}
    assert of_dataset["words"] == {"indikator": ["angka lain"]}
    of_indicator = links.of(call_as(None, "package_show", id=chain.indicator["id"]), None)
    assert ids(of_indicator["kegiatan"]) == {chain.activity["id"]}
    assert ids(of_indicator["datasets"]) == {chain.dataset["id"]}


def test_a_draft_is_shown_to_its_producer_only(lasting_city: SimpleNamespace, chain: SimpleNamespace) -> None:
    shown = call_as(None, "package_show", id=chain.activity["id"])
    assert chain.draft["id"] in ids(links.of(shown, lasting_city.producer["name"])["datasets"])
    for person in (None, lasting_city.neighbour["name"], lasting_city.stranger["name"]):
        assert chain.draft["id"] not in ids(links.of(shown, person)["datasets"])


def test_what_a_person_may_not_see_is_neither_recognised_nor_named(
    lasting_city: SimpleNamespace, app_once: Any
) -> None:
    secret = make(lasting_city, type="kegiatan", title="Kegiatan rahasia kelurahan")
    typed = make(lasting_city, "neighbour", kegiatan_statistik=secret["name"])
    # Read back as it was typed: whether such an address exists is not told.
    assert typed["kegiatan_statistik"] == secret["name"]
    titled = make(lasting_city, "neighbour", kegiatan_statistik=secret["title"])
    assert titled["kegiatan_statistik"] == secret["title"]
    published = walk_to(lasting_city, "published", kegiatan_statistik=secret["name"])
    assert published["kegiatan_statistik"] == secret["id"]
    page = app_once.get(f"/dataset/{published['name']}").body
    assert secret["title"] not in page and secret["id"] not in page
    shown = call_as(None, "package_show", id=published["id"])
    assert links.of(shown, None)["kegiatan"] == []


def test_a_new_name_breaks_no_link(lasting_city: SimpleNamespace) -> None:
    activity = make(lasting_city, type="kegiatan")
    dataset = make(lasting_city, kegiatan_statistik=activity["name"])
    call_as(
        lasting_city.producer, "package_patch", id=activity["id"], name=f"{activity['name']}-baru", title="Nama baru"
    )
    shown = call_as(lasting_city.producer, "package_show", id=dataset["id"])
    found = links.of(shown, lasting_city.producer["name"])["kegiatan"]
    assert [each["title"] for each in found] == ["Nama baru"]


def test_a_deleted_activity_is_no_longer_shown_and_stops_the_submission(lasting_city: SimpleNamespace) -> None:
    activity = make(lasting_city, type="kegiatan")
    dataset = make(lasting_city, kegiatan_statistik=activity["name"])
    call_as(lasting_city.producer, "package_delete", id=activity["id"])
    shown = call_as(lasting_city.producer, "package_show", id=dataset["id"])
    assert links.of(shown, lasting_city.producer["name"])["kegiatan"] == []
    found = {f["id"]: f for f in service.check(shown, "en")["findings"]}
    assert found["links.missing.kegiatan_statistik"]["severity"] == "error"
    # Saving goes on: a draft may be incomplete.
    call_as(lasting_city.producer, "package_patch", id=dataset["id"], notes="Diubah.")


def test_a_link_to_a_working_copy_is_one_to_the_published_activity(lasting_city: SimpleNamespace) -> None:
    live = walk_to(lasting_city, "published", type="kegiatan")
    started = call_as(
        lasting_city.producer, "satudata_revision_start", id=live["id"], change_kind="koreksi", public_note="Ralat"
    )
    dataset = make(lasting_city, kegiatan_statistik=started["revision_id"])
    assert dataset["kegiatan_statistik"] == live["id"]
    copy = call_as(lasting_city.producer, "package_show", id=started["revision_id"])
    assert dataset["id"] in ids(links.of(copy, lasting_city.producer["name"])["datasets"])


def test_a_variable_the_activity_does_not_have_is_a_warning(lasting_city: SimpleNamespace) -> None:
    activity = make(lasting_city, type="kegiatan")
    rows = [{"kolom": "jml_art", "variabel": "Jumlah anggota keluarga"}, {"kolom": "x", "variabel": "Tidak ada"}]
    dataset = make(lasting_city, kegiatan_statistik=activity["id"], kolom_variabel=rows)
    assert dataset["kolom_variabel"] == "jml_art = Jumlah anggota keluarga\nx = Tidak ada"
    found = {f["id"]: f for f in service.check(dataset, "en", with_files=False)["findings"]}
    assert "Tidak ada" in found["links.variable"]["message"]
    assert "Jumlah anggota" not in found["links.variable"]["message"]


def test_the_form_offers_what_may_be_chosen_and_shows_names(
    lasting_city: SimpleNamespace, chain: SimpleNamespace, app_once: Any, as_user: Any
) -> None:
    page = app_once.get(f"/dataset/edit/{chain.draft['name']}", headers=as_user(lasting_city.producer)).body
    shown = f"{chain.activity['title']} ({chain.activity['name']})"
    soup = BeautifulSoup(page, "html.parser")
    assert soup.find("input", {"name": "kegiatan_statistik"})["value"] == shown
    assert shown in [option["value"] for option in soup.select("#list-kegiatan_statistik option")]
    # What is shown is taken back as what it stands for.
    saved = call_as(lasting_city.producer, "package_patch", id=chain.draft["id"], kegiatan_statistik=shown)
    assert saved["kegiatan_statistik"] == chain.activity["id"]


def test_the_pages_of_all_three_say_what_belongs_together(
    lasting_city: SimpleNamespace, chain: SimpleNamespace, app_once: Any
) -> None:
    rendered = app_once.flask_app.jinja_env.get_template("satudata/standards/links.html")
    for one, others in (
        (chain.activity, (chain.dataset, chain.indicator)),
        (chain.dataset, (chain.activity, chain.indicator)),
        (chain.indicator, (chain.activity, chain.dataset)),
    ):
        with app_once.flask_app.test_request_context():
            shown = call_as(None, "package_show", id=one["id"])
            body = rendered.render(pkg=shown)
        for other in others:
            assert f"/{other['type']}/{other['name']}" in body
            assert other["title"] in body
