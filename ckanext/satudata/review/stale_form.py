"""What a form carries so that a stale save is noticed, and what it says after one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import g, has_request_context, request

from . import stale


def satudata_stale(data: dict[str, Any]) -> dict[str, Any] | None:
    """What a form says after a save was refused as stale: ``said`` and the ``fields`` to choose; else None.

    :param data: values of the form; what was typed is put back where CKAN has forgotten it
    """
    kept = g.get("satudata_stale") if has_request_context() else None
    if not kept or kept["id"] != data.get("id"):
        return None
    data.update(kept["typed"])
    return dict(kept)


def satudata_opened(data: dict[str, Any], resource: bool = False) -> str:
    """What the form carries: digests of the values it was opened with.

    After an error the form keeps what it was opened with; after a stale save it also knows what was shown.

    :param data: values of the form
    :param resource: whether it is the form of a resource
    """
    refused = satudata_stale(data)
    if refused:
        return str(refused["token"])
    if has_request_context() and request.method == "POST" and request.form.get(stale.OPENED):
        return request.form[stale.OPENED]
    return stale.token_of(data, resource)


HELPERS: dict[str, Callable[..., Any]] = {"satudata_stale": satudata_stale, "satudata_opened": satudata_opened}
