"""What the actions of this part take, and the errors for what they do not."""

from __future__ import annotations

import re
from typing import Any

import ckantoolkit as tk

from ckanext.satudata.listing import refuse_unknown
from ckanext.satudata.regions import service as regions
from ckanext.satudata.standards.search import document

from . import queries
from .freshness import STATES
from .weights import BANDS

#: What a list of scores can be sorted by → Solr's field.
SORTS = {
    "score": document.SCORE,
    "modified": "metadata_modified",
    "released": document.RELEASED,
    "title": "title_string",
}
_NAME = re.compile(r"^[A-Za-z0-9_-]{1,100}$")


def filters_of(data_dict: dict[str, Any]) -> tuple[list[str], str]:
    """Filter queries and sorting of ``satudata_quality_list``.

    :raises ValidationError: keyed by parameter
    """
    refuse_unknown(data_dict, ("organization", "band", "freshness", "type", "sort", "limit", "offset"))
    errors: dict[str, list[str]] = {}
    found = []
    if data_dict.get("organization"):
        node = _node(str(data_dict["organization"]), errors)
        if node:
            found.append(f'+{document.PRODUCER}{node.depth}:"{node.organization_id}"')
    for name, field, known in (("band", document.BAND, BANDS), ("freshness", document.FRESHNESS, STATES)):
        value = data_dict.get(name)
        if value and value not in known:
            errors[name] = [tk._("Choose one of: {allowed}").format(allowed=", ".join(known))]
        elif value:
            found.append(f"+{field}:{value}")
    if data_dict.get("type"):
        if _NAME.match(str(data_dict["type"])):
            found.append(f'+dataset_type:"{data_dict["type"]}"')
        else:
            errors["type"] = [tk._("Give the name of a type, for example dataset")]
    name, descending = _sort(data_dict, tuple(SORTS), "score", errors)
    if errors:
        raise tk.ValidationError(errors)
    return found, f"{SORTS[name]} {'desc' if descending else 'asc'}, id asc"


def summary_of(data_dict: dict[str, Any]) -> tuple[queries.Node | None, str, bool]:
    """Organization and sorting of ``satudata_quality_summary``.

    :raises ValidationError: keyed by parameter
    """
    refuse_unknown(data_dict, ("organization", "sort", "limit", "offset"))
    errors: dict[str, list[str]] = {}
    node = _node(str(data_dict["organization"]), errors) if data_dict.get("organization") else None
    name, descending = _sort(data_dict, queries.SORTS, "score", errors)
    if errors:
        raise tk.ValidationError(errors)
    return node, name, descending


def _node(reference: str, errors: dict[str, list[str]]) -> queries.Node | None:
    try:
        found = regions.find(reference)
    except ValueError as error:
        errors["organization"] = [str(error)]
        return None
    if found is None:
        errors["organization"] = [tk._("There is no such organization")]
        return None
    return queries.Node(found["organization_id"], int(found["depth"]))


def _sort(
    data_dict: dict[str, Any], known: tuple[str, ...], default: str, errors: dict[str, list[str]]
) -> tuple[str, bool]:
    """``score`` or ``score desc``; worst first where nothing is said: that is where help is wanted."""
    words = str(data_dict.get("sort") or default).split()
    if not words or words[0] not in known or words[1:] not in ([], ["asc"], ["desc"]):
        errors["sort"] = [tk._("Choose one of: {allowed}").format(allowed=", ".join(known))]
        return default, False
    return words[0], words[1:] == ["desc"]
