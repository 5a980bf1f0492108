"""Publishing a working copy: its content is written onto the published dataset, which keeps its id, name and addresses.

One transaction of CKAN takes package, references to files, review rows, event, activity and the copy's end. The
tables of the DataStore are put in place while it is held open, and committed straight after; then the index. What is
left to do when a process dies in between stands in our row (``steps``).
"""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Callable, Mapping
from typing import Any

import ckantoolkit as tk
from ckan import model, plugins
from ckan.lib.plugins import get_permission_labels

from ckanext.satudata.review import aftermath, cases, chain, content, service
from ckanext.satudata.review.cases import Case
from ckanext.satudata.review.errors import invalid, refuse
from ckanext.satudata.review.model import Review, ReviewEvent
from ckanext.satudata.review.people import Actor
from ckanext.satudata.review.requirements import Plan, Request

from . import conflict, files, fingerprint, steps, tables, writing
from .model import PUBLISHED, Revision
from .service import lock_package, obstacle_to_publish
from .versions import publications

log = logging.getLogger(__name__)


def lock_live(name_or_id: str) -> None:
    """Lock the published dataset before its copy; nothing for a package that is no copy.

    Everybody else who locks both takes them in this order.
    """
    query = (
        model.Session.query(Revision.live_id)
        .join(model.Package, model.Package.id == Revision.copy_id)
        .filter((model.Package.id == name_or_id) | (model.Package.name == name_or_id))
    )
    row = query.first()
    if row is not None:
        lock_package(row.live_id)


def publish(
    actor: Actor, copy: Case, plan: Plan, request: Request, within: Callable[[ReviewEvent], None] | None = None
) -> tuple[Case, ReviewEvent]:
    """Publish a locked copy whose transition has been checked; commits, and then takes the steps that follow.

    :param within: as for ``service.transition``
    :returns: the published dataset's case, and the event
    :raises NotAuthorized: the published dataset is not published any more
    :raises ValidationError: it has changed meanwhile (key ``conflict``), CKAN refuses the content, or a table of the
        DataStore stayed busy; nothing has happened
    """
    revision = Revision.get(copy.package.id, lock=True)
    reason = obstacle_to_publish(copy.package.id)
    if reason or revision is None:
        raise refuse(reason or tk._("This working copy has ended."))
    if "tables" in revision.pending:
        raise invalid("id", tk._("The tables of this working copy are still being prepared. Try again in a minute."))
    live = cases.lock(revision.live_id)
    before, found = fingerprint.now_of(live.package.id)
    if conflict.arisen(revision, found):
        raise tk.ValidationError({"conflict": [conflict.told(revision, before)]})
    now = dt.datetime.utcnow()
    was_public = not live.package.private
    ids = writing.part_ids(revision, copy.as_dict)
    swaps, load = _swaps(copy.as_dict, before, ids)
    _keep_outgoing(live, before)
    writing.write(actor, live, before, copy.as_dict, ids)
    after = cases.show(live.package.id)
    writing.check_written(copy.as_dict, after, ids)
    _end_copy(actor, revision, copy, now, {"swaps": swaps, "load": load})
    came_from = live.review.state
    _move(live.review, copy.review, plan, now)
    hidden = was_public and live.package.private
    try:
        if hidden:
            # Narrowed access: what the public may not see any more leaves the index first.
            aftermath.hide(live.package)
        with tables.prepared_swap([(one, other) for one, other in swaps], copy.package.id) as swap:
            event = _record(actor, live, came_from, plan, request, revision, after, ids)
            if within is not None:
                within(event)
            model.Session.commit()
            _commit_tables(swap, revision)
    except tables.SwapRefused as error:
        _undo(live.package.id if hidden else None)
        raise invalid(
            "id",
            tk._("A table of these data is in use just now, so nothing was published. Try again in a minute.")
            if error.busy
            else tk._("The DataStore does not let a table of these data be replaced: {reason}").format(reason=error),
        ) from error
    except Exception:
        _undo(live.package.id if hidden else None)
        raise
    live.forget()
    return live, event


def _undo(hidden: str | None) -> None:
    model.Session.rollback()
    if hidden:
        aftermath.reindex_or_enqueue(hidden)


def _commit_tables(swap: tables.Swap, revision: Revision) -> None:
    """Milliseconds after CKAN's commit; what fails here is redone by a job from what was stored."""
    try:
        swap.commit()
        steps.done(revision, "swap")
    except Exception:
        log.exception("Working copy %s: its tables are not in place yet; a job will see to it", revision.copy_id)
        model.Session.rollback()


def _swaps(
    copy: Mapping[str, Any], before: Mapping[str, Any], ids: Mapping[str, str]
) -> tuple[list[tuple[str | None, str]], list[str]]:
    """Which tables take whose place, and which published files have still to be loaded.

    A table that says the same on both sides stays where it is.
    """
    swaps: list[tuple[str | None, str]] = []
    load = []
    published = {resource["id"]: resource for resource in before.get("resources") or []}
    keys = files.keys_of([*ids, *ids.values()])
    for resource in copy.get("resources") or []:
        copy_id, live_id = resource["id"], ids[resource["id"]]
        one, other = tables.fingerprint(copy_id), tables.fingerprint(live_id)
        old = published.get(live_id) or {}
        changed = (
            keys[copy_id] != keys[live_id]
            if resource.get("url_type") == "upload"
            else (content.resource_content(resource).get("url") != content.resource_content(old).get("url"))
        )
        loaded = resource.get("url_type") not in fingerprint.OWN_TABLES
        if one is None and loaded and not changed:
            # Of the same file: what a loader made of it since the copy was begun stays.
            continue
        if one != other:
            swaps.append((copy_id, live_id))
        # A table its loader has not made yet.
        if one is None and loaded:
            load.append(live_id)
    kept = set(ids.values())
    gone = [resource["id"] for resource in before.get("resources") or [] if resource["id"] not in kept]
    return swaps + [(None, live_id) for live_id in gone if tables.has_table(live_id)], load


def _keep_outgoing(live: Case, before: dict[str, Any]) -> None:
    """The files that are about to be replaced stay readable as a version."""
    last = publications(live.package.id)[-1:]
    files.keep_versions(
        before,
        published_at=last[0].at if last else live.review.published_at,
        position=last[0].position if last else None,
        digests=((last[0].content or {}).get("files") if last else None),
    )


# -- what else stands in the transaction -----------------------------------------------------------------------


def _end_copy(actor: Actor, revision: Revision, copy: Case, now: dt.datetime, work: dict[str, Any]) -> None:
    revision.status, revision.ended_by, revision.ended_at = PUBLISHED, actor.id, now
    steps.store(revision, steps.PUBLISHED, work)
    copy.package.state = model.State.DELETED
    model.Session.flush()


def _move(live: Review, copy: Review, plan: Plan, now: dt.datetime) -> None:
    """The published dataset's row says who handed over and checked what it shows now."""
    for name in (
        "submitted_by",
        "submitted_at",
        "supporting_checked_at",
        "custodian_checked_at",
        "pembina_checked_at",
    ):
        setattr(live, name, getattr(copy, name))
    live.state, live.authors = plan.target, []
    live.published_at = live.state_since = now
    live.version += 1
    # Nobody waits for the copy any more; its history stays in the events.
    model.Session.delete(copy)
    model.Session.flush()


def _record(
    actor: Actor,
    live: Case,
    came_from: str,
    plan: Plan,
    request: Request,
    revision: Revision,
    after: dict[str, Any],
    ids: Mapping[str, str],
) -> ReviewEvent:
    """Event, snapshot, kept files and activity; the head of the chain is locked from here to the commit."""
    approved = plan.recorded["content"]
    parts: dict[str, Any] = {
        "metadata": content.digest(content.content_of(after)),
        **{
            kind: {ids[key]: value for key, value in approved[kind].items() if key in ids}
            for kind in ("files", "tables", "derived_tables")
        },
    }
    digest = content.content_digest(parts)
    live.review.submitted_digest = digest
    _write_activity(actor, live.package, after)
    event = chain.append(
        package_id=live.package.id,
        package_name=live.package.name,
        package_title=live.package.title,
        organization_id=live.review.organization_id,
        track=live.review.track,
        action=plan.transition.name,
        from_state=came_from,
        to_state=plan.target,
        actor_id=actor.id,
        actor_name=actor.name,
        body_id=plan.way.body_id,
        program=actor.program,
        comment=request.comment or None,
        content={
            **parts,
            "change": {
                "revision_id": revision.copy_id,
                "kind": revision.change_kind,
                "note": revision.public_note,
            },
        },
        content_digest=digest,
    )
    revision.position = event.position
    live.remember("dict", lambda: after)
    service.snapshot(live, event)
    files.keep_versions(after, published_at=event.at, position=event.position, digests=parts["files"])
    return event


def _write_activity(actor: Actor, package: model.Package, after: dict[str, Any]) -> None:
    if not plugins.plugin_loaded("activity") or actor.id is None:
        return
    from ckanext.activity.model import Activity

    activity = Activity(
        actor.id, package.id, "changed package", {"package": after, "actor": actor.name},
        get_permission_labels().get_dataset_labels(package),
    )  # fmt: skip
    model.Session.add(activity)
