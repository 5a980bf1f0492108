"""Keeps ``satudata_region`` in step with CKAN's tree, in the same transaction, whatever door was used.

CKAN writes the tree as ``Member`` rows (``group_id`` the child, ``table_id`` the parent, ``table_name``
"group") from many places: ``organization_create/update/patch``, ``group_*``, ``member_create/delete``,
deletion, purge, other extensions. Instead of following each of them, this listens to the session: every
flush that touches such a row, or an organization itself, puts the rows and paths right before the commit.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from typing import Any

import sqlalchemy as sa
from ckan import model, plugins
from ckan.common import _

from ckanext.satudata import config, startup
from ckanext.satudata.regions import jobs
from ckanext.satudata.regions.model import prefix_pattern, region, search_text

log = logging.getLogger(__name__)

#: Called after the commit with the ids of organizations whose path changed (each stands for its subtree).
on_moved: list[Callable[[list[str]], None]] = [jobs.enqueue_reindex]

MAX_DEPTH = 8  # CKAN itself walks no further (ckan.model.group.MAX_RECURSES).
_LOCK = 7_112_025  # Key of the advisory lock under which the tree changes; any fixed number of our own.
_MOVED = "satudata_moved"

member, group = model.member_table, model.group_table


class TreeError(ValueError):
    """A tree that cannot be: two parents, or a loop. Its text is for people."""


def listen() -> None:
    """Register the listeners once; called when the plugin is configured."""
    if not sa.event.contains(model.Session, "after_flush", _after_flush):
        sa.event.listen(model.Session, "after_flush", _after_flush)
        sa.event.listen(model.Session, "after_commit", _after_commit)
        sa.event.listen(model.Session, "after_rollback", _after_rollback)


def _after_flush(session: Any, _flush_context: Any) -> None:
    touched: set[str] = set()
    joined: set[str] = set()
    appeared: set[str] = set()
    purged: set[str] = set()
    for entity in (*session.new, *session.dirty, *session.deleted):
        if isinstance(entity, model.Member) and entity.table_name == "group":
            touched.update(filter(None, (entity.group_id, *_old(entity, "group_id"))))
            if entity not in session.deleted and (entity in session.new or _changed(entity, "state")):
                joined.add(str(entity.group_id))
        elif isinstance(entity, model.Group) and (entity.is_organization or _changed(entity, "is_organization")):
            if entity in session.deleted:
                purged.add(entity.id)
            elif entity in session.new or any(_changed(entity, name) for name in ("name", "title")):
                touched.add(entity.id)
            if entity not in session.new and (_changed(entity, "state") or _changed(entity, "is_organization")):
                appeared.add(entity.id)
    if (touched or appeared or purged) and plugins.plugin_loaded("satudata") and startup.is_migrated():
        moved = sync(session.connection(), touched, appeared, purged, joined)
        session.info.setdefault(_MOVED, set()).update(moved)


def _changed(entity: Any, attribute: str) -> bool:
    """Whether this flush wrote the attribute; also where the value before was never loaded."""
    return bool(sa.inspect(entity).attrs[attribute].history.has_changes())


def _old(entity: Any, attribute: str) -> tuple[Any, ...]:
    """The value this flush replaced, if it did."""
    return tuple(sa.inspect(entity).attrs[attribute].history.deleted or ())


def _after_commit(session: Any) -> None:
    # Fires for savepoints too, and SQL is not allowed here: only hand over.
    if session.in_nested_transaction():
        return
    moved = session.info.pop(_MOVED, None)
    if moved:
        for notify in on_moved:
            try:
                notify(sorted(moved))
            except Exception:  # the change is committed; a notice that fails must not undo the answer
                log.exception("Telling of moved organizations failed; run: ckan search-index rebuild")


def _after_rollback(session: Any) -> None:
    session.info.pop(_MOVED, None)


def sync(
    connection: Any,
    touched: Iterable[str],
    appeared: Iterable[str] = (),
    purged: Iterable[str] = (),
    joined: Iterable[str] = (),
) -> list[str]:
    """Bring the rows of these organizations, and the paths of everything under them, up to date.

    :param touched: ids of organizations whose row, title or parent may have changed
    :param appeared: ids of organizations that were deleted or came back: their children lose or find a parent
    :param purged: ids of organizations that are gone
    :param joined: those of ``touched`` that just got a parent: a second one is refused here. What had two
        before us keeps the one it stands under, so that such an organization can still be edited
    :returns: ids of those that already had a row and whose path changed
    :raises TreeError: an organization has two parents, or stands on a loop
    """
    purged, appeared = set(purged), set(appeared)
    touched = set(touched) | appeared
    # One tree, one writer at a time: two moves at once could otherwise close a loop together.
    connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_LOCK)))
    if purged:
        connection.execute(region.delete().where(region.c.organization_id.in_(purged)))
    if above := appeared | purged:
        children = sa.select(member.c.group_id).where(
            member.c.table_id.in_(above), member.c.table_name == "group", member.c.state == "active"
        )
        stored = sa.select(region.c.organization_id).where(region.c.parent_id.in_(above))
        touched |= set(connection.execute(sa.union(children, stored)).scalars())
    now = _organizations(connection, touched - purged)
    if no_longer := touched - purged - set(now):
        connection.execute(region.delete().where(region.c.organization_id.in_(no_longer)))
    before = {
        row.organization_id: row
        for row in connection.execute(
            sa.select(
                region.c.organization_id, region.c.parent_id, region.c.path, region.c.aliases, region.c.search_text
            ).where(region.c.organization_id.in_(now))
        )
    }
    parents = _parents(connection, now, before, set(joined))
    _write_rows(connection, now, before, parents)
    changed = [id for id in now if id not in before or before[id].parent_id != parents.get(id)]
    return _write_paths(connection, changed, before)


def _organizations(connection: Any, ids: set[str]) -> dict[str, Any]:
    query = sa.select(group.c.id, group.c.name, group.c.title).where(
        group.c.id.in_(ids), group.c.is_organization.is_(True)
    )
    return {row.id: row for row in connection.execute(query)}


def parent_rows(children: Any) -> Any:
    """The select of (child, parent) pairs for these child ids: active rows to active organizations.

    CKAN's own tree queries read any capacity, and some extensions write "public"; so do we.
    """
    return (
        sa.select(member.c.group_id, member.c.table_id)
        .join(group, group.c.id == member.c.table_id)
        .where(
            member.c.group_id.in_(children),
            member.c.table_name == "group",
            member.c.state == "active",
            group.c.is_organization.is_(True),
            group.c.state == "active",
        )
        .order_by(member.c.group_id, (member.c.capacity == "parent").desc(), member.c.id)
    )


def _parents(connection: Any, ids: Iterable[str], before: dict[str, Any], joined: set[str]) -> dict[str, str]:
    found: dict[str, list[str]] = {}
    for child, parent in connection.execute(parent_rows(list(ids))):
        if parent not in found.setdefault(child, []):
            found[child].append(parent)
    for child, parents in found.items():
        if len(parents) > 1 and child in joined and config.review_enabled():
            raise TreeError(_("An organization has one parent only; take it out of the other one first"))
    return {
        child: before[child].parent_id if child in before and before[child].parent_id in parents else parents[0]
        for child, parents in found.items()
    }


def _write_rows(connection: Any, now: dict[str, Any], before: dict[str, Any], parents: dict[str, str]) -> None:
    new = [
        {
            "organization_id": id,
            "parent_id": parents.get(id),
            "path": f"/{id}/",
            "depth": 0,
            "search_text": search_text(row.title, row.name, ()),
        }
        for id, row in now.items()
        if id not in before
    ]
    if new:
        connection.execute(region.insert(), new)
    for id, old in before.items():  # One statement each only where something differs.
        row = now[id]
        changes: dict[str, Any] = {}
        if old.parent_id != parents.get(id):
            changes["parent_id"] = parents.get(id)
        text = search_text(row.title, row.name, old.aliases)
        if text != old.search_text:
            changes["search_text"] = text
        if changes:
            connection.execute(region.update().where(region.c.organization_id == id).values(changes))


_WALK = sa.text(
    """
    WITH RECURSIVE up AS (
        SELECT organization_id AS id, organization_id AS ancestor, parent_id, 0 AS height
        FROM satudata_region WHERE organization_id = ANY(:ids)
        UNION ALL
        SELECT up.id, r.organization_id, r.parent_id, up.height + 1
        FROM up JOIN satudata_region r ON r.organization_id = up.parent_id
        WHERE up.height <= :limit
    )
    SELECT id, '/' || string_agg(ancestor, '/' ORDER BY height DESC) || '/' AS path, max(height) AS height
    FROM up GROUP BY id
    """
)


_FRESH = sa.text(
    """
    UPDATE satudata_region r SET path = new.path, depth = new.depth
    FROM unnest(CAST(:ids AS text[]), CAST(:paths AS text[]), CAST(:depths AS integer[])) AS new (id, path, depth)
    WHERE r.organization_id = new.id
    """
)


def _write_paths(connection: Any, changed: list[str], before: dict[str, Any]) -> list[str]:
    """Write the paths of changed organizations and, in one UPDATE, of everything under them."""
    if not changed:
        return []
    moves: list[dict[str, Any]] = []
    fresh: list[dict[str, Any]] = []
    for row in connection.execute(_WALK, {"ids": changed, "limit": MAX_DEPTH}):
        if row.height > MAX_DEPTH:
            raise TreeError(
                _("The tree would go in circles or be deeper than {levels} levels; choose another parent").format(
                    levels=MAX_DEPTH + 1
                )
            )
        old = before[row.id].path if row.id in before else f"/{row.id}/"
        if old != row.path:
            entry = {"id": row.id, "old": old, "new": row.path, "depth": row.height}
            (moves if row.id in before else fresh).append(entry)
    if fresh:
        connection.execute(
            _FRESH,
            {
                "ids": [one["id"] for one in fresh],
                "paths": [one["new"] for one in fresh],
                "depths": [one["depth"] for one in fresh],
            },
        )
    if moves:
        _move(connection, moves)
    return [one["id"] for one in moves]


def _move(connection: Any, moves: list[dict[str, Any]]) -> None:
    # Between a descendant and the nearest moved organization above it nothing moved, so the longest old
    # path that starts its own is the one to exchange. Literal patterns keep the index on path in use.
    values = sa.values(sa.column("old", sa.UnicodeText), sa.column("new", sa.UnicodeText), name="moves").data(
        [(one["old"], one["new"]) for one in moves]
    )
    under = sa.or_(*(region.c.path.like(prefix_pattern(one["old"])) for one in moves))
    best = (
        sa.select(region.c.organization_id, values.c.old, values.c.new)
        .join(values, sa.func.starts_with(region.c.path, values.c.old))
        .where(under)
        .distinct(region.c.organization_id)
        .order_by(region.c.organization_id, sa.func.length(values.c.old).desc())
        .subquery()
    )
    path = best.c.new + sa.func.substr(region.c.path, sa.func.length(best.c.old) + 1)
    slashes = sa.func.length(path) - sa.func.length(sa.func.replace(path, "/", ""))
    connection.execute(
        region.update().where(region.c.organization_id == best.c.organization_id).values(path=path, depth=slashes - 2)
    )
