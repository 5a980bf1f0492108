"""A stale save in words: who saved meanwhile, when, and what a field says on either side."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

import ckantoolkit as tk
import sqlalchemy as sa
from ckan import model, plugins

from ckanext.satudata import moments

from . import ages, diff, remarks, wording
from .people import actor_of

_FILE_LABEL = "upload"


def who_saved(stored: Mapping[str, Any], modified: dt.datetime | None, context: dict[str, Any]) -> str:
    """*Sari saved changes at 10.42.*, as far as CKAN's activity knows who it was.

    :param stored: the package, or the resource, as it stands now
    :param modified: when it was saved, naive UTC
    """
    user_id = _last_editor(str(stored.get("package_id") or stored["id"]), modified)
    name = wording.person(user_id) or tk._("Somebody else")
    mine = bool(user_id) and user_id == actor_of(context).id
    if modified is not None and moments.local(modified).date() == ages.today():
        time = f"{moments.local(modified):%H.%M}"
        if mine:
            return tk._("You saved changes at {time} in another window.").format(time=time)
        return tk._("{name} saved changes at {time}.").format(name=name, time=time)
    moment = wording.moment(modified)
    if mine:
        return tk._("You saved changes on {moment} in another window.").format(moment=moment)
    return tk._("{name} saved changes on {moment}.").format(name=name, moment=moment)


def _last_editor(package_id: str, modified: dt.datetime | None) -> str | None:
    if modified is None or not plugins.plugin_loaded("activity"):
        return None
    from ckanext.activity.model.activity import Activity

    # The row is written just after the save it tells of.
    statement = (
        sa.select(Activity.user_id)
        .where(
            Activity.object_id == package_id,
            Activity.activity_type.in_(("changed package", "new package")),
            Activity.timestamp >= modified,
        )
        .order_by(Activity.timestamp)
        .limit(1)
    )
    found: str | None = model.Session.execute(statement).scalar()
    return found


def in_words(name: str, change: diff.Change | None, typed: Any, theirs: Any) -> dict[str, Any]:
    """``label``, ``mine``, ``theirs`` and ``parts`` (of rows, lists) of one field.

    :param change: from what was typed to what is stored; None where it cannot be told apart in words
    """
    if change is None:
        label = tk._("Content of the file") if name == _FILE_LABEL else name
        mine = tk._("the file you have chosen, or the one you saw") if name == _FILE_LABEL else str(typed or "")
        other = tk._("a newer file") if name == _FILE_LABEL else str(theirs or "")
        return {"label": label, "mine": mine, "theirs": other, "parts": []}
    words = remarks.in_words(change)
    parts = words["parts"] or ([remarks.in_words(part) for part in change.parts] if change.parts else [])
    return {"label": change.label, "mine": words["old"], "theirs": words["new"], "parts": parts}
