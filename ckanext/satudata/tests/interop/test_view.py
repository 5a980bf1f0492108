"""The harvest view over HTTP: what is in it, for whom, in which shape."""

from __future__ import annotations

import json
from types import SimpleNamespace
from typing import Any

import pytest
import sqlalchemy as sa
from ckan import model

from ckanext.satudata.tests.conftest import call_as
from ckanext.satudata.tests.review.conftest import build_city, walk_to, with_support

VIEW = "/satudata/harvest/api/3/action"
ALL = "/satudata/harvest/all/api/3/action"


@pytest.fixture(scope="module")
def city(clean_once: None) -> SimpleNamespace:
    """Published data of each access and type, and data nobody may know of."""
    made = with_support(build_city())
    made.open = [walk_to(made, "published", title=f"Data terbuka {number}")["id"] for number in range(3)]
    made.limited = walk_to(
        made,
        "published",
        accesslevel="terbatas",
        title="Data terbatas",
        konsep="Rumah tangga rentan",
        resources=[{"url": "https://example.com/zulkarnain.csv", "name": "Berkas zulkarnain", "format": "CSV"}],
    )["id"]
    made.closed = walk_to(made, "published", accesslevel="tertutup", title="Data tertutup")["id"]
    made.draft = walk_to(made, "draft", title="Data rancangan")["id"]
    made.kegiatan = walk_to(made, "published", type="kegiatan", title="Survei warga")["id"]
    return made


@pytest.fixture
def ask(city: SimpleNamespace, app_once: Any) -> Any:
    """Ask the view; the result, or the error with its status."""

    def asked(action: str, view: str = VIEW, status: int = 200, headers: Any = None, **params: Any) -> Any:
        # No address leads to another: harvesters of old do not follow.
        answer = app_once.get(
            f"{view}/{action}", query_string=params, headers=headers or {}, status=status, follow_redirects=False
        )
        body = json.loads(answer.body)
        assert body["success"] is (status == 200)
        return body["result"] if status == 200 else body["error"]

    return asked


def extras(record: dict[str, Any]) -> dict[str, str]:
    assert len({item["key"] for item in record["extras"]}) == len(record["extras"])
    return {item["key"]: item["value"] for item in record["extras"]}


def test_a_search_gives_what_is_published_and_the_description_of_what_is_restricted(city: Any, ask: Any) -> None:
    found = ask("package_search", rows=100)
    assert {one["id"] for one in found["results"]} == {*city.open, city.limited}
    assert found["count"] == 4
    by_id = {one["id"]: one for one in found["results"]}
    assert all(by_id[one]["resources"] for one in city.open)
    limited = by_id[city.limited]
    assert limited["resources"] == [] and limited["title"] == "Data terbatas"
    told = extras(limited)
    assert told["accesslevel"] == "terbatas" and told["konsep"] == "Rumah tangga rentan"
    assert "Seksi Pemerintahan data@kelurahan.example" in told["akses_permintaan"]
    assert told["akses_halaman"].endswith(f"/satudata/restricted/{city.limited}")


def test_what_is_closed_withheld_or_not_published_is_nowhere_and_answers_as_what_there_is_not(
    city: Any, ask: Any
) -> None:
    nothing = ask("package_show", id="tidak-ada", status=404)
    for hidden in (city.closed, city.draft, city.kegiatan):
        assert ask("package_show", id=hidden, status=404) == nothing
        assert ask("package_show", id=model.Package.get(hidden).name, status=404) == nothing
        assert ask("package_search", fq=f"id:{hidden}")["count"] == 0
    names = ask("package_list")
    assert names == sorted(names)
    assert set(names) == {model.Package.get(one).name for one in (*city.open, city.limited)}


def test_the_second_view_adds_activities_as_datasets_that_say_what_they_are(city: Any, ask: Any) -> None:
    found = ask("package_search", view=ALL, rows=100)
    assert {one["id"] for one in found["results"]} == {*city.open, city.limited, city.kegiatan}
    assert {one["type"] for one in found["results"]} == {"dataset"}
    activity = ask("package_show", view=ALL, id=city.kegiatan)
    told = extras(activity)
    assert told["satudata_type"] == "kegiatan"
    rows = json.loads(told["variabel"])
    assert rows and all(isinstance(row, dict) and row for row in rows)
    for one in (*city.open, city.limited):
        assert ask("package_show", view=ALL, id=one) == ask("package_show", id=one)


def test_a_record_is_the_same_in_a_page_and_alone_for_everybody_at_every_address(
    city: Any, ask: Any, app_once: Any, as_user: Any
) -> None:
    page = ask("package_search", rows=100)["results"]
    assert [ask("package_show", id=one["name"]) for one in page] == page
    address = f"{VIEW}/package_search?rows=100&sort=id%20asc"
    told = app_once.get(address).body
    for person in (city.producer, city.custodian, city.sysadmin):
        assert app_once.get(address, headers=as_user(person)).body == told
    assert app_once.get(address.replace("/api/3/", "/api/"), follow_redirects=False).body == told
    assert app_once.get("/id" + address).body == told


def test_get_and_post_ask_the_same(app_once: Any, city: Any) -> None:
    got = app_once.get(f"{VIEW}/package_search?rows=2&sort=id%20asc").body
    params = {"rows": 2, "sort": "id asc"}
    assert app_once.post(f"{VIEW}/package_search", json=params).body == got
    assert app_once.post(f"{VIEW}/package_search", params={"rows": "2", "sort": "id asc"}).body == got
    plain = app_once.post(f"{VIEW}/package_search", data=json.dumps(params), content_type="text/plain")
    assert plain.body == got


def test_pages_neither_repeat_nor_miss_a_row_and_end_with_an_empty_one(city: Any, ask: Any) -> None:
    for sort in ("id asc", "metadata_modified desc", "title_string asc"):
        seen: list[str] = []
        for start in range(0, 5):
            page = ask("package_search", rows=1, start=start, sort=sort)
            assert page["count"] == 4 and len(page["results"]) == (1 if start < 4 else 0)
            seen += [one["id"] for one in page["results"]]
        assert sorted(seen) == sorted({*city.open, city.limited})
    assert ask("package_search", rows=0) | {"sort": ""} == {
        "count": 4, "results": [], "facets": {}, "search_facets": {}, "sort": "",
    }  # fmt: skip
    names = ask("package_list")
    assert [ask("package_list", limit=1, offset=at)[0] for at in range(4)] == names


def test_what_changed_since_a_moment_is_found_restricted_or_not(city: Any, ask: Any) -> None:
    dates = {one["id"]: one["metadata_modified"] for one in ask("package_search", rows=100)["results"]}
    since = f"metadata_modified:[{dates[city.limited]}Z TO *]"
    newer = {id for id, at in dates.items() if at[:23] >= dates[city.limited][:23]}
    assert {one["id"] for one in ask("package_search", fq=since)["results"]} == newer
    assert ask("package_search", fq="metadata_modified:[2999-01-01T00:00:00Z TO *]")["count"] == 0


def test_restricted_data_are_found_by_what_their_record_tells_and_by_nothing_else(city: Any, ask: Any) -> None:
    package = model.Package.get(city.limited)
    files = package.resources_all
    owner = model.Group.get(package.owner_org).name

    def found(**question: Any) -> bool:
        return city.limited in {one["id"] for one in ask("package_search", rows=100, **question)["results"]}

    assert found(q="rentan") and found(q="terbatas") and found(fq=f"organization:{owner}")
    assert found(fq="accesslevel:terbatas") and found(q='extras_konsep:"rumah tangga rentan"')
    assert found(fq=f"-organization:lain -organization:lagi metadata_modified:[{'2020-01-01T00:00:00Z'} TO *]")
    assert not found(fq=f"-organization:{owner}")
    assert files and not found(q="zulkarnain") and not found(fq="res_format:CSV") and not found(fq="*:* -res_name:x")
    tricks = (
        "res\\_name:Berkas*",
        '(title:[a TO "x]"] OR res_name:Berkas*) OR title:"b"',
        "text:penduduk",
        "res_name : Berkas*",
        'title:/a"b/ OR res_name:Berkas* OR title:"',
    )
    for trick in tricks:
        answer = ask_any(ask, trick)
        assert city.limited not in answer, trick


def ask_any(ask: Any, fq: str) -> str:
    """The whole answer, whether it is a refusal or a page."""
    try:
        return json.dumps(ask("package_search", rows=100, fq=fq))
    except AssertionError:
        return json.dumps(ask("package_search", rows=100, fq=fq, status=409))


def test_what_the_view_does_not_take_is_refused_by_name_in_the_shape_of_ckan(
    city: Any, ask: Any, app_once: Any
) -> None:
    for name, value in (("fl", "id"), ("qf", "text"), ("defType", "lucene"), ("bogus", "1")):
        assert set(ask("package_search", status=409, **{name: value})) == {name, "__type"}
    assert set(ask("package_search", status=409, rows="many")) == {"rows", "__type"}
    assert set(ask("package_search", status=409, start="-1")) == {"start", "__type"}
    assert set(ask("package_search", status=409, sort="res_name asc")) == {"sort", "__type"}
    assert set(ask("package_search", status=409, **{"facet.field": '["res_format"]'})) == {"facet.field", "__type"}
    for query in ("{!join from=id to=id}x", '_query_:"{!term f=id}x"', "_val_:1"):
        assert set(ask("package_search", status=409, fq=query)) == {"fq", "__type"}
    assert ask("package_search", status=409, fq="title:(")["__type"] == "Search Error"
    assert set(ask("package_show", status=409)) == {"id", "__type"}
    for taken in ("include_private", "include_drafts", "use_default_schema"):
        assert ask("package_search", **{taken: "true"})["count"] == 4
    answer = app_once.get(f"{VIEW}/package_delete?id={city.limited}", status=400)
    assert json.loads(answer.body) == "Bad request - Action name not known: package_delete"
    assert app_once.post(f"{VIEW}/package_search", data="{", content_type="application/json", status=400)


def test_an_unchanged_document_is_not_sent_again(city: Any, app_once: Any) -> None:
    for address in (f"{VIEW}/package_search?rows=2", f"{VIEW}/package_show?id={city.limited}", f"{VIEW}/package_list"):
        first = app_once.get(address)
        tag = first.headers["ETag"]
        assert app_once.get(address).body == first.body
        again = app_once.get(address, headers={"If-None-Match": tag}, status=304)
        assert not again.body and again.headers["ETag"] == tag
    assert app_once.get(f"{VIEW}/package_search?rows=3").headers["ETag"] != tag


def test_organizations_are_shown_without_people_and_count_what_the_view_holds(city: Any, ask: Any) -> None:
    shown = ask("organization_show", id=city.kelurahan["name"], include_users="true", include_datasets="true")
    assert shown["package_count"] == 4 == len(shown["packages"])
    assert not {"users", "extras", "groups"} & set(shown)
    assert ask("organization_show", view=ALL, id=city.kelurahan["id"])["package_count"] == 5
    listed = ask("organization_list", all_fields="true")
    assert {one["name"]: one["package_count"] for one in listed}[city.kelurahan["name"]] == 4
    assert [one["name"] for one in listed][:25] == ask("organization_list", limit=25)
    assert ask("organization_show", id="tidak-ada", status=404)["__type"] == "Not Found Error"
    group = call_as(city.sysadmin, "group_create", name="kelompok-uji", title="Kelompok")
    assert ask("group_list") == ["kelompok-uji"] and ask("group_show", id=group["id"])["package_count"] == 0
    call_as(city.sysadmin, "group_delete", id=group["id"])
    assert ask("group_list") == []
    status = ask("status_show")
    assert status["site_url"] == "http://test.ckan.net" and "error_emails_to" not in status


def test_a_page_costs_the_same_whether_it_has_one_row_or_all(city: Any, ask: Any) -> None:
    def statements(rows: int) -> int:
        counted: list[str] = []

        def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
            counted.append(statement)

        sa.event.listen(model.meta.engine, "before_cursor_execute", note)
        try:
            assert len(ask("package_search", rows=rows, sort="metadata_modified desc")["results"]) == rows
        finally:
            sa.event.remove(model.meta.engine, "before_cursor_execute", note)
        return len(counted)

    # The records of restricted data are two more, however many there are.
    assert statements(4) <= statements(1) + 2 <= 12


def test_the_date_moves_with_every_change_of_the_record(city: Any, ask: Any) -> None:
    before = ask("package_show", id=city.open[0])
    call_as(city.sysadmin, "organization_patch", id=city.kelurahan["id"], title="Kelurahan Aur Baru")
    assert ask("package_show", id=city.open[0]) == before
    call_as(city.planner, "satudata_priority_set", id=city.open[0], prioritas_daerah_tahun="2026")
    after = ask("package_show", id=city.open[0])
    assert extras(after)["prioritas_daerah_tahun"] == "2026"
    assert after["metadata_modified"] > before["metadata_modified"]
    public_page = call_as(None, "satudata_restricted_show", id=city.limited)
    restricted = ask("package_show", id=city.limited)
    assert restricted["metadata_modified"] == public_page["metadata_modified"]
