"""What other rooms may ask of the tree. Reads go by the materialised path: one query whatever the size."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import sqlalchemy as sa
from ckan import model

from ckanext.satudata.regions import query
from ckanext.satudata.regions.model import KINDS, folded, prefix_pattern, region, shape
from ckanext.satudata.regions.sync import on_moved, sync

__all__ = [
    "KINDS",
    "ancestor_ids",
    "ancestor_ids_many",
    "called",
    "coded",
    "coded_facts",
    "dividing_level",
    "find",
    "height",
    "kinds_counted",
    "listed_select",
    "on_moved",
    "region_of",
    "regions_by_bps",
    "regions_by_code",
    "subtree_ids",
    "subtree_select",
    "subtree_selects",
    "sync_paths",
]

group = model.group_table


def ancestor_ids_many(organization_ids: Iterable[str]) -> dict[str, list[str]]:
    """For each organization id the ids from itself up to its root, in one query.

    An organization without a row (none of ours yet, or an unknown id) is its own root.
    """
    wanted = list(dict.fromkeys(organization_ids))
    if not wanted:
        return {}
    rows = model.Session.execute(
        sa.select(region.c.organization_id, region.c.path).where(region.c.organization_id.in_(wanted))
    )
    found = {row.organization_id: row.path.strip("/").split("/")[::-1] for row in rows}
    return {id: found.get(id, [id]) for id in wanted}


def ancestor_ids(organization_id: str) -> list[str]:
    """The ids from this organization (first) up to its root (last)."""
    return ancestor_ids_many([organization_id])[organization_id]


def subtree_ids(organization_id: str) -> list[str]:
    """The ids of this organization and of everything under it, from the top down."""
    own = sa.select(region.c.path).where(region.c.organization_id == organization_id)
    path = model.Session.execute(own).scalar()
    if path is None:
        return [organization_id]
    # A literal pattern: with a joined one PostgreSQL cannot use the index on path.
    under = (
        sa.select(region.c.organization_id)
        .where(region.c.path.like(prefix_pattern(path)))
        .order_by(region.c.depth, region.c.path)
    )
    return list(model.Session.execute(under).scalars())


def subtree_select(organization_ids: Iterable[str]) -> Any:
    """A select of the ids of these organizations and of everything under them, for use inside another query.

    One small query here, for the literal patterns that let PostgreSQL use the index on path.
    """
    wanted = list(organization_ids)
    paths = model.Session.execute(sa.select(region.c.path).where(region.c.organization_id.in_(wanted))).scalars()
    under = [region.c.path.like(prefix_pattern(path)) for path in paths]
    return sa.select(region.c.organization_id).where(sa.or_(region.c.organization_id.in_(wanted), *under))


def subtree_selects(organization_ids: Iterable[str]) -> dict[str, Any]:
    """As :func:`subtree_select`, one select for each of these organizations; one small query for all."""
    wanted = list(dict.fromkeys(organization_ids))
    if not wanted:
        return {}
    own = sa.select(region.c.organization_id, region.c.path).where(region.c.organization_id.in_(wanted))
    paths = {row.organization_id: row.path for row in model.Session.execute(own)}
    return {
        id: sa.select(region.c.organization_id).where(
            region.c.path.like(prefix_pattern(paths[id])) if id in paths else region.c.organization_id == id
        )
        for id in wanted
    }


def dividing_level() -> int:
    """The topmost depth at which the tree has branches to choose from: 0 where several roots have children, else 1."""
    child = region.alias()
    roots = (
        sa.select(sa.literal(1))
        .where(region.c.parent_id.is_(None))
        .where(sa.exists().where(child.c.parent_id == region.c.organization_id))
        .limit(2)
        .subquery()
    )
    several: int = model.Session.execute(sa.select(sa.func.count()).select_from(roots)).scalar() or 0
    return 1 if several == 1 else 0


def listed_select() -> Any:
    """``organization_id``, ``path`` and ``depth`` of every organization of the tree, for a join in another query."""
    return sa.select(region.c.organization_id, region.c.path, region.c.depth).subquery()


def called(names: Iterable[str]) -> dict[str, dict[str, str]]:
    """The active organizations of these titles, names or aliases, ``{id, name, title}`` by what was asked; one query.

    Of several that share a name none is meant: two kelurahan are called Sei Mati.
    """
    wanted = {name: folded(name) for name in names}
    patterns = sorted({text for text in wanted.values() if text})
    if not patterns:
        return {}
    rows = model.Session.execute(
        sa.select(group.c.id, group.c.name, group.c.title, region.c.search_text)
        .join(region, region.c.organization_id == group.c.id)
        .where(
            group.c.state == "active",
            group.c.is_organization.is_(True),
            sa.or_(*(region.c.search_text.contains(f"|{text}|", autoescape=True) for text in patterns)),
        )
    ).all()
    found = {}
    for name, text in wanted.items():
        same = [row for row in rows if text and f"|{text}|" in row.search_text]
        if len(same) == 1:
            found[name] = {"id": same[0].id, "name": same[0].name, "title": same[0].title or same[0].name}
    return found


def regions_by_code(codes: Iterable[str]) -> dict[str, dict[str, Any]]:
    """The Regions (shape of the API) of those Kemendagri codes, by code, in one query; unknown codes are left out."""
    return _regions_by("kode_kemendagri", codes)


def regions_by_bps(codes: Iterable[str]) -> dict[str, dict[str, Any]]:
    """The Regions of those BPS codes, by BPS code, in one query; unknown codes are left out."""
    return _regions_by("kode_bps", codes)


def _regions_by(system: str, codes: Iterable[str]) -> dict[str, dict[str, Any]]:
    wanted = list(dict.fromkeys(codes))
    if not wanted:
        return {}
    statement = (
        sa.select(region, group.c.name, group.c.title)
        .join(group, group.c.id == region.c.organization_id)
        .where(region.c[system].in_(wanted), group.c.state == "active")
    )
    return {row._mapping[system]: shape(row) for row in model.Session.execute(statement)}


def coded(
    q: str = "", limit: int | None = None, offset: int = 0, offices: bool = False
) -> tuple[int, list[dict[str, Any]]]:
    """Regions by their Kemendagri code, or all organizations by name, as codes of a list: a page, and how many."""
    return query.coded(q, limit, offset, offices)


def coded_facts(offices: bool = False) -> tuple[int, str]:
    """How many codes :func:`coded` has, and a fingerprint that moves when one of them changes."""
    return query.coded_facts(offices)


def kinds_counted() -> list[tuple[str, int]]:
    """How many organizations there are of each kind, in the order of kinds."""
    return query.kinds_counted()


def height(organization_id: str) -> int:
    """How many levels the subtree of this organization has, itself included."""
    own = sa.select(region.c.path, region.c.depth).where(region.c.organization_id == organization_id)
    row = model.Session.execute(own).first()
    if row is None:
        return 1
    deepest = sa.select(sa.func.max(region.c.depth)).where(region.c.path.like(prefix_pattern(row.path)))
    return int(model.Session.execute(deepest).scalar() or 0) - row.depth + 1


def find(reference: str) -> dict[str, Any] | None:
    """The Region with this id, name, dotted Kemendagri code, or BPS code written ``bps:1275``; or None.

    :raises ValueError: a bare code without its system; the text explains
    """
    row = query.find(reference)
    return shape(row) if row is not None else None


def region_of(organization_id: str) -> dict[str, Any] | None:
    """The Region of this organization (shape of the API), or None if there is no such organization."""
    statement = (
        sa.select(region, group.c.name, group.c.title)
        .join(group, group.c.id == region.c.organization_id)
        .where(region.c.organization_id == organization_id)
    )
    row = model.Session.execute(statement).first()
    return shape(row) if row else None


def sync_paths(organization_ids: Iterable[str]) -> list[str]:
    """Put rows and paths of these organizations right, from CKAN's own tree; the caller commits.

    Needed only after writes that bypass the session (bare SQL); everything else is followed by itself.

    :returns: the ids of those whose path changed
    """
    return sync(model.Session.connection(), organization_ids)
