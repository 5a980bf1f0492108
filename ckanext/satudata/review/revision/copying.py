"""Making a working copy: a package of its own, row by row as the published one is stored.

Rows are copied, not dictionaries sent through a form: what is stored is copied even where today's validators would
refuse it, no other plugin takes the copy for new data, and all of it stands in one transaction. Files follow by
reference, tables afterwards (the DataStore is another database).
"""

from __future__ import annotations

import copy as copies
import datetime as dt
import uuid
from collections.abc import Iterable
from typing import Any

import sqlalchemy as sa
from ckan import model

from . import files
from .marks import CORE_STATE, copy_name
from .model import RevisionPart

#: Columns of a package that are not carried: who and what the row is.
_OWN = frozenset({"id", "name", "state", "private", "creator_user_id", "metadata_created", "metadata_modified"})
_OWN_OF_RESOURCE = frozenset({"id", "package_id", "state", "position"})
#: Columns that hold content; every other field of a schema stands in ``extras``.
PACKAGE_COLUMNS = frozenset(
    "title version url author author_email maintainer maintainer_email notes license_id".split()
)
_OWN_OF_VIEW = frozenset({"id", "resource_id"})


def copy_package(live: model.Package, creator_id: str | None) -> model.Package:
    """Copy package, tags, groups, resources, views and references to files; flushed, not committed.

    :param live: locked by the caller
    :returns: the copy: private, in core state ``revision``, its parts mapped in our table
    """
    now, copy_id = dt.datetime.utcnow(), str(uuid.uuid4())
    copy = model.Package(**_columns(live, _OWN))
    copy.id, copy.name = copy_id, copy_name(copy_id)
    copy.private, copy.state = True, CORE_STATE
    copy.creator_user_id = creator_id
    copy.metadata_created = copy.metadata_modified = now
    model.Session.add(copy)
    model.Session.flush()
    _copy_tags(live, copy)
    _copy_memberships(live, copy)
    resources = resources_of(live.id)
    pairs = [(str(uuid.uuid4()), resource) for resource in resources]
    for place, (resource_id, resource) in enumerate(pairs):
        add_resource(copy_id, resource_id, resource, place)
    model.Session.flush()
    RevisionPart.keep(copy_id, "resource", [(resource_id, resource.id) for resource_id, resource in pairs])
    for resource_id, resource in pairs:
        if resource.url_type == "upload":
            files.refer(resource_id, resource.id)
        RevisionPart.keep(copy_id, "view", copy_views(resource.id, resource_id))
    return copy


def resources_of(package_id: str) -> list[Any]:
    """The active resources of a package in order, as they stand in the database now."""
    query = (
        sa.select(model.Resource)
        .where(model.Resource.package_id == package_id, model.Resource.state == model.State.ACTIVE)
        .order_by(model.Resource.position)
        .execution_options(populate_existing=True)
    )
    return list(model.Session.scalars(query))


def add_resource(package_id: str, resource_id: str, source: Any, place: int) -> None:
    """Give a package a resource like that one."""
    resource = model.Resource(**_columns(source, _OWN_OF_RESOURCE))
    resource.id, resource.package_id, resource.position = resource_id, package_id, place
    resource.state = model.State.ACTIVE
    model.Session.add(resource)


def pairs_of(copy_id: str) -> list[tuple[str, Any]]:
    """Resources of a copy, each with the published one it stands for: ``(id in the copy, published resource)``."""
    found = []
    for copy_part, live_part in RevisionPart.mapping(copy_id, "resource").items():
        resource = model.Session.get(model.Resource, live_part)
        if resource is not None:
            found.append((copy_part, resource))
    return found


def move_owner(package: model.Package, organization_id: str | None) -> None:
    """Give a copy another owner, in the column and beside it."""
    package.owner_org = organization_id
    model.Session.execute(
        sa.update(model.Member)
        .where(
            model.Member.table_name == "package",
            model.Member.table_id == package.id,
            model.Member.capacity == "organization",
        )
        .values(group_id=organization_id)
    )


def views_of(resource_ids: Iterable[str]) -> list[Any]:
    """The views of some resources, in order."""
    query = (
        sa.select(model.ResourceView)
        .where(model.ResourceView.resource_id.in_(list(resource_ids)))
        .order_by(model.ResourceView.resource_id, model.ResourceView.order, model.ResourceView.id)
        .execution_options(populate_existing=True)
    )
    return list(model.Session.scalars(query))


def shape_of_view(view: Any) -> list[Any]:
    """A view without its id and place, which differ in a copy."""
    return [view.view_type, view.title or "", view.description or "", dict(view.config or {})]


def copy_views(from_resource: str, to_resource: str) -> list[tuple[str, str]]:
    """Give a resource views like those of another; returns pairs ``(new id, id it was copied from)``."""
    pairs = []
    for view in views_of([from_resource]):
        new = model.ResourceView(**_columns(view, _OWN_OF_VIEW))
        new.id, new.resource_id = str(uuid.uuid4()), to_resource
        model.Session.add(new)
        pairs.append((new.id, view.id))
    model.Session.flush()
    return pairs


def write_view(source: Any, view_id: str, resource_id: str) -> None:
    """Make the view of that id what another one is, or add it under that id."""
    view = model.Session.get(model.ResourceView, view_id)
    if view is None:
        view = model.ResourceView(**_columns(source, _OWN_OF_VIEW))
        view.id, view.resource_id = view_id, resource_id
        model.Session.add(view)
        return
    for key, value in _columns(source, _OWN_OF_VIEW).items():
        setattr(view, key, value)


def _columns(row: Any, left_out: frozenset[str]) -> dict[str, Any]:
    """The columns of a row by name; JSON is copied, so that no two rows share an object."""
    return {
        column.key: copies.deepcopy(_plain(getattr(row, column.key)))
        for column in sa.inspect(type(row)).columns
        if column.key not in left_out
    }


def _plain(value: Any) -> Any:
    # CKAN's mutable dicts know the row they belong to; a copy must not.
    return dict(value) if isinstance(value, dict) else value


def insert_resource(package_id: str, source: Any) -> str:
    """Give a package one more resource like that one, at its end; returns the new id."""
    resource_id = str(uuid.uuid4())
    add_resource(package_id, resource_id, source, len(resources_of(package_id)))
    model.Session.flush()
    return resource_id


def overwrite_resource(source: Any, target: Any) -> None:
    """Make a resource what another one is; its id and place stay."""
    for key, value in _columns(source, _OWN_OF_RESOURCE).items():
        setattr(target, key, value)


def replace_tags(source: model.Package, target: model.Package) -> None:
    """Give a package the tags of another, and no others."""
    # What was set on the row before must not be forgotten with its list of tags.
    model.Session.flush()
    model.Session.execute(sa.delete(model.PackageTag).where(model.PackageTag.package_id == target.id))
    model.Session.expire(target)
    _copy_tags(source, target)


def replace_groups(source: model.Package, target: model.Package) -> None:
    """Put a package into the groups of another, and no others; owners included, which are the same."""
    model.Session.execute(
        sa.delete(model.Member).where(model.Member.table_name == "package", model.Member.table_id == target.id)
    )
    _copy_memberships(source, target)


def _copy_tags(live: model.Package, copy: model.Package) -> None:
    query = sa.select(model.PackageTag.tag_id).where(
        model.PackageTag.package_id == live.id, model.PackageTag.state == model.State.ACTIVE
    )
    for tag_id in model.Session.scalars(query).all():
        tag = model.Session.get(model.Tag, tag_id)
        model.Session.add(model.PackageTag(copy, tag, model.State.ACTIVE))


def _copy_memberships(live: model.Package, copy: model.Package) -> None:
    """Groups, and the owner as CKAN keeps it beside the column."""
    query = sa.select(model.Member.group_id, model.Member.capacity).where(
        model.Member.table_name == "package",
        model.Member.table_id == live.id,
        model.Member.state == model.State.ACTIVE,
    )
    for row in model.Session.execute(query).all():
        # By its object: Member sets its group to None where only the id is given, and the id goes with it.
        group = model.Session.get(model.Group, row.group_id)
        model.Session.add(model.Member(group=group, table_name="package", table_id=copy.id, capacity=row.capacity))
