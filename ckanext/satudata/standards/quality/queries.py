"""Reading scores: lists that keep to what the reader may see, and sums per organization."""

from __future__ import annotations

from typing import Any, NamedTuple

import sqlalchemy as sa
from ckan import model
from ckan.lib import search
from ckan.lib.plugins import get_permission_labels

from ckanext.satudata.principles import PRINCIPLES
from ckanext.satudata.regions import service as regions

from .model import quality
from .weights import BANDS

package, group = model.Package.__table__, model.Group.__table__


# -- datasets -------------------------------------------------------------------------------------------------


def visible(
    user: Any, filters: list[str], sort: str, limit: int, offset: int, everything: bool = False
) -> tuple[int, list[str]]:
    """Ids of packages with a score that this person may see, by the index: its permission labels decide.

    :param user: a user object, or None for nobody
    :param filters: filter queries of Solr
    :param everything: for sysadmins and programs: whatever the labels say
    """
    labels = None if everything else get_permission_labels().get_user_dataset_labels(user or model.AnonymousUser())
    query = {
        "q": "*:*",
        "fq": "+entity_type:package +state:(active OR draft) +satudata_skor:[* TO *]",
        "fq_list": filters,
        "sort": sort,
        "rows": limit,
        "start": offset,
        "fl": "id",
        "facet": "false",
    }
    found = search.query_for(model.Package).run(query, permission_labels=labels)
    return int(found["count"]), list(found["results"])


def scores(package_ids: list[str]) -> list[Any]:
    """Scores with the names of their packages, in the order asked for; one query."""
    query = (
        sa.select(quality, package.c.name, package.c.title, package.c.type, package.c.owner_org)
        .join(package, package.c.id == quality.c.package_id)
        .where(quality.c.package_id.in_(package_ids))
    )
    rows = {row.package_id: row for row in model.Session.execute(query)} if package_ids else {}
    return [rows[id] for id in package_ids if id in rows]


# -- organizations --------------------------------------------------------------------------------------------


class Node(NamedTuple):
    """An organization of the tree whose subtree is summed."""

    organization_id: str
    depth: int


#: What a list of organizations can be sorted by.
SORTS = ("title", "datasets", "score", "late", *PRINCIPLES)


def summary(node: Node | None, sort: str, descending: bool, limit: int, offset: int) -> tuple[int, list[Any]]:
    """Per organization right below ``node`` (the roots for None) the sums of its subtree; one query.

    Counts published open datasets only, so that the numbers are the same for everybody. What ``node`` itself owns
    stands in a row of its own.

    :param sort: one of :data:`SORTS`
    """
    tree = regions.listed_select()
    step = 2 if node is None else node.depth + 3
    child = sa.func.split_part(tree.c.path, "/", step)
    key = sa.case((child == "", node.organization_id if node else None), else_=child).label("id")
    scored = (
        sa.select(key, quality.c.score, quality.c.band, quality.c.parts, quality.c.freshness)
        .join(package, package.c.id == quality.c.package_id)
        .join(tree, tree.c.organization_id == package.c.owner_org)
        .where(package.c.state == model.State.ACTIVE, package.c.private.is_(False), package.c.type == "dataset")
    )
    if node is not None:
        scored = scored.where(tree.c.organization_id.in_(regions.subtree_select([node.organization_id])))
    each = scored.subquery("each")
    number = sa.func.count().label("datasets")
    score = sa.func.round(sa.func.avg(each.c.score)).label("score")
    late = sa.func.count().filter(each.c.freshness.in_(("overdue", "delinquent"))).label("late")
    bands = [sa.func.count().filter(each.c.band == name).label(f"band_{name}") for name in BANDS]
    principles = [
        sa.func.round(sa.func.avg(sa.cast(each.c.parts[name]["score"].astext, sa.Integer))).label(name)
        for name in PRINCIPLES
    ]
    sums = sa.select(each.c.id, number, score, late, *bands, *principles).group_by(each.c.id).subquery("sums")
    title = sa.func.coalesce(sa.func.nullif(group.c.title, ""), group.c.name)
    column: Any = title if sort == "title" else sums.c[sort]
    query = (
        sa.select(sums, group.c.name, title.label("title"), sa.func.count().over().label("total"))
        .join(group, group.c.id == sums.c.id)
        .order_by(column.desc() if descending else column.asc(), title, sums.c.id)
        .limit(limit)
        .offset(offset)
    )
    rows = list(model.Session.execute(query))
    if rows or not offset:
        return (rows[0].total if rows else 0), rows
    return summary(node, sort, descending, 1, 0)[0], []
