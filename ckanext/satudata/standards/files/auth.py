"""Who may ask for the check of a file: whoever may ask what its dataset lacks."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import ckantoolkit as tk
from ckan import model


def satudata_file_check(context: dict[str, Any], data_dict: dict[str, Any]) -> dict[str, Any]:
    """Members of the owner and holders of a role over it; nobody learns whether an id exists."""
    resource = model.Resource.get(str(data_dict.get("id") or ""))
    if resource is None:
        raise tk.ObjectNotFound(tk._("There is no such file."))
    try:
        tk.check_access("satudata_submission_check", dict(context), {"id": resource.package_id})
    except tk.NotAuthorized as error:
        return {"success": False, "msg": getattr(error, "message", None) or str(error)}
    return {"success": True}


AUTH_FUNCTIONS: dict[str, Callable[..., Any]] = {
    "satudata_file_check": satudata_file_check,
    "satudata_file_check_again": satudata_file_check,
}
