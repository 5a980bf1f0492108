"""Helpers of templates: the score as a page shows it. They read rows; nothing is computed on view."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import ckantoolkit as tk
from flask import g, has_request_context

from ckanext.satudata.principles import principle_label
from ckanext.satudata.standards.periods import parse_day

from . import service, words

#: How much advice stands on a page; the rest follows once these are done.
MOST_ADVICE = 5


def satudata_quality(pkg: dict[str, Any]) -> dict[str, Any] | None:
    """The score of the dataset on this page, with advice for those concerned; None where it has none.

    :returns: as ``satudata_quality_show``, with words: ``label``, ``freshness_label``, ``due``, ``parts``
        (``{label, score}`` per principle) and ``advice`` (each with its ``href`` in the form)
    """
    if not pkg.get("id"):
        return None
    # A page shows badge and advice in two places.
    known: dict[str, Any] = g.setdefault("satudata_quality", {}) if has_request_context() else {}
    if pkg["id"] not in known:
        known[pkg["id"]] = _quality(pkg)
    return known[pkg["id"]]


def _quality(pkg: dict[str, Any]) -> dict[str, Any] | None:
    try:
        found = tk.get_action("satudata_quality_show")({}, {"id": pkg["id"]})
    except (tk.ObjectNotFound, tk.NotAuthorized):
        return None
    edit = tk.url_for(f"{pkg.get('type') or 'dataset'}.edit", id=pkg.get("name") or pkg["id"])
    return {
        **found,
        **_words(found["score"], found["band"], found["freshness"]),
        "due": words.day(parse_day(found["next_due"])),
        "parts": [{"label": principle_label(name), "score": score} for name, score in found["principles"].items()],
        "advice": [
            {**one, "href": edit + words.anchor(one["field"])}
            for one in found.get("advice", [])[:MOST_ADVICE]
            if one["points"] > 0
        ],
        "concerned": "advice" in found,
    }


def satudata_quality_many(package_ids: Iterable[str]) -> dict[str, dict[str, Any]]:
    """Badges for a list of datasets, by id, in one query. Only for lists of what the reader may see."""
    return {
        package_id: {"score": row.score, **_words(row.score, row.band, row.freshness), "freshness": row.freshness,
                     "band": row.band}
        for package_id, row in service.of_many(package_ids).items()
    }  # fmt: skip


def _words(score: int, band: str, freshness: str | None) -> dict[str, Any]:
    return {
        "label": words.band(band),
        "freshness_label": words.freshness(freshness) if freshness else "",
        "text": tk._("{score} of 100").format(score=score),
    }


def satudata_points(value: float) -> str:
    """Points with one decimal where there is one, as the reader writes numbers."""
    return str(tk.h.localised_number(int(value) if value == int(value) else round(value, 1)))


HELPERS: dict[str, Callable[..., Any]] = {
    "satudata_points": satudata_points,
    "satudata_quality": satudata_quality,
    "satudata_quality_many": satudata_quality_many,
}
