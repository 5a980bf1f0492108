"""What follows a transition once it is committed: index, hooks, activity. None of it can undo the transition."""

from __future__ import annotations

import logging
from typing import Any

import ckantoolkit as tk
import sqlalchemy as sa
from ckan import model, plugins
from ckan.lib.plugins import get_permission_labels
from ckan.logic import index_update_package

from ckanext.satudata.standards.quality import service as quality

from .model import ReviewEvent
from .notices import service as notices
from .people import Actor
from .workflows import in_force

log = logging.getLogger(__name__)


def follow_up(actor: Actor, package: model.Package, event: ReviewEvent) -> None:
    """Index, tell other extensions, and write the activity; failures are logged and retried, never raised."""
    package_id, action = package.id, event.action
    if _publishes(event):
        quality.after_publication(package_id, event.at)
    reindex_or_enqueue(package_id)
    _call_hooks(actor, package_id)
    if action in ("publish", "unpublish") and event.to_state != event.from_state:
        _write_activity(actor, package_id)
    notices.enqueue()


def _publishes(event: ReviewEvent) -> bool:
    """Whether this event made content public now; to begin a working copy leaves a dataset public, too."""
    workflow = in_force(event.track)
    declared = workflow.transitions.get(event.action)
    if declared is None or not event.to_state or (declared.effect or declared.name) != "publish":
        return False
    return workflow.state(event.to_state).public


def reindex_or_enqueue(package_id: str) -> bool:
    """Index one package from the database; where Solr refuses, leave it to a job.

    :returns: whether it is indexed now
    """
    try:
        index_update_package({"ignore_auth": True}, package_id)
        return True
    except Exception:
        log.exception("Package %s could not be indexed; a job will try again", package_id)
        model.Session.rollback()
    try:
        tk.enqueue_job(reindex_job, [package_id], title=f"satudata: index {package_id}")
    except Exception:
        log.exception(
            "The job to index %s could not be enqueued; run: ckan search-index rebuild %s", package_id, package_id
        )
    return False


def reindex_job(package_id: str) -> None:
    """Background job: index one package from the database."""
    if model.Package.get(package_id) is not None:
        index_update_package({"ignore_auth": True}, package_id)


def hide(package: model.Package) -> None:
    """Take a package out of public sight before its withdrawal is committed.

    The index goes first: with Solr down this raises and nothing changes. Activity rows keep the labels of the
    day they were written; those of the public time are relabelled in the same transaction.

    :raises SearchIndexError: Solr did not take it
    """
    model.Session.flush()
    index_update_package({"ignore_auth": True}, package.id)
    relabel_activity(package)


def relabel_activity(package: model.Package) -> None:
    """Give the activity of the public time the labels of now, in the current transaction."""
    if plugins.plugin_loaded("activity"):
        from ckanext.activity.model import Activity

        labels = get_permission_labels().get_dataset_labels(package)
        # CKAN shows rows of other types (views) to everybody, whatever their labels; see activities.py.
        model.Session.execute(
            sa.delete(Activity)
            .where(Activity.object_id == package.id, Activity.activity_type.not_like("%package"))
            .execution_options(synchronize_session=False)
        )
        model.Session.execute(
            sa.update(Activity)
            .where(Activity.object_id == package.id)
            .values(permission_labels=labels)
            .execution_options(synchronize_session=False)
        )


def _call_hooks(actor: Actor, package_id: str) -> None:
    try:
        package = tk.get_action("package_show")({"ignore_auth": True, "use_cache": False}, {"id": package_id})
    except Exception:
        log.exception("Package %s could not be read after its transition", package_id)
        return
    for plugin in plugins.PluginImplementations(plugins.IPackageController):
        try:
            plugin.after_dataset_update({"user": actor.name, "ignore_auth": True}, package)
        except Exception:
            log.exception("Plugin %r failed after a transition of %s", plugin, package_id)
            model.Session.rollback()


def _write_activity(actor: Actor, package_id: str) -> None:
    if not plugins.plugin_loaded("activity") or actor.id is None:
        return
    try:
        package = model.Package.get(package_id)
        data: dict[str, Any] = {
            "package": tk.get_action("package_show")({"ignore_auth": True}, {"id": package_id}),
            "actor": actor.name,
        }
        tk.get_action("activity_create")(
            {"ignore_auth": True, "user": actor.name},
            {
                "user_id": actor.id,
                "object_id": package_id,
                "activity_type": "changed package",
                "data": data,
                "permission_labels": get_permission_labels().get_dataset_labels(package),
            },
        )
    except Exception:
        log.exception("The activity of %s could not be written", package_id)
        model.Session.rollback()
