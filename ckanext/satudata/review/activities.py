"""Rows of CKAN's activity carry the labels of their dataset, whoever writes them.

CKAN labels what it writes about datasets itself, and leaves *follow dataset* and *new resource view* without labels,
which counts as public: titles of drafts and texts of their views would stand in everybody's lists.
"""

from __future__ import annotations

from typing import Any

import ckantoolkit as tk
from ckan import model, plugins
from ckan.lib.plugins import get_permission_labels

from . import cases


@tk.chained_action
def activity_create(next_action: Any, context: dict[str, Any], data_dict: dict[str, Any]) -> Any:
    """Write the row as CKAN does, with the labels of the dataset it is about."""
    if not data_dict.get("permission_labels") and data_dict.get("object_id"):
        package = model.Package.get(data_dict["object_id"])
        if package is not None and cases.is_reviewed_type(package.type):
            data_dict["permission_labels"] = get_permission_labels().get_dataset_labels(package)
    return next_action(context, data_dict)


def actions() -> dict[str, Any]:
    """The link in the chain, where the plugin ``activity`` is there to be chained."""
    return {"activity_create": activity_create} if plugins.plugin_loaded("activity") else {}
