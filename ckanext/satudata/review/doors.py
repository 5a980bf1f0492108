"""The doors that never reach ``package_update``, each with a link of ours in its chain.

Which action and which route does what stands in ``classified.py``; ``guard.py`` holds the two doors all others end in.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import ckantoolkit as tk
import sqlalchemy as sa
from ckan import model, plugins
from ckan.logic import auth_audit_exempt

from ckanext.satudata import texts

from . import activities, cases, closed, guard, harvesting, programs, service
from .errors import refuse
from .model import Review
from .people import actor_of
from .recommendation import service as recommendation
from .revision import hooks as revision

Action = Callable[..., Any]


@tk.chained_action
def package_delete(next_action: Action, context: dict[str, Any], data_dict: dict[str, Any]) -> Any:
    """Delete as CKAN does where nobody waits for it and nobody reads it; with an event."""
    _record_end(context, data_dict, "delete")
    return next_action(context, data_dict)


@tk.chained_action
def dataset_purge(next_action: Action, context: dict[str, Any], data_dict: dict[str, Any]) -> Any:
    """Purge as CKAN does; the row and its history stay."""
    _record_end(context, data_dict, "purge")
    package = _package(data_dict.get("id"))
    if package is not None:
        # CKAN takes it out of the index first, and then fails on a dataset that still has collaborators.
        model.Session.execute(sa.delete(model.PackageMember).where(model.PackageMember.package_id == package.id))
    return next_action(context, data_dict)


def _record_end(context: dict[str, Any], data_dict: dict[str, Any], action: str) -> None:
    """Check a deletion or purge and write its event; CKAN's own commit takes both."""
    package = _package(data_dict.get("id"))
    if package is None:
        return
    tk.check_access(f"{'package_delete' if action == 'delete' else 'dataset_purge'}", context, {"id": package.id})
    case = cases.lock(package.id)
    actor = actor_of(context)
    if package.state != model.State.DELETED:
        closed.check_delete(actor, case)
    elif action == "delete":
        return
    if case.review.harvested:
        actor = programs.under(actor, programs.may_publish(actor, package.id))
    revision.live_ended(actor, package.id)
    case.review.version += 1
    case.review.override = None
    service.record(actor, case.review, package, action)


@tk.chained_action
def package_owner_org_update(next_action: Action, context: dict[str, Any], data_dict: dict[str, Any]) -> Any:
    """Refuse to move what has been handed over; CKAN calls this itself with the owner unchanged."""
    texts.texts_only(data_dict, ("id", "organization_id"))
    package = model.Session.get(model.Package, data_dict.get("id")) or _package(data_dict.get("id"))
    if package is not None and package.owner_org == data_dict.get("organization_id"):
        return next_action(context, data_dict)
    package = _package(data_dict.get("id"))
    organization = model.Group.get(data_dict.get("organization_id"))
    owner = organization.id if organization else None
    if package is None or owner == package.owner_org:
        return next_action(context, data_dict)
    tk.check_access("package_owner_org_update", context, data_dict)
    case = cases.lock(package.id)
    if owner is None:
        raise refuse(tk._("Data under review always has an owner; choose the organization."))
    actor = actor_of(context)
    closed.check_move(actor, case, owner)
    case.review.organization_id = owner
    recommendation.follow(case.package.id, owner)
    revision.live_moved(package.id, owner)
    service.record(actor, case.review, package, "move")
    result = next_action(context, data_dict)
    # CKAN neither indexes here nor moves the date, and old labels would go on deciding.
    from . import aftermath

    if not context.get("defer_commit"):
        aftermath.reindex_or_enqueue(package.id)
    return result


@tk.chained_action
def member_create(next_action: Action, context: dict[str, Any], data_dict: dict[str, Any]) -> Any:
    """Membership of a dataset in a group is content."""
    _require_open_member(context, data_dict)
    return next_action(context, data_dict)


@tk.chained_action
def member_delete(next_action: Action, context: dict[str, Any], data_dict: dict[str, Any]) -> Any:
    """Membership of a dataset in a group is content."""
    _require_open_member(context, data_dict)
    return next_action(context, data_dict)


def _require_open_member(context: dict[str, Any], data_dict: dict[str, Any]) -> None:
    if data_dict.get("object_type") == "package":
        package = _package(data_dict.get("object"))
        closed.require_open(context, package.id if package else None)


@tk.chained_action
def group_create(next_action: Action, context: dict[str, Any], data_dict: dict[str, Any]) -> Any:
    """A group takes in only datasets that are open to its maker."""
    _require_open_packages(context, None, data_dict)
    return next_action(context, data_dict)


@tk.chained_action
def group_update(next_action: Action, context: dict[str, Any], data_dict: dict[str, Any]) -> Any:
    """A group takes in and lets go only datasets that are open to its editor."""
    _require_open_packages(context, model.Group.get(data_dict.get("id")), data_dict)
    return next_action(context, data_dict)


def _require_open_packages(context: dict[str, Any], group: model.Group | None, data_dict: dict[str, Any]) -> None:
    if "packages" not in data_dict:
        return
    given = {
        package.id
        for item in data_dict["packages"] or []
        if isinstance(item, dict) and (package := model.Package.get(item.get("id") or item.get("name")))
    }
    stored: set[str] = set()
    if group is not None:
        stored = set(
            model.Session.scalars(
                sa.select(model.Member.table_id).where(
                    model.Member.group_id == group.id,
                    model.Member.table_name == "package",
                    model.Member.state == model.State.ACTIVE,
                )
            )
        )
    for package_id in sorted(given ^ stored):
        closed.require_open(context, package_id)


def _relationship(next_action: Action, context: dict[str, Any], data_dict: dict[str, Any]) -> Any:
    """A link between two datasets is content of both."""
    for end in ("subject", "object"):
        package = _package(data_dict.get(end))
        closed.require_open(context, package.id if package else None)
    return next_action(context, data_dict)


def _view_of_resource(next_action: Action, context: dict[str, Any], data_dict: dict[str, Any]) -> Any:
    """A view shows texts of its own: it is content. Default views follow from what was already allowed."""
    if not context.get("ignore_auth"):
        # Ordering the views names the resource as ``id``.
        resource_id = data_dict.get("resource_id") or data_dict.get("id")
        closed.require_open(context, _package_of_resource(resource_id), derived=True)
    return next_action(context, data_dict)


def _view_by_id(next_action: Action, context: dict[str, Any], data_dict: dict[str, Any]) -> Any:
    """As ``_view_of_resource``, for actions that name the view."""
    view = model.ResourceView.get(data_dict.get("id")) if data_dict.get("id") else None
    resource_id = view.resource_id if view else data_dict.get("resource_id")
    return _view_of_resource(lambda c, d: next_action(c, data_dict), context, {"resource_id": resource_id})


def _default_views(next_action: Action, context: dict[str, Any], data_dict: dict[str, Any]) -> Any:
    """Default views name the dataset or the resource as a dict."""
    if not context.get("ignore_auth"):
        package_id = (data_dict.get("package") or {}).get("id")
        resource_id = (data_dict.get("resource") or {}).get("id")
        closed.require_open(context, package_id or _package_of_resource(resource_id), derived=True)
    return next_action(context, data_dict)


def _datastore(next_action: Action, context: dict[str, Any], data_dict: dict[str, Any]) -> Any:
    """Rows of a table are content, unless a listed program loads them from the uploaded file or its link."""
    resource = data_dict.get("resource") or {}
    resource_id = data_dict.get("resource_id") or data_dict.get("id") or resource.get("id")
    found = model.Resource.get(resource_id) if resource_id else None
    package_id = found.package_id if found else resource.get("package_id")
    derived = found is not None and found.url_type not in ("datastore", "tabledesigner")
    closed.require_open(context, package_id, derived=derived)
    result = next_action(context, data_dict)
    # CKAN writes to its other database only: without this the author just noted would be forgotten (four eyes).
    if not context.get("defer_commit"):
        model.Session.commit()
    return result


def _file(next_action: Action, context: dict[str, Any], data_dict: dict[str, Any]) -> Any:
    """A file that belongs to a dataset or resource is content; so is giving one to it."""
    file = model.Session.get(model.File, data_dict.get("id"))
    owners = [(data_dict.get("owner_type"), data_dict.get("owner_id"))]
    if file is not None and file.owner is not None:
        owners.append((file.owner.owner_type, file.owner.owner_id))
    for owner_type, owner_id in owners:
        if owner_type == "package":
            package = _package(owner_id)
            closed.require_open(context, package.id if package else None)
        elif owner_type == "resource":
            closed.require_open(context, _package_of_resource(owner_id))
    return next_action(context, data_dict)


def _package(name_or_id: Any) -> model.Package | None:
    """A package under review by id or name; None for anything else."""
    if not name_or_id or not isinstance(name_or_id, str):
        return None
    package = model.Package.get(name_or_id)
    if package is None or not cases.is_reviewed_type(package.type) or Review.get(package.id) is None:
        return None
    return package


def _package_of_resource(resource_id: Any) -> str | None:
    resource = model.Resource.get(resource_id) if resource_id else None
    return resource.package_id if resource else None


def _chained(names: Iterable[str], function: Action) -> dict[str, Action]:
    """The same door in front of several actions; CKAN tells chained actions apart by attribute."""

    def make(name: str) -> Action:
        def door(next_action: Action, context: dict[str, Any], data_dict: dict[str, Any]) -> Any:
            return function(next_action, context, data_dict)

        door.__name__ = name
        door.__doc__ = function.__doc__
        return tk.chained_action(door)

    return {name: make(name) for name in names}


ACTIONS: dict[str, Action] = {
    "package_create": guard.package_create,
    "package_update": guard.package_update,
    "package_delete": package_delete,
    "dataset_purge": dataset_purge,
    "package_owner_org_update": package_owner_org_update,
    "member_create": member_create,
    "member_delete": member_delete,
    "group_create": group_create,
    "group_update": group_update,
    **_chained(
        ("package_relationship_create", "package_relationship_update", "package_relationship_delete"), _relationship
    ),
    **_chained(("resource_view_create", "resource_view_reorder"), _view_of_resource),
    **_chained(("resource_view_update", "resource_view_delete"), _view_by_id),
    **_chained(("package_create_default_resource_views", "resource_create_default_resource_views"), _default_views),
    **_chained(("file_delete", "file_rename", "file_ownership_transfer", "file_pin", "file_unpin"), _file),
}
_DATASTORE = _chained(
    ("datastore_create", "datastore_upsert", "datastore_delete", "datastore_records_delete", "datastore_run_triggers"),
    _datastore,
)
for _door in _DATASTORE.values():
    # CKAN exempts actions of plugins from its audit of auth calls; a chain has to ask for the same.
    auth_audit_exempt(_door)


def actions() -> dict[str, Action]:
    """All chained actions; those of DataStore and harvester only where these plugins are there to be chained."""
    beside = _DATASTORE if plugins.plugin_loaded("datastore") else {}
    return {**ACTIONS, **beside, **harvesting.actions(), **activities.actions()}
