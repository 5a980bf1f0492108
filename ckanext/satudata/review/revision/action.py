"""Working copies over the API."""

from __future__ import annotations

from typing import Any

import ckantoolkit as tk
from ckan import model

from ckanext.satudata import listing
from ckanext.satudata.review import cases, schema
from ckanext.satudata.review import service as review_service
from ckanext.satudata.review.model import Review
from ckanext.satudata.review.people import actor_of

from . import compare, conflict, dictize, queries, resolve, service, versions
from . import schema as revision_schema
from .model import Revision


def satudata_revision_start(context: dict[str, Any], data_dict: dict[str, Any]) -> dict[str, Any]:
    """Open a working copy of published data: the only way its content changes while it stays published.

    The copy is a package of its own, edited with CKAN's own forms and actions under the id in ``revision_id``, and
    goes through the review like any other. The same as ``satudata_review_transition`` with ``action: revise``.

    :param id: id or name of the published dataset
    :param change_kind: ``periode_baru``, ``pemutakhiran`` or ``koreksi``
    :param public_note: what readers are told of the change once it is published
    :param body_id: for which organization the caller acts, where there is a choice
    :param expected_version: the version of the dataset's review the caller looked at
    :returns: the Revision shape
    :raises NotAuthorized: not the producer or custodian, not published, or somebody works on one already
    :raises ValidationError: keyed by field
    """
    package_id, request = revision_schema.read_start(data_dict)
    tk.check_access("satudata_revision_start", context, {"id": package_id})
    started: list[str] = []
    review_service.transition(
        actor_of(context),
        package_id,
        request,
        within=lambda event: started.append((event.content or {})["change"]["revision_id"]),
    )
    return _shape(started[0])


@tk.side_effect_free
def satudata_revision_list(context: dict[str, Any], data_dict: dict[str, Any]) -> dict[str, Any]:
    """Working copies the caller may know of, newest first.

    :param status: ``open`` (default), ``published``, ``abandoned`` or ``all``
    :param live: id or name of the published dataset
    :param organization: id or name; with everything below it
    :param mine: only those the caller started or may edit
    :param q: part of the title
    :param limit: default 20, at most 1000
    :param offset: default 0
    :returns: ``{"count", "results"}`` of Revision shapes
    """
    filters = revision_schema.read_list(data_dict)
    tk.check_access("satudata_revision_list", context, {})
    count, rows = queries.listed(actor_of(context), filters)
    return listing.listed(count, [dictize.row_dict(row) for row in rows])


@tk.side_effect_free
def satudata_revision_diff(context: dict[str, Any], data_dict: dict[str, Any]) -> dict[str, Any]:
    """What publishing a working copy would change: field by field, row by row, file by file.

    :param id: id of the working copy (``revision_id``)
    :returns: ``{"revision": shape, "changes": [...], "conflict": [...]}``; each change has ``kind``, ``scope``,
        ``field``, ``label``, ``old``, ``new``, their texts, ``parts`` and ``position``; ``conflict`` tells likewise
        what became of the published dataset since the copy was made
    :raises NotAuthorized: the caller does not see the copy
    :raises ObjectNotFound: it is no working copy, or has ended
    """
    listing.refuse_unknown(data_dict, {"id"})
    revision = _find(data_dict)
    tk.check_access("satudata_revision_diff", context, {"id": revision.copy_id})
    if not revision.is_open or model.Package.get(revision.live_id) is None:
        raise tk.ObjectNotFound(tk._("This working copy has ended."))
    live, copy = cases.show(revision.live_id), cases.show(revision.copy_id)
    changes = compare.differences(revision.copy_id, live, copy)
    return {
        "revision": _shape(revision.copy_id),
        "changes": [change.as_dict() for change in changes],
        "conflict": [change.as_dict() for change in conflict.found(revision, live)],
    }


def satudata_revision_abandon(context: dict[str, Any], data_dict: dict[str, Any]) -> dict[str, Any]:
    """Give up a working copy, or take it back while it is still there.

    :param id: id of the working copy
    :param comment: why
    :param undo: true takes an abandoned copy back
    :returns: the Revision shape
    :raises NotAuthorized: neither its producer nor who started it, or it waits for a checker; with the reason
    """
    listing.refuse_unknown(data_dict, {"id", "comment", "undo"})
    revision = _find(data_dict)
    tk.check_access("satudata_revision_abandon", context, {"id": revision.copy_id})
    comment = schema.text(data_dict.get("comment"), "comment")
    if tk.asbool(data_dict.get("undo") or False):
        service.undo(actor_of(context), revision.copy_id)
    else:
        service.abandon(actor_of(context), revision.copy_id, comment)
    return _shape(revision.copy_id)


def satudata_revision_resolve(context: dict[str, Any], data_dict: dict[str, Any]) -> dict[str, Any]:
    """Settle a conflict: the published dataset has changed since the copy was made of it.

    :param id: id of the working copy
    :param choices: ``{field: "live" | "copy"}`` for what changed on both sides; files go by the id of the published
        resource. What changed on one side only is taken from there
    :param keep: ``copy``: all of the published dataset's changes are to be overwritten (the checker may say so too)
    :param comment: why; needed with ``keep``
    :returns: the Revision shape
    :raises ValidationError: on ``choices``: what is still undecided
    :raises NotAuthorized: not the caller's to decide now; with the reason
    """
    listing.refuse_unknown(data_dict, {"id", "choices", "keep", "comment"})
    revision = _find(data_dict)
    tk.check_access("satudata_revision_resolve", context, {"id": revision.copy_id})
    comment = schema.text(data_dict.get("comment"), "comment")
    actor, keep = actor_of(context), data_dict.get("keep")
    if keep not in (None, "", "copy"):
        raise tk.ValidationError({"keep": [tk._("Give “copy”, or choices")]})
    if keep:
        resolve.keep_copy(actor, revision.copy_id, comment)
    else:
        resolve.merge(actor, revision.copy_id, revision_schema.choices(data_dict.get("choices")), comment)
    return _shape(revision.copy_id)


@tk.side_effect_free
def satudata_revision_versions(context: dict[str, Any], data_dict: dict[str, Any]) -> dict[str, Any]:
    """Every publication of a dataset, newest first, with what was said of it and the files it brought.

    :param id: id or name of the dataset
    :param limit: default 20, at most 1000
    :param offset: default 0
    :returns: ``{"count", "results"}``: ``number``, ``published_at``, ``change_kind``, ``public_note``, ``files``
        (with ``url`` for those who may download them)
    """
    listing.refuse_unknown(data_dict, {"id", "limit", "offset"})
    page = listing.page_of(data_dict)
    tk.check_access("satudata_revision_versions", context, {"id": tk.get_or_bust(data_dict, "id")})
    package = model.Package.get(data_dict["id"])
    if package is None:
        raise tk.ObjectNotFound(tk._("Dataset not found"))
    found = versions.versions(package.id)
    with_links = versions.may_download(actor_of(context), package)
    shown = found[page.offset : page.offset + page.limit]
    return listing.listed(len(found), [dictize.version_dict(version, with_links) for version in shown])


def _find(data_dict: dict[str, Any]) -> Revision:
    revision = Revision.get(str(tk.get_or_bust(data_dict, "id")))
    if revision is None:
        raise tk.ObjectNotFound(tk._("This is no working copy."))
    return revision


def _shape(copy_id: str) -> dict[str, Any]:
    revision = Revision.get(copy_id)
    assert revision is not None
    package, live = model.Package.get(copy_id), model.Package.get(revision.live_id)
    return dictize.one(revision, package, live, Review.get(copy_id))


OWN_ACTIONS = {
    "satudata_revision_start": satudata_revision_start,
    "satudata_revision_list": satudata_revision_list,
    "satudata_revision_diff": satudata_revision_diff,
    "satudata_revision_abandon": satudata_revision_abandon,
    "satudata_revision_resolve": satudata_revision_resolve,
    "satudata_revision_versions": satudata_revision_versions,
}
