"""Every publication of a dataset: when, why, and which files it brought."""

from __future__ import annotations

import datetime as dt
from typing import Any

import sqlalchemy as sa
from ckan import model

from ckanext.satudata import config
from ckanext.satudata.review import cases, rules, wording
from ckanext.satudata.review.model import PUBLICATION, ReviewEvent
from ckanext.satudata.review.people import Actor
from ckanext.satudata.review.workflows import in_force

from . import files
from .model import PUBLISHED, Revision

#: Events that made a content public. A harvester's nightly updates are no versions: their source keeps those.
_PUBLISHES = ("publish", "adopt")


def publications(live_id: str) -> list[ReviewEvent]:
    """The events that published this dataset, oldest first; the first is version 1."""
    return list(
        model.Session.scalars(
            sa.select(ReviewEvent)
            .where(
                ReviewEvent.package_id == live_id,
                ReviewEvent.track == PUBLICATION,
                ReviewEvent.action.in_(_PUBLISHES),
                ReviewEvent.to_state.in_(in_force().names(public=True)),
            )
            .order_by(ReviewEvent.position)
        )
    )


def may_download(actor: Actor, package: model.Package) -> bool:
    """Whether this actor may have the files of earlier versions (option ``satudata.review.old_files``).

    Closed to the public by default: a correction may have taken out what nobody should have seen.
    """
    if config.old_files() == "everybody":
        return True
    review = cases.find(package.id)
    return review is not None and rules.may_see(actor, review, cases.Case(package, review).jenis_data)


def versions(live_id: str) -> list[dict[str, Any]]:
    """Every publication, newest first, with what was said of it and the files it brought; four queries.

    :returns: ``number`` (from 1), ``position``, ``published_at``, ``title``, ``change_kind``, ``public_note``,
        ``files``
    """
    changes = {
        revision.position: revision
        for revision in model.Session.query(Revision).filter(Revision.live_id == live_id, Revision.status == PUBLISHED)
    }
    brought: dict[int | None, list[dict[str, Any]]] = {}
    for version in files.versions_of(live_id):
        brought.setdefault(version["position"], []).append(version)
    found = []
    for number, event in enumerate(publications(live_id), 1):
        change = changes.get(event.position)
        found.append(
            {
                "number": number,
                "position": event.position,
                "published_at": event.at,
                "title": event.package_title,
                "change_kind": change.change_kind if change else None,
                "public_note": change.public_note if change else None,
                "files": brought.get(event.position, []),
            }
        )
    return found[::-1]


def day(iso: str) -> str:
    """The day of a version, in words."""
    moment = dt.datetime.fromisoformat(iso)
    return wording.day(moment.astimezone(dt.timezone.utc).replace(tzinfo=None))
