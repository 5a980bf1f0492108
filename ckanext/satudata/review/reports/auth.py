"""Reports are for those who check and those who plan, each over their own part of the tree."""

from __future__ import annotations

from typing import Any

import ckantoolkit as tk

from ..people import actor_of
from . import service


def satudata_review_report(context: dict[str, Any], data_dict: dict[str, Any]) -> dict[str, Any]:
    if service.may_see(service.view_of(actor_of(context))):
        return {"success": True}
    return {"success": False, "msg": tk._("Reports are for custodians, the pembina, planners and the portal admin.")}


AUTH_FUNCTIONS = {"satudata_review_report": satudata_review_report}
