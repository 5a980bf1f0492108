"""Organizations made before the extension get their rows by the migration; two writers never close a loop."""

from __future__ import annotations

import importlib.util
import threading
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from ckan import model

import ckanext.satudata
from ckanext.satudata.regions import service, write
from ckanext.satudata.regions.model import region
from ckanext.satudata.regions.sync import TreeError
from ckanext.satudata.tests.conftest import call_as
from ckanext.satudata.tests.factories import officer
from ckanext.satudata.tests.regions.conftest import org

VERSIONS = Path(next(iter(ckanext.satudata.__path__))) / "migration" / "satudata" / "versions"


def adopt() -> None:
    """What the migration does to organizations that are there, on rows emptied by this test."""
    spec = importlib.util.spec_from_file_location("regions_migration", VERSIONS / "001_regions.py")
    module: Any = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    model.Session.execute(region.delete())
    model.Session.execute(sa.text(module.ADOPT))
    model.Session.commit()


def link(child: str, parent: str, capacity: str = "parent") -> None:
    """A bare Member row, past every listener, as an older portal may hold it."""
    model.Session.execute(
        model.member_table.insert().values(
            id=f"{child}-{parent}"[:60],
            table_name="group",
            table_id=parent,
            group_id=child,
            capacity=capacity,
            state="active",
        )
    )


@pytest.fixture
def three(clean: None) -> list[str]:
    return [org(title)["id"] for title in ("Satu", "Dua", "Tiga")]


def test_the_migration_gives_every_organization_the_row_it_would_have_now(clean):
    city = org("Kota Medan")
    village = org("Indra Kasih", org("Medan Tembung", city))
    org("Sendiri")
    columns = (region.c.organization_id, region.c.parent_id, region.c.path, region.c.depth, region.c.search_text)
    before = sorted(map(tuple, model.Session.execute(sa.select(*columns))))
    adopt()
    assert sorted(map(tuple, model.Session.execute(sa.select(*columns)))) == before
    assert service.region_of(village["id"])["depth"] == 2


def test_the_migration_reads_links_of_any_capacity_as_ckan_does(three):
    link(three[0], three[1], "public")
    adopt()
    assert service.ancestor_ids(three[0]) == three[:2]


def test_the_migration_survives_two_parents_and_loops(three):
    first, second, third = three
    link(first, second)
    link(first, third)
    adopt()
    assert service.ancestor_ids(first) in ([first, second], [first, third])
    link(second, first)
    link(third, first)
    adopt()
    assert {service.ancestor_ids(id)[0] for id in three} == set(three)


def test_an_organization_that_had_two_parents_can_still_be_edited(three):
    first, second, third = three
    link(first, second)
    link(first, third)
    adopt()
    stood = service.ancestor_ids(first)
    admin = officer({"id": first}, "admin")
    shown = call_as(admin, "organization_show", id=first)
    assert len(shown["groups"]) == 2
    call_as(admin, "organization_update", **{**shown, "title": "Satu lagi"})
    assert service.region_of(first)["title"] == "Satu lagi"
    assert service.ancestor_ids(first) == stood


def test_rows_written_by_bare_sql_are_put_right_on_request(three):
    link(three[0], three[1])
    assert service.ancestor_ids(three[0]) == [three[0]]
    assert service.sync_paths([three[0]]) == [three[0]]
    model.Session.commit()
    assert service.ancestor_ids(three[0]) == three[:2]


def test_two_moves_at_once_never_close_a_loop_together(three):
    first, second, _third = three
    flushed, outcome = threading.Event(), []

    def slow() -> None:
        write.set_parent(first, second)
        flushed.set()
        threading.Event().wait(0.5)  # the other one is waiting for the tree by now
        model.Session.commit()
        model.Session.remove()

    def late() -> None:
        flushed.wait(60)
        try:
            write.set_parent(second, first)
            model.Session.commit()
            outcome.append("moved")
        except TreeError:
            model.Session.rollback()
            outcome.append("refused")
        model.Session.remove()

    threads = [threading.Thread(target=slow), threading.Thread(target=late)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    assert outcome == ["refused"]
    assert service.ancestor_ids(first) == [first, second]
    assert service.ancestor_ids(second) == [second]
