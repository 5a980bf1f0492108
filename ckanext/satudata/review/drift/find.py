"""Finding drift: a stream over all packages, a fixed number of queries per batch.

What counts is the history; from it follows the state of the review, from that what CKAN's rows must say, and from
those the index. A person may act while this reads, so whatever looks wrong is looked at a second time.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import sqlalchemy as sa
from ckan import model

from ckanext.satudata import config
from ckanext.satudata.regions import service as regions

from .. import cases, deadlines, labels, officers, rules, workflows
from ..model import PUBLICATION, Review, ReviewEvent
from ..revision import marks
from . import index

BATCH = index.BATCH

#: What is found, in the order in which it is mended; each with whether ``--fix`` can mend it.
KINDS: dict[str, bool] = {
    "unknown_state": False,
    "state_not_in_history": True,
    "public_too_early": True,
    "private_though_published": True,
    "core_state": True,
    "organization": True,
    "package_type": True,
    "no_owner": False,
    "deleted_though_published": False,
    "holder": True,
    "due": True,
    "release_date": True,
    "row_without_package": True,
    "pending_steps": True,
    "not_indexed": True,
    "index_state": True,
    "index_private": True,
    "index_labels": True,
    "index_old": True,
    "only_in_index": True,
    # No drift: made before the review, until `ckan satudata adopt` takes it.
    "unmanaged": False,
}
#: Reported, but nothing is wrong.
NOTES = frozenset({"unmanaged"})
INDEX_KINDS = frozenset(kind for kind in KINDS if kind.startswith("index_") or kind == "not_indexed")


class Finding(NamedTuple):
    """One thing that does not fit."""

    kind: str
    package_id: str
    name: str
    detail: str = ""


def stream(progress: Callable[[int], object] = lambda _packages: None) -> Iterator[Finding]:
    """Everything that does not fit.

    :param progress: called with the number of packages just looked at
    :raises pysolr.SolrError: Solr is away; what the database alone tells has been given by then
    """
    for rows in _batches():
        suspects = {one.package_id for one in _of_rows(rows)}
        if suspects:
            yield from _of_rows(_read(suspects))
        progress(len(rows))
    yield from _without_package()
    yield from _pending()
    for rows in _batches():
        yield from _of_index(rows)
        progress(len(rows))
    for ids in index.ids():
        yield from _only_in_index(ids)


def of_package(package_id: str) -> list[Finding]:
    """What does not fit about one package, in the database."""
    return list(_of_rows(_read([package_id])))


def total() -> int:
    """How often ``progress`` counts a package in all: twice each, for the database and for the index."""
    return 2 * (model.Session.scalar(sa.select(sa.func.count()).select_from(model.Package)) or 0)


# -- the database ---------------------------------------------------------------------------------------------


def _select() -> Any:
    last = (
        sa.select(ReviewEvent.to_state)
        .where(
            ReviewEvent.package_id == Review.package_id,
            ReviewEvent.track == Review.track,
            ReviewEvent.to_state.is_not(None),
        )
        .order_by(ReviewEvent.position.desc())
        .limit(1)
        .correlate(Review)
        .scalar_subquery()
    )
    return (
        sa.select(
            model.Package,
            Review,
            last.label("last_state"),
            sa.and_(Review.holder_id.is_not(None), sa.not_(officers.validly_held())).label("holder_gone"),
        )
        .outerjoin(Review, sa.and_(Review.package_id == model.Package.id, Review.track == PUBLICATION))
        .order_by(model.Package.id)
    )


def _batches() -> Iterator[list[Any]]:
    """All packages with their rows, in order of id; the session forgets each batch, so memory stays small."""
    after = ""
    while True:
        rows = list(model.Session.execute(_select().where(model.Package.id > after).limit(BATCH)))
        if not rows:
            return
        after = rows[-1].Package.id
        yield rows
        model.Session.rollback()
        model.Session.expunge_all()


def _read(package_ids: Any) -> list[Any]:
    """The rows of these packages, afresh."""
    query = _select().where(model.Package.id.in_(list(package_ids))).execution_options(populate_existing=True)
    return list(model.Session.execute(query))


def _of_rows(rows: list[Any]) -> Iterator[Finding]:
    for row in rows:
        package, review = row.Package, row.Review
        if package.type in config.exempt_types():
            continue
        if review is None:
            if package.state != model.State.DELETED:
                yield Finding("unmanaged", package.id, package.name, "ckan satudata adopt")
            continue
        for kind, detail in _of_row(package, review, row.last_state, bool(row.holder_gone)):
            yield Finding(kind, package.id, package.name, detail)


def _of_row(package: Any, review: Any, last: str | None, holder_gone: bool) -> Iterator[tuple[str, str]]:
    table = workflows.in_force()
    if review.state not in table.states:
        yield "unknown_state", review.state
        return
    if last is not None and last != review.state and last in table.states:
        # The row is not what the history says: nothing that follows from the row is to be trusted.
        yield "state_not_in_history", f"{review.state}, history: {last}"
        return
    state = table.state(review.state)
    private = rules.must_be_private(review.state, dict(package.extras or {}))
    if package.state == model.State.DELETED:
        if state.public and not private:
            yield "deleted_though_published", ""
        return
    if private and not package.private:
        yield "public_too_early", review.state
    elif package.private and not private and not marks.is_copy(package):
        yield "private_though_published", review.state
    if package.state == "draft" and state.editable_by is None:
        yield "core_state", f"draft, review: {review.state}"
    if not package.owner_org:
        yield "no_owner", ""
    elif review.organization_id != package.owner_org:
        yield "organization", f"{review.organization_id}, package: {package.owner_org}"
    if review.package_type != package.type:
        yield "package_type", f"{review.package_type}, package: {package.type}"
    if holder_gone:
        yield "holder", review.holder_id
    if (review.due_at is not None) != (due_at(review) is not None):
        yield "due", "missing" if review.due_at is None else "nothing is due"
    if review.release_at is not None and "publish" not in {one.name for one in table.from_state(review.state)}:
        yield "release_date", review.state


def due_at(review: Review) -> dt.datetime | None:
    """Until when somebody has to act, counted from when it came to where it stands."""
    return deadlines.due_at(review, workflows.in_force(review.track), review.state_since)


def _without_package() -> Iterator[Finding]:
    """Rows whose package is gone though no event says so; a purge leaves its row on purpose, with its event."""
    ended = sa.exists().where(ReviewEvent.package_id == Review.package_id, ReviewEvent.action == "purge")
    query = (
        sa.select(Review.package_id, Review.state)
        .outerjoin(model.Package, model.Package.id == Review.package_id)
        .where(Review.track == PUBLICATION, model.Package.id.is_(None), sa.not_(ended), _no_copy())
        .order_by(Review.package_id)
    )
    for row in model.Session.execute(query):
        yield Finding("row_without_package", row.package_id, "", row.state)


def _no_copy() -> Any:
    """Working copies end with their publication; their own table says so."""
    from ..revision.model import Revision

    return sa.not_(sa.exists().where(Revision.copy_id == Review.package_id))


def _pending() -> Iterator[Finding]:
    """Steps of working copies that a crash or a server that was away has left undone for a while."""
    from ..revision.model import Revision

    late = dt.datetime.utcnow() - dt.timedelta(minutes=15)
    query = sa.select(Revision.copy_id, Revision.pending).where(
        Revision.pending != sa.text("'[]'::jsonb"), Revision.pending_since < late
    )
    for row in model.Session.execute(query):
        yield Finding("pending_steps", row.copy_id, "", ", ".join(row.pending))


# -- the index ------------------------------------------------------------------------------------------------


def _of_index(rows: list[Any]) -> Iterator[Finding]:
    suspects = {package_id for package_id, _kind, _detail in _compared(rows)}
    if not suspects:
        return
    again = _read(suspects)
    names = {row.Package.id: row.Package.name for row in again}
    for package_id, kind, detail in _compared(again):
        yield Finding(kind, package_id, names[package_id], detail)


def _compared(rows: list[Any]) -> Iterator[tuple[str, str, str]]:
    """Package id, kind and detail of what differs between these rows and the index."""
    packages = {row.Package.id: row.Package for row in rows}
    reviews = {row.Package.id: row.Review for row in rows if cases.is_reviewed_type(row.Package.type)}
    shown = index.of(packages)
    ancestors = regions.ancestor_ids_many(package.owner_org for package in packages.values() if package.owner_org)
    for id, package in packages.items():
        there = shown.get(id)
        if there is None:
            if package.state == model.State.ACTIVE:
                yield id, "not_indexed", ""
            continue
        if there.state != package.state:
            yield id, "index_state", f"{there.state}, database: {package.state}"
        elif package.state == model.State.DELETED:
            continue
        elif there.private != package.private:
            yield id, "index_private", "public in the index" if package.private else "private in the index"
        elif there.labels != (
            expected := frozenset(labels.labels_of(package, ancestors.get(package.owner_org, []), reviews.get(id)))
        ):
            few = sorted(there.labels ^ expected)
            yield id, "index_labels", ", ".join(few[:3]) + (" …" if len(few) > 3 else "")
        elif there.modified != index.to_milliseconds(package.metadata_modified):
            yield id, "index_old", str(there.modified)


def _only_in_index(ids: list[str]) -> Iterator[Finding]:
    there = set(model.Session.scalars(sa.select(model.Package.id).where(model.Package.id.in_(ids))))
    for id in ids:
        if id not in there:
            yield Finding("only_in_index", id, "")
