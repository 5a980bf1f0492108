"""Helpers of the search pages."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import ckantoolkit as tk

from ckanext.satudata.standards import registry

from .document import BAND, FRESHNESS, PRIORITY, PRODUCER, RELEASED, SCORE
from .facets import FIELDS

#: The entry of CKAN's own list of sortings that only lists of packages have.
_PACKAGES = "metadata_modified desc"


def satudata_sorting(sorting: Any) -> Any:
    """CKAN's ways to sort a list of packages, and ours: newest data, highest and lowest quality.

    :param sorting: ``[(label, Solr's sort), …]`` as the page gives it; lists of other things stay as they are
    """
    if not sorting or _PACKAGES not in [value for _label, value in sorting]:
        return sorting
    return [
        *sorting,
        (tk._("Newest data"), f"{RELEASED} desc, {_PACKAGES}"),
        (tk._("Highest quality"), f"{SCORE} desc, {_PACKAGES}"),
        (tk._("Lowest quality"), f"{SCORE} asc, {_PACKAGES}"),
    ]


def satudata_is_own_facet(name: str) -> bool:
    """Whether a facet is one of ours: those stay away from the page while they divide nothing."""
    return name in (*FIELDS, BAND, FRESHNESS, PRIORITY, "dataset_type") or name.startswith(PRODUCER)


def satudata_type_words(package_type: str) -> dict[str, str] | None:
    """What the pages of a type of ours say where CKAN would speak of datasets; None for any other type."""
    if package_type not in registry.own_types() or package_type == "dataset":
        return None
    if package_type == "kegiatan":
        return {"title": tk._("Statistical activities"), "search": tk._("Search statistical activities…")}
    return {"title": tk._("Indicators"), "search": tk._("Search indicators…")}


HELPERS: dict[str, Callable[..., Any]] = {
    "satudata_is_own_facet": satudata_is_own_facet,
    "satudata_sorting": satudata_sorting,
    "satudata_type_words": satudata_type_words,
}
