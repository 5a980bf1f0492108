"""The door of this room: what other rooms may use."""

from __future__ import annotations

from typing import Any

from ckanext.satudata.standards import officer
from ckanext.satudata.standards.checks import findings_of, progress_of
from ckanext.satudata.standards.conditions import hidden_values, without_hidden
from ckanext.satudata.standards.editions.marks import LOOKED_AT
from ckanext.satudata.standards.editions.marks import looked_at as proposals_looked_at
from ckanext.satudata.standards.facts import access_level, dataset_year
from ckanext.satudata.standards.index import prepare_for_index
from ckanext.satudata.standards.kinds import check as check_kinds
from ckanext.satudata.standards.kinds import check_title
from ckanext.satudata.standards.links import copies_belong
from ckanext.satudata.standards.normalise import normalise, show_core_keys, show_old_extras
from ckanext.satudata.standards.preview import first_rows
from ckanext.satudata.standards.producers import data_of as joint_data
from ckanext.satudata.standards.producers import producers as joint_producers
from ckanext.satudata.standards.public import public_fields, public_values
from ckanext.satudata.standards.registry import (
    choice_labels,
    field_names,
    protected_fields,
    provide_schemas,
    resource_field_names,
)
from ckanext.satudata.standards.rules.registry import Problem, Subject, rule
from ckanext.satudata.standards.search.questions import without_stop_words

__all__ = [
    "LOOKED_AT",
    "Problem",
    "Subject",
    "access_level",
    "check",
    "check_kinds",
    "check_title",
    "choice_labels",
    "copies_belong",
    "dataset_year",
    "field_names",
    "first_rows",
    "hidden_values",
    "joint_data",
    "joint_producers",
    "normalise",
    "officer",
    "prepare_for_index",
    "proposals_looked_at",
    "protected_fields",
    "provide_schemas",
    "public_fields",
    "public_values",
    "resource_field_names",
    "rule",
    "show_core_keys",
    "show_old_extras",
    "without_hidden",
    "without_stop_words",
]


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
