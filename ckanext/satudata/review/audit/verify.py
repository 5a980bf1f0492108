"""Is the audit trail whole? Every event is hashed anew, and followed from the first to the head.

Ranges of events are checked side by side, each by a process and a database connection of its own, and joined at
their ends. What the head, earlier verifications and anchors kept elsewhere say is compared with what is there.
"""

from __future__ import annotations

import itertools
import multiprocessing
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa
from ckan import model

from .. import chain
from ..model import ReviewEvent
from .model import AuditHead, AuditRun
from .rows import COLUMNS, Problem, Range

#: Events per range: enough to make the cost of starting one nothing, few enough for a lively progress bar.
CHUNK = 20_000
#: Below this many events further processes cost more than they bring.
ALONE = 2 * CHUNK

event, head, run = ReviewEvent.__table__, AuditHead.__table__, AuditRun.__table__
Progress = Callable[[int], object]


@dataclass
class Report:
    """The outcome of a verification.

    :param first: position it began at
    :param last: position of the head
    :param head_hash: what the head says the newest event's hash is
    """

    first: int
    last: int
    head_hash: str
    events: int = 0
    seconds: float = 0.0
    problems: list[Problem] = field(default_factory=list)

    @property
    def whole(self) -> bool:
        return not self.problems

    @property
    def bad(self) -> Problem | None:
        """The first problem by position."""
        return min(self.problems, key=lambda problem: problem.position, default=None)


@dataclass(frozen=True)
class Known:
    """An event that is known from elsewhere: its position and hash."""

    position: int
    hash: str


def verify(
    since: Known | None = None,
    anchors: Sequence[Known] = (),
    processes: int = 1,
    started: Callable[[int], object] = lambda _events: None,
    progress: Progress = lambda _events: None,
) -> Report:
    """Check the chain.

    :param since: begin at this event, which must still be there as it was; from the first event if None
    :param anchors: events that must still be there as they were
    :param processes: how many processes check side by side
    :param started: called once with the number of events to come
    :param progress: called with the number of events just checked
    """
    begin = time.monotonic()
    ends = _ends()
    first = max(since.position, 1) if since else 1
    report = Report(first, ends.position or 0, ends.hash or chain.GENESIS)
    if ends.position is None:
        if ends.highest is not None:
            report.problems.append(Problem(ends.highest, "no_head"))
            report.last = ends.highest
    elif ends.highest is not None and ends.highest > ends.position:
        report.problems.append(Problem(ends.position + 1, "beyond"))
    if ends.lowest is not None and ends.lowest < 1:
        report.problems.append(Problem(ends.lowest, "link"))
    started(max(0, report.last - first + 1))
    joined: Range | None = None
    for part in _checked(first, report.last, processes):
        report.problems.extend(part.problems)
        report.events += part.count
        if joined is not None and joined.after and part.before and joined.after != part.before:
            report.problems.append(Problem(part.first, "link"))
        elif joined is None and first == 1 and part.before not in (None, chain.GENESIS.encode()):
            report.problems.append(Problem(1, "link"))
        joined = part
        progress(part.count)
    if ends.position and joined is not None and joined.after not in (None, ends.hash.encode()):
        report.problems.append(Problem(ends.position, "head"))
    report.problems.extend(_compared([*anchors, *([since] if since else [])], "anchor"))
    report.problems.extend(_rewritten())
    report.seconds = time.monotonic() - begin
    return report


def _ends() -> Any:
    """Head and extent of the chain as one statement sees them, so that an event added meanwhile is no surprise."""
    query = sa.select(
        sa.select(head.c.position).scalar_subquery().label("position"),
        sa.select(head.c.hash).scalar_subquery().label("hash"),
        sa.select(sa.func.min(event.c.position)).scalar_subquery().label("lowest"),
        sa.select(sa.func.max(event.c.position)).scalar_subquery().label("highest"),
    )
    with model.meta.engine.connect() as connection:
        return connection.execute(query).one()


def _checked(first: int, last: int, processes: int) -> Iterator[Range]:
    """The ranges from ``first`` to ``last``, checked, in order."""
    ranges = [(start, min(start + CHUNK - 1, last)) for start in range(first, last + 1, CHUNK)]
    if processes <= 1 or last - first < ALONE or "fork" not in multiprocessing.get_all_start_methods():
        yield from itertools.starmap(check_range, ranges)
        return
    with multiprocessing.get_context("fork").Pool(min(processes, len(ranges)), _forget_connections) as pool:
        yield from pool.imap(_check_range, ranges)


def _forget_connections() -> None:
    """In a forked process: leave the parent's connections alone and open new ones."""
    model.meta.engine.dispose(close=False)


def _check_range(ends: tuple[int, int]) -> Range:
    return check_range(*ends)


def check_range(first: int, last: int) -> Range:
    """Check the events from position ``first`` to ``last``, both included."""
    found = Range(first, last, expected=first)
    connection = model.meta.engine.raw_connection()
    try:
        cursor: Any = connection.cursor()
        # A plan for few rows of long columns: compiling it takes longer than running it.
        cursor.execute("SET LOCAL jit = off; SET LOCAL datestyle = 'ISO'; SET LOCAL client_encoding = 'UTF8'")
        names = ", ".join(COLUMNS)
        cursor.copy_expert(
            f"COPY (SELECT {names} FROM satudata_review_event WHERE position BETWEEN {int(first)} AND {int(last)} "  # noqa: S608
            "ORDER BY position) TO STDOUT",
            found,
            size=1 << 16,
        )
    finally:
        connection.rollback()
        connection.close()
    return found.end()


def _compared(known: Iterable[Known], kind: str) -> list[Problem]:
    """Those known events that are no longer there, or are others."""
    wanted = {one.position: one.hash for one in known if one.position > 0}
    if not wanted:
        return []
    with model.meta.engine.connect() as connection:
        rows = connection.execute(sa.select(event.c.position, event.c.hash).where(event.c.position.in_(wanted)))
        there = {row.position: row.hash for row in rows}
    return [Problem(position, kind) for position, hash_ in sorted(wanted.items()) if there.get(position) != hash_]


def _rewritten() -> list[Problem]:
    """The first event that was another one when an earlier verification found the chain whole."""
    query = (
        sa.select(run.c.to_position)
        .select_from(run.outerjoin(event, event.c.position == run.c.to_position))
        .where(run.c.whole, run.c.to_position > 0, run.c.head_hash != sa.func.coalesce(event.c.hash, ""))
        .order_by(run.c.to_position)
        .limit(1)
    )
    with model.meta.engine.connect() as connection:
        position = connection.execute(query).scalar()
    return [] if position is None else [Problem(position, "rewritten")]
