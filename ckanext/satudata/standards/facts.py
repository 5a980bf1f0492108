"""What single fields of a package say, for rules here and in other rooms."""

from __future__ import annotations

from typing import Any

from ckanext.satudata.standards.periods import parse_period
from ckanext.satudata.standards.registry import own_schema
from ckanext.satudata.standards.validators import choice_value

ACCESS_LEVELS = ("terbuka", "terbatas", "tertutup")


def dataset_year(pkg_dict: dict[str, Any]) -> str | None:
    """The year the data are about: ``tahun``, else the year in which their period ends or begins."""
    for name in ("tahun", "periode_akhir", "periode_awal"):
        period = parse_period(value_of(pkg_dict, name))
        if period:
            return f"{period.end.year:04d}"
    return None


def access_level(pkg_dict: dict[str, Any]) -> str:
    """``terbuka``, ``terbatas`` or ``tertutup`` (Perpres 39/2019 Ps 37); missing means terbuka.

    A value nobody knows means tertutup: what is not understood must not be opened.
    """
    value = value_of(pkg_dict, "accesslevel")
    if not value:
        return ACCESS_LEVELS[0]
    field = next(f for f in own_schema("dataset")["dataset_fields"] if f["field_name"] == "accesslevel")
    return choice_value(field, value) or ACCESS_LEVELS[-1]


def value_of(pkg_dict: dict[str, Any], name: str) -> str:
    """A field as text, also where it still stands among the extras; empty where it is missing."""
    value = pkg_dict.get(name)
    if value in (None, "") and isinstance(pkg_dict.get("extras"), list):
        value = next((item.get("value") for item in pkg_dict["extras"] if item.get("key") == name), None)
    return "" if value is None else str(value).strip()
