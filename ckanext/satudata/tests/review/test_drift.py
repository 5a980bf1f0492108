"""``ckan satudata check``: rows changed behind the extension's back, and an index that lags, are found and mended."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any

import ckantoolkit as tk
import pytest
import sqlalchemy as sa
from ckan import model
from ckan.cli.cli import ckan
from ckan.lib import search
from click.testing import CliRunner

from ckanext.satudata.review.audit import verify
from ckanext.satudata.review.drift import cli as drift_cli
from ckanext.satudata.review.drift import find, index, mend
from ckanext.satudata.review.model import Review, ReviewEvent
from ckanext.satudata.review.transitions import PUBLICATION
from ckanext.satudata.tests.conftest import call_as
from ckanext.satudata.tests.review.conftest import walk_to
from ckanext.satudata.tests.statements import counted

packages, reviews, users = model.package_table, Review.__table__, model.User.__table__


@pytest.fixture(scope="module")
def told(lasting_city: SimpleNamespace) -> SimpleNamespace:
    """One dataset per state that the tests change and the check mends."""
    lasting_city.data = {
        state: walk_to(lasting_city, state)["id"] for state in ("draft", "custodian_check", "returned", "published")
    }
    return lasting_city


@pytest.fixture(autouse=True)
def in_step(told: SimpleNamespace) -> Iterator[None]:
    """Each test begins and ends with everything in step; the chain is whole whatever was mended."""
    assert found() == set()
    yield
    list(mend.mend(list(find.stream())))
    model.Session.rollback()
    assert found() == set()
    assert verify.verify().whole


def found() -> set[tuple[str, str]]:
    model.Session.rollback()
    return {(finding.kind, finding.package_id) for finding in find.stream()}


def behind_our_back(table: Any, where: Any, **values: Any) -> None:
    with model.meta.engine.begin() as connection:
        connection.execute(sa.update(table).where(where).values(**values))


def review(package_id: str) -> Any:
    model.Session.rollback()
    return model.Session.execute(sa.select(reviews).where(reviews.c.package_id == package_id)).one()


def mended(package_id: str) -> list[str]:
    """Comments of the events that mended it."""
    query = sa.select(ReviewEvent.comment).where(ReviewEvent.package_id == package_id, ReviewEvent.action == "mend")
    return list(model.Session.scalars(query.order_by(ReviewEvent.position)))


def package(id: str) -> Any:
    return packages.c.id == id


def row(id: str) -> Any:
    return sa.and_(reviews.c.package_id == id, reviews.c.track == PUBLICATION)


ROW_DRIFTS: list[tuple[str, str, Callable[[str, Any], None]]] = [
    ("public_too_early", "custodian_check", lambda id, _: behind_our_back(packages, package(id), private=False)),
    ("private_though_published", "published", lambda id, _: behind_our_back(packages, package(id), private=True)),
    ("core_state", "custodian_check", lambda id, _: behind_our_back(packages, package(id), state="draft")),
    ("state_not_in_history", "returned", lambda id, _: behind_our_back(reviews, row(id), state="published")),
    ("state_not_in_history", "published", lambda id, _: behind_our_back(reviews, row(id), state="draft")),
    ("organization", "draft", lambda id, city: behind_our_back(reviews, row(id), organization_id=city.other["id"])),
    ("package_type", "draft", lambda id, _: behind_our_back(reviews, row(id), package_type="indikator")),
    ("holder", "published", lambda id, city: behind_our_back(reviews, row(id), holder_id=city.custodian["id"])),
    ("holder", "custodian_check", lambda id, city: behind_our_back(reviews, row(id), holder_id=city.stranger["id"])),
    ("due", "published", lambda id, _: behind_our_back(reviews, row(id), due_at=dt.datetime(2030, 1, 1))),
    ("due", "custodian_check", lambda id, _: behind_our_back(reviews, row(id), due_at=None)),
    ("release_date", "draft", lambda id, _: behind_our_back(reviews, row(id), release_at=dt.datetime(2030, 1, 1))),
]


@pytest.mark.parametrize(("kind", "state", "drift"), ROW_DRIFTS)
def test_a_row_that_was_changed_is_found_and_mended_with_an_event(told: Any, kind: str, state: str, drift: Any) -> None:
    id, before = told.data[state], len(mended(told.data[state]))
    drift(id, told)
    assert (kind, id) in found()
    outcomes = list(mend.mend([one for one in find.stream() if one.package_id == id]))
    assert outcomes and all(outcome.mended for outcome in outcomes), outcomes
    assert found() == set()
    assert review(id).state == state
    comments = mended(id)
    assert len(comments) == before + 1 and kind in comments[-1]


def test_a_state_set_by_hand_never_makes_anything_public(told: Any) -> None:
    id = told.data["returned"]
    behind_our_back(reviews, row(id), state="published")
    list(mend.mend(list(find.stream())))
    with pytest.raises(tk.NotAuthorized):
        call_as(None, "package_show", id=id)
    assert call_as(None, "package_search", fq=f"id:{id}")["count"] == 0


def test_an_index_that_shows_what_is_no_longer_public_is_found_and_mended(told: Any) -> None:
    """A crash between commit and index: the database has moved, Solr has not."""
    id = told.data["published"]
    stale = index.of([id])[id]
    assert not stale.private and stale.labels == {"public"}
    behind_our_back(packages, package(id), private=True)
    kinds = {kind for kind, _id in found()}
    assert kinds == {"private_though_published", "index_private"}


def test_stale_labels_are_found_and_mended(told: Any) -> None:
    id = told.data["custodian_check"]
    right = index.of([id])[id].labels
    document = _document(id)
    document["permission_labels"] = ["public"]
    _put(document)
    assert found() == {("index_labels", id)}
    list(mend.mend(list(find.stream())))
    assert index.of([id])[id].labels == right


def test_a_package_that_solr_never_got_and_one_that_it_kept_are_found_and_mended(told: Any) -> None:
    id = told.data["published"]
    document = _document(id)
    search.clear(id)
    _put({**document, "id": "tidak-ada", "name": "tidak-ada", "index_id": "tidak-ada"})
    assert found() == {("not_indexed", id), ("only_in_index", "tidak-ada")}
    assert all(outcome.mended for outcome in mend.mend(list(find.stream())))
    assert call_as(None, "package_search", fq=f"id:{id}")["count"] == 1


def test_a_package_removed_by_sql_leaves_an_event(told: Any) -> None:
    id = walk_to(told, "draft")["id"]
    with model.meta.engine.begin() as connection:
        for table in ("package_member", "package_tag", "resource"):
            column = "package_id"
            connection.execute(sa.text(f"DELETE FROM {table} WHERE {column} = :id"), {"id": id})
        connection.execute(sa.delete(packages).where(package(id)))
    assert ("row_without_package", id) in found()
    list(mend.mend(list(find.stream())))
    last = model.Session.scalars(
        sa.select(ReviewEvent).where(ReviewEvent.package_id == id).order_by(ReviewEvent.position.desc())
    ).first()
    assert last is not None and (last.action, last.program) == ("purge", "check")


def test_what_a_person_must_decide_is_only_reported(told: Any, cli: Any) -> None:
    id = told.data["published"]
    behind_our_back(packages, package(id), state="deleted")
    try:
        done = cli.invoke(ckan, ["satudata", "check", "--fix"])
        assert done.exit_code == 1 and "restore or unpublish" in done.output
    finally:
        behind_our_back(packages, package(id), state="active")


def test_the_command_says_what_is_wrong_and_mends_it(told: Any, cli: Any) -> None:
    assert cli.invoke(ckan, ["satudata", "check"]).exit_code == 0
    behind_our_back(packages, package(told.data["draft"]), private=False)
    told_so = cli.invoke(ckan, ["satudata", "check"])
    assert told_so.exit_code == 1 and "public although it is not published" in told_so.output
    assert "check --fix" in told_so.output
    done = cli.invoke(ckan, ["satudata", "check", "--fix"])
    assert done.exit_code == 0 and "mended" in done.output
    assert cli.invoke(ckan, ["satudata", "check", "--json"]).exit_code == 0


def test_solr_down_is_said_and_is_no_verdict(told: Any, ckan_config: Any) -> None:
    right = ckan_config["solr_url"]
    behind_our_back(packages, package(told.data["draft"]), private=False)
    ckan_config["solr_url"] = "http://127.0.0.1:9/solr/none"
    try:
        # The command alone: CKAN's own group around it would read the configuration anew.
        done = CliRunner().invoke(drift_cli.check, [])
    finally:
        ckan_config["solr_url"] = right
    assert done.exit_code == 2
    assert "public although it is not published" in done.output and "could not be asked" in done.output


def test_the_number_of_queries_does_not_grow_with_the_number_of_packages(told: Any) -> None:
    with counted() as few:
        assert found() == set()
    for _ in range(4):
        walk_to(told, "draft")
    with counted() as more:
        assert found() == set()
    assert len(more) == len(few)


def test_packages_from_before_are_named_but_are_no_drift(told: Any, cli: Any) -> None:
    id = told.data["draft"]
    with model.meta.engine.begin() as connection:
        kept = dict(connection.execute(sa.select(reviews).where(row(id))).one()._mapping)
        connection.execute(sa.delete(reviews).where(row(id)))
    try:
        done = cli.invoke(ckan, ["satudata", "check"])
        assert done.exit_code == 0 and "satudata adopt" in done.output
    finally:
        with model.meta.engine.begin() as connection:
            connection.execute(sa.insert(reviews).values(kept))


def _document(id: str) -> dict[str, Any]:
    """The package as Solr keeps it, ready to be put back changed."""
    (document,) = index._connection().search(f'id:"{id}"', fl="*").docs
    document.pop("_version_", None)
    return dict(document)


def _put(document: dict[str, Any]) -> None:
    index._connection().add([document], commit=True)
