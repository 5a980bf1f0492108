"""Who may read scores: whoever may see the dataset. What would raise it, those concerned with it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import ckantoolkit as tk


@tk.auth_allow_anonymous_access
def satudata_quality_show(context: dict[str, Any], data_dict: dict[str, Any]) -> dict[str, Any]:
    """As the dataset itself."""
    tk.check_access("package_show", dict(context), {"id": data_dict["id"]})
    return {"success": True}


@tk.auth_allow_anonymous_access
def satudata_quality_list(context: dict[str, Any], data_dict: dict[str, Any]) -> dict[str, Any]:
    """Everybody: the list itself keeps to what the reader may see."""
    return {"success": True}


@tk.auth_allow_anonymous_access
def satudata_quality_summary(context: dict[str, Any], data_dict: dict[str, Any]) -> dict[str, Any]:
    """Everybody: only published open data is counted."""
    return {"success": True}


AUTH_FUNCTIONS: dict[str, Callable[..., Any]] = {
    "satudata_quality_list": satudata_quality_list,
    "satudata_quality_show": satudata_quality_show,
    "satudata_quality_summary": satudata_quality_summary,
}
