"""Work on scores that nobody waits for: what changes with the calendar, large files, and rows that are missing."""

from __future__ import annotations

import datetime as dt

import sqlalchemy as sa
from ckan import model

from ckanext.satudata import config

from . import reach, service
from . import weights as weights_of
from .model import quality

package = model.Package.__table__
#: How many rows one run of the daily work makes at most; the rest follows the next time.
MOST_MISSING = 5_000
#: Links tried in one run of the job, and of one package.
MOST_LINKS = 200
MOST_PER_PACKAGE = 20


def daily() -> int:
    """Freshness that changed by itself, rows of before us or of other weights, rows of packages that are gone.

    :returns: how many scores or states changed
    """
    model.Session.execute(
        quality.delete().where(
            quality.c.package_id.not_in(sa.select(package.c.id).where(package.c.state.in_(service.SCORED_STATES)))
        )
    )
    model.Session.commit()
    changed = 0
    for ids in _batches(list(dict.fromkeys([*_turned(), *missing(MOST_MISSING)]))):
        changed += len(service.recompute(ids))
    return changed


def _turned() -> list[str]:
    today = service.local_day(dt.datetime.utcnow())
    return list(model.Session.scalars(sa.select(quality.c.package_id).where(quality.c.changes_on <= today)))


def missing(most: int | None = None) -> list[str]:
    """Packages without a row, or with one computed by other weights."""
    version = str(weights_of.in_force()["version"])
    query = (
        sa.select(package.c.id)
        .outerjoin(quality, quality.c.package_id == package.c.id)
        .where(
            package.c.state.in_(service.SCORED_STATES),
            package.c.type.not_in(config.exempt_types()),
            sa.or_(quality.c.package_id.is_(None), quality.c.rules_version != version),
        )
        .order_by(package.c.metadata_modified.desc())
        .limit(most)
    )
    return list(model.Session.scalars(query))


def everything() -> list[str]:
    """Ids of all packages that may have a score."""
    query = sa.select(package.c.id).where(
        package.c.state.in_(service.SCORED_STATES), package.c.type.not_in(config.exempt_types())
    )
    return list(model.Session.scalars(query.order_by(package.c.id)))


def open_files() -> int:
    """Scores that wait for large files to be opened.

    :returns: how many there were
    """
    waiting = list(model.Session.scalars(sa.select(quality.c.package_id).where(quality.c.files_pending)))
    model.Session.rollback()
    for ids in _batches(waiting):
        service.recompute(ids)
    return len(waiting)


def try_links(most: int = MOST_LINKS) -> int:
    """Try the remote links of packages whose turn it is, outside of any transaction, and keep what came of them.

    :param most: links tried in one run; what is left over has its turn the next time
    :returns: how many links were tried
    """
    if not config.quality_links():
        return 0
    now = dt.datetime.utcnow()
    due = sa.select(quality.c.package_id).where(quality.c.links_due_at <= now).order_by(quality.c.links_due_at)
    waiting = list(model.Session.scalars(due.limit(most)))
    model.Session.rollback()
    tried = 0
    for package_id in waiting:
        if tried >= most:
            break
        tried += _try_links(package_id)
    return tried


def _try_links(package_id: str) -> int:
    pkg = service.shown(package_id)
    # No transaction stays open while somebody else's server is waited for.
    model.Session.rollback()
    addresses = service.remote_links(pkg) if pkg else {}
    at, found = dt.datetime.utcnow().isoformat(timespec="seconds"), {}
    for resource_id, url in list(addresses.items())[:MOST_PER_PACKAGE]:
        reached = reach.reach(url, config.quality_links_timeout())
        found[resource_id] = {"url": url, "ok": reached.ok, "why": reached.why, "at": at}
    # A server that is down for an hour is no broken link: what was fine is tried once more, soon.
    doubtful = service.keep_links(package_id, found)
    days = dt.timedelta(hours=6) if doubtful else dt.timedelta(days=config.quality_links_days())
    service.links_next(package_id, dt.datetime.utcnow() + days if addresses else None)
    return len(found)


def _batches(ids: list[str]) -> list[list[str]]:
    return [ids[start : start + service.BATCH] for start in range(0, len(ids), service.BATCH)]
