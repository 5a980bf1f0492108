"""Rows of CKAN's activity about data under review: with labels, or not at all.

CKAN's lists of activity ask for permission labels only where the type of the row ends in ``package``. *New resource
view* is shown to everybody, with the title and the description of the view: texts of a draft in the public list of
its author.
"""

from __future__ import annotations

from typing import Any

import ckantoolkit as tk
from ckan import model, plugins
from ckan.lib.plugins import get_permission_labels

from . import cases


@tk.chained_action
def activity_create(next_action: Any, context: dict[str, Any], data_dict: dict[str, Any]) -> Any:
    """Write the row as CKAN does, with the labels of its dataset; leave out what no label would keep from anybody."""
    object_id = data_dict.get("object_id")
    package = model.Package.get(object_id) if object_id else None
    if package is not None and cases.is_reviewed_type(package.type):
        if not str(data_dict.get("activity_type") or "").endswith("package"):
            tk.check_access("activity_create", context, data_dict)
            return None
        if not data_dict.get("permission_labels"):
            data_dict["permission_labels"] = get_permission_labels().get_dataset_labels(package)
    return next_action(context, data_dict)


def actions() -> dict[str, Any]:
    """The link in the chain, where the plugin ``activity`` is there to be chained."""
    return {"activity_create": activity_create} if plugins.plugin_loaded("activity") else {}
