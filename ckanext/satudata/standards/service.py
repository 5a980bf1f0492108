"""The door of this room: what other rooms may use."""

from __future__ import annotations

from typing import Any

# Importing the modules of rules registers them.
from ckanext.satudata.standards import rules_files, rules_metadata, rules_regions  # noqa: F401
from ckanext.satudata.standards.checks import findings_of, progress_of
from ckanext.satudata.standards.index import prepare_for_index
from ckanext.satudata.standards.normalise import normalise, show_old_extras
from ckanext.satudata.standards.periods import parse_period
from ckanext.satudata.standards.preview import first_rows
from ckanext.satudata.standards.registry import protected_fields, provide_schemas
from ckanext.satudata.standards.validators import choice_value

__all__ = [
    "access_level",
    "check",
    "dataset_year",
    "first_rows",
    "normalise",
    "prepare_for_index",
    "protected_fields",
    "provide_schemas",
    "show_old_extras",
]

ACCESS_LEVELS = ("terbuka", "terbatas", "tertutup")


def check(pkg_dict: dict[str, Any], lang: str | None = None, with_files: bool = True) -> dict[str, Any]:
    """What stands between this package and its submission.

    :param pkg_dict: as package_show gives it, or as a form sent it
    :param lang: language of the texts; the reader's where empty
    :param with_files: also open the files (up to 10 MB of each)
    :returns: ``findings`` (Finding shapes, errors first), ``errors`` and ``warnings`` (how many of each), and
        ``progress`` (``done``, ``total``, ``groups``) for the form
    """
    findings = findings_of(pkg_dict, lang, with_files)
    return {
        "findings": findings,
        "errors": sum(1 for finding in findings if finding["severity"] == "error"),
        "warnings": sum(1 for finding in findings if finding["severity"] == "warning"),
        "progress": progress_of(pkg_dict, findings, lang),
    }


def dataset_year(pkg_dict: dict[str, Any]) -> str | None:
    """The year the data are about: ``tahun``, else the year in which their period ends or begins."""
    for name in ("tahun", "periode_akhir", "periode_awal"):
        period = parse_period(_value(pkg_dict, name))
        if period:
            return f"{period.end.year:04d}"
    return None


def access_level(pkg_dict: dict[str, Any]) -> str:
    """``terbuka``, ``terbatas`` or ``tertutup`` (Perpres 39/2019 Ps 37); missing means terbuka.

    A value nobody knows means tertutup: what is not understood must not be opened.
    """
    value = _value(pkg_dict, "accesslevel")
    if not value:
        return ACCESS_LEVELS[0]
    from ckanext.satudata.standards.registry import own_schema

    field = next(f for f in own_schema("dataset")["dataset_fields"] if f["field_name"] == "accesslevel")
    return choice_value(field, value) or ACCESS_LEVELS[-1]


def _value(pkg_dict: dict[str, Any], name: str) -> str:
    value = pkg_dict.get(name)
    if value in (None, "") and isinstance(pkg_dict.get("extras"), list):
        value = next((item.get("value") for item in pkg_dict["extras"] if item.get("key") == name), None)
    return "" if value is None else str(value).strip()
