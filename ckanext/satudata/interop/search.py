"""Finding what the harvest view shows: one search, and four queries at most, however many rows.

What is open is found by its public label, as for anonymous. Published data whose access is *terbatas* are private for
CKAN; their ids come from the database, where state and access are, and are added to the filter. The index holds more
of them than everybody may know (names of files above all), so they join a search only where all it asks for stands in
their record. What the index says is public is asked of the database once more: an index that fell behind shows nothing.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import ckantoolkit as tk
import pysolr
import sqlalchemy as sa
from ckan import model
from ckan.lib.search.common import SearchError, SolrConnectionError, make_connection
from ckan.lib.search.query import QUERY_FIELDS

from ckanext.satudata.review.access import service as access
from ckanext.satudata.review.labels import PUBLIC
from ckanext.satudata.standards import service as standards

from . import flatten
from .question import WORDS, fields_named

#: Fields of the index that hold nothing but what stands in the record of restricted data, besides those of the schema.
_TOLD = frozenset(
    "* id name title title_string notes organization owner_org tags license_id maintainer maintainer_email "
    "metadata_created metadata_modified dataset_type state site_id entity_type".split()
    + [f"satudata_produsen_{level}" for level in range(8)]
)
#: Where words without a field are looked for in restricted data.
_WORD_FIELDS = "name^4 title^4 tags^2 notes organization extras_konsep extras_definisi"


class Found(NamedTuple):
    """A page of a search.

    :ivar total: how many there are, on all pages
    """

    total: int
    records: list[dict[str, Any]]
    facets: dict[str, dict[str, int]]


@dataclass
class Wanted:
    """A search, checked.

    :ivar types: package types the view shows
    :ivar q: the client's words or query
    :ivar fq: the client's filters
    :ivar frame: filters of the view's own
    :ivar own: parameters these refer to
    :ivar limited: whether restricted data may be among what is found and counted
    """

    types: tuple[str, ...]
    q: str = "*:*"
    fq: list[str] = field(default_factory=list)
    rows: int = 10
    start: int = 0
    sort: str = "id asc"
    facets: tuple[str, ...] = ()
    facet_limit: int = 50
    facet_mincount: int = 1
    frame: list[str] = field(default_factory=list)
    own: dict[str, str] = field(default_factory=dict)
    limited: bool = True


def find(wanted: Wanted) -> Found:
    """The page that was asked for.

    :raises SearchError: Solr does not understand the question
    :raises SolrConnectionError: Solr does not answer
    """
    response = _ask(wanted)
    ids = [doc["id"] for doc in response.docs]
    open_ids = _public(ids, wanted.types)
    others = access.described(set(ids) - open_ids)
    records = []
    for doc in response.docs:
        if doc["id"] in open_ids and doc.get("validated_data_dict"):
            records.append(of_open(json.loads(doc["validated_data_dict"])))
        elif doc["id"] in others and others[doc["id"]]["type"] in wanted.types:
            records.append(of_limited(others[doc["id"]]))
    return Found(int(response.hits), records, _facets(response, wanted.facets))


def _ask(wanted: Wanted) -> Any:
    limited = _limited(wanted)
    params: dict[str, Any] = {
        "q": wanted.q,
        "fq": [
            *wanted.fq,
            *wanted.frame,
            *_frame(wanted.types),
            "{!bool should=$satudata_open should=$satudata_limited}" if limited else "{!query v=$satudata_open}",
        ],
        "rows": wanted.rows,
        "start": wanted.start,
        "sort": wanted.sort,
        "fl": "id validated_data_dict",
        "df": "text",
        "q.op": "AND",
        "facet": "true" if wanted.facets else "false",
        "facet.field": list(wanted.facets),
        "facet.limit": wanted.facet_limit,
        "facet.mincount": wanted.facet_mincount,
        "satudata_open": f"{{!term f=permission_labels v='{PUBLIC}'}}",
        **limited,
        **wanted.own,
    }
    if ":" not in wanted.q:
        # As CKAN asks for words.
        params.update({"defType": "dismax", "tie": "0.1", "mm": "2<-1 5<80%", "qf": QUERY_FIELDS})
    try:
        return make_connection(decode_dates=False).search(**params)
    except pysolr.SolrError as error:
        message = str(error.args[0]) if error.args else ""
        if "connect" in message.lower():
            raise SolrConnectionError("Solr returned an error while searching.") from error
        raise SearchError("The search server did not understand this query") from error


def _frame(types: Iterable[str]) -> list[str]:
    site = str(tk.config.get("ckan.site_id")).replace("\\", "\\\\").replace('"', '\\"')
    return [f'+site_id:"{site}"', "+state:active", f"+dataset_type:({' OR '.join(types)})"]


def _limited(wanted: Wanted) -> dict[str, str]:
    """The parameters that add restricted data, where all that is asked for stands in their records; else none."""
    words = ":" not in wanted.q
    named = frozenset[str]().union(*(fields_named(one) for one in [*wanted.fq, *([] if words else [wanted.q])]))
    ids = access.limited_ids(wanted.types) if wanted.limited and named <= told(wanted.types) else []
    if not ids:
        return {}
    params = {"satudata_ids": ",".join(ids), "satudata_limited": "{!terms f=id v=$satudata_ids}"}
    if words:
        params["satudata_words"] = f"{{!dismax qf='{_WORD_FIELDS}' mm='2<-1 5<80%' v=$q}}"
        params["satudata_terms"] = params["satudata_limited"]
        params["satudata_limited"] = "{!bool must=$satudata_terms must=$satudata_words}"
    return params


def told(types: Iterable[str]) -> frozenset[str]:
    """Fields a search may name and still find restricted data: never the bare words of everything (``WORDS``)."""
    names = frozenset[str]().union(*(access.searchable(one) for one in types))
    return (_TOLD | names | {f"{prefix}_{name}" for name in names for prefix in ("extras", "vocab")}) - {WORDS}


def _public(ids: list[str], types: tuple[str, ...]) -> set[str]:
    """Those the database calls open to everybody; one query."""
    if not ids:
        return set()
    package = model.Package
    query = sa.select(package.id).where(
        package.id.in_(ids),
        package.state == model.State.ACTIVE,
        package.private.is_(False),
        package.type.in_(types),
    )
    return set(model.Session.scalars(query))


def names(types: tuple[str, ...], limit: int | None, offset: int) -> list[str]:
    """Names of everything the view shows, in order; two queries."""
    package = model.Package
    is_open = sa.and_(package.state == model.State.ACTIVE, package.private.is_(False), package.type.in_(types))
    query = sa.select(package.name).where(sa.or_(is_open, package.id.in_(access.limited_ids(types))))
    # By bytes, so that the order is the same on every server.
    query = query.order_by(sa.collate(package.name, "C")).offset(offset)
    return list(model.Session.scalars(query if limit is None else query.limit(limit)))


def _facets(response: Any, asked: tuple[str, ...]) -> dict[str, dict[str, int]]:
    counted = (response.facets or {}).get("facet_fields", {})
    pairs = {name: counted.get(name, []) for name in asked}
    return {name: dict(zip(values[0::2], values[1::2], strict=True)) for name, values in pairs.items()}


# -- records ---------------------------------------------------------------------------------------------------


def of_open(pkg: Mapping[str, Any]) -> dict[str, Any]:
    """The record of data everybody may see whole."""
    package_type = str(pkg.get("type") or "dataset")
    return flatten.record(pkg, standards.field_names(package_type), standards.resource_field_names(package_type))


def of_limited(pkg: Mapping[str, Any]) -> dict[str, Any]:
    """The record of published data whose files are restricted; says so, and whom to ask.

    :param pkg: as ``described`` of the room of access gives it
    """
    page = str(tk.url_for("satudata_restricted.show", id=pkg["id"], qualified=True, locale="default"))
    contact = " ".join(flatten.text(pkg.get(key)) for key in ("maintainer", "maintainer_email")).strip()
    more = {"accesslevel": str(pkg["accesslevel"]), "akses_halaman": page, "akses_permintaan": _how(contact)}
    return flatten.record(pkg, standards.field_names(str(pkg["type"])), (), more)


def _how(contact: str) -> str:
    """In both languages at once: the record is the same for every reader."""
    if contact:
        return (
            f"Berkasnya terbatas. Permintaan data: {contact}. Alasan pembatasan ada di akses_halaman. / "
            f"The files are restricted. Ask for them: {contact}. Why they are restricted is told at akses_halaman."
        )
    return (
        "Berkasnya terbatas. Permintaan data diajukan kepada organisasi pemilik data; lihat akses_halaman. / "
        "The files are restricted. Ask the organization that owns the data; see akses_halaman."
    )
