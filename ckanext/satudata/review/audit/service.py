"""Verifications that are remembered: what was found when, and what sysadmins must know."""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Callable

import sqlalchemy as sa
from ckan import model

from . import verify
from .model import AuditHead, AuditRun
from .verify import Known, Report

log = logging.getLogger(__name__)

#: Every day what is new, once a week all of it.
FULL_EVERY = dt.timedelta(days=7)


def head() -> Known:
    """The newest event; position 0 where there is none yet."""
    row = model.Session.execute(sa.select(AuditHead.position, AuditHead.hash)).first()
    return Known(row.position, row.hash) if row else Known(0, verify.chain.GENESIS)


def last_run(whole: bool | None = None, kind: str | None = None) -> AuditRun | None:
    """The newest verification, of any outcome and kind unless said."""
    query = sa.select(AuditRun).order_by(AuditRun.id.desc()).limit(1)
    if whole is not None:
        query = query.where(AuditRun.whole.is_(whole))
    if kind is not None:
        query = query.where(AuditRun.kind == kind)
    return model.Session.scalars(query).first()


def alarm() -> AuditRun | None:
    """The newest verification if it found the chain broken: what sysadmins are shown; one query."""
    found = last_run()
    return found if found is not None and not found.whole else None


def run(
    kind: str = "full",
    processes: int = 1,
    started: Callable[[int], object] = lambda _events: None,
    progress: verify.Progress = lambda _events: None,
) -> tuple[AuditRun, Report]:
    """Verify and remember the outcome.

    :param kind: ``full``, or ``incremental`` from where the last verification that found it whole ended
    """
    since = None
    if kind == "incremental":
        previous = last_run(whole=True)
        since = Known(previous.to_position, previous.head_hash) if previous and previous.to_position else None
        kind = "incremental" if since else "full"
    at = dt.datetime.utcnow()
    # Nothing of this session may stay open for as long as the verification takes.
    model.Session.commit()
    report = verify.verify(since=since, processes=processes, started=started, progress=progress)
    bad = report.bad
    row = AuditRun(
        started_at=at,
        seconds=report.seconds,
        kind=kind,
        from_position=report.first,
        to_position=report.last,
        head_hash=report.head_hash,
        whole=report.whole,
        bad_position=bad.position if bad else None,
        problem=bad.kind if bad else None,
    )
    model.Session.add(row)
    model.Session.commit()
    if bad:
        log.error("The audit trail is broken at event %s (%s)", bad.position, bad.kind)
    return row, report


def verify_due() -> str:
    """Periodic work: what is new since the last verification, and everything once a week or after a break.

    :returns: what was done, in a word: ``full`` or ``incremental``
    """
    full = last_run(whole=True, kind="full")
    newest = last_run()
    is_due = full is None or full.started_at < dt.datetime.utcnow() - FULL_EVERY
    kind = "full" if is_due or (newest is not None and not newest.whole) else "incremental"
    return run(kind)[0].kind
