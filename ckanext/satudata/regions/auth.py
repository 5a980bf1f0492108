"""Everybody who may see the list of organizations may see their tree; only sysadmins shape it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import ckantoolkit as tk
from ckan import authz


@tk.auth_allow_anonymous_access
def _readable(context: dict[str, Any], data_dict: dict[str, Any]) -> dict[str, Any]:
    return dict(authz.is_authorized("organization_list", context, {}))


def satudata_region_update(context: dict[str, Any], data_dict: dict[str, Any]) -> dict[str, Any]:
    # Sysadmins never get here: CKAN lets them through before it asks.
    return {"success": False, "msg": tk._("Only a sysadmin may change parent, kind and codes of an organization")}


AUTH_FUNCTIONS: dict[str, Callable[..., Any]] = {
    "satudata_region_tree": _readable,
    "satudata_region_ancestors": _readable,
    "satudata_region_search": _readable,
    "satudata_region_update": satudata_region_update,
}
