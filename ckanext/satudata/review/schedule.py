"""Periodic work of the portal: what is run how often, and the one way of running it.

CKAN 2.12's ``jobs worker`` runs jobs that are scheduled for a moment, once each. One such job, the *tick*, arms its
successor and then runs what is due; ``ckan satudata run-due`` does the same by cron. What is due stands in the
database, not in Redis: a table remembers when each piece of work began and ended, and an advisory lock of PostgreSQL
keeps a second process out. So a flushed Redis, a killed worker, ten workers or a tick too many change nothing.
"""

from __future__ import annotations

import datetime as dt
import importlib
import logging
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import ckantoolkit as tk
import sqlalchemy as sa
from ckan import model
from ckan.exceptions import CkanConfigurationException
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Mapped, mapped_column

from ckanext.satudata import config, moments

from . import wording

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Periodic:
    """A piece of periodic work.

    :param run: ``package.module:function``, called without arguments; what it returns is shown in the status
    :param every: seconds between two runs; None for once a day, at ``satudata.schedule.daily_at``
    :param long: runs as a background job of its own, so that nothing else waits for it
    """

    name: str
    run: str
    every: int | None = None
    long: bool = False

    def function(self) -> Callable[[], Any]:
        """The function itself; imported only when it is wanted."""
        module, _colon, name = self.run.partition(":")
        return getattr(importlib.import_module(module), name)


_REVIEW = "ckanext.satudata.review"
_QUALITY = "ckanext.satudata.standards.quality"

#: What the portal does by itself. Add yours here; it must be safe to repeat and to be killed half-way.
PERIODIC: list[Periodic] = [
    # Due whenever somebody looks: a release date may lie between two full minutes.
    Periodic("release", f"{_REVIEW}.jobs:release_due", every=1),
    Periodic("bulk", f"{_REVIEW}.bulk.jobs:resume", every=900, long=True),
    Periodic("hand_over", f"{_REVIEW}.handover:hand_over", every=600),
    Periodic("files", f"{_REVIEW}.revision.files:collect_daily", long=True),
    Periodic("working_copies", f"{_REVIEW}.revision.jobs:finish", every=60),
    Periodic("idle_copies", f"{_REVIEW}.revision.jobs:clean_idle"),
    Periodic("restrictions", f"{_REVIEW}.access.reminders:tell"),
    Periodic("reminders", f"{_REVIEW}.reminders:remind"),
    Periodic("reconcile", f"{_REVIEW}.drift.mend:periodic", every=3600, long=True),
    Periodic("audit", f"{_REVIEW}.audit.jobs:verify_due", long=True),
    Periodic("form_imports", "ckanext.satudata.standards.workbooks.jobs:resume", every=900, long=True),
    Periodic("notices", f"{_REVIEW}.notices.jobs:sweep", every=300, long=True),
    Periodic("freshness", f"{_QUALITY}.jobs:daily", long=True),
    Periodic("file_checks", "ckanext.satudata.standards.files.service:sweep", every=120, long=True),
    Periodic("old_file_checks", "ckanext.satudata.standards.files.service:remove_unused", long=True),
    Periodic("large_files", f"{_QUALITY}.jobs:open_files", every=60, long=True),
    Periodic("links", f"{_QUALITY}.jobs:try_links", every=600, long=True),
]

#: A first word of the two-word advisory lock; the second is the name of the work.
_LOCK = 0x5A7D
#: A job killed in the midst of its daily work, or failed, is tried again after this long.
_RETRY = dt.timedelta(minutes=15)
#: A long job that was asked for is not asked for again before this.
_QUEUED = dt.timedelta(minutes=10)


class Schedule(tk.BaseModel):  # type: ignore[misc, name-defined]
    """When a piece of periodic work was last run, and how that ended."""

    __tablename__ = "satudata_schedule"

    name: Mapped[str] = mapped_column(sa.UnicodeText, primary_key=True)
    queued_at: Mapped[dt.datetime | None] = mapped_column(sa.DateTime)
    started_at: Mapped[dt.datetime | None] = mapped_column(sa.DateTime)
    finished_at: Mapped[dt.datetime | None] = mapped_column(sa.DateTime)
    succeeded_at: Mapped[dt.datetime | None] = mapped_column(sa.DateTime)
    result: Mapped[str | None] = mapped_column(sa.UnicodeText)
    error: Mapped[str | None] = mapped_column(sa.UnicodeText)


table = Schedule.__table__


@dataclass(frozen=True)
class Outcome:
    """What became of one piece of work: ``done``, ``failed``, ``running`` (elsewhere), ``queued`` or ``not_due``."""

    name: str
    fate: str
    text: str = ""


def find(name: str) -> Periodic:
    """The work of that name.

    :raises ValueError: there is none; the text lists those there are
    """
    for item in PERIODIC:
        if item.name == name:
            return item
    raise ValueError(f"There is no periodic work “{name}”. Known: {', '.join(item.name for item in PERIODIC)}")


# -- when -----------------------------------------------------------------------------------------------------


def last_slot(item: Periodic, now: dt.datetime) -> dt.datetime:
    """The moment at or before ``now`` since which this work should have begun (naive UTC).

    Slots lie fixed on the clock: measured from the last beginning, each run would drift past its neighbour.
    """
    if item.every is not None:
        seconds = int((now - dt.datetime(1970, 1, 1)).total_seconds())
        return dt.datetime(1970, 1, 1) + dt.timedelta(seconds=seconds - seconds % item.every)
    local = moments.local(now)
    slot = wording.to_utc(dt.datetime.combine(local.date(), daily_time()))
    return slot if slot <= now else wording.to_utc(dt.datetime.combine(local.date() - dt.timedelta(1), daily_time()))


def next_slot(item: Periodic, now: dt.datetime) -> dt.datetime:
    """When this work is due next."""
    if item.every is not None:
        return last_slot(item, now) + dt.timedelta(seconds=item.every)
    day = moments.local(last_slot(item, now)).date() + dt.timedelta(1)
    return wording.to_utc(dt.datetime.combine(day, daily_time()))


def daily_time() -> dt.time:
    """When daily work begins, in the portal's zone.

    :raises ValueError: the option is no time; ``check`` asks at start
    """
    try:
        return dt.time.fromisoformat(config.daily_at())
    except ValueError as error:
        text = f"satudata.schedule.daily_at: “{config.daily_at()}” is no time; write it as 06:30"
        raise ValueError(text) from error


def is_due(item: Periodic, row: Any, now: dt.datetime) -> bool:
    """Whether this work has not begun since its last slot, or has failed or died since and may be tried again."""
    if row is None or row.started_at is None:
        return True
    if row.started_at < last_slot(item, now):
        return True
    ended_well = row.finished_at is not None and row.finished_at >= row.started_at and row.error is None
    return not ended_well and item.every is None and row.started_at + _RETRY <= now


def check() -> None:
    """Look at the option before the portal serves anyone.

    :raises CkanConfigurationException: naming the option, what is wrong and how to mend it
    """
    try:
        daily_time()
    except ValueError as error:
        raise CkanConfigurationException(str(error)) from error


# -- running --------------------------------------------------------------------------------------------------


def run(item: Periodic, force: bool = False) -> Outcome:
    """Run one piece of work here and now, unless it is not due or runs elsewhere.

    What it raises is logged and noted, not raised: the work after it must not suffer.

    :param force: run it although it is not due
    """
    with _locked(item.name) as connection:
        if connection is None:
            return Outcome(item.name, "running")
        now = dt.datetime.utcnow()
        row = connection.execute(sa.select(table).where(table.c.name == item.name)).first()
        if not force and not is_due(item, row, now):
            return Outcome(item.name, "not_due")
        _note(connection, item.name, started_at=now, queued_at=None)
        try:
            found = item.function()()
            # Read-only work leaves a transaction open; what it meant to keep it has committed.
            model.Session.rollback()
        except Exception as error:
            model.Session.rollback()
            log.exception("Periodic work %s failed", item.name)
            text = f"{type(error).__name__}: {error}"[:1000]
            _note(connection, item.name, finished_at=dt.datetime.utcnow(), error=text)
            return Outcome(item.name, "failed", text)
        text = _summary(found)
        ended = dt.datetime.utcnow()
        _note(connection, item.name, finished_at=ended, succeeded_at=ended, error=None, result=text)
        return Outcome(item.name, "done", text)


def run_due(apart: bool = False) -> list[Outcome]:
    """Run everything that is due, one after the other.

    :param apart: long work is left to a background job of its own
    :returns: what became of each piece that was due
    """
    rows = {row.name: row for row in model.Session.execute(sa.select(table))}
    model.Session.rollback()
    found = []
    for item in PERIODIC:
        row = rows.get(item.name)
        if not is_due(item, row, dt.datetime.utcnow()):
            continue
        outcome = _enqueue(item, row) if apart and item.long else run(item)
        if outcome.fate != "not_due":
            found.append(outcome)
    return found


def _enqueue(item: Periodic, row: Any) -> Outcome:
    now = dt.datetime.utcnow()
    if row is not None and row.queued_at is not None and row.queued_at + _QUEUED > now:
        return Outcome(item.name, "queued")
    with model.meta.engine.connect() as connection:
        _note(connection, item.name, queued_at=now)
    tk.enqueue_job(run_job, [item.name], title=f"satudata: {item.name}", rq_kwargs={"timeout": 3600})
    return Outcome(item.name, "queued")


def run_job(name: str) -> None:
    """Background job: one piece of long work."""
    from . import ticking

    with ticking.request_context():
        run(find(name))


@contextmanager
def _locked(name: str) -> Iterator[Any]:
    """A connection that keeps every other process from running this work, or None where one does.

    The lock is the connection's: it ends with it, also when the process is killed.
    """
    keys = {"first": _LOCK, "second": zlib.crc32(name.encode()) - 2**31}
    with model.meta.engine.connect() as connection:
        got = connection.execute(sa.text("SELECT pg_try_advisory_lock(:first, :second)"), keys).scalar()
        connection.commit()
        if not got:
            yield None
            return
        try:
            yield connection
        finally:
            connection.rollback()
            connection.execute(sa.text("SELECT pg_advisory_unlock(:first, :second)"), keys)
            connection.commit()


def _note(connection: Any, name: str, **values: Any) -> None:
    connection.execute(
        insert(table).values(name=name, **values).on_conflict_do_update(index_elements=["name"], set_=values)
    )
    connection.commit()


def _summary(found: Any) -> str:
    if found is None:
        return ""
    return str(len(found) if isinstance(found, (list, tuple, set, dict)) else found)[:200]


# -- looking --------------------------------------------------------------------------------------------------


def status(now: dt.datetime | None = None) -> list[dict[str, Any]]:
    """Each piece of work: its name, how often, when it last ended well, its last error, when it is due next."""
    now = now or dt.datetime.utcnow()
    rows = {row.name: row for row in model.Session.execute(sa.select(table))}
    found = []
    for item in PERIODIC:
        row = rows.get(item.name)
        found.append(
            {
                "name": item.name,
                "every": item.every,
                "started_at": row.started_at if row else None,
                "succeeded_at": row.succeeded_at if row else None,
                "result": row.result if row else None,
                "error": row.error if row else None,
                "due": is_due(item, row, now),
                "next_at": next_slot(item, now),
            }
        )
    return found
