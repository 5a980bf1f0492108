"""Reading the parameters of the actions of code lists."""

from __future__ import annotations

from typing import Any

import ckantoolkit as tk

from ckanext.satudata import json_text
from ckanext.satudata.standards.codelists import loader, rows

FACTS = ("title", "description", "source", "kind", "show_code", "note", "valid_from")
LOAD = ("id", "version", "codes", "publish", "dry_run", *FACTS)
KINDS = ("", "classification", "unit", "measure")


def text(data_dict: dict[str, Any], name: str) -> str:
    """A parameter that has to be there.

    :raises ValidationError: keyed by it
    """
    value = data_dict.get(name)
    if not isinstance(value, str) or not value.strip():
        raise tk.ValidationError({name: [tk._("Missing value")]})
    return value.strip()


def loaded(data_dict: dict[str, Any]) -> rows.LoadedList:
    """The codes sent to the API, checked as those of a file are.

    :raises ValidationError: under ``codes``, a text for each row that is wrong
    """
    given = data_dict.get("codes")
    if isinstance(given, str):
        try:
            given = json_text.loads(given)
        except ValueError:
            given = None
    if not isinstance(given, list) or not given:
        raise tk.ValidationError({"codes": [tk._("Give the codes as a list of objects with 'code' and 'label'")]})
    if len(given) > loader.MOST_CODES:
        raise tk.ValidationError({"codes": [tk._("More than {number} codes").format(number=loader.MOST_CODES)]})
    codes, errors = [], []
    for place, one in enumerate(given, 1):
        code, wrong = rows.code_of(place, one if isinstance(one, dict) else {})
        errors += wrong
        if code:
            codes.append(code)
    try:
        if errors:
            raise rows.ListError(errors)
        rows.refuse_contradictions(codes)
    except rows.ListError as error:
        raise tk.ValidationError({"codes": [str(each) for each in error.errors]}) from error
    return rows.LoadedList({}, codes, sorted({name for code in codes for name in code.extra}))


def facts(data_dict: dict[str, Any]) -> dict[str, Any]:
    """What was said of the list itself.

    :raises ValidationError: keyed by the parameter
    """
    found = {name: data_dict[name] for name in FACTS if data_dict.get(name) not in (None, "")}
    for name in ("title", "description"):
        value = found.get(name)
        if value is not None and not (
            isinstance(value, str) or (isinstance(value, dict) and set(value) <= {"id", "en"})
        ):
            raise tk.ValidationError({name: [tk._("Give a text, or one for each of 'id' and 'en'")]})
    if found.get("kind", "") not in KINDS:
        raise tk.ValidationError(
            {"kind": [tk._("Choose one of: {allowed}").format(allowed=", ".join(kind for kind in KINDS if kind))]}
        )
    return found
