"""The queue, *Data kami* and the header: who sees them, what they hold, and what they cost."""

from __future__ import annotations

import csv
import io
from typing import Any

import pytest
import sqlalchemy as sa
from ckan import model

from ckanext.satudata.tests.conftest import call_as
from ckanext.satudata.tests.factories import officer, submittable
from ckanext.satudata.tests.review.conftest import walk_to
from ckanext.satudata.tests.review.pages import our_forms, soup, words
from ckanext.satudata.tests.statements import counted


@pytest.mark.parametrize("path", ["/satudata/review", "/satudata/review.csv", "/satudata/my-work"])
def test_nobody_is_sent_to_the_login_page(web: Any, path: str) -> None:
    answer = web.get(path, follow_redirects=False)
    assert answer.status_code == 302
    assert "/user/login" in answer.headers["Location"]
    assert path.replace("/", "%2F") in answer.headers["Location"] or path in answer.headers["Location"]


def test_the_custodian_finds_what_waits_with_its_age_and_a_button_to_take_it(web: Any, city: Any, as_user: Any) -> None:
    pid = walk_to(city, "submitted")["id"]
    page = soup(web.get("/satudata/review", headers=as_user(city.custodian)))
    row = page.select_one("table tbody tr")
    assert "Jumlah penduduk menurut jenis kelamin" in words(row)
    assert "Kelurahan Aur" in words(row)
    assert "today" in words(row)
    assert row.select_one("button[value=claim]")
    assert row.select_one("a")["href"].endswith(f"/satudata/review/{pid}")
    assert "Waiting for me (1)" in words(page)


def test_taking_from_the_queue_opens_the_desk_and_makes_me_the_holder(web: Any, city: Any, as_user: Any) -> None:
    pid = walk_to(city, "submitted")["id"]
    answer = web.post(
        f"/satudata/review/{pid}/act",
        headers=as_user(city.custodian),
        data={"action": "claim", "expected_version": "2"},
        follow_redirects=False,
    )
    assert answer.headers["Location"].endswith(f"/satudata/review/{pid}")
    assert call_as(city.custodian, "satudata_review_show", id=pid)["holder"] == city.custodian["id"]


def test_what_a_colleague_holds_is_in_everything_but_not_in_mine(web: Any, city: Any, as_user: Any) -> None:
    walk_to(city, "custodian_check")
    headers = as_user(city.second_custodian)
    assert "Nothing waits for you." in words(soup(web.get("/satudata/review", headers=headers)))
    everything = soup(web.get("/satudata/review?tab=all", headers=headers))
    assert len(everything.select("table tbody tr")) == 1
    assert not everything.select("button[value=claim]")


def test_search_and_filters_stay_in_the_address_and_in_the_form(web: Any, city: Any, as_user: Any) -> None:
    walk_to(city, "submitted", title="Jumlah balita")
    walk_to(city, "custodian_check", title="Luas wilayah")
    headers = as_user(city.custodian)
    page = soup(web.get("/satudata/review?tab=all&q=balita&sort=-title", headers=headers))
    assert [words(a) for a in page.select("a[data-row]")] == ["Jumlah balita"]
    assert page.select_one("#queue-q")["value"] == "balita"
    assert page.select_one(".satudata-filters input[name=sort]")["value"] == "-title"
    page = soup(
        web.get(f"/satudata/review?tab=all&state=custodian_check&organization={city.kota['name']}", headers=headers)
    )
    assert [words(a) for a in page.select("a[data-row]")] == ["Luas wilayah"]
    assert page.select_one("select[name=state] option[selected]")["value"] == "custodian_check"
    assert page.select_one("select[name=organization] option[selected]")["value"] == city.kota["name"]
    page = soup(web.get(f"/satudata/review?tab=all&holder={city.custodian['id']}", headers=headers))
    assert [words(a) for a in page.select("a[data-row]")] == ["Luas wilayah"]
    page = soup(web.get("/satudata/review?tab=all&q=tidakada", headers=headers))
    assert "Nothing found." in words(page)


def test_a_filter_nobody_understands_is_named_and_the_list_still_shown(web: Any, city: Any, as_user: Any) -> None:
    walk_to(city, "submitted")
    answer = web.get(
        "/satudata/review?tab=all&state=menguap&organization=nirgends&page=x", headers=as_user(city.custodian)
    )
    page = soup(answer)
    assert answer.status_code == 200
    assert "Unknown state" in words(page)
    assert len(page.select("table tbody tr")) == 1


def test_a_title_with_markup_is_shown_as_text(web: Any, city: Any, as_user: Any) -> None:
    title = "<script>alert(1)</script> & <b>data</b>"
    walk_to(city, "submitted", title=title)
    answer = web.get("/satudata/review", headers=as_user(city.custodian))
    assert "<script>alert(1)</script>" not in answer.body
    assert words(soup(answer).select_one("a[data-row]")) == title


def test_the_csv_holds_the_filtered_list_and_no_formula(web: Any, city: Any, as_user: Any) -> None:
    walk_to(city, "submitted", title='=HYPERLINK("x")')
    walk_to(city, "submitted", title="Luas wilayah")
    answer = web.get("/satudata/review.csv?tab=all&q=HYPER", headers=as_user(city.custodian))
    assert answer.headers["Content-Type"].startswith("text/csv")
    rows = list(csv.reader(io.StringIO(answer.body.lstrip("\ufeff"))))
    assert len(rows) == 2
    assert rows[1][0] == '\'=HYPERLINK("x")'
    assert rows[1][2] == "Kelurahan Aur"


def test_the_header_counts_what_waits_and_only_for_checkers(web: Any, city: Any, as_user: Any) -> None:
    walk_to(city, "submitted")
    walk_to(city, "pembina_review")
    walk_to(city, "draft")

    def header(user: Any) -> str:
        return words(soup(web.get("/about", headers=as_user(user))).select_one(".account-masthead"))

    assert "Review queue waiting: 1" in header(city.custodian)
    assert "Review queue waiting: 1" in header(city.pembina)
    assert "Review queue" not in header(city.producer)
    assert "Our data" in header(city.producer)
    assert "Our data" not in header(city.stranger)
    assert "Review queue" not in header(city.stranger)
    assert "Review queue" not in header(None)


def test_the_header_asks_nothing_for_nobody_and_one_question_for_a_producer(web: Any, city: Any, as_user: Any) -> None:
    headers = as_user(city.producer)
    web.get("/about", headers=headers)
    with counted() as nobody:
        web.get("/about")
    with counted() as producer:
        web.get("/about", headers=headers)
    # Labels for CKAN's own news about activities, the bell, and whether a code list was published, are no part of this.
    others = ("ORDER BY satudata_role_grant", "satudata_notice", "satudata_code_list_version")
    assert not [one for one in nobody if "satudata_" in one and not any(mark in one for mark in others)]
    ours = [one for one in producer if "satudata_" in one and not any(mark in one for mark in others)]
    assert len(ours) == 1


def test_forty_rows_cost_as_many_queries_as_one(web: Any, city: Any, as_user: Any) -> None:
    headers = as_user(city.custodian)
    producer = as_user(city.producer)

    def cost(path: str, who: dict[str, str]) -> int:
        web.get(path, headers=who)
        with counted() as statements:
            assert web.get(path, headers=who).status_code == 200
        return len(statements)

    walk_to(city, "submitted")
    walk_to(city, "returned")
    paths = (
        ("/satudata/review", headers),
        ("/satudata/review?tab=all", headers),
        ("/satudata/my-work?part=all", producer),
    )
    one = [cost(*path) for path in paths]
    call_as(city.custodian, "satudata_review_list")
    template = submittable(city.kelurahan)
    for number in range(39):
        package = call_as(city.producer, "package_create", **{**template, "name": f"lain-{number}"})
        model.Session.execute(
            sa.text("UPDATE satudata_review SET state = :state WHERE package_id = :id"),
            {"state": "submitted" if number % 2 else "returned", "id": package["id"]},
        )
    model.Session.commit()
    assert all(now <= before for now, before in zip([cost(*path) for path in paths], one, strict=True))


def test_the_list_turns_pages_and_a_page_too_far_is_the_last(web: Any, city: Any, as_user: Any) -> None:
    template = submittable(city.kelurahan)
    for number in range(21):
        call_as(city.producer, "package_create", **{**template, "name": f"lain-{number}"})
    model.Session.execute(sa.text("UPDATE satudata_review SET state = 'submitted'"))
    model.Session.commit()
    headers = as_user(city.custodian)
    first = soup(web.get("/satudata/review?q=penduduk", headers=headers))
    assert len(first.select("a[data-row]")) == 20
    following = first.select_one("a[rel=next]")["href"]
    assert "q=penduduk" in following
    assert len(soup(web.get(following, headers=headers)).select("a[data-row]")) == 1
    assert len(soup(web.get("/satudata/review?page=99", headers=headers)).select("a[data-row]")) == 1


def test_data_kami_says_what_the_return_asked_for(web: Any, city: Any, as_user: Any) -> None:
    walk_to(city, "returned", title="Data yang kembali")
    walk_to(city, "custodian_check", title="Data yang diperiksa")
    call_as(city.neighbour, "package_create", **submittable(city.other, title="Data tetangga"))
    headers = as_user(city.producer)
    page = soup(web.get("/satudata/my-work", headers=headers))
    card = page.select_one(".satudata-card")
    assert "Data yang kembali" in words(card)
    assert "Lengkapi satuan" in words(card)
    assert "Satuan belum tepat" in words(card)
    assert "Mend the data" in words(card)
    assert "Returned for mending (1)" in words(page)
    page = soup(web.get("/satudata/my-work?part=all", headers=headers))
    assert "Data yang diperiksa" in words(page)
    assert "Data tetangga" not in words(page)


def test_data_kami_without_data_and_without_organization_says_what_to_do(web: Any, city: Any, as_user: Any) -> None:
    empty = soup(web.get("/satudata/my-work", headers=as_user(city.producer)))
    assert "No data yet." in words(empty)
    assert any(f"group={city.kelurahan['id']}" in a["href"] for a in empty.select("a[href]"))
    stranger = soup(web.get("/satudata/my-work", headers=as_user(city.stranger)))
    assert "You are not an editor of any organization yet." in words(stranger)


def test_new_data_is_offered_per_organization_where_there_are_several(web: Any, city: Any, as_user: Any) -> None:
    from ckan.tests.helpers import call_action

    user = officer(city.kelurahan)
    call_action("member_create", id=city.other["id"], object=user["id"], object_type="user", capacity="editor")
    page = soup(web.get("/satudata/my-work", headers=as_user(user)))
    offered = [a["href"] for a in page.select(".satudata-menu a")]
    assert len([address for address in offered if address.startswith("/dataset/new?group=")]) == 2


@pytest.mark.parametrize("path", ["/satudata/review", "/satudata/my-work", "/satudata/review?tab=all"])
def test_every_form_that_changes_something_carries_the_token(web: Any, city: Any, as_user: Any, path: str) -> None:
    walk_to(city, "submitted")
    for user in (city.custodian, city.producer, city.sysadmin):
        for form in our_forms(soup(web.get(path, headers=as_user(user)))):
            assert form.select_one("input[name=_csrf_token]"), form


def test_lists_say_where_private_data_stand_with_one_query(web: Any, city: Any, as_user: Any) -> None:
    walk_to(city, "submitted")
    walk_to(city, "draft")
    headers = as_user(city.producer)
    web.get("/dataset/", headers=headers)
    with counted() as statements:
        page = soup(web.get("/dataset/", headers=headers))
    badges = [words(badge) for badge in page.select(".dataset-heading .badge")]
    assert sorted(badges) == ["Draft", "Submitted"]
    assert len([one for one in statements if "FROM satudata_review" in one and "package_id IN" in one]) == 1


def test_the_bulk_page_of_an_organization_offers_no_make_public(web: Any, city: Any, as_user: Any) -> None:
    walk_to(city, "submitted")
    page = soup(web.get(f"/organization/bulk_process/{city.kelurahan['name']}", headers=as_user(city.colleague)))
    assert "Submitted" in words(page.select_one(".satudata-bulk"))
    assert not page.select("button[value=public]")
    assert page.select_one(".satudata-bulk input[name=_csrf_token]")
