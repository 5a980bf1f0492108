"""What pages show beside a review: names, the last words, counts and choices. One query each, whatever the number."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import sqlalchemy as sa
from ckan import model

from ckanext.satudata.regions import service as regions
from ckanext.satudata.roles import service as roles

from .model import PUBLICATION, Review, ReviewEvent
from .people import Actor
from .sight import View
from .workflows import in_force

#: A filter with more choices than this is no help to anybody; people search instead.
MOST_CHOICES = 300


def names(user_ids: Iterable[str | None]) -> dict[str, str]:
    """How people are called, by id."""
    wanted = {user_id for user_id in user_ids if user_id}
    if not wanted:
        return {}
    user = model.User
    rows = model.Session.execute(sa.select(user.id, user.fullname, user.name).where(user.id.in_(wanted)))
    return {row.id: row.fullname or row.name for row in rows}


def states(package_ids: Iterable[str]) -> dict[str, str]:
    """The state of each of these packages that is under review, by id."""
    wanted = list(package_ids)
    if not wanted:
        return {}
    query = sa.select(Review.package_id, Review.state).where(Review.track == PUBLICATION, Review.package_id.in_(wanted))
    return {row.package_id: row.state for row in model.Session.execute(query)}


def last_said(package_id: str) -> ReviewEvent | None:
    """The newest event of a package in which somebody said something about it."""
    query = (
        sa.select(ReviewEvent)
        .where(
            ReviewEvent.package_id == package_id,
            ReviewEvent.track == PUBLICATION,
            ReviewEvent.action.in_(list(in_force().transitions)),
            sa.or_(ReviewEvent.comment.is_not(None), ReviewEvent.action == "return"),
        )
        .order_by(ReviewEvent.position.desc())
        .limit(1)
    )
    return model.Session.scalars(query).first()


def open_returns(package_ids: Iterable[str]) -> dict[str, ReviewEvent]:
    """The return that each of these packages was sent back with and that nobody has answered yet, by id."""
    wanted = list(package_ids)
    if not wanted:
        return {}
    query = (
        sa.select(ReviewEvent)
        .join(Review, sa.and_(Review.last_return == ReviewEvent.position, Review.track == PUBLICATION))
        .where(
            Review.package_id.in_(wanted),
            sa.or_(Review.submitted_at.is_(None), Review.submitted_at < ReviewEvent.at),
        )
    )
    return {event.package_id: event for event in model.Session.scalars(query)}


def led_by(user_id: str) -> list[str]:
    """Ids of the organizations of which this person is a direct admin."""
    return roles.direct_organizations(user_id, ("admin",)) if user_id else []


def last_check_by(user_id: str) -> ReviewEvent | None:
    """The newest decision of this person as a checker."""
    declared = in_force().transitions.values()
    decisions = [item.name for item in declared if item.name == "return" or item.effect in ("check", "publish")]
    query = (
        sa.select(ReviewEvent)
        .where(
            ReviewEvent.actor_id == user_id,
            ReviewEvent.track == PUBLICATION,
            ReviewEvent.action.in_(decisions),
        )
        .order_by(ReviewEvent.position.desc())
        .limit(1)
    )
    return model.Session.scalars(query).first()


def own_counts(actor: Actor) -> dict[str, int]:
    """How many data of the organizations this person produces for stand in each state."""
    if actor.id is None:
        return {}
    own = roles.direct_organizations(actor.id)
    if not own:
        return {}
    query = (
        sa.select(Review.state, sa.func.count().label("number"))
        .join(model.Package, model.Package.id == Review.package_id)
        .where(
            Review.track == PUBLICATION,
            model.Package.state != model.State.DELETED,
            Review.organization_id.in_(own),
        )
        .group_by(Review.state)
    )
    return {row.state: row.number for row in model.Session.execute(query)}


def organizations(ids: Iterable[str]) -> list[dict[str, str]]:
    """``id, name, title`` of these organizations, by title."""
    wanted = list(ids)
    if not wanted:
        return []
    group = model.Group
    rows = model.Session.execute(
        sa.select(group.id, group.name, group.title)
        .where(group.id.in_(wanted), group.state == model.State.ACTIVE)
        .order_by(sa.func.coalesce(sa.func.nullif(group.title, ""), group.name))
    )
    return [{"id": row.id, "name": row.name, "title": row.title or row.name} for row in rows]


def choices(view: View) -> dict[str, Any]:
    """What the filters of the queue offer, in one query.

    :returns: ``organizations`` in the order of the tree, each with its ``depth``; None where there are too many for a
        list (one types a name then); and ``holders``
    """
    group, user = model.Group, model.User
    nothing, nowhere = sa.literal(""), sa.literal(0)
    places = regions.listed_select()
    owners = (
        sa.select(
            sa.literal("organization").label("what"),
            group.id,
            group.name,
            sa.func.coalesce(sa.func.nullif(group.title, ""), group.name).label("title"),
            places.c.path,
            places.c.depth,
        )
        .join(places, places.c.organization_id == group.id)
        .where(group.is_organization.is_(True), group.state == model.State.ACTIVE, view.owners(group.id))
        .limit(MOST_CHOICES + 1)
    )
    holders = (
        sa.select(
            sa.literal("holder").label("what"),
            user.id,
            user.name,
            sa.func.coalesce(sa.func.nullif(user.fullname, ""), user.name).label("title"),
            nothing.label("path"),
            nowhere.label("depth"),
        )
        .where(
            user.id.in_(
                sa.select(Review.holder_id).where(
                    Review.track == PUBLICATION, Review.holder_id.is_not(None), view.visible()
                )
            )
        )
        .limit(MOST_CHOICES)
    )
    rows = list(model.Session.execute(sa.union_all(owners.subquery().select(), holders.subquery().select())))
    found = [row for row in rows if row.what == "organization"]
    people = [{"id": row.id, "title": row.title} for row in rows if row.what == "holder"]
    return {
        "organizations": _as_tree(found) if len(found) <= MOST_CHOICES else None,
        "holders": sorted(people, key=lambda person: person["title"].lower()),
    }


def _as_tree(rows: list[Any]) -> list[dict[str, Any]]:
    """Organizations below the one they belong to, by title; two kelurahan of one name are told apart by their place."""
    titles = {row.id: row.title.lower() for row in rows}
    ordered = sorted(rows, key=lambda row: [(titles.get(id, ""), id) for id in row.path.strip("/").split("/")])
    highest = min((row.depth for row in rows), default=0)
    return [{"id": row.id, "name": row.name, "title": row.title, "depth": row.depth - highest} for row in ordered]


def colleagues(body_ids: Iterable[str]) -> list[dict[str, str]]:
    """The people who act for these bodies (their direct editors and admins), by name."""
    wanted = list(body_ids)
    if not wanted:
        return []
    member, user = model.Member, model.User
    rows = model.Session.execute(
        sa.select(user.id, user.fullname, user.name)
        .join(member, member.table_id == user.id)
        .where(
            member.table_name == "user",
            member.state == model.State.ACTIVE,
            member.capacity.in_(("editor", "admin")),
            member.group_id.in_(wanted),
            user.state == model.State.ACTIVE,
        )
        .distinct()
    )
    people = [{"id": row.id, "title": row.fullname or row.name} for row in rows]
    return sorted(people, key=lambda person: person["title"].lower())


def packages(ids: Iterable[str]) -> dict[str, dict[str, str]]:
    """``title``, ``name``, ``type`` and ``organization`` (its title) of these packages, by id."""
    wanted = list(ids)
    if not wanted:
        return {}
    package, group = model.Package, model.Group
    rows = model.Session.execute(
        sa.select(package.id, package.title, package.name, package.type, group.title.label("organization"))
        .outerjoin(group, group.id == package.owner_org)
        .where(package.id.in_(wanted))
    )
    return {
        row.id: {
            "title": row.title or row.name,
            "name": row.name,
            "type": row.type,
            "organization": row.organization or "",
        }
        for row in rows
    }


def bodies_of(user_id: str) -> list[str]:
    """Ids of the bodies this person checks for, each once."""
    return list(dict.fromkeys(scope["organization_id"] for scope in roles.scopes_of(user_id)))


def last_body(user_id: str, among: Iterable[str]) -> str:
    """For which of these bodies this person acted last; empty where for none of them yet."""
    wanted = list(among)
    if not wanted or not user_id:
        return ""
    query = (
        sa.select(ReviewEvent.body_id)
        .where(ReviewEvent.actor_id == user_id, ReviewEvent.body_id.in_(wanted))
        .order_by(ReviewEvent.position.desc())
        .limit(1)
    )
    return str(model.Session.scalar(query) or "")


def events_of(package_ids: Iterable[str]) -> dict[str, list[Any]]:
    """What happened to these packages, oldest first, with ``actor`` and ``body`` by name; one query for all.

    Only what moved the state or was said: the rest of the history stands on its page.
    """
    wanted = list(package_ids)
    if not wanted:
        return {}
    user, group, event = model.User, model.Group, ReviewEvent
    rows = model.Session.execute(
        sa.select(
            event.package_id,
            event.position,
            event.action,
            event.from_state,
            event.to_state,
            event.at,
            event.comment,
            event.principle_results,
            event.field_comments,
            sa.func.coalesce(sa.func.nullif(user.fullname, ""), user.name, event.actor_name).label("actor"),
            group.title.label("body"),
        )
        .outerjoin(user, user.id == event.actor_id)
        .outerjoin(group, group.id == event.body_id)
        .where(
            event.package_id.in_(wanted),
            event.track == PUBLICATION,
            sa.or_(event.from_state != event.to_state, event.comment.is_not(None)),
        )
        .order_by(event.package_id, event.position)
    )
    found: dict[str, list[Any]] = {}
    for row in rows:
        found.setdefault(row.package_id, []).append(row)
    return found
