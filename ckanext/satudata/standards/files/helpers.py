"""Helpers of templates: how the check of a file stands."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ckanext.satudata.standards.files import service, stored


def satudata_file_check(resource: Mapping[str, Any]) -> dict[str, Any] | None:
    """What to say beside a file: nothing where it was looked into, or there is nothing to look into.

    :returns: ``{"id", "open", "late", "failed", "percent"}``, or None
    """
    if not stored.is_upload(dict(resource)) or not resource.get("id"):
        return None
    return shape(str(resource["id"]), service.check_of(dict(resource)))


def shape(resource_id: str, check: service.Check) -> dict[str, Any]:
    """As the snippet wants it."""
    return {
        "id": resource_id,
        "open": check.open and not check.unattended,
        "late": check.unattended,
        "failed": check.status == "failed",
        "done": check.status == "done",
        "percent": int(check.progress * 100),
    }


HELPERS: dict[str, Callable[..., Any]] = {"satudata_file_check": satudata_file_check}
