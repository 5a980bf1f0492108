"""What templates ask of the tree."""

from __future__ import annotations

from collections.abc import Callable
from itertools import groupby
from typing import Any

import ckantoolkit as tk
import sqlalchemy as sa
from ckan import model

from ckanext.satudata.regions import action, query
from ckanext.satudata.regions.model import KINDS, region

ROWS = 1000


def satudata_kind_label(kind: str) -> str:
    """The kind of an organization in words."""
    return {
        "provinsi": tk._("Province"),
        "kabupaten": tk._("Regency"),
        "kota": tk._("City"),
        "perangkat_daerah": tk._("Regional agency"),
        "unit_kerja": tk._("Work unit"),
        "kecamatan": tk._("Kecamatan"),
        "kelurahan": tk._("Kelurahan"),
        "desa": tk._("Desa"),
        "instansi_vertikal": tk._("Central government office"),
        "lainnya": tk._("Other organization"),
    }.get(kind, tk._("Organization"))


def satudata_programme_labels(programmes: list[dict[str, Any]]) -> list[str]:
    """Badges of the programmes an organization took part in, as "Kelurahan Cantik 2024"."""
    names = {"kelurahan_cantik": tk._("Kelurahan Cantik")}
    return [f"{names.get(one['programme'], one['programme'])} {one['year']}" for one in programmes]


def satudata_region_line(organization_id: str) -> list[dict[str, Any]]:
    """The Regions from the root down to this organization (last), for breadcrumbs; empty if it is unknown."""
    path = model.Session.execute(sa.select(region.c.path).where(region.c.organization_id == organization_id)).scalar()
    return query.line(path) if path else []


def satudata_region_card(organization_id: str) -> dict[str, Any] | None:
    """The Region of an organization with ``groups`` of its children, or None if there is nothing to say of it."""
    line = satudata_region_line(organization_id)
    if not line or line[-1]["organization_id"] != organization_id:
        return None
    own = line[-1]
    groups = by_kind(_level(organization_id))
    if not (groups or own["parent_id"] or own["kind"] or own["kode_kemendagri"] or own["kode_bps"]):
        return None
    return {**own, "groups": groups}


def by_kind(nodes: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Nodes in the order of kinds, as ``[{"kind", "nodes"}]``."""
    return [{"kind": kind, "nodes": list(some)} for kind, some in groupby(nodes, key=lambda node: node["kind"])]


def _level(reference: str | None) -> list[dict[str, Any]]:
    data = {"limit": ROWS, **({"id": reference} if reference else {})}
    return tk.get_action("satudata_region_tree")({}, data)["results"]


def satudata_has_tree() -> bool:
    """Whether any organization stands under another one; if none does, CKAN's own list serves better."""
    return (
        model.Session.execute(
            sa.select(region.c.organization_id).where(region.c.parent_id.isnot(None)).limit(1)
        ).first()
        is not None
    )


def satudata_opened_tree(opened: str | None = None) -> list[dict[str, Any]]:
    """The roots, grouped by kind, with what stands on the line to ``opened`` unfolded.

    :param opened: id, name or code; without it a single root is unfolded, as nobody looks for the root itself
    """
    roots = _level(None)
    row = None
    if opened:
        try:
            row = query.find(opened)
        except ValueError:
            row = None
    ids = row.path.strip("/").split("/") if row else [roots[0]["organization_id"]] if len(roots) == 1 else []
    nodes = roots
    every = list(roots)
    for id in ids:
        node = next((one for one in nodes if one["organization_id"] == id), None)
        if node is None:
            break
        nodes = _level(id)
        node["groups"] = by_kind(nodes)
        every += nodes
    _count(every)
    return by_kind(roots)


def _count(nodes: list[dict[str, Any]]) -> None:
    counts = action.dataset_counts({"user": getattr(tk.current_user, "name", "")})
    for node in nodes:
        node["dataset_count"] = counts.get(node["organization_id"], 0)


def satudata_tree_node(reference: str, opened: bool) -> dict[str, Any]:
    """One node of the tree page, unfolded or not.

    :raises ObjectNotFound: there is no such organization
    """
    row = query.find(reference)
    if row is None:
        raise tk.ObjectNotFound(reference)
    siblings = _level(row.parent_id)
    node = next(one for one in siblings if one["organization_id"] == row.organization_id)
    nodes = _level(row.organization_id) if opened else []
    if opened:
        node["groups"] = by_kind(nodes)
    _count([node, *nodes])
    return node


def satudata_region_find(q: str, limit: int = 50) -> dict[str, Any]:
    """What a person typed, looked up: ``{"count", "results"}``."""
    if not q or not q.strip():
        return {"count": 0, "results": []}
    return tk.get_action("satudata_region_search")({}, {"q": q, "limit": limit})


def satudata_kinds() -> list[dict[str, str]]:
    """Kinds as options of a select."""
    return [{"value": "", "text": tk._("Not known")}] + [
        {"value": kind, "text": satudata_kind_label(kind)} for kind in KINDS
    ]


HELPERS: dict[str, Callable[..., Any]] = {
    "satudata_kind_label": satudata_kind_label,
    "satudata_programme_labels": satudata_programme_labels,
    "satudata_region_line": satudata_region_line,
    "satudata_region_card": satudata_region_card,
    "satudata_has_tree": satudata_has_tree,
    "satudata_opened_tree": satudata_opened_tree,
    "satudata_region_find": satudata_region_find,
    "satudata_kinds": satudata_kinds,
}
