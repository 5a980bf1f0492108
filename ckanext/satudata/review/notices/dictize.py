"""The shape of a notice as API, page and message show it."""

from __future__ import annotations

from typing import Any

import ckantoolkit as tk

from ckanext.satudata.roles import service as roles

from .. import wording, workflows
from ..dictize import iso
from ..people import Actor
from ..recommendation import TRACK as RECOMMENDATION
from . import words
from .receivers import REMINDERS, closed_it


def notice_dict(row: Any, own: set[str]) -> dict[str, Any]:
    """One row of ``reading``, in the reader's language.

    :param own: ids of the organizations the reader produces for: there the dataset's page is the place to act,
        elsewhere the desk
    """
    notice, review, event = row.Notice, row.Review, row.ReviewEvent
    state = workflows.in_force(review.track).state
    producer = review.organization_id in own
    # What a role saw until it was taken back: by the name it had then, and no way in.
    taken_back = closed_it(event, state) and not state(review.state).seen_by_roles
    shown = producer or not taken_back
    title = (row.package_title or row.package_name) if shown else (event.package_title or event.package_name)
    reminder = event.action in REMINDERS and review.state_since <= event.at
    return {
        "id": notice.id,
        "kind": notice.kind,
        "word": notice.word,
        "label": words.label(notice.word, event.action, notice.track),
        "number": row.number,
        "bulk_id": notice.bulk_id,
        "read": not row.unread,
        "at": iso(event.at),
        "package_id": notice.package_id,
        "package_name": row.package_name if shown else None,
        "package_type": row.package_type,
        "title": title,
        "track": notice.track,
        "organization_id": review.organization_id,
        "organization_title": row.organization_title,
        "own": producer,
        "action": event.action,
        "actor_name": row.actor,
        "body_title": row.body_title,
        "comment": event.comment,
        "due_at": iso(review.due_at) if reminder else None,
        "release_at": iso(review.release_at) if notice.word == "scheduled" else None,
        "state": review.state if shown else None,
        "state_label": wording.state(review.state, review.track) if shown else None,
        "url": _url(row, producer) if shown else None,
    }


def _url(row: Any, producer: bool) -> str:
    """Where the reader acts on it: the page of its recommendation, the dataset's own for its producer, or the desk."""
    if row.Notice.track == RECOMMENDATION:
        return str(tk.url_for("satudata_recommendation.page", id=row.Notice.package_id, qualified=True))
    if row.Notice.word in words.ABOUT_ACCESS:
        return str(tk.url_for("satudata_access.record", id=row.Notice.package_id, qualified=True))
    if producer:
        return str(tk.url_for(f"{row.package_type}.read", id=row.package_name, qualified=True))
    return str(tk.url_for("satudata_review.desk", id=row.Notice.package_id, qualified=True))


def own_of(actor: Actor) -> set[str]:
    """Ids of the organizations this person produces for."""
    return set(roles.direct_organizations(actor.id)) if actor.id else set()


def subject(item: dict[str, Any]) -> str:
    """A notice in one line: “Dikembalikan untuk diperbaiki: Jumlah balita 2025”."""
    if item["number"] == 1:
        return f"{item['label']}: {item['title']}"
    return f"{item['label']}: {datasets(item['number'])}"


def datasets(number: int) -> str:
    """“94 datasets”."""
    return str(tk.ungettext("{n} dataset", "{n} datasets", number).replace("{n}", f"{number}"))
