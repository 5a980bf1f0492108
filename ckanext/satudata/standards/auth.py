"""Who may ask for the findings of a submission check."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import ckantoolkit as tk
from ckan import authz, model
from ckan.lib import plugins as lib_plugins


def satudata_submission_check(context: dict[str, Any], data_dict: dict[str, Any]) -> dict[str, Any]:
    """For a stored dataset: members of its organization and whoever sees it by a role; else who may create one."""
    if not data_dict.get("id"):
        owner = (data_dict.get("data") or {}).get("owner_org")
        tk.check_access("package_create", dict(context), {"owner_org": owner} if owner else {})
        return {"success": True}
    package = model.Package.get(data_dict["id"])
    user = model.User.get(context.get("user") or "")
    if package is not None and user is not None and _is_concerned(package, user):
        return {"success": True}
    return {"success": False, "msg": tk._("What is still missing is shown to its producer and its checkers only")}


def _is_concerned(package: model.Package, user: model.User) -> bool:
    if package.owner_org and authz.has_user_permission_for_group_or_org(package.owner_org, user.name, "read"):
        return True
    # Roles show themselves in the labels of the review; "public" is everybody's.
    labels = lib_plugins.get_permission_labels()
    shared = set(labels.get_dataset_labels(package)) & set(labels.get_user_dataset_labels(user))
    return bool(shared - {"public"})


AUTH_FUNCTIONS: dict[str, Callable[..., Any]] = {"satudata_submission_check": satudata_submission_check}
