"""A worker killed (SIGKILL, a real process) between any two steps: what has happened, and what happens next."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import sqlalchemy as sa
from ckan import model
from ckan.lib.jobs import Worker, get_queue
from ckan.lib.redis import connect_to_redis

from ckanext.satudata.review.notices import service
from ckanext.satudata.review.notices.model import Cursor, Delivery, Notice
from ckanext.satudata.tests.review.conftest import walk_to

from .conftest import Postbox, tell, words_of

PATIENCE = 120


@contextmanager
def worker(app: Any) -> Iterator[Callable[[], None]]:
    """A process that does what the job does; called, it is killed."""

    def work() -> None:
        # The parent's connections are the parent's.
        model.Session.registry.clear()
        model.meta.engine.dispose(close=False)
        with app.flask_app.test_request_context():
            service.run()

    model.Session.remove()
    process = multiprocessing.get_context("fork").Process(target=work)
    process.start()

    def kill() -> None:
        os.kill(process.pid, signal.SIGKILL)
        process.join(PATIENCE)
        assert process.exitcode == -signal.SIGKILL

    try:
        yield kill
    finally:
        if process.is_alive():
            process.kill()
        process.join(PATIENCE)


class Halt:
    """A place where the mail server stands still until it is told to go on."""

    def __init__(self) -> None:
        self.reached, self.go = threading.Event(), threading.Event()

    def __call__(self) -> None:
        if not self.reached.is_set():
            self.reached.set()
            self.go.wait(PATIENCE)


def ids(postbox: Postbox) -> Counter[str]:
    """How often each message was taken, by its Message-ID."""
    return Counter(str(mail["Message-ID"]) for mail in postbox.mails)


def states() -> Counter[str]:
    model.Session.rollback()
    return Counter(model.Session.scalars(sa.select(Delivery.state)))


def test_killed_while_announcing_nothing_is_half_done_and_all_is_told_once(
    settled: Any, postbox: Postbox, app_once: Any
) -> None:
    before = model.Session.scalar(sa.select(Cursor.position).where(Cursor.name == "review"))
    pid = walk_to(settled, "submitted")["id"]
    # The worker has written a notice and is about to write its message; the table keeps it waiting there.
    with model.meta.engine.connect() as guard:
        guard.execute(sa.text("LOCK TABLE satudata_notice_delivery IN EXCLUSIVE MODE"))
        with worker(app_once) as kill:
            _wait_for_a_lock()
            kill()
        guard.rollback()
    model.Session.rollback()
    query = sa.select(sa.func.count()).select_from(Notice).where(Notice.package_id == pid)
    _wait_until_free()
    assert model.Session.scalar(query) == 0
    assert model.Session.scalar(sa.select(Cursor.position).where(Cursor.name == "review")) == before
    tell()
    assert model.Session.scalar(query) == 2
    assert words_of(settled.custodian, pid) == ["check"]
    assert list(ids(postbox).values()) == [1, 1]


def test_killed_before_the_server_has_the_message_it_goes_out_once(
    settled: Any, postbox: Postbox, app_once: Any
) -> None:
    walk_to(settled, "submitted")
    postbox.before_data = halt = Halt()
    with worker(app_once) as kill:
        assert halt.reached.wait(PATIENCE)
        kill()
        halt.go.set()
    assert postbox.mails == []
    assert states() == {"sending": 1, "pending": 1}
    tell()
    tell()
    assert list(ids(postbox).values()) == [1, 1]
    assert states() == {"sent": 2}


def test_killed_after_the_server_took_it_but_before_we_knew_it_goes_out_again_under_the_same_id(
    settled: Any, postbox: Postbox, app_once: Any
) -> None:
    walk_to(settled, "submitted")
    postbox.before_accepted = halt = Halt()
    with worker(app_once) as kill:
        assert halt.reached.wait(PATIENCE)
        kill()
        halt.go.set()
    assert len(postbox.mails) == 1
    tell()
    tell()
    # The one window: twice, never not at all, and recognisable as the same message.
    assert sorted(ids(postbox).values()) == [1, 2]
    assert states() == {"sent": 2}


def test_the_job_of_ckans_own_worker_announces_and_sends(settled: Any, postbox: Postbox, app_once: Any) -> None:
    get_queue().empty()
    service.taken_up()
    pid = walk_to(settled, "submitted")["id"]
    model.Session.remove()
    Worker().work(burst=True, logging_level="ERROR")
    assert words_of(settled.custodian, pid) == ["check"]
    assert list(ids(postbox).values()) == [1, 1]
    # Nothing is left that says a job is still to come.
    assert not connect_to_redis().exists(service._key())


def test_two_workers_at_once_send_each_message_once(settled: Any, postbox: Postbox, app_once: Any) -> None:
    for _number in range(4):
        walk_to(settled, "submitted")
    threads = [threading.Thread(target=_send, args=(app_once,)) for _ in range(4)]
    model.Session.remove()
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert list(ids(postbox).values()) == [1] * 8
    assert states() == {"sent": 8}


def test_what_is_being_sent_is_left_alone(settled: Any, postbox: Postbox, app_once: Any) -> None:
    walk_to(settled, "submitted")
    postbox.before_accepted = halt = Halt()
    with worker(app_once):
        assert halt.reached.wait(PATIENCE)
        held = model.Session.scalar(sa.select(Delivery.id).where(Delivery.state == "sending"))
        model.Session.rollback()
        with model.meta.engine.begin() as connection:
            from ckanext.satudata.review.notices import outbox

            claimed = outbox._claim(connection, sa.func.now(), [])
            assert claimed is not None and claimed.id != held
            connection.rollback()
        halt.go.set()
        deadline = time.monotonic() + PATIENCE
        while states() != {"sent": 2} and time.monotonic() < deadline:
            time.sleep(0.05)
    assert list(ids(postbox).values()) == [1, 1]


def _send(app: Any) -> None:
    with app.flask_app.test_request_context():
        service.run()
        model.Session.remove()


def _wait_for_a_lock() -> None:
    _wait(
        "NOT granted AND relation = 'satudata_notice_delivery'::regclass", bool, "the worker never came to the outbox"
    )


def _wait_until_free() -> None:
    """The database notices a dead client when it next speaks to it."""
    _wait("relation = 'satudata_notice_cursor'::regclass", lambda held: not held, "the dead worker still holds a lock")


def _wait(which: str, is_so: Callable[[int], bool], failure: str) -> None:
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        with model.meta.engine.connect() as connection:
            if is_so(connection.execute(sa.text(f"SELECT count(*) FROM pg_locks WHERE {which}")).scalar() or 0):
                return
        time.sleep(0.05)
    pytest.fail(failure)
