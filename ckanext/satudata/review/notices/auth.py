"""Everybody has notices of one's own and sees no others; how sending goes is for the portal's admins."""

from __future__ import annotations

from typing import Any

import ckantoolkit as tk

from ..people import actor_of

AuthResult = dict[str, Any]


def _own(context: dict[str, Any], data_dict: dict[str, Any]) -> AuthResult:
    return {"success": bool(actor_of(context).id)}


def _sysadmins(context: dict[str, Any], data_dict: dict[str, Any]) -> AuthResult:
    # Sysadmins never get here: CKAN lets them through before it asks.
    return {"success": False, "msg": tk._("Only the portal admin sees how messages are sent.")}


AUTH_FUNCTIONS = {
    "satudata_notice_list": _own,
    "satudata_notice_mark_read": _own,
    "satudata_notice_preferences_show": _own,
    "satudata_notice_preferences_update": _own,
    "satudata_notice_delivery_list": _sysadmins,
    "satudata_notice_delivery_retry": _sysadmins,
}
