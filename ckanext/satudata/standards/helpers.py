"""Helpers of templates of this room."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import ckantoolkit as tk
from babel.dates import format_date

from ckanext.satudata.standards import forms
from ckanext.satudata.standards.language import current
from ckanext.satudata.standards.periods import parse_day, parse_period


def satudata_form_state(
    dataset_type: str, data: dict[str, Any], errors: dict[str, Any] | None = None
) -> dict[str, Any]:
    """Groups of the form and what is still missing; see ``standards.forms.state``."""
    return forms.state(dataset_type, data, errors)


def satudata_is_managed(dataset_type: str, data: dict[str, Any] | None = None) -> bool:
    """Whether the review publishes this dataset, so that CKAN's own publishing has no place in its form."""
    return forms.is_managed(dataset_type, data or {})


def satudata_display_groups(dataset_type: str, pkg: dict[str, Any]) -> list[dict[str, Any]]:
    """The filled fields of a dataset, by group."""
    return forms.display_groups(dataset_type, pkg)


def satudata_dots(done: int, total: int) -> str:
    """``●●●○`` for three of four; said in words beside it, for colour and shape alone carry no meaning."""
    return "●" * done + "○" * (total - done)


def satudata_day(value: Any) -> str:
    """A stored day in words of the reader's language ("Senin, 23 November 2026"); other text as it is."""
    day = parse_day(value)
    return format_date(day, "full", locale=_locale()) if day else str(value or "")


def satudata_period(value: Any) -> str:
    """A stored period in words: a day, a month, a quarter, a half or a year; other text as it is."""
    text, period = str(value or "").strip(), parse_period(value)
    if period is None:
        return text
    if period.start == period.end:
        return format_date(period.start, "long", locale=_locale())
    months = (period.end.month - period.start.month) + 1
    if months == 1:
        return format_date(period.start, "MMMM y", locale=_locale())
    if months == 3:
        return tk._("quarter {number} of {year}").format(number=period.end.month // 3, year=period.start.year)
    if months == 6:
        return tk._("half {number} of {year}").format(number=period.end.month // 6, year=period.start.year)
    return str(period.start.year)


def satudata_region_names(value: Any) -> list[dict[str, Any]]:
    """The regions behind a text of Kemendagri codes, ``{code, title, name}`` each, in one query."""
    from ckanext.satudata.regions import service as regions

    codes = [code.strip() for code in str(value or "").split(",") if code.strip()]
    known = regions.regions_by_code(codes)
    return [
        {
            "code": code,
            "title": known[code]["title"] if code in known else "",
            "name": known[code]["name"] if code in known else "",
        }
        for code in codes
    ]


def _locale() -> str:
    return "id" if current().startswith("id") else "en"


HELPERS: dict[str, Callable[..., Any]] = {
    "satudata_day": satudata_day,
    "satudata_display_groups": satudata_display_groups,
    "satudata_dots": satudata_dots,
    "satudata_form_state": satudata_form_state,
    "satudata_is_managed": satudata_is_managed,
    "satudata_period": satudata_period,
    "satudata_region_names": satudata_region_names,
}
