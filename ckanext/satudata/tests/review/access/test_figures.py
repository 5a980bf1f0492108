"""How settled the figures are: a badge, and since when, from one publication to the next."""

from __future__ import annotations

from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest

from ckanext.satudata.review.access import figures
from ckanext.satudata.tests.conftest import call_as

from ..conftest import walk_to
from ..pages import soup, words
from ..revision.conftest import publish, start


@pytest.fixture(autouse=True)
def in_request(app_once: Any) -> Iterator[None]:
    with app_once.flask_app.test_request_context("/"):
        yield


def test_preliminary_figures_become_final_through_a_working_copy(lasting_city: SimpleNamespace, app_once: Any) -> None:
    city = lasting_city
    live = walk_to(city, "published", status_angka="sementara")
    page = soup(app_once.get(f"/dataset/{live['name']}"))
    badge = page.select_one(".satudata-figures")
    assert "Preliminary" in words(badge) and "may still change" in words(badge)
    for note, changes in (("Ralat", {"definisi": "Lain"}), ("Final", {"status_angka": "tetap"})):
        copy_id = start(city, live, change_kind="koreksi", public_note=note)
        call_as(city.producer, "package_patch", id=copy_id, **changes)
        publish(city, copy_id)
    found = figures.badge(call_as(None, "package_show", id=live["id"]))
    assert (found["status"], found["final"]) == ("tetap", True)
    assert [one["status"] for one in found["history"]] == ["tetap", "sementara"]
    indonesian = soup(app_once.get(f"/id/dataset/{live['name']}"))
    assert "Angka tetap" in words(indonesian.select_one(".satudata-figures"))


@pytest.mark.parametrize("pkg", [{}, {"id": "x"}, {"id": "x", "status_angka": ""}, {"status_angka": "tetap"}])
def test_where_nothing_is_said_nothing_is_shown(lasting_city: SimpleNamespace, pkg: dict[str, Any]) -> None:
    assert figures.badge(pkg) is None


def test_a_word_no_schema_knows_is_shown_as_it_is(lasting_city: SimpleNamespace) -> None:
    assert figures.label("dataset", "angka kira-kira") == "angka kira-kira"
