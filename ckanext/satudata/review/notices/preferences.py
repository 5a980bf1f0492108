"""What each person wants to be told, how, and in which language."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import Any

import sqlalchemy as sa
from ckan import model
from sqlalchemy.dialects.postgresql import insert

from ckanext.satudata.languages import portal_language

from . import words
from .model import Preference

#: Choices a channel has. The portal has no digest: its list is one.
CHANNELS: dict[str, tuple[str, ...]] = {"portal": ("once", "none"), "mail": ("once", "daily", "none")}
KINDS = ("waiting", "deadline", "news")
#: Everything in the portal; by e-mail at once what waits for the reader.
DEFAULTS: dict[str, dict[str, str]] = {
    "portal": {"waiting": "once", "deadline": "once", "news": "once"},
    "mail": {"waiting": "once", "deadline": "once", "news": "none"},
}


def of(user_id: str) -> dict[str, Any]:
    """Everything one person has chosen or left as it is: ``language``, ``portal``, ``mail``."""
    return of_all([user_id])[user_id]


def of_all(user_ids: Iterable[str]) -> dict[str, dict[str, Any]]:
    """The preferences of several people by id; one query."""
    wanted = list(dict.fromkeys(user_ids))
    rows = {
        row.user_id: row for row in model.Session.scalars(sa.select(Preference).where(Preference.user_id.in_(wanted)))
    }
    return {user_id: _full(rows.get(user_id)) for user_id in wanted}


def language_of(preference: dict[str, Any]) -> str:
    """The language this person reads: the one chosen, if the portal still offers it, else the portal's own."""
    chosen = preference["language"]
    return chosen if chosen in words.languages() else portal_language()


def set_for(user_id: str, changes: dict[str, Any]) -> dict[str, Any]:
    """Keep what this person wants, without committing.

    :param changes: as ``schema.read_preferences`` gives them; what is not named stays
    """
    full = of(user_id)
    language = changes.get("language", full["language"])
    choices = {
        channel: {
            kind: value
            for kind, value in {**full[channel], **changes.get(channel, {})}.items()
            if value != DEFAULTS[channel][kind]
        }
        for channel in CHANNELS
    }
    values = {"language": language or None, "choices": choices, "updated_at": dt.datetime.utcnow()}
    statement = insert(Preference).values(user_id=user_id, **values)
    model.Session.execute(statement.on_conflict_do_update(index_elements=["user_id"], set_=values))
    model.Session.expire_all()
    return of(user_id)


def _full(row: Preference | None) -> dict[str, Any]:
    chosen = row.choices if row is not None else {}
    full: dict[str, Any] = {"language": row.language if row is not None else None}
    for channel, kinds in DEFAULTS.items():
        given = chosen.get(channel) or {}
        full[channel] = {
            kind: given[kind] if given.get(kind) in CHANNELS[channel] else default for kind, default in kinds.items()
        }
    return full
