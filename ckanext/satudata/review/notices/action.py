"""Notices over the API: always those of the caller."""

from __future__ import annotations

from typing import Any

import ckantoolkit as tk
import sqlalchemy as sa
from ckan import model

from ckanext.satudata import config, listing

from ..dictize import iso
from ..errors import refuse
from ..people import Actor, actor_of
from . import dictize, outbox, preferences, reading, schema, service, words
from .model import Delivery


@tk.side_effect_free
def satudata_notice_list(context: dict[str, Any], data_dict: dict[str, Any]) -> dict[str, Any]:
    """The caller's notices in the portal, newest first; of data the caller may still see.

    :param unread: only those not read yet
    :param limit: default 20, at most 1000
    :param offset: default 0
    :returns: ``{"count", "results"}`` of Notices: ``id, kind (waiting|deadline|news), label, number (datasets: more
        than 1 for a bulk run), read, at, package_id, package_name, title, organization_title, own (the caller
        produces for it), action, actor_name, body_title, comment, due_at, release_at, state, state_label, url``;
        name, state and url are null where the dataset is closed to the caller at the moment. What waited for the
        caller and has moved on since counts as read
    :raises NotAuthorized: nobody is logged in
    """
    only_unread, page = schema.read_list(data_dict)
    actor = _actor("satudata_notice_list", context)
    count, rows = reading.find(actor, page, only_unread)
    own = dictize.own_of(actor)
    return listing.listed(count, [dictize.notice_dict(row, own) for row in rows])


def satudata_notice_mark_read(context: dict[str, Any], data_dict: dict[str, Any]) -> dict[str, Any]:
    """Note that the caller has read notices.

    :param ids: a list of ids, or one; a notice of a bulk run stands for all of it
    :param all: true instead of ids: everything
    :returns: ``{"marked": n}``, how many were unread
    :raises ObjectNotFound: an id that is not one of the caller's; nothing is marked then
    """
    ids = schema.read_mark(data_dict)
    actor = _actor("satudata_notice_mark_read", context)
    strangers = sorted(set(ids) - reading.owned(actor, ids)) if ids is not None else []
    if strangers:
        raise tk.ObjectNotFound(tk._("Notice not found: {id}").format(id=strangers[0]))
    marked = reading.mark_read(actor, ids)
    model.Session.commit()
    return {"marked": marked}


@tk.side_effect_free
def satudata_notice_preferences_show(context: dict[str, Any], data_dict: dict[str, Any]) -> dict[str, Any]:
    """What the caller is told, and how.

    :returns: ``{"language", "portal": {kind: once|none}, "mail": {kind: once|daily|none}, "digest_hour", "email"}``;
        ``language`` null means the portal's own, ``email`` says whether the caller has an address
    """
    listing.refuse_unknown(data_dict, set())
    return _preferences(_actor("satudata_notice_preferences_show", context))


def satudata_notice_preferences_update(context: dict[str, Any], data_dict: dict[str, Any]) -> dict[str, Any]:
    """Choose what to be told, and how; what is not named stays.

    :param portal: ``{waiting|deadline|news: once|none}``
    :param mail: ``{waiting|deadline|news: once|daily|none}``
    :param language: code of a language the portal offers; null for the portal's own
    :returns: as ``satudata_notice_preferences_show``
    :raises ValidationError: an unknown channel, kind, choice or language
    """
    changes = schema.read_preferences(data_dict)
    actor = _actor("satudata_notice_preferences_update", context)
    preferences.set_for(actor.id or "", changes)
    model.Session.commit()
    return _preferences(actor)


@tk.side_effect_free
def satudata_notice_delivery_list(context: dict[str, Any], data_dict: dict[str, Any]) -> dict[str, Any]:
    """Messages and what became of them, newest first (sysadmins).

    :param state: pending, sending, sent, failed or cancelled; all by default
    :param limit: default 20, at most 1000
    :param offset: default 0
    :returns: ``{"count", "results"}`` of ``id, user_id, user_name, digest, state, state_label, attempts, created_at,
        next_at, sent_at, last_error``; neither addresses nor what the message says
    """
    state, page = schema.read_deliveries(data_dict)
    tk.check_access("satudata_notice_delivery_list", context, data_dict)
    query = sa.select(Delivery, model.User.name.label("user_name")).outerjoin(
        model.User, model.User.id == Delivery.user_id
    )
    if state:
        query = query.where(Delivery.state == state)
    count = model.Session.scalar(sa.select(sa.func.count()).select_from(query.subquery())) or 0
    rows = model.Session.execute(query.order_by(Delivery.id.desc()).limit(page.limit).offset(page.offset))
    return listing.listed(count, [_delivery(row.Delivery, row.user_name) for row in rows])


def satudata_notice_delivery_retry(context: dict[str, Any], data_dict: dict[str, Any]) -> dict[str, Any]:
    """Have messages tried anew that were given up, or wait for a later attempt (sysadmins).

    :param ids: only these; all by default
    :returns: ``{"count": n}``
    """
    listing.refuse_unknown(data_dict, {"ids"})
    ids = schema.read_ids(data_dict["ids"]) if data_dict.get("ids") else None
    tk.check_access("satudata_notice_delivery_retry", context, data_dict)
    count = outbox.retry(ids)
    model.Session.commit()
    service.enqueue()
    return {"count": count}


def _actor(action: str, context: dict[str, Any]) -> Actor:
    tk.check_access(action, context, {})
    actor = actor_of(context)
    if actor.id is None:
        raise refuse(tk._("Log in first."))
    return actor


def _preferences(actor: Actor) -> dict[str, Any]:
    user = model.User.get(actor.id)
    return {
        **preferences.of(actor.id or ""),
        "digest_hour": config.digest_hour(),
        "email": bool(user is not None and user.email),
    }


def _delivery(row: Delivery, user_name: str | None) -> dict[str, Any]:
    return {
        "id": row.id,
        "user_id": row.user_id,
        "user_name": user_name,
        "digest": row.digest,
        "state": row.state,
        "state_label": words.delivery_state(row.state),
        "attempts": row.attempts,
        "created_at": iso(row.created_at),
        "next_at": iso(row.next_at),
        "sent_at": iso(row.sent_at),
        "last_error": row.last_error,
    }


ACTIONS = {
    "satudata_notice_list": satudata_notice_list,
    "satudata_notice_mark_read": satudata_notice_mark_read,
    "satudata_notice_preferences_show": satudata_notice_preferences_show,
    "satudata_notice_preferences_update": satudata_notice_preferences_update,
    "satudata_notice_delivery_list": satudata_notice_delivery_list,
    "satudata_notice_delivery_retry": satudata_notice_delivery_retry,
}
