"""The tick: a job of CKAN's own workers that keeps the periodic work going.

At most one tick is armed. Its id stands under a key of Redis; a tick that starts and does not find its own id there is
a leftover and ends at once, so that no number of workers, restarts or web requests ever makes two chains of one.
"""

from __future__ import annotations

import datetime as dt
import logging
import sys
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager

import ckantoolkit as tk
import sqlalchemy as sa
from ckan import model
from ckan.lib import jobs
from ckan.lib.redis import connect_to_redis
from flask import Blueprint, has_app_context
from rq import get_current_job

from ckanext.satudata import config, startup

from . import schedule
from .model import Review

log = logging.getLogger(__name__)

#: Seconds between two ticks; a release date in between has a tick of its own.
EVERY = 60
#: A tick that has not begun this long after its time is given up, and another may be armed.
GIVEN_UP = 900
#: How often one web process looks whether a tick is armed.
LOOK_EVERY = 60.0

blueprint = Blueprint("satudata_schedule", __name__)
_looked = 0.0


def key() -> str:
    """Where the id of the one armed tick stands in Redis."""
    return f"ckan:{tk.config.get('ckan.site_id')}:satudata:tick"


def arm(now: dt.datetime | None = None) -> bool:
    """Schedule the next tick unless one is armed.

    :param now: naive UTC; this moment by default
    :returns: whether this call armed it
    """
    now = now or dt.datetime.utcnow()
    at = next_tick(now)
    job_id = f"satudata-tick-{uuid.uuid4()}"
    wait = int((at - now).total_seconds())
    if not connect_to_redis().set(key(), job_id, nx=True, ex=wait + GIVEN_UP):
        return False
    jobs.get_queue().enqueue_at(
        at.replace(tzinfo=dt.timezone.utc), tick, job_id=job_id, at_front=True, result_ttl=0, failure_ttl=3600,
        job_timeout=600, meta={"title": "satudata: periodic work"},
    )  # fmt: skip
    return True


def armed() -> bool:
    """Whether a tick is on its way; False where Redis does not answer."""
    try:
        return bool(connect_to_redis().exists(key()))
    except Exception:
        return False


def next_tick(now: dt.datetime) -> dt.datetime:
    """The next full minute, or the next release date if that is sooner."""
    seconds = (now - dt.datetime(1970, 1, 1)).total_seconds()
    regular = dt.datetime(1970, 1, 1) + dt.timedelta(seconds=(int(seconds) // EVERY + 1) * EVERY)
    if not startup.is_migrated():
        return regular
    release = model.Session.scalar(
        sa.select(sa.func.min(Review.release_at)).where(Review.release_at > now, Review.release_at < regular)
    )
    return release or regular


def tick() -> None:
    """The job: arm the next tick first, so that nothing that happens below breaks the chain, then run what is due."""
    current = get_current_job()
    if current is not None and not _is_mine(current.id):
        return
    if config.schedule_enabled():
        arm()
    if not startup.is_migrated():
        return
    with request_context():
        for outcome in schedule.run_due(apart=True):
            log.info("%s: %s %s", outcome.name, outcome.fate, outcome.text)


#: Take the key away only if it is this tick's own, in one step.
_TAKE = "if redis.call('get', KEYS[1]) == ARGV[1] then return redis.call('del', KEYS[1]) else return 0 end"


def _is_mine(job_id: str) -> bool:
    return bool(connect_to_redis().eval(_TAKE, 1, key(), job_id))


@contextmanager
def request_context() -> Iterator[None]:
    """What translations, addresses and CKAN's actions expect around them; jobs and commands have none."""
    from ckan.config import middleware

    internal = middleware._internal_test_request_context
    if has_app_context() or internal is None:
        yield
        return
    with internal.app.test_request_context():
        yield


def keep_armed() -> None:
    """Arm the tick if none is; never an error of ours on somebody else's way."""
    if not config.schedule_enabled():
        return
    try:
        arm()
    except Exception as error:
        log.warning("The periodic work could not be armed: %s", error)
        model.Session.rollback()


def at_start() -> None:
    """Called when the plugin is configured: a starting job worker arms the tick; other commands leave Redis alone."""
    if {"jobs", "worker"} <= set(sys.argv):
        keep_armed()
        model.Session.remove()


@blueprint.before_app_request
def _look_now_and_then() -> None:
    """A web process looks once a minute: after a flush of Redis nobody else would."""
    global _looked
    if time.monotonic() - _looked >= LOOK_EVERY and not tk.config.get("testing"):
        _looked = time.monotonic()
        keep_armed()
