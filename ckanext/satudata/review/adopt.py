"""Taking datasets that were there before us into the review."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import sqlalchemy as sa
from ckan import model

from ckanext.satudata import config

from . import aftermath, rules, service
from .model import PUBLICATION, Review
from .people import Actor
from .workflows import in_force


class Fate(NamedTuple):
    """What becomes of one old dataset: the state it gets, or why it stays as it is.

    ``hidden``: everybody saw it, and only those concerned do afterwards, for it says of itself that it is not open.
    """

    package_id: str
    name: str
    state: str | None
    problem: str | None = None
    hidden: bool = False


def unmanaged() -> list[tuple[str, str]]:
    """Ids and names of the packages of reviewed types that have no row yet, in order of name."""
    rows = model.Session.execute(
        sa.select(model.Package.id, model.Package.name)
        .outerjoin(Review, sa.and_(Review.package_id == model.Package.id, Review.track == PUBLICATION))
        .where(
            Review.package_id.is_(None),
            model.Package.state != model.State.DELETED,
            model.Package.type.not_in(config.exempt_types()),
        )
        .order_by(model.Package.name)
    )
    return [(row.id, row.name) for row in rows]


def adopt(actor: Actor, dry_run: bool = False) -> Iterator[Fate]:
    """Give every old dataset its row: what is public counts as published, all else becomes a draft.

    Each in a transaction of its own, so that it may be stopped and called again at any time.

    :param dry_run: say what would happen, change nothing
    """
    for package_id, name in unmanaged():
        package: Any = (
            model.Session.query(model.Package).populate_existing().with_for_update(of=model.Package).get(package_id)
        )
        if package is None or Review.get(package_id) is not None:
            model.Session.rollback()
            continue
        if not package.owner_org:
            model.Session.rollback()
            yield Fate(package_id, name, None, "no organization: give it an owner first")
            continue
        public = package.state == model.State.ACTIVE and not package.private
        state = in_force().names(public=True)[0] if public else in_force().initial
        private = rules.must_be_private(state, dict(package.extras or {}))
        hidden = public and private
        if dry_run:
            model.Session.rollback()
            yield Fate(package_id, name, state, hidden=hidden)
            continue
        review = service.start(package, actor)
        review.authors = []
        review.state = state
        service.move_package(package, private, review.state_since)
        service.record(actor, review, package, "adopt")
        model.Session.commit()
        aftermath.reindex_or_enqueue(package_id)
        yield Fate(package_id, name, state, hidden=hidden)
