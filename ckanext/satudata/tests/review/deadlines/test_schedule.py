"""Periodic work: when it is due, once at a time, and a chain of ticks that neither breaks nor doubles."""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Callable, Iterator
from typing import Any

import ckantoolkit as tk
import pytest
import sqlalchemy as sa
from ckan import model
from ckan.exceptions import CkanConfigurationException
from ckan.lib import jobs
from ckan.lib.redis import connect_to_redis
from ckan.tests.helpers import CKANCliRunner
from rq.registry import ScheduledJobRegistry

from ckanext.satudata.cli import satudata
from ckanext.satudata.review import schedule, ticking
from ckanext.satudata.review.schedule import Periodic

NOW = dt.datetime(2026, 11, 16, 2, 0, 30)  # Monday, 09:00:30 in Medan
calls: list[str] = []


def count() -> list[str]:
    """Periodic work of these tests."""
    calls.append("run")
    return ["one", "two"]


def fail() -> None:
    """Periodic work that leaves the session in trouble."""
    model.Session.execute(sa.text("SELECT no_such_column"))


def item(name: str = "test", what: Callable[[], Any] = count, **more: Any) -> Periodic:
    return Periodic(name, f"{__name__}:{what.__name__}", **({"every": 60} | more))


@pytest.fixture(autouse=True)
def fresh(clean_once: None) -> Iterator[None]:
    calls.clear()
    connect_to_redis().delete(ticking.key())
    registry().connection.delete(registry().key)
    yield
    model.Session.rollback()
    model.Session.execute(sa.delete(schedule.table))
    model.Session.commit()


@pytest.fixture
def only(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Let these be the only periodic work."""
    return lambda *items: monkeypatch.setattr(schedule, "PERIODIC", list(items))


def registry() -> ScheduledJobRegistry:
    return ScheduledJobRegistry(queue=jobs.get_queue())


def row(started: dt.datetime | None, finished: dt.datetime | None = None, error: str | None = None) -> Any:
    return schedule.Schedule(name="test", started_at=started, finished_at=finished, error=error)


# -- when -----------------------------------------------------------------------------------------------------


def test_work_of_a_minute_is_due_once_a_minute_on_the_clock() -> None:
    work = item()
    assert schedule.is_due(work, None, NOW)
    assert not schedule.is_due(work, row(NOW.replace(second=0)), NOW)
    # It began late in the minute before: the full minute counts, not the seconds in between.
    assert schedule.is_due(work, row(NOW - dt.timedelta(seconds=31)), NOW)
    assert schedule.next_slot(work, NOW) == NOW.replace(minute=1, second=0)


def test_daily_work_is_due_from_its_hour_in_medan_on_even_if_that_was_missed(monkeypatch: pytest.MonkeyPatch) -> None:
    work = item(every=None)
    hour = dt.datetime(2026, 11, 15, 23, 30)  # 06:30 on Monday in Medan
    assert schedule.last_slot(work, NOW) == hour
    assert schedule.is_due(work, row(hour - dt.timedelta(hours=20), hour - dt.timedelta(hours=20)), NOW)
    assert not schedule.is_due(work, row(hour, hour), NOW)
    assert not schedule.is_due(work, row(hour - dt.timedelta(1), hour), hour - dt.timedelta(seconds=1))
    assert schedule.next_slot(work, NOW) == hour + dt.timedelta(1)
    monkeypatch.setitem(tk.config, "satudata.schedule.daily_at", "22:00")
    assert schedule.last_slot(work, NOW) == dt.datetime(2026, 11, 15, 15)


def test_daily_work_that_failed_or_was_killed_is_tried_again_after_a_while() -> None:
    work = item(every=None)
    began = NOW - dt.timedelta(minutes=14)
    assert not schedule.is_due(work, row(began), NOW)
    assert schedule.is_due(work, row(began), NOW + dt.timedelta(minutes=1))
    assert schedule.is_due(work, row(began, began, "boom"), NOW + dt.timedelta(minutes=1))
    assert not schedule.is_due(work, row(began, began), NOW + dt.timedelta(minutes=1))


def test_a_wrong_hour_is_refused_at_start(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(tk.config, "satudata.schedule.daily_at", "setengah tujuh")
    with pytest.raises(CkanConfigurationException, match="satudata\\.schedule\\.daily_at: “setengah tujuh”"):
        schedule.check()


def test_all_the_work_of_the_portal_can_be_found() -> None:
    names = [work.name for work in schedule.PERIODIC]
    assert len(names) == len(set(names))
    assert {"release", "hand_over", "reminders"} <= set(names)
    for work in schedule.PERIODIC:
        assert callable(work.function())


# -- running --------------------------------------------------------------------------------------------------


def test_work_is_run_once_a_slot_and_its_result_noted(only: Callable[..., None]) -> None:
    only(item(every=3600))
    assert [(one.fate, one.text) for one in schedule.run_due()] == [("done", "2")]
    assert schedule.run_due() == []
    assert schedule.run(schedule.find("test")).fate == "not_due"
    assert schedule.run(schedule.find("test"), force=True).fate == "done"
    assert calls == ["run", "run"]
    (status,) = schedule.status()
    assert status["result"] == "2" and status["error"] is None and status["succeeded_at"] is not None


def test_what_fails_is_noted_and_keeps_nothing_else_waiting(only: Callable[..., None]) -> None:
    only(item("broken", fail), item("sound", count))
    assert [one.fate for one in schedule.run_due()] == ["failed", "done"]
    broken, sound = schedule.status()
    assert "no_such_column" in broken["error"] and broken["succeeded_at"] is None
    assert sound["error"] is None


def test_two_processes_never_run_the_same_work_at_once(only: Callable[..., None]) -> None:
    only(item(every=3600))
    with schedule._locked("test") as mine:
        assert mine is not None
        assert [one.fate for one in schedule.run_due()] == ["running"]
        with schedule._locked("other") as another:
            assert another is not None, "other work is not kept waiting"
    assert [one.fate for one in schedule.run_due()] == ["done"]


def test_many_at_once_run_it_once(only: Callable[..., None]) -> None:
    only(item(every=3600))
    start = threading.Barrier(8)
    fates: list[str] = []

    def work() -> None:
        start.wait()
        fates.extend(one.fate for one in schedule.run_due())
        model.Session.remove()

    threads = [threading.Thread(target=work) for _n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert calls == ["run"]
    assert fates.count("done") == 1 and set(fates) <= {"done", "running", "not_due"}


def test_the_lock_of_a_killed_process_is_gone_with_it() -> None:
    connection = model.meta.engine.connect()
    holding = schedule._locked("test")
    assert holding.__enter__() is not None
    pid = connection.execute(
        sa.text("SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND classid = :first"), {"first": schedule._LOCK}
    ).scalar()
    connection.execute(sa.text("SELECT pg_terminate_backend(:pid)"), {"pid": pid})
    connection.close()
    with pytest.raises(sa.exc.DBAPIError):
        holding.__exit__(None, None, None)
    with schedule._locked("test") as free:
        assert free is not None


def test_long_work_becomes_a_job_of_its_own_and_is_asked_for_once(only: Callable[..., None]) -> None:
    only(item(every=3600, long=True))
    before = len(jobs.get_queue().jobs)
    assert [one.fate for one in schedule.run_due(apart=True)] == ["queued"]
    schedule.run_due(apart=True)
    waiting = jobs.get_queue().jobs
    assert len(waiting) == before + 1 and calls == []
    waiting[-1].func(*waiting[-1].args)
    assert calls == ["run"]
    waiting[-1].delete()


# -- ticks ----------------------------------------------------------------------------------------------------


def test_however_many_arm_it_one_tick_is_armed() -> None:
    start = threading.Barrier(10)
    armed: list[bool] = []

    def work() -> None:
        start.wait()
        armed.append(ticking.arm())
        model.Session.remove()

    threads = [threading.Thread(target=work) for _n in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(armed) == [False] * 9 + [True]
    assert len(registry().get_job_ids()) == 1
    assert ticking.armed()


def run_tick(monkeypatch: pytest.MonkeyPatch, job_id: str) -> None:
    monkeypatch.setattr(ticking, "get_current_job", lambda: jobs.job_from_id(job_id))
    ticking.tick()


def test_a_tick_arms_the_next_before_it_works(only: Callable[..., None], monkeypatch: pytest.MonkeyPatch) -> None:
    only(item("broken", fail), item())
    ticking.arm()
    (first,) = registry().get_job_ids()
    run_tick(monkeypatch, first)
    assert calls == ["run"]
    (second,) = set(registry().get_job_ids()) - {first}
    assert connect_to_redis().get(ticking.key()).decode() == second


def test_a_leftover_tick_ends_at_once(only: Callable[..., None], monkeypatch: pytest.MonkeyPatch) -> None:
    only(item())
    ticking.arm()
    (leftover,) = registry().get_job_ids()
    connect_to_redis().delete(ticking.key())
    ticking.arm()
    run_tick(monkeypatch, leftover)
    assert calls == []
    assert len(registry().get_job_ids()) == 2, "it has armed no third"


def test_after_a_flush_of_redis_the_next_web_request_arms_it_again(
    app_once: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(tk.config, "testing", False)
    monkeypatch.setattr(ticking, "_looked", -1e9)
    assert not ticking.armed()
    app_once.get("/about")
    assert ticking.armed()
    # And looks only now and then.
    connect_to_redis().delete(ticking.key())
    app_once.get("/about")
    assert not ticking.armed()


@pytest.mark.ckan_config("satudata.schedule.enabled", False)
def test_a_portal_with_cron_leaves_redis_alone(ckan_config: Any) -> None:
    ticking.keep_armed()
    assert not ticking.armed()


def test_with_redis_down_nothing_of_ours_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse() -> None:
        raise ConnectionError("Redis is down")

    monkeypatch.setattr(ticking, "connect_to_redis", refuse)
    ticking.keep_armed()
    assert ticking.armed() is False


# -- the command line -----------------------------------------------------------------------------------------


def test_cron_runs_what_is_due(only: Callable[..., None], cli: CKANCliRunner) -> None:
    only(item(every=3600))
    done = cli.invoke(satudata, ["run-due"])
    assert (done.exit_code, done.output.strip()) == (0, "test: done 2")
    assert cli.invoke(satudata, ["run-due"]).output.strip() == "Nothing is due."
    assert cli.invoke(satudata, ["run-due", "test"]).output.strip() == "test: done 2"
    unknown = cli.invoke(satudata, ["run-due", "tset"])
    assert unknown.exit_code == 1 and "Known: test" in unknown.output


def test_cron_is_told_of_a_failure_by_the_exit_code(only: Callable[..., None], cli: CKANCliRunner) -> None:
    only(item("broken", fail))
    failed = cli.invoke(satudata, ["run-due"])
    assert failed.exit_code == 1 and failed.output.startswith("broken: failed")
    shown = cli.invoke(satudata, ["schedule"])
    assert "every 60 s" in shown.output and "no_such_column" in shown.output and "No tick is armed" in shown.output
