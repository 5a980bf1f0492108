"""Links in the chains of CKAN's actions: readers are kept apart from working copies, and get one version whole."""

from __future__ import annotations

import logging
from typing import Any

import ckantoolkit as tk
import sqlalchemy as sa
from ckan import model
from ckan.logic import auth_audit_exempt

from ckanext.satudata import config, startup

from .model import Revision

log = logging.getLogger(__name__)

#: More often than this nobody publishes while one package is read.
TRIES = 4


# CKAN exempts its own reading actions from the audit of auth calls where the inner one asks; a chain says it again.
@auth_audit_exempt
@tk.side_effect_free
@tk.chained_action
def package_show(next_action: Any, context: dict[str, Any], data_dict: dict[str, Any]) -> dict[str, Any]:
    """CKAN's answer, of one version.

    Without a fresh copy in the index CKAN reads package, resources, tags one after the other; a publication that
    commits in between gives a mixture (13 of 750 seen, none of 702 with this). So the date is read once more, and
    everything again where it has moved.
    """
    result: dict[str, Any] = next_action(context, data_dict)
    if not config.review_enabled() or model.Session.dirty or model.Session.new:
        # In the middle of a write of our own there is nobody to be overtaken by: the row is locked.
        return result
    before: Any = None
    for _try in range(TRIES):
        package_id, read = result.get("id"), result.get("metadata_modified")
        stored = model.Session.scalar(sa.select(model.Package.metadata_modified).where(model.Package.id == package_id))
        # Twice the same difference is no publication: somebody shows the date in another way.
        if stored is None or read is None or stored.isoformat() == read or before == (stored, read):
            return result
        before = (stored, read)
        log.debug("Package %s moved from %s to %s while it was read", package_id, read, stored)
        model.Session.expire_all()
        result = next_action(context, data_dict)
    return result


@tk.chained_action
def activity_create(next_action: Any, context: dict[str, Any], data_dict: dict[str, Any]) -> Any:
    """No activity tells of a working copy: lists of activities show what the public reads, and who works on what is
    for those concerned, in the history of the review."""
    if startup.is_migrated() and Revision.get(str(data_dict.get("object_id") or "")) is not None:
        tk.check_access("activity_create", context, data_dict)
        return {}
    return next_action(context, data_dict)


def leave_copies_out(search_params: dict[str, Any]) -> dict[str, Any]:
    """For ``before_dataset_search``: whoever asks for states by name gets no working copies either.

    Searches that name no state are left as they are: CKAN asks for active ones by itself.
    """
    queries = [search_params.get("fq") or "", *(search_params.get("fq_list") or [])]
    if any("state:" in str(query) for query in queries):
        search_params["fq"] = f"{search_params.get('fq') or ''} -state:revision".strip()
    return search_params


def actions() -> dict[str, Any]:
    """What this part chains; activities only where that plugin is there to be chained."""
    from ckan import plugins

    found = {"package_show": package_show}
    if plugins.plugin_loaded("activity"):
        found["activity_create"] = activity_create
    return found
