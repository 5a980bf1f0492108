"""The queue at length: every order and filter, five questions to the database, a spreadsheet with its history."""

from __future__ import annotations

import csv
import io
from typing import Any

import ckantoolkit as tk
import pytest
from ckan.common import config

from ckanext.satudata.tests.conftest import call_as
from ckanext.satudata.tests.factories import submittable
from ckanext.satudata.tests.review.conftest import ONE_FAILS, walk_to
from ckanext.satudata.tests.review.pages import soup, words
from ckanext.satudata.tests.statements import counted

TITLES = ("Balita", "Jalan", "Penduduk")


@pytest.fixture(scope="module")
def furnished(lasting_city: Any) -> Any:
    """Three data that wait, one of them of another kelurahan and held; and one that is a draft."""
    city = lasting_city
    for title in TITLES[:2]:
        walk_to(city, "submitted", title=title)
    third = call_as(city.neighbour, "package_create", **submittable(city.other, title=TITLES[2]))["id"]
    call_as(city.neighbour, "satudata_review_transition", id=third, action="submit")
    call_as(city.custodian, "satudata_review_transition", id=third, action="claim")
    walk_to(city, "draft", title="Draf saja")
    return city


def titles(who: dict[str, Any], **filters: Any) -> list[str]:
    return [item["title"] for item in call_as(who, "satudata_review_list", **filters)["results"]]


@pytest.mark.parametrize(
    ("sort", "first"),
    [
        ("waiting", "Balita"), ("-waiting", "Penduduk"), ("title", "Balita"), ("-title", "Penduduk"),
        ("organization", "Balita"), ("-organization", "Penduduk"), ("holder", "Penduduk"), ("-holder", "Penduduk"),
        ("due", None), ("-due", None),
    ],
)  # fmt: skip
def test_it_is_ordered_by_every_column_and_empty_ones_come_last(furnished: Any, sort: str, first: str | None) -> None:
    found = titles(furnished.custodian, sort=sort)
    assert sorted(found) == sorted(TITLES)
    assert first is None or found[0] == first


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        ({"q": "jal"}, {"Jalan"}), ({"state": "custodian_check"}, {"Penduduk"}), ({"overdue": True}, set()),
        ({"type": "dataset"}, set(TITLES)), ({"type": "indikator"}, set()), ({"mine": True}, set(TITLES)),
        ({"q": "%"}, set()),
    ],
)  # fmt: skip
def test_every_filter_narrows_it(furnished: Any, filters: dict[str, Any], expected: set[str]) -> None:
    assert set(titles(furnished.custodian, **filters)) == expected


def test_it_is_filtered_by_holder_and_by_a_subtree_of_organizations(furnished: Any) -> None:
    who = furnished.custodian
    assert titles(who, holder=who["name"]) == ["Penduduk"]
    assert set(titles(who, organization=furnished.kota["name"])) == set(TITLES)
    assert titles(who, organization=furnished.other["id"]) == ["Penduduk"]
    # Where there are too many for a list, one types the whole title.
    assert titles(who, organization=" kelurahan sukaraja ") == ["Penduduk"]
    for wrong in ({"organization": "tidak-ada"}, {"holder": "tidak-ada"}, {"sort": "colour"}, {"track": "x"}):
        with pytest.raises(tk.ValidationError) as refused:
            titles(who, **wrong)
        assert list(refused.value.error_dict) == list(wrong)


def test_its_page_asks_the_database_five_questions_whatever_it_shows(
    furnished: Any, app_once: Any, as_user: Any
) -> None:
    headers = as_user(furnished.custodian)
    app_once.get("/satudata/review", headers=headers)
    for address in ("/satudata/review", "/satudata/review?tab=all&rows=200&sort=-holder&q=a"):
        with counted() as asked:
            page = soup(app_once.get(address, headers=headers))
        assert page.select("table tbody tr")
        # The bell, CKAN's own news of activities (which asks for labels), and whether a code list was published, are no
        # part of the queue.
        others = ("satudata_notice", "ORDER BY satudata_role_grant", "satudata_code_list_version")
        ours = [one for one in asked if "satudata_" in one and not any(other in one for other in others)]
        assert len(ours) <= 5, "\n".join(ours)


def test_everything_chosen_stands_in_every_address_of_the_page(furnished: Any, app_once: Any, as_user: Any) -> None:
    address = f"/satudata/review?tab=all&q=a&organization={furnished.kota['name']}&sort=title&rows=50"
    page = soup(app_once.get(address, headers=as_user(furnished.custodian)))
    kept = ("tab=all", "q=a", f"organization={furnished.kota['name']}", "rows=50")
    for link in page.select("thead a[href*=sort]"):
        assert all(part in link["href"] for part in kept), link["href"]
    assert [th["aria-sort"] for th in page.select("th[aria-sort]")] == ["ascending"]
    assert "sort=-title" in page.select_one("th[aria-sort] a")["href"]
    download = page.find("a", string="download CSV")["href"]
    assert all(part in download for part in (*kept, "sort=title"))
    options = [words(option) for option in page.select("#queue-organization option")]
    assert options.index("Kota Medan") < options.index("– Kelurahan Aur")


def test_a_filter_nobody_understands_is_named_and_left_out(furnished: Any, app_once: Any, as_user: Any) -> None:
    answer = app_once.get(
        "/satudata/review?organization=tidak-ada&track=x&sort=z&rows=7&page=abc&q=%00",
        headers=as_user(furnished.custodian),
    )
    page = soup(answer)
    told = " ".join(words(alert) for alert in page.select(".alert-warning"))
    assert all(part in told for part in ("Organization not found", "Unknown track", "Unknown order"))
    assert len(page.select("table tbody tr")) == 3


def test_the_spreadsheet_holds_every_round_and_no_formula(furnished: Any, app_once: Any, as_user: Any) -> None:
    city = furnished
    pid = walk_to(city, "submitted", title='=HYPERLINK("http://jahat")')["id"]
    for comment in ("+62 kurang lengkap", "Masih kurang"):
        call_as(
            city.custodian, "satudata_review_transition", id=pid, action="return", comment=comment,
            principle_results=ONE_FAILS, field_comments={"satuan": "Pakai jiwa"},
        )  # fmt: skip
        call_as(city.producer, "satudata_review_transition", id=pid, action="submit")
    answer = app_once.get("/satudata/review.csv?tab=all&q=HYPERLINK", headers=as_user(city.custodian))
    rows = list(csv.DictReader(io.StringIO(answer.body.lstrip("\ufeff"))))
    assert [row["Round"] for row in rows] == ["1", "2", "3"]
    assert {row["Data"] for row in rows} == {'\'=HYPERLINK("http://jahat")'}
    assert [row["Outcome"] for row in rows] == ["Returned", "Returned", ""]
    assert "+62 kurang lengkap" in rows[0]["Reason or note"]
    assert rows[0]["Does not conform"] == "Data standard"
    assert rows[1]["Comments on fields"] == "Unit: Pakai jiwa"
    assert rows[0]["For"] == "Bidang Statistik Kominfo"
    assert not any(cell[:1] in "=+-@" for row in rows for cell in row.values() if cell)
    call_as(city.producer, "satudata_review_transition", id=pid, action="withdraw")


def test_where_the_head_submits_an_officer_asks_and_the_head_finds_it(
    furnished: Any, app_once: Any, as_user: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(config, "satudata.review.submit_by", "admin")
    city = furnished
    package = walk_to(city, "draft", title="Menunggu persetujuan")
    officer, head = as_user(city.producer), as_user(city.colleague)
    page = soup(app_once.get(f"/dataset/{package['name']}", headers=officer))
    button = page.select_one(".satudata-strip button[value=ask]")
    assert words(button) == "Ask for consent"
    assert not page.select_one(".satudata-strip button[value=submit]")
    form = soup(app_once.get(f"/dataset/edit/{package['name']}", headers=officer))
    assert form.select_one("button[value=ask]")["formaction"].endswith("save-and-submit?ask=1")
    app_once.post(f"/satudata/review/{package['id']}/act", headers=officer, data={"action": "ask"})
    page = soup(app_once.get(f"/dataset/{package['name']}", headers=officer))
    assert "has asked the head of the organization" in words(page.select_one(".satudata-strip"))
    assert not page.select_one(".satudata-strip button[value=ask]")
    page = soup(app_once.get("/satudata/my-work?part=draft", headers=head))
    card = next(card for card in page.select(".satudata-card") if "Menunggu persetujuan" in words(card))
    assert "asks for your consent" in words(card)
    assert words(card.select_one("button[value=submit]")).startswith("Submit for review")
    version = card.select_one("input[name=expected_version]")["value"]
    app_once.post(
        f"/satudata/review/{package['id']}/act", headers=head, data={"action": "submit", "expected_version": version}
    )
    assert call_as(city.producer, "satudata_review_show", id=package["id"])["state"] == "submitted"


def test_my_tasks_are_grouped_by_their_date(furnished: Any, app_once: Any, as_user: Any) -> None:
    page = soup(app_once.get("/satudata/my-tasks", headers=as_user(furnished.custodian)))
    tasks = [words(task) for task in page.select(".satudata-tasks a")]
    assert "Check these data: Balita" in tasks
    page = soup(app_once.get("/satudata/my-tasks", headers=as_user(furnished.stranger)))
    assert "Nothing waits for you." in words(page)
