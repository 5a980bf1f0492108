"""The audit trail of the whole portal is for sysadmins; the history of one dataset is for all it concerns."""

from __future__ import annotations

from typing import Any

import ckantoolkit as tk

AuthResult = dict[str, Any]


def satudata_audit_show(context: dict[str, Any], data_dict: dict[str, Any]) -> AuthResult:
    # CKAN answers for sysadmins before it asks here.
    return {"success": False, "msg": tk._("Only the portal admin may see the audit trail.")}


def satudata_audit_verify(context: dict[str, Any], data_dict: dict[str, Any]) -> AuthResult:
    return satudata_audit_show(context, data_dict)


AUTH_FUNCTIONS = {
    "satudata_audit_show": satudata_audit_show,
    "satudata_audit_verify": satudata_audit_verify,
}
