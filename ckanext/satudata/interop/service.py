"""The actions of the harvest view: CKAN's, as anonymous calls them, and never as anybody else."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import ckantoolkit as tk

from ckanext.satudata.standards import service as standards

from . import groups, search
from .question import FACETS, known_only, listed, number, one_text, refuse_machinery, sort_of
from .search import Wanted

#: What each view shows.
DATASETS = ("dataset",)
ALL = ("dataset", "kegiatan", "indikator")
_SEARCH = frozenset("q fq fq_list rows start sort facet facet.field facet.limit facet.mincount".split())
#: Of CKAN's status; not the address that errors are mailed to.
_STATUS = ("ckan_version", "site_title", "site_description", "site_url", "locale_default", "extensions")

Types = tuple[str, ...]


def package_search(types: Types, params: Mapping[str, Any]) -> dict[str, Any]:
    """A page of records, as CKAN answers.

    :raises ValidationError: keyed by parameter
    """
    given = known_only(params, _SEARCH)
    q = one_text(given, "q")
    filters = [one for one in (one_text(given, "fq"), *listed(given, "fq_list")) if one.strip()]
    for name, text in (("q", q), *(("fq", one) for one in filters)):
        refuse_machinery(name, text)
    facets = tuple(listed(given, "facet.field")) if tk.asbool(given.get("facet", True)) else ()
    if set(facets) - set(FACETS):
        raise tk.ValidationError({"facet.field": [tk._("Choose one of: {names}").format(names=", ".join(FACETS))]})
    sort = sort_of(given)
    page = search.find(
        Wanted(
            types,
            q=standards.without_stop_words(q) if q not in ("", '""', "''") else "*:*",
            fq=filters,
            rows=number(given, "rows", 10, tk.asint(tk.config.get("ckan.search.rows_max") or 1000)),
            start=number(given, "start", 0),
            sort=sort,
            facets=facets,
            facet_limit=number(given, "facet.limit", 50, 1000),
            facet_mincount=number(given, "facet.mincount", 1),
        )
    )
    return {
        "count": page.total,
        "sort": sort,
        "facets": page.facets,
        "results": page.records,
        "search_facets": {
            name: {
                "title": name,
                "items": [
                    {"name": value, "display_name": value, "count": count}
                    for value, count in sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))
                ],
            }
            for name, counts in page.facets.items()
        },
    }


def package_show(types: Types, params: Mapping[str, Any]) -> dict[str, Any]:
    """One record: the very one a search gives.

    :raises ObjectNotFound: there is none, or it is not for everybody; nobody is told which
    """
    name = one_text(known_only(params, {"id"}), "id")
    if not name:
        raise tk.ValidationError({"id": [tk._("Missing value")]})
    wanted = Wanted(types, frame=["{!bool should=$satudata_id should=$satudata_name}"], rows=2)
    wanted.own = {
        "satudata_id": "{!term f=id v=$satudata_asked}",
        "satudata_name": "{!term f=name v=$satudata_asked}",
        "satudata_asked": name,
    }
    found = search.find(wanted).records
    exact = [one for one in found if one["id"] == name] or found
    if not exact:
        raise tk.ObjectNotFound()
    return exact[0]


def package_list(types: Types, params: Mapping[str, Any]) -> list[str]:
    """Names of all that the view shows, in order."""
    given = known_only(params, {"limit", "offset"})
    limit = number(given, "limit", 0) if given.get("limit") not in (None, "") else None
    return search.names(types, limit, number(given, "offset", 0))


def status_show(types: Types, params: Mapping[str, Any]) -> dict[str, Any]:
    """CKAN's own status, as anonymous reads it."""
    known_only(params, ())
    status = tk.get_action("status_show")({"user": "", "ignore_auth": False}, {})
    return {name: status[name] for name in _STATUS if name in status}


def organization_show(types: Types, params: Mapping[str, Any]) -> dict[str, Any]:
    """One organization."""
    return groups.show(types, params, True)


def organization_list(types: Types, params: Mapping[str, Any]) -> list[Any]:
    """Organizations."""
    return groups.all_of(types, params, True)


def group_show(types: Types, params: Mapping[str, Any]) -> dict[str, Any]:
    """One group."""
    return groups.show(types, params, False)


def group_list(types: Types, params: Mapping[str, Any]) -> list[Any]:
    """Groups."""
    return groups.all_of(types, params, False)


ACTIONS: dict[str, Callable[[Types, Mapping[str, Any]], Any]] = {
    function.__name__: function
    for function in (
        package_search,
        package_show,
        package_list,
        organization_show,
        organization_list,
        group_show,
        group_list,
        status_show,
    )
}
