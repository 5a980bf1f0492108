"""Everybody who may see the portal may read its codes (Perpres 39/2019 Ps 36); only sysadmins load them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import ckantoolkit as tk
from ckan import authz


@tk.auth_allow_anonymous_access
def _readable(context: dict[str, Any], data_dict: dict[str, Any]) -> dict[str, Any]:
    return dict(authz.is_authorized("organization_list", context, {}))


def _sysadmins(context: dict[str, Any], data_dict: dict[str, Any]) -> dict[str, Any]:
    # Sysadmins never get here: CKAN lets them through before it asks.
    return {"success": False, "msg": tk._("Only a sysadmin may load code lists")}


AUTH_FUNCTIONS: dict[str, Callable[..., Any]] = {
    "satudata_codelist_list": _readable,
    "satudata_codelist_show": _readable,
    "satudata_codelist_load": _sysadmins,
    "satudata_codelist_publish": _sysadmins,
    "satudata_codelist_discard": _sysadmins,
}
