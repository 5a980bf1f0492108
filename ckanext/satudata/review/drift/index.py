"""What Solr knows of packages, batch by batch: one request each, however many packages and labels."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

import ckantoolkit as tk
from ckan.lib.search.common import make_connection

#: Ids in one request; the body of a POST, so no address grows too long.
BATCH = 500


class Indexed(NamedTuple):
    """One package as the index shows it."""

    state: str
    private: bool
    #: In UTC, to the millisecond: Solr keeps no more.
    modified: dt.datetime | None
    labels: frozenset[str]


def of(package_ids: Iterable[str]) -> dict[str, Indexed]:
    """What the index holds of these packages; those it lacks are not in the answer.

    Labels are indexed but not stored, so they are asked for as facets per id.

    :raises pysolr.SolrError: Solr refuses or is away
    """
    wanted = list(package_ids)
    if not wanted:
        return {}
    labels = {"type": "terms", "field": "permission_labels", "limit": -1}
    facet = {"ids": {"type": "terms", "field": "id", "limit": -1, "facet": {"labels": labels}}}
    found = _connection().search(
        "*:*",
        fq=[_ours(), "{!terms f=id}" + ",".join(wanted)],
        fl="id,state,capacity,metadata_modified",
        rows=len(wanted),
        **{"json.facet": json.dumps(facet)},
    )
    buckets = found.raw_response.get("facets", {}).get("ids", {}).get("buckets", [])
    labels_of = {bucket["val"]: frozenset(one["val"] for one in bucket["labels"]["buckets"]) for bucket in buckets}
    return {
        doc["id"]: Indexed(
            doc.get("state", ""),
            doc.get("capacity") != "public",
            _moment(doc.get("metadata_modified")),
            labels_of.get(doc["id"], frozenset()),
        )
        for doc in found.docs
    }


def to_milliseconds(moment: dt.datetime) -> dt.datetime:
    """A moment as exactly as the index keeps it."""
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000, tzinfo=None)


def _moment(value: Any) -> dt.datetime | None:
    # Solr leaves out what is zero: 13:50:33Z, 13:50:33.120Z; Python 3.10 reads three or six digits or none.
    return dt.datetime.fromisoformat(value.rstrip("Z")) if isinstance(value, str) else None


def ids() -> Iterator[list[str]]:
    """The ids of all packages in the index, in batches."""
    connection, mark = _connection(), "*"
    while True:
        found = connection.search("*:*", fq=_ours(), fl="id", rows=BATCH, sort="index_id asc", cursorMark=mark)
        if found.docs:
            yield [doc["id"] for doc in found.docs]
        following: Any = found.nextCursorMark
        if not following or following == mark:
            return
        mark = following


def _connection() -> Any:
    """CKAN's connection without its reading of dates, which leaves out the fractions of a second."""
    return make_connection(decode_dates=False)


def _ours() -> str:
    return f'+site_id:"{tk.config.get("ckan.site_id")}" +entity_type:package'
