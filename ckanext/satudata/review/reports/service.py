"""One report: who may have it, over what, and its numbers put together."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable
from typing import Any, NamedTuple

import sqlalchemy as sa
from ckan import model

from ckanext.satudata.principles import PRINCIPLES
from ckanext.satudata.regions import service as regions

from .. import calendar, queries, workflows
from ..model import Review, ReviewEvent
from ..people import Actor
from . import queries as numbers

#: Roles that see reports; a producer sees the own data in *Data kami*.
ROLES = frozenset({"custodian", "supporting_custodian", "pembina", "planner"})
#: Working days: up to two, up to five, up to ten, and more.
AGES = (2, 5, 10)
#: Weeks a report covers if nothing is said.
WEEKS = 12


class Asked(NamedTuple):
    """What a report was asked for; both days included, in the portal's zone."""

    since: dt.date
    until: dt.date
    organization_id: str | None = None
    track: str = "publication"
    limit: int = 100
    offset: int = 0


def may_see(view: queries.View) -> bool:
    """Whether this actor sees reports at all."""
    return view.actor.sysadmin or any(scope["role"] in ROLES for scope in view.standing["scopes"])


def usual_period(today: dt.date | None = None) -> tuple[dt.date, dt.date]:
    """The last weeks, the present one included: from a Monday to today."""
    today = today or calendar.today()
    return today - dt.timedelta(days=today.weekday(), weeks=WEEKS - 1), today


def report(view: queries.View, asked: Asked) -> dict[str, Any]:
    """All numbers of a report; as ``satudata_review_report`` answers them."""
    scope = _scope(view, asked)
    returning = [name for name in scope.table.transitions if name == "return"]
    weeks = _weeks(asked, numbers.throughput(scope))
    principles = numbers.failed_principles(scope, returning)
    waiting = numbers.waiting(scope)
    count, owners = numbers.organizations(scope, asked.limit, asked.offset)
    return {
        "since": asked.since.isoformat(),
        "until": asked.until.isoformat(),
        "organization_id": asked.organization_id,
        "totals": {
            **{name: sum(week[name] for week in weeks) for name in scope.counters()},
            "waiting": sum(row.number for row in waiting),
            "overdue": sum(row.overdue for row in waiting),
        },
        "throughput": weeks,
        "steps": _steps(scope, numbers.stays(scope)),
        "return_reasons": {
            "principles": [{"principle": name, "number": principles.get(name, 0)} for name in PRINCIPLES],
            "fields": [{"field": row.key, "number": row.number} for row in numbers.commented_fields(scope, returning)],
        },
        "ageing": _ageing(scope, waiting),
        "organizations": {
            "count": count,
            "results": [{key: value for key, value in row._mapping.items() if key != "total"} for row in owners],
        },
    }


def _scope(view: queries.View, asked: Asked) -> numbers.Scope:
    table = workflows.in_force(asked.track)
    owner, now = view.owners(ReviewEvent.organization_id), view.visible(asked.track)
    if asked.organization_id:
        under = regions.subtree_select([asked.organization_id])
        owner = sa.and_(owner, ReviewEvent.organization_id.in_(under))
        now = sa.and_(now, Review.organization_id.in_(under))
    since, until = calendar.start_of_day(asked.since), calendar.start_of_day(asked.until + dt.timedelta(days=1))
    return numbers.Scope(table, owner, now, since, until)


def _weeks(asked: Asked, rows: Iterable[Any]) -> list[dict[str, Any]]:
    """One entry per week of the period, also where nothing happened."""
    found = {row.week: row for row in rows}
    week, weeks = asked.since - dt.timedelta(days=asked.since.weekday()), []
    names = ("submitted", "returned", "conforming", "published", "unpublished")
    while week <= asked.until:
        row = found.get(week)
        weeks.append({"week": week.isoformat(), **{name: getattr(row, name) if row else 0 for name in names}})
        week += dt.timedelta(days=7)
    return weeks


def _steps(scope: numbers.Scope, rows: Iterable[Any]) -> list[dict[str, Any]]:
    """Per state that was left: how often, and how many working days it took."""
    stays: dict[str, dict[int, int]] = defaultdict(lambda: defaultdict(int))
    for row in rows:
        stays[row.from_state][calendar.working_days_between(row.came, row.left)] += row.number
    return [
        {
            "state": name,
            "number": sum(stays[name].values()),
            "median_days": quantile(stays[name], 0.5),
            "slow_days": quantile(stays[name], 0.9),
        }
        for name, state in scope.table.states.items()
        if name in stays and state.waits_for is not None
    ]


def quantile(counted: dict[int, int], share: float) -> int:
    """The smallest number of days within which at least this share of the cases was done.

    :param counted: days to how many cases took them
    """
    wanted, seen = share * sum(counted.values()), 0
    for days in sorted(counted):
        seen += counted[days]
        if seen >= wanted:
            return days
    return 0


def _ageing(scope: numbers.Scope, rows: Iterable[Any]) -> list[dict[str, Any]]:
    """Per state in which something waits: how many, by how long, and how many are overdue."""
    today = calendar.today()
    found: dict[str, dict[str, Any]] = {}
    for row in rows:
        entry = found.setdefault(
            row.state, {"state": row.state, "number": 0, "overdue": 0, "ages": [0] * (len(AGES) + 1)}
        )
        days = calendar.working_days_between(row.since, today)
        entry["ages"][next((n for n, most in enumerate(AGES) if days <= most), len(AGES))] += row.number
        entry["number"] += row.number
        entry["overdue"] += row.overdue
    return [found[name] for name in scope.table.states if name in found]


def organization_id(given: str | None) -> str | None:
    """The id of an organization by id or name; None for nothing.

    :raises LookupError: there is none
    """
    if not given:
        return None
    found = model.Group.get(given)
    if found is None or not found.is_organization or found.state != model.State.ACTIVE:
        raise LookupError(given)
    return str(found.id)


def view_of(actor: Actor) -> queries.View:
    """What this actor sees."""
    return queries.View(actor)
