"""Actions about the check of a file."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import ckantoolkit as tk

from ckanext.satudata.listing import refuse_unknown
from ckanext.satudata.standards.files import service


@tk.side_effect_free
def satudata_file_check(context: dict[str, Any], data_dict: dict[str, Any]) -> dict[str, Any]:
    """Say how the check of an uploaded file stands.

    What was found is told by ``satudata_submission_check``, in words.

    :param id: id of the resource
    :returns: ``{"resource_id", "status", "progress", "unattended", "error", "started_at", "finished_at", "kind",
        "trouble", "complete", "tables": [{"name", "rows", "columns": [names]}]}``; ``status`` is ``waiting``,
        ``running``, ``done``, ``failed`` or ``none`` (a link, which is never fetched); ``progress`` is from 0 to 1
    :raises ObjectNotFound: no such resource
    :raises NotAuthorized: as for ``satudata_submission_check`` of its dataset
    """
    resource = _resource(context, data_dict, "satudata_file_check")
    return _shape(resource["id"], service.check_of(resource))


def satudata_file_check_again(context: dict[str, Any], data_dict: dict[str, Any]) -> dict[str, Any]:
    """Check an uploaded file anew: a small one at once, a large one by a background job.

    A check that is running is left to its end.

    :param id: id of the resource
    :returns: as ``satudata_file_check``
    :raises ObjectNotFound: no such resource
    :raises NotAuthorized: as for ``satudata_submission_check`` of its dataset
    """
    resource = _resource(context, data_dict, "satudata_file_check_again")
    return _shape(resource["id"], service.again(resource))


def _resource(context: dict[str, Any], data_dict: dict[str, Any], action: str) -> dict[str, Any]:
    refuse_unknown(data_dict, ("id",))
    if not data_dict.get("id"):
        raise tk.ValidationError({"id": [tk._("Give the id of a resource")]})
    tk.check_access(action, context, data_dict)
    return service.resource_of(str(data_dict["id"]))


def _shape(resource_id: str, check: service.Check) -> dict[str, Any]:
    facts = check.facts
    return {
        "resource_id": resource_id,
        "status": check.status,
        "progress": round(check.progress, 3),
        "unattended": check.unattended,
        "error": check.error or None,
        "started_at": check.started_at.isoformat() if check.started_at else None,
        "finished_at": check.finished_at.isoformat() if check.finished_at else None,
        "kind": facts.kind if facts else None,
        "trouble": (facts.trouble or None) if facts else None,
        "complete": facts.complete if facts else None,
        "tables": [
            {"name": table.name, "rows": table.rows, "columns": [column.name for column in table.columns]}
            for table in (facts.tables if facts else [])
        ],
    }


ACTIONS: dict[str, Callable[..., Any]] = {
    "satudata_file_check": satudata_file_check,
    "satudata_file_check_again": satudata_file_check_again,
}
