"""Joint producers: who made data together with their owner, on the page of the data and of the organization."""

from __future__ import annotations

import re
from typing import Any

import ckantoolkit as tk

from ckanext.satudata.regions import service as regions

FIELD = "produsen_bersama"
#: As a list for facets and filters; ``vocab_`` is a list of whole texts in CKAN's own Solr schema.
INDEXED = f"vocab_{FIELD}"
#: How many of the data of an organization its page names.
MOST = 5
_LONGEST = 200
#: More joint producers than this are a text, not a list; those after them are no links.
_MOST_NAMES = 50


def names(value: Any) -> list[str]:
    """The organizations in a field: parted by semicolons or lines; by commas where neither stands there."""
    if isinstance(value, list):
        parts = [str(item) for item in value]
    else:
        text = str(value or "")
        parts = re.split(r"[;\n]", text) if re.search(r"[;\n]", text) else text.split(",")
    found = (" ".join(part.split())[:_LONGEST] for part in parts)
    return list(dict.fromkeys(name for name in found if name))


def key(name: str) -> str:
    """How a name is compared: without case and repeated spaces."""
    return " ".join(name.split()).casefold()


def for_index(pkg_dict: dict[str, Any]) -> None:
    """Add the names to a document of the index; no query."""
    listed = [key(name) for name in names(pkg_dict.get(FIELD))]
    if listed:
        pkg_dict[INDEXED] = listed


def producers(value: Any) -> list[dict[str, str]]:
    """The joint producers of a dataset: ``title`` and, for organizations of the portal, ``name``; one query."""
    given = names(value)
    if not given:
        return []
    known = regions.called(given[:_MOST_NAMES])
    return [
        {"title": known[name]["title"], "name": known[name]["name"]} if name in known else {"title": name, "name": ""}
        for name in given
    ]


def data_of(organization: dict[str, Any]) -> dict[str, Any] | None:
    """Data an organization produces together with others, as the reader may see them; one search.

    :param organization: as organization_show gives it
    :returns: ``count``, ``results`` (the first few) and ``href``; None where there are none
    """
    wanted = {key(str(organization.get(name) or "")) for name in ("title", "name")}
    region = regions.region_of(str(organization.get("id") or ""))
    wanted |= {key(alias) for alias in (region or {}).get("aliases") or []}
    phrases = " OR ".join(f'"{_quoted(name)}"' for name in sorted(wanted) if name)
    if not phrases:
        return None
    query = f"{INDEXED}:({phrases})"
    found = tk.get_action("package_search")({}, {"fq": query, "rows": MOST, "sort": "metadata_modified desc"})
    if not found["count"]:
        return None
    return {
        "count": found["count"],
        "results": [
            {
                "title": item.get("title") or item["name"],
                "name": item["name"],
                "type": item.get("type") or "dataset",
                "organization": (item.get("organization") or {}).get("title") or "",
            }
            for item in found["results"]
        ],
    }


def _quoted(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"')
