"""Who may type a table: whoever may change the dataset it stands in; CKAN's own actions decide again."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import ckantoolkit as tk
from ckan import model

from ckanext.satudata.roles import service as roles


def satudata_table_shape(context: dict[str, Any], data_dict: dict[str, Any]) -> dict[str, Any]:
    """Direct editors and admins of the organization the table is for."""
    user = model.User.get(context.get("user") or "")
    organization = model.Group.get(data_dict.get("organization_id") or "")
    if user and organization and organization.id in roles.direct_organizations(user.id):
        return {"success": True}
    return {"success": False, "msg": tk._("Only editors of the organization that produces this data may change it.")}


def satudata_table_show(context: dict[str, Any], data_dict: dict[str, Any]) -> dict[str, Any]:
    """Whoever may see the file; anonymous too where it is published."""
    tk.check_access("resource_show", dict(context), {"id": data_dict.get("id")})
    return {"success": True}


def satudata_table_create(context: dict[str, Any], data_dict: dict[str, Any]) -> dict[str, Any]:
    """Whoever may add files to the dataset."""
    tk.check_access("resource_create", dict(context), {"package_id": data_dict.get("package_id")})
    return {"success": True}


def satudata_table_save(context: dict[str, Any], data_dict: dict[str, Any]) -> dict[str, Any]:
    """Whoever may change the file."""
    tk.check_access("resource_update", dict(context), {"id": data_dict.get("id")})
    return {"success": True}


satudata_table_show.auth_allow_anonymous_access = True  # type: ignore[attr-defined]

AUTH_FUNCTIONS: dict[str, Callable[..., Any]] = {
    "satudata_table_create": satudata_table_create,
    "satudata_table_save": satudata_table_save,
    "satudata_table_shape": satudata_table_shape,
    "satudata_table_show": satudata_table_show,
}
