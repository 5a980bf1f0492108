"""The numbers of the reports, counted by the database: one query each, however many events and reviews."""

from __future__ import annotations

import datetime as dt
from typing import Any, NamedTuple

import sqlalchemy as sa
from ckan import model
from sqlalchemy.dialects.postgresql import JSONB

from ckanext.satudata import config

from ..model import Review, ReviewEvent
from ..transitions import Workflow

event, review, group = ReviewEvent.__table__, Review.__table__, model.Group.__table__
package = model.Package.__table__
#: Fields that are named in a report; beyond these it is no reason but a scatter.
MOST_FIELDS = 20


class Scope(NamedTuple):
    """Which events and reviews a report is about.

    :param owner: condition over ``ReviewEvent.organization_id``
    :param now: condition over ``Review`` for what waits now
    :param since: naive UTC, included
    :param until: naive UTC, excluded
    """

    table: Workflow
    owner: Any
    now: Any
    since: dt.datetime
    until: dt.datetime

    @property
    def within(self) -> Any:
        """Events of this report."""
        return sa.and_(event.c.track == self.table.track, *self._period(), self.owner)

    def _period(self) -> tuple[Any, Any]:
        return event.c.at >= self.since, event.c.at < self.until

    def counters(self) -> dict[str, Any]:
        """What is counted of events: handed over, returned, found conforming, published, withdrawn from the public."""
        by_effect: dict[str, list[str]] = {}
        for transition in self.table.transitions.values():
            by_effect.setdefault(transition.effect or transition.name, []).append(transition.name)
        moved = event.c.to_state.is_distinct_from(event.c.from_state)
        return {
            name: sa.func.count().filter(event.c.action.in_(by_effect.get(effect, [])), moved).label(name)
            for name, effect in (
                ("submitted", "submit"),
                ("returned", "return"),
                ("conforming", "check"),
                ("published", "publish"),
                ("unpublished", "hide"),
            )
        }


def local_day(column: Any) -> Any:
    """The date of a stored moment in the portal's zone."""
    return sa.cast(sa.func.timezone(config.timezone(), sa.func.timezone("UTC", column)), sa.Date)


def throughput(scope: Scope) -> list[Any]:
    """Per week (its Monday, in the portal's zone): what was counted; weeks in which nothing happened are left out."""
    week = sa.cast(sa.func.date_trunc("week", local_day(event.c.at)), sa.Date).label("week")
    return list(
        model.Session.execute(
            sa.select(week, *scope.counters().values()).where(scope.within).group_by(week).order_by(week)
        )
    )


def stays(scope: Scope) -> list[Any]:
    """How long packages stayed in each state they left in this period: state, day they came, day they left, number.

    Days and not moments, so that the rows are few and working days can be counted once for each pair.
    """
    of_these = sa.select(event.c.package_id).where(scope.within)
    ordered = {"partition_by": event.c.package_id, "order_by": event.c.position}
    moves = (
        sa.select(
            event.c.at,
            event.c.from_state,
            event.c.organization_id,
            sa.func.lag(event.c.at).over(**ordered).label("came"),
            sa.func.lag(event.c.to_state).over(**ordered).label("came_to"),
        )
        .where(
            event.c.track == scope.table.track,
            event.c.at < scope.until,
            event.c.to_state.is_distinct_from(event.c.from_state),
            event.c.package_id.in_(of_these),
        )
        .subquery()
    )
    came, left = local_day(moves.c.came).label("came"), local_day(moves.c.at).label("left")
    query = (
        sa.select(moves.c.from_state, came, left, sa.func.count().label("number"))
        .where(moves.c.at >= scope.since, moves.c.came_to == moves.c.from_state)
        .group_by(moves.c.from_state, came, left)
    )
    return list(model.Session.execute(query))


def _object(column: Any) -> Any:
    """A ``jsonb`` column as an object: a null of JSON, which is no object, as an empty one."""
    return sa.case((sa.func.jsonb_typeof(column) == "object", column), else_=sa.cast(sa.literal("{}"), JSONB))


def failed_principles(scope: Scope, returning: list[str]) -> dict[str, int]:
    """How many returns found each principle not conforming."""
    each = sa.func.jsonb_each(_object(event.c.principle_results))
    results = each.table_valued("key", sa.column("value", JSONB))
    query = (
        sa.select(results.c.key, sa.func.count())
        .select_from(event)
        .join(results, sa.true())
        .where(scope.within, event.c.action.in_(returning), results.c.value["conforms"].astext == "false")
        .group_by(results.c.key)
    )
    return {row[0]: row[1] for row in model.Session.execute(query)}


def commented_fields(scope: Scope, returning: list[str]) -> list[Any]:
    """Which fields returns had comments on, most often first: name and number."""
    names = sa.func.jsonb_each(_object(event.c.field_comments)).table_valued("key", sa.column("value", JSONB))
    number = sa.func.count().label("number")
    query = (
        sa.select(names.c.key, number)
        .select_from(event)
        .join(names, sa.true())
        .where(scope.within, event.c.action.in_(returning))
        .group_by(names.c.key)
        .order_by(number.desc(), names.c.key)
        .limit(MOST_FIELDS)
    )
    return list(model.Session.execute(query))


def waiting(scope: Scope) -> list[Any]:
    """What waits for somebody now: state, day since which, number, how many of them overdue."""
    since = local_day(review.c.state_since).label("since")
    query = (
        sa.select(
            review.c.state,
            since,
            sa.func.count().label("number"),
            sa.func.count().filter(review.c.due_at < dt.datetime.utcnow()).label("overdue"),
        )
        .join(package, package.c.id == review.c.package_id)
        .where(*_waits(scope))
        .group_by(review.c.state, since)
    )
    return list(model.Session.execute(query))


def _waits(scope: Scope) -> tuple[Any, ...]:
    states = [state.name for state in scope.table.states.values() if state.waits_for is not None]
    return (
        review.c.track == scope.table.track,
        review.c.state.in_(states),
        package.c.state != model.State.DELETED,
        scope.now,
    )


def organizations(scope: Scope, limit: int, offset: int) -> tuple[int, list[Any]]:
    """Per owner: what was counted in the period, and what waits or is overdue now; those most behind first."""
    counters = scope.counters()
    done = (
        sa.select(event.c.organization_id, *counters.values())
        .where(scope.within, event.c.organization_id.is_not(None))
        .group_by(event.c.organization_id)
        .subquery("done")
    )
    now = (
        sa.select(
            review.c.organization_id,
            sa.func.count().label("waiting"),
            sa.func.count().filter(review.c.due_at < dt.datetime.utcnow()).label("overdue"),
        )
        .join(package, package.c.id == review.c.package_id)
        .where(*_waits(scope), review.c.organization_id.is_not(None))
        .group_by(review.c.organization_id)
        .subquery("now")
    )
    both = done.join(now, now.c.organization_id == done.c.organization_id, full=True)
    id = sa.func.coalesce(done.c.organization_id, now.c.organization_id)
    numbers = [sa.func.coalesce(done.c[name], 0).label(name) for name in counters]
    waits, late = (sa.func.coalesce(now.c[name], 0).label(name) for name in ("waiting", "overdue"))
    title = sa.func.coalesce(sa.func.nullif(group.c.title, ""), group.c.name, "").label("title")
    query = (
        sa.select(sa.func.count().over().label("total"), id.label("id"), group.c.name, title, *numbers, waits, late)
        .select_from(both.outerjoin(group, group.c.id == id))
        .order_by(late.desc(), waits.desc(), title, id)
        .limit(limit)
        .offset(offset)
    )
    rows = list(model.Session.execute(query))
    return (rows[0].total if rows else 0), rows
