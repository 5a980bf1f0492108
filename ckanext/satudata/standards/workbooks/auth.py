"""Who may import and export forms. What becomes of each item is asked of the item itself."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import ckantoolkit as tk
from ckan import model
from ckan.authz import has_user_permission_for_group_or_org

from .model import FormImport

AuthResult = dict[str, Any]


def satudata_forms_import(context: dict[str, Any], data_dict: dict[str, Any]) -> AuthResult:
    """Editors of the organization that produces what is new."""
    user = context.get("user") or ""
    may = bool(user) and has_user_permission_for_group_or_org(data_dict.get("organization_id"), user, "create_dataset")
    return {"success": may, "msg": tk._("Only editors of the organization that produces this data may change it.")}


def satudata_forms_import_show(context: dict[str, Any], data_dict: dict[str, Any]) -> AuthResult:
    """Only who uploaded the workbook; it may hold what is not published yet."""
    made = model.Session.get(FormImport, str(data_dict.get("id") or ""))
    user = context.get("auth_user_obj") or model.User.get(context.get("user") or "")
    own = made is not None and user is not None and made.user_id == user.id
    return {"success": own, "msg": tk._("Only who uploaded this workbook sees its import.")}


def satudata_forms_import_run(context: dict[str, Any], data_dict: dict[str, Any]) -> AuthResult:
    """Only who uploaded the workbook: it is done in that person's name."""
    return satudata_forms_import_show(context, data_dict)


@tk.auth_allow_anonymous_access
def satudata_forms_export(context: dict[str, Any], data_dict: dict[str, Any]) -> AuthResult:
    """Everybody; package_show decides for each package."""
    return {"success": True}


AUTH_FUNCTIONS: dict[str, Callable[..., Any]] = {
    "satudata_forms_export": satudata_forms_export,
    "satudata_forms_import": satudata_forms_import,
    "satudata_forms_import_run": satudata_forms_import_run,
    "satudata_forms_import_show": satudata_forms_import_show,
}
