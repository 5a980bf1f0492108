"""Helpers of the search pages."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import ckantoolkit as tk

from ckanext.satudata import config

from .document import RELEASED, SCORE

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


def satudata_hides_empty_facets() -> bool:
    """Whether facets that divide nothing are left out of the pages."""
    return config.search_facets()


def satudata_facet_label(item: dict[str, Any]) -> str:
    """What a value of a facet is called, in full."""
    return str(item.get("display_name") or item.get("name") or "")


def satudata_type_words(package_type: str) -> dict[str, str] | None:
    """What the pages of a type of ours say where CKAN would speak of datasets; None for any other type."""
    if package_type == "kegiatan":
        return {
            "title": tk._("Statistical activities"),
            "search": tk._("Search statistical activities…"),
            "add": tk._("Add a statistical activity"),
            "new": tk._("New statistical activity"),
            "edit": tk._("Edit the statistical activity"),
            "view": tk._("View the statistical activity"),
            "none": tk._("No statistical activities found"),
        }
    if package_type == "indikator":
        return {
            "title": tk._("Indicators"),
            "search": tk._("Search indicators…"),
            "add": tk._("Add an indicator"),
            "new": tk._("New indicator"),
            "edit": tk._("Edit the indicator"),
            "view": tk._("View the indicator"),
            "none": tk._("No indicators found"),
        }
    return None


def satudata_found(package_type: str, count: int) -> str:
    """How many were found, for the types of ours: CKAN would put an English s behind the name of the type."""
    words = satudata_type_words(package_type) or {}
    if not count:
        return words.get("none", "")
    number = tk.h.localised_number(count)
    if package_type == "kegiatan":
        found = tk.ungettext("{number} statistical activity found", "{number} statistical activities found", count)
    else:
        found = tk.ungettext("{number} indicator found", "{number} indicators found", count)
    return str(found.format(number=number))


#: What CKAN asks for → which of our words.
_PURPOSES = {
    "add link": "add", "breadcrumb": "title", "content tab": "title", "facet label": "title", "main nav": "title",
    "page title": "title", "my label": "title", "create label": "new", "create title": "new", "edit label": "edit",
    "view label": "view", "search placeholder": "search",
}  # fmt: skip


@tk.chained_helper
def humanize_entity_type(next_helper: Callable[..., Any], entity_type: str, object_type: str, purpose: str) -> Any:
    """CKAN's words for a type, and ours for the types of ours: it knows no plural but the English one."""
    words = satudata_type_words(object_type) if entity_type == "package" else None
    if words and purpose in _PURPOSES:
        return words[_PURPOSES[purpose]]
    return next_helper(entity_type, object_type, purpose)


HELPERS: dict[str, Callable[..., Any]] = {
    "humanize_entity_type": humanize_entity_type,
    "satudata_found": satudata_found,
    "satudata_facet_label": satudata_facet_label,
    "satudata_hides_empty_facets": satudata_hides_empty_facets,
    "satudata_sorting": satudata_sorting,
    "satudata_type_words": satudata_type_words,
}
