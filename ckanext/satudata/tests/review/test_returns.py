"""A return that teaches: what was asked for stands where it is mended, and the next check begins with what changed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from ckan.common import config
from ckan.exceptions import CkanConfigurationException

from ckanext.satudata.review import reasons
from ckanext.satudata.tests.conftest import call_as
from ckanext.satudata.tests.review.conftest import ALL_CONFORM, ONE_FAILS, walk_to
from ckanext.satudata.tests.review.pages import ALL_YES, pressed, soup, words

ASKED = {"satuan": "Pakai jiwa, bukan orang", "notes": "Sebut sumber datanya"}


def act(who: dict[str, Any], pid: str, action: str, **data: Any) -> dict[str, Any]:
    return call_as(who, "satudata_review_transition", id=pid, action=action, **data)


def returned(city: Any, comment: str = "Lengkapi dulu", **fields: str) -> dict[str, Any]:
    """A dataset the custodian has sent back with comments on fields."""
    package = walk_to(city, "submitted")
    act(
        city.custodian,
        package["id"],
        "return",
        comment=comment,
        principle_results=ONE_FAILS,
        field_comments=fields or ASKED,
    )
    return package


def form(web: Any, headers: dict[str, str], package: dict[str, Any]) -> Any:
    return soup(web.get(f"/dataset/edit/{package['name']}", headers=headers))


def test_a_comment_stands_beside_its_field_until_the_field_is_mended(
    lasting_city: Any, app_once: Any, as_user: Any
) -> None:
    city, headers = lasting_city, as_user(lasting_city.producer)
    package = returned(city)
    page = form(app_once, headers, package)
    beside = page.select_one("[data-satudata-remark=satuan]")
    assert "Pakai jiwa, bukan orang" in words(beside)
    assert beside.find_next("input", attrs={"name": "satuan"}) is not None
    assert beside.find_parent("details").has_attr("open")
    assert "2 of 2 fields still to be mended" in words(page.select_one(".satudata-asked"))
    assert "Lengkapi dulu" in words(page.select_one(".satudata-asked"))

    call_as(city.producer, "package_patch", id=package["id"], satuan="keluarga")
    page = form(app_once, headers, package)
    beside = page.select_one("[data-satudata-remark=satuan]")
    assert "changed since" in words(beside)
    assert "jiwa" in words(beside.select_one("del"))
    assert "keluarga" in words(beside.select_one("ins"))
    assert "1 of 2 fields still to be mended" in words(page.select_one(".satudata-asked"))
    assert page.select_one(".satudata-asked a[href='#field-notes']")


def test_nobody_reads_remarks_in_a_form_that_was_handed_over_again(
    lasting_city: Any, app_once: Any, as_user: Any
) -> None:
    city = lasting_city
    package = returned(city)
    act(city.producer, package["id"], "submit")
    act(city.producer, package["id"], "withdraw")
    assert not form(app_once, as_user(city.producer), package).select_one(".satudata-asked")


def test_the_checker_is_shown_what_changed_since_the_return_and_what_did_not(
    lasting_city: Any, app_once: Any, as_user: Any
) -> None:
    city = lasting_city
    package = returned(city)
    call_as(city.producer, "package_patch", id=package["id"], satuan="keluarga")
    act(city.producer, package["id"], "submit")
    page = soup(app_once.get(f"/satudata/review/{package['id']}", headers=as_user(city.custodian)))
    since = page.select_one(".satudata-since-return")
    assert [link["href"] for link in since.select("p:first-of-type a")] == ["#isian-satuan"]
    assert "Commented, but not changed: " in words(since)
    assert since.select_one(".satudata-fair a")["href"] == "#isian-notes"
    box = page.select_one("#isian-satuan")
    assert "keluarga" in words(box.select_one("ins"))
    assert "Pakai jiwa, bukan orang" in words(box)
    assert not page.select_one("#isian-title.satudata-changed")


def test_a_replaced_file_counts_as_a_change_of_the_files(lasting_city: Any, app_once: Any, as_user: Any) -> None:
    city = lasting_city
    package = returned(city, resources="Berkas tahun lalu")
    page = form(app_once, as_user(city.producer), package)
    assert "✎" in words(page.select_one("[data-satudata-remark=resources]"))
    shown = call_as(city.producer, "package_show", id=package["id"])
    call_as(city.producer, "resource_patch", id=shown["resources"][0]["id"], name="Penduduk 2024 (baru)")
    page = form(app_once, as_user(city.producer), package)
    assert "changed since" in words(page.select_one("[data-satudata-remark=resources]"))


def test_the_pembinas_return_goes_by_way_of_the_custodian_who_adds_to_it(
    lasting_city: Any, app_once: Any, as_user: Any
) -> None:
    city = lasting_city
    package = walk_to(city, "pembina_review")
    pid, headers = package["id"], as_user(lasting_city.custodian)
    act(
        city.pembina, pid, "return", comment="Konsep belum baku", principle_results=ONE_FAILS,
        field_comments={"konsep": "Pakai konsep BPS"},
    )  # fmt: skip
    desk = soup(app_once.get(f"/satudata/review/{pid}", headers=headers))
    assert desk.select_one("#desk-comment").get_text() == "Konsep belum baku"
    assert desk.select_one("textarea[name='field.konsep']").get_text() == "Pakai konsep BPS"
    assert desk.select_one("input[name='conforms.standar_data'][value=no]").has_attr("checked")

    # The pembina's own words, left standing, are no answer to the pembina.
    typed = pressed(desk, "forward", **ALL_YES)
    answer = app_once.post(f"/satudata/review/{pid}", headers=headers, data=typed, follow_redirects=False)
    assert answer.status_code == 400
    assert "Write the reason" in answer.body

    typed = pressed(desk, "return", comment="Konsep belum baku\nLihat contoh di Kelurahan Sukaraja")
    answer = app_once.post(f"/satudata/review/{pid}", headers=headers, data=typed, follow_redirects=False)
    assert answer.status_code == 302
    page = form(app_once, as_user(city.producer), package)
    said = page.select_one(".satudata-asked")
    assert [words(quote) for quote in said.select("blockquote")] == [
        "Konsep belum baku",
        "Konsep belum baku Lihat contoh di Kelurahan Sukaraja",
    ]
    # Passed on word for word: said once.
    assert len(page.select("[data-satudata-remark=konsep]")) == 1
    assert "BPS Kota Medan" in words(page.select_one("[data-satudata-remark=konsep]"))


def test_every_reason_of_every_round_stays_readable(lasting_city: Any, app_once: Any, as_user: Any) -> None:
    city = lasting_city
    package = returned(city, comment="Putaran pertama")
    act(city.producer, package["id"], "submit")
    act(
        city.custodian, package["id"], "return", comment="Putaran kedua", principle_results=ONE_FAILS,
        field_comments={"satuan": "Masih orang"},
    )  # fmt: skip
    for person in (city.producer, city.custodian):
        page = soup(app_once.get(f"/satudata/review/{package['id']}/history", headers=as_user(person)))
        rounds = page.select(".satudata-round")
        assert [words(one.h2) for one in rounds] == ["Round 2", "Round 1"]
        assert "Putaran kedua" in words(rounds[0])
        assert "Masih orang" in words(rounds[0])
        assert "Putaran pertama" in words(rounds[1])
        assert "Pakai jiwa, bukan orang" in words(rounds[1])
        assert "Bidang Statistik Kominfo" in words(rounds[1])


def test_a_standard_reason_that_is_ticked_is_written_into_the_return(
    lasting_city: Any, app_once: Any, as_user: Any
) -> None:
    city, headers = lasting_city, as_user(lasting_city.custodian)
    pid = walk_to(city, "submitted")["id"]
    desk = soup(app_once.get(f"/satudata/review/{pid}", headers=headers))
    assert desk.select_one("input[name='reason.standar_data'][value=satuan_tidak_tepat]")
    typed = pressed(
        desk,
        "return",
        comment="Mohon diperbaiki.",
        reason="berkas_tidak_terbuka",
        **{"reason.standar_data": "satuan_tidak_tepat", **{k: v for k, v in ALL_YES.items() if "standar" not in k}},
    )
    answer = app_once.post(f"/satudata/review/{pid}", headers=headers, data=typed, follow_redirects=False)
    assert answer.status_code == 302, words(soup(answer))
    last = call_as(city.producer, "satudata_review_history", id=pid)["results"][-1]
    assert last["comment"].splitlines() == [
        "Mohon diperbaiki.",
        "The file cannot be opened. Upload it again, best as CSV or XLSX.",
    ]
    result = last["principle_results"]["standar_data"]
    assert result["conforms"] is False
    assert result["note"].startswith("The unit is not right")


def test_a_portal_brings_its_own_reasons_and_a_faulty_list_is_refused(
    lasting_city: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = tmp_path / "alasan.yaml"
    own.write_text("reasons:\n  - {name: a, id: Alasan kota, principle: metadata}\n", encoding="utf-8")
    monkeypatch.setitem(config, "satudata.review.reasons", str(own))
    assert reasons.listed() == [{"name": "a", "principle": "metadata", "text": "Alasan kota"}]
    for text, told in (
        ("reasons: x", "needs a list"),
        ("reasons:\n  - {name: a, id: A}\n  - {name: a, id: B}\n", "reason 2: a is there twice"),
        ("reasons:\n  - {name: a, id: A, principle: warna}\n", "reason 1: unknown principle warna"),
        ("reasons:\n  - {name: a, en: A}\n", "reason 1: its text in Indonesian"),
        ("reasons: [", "alasan.yaml"),
    ):
        faulty = tmp_path / f"{abs(hash(text))}-alasan.yaml"
        faulty.write_text(text, encoding="utf-8")
        monkeypatch.setitem(config, "satudata.review.reasons", str(faulty))
        with pytest.raises(CkanConfigurationException, match=told):
            reasons.check()
    monkeypatch.setitem(config, "satudata.review.reasons", str(tmp_path / "nowhere.yaml"))
    with pytest.raises(CkanConfigurationException, match="cannot read"):
        reasons.check()


def test_a_person_with_two_hats_finds_the_body_chosen_that_was_used_last(
    lasting_city: Any, app_once: Any, as_user: Any
) -> None:
    city = lasting_city
    call_as(
        city.sysadmin, "organization_member_create", id=city.bps["id"], username=city.custodian["name"], role="editor"
    )
    call_as(
        city.sysadmin, "satudata_role_grant", organization_id=city.bps["id"], role="supporting_custodian",
        scope_id=city.other["id"],
    )  # fmt: skip
    headers = as_user(city.custodian)
    from ckanext.satudata.tests.factories import submittable

    package = call_as(city.neighbour, "package_create", **submittable(city.other))
    act(city.neighbour, package["id"], "submit")
    page = soup(app_once.get(f"/satudata/review/{package['id']}", headers=headers))
    bodies = {label.input["value"]: label.input.has_attr("checked") for label in page.select(".satudata-bodies label")}
    assert set(bodies) == {city.bps["id"], city.kominfo["id"]}
    assert bodies[city.kominfo["id"]]
    act(city.custodian, package["id"], "forward", principle_results=ALL_CONFORM, body_id=city.bps["id"])
    second = call_as(city.neighbour, "package_create", **submittable(city.other, title="Luas wilayah"))
    act(city.neighbour, second["id"], "submit")
    page = soup(app_once.get(f"/satudata/review/{second['id']}", headers=headers))
    assert page.select_one(".satudata-bodies input[checked]")["value"] == city.bps["id"]


def test_the_desk_of_a_working_copy_marks_what_changes_in_the_published_data(
    lasting_city: Any, app_once: Any, as_user: Any
) -> None:
    city = lasting_city
    live = walk_to(city, "published", title="Jumlah pasar")
    copy = call_as(
        city.producer,
        "satudata_revision_start",
        id=live["id"],
        change_kind="koreksi",
        public_note="Satuannya dibetulkan",
    )["revision_id"]
    call_as(city.producer, "package_patch", id=copy, satuan="unit")
    act(city.producer, copy, "submit")
    page = soup(app_once.get(f"/satudata/review/{copy}", headers=as_user(city.custodian)))
    since = page.select_one(".satudata-since-return")
    assert "What changes in the published data" in words(since)
    assert [link["href"] for link in since.select("p a")] == ["#isian-satuan"]
    assert "jiwa" in words(page.select_one("#isian-satuan del"))
    assert "Satuannya dibetulkan" in words(page.select_one(".satudata-copy-line"))
