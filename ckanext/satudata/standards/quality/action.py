"""Actions that read scores; none of them computes one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import ckantoolkit as tk
from ckan import model

from ckanext.satudata.listing import listed, page_of, refuse_unknown
from ckanext.satudata.principles import PRINCIPLES

from . import queries, schema, words
from .weights import BANDS


@tk.side_effect_free
def satudata_quality_show(context: dict[str, Any], data_dict: dict[str, Any]) -> dict[str, Any]:
    """The score of a dataset, per principle, and how fresh its figures are.

    :param id: id or name of the dataset
    :returns: a Score (see ``satudata_quality_list``), and ``advice`` for those concerned with the dataset: what would
        raise it most, ``{kind, principle, field, resource_id, points, text}`` each
    :raises NotAuthorized: the dataset may not be seen
    :raises ObjectNotFound: no such dataset, or it has no score yet
    :raises ValidationError: no id, or an unknown parameter
    """
    refuse_unknown(data_dict, ("id",))
    package = model.Package.get(tk.get_or_bust(data_dict, "id"))
    if package is None:
        raise tk.ObjectNotFound(tk._("There is no such dataset"))
    tk.check_access("satudata_quality_show", context, {"id": package.id})
    rows = queries.scores([package.id])
    if not rows:
        raise tk.ObjectNotFound(tk._("This dataset has no score yet"))
    found = score_dict(rows[0])
    try:
        tk.check_access("satudata_submission_check", dict(context), {"id": package.id})
    except tk.NotAuthorized:
        return found
    return {**found, "advice": [words.advice(one, package.type) for one in rows[0].advice]}


@tk.side_effect_free
def satudata_quality_list(context: dict[str, Any], data_dict: dict[str, Any]) -> dict[str, Any]:
    """Scores of the datasets this user may see.

    :param organization: id, name or code of an organization; everything below it counts too
    :param band: ``sangat_baik``, ``baik``, ``cukup`` or ``kurang``
    :param freshness: ``fresh``, ``due``, ``overdue`` or ``delinquent``
    :param type: a type of packages, for example ``dataset``
    :param sort: ``score`` (default, lowest first), ``modified``, ``released`` or ``title``, and `` desc``
    :param limit: 20
    :param offset: 0
    :returns: ``{"count", "results": [Score]}``: ``package_id, package_name, title, type, organization_id, score, band,
        principles, freshness, next_due, published_at, computed_at, rules_version``
    :raises ValidationError: an unknown parameter or value
    """
    tk.check_access("satudata_quality_list", context, data_dict)
    filters, sort = schema.filters_of(data_dict)
    page = page_of(data_dict)
    user = context.get("auth_user_obj") or model.User.get(context.get("user") or "")
    everything = bool(context.get("ignore_auth")) or bool(user and user.sysadmin)
    count, ids = queries.visible(user, filters, sort, page.limit, page.offset, everything)
    return listed(count, [score_dict(row) for row in queries.scores(ids)])


@tk.side_effect_free
def satudata_quality_summary(context: dict[str, Any], data_dict: dict[str, Any]) -> dict[str, Any]:
    """Mean scores per organization, each with everything below it; published open datasets only.

    :param organization: id, name or code: what stands right below it, and its own data; the roots where left out
    :param sort: ``score`` (default), ``title``, ``datasets``, ``late`` or a principle, and `` desc``
    :param limit: 20
    :param offset: 0
    :returns: ``{"count", "results"}``: ``organization_id, name, title, datasets, score, principles, bands, late``
    :raises ValidationError: an unknown parameter, organization or sorting
    """
    tk.check_access("satudata_quality_summary", context, data_dict)
    node, sort, descending = schema.summary_of(data_dict)
    page = page_of(data_dict)
    count, rows = queries.summary(node, sort, descending, page.limit, page.offset)
    return listed(count, [_sums(row) for row in rows])


def score_dict(row: Any) -> dict[str, Any]:
    """A row with its package as the Score of the API."""
    return {
        "package_id": row.package_id,
        "package_name": row.name,
        "title": row.title or row.name,
        "type": row.type,
        "organization_id": row.owner_org,
        "score": row.score,
        "band": row.band,
        "principles": {name: row.parts[name]["score"] for name in PRINCIPLES if name in row.parts},
        "freshness": row.freshness,
        "next_due": row.next_due.isoformat() if row.next_due else None,
        "published_at": row.published_at.isoformat() if row.published_at else None,
        "computed_at": row.computed_at.isoformat(),
        "rules_version": row.rules_version,
    }


def _sums(row: Any) -> dict[str, Any]:
    return {
        "organization_id": row.id,
        "name": row.name,
        "title": row.title,
        "datasets": row.datasets,
        "score": int(row.score),
        "principles": {name: int(getattr(row, name) or 0) for name in PRINCIPLES},
        "bands": {name: getattr(row, f"band_{name}") for name in BANDS},
        "late": row.late,
    }


ACTIONS: dict[str, Callable[..., Any]] = {
    "satudata_quality_list": satudata_quality_list,
    "satudata_quality_show": satudata_quality_show,
    "satudata_quality_summary": satudata_quality_summary,
}
