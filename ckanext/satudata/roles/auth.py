"""Sysadmins grant and revoke; whoever is logged in may see the grants that concern them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import ckantoolkit as tk


def _sysadmins(context: dict[str, Any], data_dict: dict[str, Any]) -> dict[str, Any]:
    # Sysadmins never get here: CKAN lets them through before it asks.
    return {"success": False, "msg": tk._("Only a sysadmin may grant or revoke roles")}


def _logged_in(context: dict[str, Any], data_dict: dict[str, Any]) -> dict[str, Any]:
    # Without @auth_allow_anonymous_access CKAN has refused visitors already.
    return {"success": True}


AUTH_FUNCTIONS: dict[str, Callable[..., Any]] = {
    "satudata_role_grant": _sysadmins,
    "satudata_role_revoke": _sysadmins,
    "satudata_role_list": _logged_in,
    "satudata_my_roles": _logged_in,
}
