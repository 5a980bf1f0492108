"""Doors that ckanext-harvest brings: the documents it keeps, and the removal of all that a source brought."""

from __future__ import annotations

from typing import Any

import ckantoolkit as tk
import sqlalchemy as sa
from ckan import model, plugins

from ckanext.satudata import config

from . import cases, programs, service
from .errors import refuse
from .model import Review
from .people import actor_of


@tk.side_effect_free
@tk.chained_action
def harvest_object_show(next_action: Any, context: dict[str, Any], data_dict: dict[str, Any]) -> Any:
    """The document a harvester fetched, for those who may see what became of it.

    ckanext-harvest shows it to everybody: the whole content of a dataset that waits for its review.
    """
    found = next_action(context, data_dict)
    if config.review_enabled():
        asked = {"user": context.get("user"), "auth_user_obj": context.get("auth_user_obj")}
        if not context.get("ignore_auth"):
            if found.get("package_id"):
                tk.check_access("package_show", asked, {"id": found["package_id"]})
            else:
                # Fetched and not yet imported: what it will be is not known to the review.
                tk.check_access("harvest_source_update", asked, {"id": found["harvest_source_id"]})
    return found


@tk.chained_action
def harvest_source_clear(next_action: Any, context: dict[str, Any], data_dict: dict[str, Any]) -> Any:
    """Remove what a source brought as ckanext-harvest does, past CKAN's actions, with an event for each dataset.

    :raises NotAuthorized: some of it has been published or waits for somebody, and this is not the portal admin
    """
    if not config.review_enabled():
        return next_action(context, data_dict)
    tk.check_access("harvest_source_clear", context, data_dict)
    from ckanext.harvest.model import HarvestObject

    ids = model.Session.scalars(
        sa.select(HarvestObject.package_id)
        .join(Review, Review.package_id == HarvestObject.package_id)
        .join(model.Package, model.Package.id == HarvestObject.package_id)
        .where(
            HarvestObject.harvest_source_id == data_dict.get("id"),
            model.Package.type.not_in(config.exempt_types()),
        )
        .distinct()
        .order_by(HarvestObject.package_id)
    ).all()
    actor = actor_of(context)
    locked = [cases.lock(package_id) for package_id in ids]
    if not (actor.sysadmin or actor.trusted) and any(not case.state.editable_by for case in locked):
        raise refuse(tk._("Some of this data is published or under review; only the portal admin clears the source."))
    for case in locked:
        case.review.version += 1
        case.review.override = None
        policy = programs.may_publish(actor, case.package.id)
        service.record(programs.under(actor, policy), case.review, case.package, "purge")
    return next_action(context, data_dict)


def actions() -> dict[str, Any]:
    """Links in the chains of the harvester's actions, where that plugin is there to be chained."""
    if not plugins.plugin_loaded("harvest"):
        return {}
    return {"harvest_object_show": harvest_object_show, "harvest_source_clear": harvest_source_clear}
