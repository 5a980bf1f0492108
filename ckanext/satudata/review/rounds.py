"""The rounds of a review: what was asked for at the last return, and what has become of the data since."""

from __future__ import annotations

from typing import Any

import ckantoolkit as tk
import sqlalchemy as sa
from ckan import model

from . import content, diff
from .model import PUBLICATION, Review, ReviewEvent, Snapshot
from .workflows import in_force


def hand_overs(track: str = PUBLICATION) -> list[str]:
    """The actions that begin a round."""
    return [item.name for item in in_force(track).transitions.values() if item.effect == "submit"]


def returns_of(review: Review) -> list[ReviewEvent]:
    """What was asked for last: the returns of one round, oldest first.

    More than one where the pembina's return went by way of the custodian (Perpres 39/2019 Ps 35).
    """
    if review.last_return is None:
        return []
    of_this = (ReviewEvent.package_id == review.package_id, ReviewEvent.track == review.track)
    began = (
        sa.select(sa.func.coalesce(sa.func.max(ReviewEvent.position), 0))
        .where(*of_this, ReviewEvent.action.in_(hand_overs(review.track)), ReviewEvent.position < review.last_return)
        .scalar_subquery()
    )
    query = (
        sa.select(ReviewEvent)
        .where(
            *of_this,
            ReviewEvent.action == "return",
            ReviewEvent.position > began,
            ReviewEvent.position <= review.last_return,
        )
        .order_by(ReviewEvent.position)
    )
    return list(model.Session.scalars(query))


def is_answered(review: Review, returns: list[ReviewEvent]) -> bool:
    """Whether the producer has handed the data over again since."""
    return bool(returns and review.submitted_at and review.submitted_at > returns[-1].at)


def changes(review: Review, pkg: dict[str, Any], with_files: bool = False) -> list[diff.Change]:
    """What has changed since the last return, field by field and file by file.

    :param pkg: the data now, as ``package_show`` gives them
    :param with_files: also read the files as they are now; otherwise they are those of the last hand-over
    """
    if review.last_return is None:
        return []
    row = model.Session.execute(
        sa.select(Snapshot.metadata_json, ReviewEvent.content)
        .outerjoin(ReviewEvent, ReviewEvent.position == Snapshot.position)
        .where(Snapshot.package_id == review.package_id, Snapshot.position == review.last_return)
    ).first()
    if row is None:
        return []
    old, new = _comparable(row.metadata_json), _comparable(content.content_of(pkg))
    before = row.content or {}
    after = content.parts(pkg) if with_files else _handed_over(review)
    for key in ("files", "tables"):
        if before.get(key) is not None and after.get(key) is not None:
            old[key], new[key] = before[key], after[key]
    return diff.compare(old, new, tk.h.scheming_get_dataset_schema(review.package_type))


def _handed_over(review: Review) -> dict[str, Any]:
    """Digests of the files and tables at the last hand-over."""
    query = (
        sa.select(ReviewEvent.content)
        .where(
            ReviewEvent.package_id == review.package_id,
            ReviewEvent.track == review.track,
            ReviewEvent.action.in_(hand_overs(review.track)),
        )
        .order_by(ReviewEvent.position.desc())
        .limit(1)
    )
    return model.Session.scalar(query) or {}


def _comparable(kept: dict[str, Any]) -> dict[str, Any]:
    """What ``content.content_of`` keeps, in the shape of ``package_show`` again."""
    shown = dict(kept)
    shown["tags"] = [{"name": name} for name in kept.get("tags") or []]
    shown["extras"] = [{"key": key, "value": value} for key, value in (kept.get("extras") or {}).items()]
    return shown


def by_field(found: list[diff.Change]) -> dict[str, list[diff.Change]]:
    """Changes by the name under which the form and the desk show them."""
    result: dict[str, list[diff.Change]] = {}
    for change in found:
        name = "resources" if change.scope == "resource" else {"tags": "tag_string"}.get(change.field, change.field)
        result.setdefault(name, []).append(change)
    return result
