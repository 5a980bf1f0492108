"""The DataStore's list of its own tables, kept from those who may not read them all.

CKAN gives ``_table_metadata`` to everybody (``ckan.datastore.public_table_search``): the ids of all tables, those of
unpublished data among them.
"""

from __future__ import annotations

from typing import Any

import ckantoolkit as tk
from ckan import plugins
from ckan.logic import auth_audit_exempt

from ckanext.satudata import config

from .errors import refuse
from .people import actor_of

LIST_OF_TABLES = "_table_metadata"


def _refuse_list_of_tables(context: dict[str, Any], asked: str) -> None:
    if LIST_OF_TABLES not in asked.lower() or not config.review_enabled():
        return
    actor = actor_of(context)
    if not (actor.sysadmin or actor.trusted):
        raise refuse(tk._("The list of all tables is for the portal admin; ask for a resource by its id."))


# CKAN exempts actions of plugins from its audit of auth calls; a chain has to ask for the same.
@auth_audit_exempt
@tk.side_effect_free
@tk.chained_action
def datastore_search(next_action: Any, context: dict[str, Any], data_dict: dict[str, Any]) -> Any:
    """CKAN's search; the list of tables is for the portal admin."""
    _refuse_list_of_tables(context, str(data_dict.get("resource_id") or data_dict.get("id") or ""))
    return next_action(context, data_dict)


@auth_audit_exempt
@tk.side_effect_free
@tk.chained_action
def datastore_search_sql(next_action: Any, context: dict[str, Any], data_dict: dict[str, Any]) -> Any:
    """CKAN's search by SQL; the list of tables is for the portal admin."""
    _refuse_list_of_tables(context, str(data_dict.get("sql") or ""))
    return next_action(context, data_dict)


def actions() -> dict[str, Any]:
    """Links in the chains of the DataStore's actions, where that plugin is there to be chained."""
    if not plugins.plugin_loaded("datastore"):
        return {}
    found = {"datastore_search": datastore_search}
    if tk.asbool(tk.config.get("ckan.datastore.sqlsearch.enabled", False)):
        found["datastore_search_sql"] = datastore_search_sql
    return found
