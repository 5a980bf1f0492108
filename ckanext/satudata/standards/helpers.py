"""Helpers of templates of this room."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timezone
from typing import Any

import ckantoolkit as tk
from babel.dates import format_date

from ckanext.satudata import moments
from ckanext.satudata.languages import current
from ckanext.satudata.standards import conditions, forms, links, page
from ckanext.satudata.standards.periods import parse_day, parse_period
from ckanext.satudata.standards.validators import pairs_of


def satudata_form_state(
    dataset_type: str, data: dict[str, Any], errors: dict[str, Any] | None = None
) -> dict[str, Any]:
    """Groups of the form and what is still missing; see ``standards.forms.state``."""
    return forms.state(dataset_type, data, errors)


def satudata_first_gap(package: dict[str, Any]) -> str:
    """Where in the form the first thing stands that is still missing; see ``standards.forms.first_gap``."""
    return forms.first_gap(package)


def satudata_has_files(dataset_type: str) -> bool:
    """Whether the form of this type goes on to files; see ``standards.forms.has_files``."""
    return forms.has_files(dataset_type)


def satudata_is_managed(dataset_type: str, data: dict[str, Any] | None = None) -> bool:
    """Whether the review publishes this dataset, so that CKAN's own publishing has no place in its form."""
    return forms.is_managed(dataset_type, data or {})


def satudata_display_groups(dataset_type: str, pkg: dict[str, Any]) -> list[dict[str, Any]]:
    """The filled fields of a dataset, by group."""
    return page.groups(dataset_type, pkg)


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


def satudata_saved(modified: Any) -> str:
    """When a form was last saved, from the UTC time CKAN keeps: "saved 10:42 ✓", with the day if it was not today."""
    try:
        at = datetime.fromisoformat(str(modified)).replace(tzinfo=timezone.utc).astimezone(tk.h.get_display_timezone())
    except ValueError:
        return ""
    time = at.strftime("%H:%M")
    if at.date() == datetime.now(at.tzinfo).date():
        return tk._("saved {time} ✓").format(time=time)
    return tk._("saved {day}, {time} ✓").format(day=format_date(at.date(), "full", locale=_locale()), time=time)


def satudata_day_of(moment: Any) -> str:
    """The day of a moment CKAN keeps in UTC, in words and in the portal's time zone; other text as it is.

    At 03:00 in Jakarta it is still the day before in UTC: the first ten characters would name that one.
    """
    try:
        at = datetime.fromisoformat(str(moment))
    except ValueError:
        return str(moment or "")
    return format_date(moments.local(at).date(), "full", locale=_locale())


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


def satudata_conditions(dataset_type: str) -> dict[str, Any]:
    """The conditions of the fields of a type, for the page that evaluates them; see ``conditions.for_page``."""
    return conditions.for_page(dataset_type)


def satudata_links(pkg: dict[str, Any]) -> dict[str, Any]:
    """What is linked with a package, from either side, as far as its reader may see it; see ``links.of``."""
    return links.of(pkg, tk.g.user if hasattr(tk.g, "user") else "")


def satudata_link_parts(field: dict[str, Any], value: Any) -> list[dict[str, Any]]:
    """The single links of a field: ``{"value", "title", "spelled", "name", "type", "words"}``; one query.

    An id the reader may not see has neither type nor words; ``words`` is true for text that names nothing on this
    portal; in a form ``spelled`` stands for the id.
    """
    user = tk.g.user if hasattr(tk.g, "user") else ""
    parts = links.parts_of(value) if field.get("sdi_multiple") else [str(value or "").strip()]
    known = links.named(parts, {"user": user or ""})
    found = []
    for part in filter(None, parts):
        if part in known:
            found.append({"value": part, "words": False, "spelled": links.spelled(known[part]), **known[part]})
        else:
            hidden = bool(links.UUID.match(part))
            found.append({"value": part, "title": part, "spelled": part, "type": None, "words": not hidden})
    return found


def satudata_link_options(field: dict[str, Any]) -> list[dict[str, Any]]:
    """What may be chosen for a field of links, by title; see ``links.options``."""
    offered = links.options(str(field["sdi_link"]), tk.g.user if hasattr(tk.g, "user") else "")
    return [{**each, "spelled": links.spelled(each)} for each in offered]


def satudata_pairs(value: Any) -> list[tuple[str, str]]:
    """The pairs of a field of lines ``a = b``."""
    return pairs_of(value)


def _locale() -> str:
    return "id" if current().startswith("id") else "en"


def satudata_row_columns(field: dict[str, Any], rows: Any) -> list[dict[str, Any]]:
    """The columns of a repeating field worth showing for these rows."""
    return page.columns(field, rows)


HELPERS: dict[str, Callable[..., Any]] = {
    "satudata_conditions": satudata_conditions,
    "satudata_link_options": satudata_link_options,
    "satudata_link_parts": satudata_link_parts,
    "satudata_links": satudata_links,
    "satudata_pairs": satudata_pairs,
    "satudata_day": satudata_day,
    "satudata_day_of": satudata_day_of,
    "satudata_display_groups": satudata_display_groups,
    "satudata_dots": satudata_dots,
    "satudata_first_gap": satudata_first_gap,
    "satudata_form_state": satudata_form_state,
    "satudata_has_files": satudata_has_files,
    "satudata_is_managed": satudata_is_managed,
    "satudata_period": satudata_period,
    "satudata_region_names": satudata_region_names,
    "satudata_row_columns": satudata_row_columns,
    "satudata_saved": satudata_saved,
}
