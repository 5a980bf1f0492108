"""Reading the tree: by reference, by level, upwards and by search. Nothing here asks per row."""

from __future__ import annotations

import re
from typing import Any

import sqlalchemy as sa
from ckan import model
from ckan.common import _
from sqlalchemy.dialects.postgresql import aggregate_order_by

from ckanext.satudata.regions import codes
from ckanext.satudata.regions.model import folded, prefix_pattern, region, shape

#: The order in which kinds stand in a list: regions from the top, then offices.
ORDER = (
    "provinsi",
    "kabupaten",
    "kota",
    "kecamatan",
    "kelurahan",
    "desa",
    "perangkat_daerah",
    "unit_kerja",
    "instansi_vertikal",
    "lainnya",
)
MAX_NODES = 10_000

#: What people write before a name, per kind; left out when names are compared.
PREFIXES = re.compile(r"^(kelurahan|kel|kecamatan|kec|desa|kota|kabupaten|kab|provinsi|prov)\b\.?\s+", re.IGNORECASE)

group = model.group_table
joined = region.join(group, group.c.id == region.c.organization_id)
columns = (*region.c, group.c.name, group.c.title)
active = sa.and_(group.c.state == "active", group.c.is_organization.is_(True))
_kind_order = sa.case({kind: place for place, kind in enumerate(ORDER)}, value=region.c.kind, else_=len(ORDER))


class TooMany(ValueError):
    """More of the tree was asked for than one answer holds."""


def find(reference: str) -> Any:
    """The row of one active organization by id, name, dotted Kemendagri code or ``bps:`` and a BPS code.

    :returns: a row of :data:`columns`, or None
    :raises CodeError: a bare code without its system, which no organization has as its name
    """
    reference = reference.strip()
    if reference.startswith("bps:"):
        where = region.c.kode_bps == reference[4:]
    elif codes.is_kemendagri(reference):
        where = region.c.kode_kemendagri == reference
    else:
        where = sa.or_(region.c.organization_id == reference, group.c.name == reference)
    row = model.Session.execute(sa.select(*columns).select_from(joined).where(active, where)).first()
    if row is None and codes.is_bare(reference):
        raise codes.CodeError(codes.collision(reference))
    return row


def _children_count() -> Any:
    child, child_group = region.alias(), group.alias()
    return (
        sa.select(sa.func.count())
        .select_from(child.join(child_group, child_group.c.id == child.c.organization_id))
        .where(child.c.parent_id == region.c.organization_id, child_group.c.state == "active")
        .correlate(region)
        .scalar_subquery()
        .label("children_count")
    )


def _node(row: Any) -> dict[str, Any]:
    return {**shape(row), "children_count": row.children_count}


def level(parent: Any, limit: int, offset: int) -> tuple[int, list[dict[str, Any]]]:
    """One page of the children of ``parent`` (a row of :func:`find`), or of the roots for None; one query."""
    parent_id = parent.organization_id if parent is not None else None
    query = (
        sa.select(*columns, _children_count(), sa.func.count().over().label("total"))
        .select_from(joined)
        .where(active, region.c.parent_id == parent_id)
        .order_by(_kind_order, sa.func.coalesce(group.c.title, group.c.name), group.c.name)
    )
    rows = model.Session.execute(query.limit(limit).offset(offset)).all()
    if rows:
        return rows[0].total, [_node(row) for row in rows]
    # An empty page has no row to carry the total.
    total = sa.select(sa.func.count()).select_from(joined).where(active, region.c.parent_id == parent_id)
    return int(model.Session.execute(total).scalar() or 0), []


def hang_descendants(nodes: list[dict[str, Any]], parent: Any, depth: int) -> None:
    """Give each node its ``children``, ``depth - 1`` levels further down, in one query.

    :raises TooMany: more than :data:`MAX_NODES`
    """
    if depth <= 1 or not nodes:
        return
    top = nodes[0]["depth"]
    query = (
        sa.select(*columns, _children_count())
        .select_from(joined)
        .where(active, region.c.depth > top, region.c.depth < top + depth)
        .order_by(region.c.depth, _kind_order, sa.func.coalesce(group.c.title, group.c.name), group.c.name)
        .limit(MAX_NODES + 1)
    )
    if parent is not None:
        query = query.where(region.c.path.like(prefix_pattern(parent.path)))
    rows = model.Session.execute(query).all()
    if len(rows) > MAX_NODES:
        raise TooMany(_("More than {number} organizations; ask for fewer levels").format(number=MAX_NODES))
    known = {node["organization_id"]: node for node in nodes}
    for node in nodes:
        node["children"] = []
    for row in rows:
        above = known.get(row.parent_id)
        if above is not None:
            node = known[row.organization_id] = {**_node(row), "children": []}
            above.setdefault("children", []).append(node)


def line(path: str) -> list[dict[str, Any]]:
    """The regions along a path, the root first, the organization itself last."""
    ids = path.strip("/").split("/")
    rows = model.Session.execute(sa.select(*columns).select_from(joined).where(region.c.organization_id.in_(ids)))
    by_id = {row.organization_id: shape(row) for row in rows}
    return [by_id[id] for id in ids if id in by_id]


def search(q: str, limit: int, offset: int, kind: str = "") -> tuple[int, list[dict[str, Any]]]:
    """Regions by name, alias or either code (from its start); exact ones first. Two queries.

    Each result carries ``ancestors`` (root first: organization_id, name, title), for names like Sei Mati
    that stand for two places.
    """
    bare = PREFIXES.sub("", q.strip()) or q.strip()
    whole = folded(bare)
    if not whole:
        return 0, []
    words = [folded(word) for word in bare.split() if folded(word)]
    named = sa.and_(*(region.c.search_text.like(f"%{word}%") for word in words))
    dotted = bare.replace(" ", "")
    coded = sa.or_(
        region.c.kode_kemendagri.like(prefix_pattern(dotted)), region.c.kode_bps.like(prefix_pattern(dotted))
    )
    rank = sa.case(
        (sa.or_(region.c.kode_kemendagri == dotted, region.c.kode_bps == dotted), 0),
        (region.c.search_text.like(f"%|{whole}|%"), 1),
        (region.c.search_text.like(f"%|{whole}%"), 2),
        (region.c.search_text.like(f"%{whole}%"), 3),
        else_=4,
    )
    query = (
        sa.select(*columns, _children_count(), sa.func.count().over().label("total"))
        .select_from(joined)
        .where(active, sa.or_(named, coded))
        .order_by(rank, region.c.depth, group.c.title, group.c.name)
    )
    if kind:
        query = query.where(region.c.kind == kind)
    rows = model.Session.execute(query.limit(limit).offset(offset)).all()
    total = (
        rows[0].total
        if rows
        else int(
            model.Session.execute(sa.select(sa.func.count()).select_from(query.order_by(None).subquery())).scalar() or 0
        )
    )
    return total, _with_ancestors(rows)


def _with_ancestors(rows: list[Any]) -> list[dict[str, Any]]:
    lines = {row.organization_id: row.path.strip("/").split("/")[:-1] for row in rows}
    wanted = {id for line in lines.values() for id in line}
    titles = (
        {
            row.id: {"organization_id": row.id, "name": row.name, "title": row.title or row.name}
            for row in model.Session.execute(
                sa.select(group.c.id, group.c.name, group.c.title).where(group.c.id.in_(wanted))
            )
        }
        if wanted
        else {}
    )
    return [
        {**_node(row), "ancestors": [titles[id] for id in lines[row.organization_id] if id in titles]} for row in rows
    ]


def totals(counts: dict[str, int]) -> dict[str, int]:
    """Counts per organization, summed over each organization's subtree; one query."""
    summed: dict[str, int] = {}
    rows = model.Session.execute(
        sa.select(region.c.organization_id, region.c.path).where(region.c.organization_id.in_(list(counts)))
    )
    for row in rows:
        for id in row.path.strip("/").split("/"):
            summed[id] = summed.get(id, 0) + counts[row.organization_id]
    return summed


def _with_code(offices: bool) -> Any:
    return active if offices else sa.and_(active, region.c.kode_kemendagri.isnot(None))


def coded(q: str, limit: int | None, offset: int, offices: bool = False) -> tuple[int, list[dict[str, Any]]]:
    """Regions by their Kemendagri code, or all organizations by their name, as codes of a code list; two queries."""
    where = _with_code(offices)
    if q.strip():
        words = [folded(word) for word in (PREFIXES.sub("", q.strip()) or q).split() if folded(word)]
        start = prefix_pattern(q.replace(" ", ""))
        by_name = [region.c.search_text.like(f"%{word}%") for word in words]
        coded_so = [region.c.kode_kemendagri.like(start), region.c.kode_bps.like(start), group.c.name.like(start)]
        where = sa.and_(where, sa.or_(*coded_so, *([sa.and_(*by_name)] if by_name else [])))
    above = group.alias()
    count = model.Session.execute(sa.select(sa.func.count()).select_from(joined).where(where)).scalar() or 0
    # Codes are digits, letters and dots: the byte order is theirs, whatever the language of the database.
    order = group.c.name if offices else region.c.kode_kemendagri
    query = (
        sa.select(*columns, above.c.name.label("above"))
        .select_from(joined.outerjoin(above, above.c.id == region.c.parent_id))
        .where(where)
        .order_by(order.collate("C"))
    )
    if limit is not None:
        query = query.limit(limit).offset(offset)
    return int(count), [_as_code(row, offices) for row in model.Session.execute(query)]


def _as_code(row: Any, office: bool) -> dict[str, Any]:
    title = row.title or row.name
    extra = {"kind": row.kind, "kode_bps": row.kode_bps}
    extra |= {"kode_kemendagri": row.kode_kemendagri} if office else {"organization": row.name}
    return {
        "code": row.name if office else row.kode_kemendagri,
        "label": {"id": title, "en": title},
        "parent": row.above if office else row.kode_kemendagri.rpartition(".")[0] or None,
        "valid_from": None,
        "valid_to": None,
        "successor": None,
        "note": "",
        "aliases": list(row.aliases or []),
        "extra": {key: value for key, value in extra.items() if value},
    }


def coded_facts(offices: bool = False) -> tuple[int, str]:
    """How many codes :func:`coded` has, and a fingerprint of all of them; one query."""
    one = sa.func.md5(
        sa.func.concat_ws(
            "|", region.c.kode_kemendagri, region.c.kode_bps, region.c.kind, region.c.parent_id, group.c.title,
            group.c.name, sa.cast(region.c.aliases, sa.Text),
        )
    )  # fmt: skip
    order = group.c.name if offices else region.c.kode_kemendagri
    joint = sa.func.string_agg(one, aggregate_order_by(sa.literal(","), order.collate("C")))
    row = model.Session.execute(
        sa.select(sa.func.count(), sa.func.md5(sa.func.coalesce(joint, "")))
        .select_from(joined)
        .where(_with_code(offices))
    ).one()
    return int(row[0]), str(row[1])


def kinds_counted() -> list[tuple[str, int]]:
    """How many organizations there are of each kind, in the order of kinds; one query."""
    rows = model.Session.execute(
        sa.select(region.c.kind, sa.func.count()).select_from(joined).where(active).group_by(region.c.kind)
    )
    found = {str(kind): int(count) for kind, count in rows}
    return [(kind, found[kind]) for kind in (*ORDER, "") if kind in found]
