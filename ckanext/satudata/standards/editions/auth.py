"""Who may make the next edition of something, and see what an organization usually writes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import ckantoolkit as tk
from ckan import model

from ckanext.satudata.roles import service as roles


def _refused(message: str) -> dict[str, Any]:
    return {"success": False, "msg": message}


def _is_producer(context: dict[str, Any], organization_id: str | None) -> bool:
    user = model.User.get(context.get("user") or "")
    return bool(user and organization_id and organization_id in roles.direct_organizations(user.id))


def satudata_edition_preview(context: dict[str, Any], data_dict: dict[str, Any]) -> dict[str, Any]:
    """Direct editors and admins of the organization that produces it; published or not, others' data is not copied."""
    package = model.Package.get(data_dict.get("id") or "")
    if package is not None and _is_producer(context, package.owner_org):
        return {"success": True}
    return _refused(tk._("The next edition is made by editors of the organization that produces these data"))


def satudata_edition_create(context: dict[str, Any], data_dict: dict[str, Any]) -> dict[str, Any]:
    """As for the preview; ``package_create`` asks its own questions besides."""
    return satudata_edition_preview(context, data_dict)


def satudata_proposals_confirm(context: dict[str, Any], data_dict: dict[str, Any]) -> dict[str, Any]:
    """Whoever produces it."""
    return satudata_edition_preview(context, data_dict)


def satudata_defaults_show(context: dict[str, Any], data_dict: dict[str, Any]) -> dict[str, Any]:
    """Direct editors and admins of that organization: drafts of theirs speak in it."""
    organization = model.Group.get(data_dict.get("organization_id") or "")
    if organization is not None and _is_producer(context, organization.id):
        return {"success": True}
    return _refused(tk._("What an organization usually writes is shown to its editors only"))


AUTH_FUNCTIONS: dict[str, Callable[..., Any]] = {
    "satudata_defaults_show": satudata_defaults_show,
    "satudata_edition_create": satudata_edition_create,
    "satudata_edition_preview": satudata_edition_preview,
    "satudata_proposals_confirm": satudata_proposals_confirm,
}
