"""Tags of unpublished data, kept out of the lists of tags.

CKAN lists the free tags of every package that is not deleted, drafts among them: the name of a tag can tell what is
being prepared. Tags of a vocabulary are configuration and stay as they are.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import ckantoolkit as tk
import sqlalchemy as sa
from ckan import model

from ckanext.satudata import config
from ckanext.satudata.roles import service as roles

from .people import actor_of
from .revision.marks import CORE_STATE


def visible_tags(context: dict[str, Any], names: Iterable[str]) -> set[str] | None:
    """Which of these free tags stand on something the caller may know of; None means all of them.

    That is data the public sees, and drafts of the caller's own organizations. Working copies count for nobody: a tag
    that stands on a copy alone is in no list until the copy is published.
    """
    actor = actor_of(context)
    if not config.review_enabled() or actor.trusted:
        return None
    own = roles.direct_organizations(actor.id, ("member", "editor", "admin")) if actor.id else []
    statement = (
        sa.select(model.Tag.name)
        .join(model.PackageTag, model.PackageTag.tag_id == model.Tag.id)
        .join(model.Package, model.Package.id == model.PackageTag.package_id)
        .where(
            model.Tag.name.in_(list(names)),
            model.Tag.vocabulary_id.is_(None),
            model.PackageTag.state == model.State.ACTIVE,
            model.Package.state.not_in((model.State.DELETED, CORE_STATE)),
            sa.or_(
                sa.true() if actor.sysadmin else sa.false(),
                sa.and_(model.Package.state == model.State.ACTIVE, model.Package.private.is_(False)),
                model.Package.owner_org.in_(own),
            ),
        )
        .distinct()
    )
    return set(model.Session.scalars(statement))


def _filtered(next_action: Any, context: dict[str, Any], data_dict: dict[str, Any]) -> list[Any]:
    found: list[Any] = next_action(context, data_dict)
    if data_dict.get("vocabulary_id"):
        return found
    names = [item["name"] if isinstance(item, dict) else item for item in found]
    visible = visible_tags(context, names)
    return [item for item, name in zip(found, names, strict=True) if visible is None or name in visible]


@tk.side_effect_free
@tk.chained_action
def tag_list(next_action: Any, context: dict[str, Any], data_dict: dict[str, Any]) -> list[Any]:
    """CKAN's list, without tags that stand on unpublished data alone."""
    return _filtered(next_action, context, data_dict)


@tk.side_effect_free
@tk.chained_action
def tag_autocomplete(next_action: Any, context: dict[str, Any], data_dict: dict[str, Any]) -> list[Any]:
    """CKAN's suggestions, without tags that stand on unpublished data alone."""
    return _filtered(next_action, context, data_dict)


@tk.side_effect_free
@tk.chained_action
def tag_search(next_action: Any, context: dict[str, Any], data_dict: dict[str, Any]) -> dict[str, Any]:
    """CKAN's search, without tags that stand on unpublished data alone."""
    found: dict[str, Any] = next_action(context, data_dict)
    if data_dict.get("vocabulary_id"):
        return found
    visible = visible_tags(context, [tag["name"] for tag in found["results"]])
    if visible is None:
        return found
    kept = [tag for tag in found["results"] if tag["name"] in visible]
    return {"count": found["count"] - (len(found["results"]) - len(kept)), "results": kept}


@tk.side_effect_free
@tk.chained_action
def tag_show(next_action: Any, context: dict[str, Any], data_dict: dict[str, Any]) -> dict[str, Any]:
    """CKAN's answer, or *not found* for a tag that stands on unpublished data alone."""
    found: dict[str, Any] = next_action(context, data_dict)
    if not found.get("vocabulary_id"):
        visible = visible_tags(context, [found["name"]])
        if visible is not None and found["name"] not in visible:
            raise tk.ObjectNotFound(tk._("Tag not found"))
    return found


ACTIONS = {"tag_list": tag_list, "tag_autocomplete": tag_autocomplete, "tag_search": tag_search, "tag_show": tag_show}
