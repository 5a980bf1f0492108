"""What still has to be done once a commit has happened: stored with it, taken in order, safe to repeat.

The DataStore, the index and the tidying up cannot be part of CKAN's transaction. So the transaction stores what is
left to do; whoever committed does it at once, and a job does it again where that was cut off, at whatever moment.
"""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Callable, Iterable
from typing import Any

import ckantoolkit as tk
import sqlalchemy as sa
from ckan import model, plugins
from ckan.logic import index_remove_package, index_update_package

from ckanext.satudata.review import aftermath
from ckanext.satudata.review.model import Review
from ckanext.satudata.standards.quality import service as quality

from . import files, tables
from .model import ABANDONED as IS_ABANDONED
from .model import PUBLISHED as IS_PUBLISHED
from .model import Revision, RevisionPart

log = logging.getLogger(__name__)

#: After a start: give the copy its tables.
START = ("tables",)
#: After publishing: put the tables in place, have missing ones loaded, tell the index, remove the copy.
PUBLISHED = ("swap", "load", "index", "clean")
ABANDONED = ("clean",)

#: The sweep leaves to others what is younger: they are at it.
BREATH = dt.timedelta(seconds=60)


def stored(pending: Iterable[str], work: dict[str, Any]) -> dict[str, Any]:
    """Columns of a row that has these steps before it."""
    return {"pending": list(pending), "work": work, "pending_since": dt.datetime.utcnow()}


def store(revision: Revision, pending: Iterable[str], work: dict[str, Any]) -> None:
    """Give a row these steps, in the current transaction."""
    for key, value in stored(pending, work).items():
        setattr(revision, key, value)


def finish_or_enqueue(copy_id: str) -> bool:
    """Take the stored steps now; what fails is left to a job and never raised.

    :returns: whether nothing is left to do at the moment
    """
    try:
        return finish(copy_id)
    except Exception:
        log.exception("Working copy %s: a step failed; a job will take it again", copy_id)
        model.Session.rollback()
    try:
        tk.enqueue_job(finish, [copy_id], title=f"satudata: finish working copy {copy_id}")
    except Exception:
        log.exception("Working copy %s: no job could be enqueued; the periodic sweep will find it", copy_id)
    return False


def after_start(copy_id: str) -> None:
    """The first steps of a copy, and its place in the index (nobody finds it there, but showing it is fast)."""
    finish_or_enqueue(copy_id)
    quality.after_copy(copy_id)
    aftermath.reindex_or_enqueue(copy_id)


def finish(copy_id: str) -> bool:
    """Take the stored steps in order, each in a transaction of its own; also as a background job.

    :returns: whether nothing is left to do at the moment
    :raises Exception: what the failing step raised; the steps before it are done and stay done
    """
    while True:
        # Copy before our row, like everybody.
        query = sa.select(model.Package.id).where(model.Package.id == copy_id).with_for_update()
        model.Session.execute(query)
        revision = Revision.get(copy_id, lock=True)
        if revision is None or not revision.pending or _too_early(revision):
            model.Session.rollback()
            return True
        step = revision.pending[0]
        try:
            STEPS[step](revision)
            revision.pending = revision.pending[1:]
            if not revision.pending:
                revision.pending_since = None
            model.Session.commit()
        except Exception:
            model.Session.rollback()
            raise


def _too_early(revision: Revision) -> bool:
    moment: str | None = revision.work.get("not_before")
    return moment is not None and dt.datetime.fromisoformat(moment) > dt.datetime.utcnow()


def done(revision: Revision, step: str) -> None:
    """Note that a step has been taken by somebody else than :func:`finish`; commits."""
    revision.pending = [name for name in revision.pending if name != step]
    model.Session.commit()


def sweep() -> dict[str, int]:
    """The job: take every step that was cut off. Safe to run beside anything, and to repeat.

    :returns: ``{"finished": n, "failed": n}``
    """
    counts = {"finished": 0, "failed": 0}
    since = dt.datetime.utcnow() - BREATH
    waiting = model.Session.scalars(
        sa.select(Revision.copy_id).where(Revision.pending != sa.text("'[]'::jsonb"), Revision.pending_since < since)
    ).all()
    model.Session.rollback()
    for copy_id in waiting:
        revision = Revision.get(copy_id)
        if revision is None or _too_early(revision):
            continue
        try:
            finish(copy_id)
            counts["finished"] += 1
        except Exception:
            log.exception("Working copy %s: a step failed again", copy_id)
            counts["failed"] += 1
    return counts


# -- the steps ------------------------------------------------------------------------------------------------


def _copy_tables(revision: Revision) -> None:
    """Give the copy's resources tables of their own, unless somebody has changed them meanwhile."""
    for live_id, copy_id in revision.work.get("tables") or ():
        resource = model.Session.get(model.Resource, copy_id)
        if resource is None or resource.state != model.State.ACTIVE or tables.has_table(copy_id):
            continue
        if resource.url_type == "upload" and files.key_of(copy_id) != files.key_of(live_id):
            # Another file already: its table comes from that.
            continue
        tables.copy(live_id, copy_id)
    for _live_id, copy_id in revision.work.get("tables") or ():
        _tell_the_truth(copy_id)


def _tell_the_truth(resource_id: str) -> None:
    """``datastore_active`` says whether there is a table, not whether there was one in the original."""
    resource = model.Session.get(model.Resource, resource_id)
    there = tables.has_table(resource_id)
    if resource is not None and bool((resource.extras or {}).get("datastore_active")) != there:
        resource.extras = {**(resource.extras or {}), "datastore_active": there}


def _swap(revision: Revision) -> None:
    """Put the copy's tables in the place of the live ones; the DataStore knows whether that was done before."""
    pairs = [(copy_id, live_id) for copy_id, live_id in revision.work.get("swaps") or ()]
    tables.redo(pairs, revision.copy_id)


def _load(revision: Revision) -> None:
    """Have a new file loaded whose table was not ready when the copy was published."""
    if not plugins.plugin_loaded("xloader"):
        return
    from ckanext.xloader.utils import XLoaderFormats

    for resource_id in revision.work.get("load") or ():
        resource = model.Session.get(model.Resource, resource_id)
        if resource is None or not XLoaderFormats.is_it_an_xloader_format(resource.format):
            continue
        if not tables.has_table(resource_id):
            tk.get_action("xloader_submit")({"ignore_auth": True}, {"resource_id": resource_id})


def _index(revision: Revision) -> None:
    index_remove_package(revision.copy_id)
    if model.Package.get(revision.live_id) is not None:
        index_update_package({"ignore_auth": True}, revision.live_id)


def _clean(revision: Revision) -> None:
    """Remove the copy: its tables, its rows, its place in the index. Its events and our row stay."""
    if revision.status not in (IS_PUBLISHED, IS_ABANDONED):
        return
    copy_id = revision.copy_id
    resources = model.Session.scalars(sa.select(model.Resource.id).where(model.Resource.package_id == copy_id)).all()
    tables.drop([*RevisionPart.mapping(copy_id, "resource"), *resources])
    index_remove_package(copy_id)
    for table, condition in (
        (model.Member, sa.and_(model.Member.table_id == copy_id, model.Member.table_name == "package")),
        (Review, Review.package_id == copy_id),
        # What CKAN's purge stumbles over: a copy was no use to any of them.
        (model.PackageMember, model.PackageMember.package_id == copy_id),
        (
            model.PackageRelationship,
            sa.or_(
                model.PackageRelationship.subject_package_id == copy_id,
                model.PackageRelationship.object_package_id == copy_id,
            ),
        ),
    ):
        model.Session.execute(sa.delete(table).where(condition))
    if plugins.plugin_loaded("activity"):
        from ckanext.activity.model import Activity

        model.Session.execute(sa.delete(Activity).where(Activity.object_id == copy_id))
    package = model.Package.get(copy_id)
    if package is not None:
        package.purge()


STEPS: dict[str, Callable[[Revision], None]] = {
    "tables": _copy_tables,
    "swap": _swap,
    "load": _load,
    "index": _index,
    "clean": _clean,
}
