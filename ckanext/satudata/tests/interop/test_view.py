"""The harvest view over HTTP: what is in it, for whom, in which shape."""

from __future__ import annotations

import json
from types import SimpleNamespace
from typing import Any

import pytest

from ckanext.satudata.tests.review.conftest import build_city, walk_to, with_support

VIEW = "/satudata/harvest/api/3/action"
ALL = "/satudata/harvest/all/api/3/action"


@pytest.fixture(scope="module")
def city(clean_once: None) -> SimpleNamespace:
    """Published data of each access and type, and data nobody may know of."""
    made = with_support(build_city())
    made.open = [walk_to(made, "published", title=f"Data terbuka {number}")["id"] for number in range(3)]
    made.limited = walk_to(
        made, "published", accesslevel="terbatas", title="Data terbatas", konsep="Rumah tangga rentan"
    )["id"]
    made.closed = walk_to(made, "published", accesslevel="tertutup", title="Data tertutup")["id"]
    made.draft = walk_to(made, "draft", title="Data rancangan")["id"]
    made.kegiatan = walk_to(made, "published", type="kegiatan", title="Survei warga")["id"]
    return made


@pytest.fixture
def ask(city: SimpleNamespace, app_once: Any) -> Any:
    """Ask the view; the result, or the error with its status."""

    def asked(action: str, view: str = VIEW, status: int = 200, headers: Any = None, **params: Any) -> Any:
        answer = app_once.get(f"{view}/{action}", query_string=params, headers=headers or {}, status=status)
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
