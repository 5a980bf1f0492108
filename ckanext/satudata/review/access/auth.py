"""Who may call the actions of restrictions. The service decides under its locks; these say no early."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import ckantoolkit as tk

from ckanext.satudata.review.people import actor_of

from . import service

AuthResult = dict[str, Any]


def satudata_restriction_set(context: dict[str, Any], data_dict: dict[str, Any]) -> AuthResult:
    """Every user asks; the service decides by role over the owner."""
    return {"success": bool(actor_of(context).id)}


def satudata_restriction_show(context: dict[str, Any], data_dict: dict[str, Any]) -> AuthResult:
    """Those concerned."""
    try:
        case = service.find(str((data_dict or {}).get("id") or ""))
    except tk.ObjectNotFound:
        # Whoever may see nothing hears the same of what there is not.
        return {"success": False, "msg": tk._("You have no role over this dataset.")}
    if service.may_see(actor_of(context), case):
        return {"success": True}
    return {"success": False, "msg": tk._("You have no role over this dataset.")}


def satudata_restriction_list(context: dict[str, Any], data_dict: dict[str, Any]) -> AuthResult:
    """Every user; the list holds what that user may see."""
    return {"success": bool(actor_of(context).id)}


@tk.auth_allow_anonymous_access
def satudata_restricted_list(context: dict[str, Any], data_dict: dict[str, Any]) -> AuthResult:
    """Everybody: what it lists is for everybody."""
    return {"success": True}


@tk.auth_allow_anonymous_access
def satudata_restricted_show(context: dict[str, Any], data_dict: dict[str, Any]) -> AuthResult:
    """Everybody."""
    return {"success": True}


AUTH_FUNCTIONS: dict[str, Callable[..., Any]] = {
    "satudata_restriction_set": satudata_restriction_set,
    "satudata_restriction_show": satudata_restriction_show,
    "satudata_restriction_list": satudata_restriction_list,
    "satudata_restricted_list": satudata_restricted_list,
    "satudata_restricted_show": satudata_restricted_show,
}
