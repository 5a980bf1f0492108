"""Writing a copy's content onto the published dataset: which part becomes which, what is carried, what is checked."""

from __future__ import annotations

import contextlib
import uuid
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import ckantoolkit as tk
from ckan import model

from ckanext.satudata.review import content, service
from ckanext.satudata.review.cases import Case
from ckanext.satudata.review.errors import invalid
from ckanext.satudata.review.people import Actor

from . import copying, files, tables
from .marks import being_published
from .model import Revision, RevisionPart

#: Never carried from the copy to the published dataset.
STRIPPED = frozenset(
    "id name type owner_org creator_user_id metadata_created metadata_modified num_resources num_tags organization "
    "relationships_as_subject relationships_as_object isopen license_title license_url private state plugin_data "
    "prioritas_tahun prioritas_daerah_tahun kode_kegiatan".split()
)
STRIPPED_OF_RESOURCE = frozenset("id package_id metadata_modified created position state".split())
#: Ids of what a copy adds are made from the id in the copy: a repeat gives the same.
_NAMESPACE = uuid.UUID("6f0e4a52-6f1c-5d0b-9f6a-6f3f2f6a5d55")


def part_ids(revision: Revision, copy: Mapping[str, Any]) -> dict[str, str]:
    """Resource id in the copy → id in the published dataset; what is new gets its id now, and keeps it."""
    return _mapped(revision.copy_id, "resource", [resource["id"] for resource in copy.get("resources") or []])


def _mapped(copy_id: str, kind: str, parts: list[str]) -> dict[str, str]:
    known = RevisionPart.mapping(copy_id, kind)
    new = [(part, str(uuid.uuid5(_NAMESPACE, part))) for part in parts if part not in known]
    RevisionPart.keep(copy_id, kind, new)
    known.update(new)
    return {part: known[part] for part in parts}


def merged(
    copy: Mapping[str, Any], live: Mapping[str, Any], ids: Mapping[str, str], active: Callable[[str], bool]
) -> dict[str, Any]:
    """The copy's content under the published dataset's name; for ``package_update``.

    :param active: whether a table stands behind a resource of the copy: what the dict says of it may be old
    """
    data = {key: value for key, value in copy.items() if key not in STRIPPED}
    data.update(id=live["id"], name=live["name"], type=live["type"], owner_org=live["owner_org"], state=live["state"])
    data["resources"] = [
        {
            **{key: value for key, value in resource.items() if key not in STRIPPED_OF_RESOURCE},
            "id": ids[resource["id"]],
            "datastore_active": active(resource["id"]),
        }
        for resource in copy.get("resources") or []
    ]
    return data


def write(actor: Actor, live: Case, before: dict[str, Any], copy: Mapping[str, Any], ids: Mapping[str, str]) -> None:
    """Content, files and views, in the current transaction: neither committed nor indexed."""
    context = {
        "user": actor.name if actor.id else "",
        # Groups are for their members to fill; the approval stands for all of the content.
        "ignore_auth": True,
        "defer_commit": True,
        "return_id_only": True,
        "original_package": before,
    }
    with publishing(live.package.id):
        tk.get_action("package_update")(context, merged(copy, before, ids, tables.has_table))
    for copy_id, live_id in ids.items():
        resource = model.Session.get(model.Resource, live_id)
        if resource is not None and resource.url_type == "upload":
            files.refer(live_id, copy_id)
        if resource is not None:
            # Told of a new address, loaders would load a table that stands already.
            resource.url_changed = False
    _write_views(live.package.id, copy["id"], ids)
    service.touch(live.package)
    model.Session.flush()


def _write_views(live_id: str, copy_id: str, ids: Mapping[str, str]) -> None:
    wanted = copying.views_of(ids)
    known = set(RevisionPart.mapping(copy_id, "view").values())
    mapping = _mapped(copy_id, "view", [view.id for view in wanted])
    kept = set(mapping.values())
    coming = [(ids[view.resource_id], copying.shape_of_view(view)) for view in wanted]
    for view in copying.views_of(resource.id for resource in copying.resources_of(live_id)):
        # What the published dataset was given since stays, unless the copy brings the same.
        if view.id not in kept and (view.id in known or (view.resource_id, copying.shape_of_view(view)) in coming):
            model.Session.delete(view)
    for view in wanted:
        copying.write_view(view, mapping[view.id], ids[view.resource_id])
    model.Session.flush()


def check_written(copy: Mapping[str, Any], after: Mapping[str, Any], ids: Mapping[str, str]) -> None:
    """What was approved is what is published, to the last field; whatever plugins make of it on the way."""
    approved, written = content.content_of(dict(copy)), content.content_of(dict(after))
    for resource in approved.get("resources", ()):
        resource["id"] = ids[resource["id"]]
    approved.pop("name", None)
    written.pop("name", None)
    if approved == written:
        return
    different = sorted(key for key in {*approved, *written} if approved.get(key) != written.get(key))
    raise invalid(
        "id",
        tk._("CKAN stored something else than what was approved, in: {fields}. Nothing was published.").format(
            fields=", ".join(different)
        ),
    )


@contextlib.contextmanager
def publishing(package_id: str) -> Iterator[None]:
    """The guard lets this one write through while the block runs."""
    token = being_published.set(package_id)
    try:
        yield
    finally:
        being_published.reset(token)
