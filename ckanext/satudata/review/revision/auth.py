"""Who may call the actions of working copies. The services decide under their locks; these say no early."""

from __future__ import annotations

from typing import Any

import ckantoolkit as tk
from ckan import authz, model

from ckanext.satudata.review import cases, rules
from ckanext.satudata.review.people import actor_of

from . import marks
from .model import Revision

AuthResult = dict[str, Any]


def satudata_revision_start(context: dict[str, Any], data_dict: dict[str, Any]) -> AuthResult:
    """Every user asks; the transition ``revise`` decides."""
    return {"success": bool(actor_of(context).id)}


def satudata_revision_list(context: dict[str, Any], data_dict: dict[str, Any]) -> AuthResult:
    """Every user; the list holds what that user may see."""
    return {"success": bool(actor_of(context).id)}


def satudata_revision_diff(context: dict[str, Any], data_dict: dict[str, Any]) -> AuthResult:
    """Those who see the copy, and whoever asked for it."""
    revision = Revision.get(str((data_dict or {}).get("id") or ""))
    package = model.Package.get(revision.copy_id) if revision is not None else None
    review = cases.find(package.id) if package is not None else None
    if revision is None or package is None or review is None:
        return {"success": False, "msg": tk._("You have no role over this dataset.")}
    actor = actor_of(context)
    if actor.id == revision.started_by or rules.may_see(actor, review, cases.Case(package, review).jenis_data):
        return {"success": True}
    return {"success": False, "msg": tk._("You have no role over this dataset.")}


def satudata_revision_abandon(context: dict[str, Any], data_dict: dict[str, Any]) -> AuthResult:
    """Every user asks; the service decides."""
    return {"success": bool(actor_of(context).id)}


def satudata_revision_resolve(context: dict[str, Any], data_dict: dict[str, Any]) -> AuthResult:
    """Every user asks; the service decides."""
    return {"success": bool(actor_of(context).id)}


@tk.auth_allow_anonymous_access
def satudata_revision_versions(context: dict[str, Any], data_dict: dict[str, Any]) -> AuthResult:
    """Whoever may see the dataset."""
    return {"success": bool(tk.check_access("package_show", context, {"id": (data_dict or {}).get("id")}))}


@tk.chained_auth_function
def resource_delete(next_auth: Any, context: dict[str, Any], data_dict: dict[str, Any]) -> AuthResult:
    """CKAN asks who may delete the dataset; a working copy is never deleted, but its files may be taken out."""
    resource = model.Resource.get((data_dict or {}).get("id"))
    package = model.Package.get(resource.package_id) if resource is not None else None
    if package is None or not marks.is_copy(package):
        answer: AuthResult = next_auth(context, data_dict)
        return answer
    return authz.is_authorized("package_update", tk.fresh_context(context), {"id": package.id})


AUTH_FUNCTIONS = {
    "resource_delete": resource_delete,
    "satudata_revision_start": satudata_revision_start,
    "satudata_revision_list": satudata_revision_list,
    "satudata_revision_diff": satudata_revision_diff,
    "satudata_revision_abandon": satudata_revision_abandon,
    "satudata_revision_resolve": satudata_revision_resolve,
    "satudata_revision_versions": satudata_revision_versions,
}
