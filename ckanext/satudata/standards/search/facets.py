"""The facets of the search pages: which, in which order, and what their values are called in the reader's language.

CKAN counts facets in the same query that the reader's permission labels filter: nothing hidden is counted.
"""

from __future__ import annotations

import re
from collections import OrderedDict
from collections.abc import Iterable
from typing import Any

import ckantoolkit as tk
import sqlalchemy as sa
from ckan import model
from flask import has_request_context, request

from ckanext.satudata import config, startup
from ckanext.satudata.languages import current, text_in
from ckanext.satudata.regions import service as regions
from ckanext.satudata.standards import registry
from ckanext.satudata.standards.quality import words
from ckanext.satudata.standards.quality.freshness import STATES
from ckanext.satudata.standards.quality.weights import BANDS

from .document import BAND, FRESHNESS, LEVELS, PRIORITY, PRODUCER

#: Fields of the schema that are facets; their values are the choices of the form.
FIELDS = ("urusan", "tingkat_penyajian", "frekuensi", "jenis_data", "accesslevel")
_LEVEL = re.compile(rf"^{PRODUCER}(\d)$")
group = model.Group.__table__


# -- which ----------------------------------------------------------------------------------------------------


def of_datasets(facets: Any, package_type: str) -> Any:
    """``IFacets.dataset_facets``: ours first, then those of CKAN; other types have the producers only."""
    if not config.search_facets():
        return facets
    if package_type != "dataset":
        return OrderedDict([*_producers(), *_without(facets, ("res_format", "groups", "license_id"))])
    return OrderedDict([*_ours(), *facets.items()])


def of_organization(facets: Any) -> Any:
    """``IFacets.organization_facets``: the owner is known, the type is not."""
    if not config.search_facets():
        return facets
    return OrderedDict([("dataset_type", tk._("Type")), *_ours(producers=False), *facets.items()])


def of_group(facets: Any) -> Any:
    """``IFacets.group_facets``."""
    return OrderedDict([*_ours(), *facets.items()]) if config.search_facets() else facets


def _without(facets: Any, names: Iterable[str]) -> list[tuple[str, str]]:
    return [(name, title) for name, title in facets.items() if name not in set(names)]


def _ours(producers: bool = True) -> list[tuple[str, str]]:
    fields = registry.fields_of("dataset")
    named = {name: text_in(fields[name].get("label"), current()) for name in FIELDS if name in fields}
    found = _producers() if producers else []
    found += [(name, named[name]) for name in FIELDS[:3] if name in named]
    found += [(PRIORITY, tk._("Priority data")), (BAND, tk._("Quality")), (FRESHNESS, tk._("Freshness"))]
    return found + [(name, named[name]) for name in FIELDS[3:] if name in named]


def _producers() -> list[tuple[str, str]]:
    """The levels of the tree that help now: those chosen, and the one below; at first the topmost that divides."""
    chosen = sorted(
        int(match[1])
        for name in (request.args if has_request_context() else ())
        if (match := _LEVEL.match(name)) and int(match[1]) < LEVELS
    )
    if not chosen and not startup.is_migrated():
        return []
    levels = [*chosen, min(max(chosen) + 1, LEVELS - 1)] if chosen else [regions.dividing_level()]
    titles = {level: tk._("Producer, with everything below it") for level in levels[:1]}
    return [(f"{PRODUCER}{n}", titles.get(n) or tk._("Below it")) for n in dict.fromkeys(levels)]


# -- what the values are called -------------------------------------------------------------------------------


def name_values(search_results: dict[str, Any]) -> None:
    """``IPackageController.after_dataset_search``: values of our facets get their names.

    One query, for the titles of organizations.
    """
    found = search_results.get("search_facets") or {}
    for name, labels in _labels(found).items():
        for item in found[name]["items"]:
            item["display_name"] = labels.get(item["name"], item["display_name"])
    for name in found:
        if name in TITLES or _LEVEL.match(name):
            found[name]["title"] = TITLES[name]() if name in TITLES else tk._("Producer, with everything below it")


TITLES: dict[str, Any] = {
    PRIORITY: lambda: tk._("Priority data"),
    BAND: lambda: tk._("Quality"),
    FRESHNESS: lambda: tk._("Freshness"),
}


def _labels(found: dict[str, Any]) -> dict[str, dict[str, str]]:
    """For each of our facets in this answer its values and their names."""
    labels: dict[str, dict[str, str]] = {}
    fields = registry.fields_of("dataset") if any(name in found for name in FIELDS) else {}
    for name in FIELDS:
        if name in found and name in fields:
            choices = fields[name].get("choices") or []
            labels[name] = {str(c["value"]): text_in(c.get("label") or c["value"], current()) for c in choices}
    if BAND in found:
        labels[BAND] = {name: words.band(name) for name in BANDS}
    if FRESHNESS in found:
        labels[FRESHNESS] = {name: words.freshness(name) for name in STATES}
    if PRIORITY in found:
        labels[PRIORITY] = {
            "prioritas_nasional": tk._("National priority"),
            "prioritas_daerah": tk._("Local priority"),
        }
    if "dataset_type" in found:
        labels["dataset_type"] = types()
    levels = [name for name in found if _LEVEL.match(name)]
    if levels:
        ids = {item["name"] for name in levels for item in found[name]["items"]}
        titles = _organizations(ids)
        labels.update(dict.fromkeys(levels, titles))
    return labels


def types() -> dict[str, str]:
    """The types of packages in words."""
    return {
        "dataset": tk._("Datasets"),
        "kegiatan": tk._("Statistical activities"),
        "indikator": tk._("Indicators"),
    }


def _organizations(ids: set[str]) -> dict[str, str]:
    if not ids:
        return {}
    rows = model.Session.execute(sa.select(group.c.id, group.c.title, group.c.name).where(group.c.id.in_(ids)))
    return {row.id: row.title or row.name for row in rows}
