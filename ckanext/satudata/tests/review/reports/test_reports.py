"""Reports: the numbers counted by hand, who sees which, and the page that shows them."""

from __future__ import annotations

import csv
import datetime as dt
import io
from types import SimpleNamespace
from typing import Any

import ckantoolkit as tk
import pytest
import sqlalchemy as sa
from ckan import model

from ckanext.satudata.review import calendar
from ckanext.satudata.review.model import Review, ReviewEvent
from ckanext.satudata.review.reports import charts, service
from ckanext.satudata.tests.conftest import call_as
from ckanext.satudata.tests.factories import submittable
from ckanext.satudata.tests.review.conftest import ALL_CONFORM, ONE_FAILS
from ckanext.satudata.tests.review.pages import soup, words
from ckanext.satudata.tests.statements import counted

event, review = ReviewEvent.__table__, Review.__table__
MONDAY = dt.date(2026, 3, 2)


def act(user: Any, id: str, action: str, **data: Any) -> None:
    call_as(user, "satudata_review_transition", id=id, action=action, **data)


@pytest.fixture(scope="module")
def year(lasting_city: SimpleNamespace) -> SimpleNamespace:
    """Four datasets whose events are set to days that make the sums easy to do by hand.

    * first: handed over on Monday, returned on Wednesday, again on Thursday, taken on Friday, conforming and published
      the Monday after
    * second: handed over on Tuesday, and waits since
    * third: of the other kelurahan, handed over and returned within a day
    * fourth: published, and withdrawn from the public
    """
    city = lasting_city
    at: dict[str, list[dt.date]] = {}

    def made(organization: Any, producer: Any) -> str:
        return str(call_as(producer, "package_create", **submittable(organization))["id"])

    first = made(city.kelurahan, city.producer)
    act(city.producer, first, "submit")
    comments = {"satuan": "Orang, bukan jiwa", "definisi": "Perjelas"}
    act(city.custodian, first, "return", comment="a", principle_results=ONE_FAILS, field_comments=comments)
    act(city.producer, first, "submit")
    act(city.custodian, first, "claim")
    act(city.custodian, first, "forward", principle_results=ALL_CONFORM)
    act(city.custodian, first, "publish")
    at[first] = [MONDAY + dt.timedelta(days=day) for day in (0, 2, 3, 4, 7, 7)]
    second = made(city.kelurahan, city.producer)
    act(city.producer, second, "submit")
    at[second] = [MONDAY + dt.timedelta(days=1)]
    third = made(city.other, city.neighbour)
    act(city.neighbour, third, "submit")
    act(city.custodian, third, "return", comment="b", principle_results=ONE_FAILS, field_comments={"satuan": "x"})
    at[third] = [MONDAY, MONDAY + dt.timedelta(days=1)]
    fourth = made(city.other, city.neighbour)
    act(city.neighbour, fourth, "submit")
    act(city.custodian, fourth, "forward", principle_results=ALL_CONFORM)
    act(city.custodian, fourth, "publish")
    act(city.custodian, fourth, "unpublish", comment="c")
    at[fourth] = [MONDAY, MONDAY, MONDAY, MONDAY + dt.timedelta(days=8)]
    with model.meta.engine.begin() as connection:
        for id, days in at.items():
            own = sa.select(event.c.position).where(event.c.package_id == id).order_by(event.c.position)
            for position, day in zip(connection.execute(own).scalars().all(), days, strict=True):
                moment = calendar.start_of_day(day) + dt.timedelta(hours=9)
                connection.execute(sa.update(event).where(event.c.position == position).values(at=moment))
        waits = calendar.start_of_day(MONDAY + dt.timedelta(days=1)) + dt.timedelta(hours=9)
        connection.execute(
            sa.update(review).where(review.c.package_id == second).values(state_since=waits, due_at=waits)
        )
    city.first, city.second, city.third, city.fourth = first, second, third, fourth
    return city


PERIOD = {"since": "2026-03-02", "until": "2026-03-15"}


def report(user: Any, **data: Any) -> dict[str, Any]:
    return call_as(user, "satudata_review_report", **{**PERIOD, **data})


# -- numbers --------------------------------------------------------------------------------------------------


def test_what_happened_is_counted_week_by_week(year: Any) -> None:
    shown = report(year.custodian)
    numbers = ("submitted", "returned", "conforming", "published", "unpublished")
    weeks = {week["week"]: tuple(week[name] for name in numbers) for week in shown["throughput"]}
    assert weeks == {"2026-03-02": (5, 2, 1, 1, 0), "2026-03-09": (0, 0, 1, 1, 1)}
    assert shown["totals"] == {
        **dict(zip(numbers, (5, 2, 2, 2, 1), strict=True)),
        "waiting": 2,
        "overdue": 1,
    }


def test_weeks_in_which_nothing_happened_are_there_too(year: Any) -> None:
    weeks = report(year.custodian, since="2026-02-01", until="2026-03-31")["throughput"]
    assert [week["week"] for week in weeks] == [
        (dt.date(2026, 1, 26) + dt.timedelta(days=7 * number)).isoformat() for number in range(10)
    ]
    assert weeks[0]["submitted"] == 0


def test_steps_take_the_working_days_between_coming_and_leaving(year: Any) -> None:
    """Submitted: 2, 1, 1 and 0 days; returned: 1; check: over the weekend, 1; approved: 0 and 0."""
    steps = {step["state"]: step for step in report(year.custodian)["steps"]}
    assert {name: (step["number"], step["median_days"], step["slow_days"]) for name, step in steps.items()} == {
        "submitted": (4, 1, 2),
        "returned": (1, 1, 1),
        "custodian_check": (1, 1, 1),
        "approved": (2, 0, 0),
    }


def test_reasons_of_returns_are_counted_by_principle_and_by_field(year: Any) -> None:
    reasons = report(year.custodian)["return_reasons"]
    assert {row["principle"]: row["number"] for row in reasons["principles"]} == {
        "standar_data": 2,
        "metadata": 0,
        "interoperabilitas": 0,
        "kode_referensi": 0,
    }
    assert reasons["fields"] == [{"field": "satuan", "number": 2}, {"field": "definisi", "number": 1}]


def test_what_waits_now_is_sorted_by_age(year: Any) -> None:
    ageing = {row["state"]: row for row in report(year.custodian)["ageing"]}
    assert ageing["submitted"] == {"state": "submitted", "number": 1, "overdue": 1, "ages": [0, 0, 0, 1]}
    assert ageing["returned"]["ages"] == [1, 0, 0, 0], "the moment of the row, which is today's"


def test_each_organization_stands_with_its_own_numbers(year: Any) -> None:
    owners = report(year.custodian)["organizations"]
    assert owners["count"] == 2
    by_id = {row["id"]: row for row in owners["results"]}
    aur, sukaraja = by_id[year.kelurahan["id"]], by_id[year.other["id"]]
    assert (aur["submitted"], aur["returned"], aur["published"], aur["waiting"], aur["overdue"]) == (3, 1, 1, 1, 1)
    assert (sukaraja["submitted"], sukaraja["returned"], sukaraja["waiting"], sukaraja["overdue"]) == (2, 1, 1, 0)
    assert [row["id"] for row in owners["results"]] == [aur["id"], sukaraja["id"]], "the most behind first"
    page = report(year.custodian, limit=1, offset=1)["organizations"]
    assert page["count"] == 2 and [row["id"] for row in page["results"]] == [sukaraja["id"]]


def test_a_report_on_one_organization_is_about_it_and_what_is_below(year: Any) -> None:
    assert report(year.custodian, organization=year.other["name"])["totals"]["submitted"] == 2
    assert report(year.custodian, organization=year.kota["id"])["totals"]["submitted"] == 5
    assert report(year.custodian, organization=year.bappeda["id"])["totals"]["submitted"] == 0


def test_the_smallest_number_of_days_that_covers_a_share() -> None:
    assert service.quantile({0: 1, 3: 1}, 0.5) == 0
    assert service.quantile({0: 1, 3: 2}, 0.5) == 3
    assert service.quantile({1: 9, 30: 1}, 0.9) == 1
    assert service.quantile({}, 0.5) == 0


def test_columns_of_a_chart_are_as_high_as_their_numbers() -> None:
    drawn = charts.columns([{"a": 4, "b": 1}, {"a": 0, "b": 2}], ("a", "b"))
    assert [column["height"] for column in drawn["columns"]] == [160, 40, 0, 80]
    assert charts.columns([], ("a", "b"))["columns"] == []


# -- who sees what --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("person", ["custodian", "pembina", "planner", "sysadmin"])
def test_who_checks_or_plans_sees_reports(year: Any, person: str) -> None:
    assert report(getattr(year, person))["totals"]["submitted"] == 5


@pytest.mark.parametrize("person", ["producer", "member", "neighbour", "stranger", "collaborator", "city_admin"])
def test_nobody_else_sees_reports(year: Any, person: str) -> None:
    with pytest.raises(tk.NotAuthorized, match="custodians"):
        report(getattr(year, person))


def test_a_role_over_a_part_of_the_tree_sees_that_part(year: Any) -> None:
    from ckan.tests import factories

    from ckanext.satudata.tests.factories import officer

    body = factories.Organization()
    planner = officer(body)
    call_as(
        year.sysadmin,
        "satudata_role_grant",
        organization_id=body["id"],
        role="planner",
        scope_id=year.other["id"],
    )
    shown = report(planner)
    assert shown["totals"]["submitted"] == 2
    assert [row["id"] for row in shown["organizations"]["results"]] == [year.other["id"]]
    assert report(planner, organization=year.kelurahan["id"])["totals"]["submitted"] == 0


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"since": "kemarin"}, "since"),
        ({"since": "2026-03-02", "until": "2026-03-01"}, "since"),
        ({"since": "2001-01-01", "until": "2026-03-01"}, "since"),
        ({"organization": "tidak-ada"}, "organization"),
        ({"track": "tidak-ada"}, "track"),
        ({"limit": "banyak"}, "limit"),
        ({"unknown": 1}, "unknown"),
    ],
)
def test_what_is_wrong_is_named_by_its_field(year: Any, given: Any, field: str) -> None:
    with pytest.raises(tk.ValidationError) as refused:
        report(year.custodian, **given)
    assert list(refused.value.error_dict) == [field]


def test_the_number_of_queries_does_not_grow_with_the_number_of_events(year: Any) -> None:
    with counted() as all_the_year:
        report(year.custodian)
    with counted() as a_part:
        report(year.custodian, since="2026-03-09")
    assert len(all_the_year) == len(a_part) < 20


# -- the page -------------------------------------------------------------------------------------------------


def page(app: Any, as_user: Any, user: Any, query: str = "", status: int = 200) -> Any:
    return app.get(f"/satudata/reports{query}", headers=as_user(user), status=status, follow_redirects=False)


def test_the_page_shows_tables_and_a_chart_with_a_name(year: Any, app_once: Any, as_user: Any) -> None:
    shown = soup(page(app_once, as_user, year.custodian, "?since=2026-03-02&until=2026-03-15"))
    assert words(shown.find("h1")) == "Reports"
    chart = shown.select_one("svg[role=img]")
    assert chart is not None and chart.find("title") and len(chart.find_all("rect")) == 4
    assert not shown.select_one(".primary script")
    for table in shown.select(".satudata-review table"):
        assert table.find("caption") and table.find_all("th", scope="col")
    assert "Kelurahan Aur" in words(shown.select_one("section[aria-labelledby=report-owners]"))
    assert {"By principle", "By field"} <= {words(caption) for caption in shown.select("caption")}


def test_filters_stand_in_the_address_and_in_the_links(year: Any, app_once: Any, as_user: Any) -> None:
    query = f"?since=2026-03-02&until=2026-03-15&organization={year.other['name']}"
    shown = soup(page(app_once, as_user, year.custodian, query))
    assert shown.select_one("input[name=since]")["value"] == "2026-03-02"
    assert shown.select_one("select[name=organization] option[selected]")["value"] == year.other["name"]
    assert all(f"organization={year.other['name']}" in a["href"] for a in shown.select("a[href*='.csv']"))


def test_an_impossible_filter_is_said_and_left_out(year: Any, app_once: Any, as_user: Any) -> None:
    shown = soup(page(app_once, as_user, year.custodian, "?since=kemarin"))
    assert "Give a date" in words(shown.select_one("[role=alert]"))


def test_nothing_to_report_says_what_to_try(year: Any, app_once: Any, as_user: Any) -> None:
    shown = soup(page(app_once, as_user, year.custodian, f"?organization={year.bappeda['name']}"))
    assert "Nothing to report yet" in words(shown.select_one(".satudata-empty"))


def test_the_page_is_closed_to_producers_and_asks_nobody_to_log_in(year: Any, app_once: Any, as_user: Any) -> None:
    page(app_once, as_user, year.producer, status=403)
    answer = app_once.get("/satudata/reports", follow_redirects=False)
    assert answer.status_code == 302 and "/user/login" in answer.headers["Location"]


@pytest.mark.parametrize(
    ("table", "rows"), [("throughput", 3), ("steps", 5), ("reasons", 7), ("ageing", 3), ("organizations", 3)]
)
def test_each_table_can_be_taken_away(year: Any, app_once: Any, as_user: Any, table: str, rows: int) -> None:
    answer = app_once.get(
        f"/satudata/reports/{table}.csv?since=2026-03-02&until=2026-03-15", headers=as_user(year.custodian)
    )
    assert answer.headers["Content-Type"].startswith("text/csv")
    lines = list(csv.reader(io.StringIO(answer.body.lstrip("\ufeff"))))
    assert len(lines) == rows and len({len(line) for line in lines}) == 1, lines
