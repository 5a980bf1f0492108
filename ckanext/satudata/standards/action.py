"""Actions of this room."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import ckantoolkit as tk

from ckanext.satudata.listing import refuse_unknown
from ckanext.satudata.standards import service

LANGUAGES = ("id", "en")


@tk.side_effect_free
def satudata_submission_check(context: dict[str, Any], data_dict: dict[str, Any]) -> dict[str, Any]:
    """Say what a dataset still lacks before it can be submitted.

    :param id: id or name of a stored dataset (optional if ``data`` is given)
    :param data: a package dict as typed so far, checked without being saved; together with ``id`` it is laid
        over the stored dataset
    :param lang: ``id`` or ``en``; the reader's language where left out
    :returns: ``{"findings": [Finding], "errors": n, "warnings": n, "progress": {...}}``
    :raises ValidationError: neither ``id`` nor ``data``, an unknown language or parameter
    :raises ObjectNotFound: no such dataset
    :raises NotAuthorized: neither member of its organization nor holder of a role over it
    """
    refuse_unknown(data_dict, ("id", "data", "lang"))
    data, lang = data_dict.get("data"), data_dict.get("lang") or None
    errors: dict[str, list[str]] = {}
    if not data_dict.get("id") and data is None:
        errors["id"] = [tk._("Give the id of a dataset, or its fields under data")]
    if data is not None and not isinstance(data, dict):
        errors["data"] = [tk._("Give the fields of a dataset by name")]
    if lang is not None and lang not in LANGUAGES:
        errors["lang"] = [tk._("Choose one of: {allowed}").format(allowed=", ".join(LANGUAGES))]
    if errors:
        raise tk.ValidationError(errors)
    tk.check_access("satudata_submission_check", context, data_dict)
    return service.check(_package(context, data_dict), lang)


def _package(context: dict[str, Any], data_dict: dict[str, Any]) -> dict[str, Any]:
    package: dict[str, Any] = {}
    if data_dict.get("id"):
        # Access to the findings is decided above; a producer may check what labels hide for the moment.
        show = {"user": context.get("user"), "auth_user_obj": context.get("auth_user_obj"), "ignore_auth": True}
        package = dict(tk.get_action("package_show")(show, {"id": data_dict["id"]}))
    typed = dict(data_dict.get("data") or {})
    package_type = package.get("type") or typed.get("type") or "dataset"
    service.normalise(typed, package_type)
    if "tag_string" in typed:
        package.pop("tags", None)
    # Resources typed by a client are not those stored: their files may not be opened on its word.
    if package:
        typed.pop("resources", None)
    for resource in typed.get("resources") or []:
        if isinstance(resource, dict):
            resource.pop("id", None)
    return {**package, **typed, "type": package_type}


ACTIONS: dict[str, Callable[..., Any]] = {"satudata_submission_check": satudata_submission_check}
