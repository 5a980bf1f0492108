"""What a person reads of the notices: only one's own, and of data that person is concerned with *now*.

Rows are pointers, so there is nothing to take back when somebody loses a role: what the reader may see is part of the
query, for a whole page at once.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

import sqlalchemy as sa
from ckan import model

from ckanext.satudata.listing import Page

from .. import workflows
from ..model import Review, ReviewEvent
from ..people import Actor
from ..queries import View
from .model import Notice
from .receivers import NEWS

#: All of one bulk run are one notice to its reader.
_GROUP = sa.func.coalesce(Notice.bulk_id, sa.cast(Notice.id, sa.UnicodeText))
#: What waited for the reader and has moved on since, by whoever's hand, calls for nobody's attention any more.
_UNREAD = sa.and_(Notice.read_at.is_(None), sa.or_(Notice.kind == NEWS, Review.state_since <= ReviewEvent.at))


def unread(actor: Actor, view: View | None = None) -> int:
    """How many notices this person has not read and that still hold; one query.

    :param view: what the caller has asked of this actor already
    """
    if actor.id is None:
        return 0
    query = _joined(sa.select(sa.func.count(_GROUP.distinct())), actor, view).where(_UNREAD)
    return model.Session.scalar(query) or 0


def find(actor: Actor, page: Page, only_unread: bool = False, ids: list[int] | None = None) -> tuple[int, list[Any]]:
    """This person's notices, newest first.

    :param ids: only the notices with these ids, or the runs they belong to
    :returns: how many there are, and one row for each of the page: the newest notice of its group with its event,
        review, package, owner, actor and body acted for; ``number`` of datasets it is about; ``unread``
    """
    grouped = _joined(
        sa.select(
            sa.func.max(Notice.id).label("id"),
            sa.func.count(Notice.package_id.distinct()).label("number"),
            sa.func.bool_or(_UNREAD).label("unread"),
        ),
        actor,
    ).group_by(_GROUP)
    if ids is not None:
        grouped = grouped.where(_GROUP.in_(sa.select(_GROUP).where(Notice.id.in_(ids), Notice.user_id == actor.id)))
    if only_unread:
        grouped = grouped.having(sa.func.bool_or(_UNREAD))
    count = model.Session.scalar(sa.select(sa.func.count()).select_from(grouped.subquery())) or 0
    shown = grouped.order_by(sa.func.max(Notice.id).desc()).limit(page.limit).offset(page.offset).subquery()
    query = _details(sa.select(shown.c.number, shown.c.unread)).join(shown, shown.c.id == Notice.id)
    return count, list(model.Session.execute(query.order_by(Notice.id.desc())))


def members(actor: Actor, bulk_id: str, page: Page) -> tuple[int, list[Any]]:
    """The notices of one bulk run, one a dataset; as :func:`find`."""
    ids = _joined(sa.select(Notice.id), actor).where(Notice.bulk_id == bulk_id)
    return _each(ids, page)


def of_delivery(actor: Actor, delivery_id: int, page: Page) -> tuple[int, list[Any]]:
    """What one message is about, as far as its receiver may still read it; as :func:`find`, in the portal or not."""
    ids = _joined(sa.select(Notice.id), actor, in_portal=False).where(Notice.delivery_id == delivery_id)
    return _each(ids, page)


def _each(ids: Any, page: Page) -> tuple[int, list[Any]]:
    count = model.Session.scalar(sa.select(sa.func.count()).select_from(ids.subquery())) or 0
    shown = ids.order_by(Notice.id).limit(page.limit).offset(page.offset).subquery()
    one = sa.literal(1).label("number")
    query = _details(sa.select(one, _UNREAD.label("unread"))).join(shown, shown.c.id == Notice.id)
    return count, list(model.Session.execute(query.order_by(Notice.id)))


def mark_read(actor: Actor, ids: list[int] | None, now: dt.datetime | None = None) -> int:
    """Note that this person has read these notices, or all; without committing.

    :param ids: a notice of a bulk run stands for all of that run
    :returns: how many were unread
    """
    query = sa.update(Notice).where(Notice.user_id == actor.id, Notice.read_at.is_(None))
    if ids is not None:
        query = query.where(_GROUP.in_(sa.select(_GROUP).where(Notice.id.in_(ids), Notice.user_id == actor.id)))
    done = model.Session.execute(
        query.values(read_at=now or dt.datetime.utcnow()).execution_options(synchronize_session=False)
    )
    return int(done.rowcount)


def owned(actor: Actor, ids: list[int]) -> set[int]:
    """Those of these ids that are this person's."""
    return set(model.Session.scalars(sa.select(Notice.id).where(Notice.id.in_(ids), Notice.user_id == actor.id)))


# -- the query ------------------------------------------------------------------------------------------------


def _joined(select: Any, actor: Actor, view: View | None = None, in_portal: bool = True) -> Any:
    """Notices with what they point at, and only those this person may read now."""
    return (
        select.select_from(Notice)
        .join(Review, sa.and_(Review.package_id == Notice.package_id, Review.track == Notice.track))
        .join(model.Package, model.Package.id == Notice.package_id)
        .join(ReviewEvent, ReviewEvent.position == Notice.event_position)
        .where(
            Notice.user_id == actor.id,
            Notice.in_portal.is_(True) if in_portal else sa.true(),
            model.Package.state != model.State.DELETED,
            _concerned(actor, view or View(actor)),
        )
    )


def _details(select: Any) -> Any:
    """The rows themselves, with whatever a list shows of them."""
    actor, owner, body = sa.orm.aliased(model.User), sa.orm.aliased(model.Group), sa.orm.aliased(model.Group)
    return (
        select.add_columns(
            Notice,
            Review,
            ReviewEvent,
            model.Package.name.label("package_name"),
            model.Package.title.label("package_title"),
            model.Package.type.label("package_type"),
            owner.title.label("organization_title"),
            body.title.label("body_title"),
            sa.func.coalesce(sa.func.nullif(actor.fullname, ""), actor.name, ReviewEvent.actor_name).label("actor"),
        )
        .select_from(Notice)
        .join(Review, sa.and_(Review.package_id == Notice.package_id, Review.track == Notice.track))
        .join(model.Package, model.Package.id == Notice.package_id)
        .join(ReviewEvent, ReviewEvent.position == Notice.event_position)
        .outerjoin(actor, actor.id == ReviewEvent.actor_id)
        .outerjoin(owner, owner.id == Review.organization_id)
        .outerjoin(body, body.id == ReviewEvent.body_id)
    )


def _concerned(actor: Actor, view: View) -> Any:
    """Members of the owner read all of it; a role reads what was handed over, and that it was taken back."""
    if actor.sysadmin:
        return sa.true()
    own = Review.organization_id.in_(_memberships(actor.id or ""))
    scopes = [scope["scope_id"] for scope in view.standing["scopes"]]
    return sa.or_(own, sa.and_(view.within(scopes), sa.or_(*_in_sight()))) if scopes else own


def _in_sight() -> list[Any]:
    found = []
    for track in workflows.tracks():
        seen = workflows.in_force(track).names(seen_by_roles=True)
        closed = sa.and_(ReviewEvent.from_state.in_(seen), ReviewEvent.to_state.not_in(seen))
        found.append(sa.and_(Review.track == track, sa.or_(Review.state.in_(seen), closed)))
    return found


def _memberships(user_id: str) -> Any:
    member, group = model.Member, model.Group
    return (
        sa.select(member.group_id)
        .join(group, group.id == member.group_id)
        .where(
            member.table_name == "user",
            member.table_id == user_id,
            member.state == model.State.ACTIVE,
            member.capacity.in_(("member", "editor", "admin")),
            group.state == model.State.ACTIVE,
        )
    )
