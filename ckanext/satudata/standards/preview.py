"""The first rows of a table: what a reader wants to see before downloading."""

from __future__ import annotations

from typing import Any

import ckantoolkit as tk

ROWS = 8


def first_rows(resource: dict[str, Any], rows: int = ROWS) -> dict[str, Any] | None:
    """Columns and first rows of a resource's table, as the caller may read it.

    :param resource: as ``resource_show`` gives it
    :returns: ``{"columns": names, "rows": lists of values, "total": n}``, or None where there is no table to show
        (not loaded yet, being loaded, or not for the caller)
    """
    if not resource.get("datastore_active"):
        return None
    try:
        table = tk.get_action("datastore_search")({}, {"resource_id": resource["id"], "limit": rows})
    except (tk.ObjectNotFound, tk.NotAuthorized, tk.ValidationError):
        return None
    columns = [field["id"] for field in table["fields"] if field["id"] != "_id"]
    return {
        "columns": columns,
        "rows": [[row.get(name) for name in columns] for row in table["records"]],
        "total": table.get("total"),
    }
