"""Many at once, in real processes with threads of their own; and servers that fail in the middle."""

from __future__ import annotations

import datetime as dt
import io
import multiprocessing
import os
import resource
import signal
import threading
from collections import Counter
from collections.abc import Callable
from typing import Any

import ckantoolkit as tk
import pytest
import sqlalchemy as sa
from ckan import model
from ckan.cli.cli import ckan
from ckan.lib.jobs import Worker
from ckan.lib.search import SearchIndexError
from werkzeug.datastructures import FileStorage

from ckanext.satudata.review import aftermath, chain, jobs, requirements, service
from ckanext.satudata.review.model import Review, ReviewEvent
from ckanext.satudata.review.people import actor_of
from ckanext.satudata.tests.conftest import call_as
from ckanext.satudata.tests.review.conftest import ALL_CONFORM, ONE_FAILS, walk_to
from ckanext.satudata.tests.review.test_matrix import act

PROCESSES, THREADS = 4, 5


@pytest.fixture(scope="module")
def city(lasting_city: Any) -> Any:
    """One city for all: every test brings its own datasets, and what is left of others harms nobody."""
    return lasting_city


def at_once(
    app: Any, attempt: Callable[[int], Any], processes: int = PROCESSES, threads_each: int = THREADS
) -> Counter[str]:
    """Run ``attempt(number)`` in processes × threads at the same moment; count how they ended."""
    fork = multiprocessing.get_context("fork")
    start, outcomes = fork.Barrier(processes * threads_each), fork.Queue()

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
        threads = [threading.Thread(target=thread, args=(first + i,)) for i in range(threads_each)]
        for one in threads:
            one.start()
        for one in threads:
            one.join()

    model.Session.remove()
    children = [fork.Process(target=process, args=(number * threads_each,)) for number in range(processes)]
    for child in children:
        child.start()
    counted = Counter(outcomes.get(timeout=120) for _ in range(processes * threads_each))
    for child in children:
        child.join(timeout=60)
        assert child.exitcode == 0
    return counted


def chain_is_whole() -> bool:
    return chain.first_break(model.Session.scalars(sa.select(ReviewEvent).order_by(ReviewEvent.position))) is None


def actions_of(city: Any, package_id: str) -> list[str]:
    found = call_as(city.sysadmin, "satudata_review_history", id=package_id, limit=100)["results"]
    return [event["action"] for event in found]


def test_of_fifty_claims_at_once_exactly_one_wins(city: Any, app_once: Any) -> None:
    pid = walk_to(city, "submitted")["id"]
    people = (city.custodian, city.second_custodian)
    outcomes = at_once(app_once, lambda number: act(people[number % 2], pid, "claim"), 5, 10)
    assert outcomes == {"done": 1, "NotAuthorized": 49}
    assert Review.get(pid).version == 3
    assert actions_of(city, pid).count("claim") == 1
    assert chain_is_whole()


def test_of_two_reviewers_who_decide_at_once_one_decides(city: Any, app_once: Any) -> None:
    pid = walk_to(city, "submitted")["id"]

    def decide(number: int) -> Any:
        if number % 2:
            return act(city.custodian, pid, "return", comment="x", principle_results=ONE_FAILS)
        return act(city.second_custodian, pid, "forward", principle_results=ALL_CONFORM)

    outcomes = at_once(app_once, decide, 4, 2)
    decisions = [action for action in actions_of(city, pid) if action in ("return", "forward")]
    # What was approved first may be returned after all; what was returned first is not forwarded.
    assert decisions in (["return"], ["forward", "return"])
    assert outcomes["done"] == len(decisions)
    assert chain_is_whole()


def test_content_that_is_edited_while_it_is_published_is_not_what_is_published(city: Any, app_once: Any) -> None:
    pid = walk_to(city, "approved")["id"]
    before = call_as(city.producer, "package_show", id=pid)["notes"]

    def attempt(number: int) -> Any:
        if number % 2:
            return act(city.custodian, pid, "publish")
        act(city.producer, pid, "withdraw")
        return call_as(city.producer, "package_patch", id=pid, notes="Belum diperiksa siapa pun.")

    outcomes = at_once(app_once, attempt, 2, 2)
    assert set(outcomes) <= {"done", "NotAuthorized", "ValidationError"}, outcomes
    package, review = model.Package.get(pid), Review.get(pid)
    if review.state == "published":
        assert package.notes == before
    else:
        assert package.private is True and review.state == "draft"
    assert chain_is_whole()


def test_two_runs_of_the_release_publish_once(city: Any, app_once: Any) -> None:
    pid = walk_to(city, "approved")["id"]
    act(city.custodian, pid, "publish", release_at=(dt.datetime.utcnow() + dt.timedelta(days=1)).isoformat())
    Review.get(pid).release_at = dt.datetime.utcnow() - dt.timedelta(seconds=1)
    model.Session.commit()
    outcomes = at_once(app_once, lambda _number: jobs.release_due(), 2, 3)
    assert outcomes == {"done": 6}
    assert actions_of(city, pid).count("publish") == 2, "once the date, once the publication"
    assert Review.get(pid).state == "published" and model.Package.get(pid).private is False
    assert chain_is_whole()


def test_what_is_deleted_while_it_is_submitted_waits_for_nobody(city: Any, app_once: Any) -> None:
    pid = walk_to(city, "draft")["id"]

    def attempt(number: int) -> Any:
        if number % 2:
            return act(city.producer, pid, "submit")
        return call_as(city.colleague, "package_delete", id=pid)

    outcomes = at_once(app_once, attempt, 2, 2)
    assert set(outcomes) <= {"done", "NotAuthorized", "ValidationError"}, outcomes
    package, review = model.Package.get(pid), Review.get(pid)
    assert (package.state, review.state) in (("deleted", "draft"), ("active", "submitted"))
    assert chain_is_whole()


def test_what_moves_while_it_is_submitted_is_submitted_where_it_stands(city: Any, app_once: Any) -> None:
    pid = walk_to(city, "draft")["id"]

    def attempt(number: int) -> Any:
        if number % 2:
            return act(city.producer, pid, "submit")
        return call_as(city.sysadmin, "package_patch", id=pid, owner_org=city.other["id"])

    outcomes = at_once(app_once, attempt, 2, 2)
    assert set(outcomes) <= {"done", "NotAuthorized", "ValidationError"}, outcomes
    package, review = model.Package.get(pid), Review.get(pid)
    assert review.organization_id == package.owner_org
    assert actions_of(city, pid).count("submit") <= 1
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


def test_while_solr_takes_a_withdrawal_events_of_others_are_written(city: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    pid = walk_to(city, "published")["id"]
    hide, written = aftermath.hide, []

    def hide_slowly(package: model.Package) -> None:
        with model.meta.engine.begin() as connection:
            connection.exec_driver_sql("SET LOCAL lock_timeout = '2s'")
            written.append(connection.exec_driver_sql("SELECT position FROM satudata_audit_head FOR UPDATE").scalar())
        hide(package)

    monkeypatch.setattr(aftermath, "hide", hide_slowly)
    act(city.custodian, pid, "unpublish", comment="Salah")
    assert written and Review.get(pid).state == "withdrawn"
    assert call_as(None, "package_search", fq=f"id:{pid}")["count"] == 0


def stored(package_id: str) -> tuple[Any, ...]:
    """What a transition changes, from the database."""
    model.Session.rollback()
    model.Session.expire_all()
    review, package = Review.get(package_id), model.Package.get(package_id)
    events = model.Session.query(ReviewEvent).filter_by(package_id=package_id).count()
    return review.state, review.version, package.private, package.metadata_modified, events


def actor(user: dict[str, Any]) -> Any:
    return actor_of({"user": user["name"]})


def test_with_solr_and_redis_down_publishing_holds_and_the_check_mends_the_index(
    city: Any, ckan_config: Any, cli: Any
) -> None:
    import ckan.lib.redis as redis

    pid = walk_to(city, "approved")["id"]
    solr, address = ckan_config["solr_url"], ckan_config["ckan.redis.url"]
    ckan_config["solr_url"], ckan_config["ckan.redis.url"] = NOWHERE, "redis://127.0.0.1:9/0"
    redis._connection_pool = None
    try:
        assert act(city.custodian, pid, "publish")["state"] == "published"
    finally:
        ckan_config["solr_url"], ckan_config["ckan.redis.url"] = solr, address
        redis._connection_pool = None
    assert stored(pid)[:1] + stored(pid)[2:3] == ("published", False)
    assert call_as(None, "package_search", fq=f"id:{pid}")["count"] == 0
    drift_is_mended(cli, pid)
    assert call_as(None, "package_search", fq=f"id:{pid}")["count"] == 1


def drift_is_mended(cli: Any, package_id: str) -> None:
    """`ckan satudata check` finds this dataset, mends it, and then finds nothing of it."""

    def check(*options: str) -> Any:
        model.Session.remove()
        return cli.invoke(ckan, ["satudata", "check", "--json", *options])

    told = check()
    assert package_id in told.output and told.exit_code == 1, told.output
    assert package_id in check("--fix").output
    assert package_id not in check().output


def test_a_connection_cut_in_the_middle_leaves_everything_as_it_was(city: Any) -> None:
    pid = walk_to(city, "approved")["id"]
    before = stored(pid)

    def cut(_event: Any) -> None:
        own = model.Session.scalar(sa.text("SELECT pg_backend_pid()"))
        with model.meta.engine.connect() as other:
            other.execute(sa.text("SELECT pg_terminate_backend(:pid)"), {"pid": own})

    with pytest.raises(sa.exc.DBAPIError):
        service.transition(actor(city.custodian), pid, requirements.Request("publish"), within=cut)
    model.Session.remove()
    assert stored(pid) == before
    assert call_as(None, "package_search", fq=f"id:{pid}")["count"] == 0
    assert act(city.custodian, pid, "publish")["state"] == "published"
    assert chain_is_whole()


def in_a_child(work: Callable[[], Any]) -> int:
    """Run this in a process of its own, with connections of its own.

    :returns: its exit code; negative for the signal that ended it
    """
    model.Session.remove()

    def run() -> None:
        model.Session.registry.clear()
        model.meta.engine.dispose(close=False)
        work()

    child = multiprocessing.get_context("fork").Process(target=run)
    child.start()
    child.join(timeout=120)
    return child.exitcode


def kill_myself(*_args: Any) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def test_a_worker_killed_before_the_commit_has_done_nothing(city: Any) -> None:
    pid = walk_to(city, "approved")["id"]
    before = stored(pid)
    request = requirements.Request("publish")
    code = in_a_child(lambda: service.transition(actor(city.custodian), pid, request, within=kill_myself))
    assert code == -signal.SIGKILL
    assert stored(pid) == before
    assert act(city.custodian, pid, "publish")["state"] == "published", "no lock of the dead is left"
    assert chain_is_whole()


@pytest.mark.parametrize(("state", "action"), [("approved", "publish"), ("published", "unpublish")])
def test_a_worker_killed_after_the_commit_has_done_it_and_the_check_mends_the_index(
    city: Any, cli: Any, state: str, action: str
) -> None:
    pid = walk_to(city, state)["id"]

    def work() -> None:
        sa.event.listen(model.Session, "after_commit", kill_myself)
        act(city.custodian, pid, action, **({"comment": "Salah"} if action == "unpublish" else {}))

    assert in_a_child(work) == -signal.SIGKILL
    private = action == "unpublish"
    assert stored(pid)[2] is private
    if private:
        # What is withdrawn leaves the index before the commit: killed in between, it is hidden rather than shown.
        assert call_as(None, "package_search", fq=f"id:{pid}")["count"] == 0
    else:
        drift_is_mended(cli, pid)
        assert call_as(None, "package_search", fq=f"id:{pid}")["count"] == 1
    assert chain_is_whole()


def test_a_full_disk_refuses_the_upload_and_leaves_the_dataset_as_it_was(city: Any) -> None:
    pid = walk_to(city, "draft")["id"]
    before = call_as(city.producer, "package_show", id=pid)

    def upload() -> None:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))
        file = FileStorage(io.BytesIO(b"x" * 1_000_000), filename="besar.txt")
        try:
            call_as(city.producer, "resource_create", package_id=pid, upload=file, name="Besar", format="TXT")
        except Exception:
            model.Session.remove()
            os._exit(7)
        os._exit(0)

    assert in_a_child(upload) == 7
    model.Session.remove()
    assert call_as(city.producer, "package_show", id=pid) == before
    file = FileStorage(io.BytesIO(b"x" * 100), filename="kecil.txt")
    call_as(city.producer, "resource_create", package_id=pid, upload=file, name="Kecil", format="TXT")
    assert len(call_as(city.producer, "package_show", id=pid)["resources"]) == 2
