"""Many at once, in real processes with threads of their own; and servers that fail in the middle."""

from __future__ import annotations

import multiprocessing
import threading
from collections import Counter
from collections.abc import Callable
from typing import Any

import ckantoolkit as tk
import pytest
import sqlalchemy as sa
from ckan import model
from ckan.lib.jobs import Worker
from ckan.lib.search import SearchIndexError

from ckanext.satudata.review import chain
from ckanext.satudata.review.model import Review, ReviewEvent
from ckanext.satudata.tests.conftest import call_as
from ckanext.satudata.tests.review.conftest import ALL_CONFORM, ONE_FAILS, walk_to
from ckanext.satudata.tests.review.test_matrix import act

PROCESSES, THREADS = 4, 5


def at_once(app: Any, attempt: Callable[[int], Any]) -> Counter[str]:
    """Run ``attempt(number)`` in 4 processes × 5 threads at the same moment; count how they ended."""
    fork = multiprocessing.get_context("fork")
    start, outcomes = fork.Barrier(PROCESSES * THREADS), fork.Queue()

    def thread(number: int) -> None:
        with app.flask_app.test_request_context():
            start.wait(timeout=60)
            try:
                attempt(number)
                outcomes.put("done")
            except (tk.NotAuthorized, tk.ValidationError) as error:
                outcomes.put(type(error).__name__)
            except Exception as error:
                outcomes.put(f"{type(error).__name__}: {error}"[:200])
            finally:
                model.Session.remove()

    def process(first: int) -> None:
        # The parent's connections are the parent's.
        model.Session.registry.clear()
        model.meta.engine.dispose(close=False)
        threads = [threading.Thread(target=thread, args=(first + i,)) for i in range(THREADS)]
        for one in threads:
            one.start()
        for one in threads:
            one.join()

    model.Session.remove()
    children = [fork.Process(target=process, args=(number * THREADS,)) for number in range(PROCESSES)]
    for child in children:
        child.start()
    counted = Counter(outcomes.get(timeout=120) for _ in range(PROCESSES * THREADS))
    for child in children:
        child.join(timeout=60)
        assert child.exitcode == 0
    return counted


def chain_is_whole() -> bool:
    return chain.first_break(model.Session.scalars(sa.select(ReviewEvent).order_by(ReviewEvent.position))) is None


def test_of_twenty_claims_at_once_exactly_one_wins(city: Any, app_once: Any) -> None:
    pid = walk_to(city, "submitted")["id"]
    people = (city.custodian, city.second_custodian)
    outcomes = at_once(app_once, lambda number: act(people[number % 2], pid, "claim"))
    assert outcomes == {"done": 1, "NotAuthorized": 19}
    assert Review.get(pid).version == 3
    assert chain_is_whole()


def test_a_double_click_publishes_once(city: Any, app_once: Any) -> None:
    pid = walk_to(city, "approved")["id"]
    assert at_once(app_once, lambda _number: act(city.custodian, pid, "publish"))["done"] == 1
    actions = [event["action"] for event in call_as(city.producer, "satudata_review_history", id=pid)["results"]]
    assert actions.count("publish") == 1
    assert chain_is_whole()


def test_edits_and_decisions_at_once_never_deadlock_and_never_leave_edited_content_approved(
    city: Any, app_once: Any
) -> None:
    pid = walk_to(city, "draft")["id"]

    def attempt(number: int) -> Any:
        if number % 4 == 0:
            return act(city.producer, pid, "submit")
        if number % 4 == 1:
            return act(city.custodian, pid, "return", comment="x", principle_results=ONE_FAILS)
        if number % 4 == 2:
            return act(city.custodian, pid, "forward", principle_results=ALL_CONFORM)
        return call_as(city.producer, "package_patch", id=pid, notes=f"Catatan {number}")

    outcomes = at_once(app_once, attempt)
    assert set(outcomes) <= {"done", "NotAuthorized", "ValidationError"}, outcomes
    assert chain_is_whole()
    review = Review.get(pid)
    if review.state in ("submitted", "approved"):
        from ckanext.satudata.review import cases, content

        assert content.content_digest(content.parts(cases.show(pid))) == review.submitted_digest
    assert model.Package.get(pid).private is True


def test_events_of_many_datasets_stay_one_chain(city: Any, app_once: Any) -> None:
    ids = [walk_to(city, "submitted")["id"] for _ in range(PROCESSES * THREADS)]
    assert at_once(app_once, lambda number: act(city.custodian, ids[number], "claim")) == {"done": len(ids)}
    assert chain_is_whole()


# -- a server that fails in the middle ------------------------------------------------------------------------


#: Nothing listens there: a real refusal, not a pretended one.
NOWHERE = "http://127.0.0.1:9/solr/ckan"


def test_with_solr_down_publishing_holds_and_a_job_indexes_later(city: Any, ckan_config: Any) -> None:
    pid = walk_to(city, "approved")["id"]
    solr = ckan_config["solr_url"]
    ckan_config["solr_url"] = NOWHERE
    assert act(city.custodian, pid, "publish")["state"] == "published"
    assert model.Package.get(pid).private is False
    ckan_config["solr_url"] = solr
    assert call_as(None, "package_search", fq=f"id:{pid}")["count"] == 0
    assert any(pid in (job["title"] or "") for job in call_as(city.sysadmin, "job_list"))
    Worker().work(burst=True)
    assert call_as(None, "package_search", fq=f"id:{pid}")["count"] == 1


def test_with_solr_down_nothing_is_withdrawn_rather_than_half(city: Any, ckan_config: Any) -> None:
    pid = walk_to(city, "published")["id"]
    version = Review.get(pid).version
    solr = ckan_config["solr_url"]
    ckan_config["solr_url"] = NOWHERE
    with pytest.raises(SearchIndexError):
        act(city.custodian, pid, "unpublish", comment="Salah")
    ckan_config["solr_url"] = solr
    model.Session.rollback()
    assert (Review.get(pid).state, Review.get(pid).version) == ("published", version)
    assert model.Package.get(pid).private is False
    assert call_as(None, "package_search", fq=f"id:{pid}")["count"] == 1
