"""One action for many packages. Every item is a transition of its own: what stops one stops no other.

An item is marked in the very transaction that moves its package, and only while it still waits. So a run can be
begun again after a crash, or by an impatient second press, and no package is moved twice.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import logging
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import ckantoolkit as tk
import sqlalchemy as sa
from ckan import model

from ckanext.satudata.principles import PRINCIPLES

from .. import cases, content, requirements, rules, service, workflows
from ..cases import Case
from ..errors import invalid, refuse
from ..model import Review, ReviewEvent
from ..notices import service as notices
from ..people import Actor
from ..requirements import Request
from .model import DONE, FAILED, WAITING, Bulk, BulkItem

log = logging.getLogger(__name__)

Errors = dict[str, list[str]]
#: Parameters that are alike for every item, as a run keeps them.
COMMON = ("comment", "principle_results", "field_comments", "body_id", "assignee")


@dataclass(frozen=True)
class Item:
    """One package of a request, with the version the caller looked at.

    :param given: what the caller called it: id or name
    """

    given: str
    package_id: str
    expected_version: int


@dataclass(frozen=True)
class Outcome:
    """What became of one item, or would."""

    item: Item
    state: str | None = None
    error: Errors | None = None


class _Taken(Exception):
    """Somebody else has just done this item of the same run."""


# -- preview --------------------------------------------------------------------------------------------------


def preview(actor: Actor, items: list[Item], request: Request) -> list[Outcome]:
    """What would become of each item if the run began now; nothing is locked and nothing written.

    What is not typed yet (reason, principles) is taken as given: the question is which of them can be moved.
    """
    declared = workflows.in_force(request.track).transitions[request.action]
    # Some data ask for a comment where the action as such does not (an answer to the pembina): those are left out.
    comment = request.comment or ("–" if "comment" in declared.needs else None)
    results = request.principle_results or {name: {"conforms": True} for name in PRINCIPLES}
    request = dataclasses.replace(request, comment=comment, principle_results=results)
    found = _cases(items, request.track)
    outcomes = []
    for item in items:
        case = found.get(item.package_id)
        try:
            if case is None:
                raise tk.ObjectNotFound(tk._("Dataset not found"))
            if not rules.may_see(actor, case.review, case.jenis_data):
                raise refuse(tk._("You have no role over this dataset."))
            asked = dataclasses.replace(request, expected_version=item.expected_version)
            service.check_version(case, asked)
            outcomes.append(Outcome(item, requirements.plan(actor, case, declared, asked).target))
        except (tk.NotAuthorized, tk.ValidationError, tk.ObjectNotFound) as error:
            outcomes.append(Outcome(item, error=_errors(error)))
    return outcomes


def _cases(items: list[Item], track: str) -> dict[str, Case]:
    """The cases of these items, unlocked, in one query."""
    rows = model.Session.execute(
        sa.select(model.Package, Review)
        .join(Review, Review.package_id == model.Package.id)
        .where(Review.track == track, model.Package.id.in_([item.package_id for item in items]))
    )
    return {package.id: Case(package, review) for package, review in rows if cases.is_reviewed_type(package.type)}


def resolve(given: list[tuple[str, int]]) -> list[Item]:
    """Items from ids or names and versions; what is unknown keeps its name and fails on its own."""
    names = [name for name, _version in given]
    package = model.Package
    rows = model.Session.execute(
        sa.select(package.id, package.name).where(sa.or_(package.id.in_(names), package.name.in_(names)))
    )
    known = {key: row.id for row in rows for key in (row.name, row.id)}
    items = [Item(name, known.get(name, name), version) for name, version in given]
    if len({item.package_id for item in items}) < len(items):
        raise invalid("items", tk._("A dataset is named twice."))
    return items


# -- a run ----------------------------------------------------------------------------------------------------


def begin(actor: Actor, run_id: str, items: list[Item], request: Request, language: str) -> Bulk:
    """Write down what is asked; or find it, where this person has asked the same before.

    :raises ValidationError: the same name stands for something else
    """
    if actor.id is None:
        raise refuse(tk._("Log in first."))
    common = {name: getattr(request, name) for name in COMMON if getattr(request, name)}
    if request.release_at:
        common["release_at"] = request.release_at.isoformat()
    asked = {
        "action": request.action,
        "track": request.track,
        "request": common,
        "items": [[item.package_id, item.expected_version] for item in items],
    }
    fingerprint = content.digest(asked)
    bulk = Bulk.named(actor.id, run_id)
    if bulk is None:
        bulk = Bulk(
            id=str(uuid.uuid4()), run_id=run_id, actor_id=actor.id, action=request.action, track=request.track,
            request=common, fingerprint=fingerprint, total=len(items), language=language,
        )  # fmt: skip
        model.Session.add(bulk)
        try:
            model.Session.flush()
            model.Session.execute(
                sa.insert(BulkItem),
                [
                    {
                        "bulk_id": bulk.id,
                        "place": place,
                        "package_id": item.package_id,
                        "expected_version": item.expected_version,
                        "status": WAITING,
                    }
                    for place, item in enumerate(items, 1)
                ],
            )
            model.Session.commit()
        except sa.exc.IntegrityError:
            # The second of two presses.
            model.Session.rollback()
            bulk = Bulk.named(actor.id, run_id)
    if bulk is None or bulk.fingerprint != fingerprint:
        raise invalid("run_id", tk._("This run_id already stands for something else. Choose a new one."))
    return bulk


def work(bulk: Bulk, actor: Actor, seconds: float | None = None) -> bool:
    """Do what still waits.

    :param actor: whose roles count; asked for anew with every item, so that a role taken away ends a long run
    :param seconds: stop after so long; None does all
    :returns: whether nothing waits any more
    """
    bulk_id, ends = bulk.id, time.monotonic() + seconds if seconds is not None else None
    request = _request(bulk)
    waiting = model.Session.execute(
        sa.select(BulkItem.package_id, BulkItem.expected_version)
        .where(BulkItem.bulk_id == bulk_id, BulkItem.status == WAITING)
        .order_by(BulkItem.place)
    ).all()
    for package_id, version in waiting:
        if ends is not None and time.monotonic() > ends:
            return False
        fresh = dataclasses.replace(actor, _roles={}, _own=[])
        _one(bulk_id, package_id, dataclasses.replace(request, expected_version=version), fresh)
    model.Session.execute(
        sa.update(Bulk).where(Bulk.id == bulk_id, Bulk.finished_at.is_(None)).values(finished_at=dt.datetime.utcnow())
    )
    model.Session.commit()
    # Only now is a run told of: once to each person, whatever the number.
    notices.enqueue()
    return True


def _request(bulk: Bulk) -> Request:
    common: dict[str, Any] = dict(bulk.request)
    if common.get("release_at"):
        common["release_at"] = dt.datetime.fromisoformat(common["release_at"])
    return Request(action=bulk.action, track=bulk.track, **common)


def _one(bulk_id: str, package_id: str, request: Request, actor: Actor) -> None:
    """Move one package, or write down why not; nothing raised here reaches the next one."""
    try:
        service.transition(actor, package_id, request, within=_mark_done(bulk_id, package_id))
    except _Taken:
        return
    except (tk.NotAuthorized, tk.ValidationError, tk.ObjectNotFound) as error:
        _mark_failed(bulk_id, package_id, _errors(error))
    except Exception:
        log.exception("Item %s of bulk run %s failed", package_id, bulk_id)
        model.Session.rollback()
        _mark_failed(
            bulk_id, package_id, {"id": [tk._("The portal could not do this now. Nothing has changed; try again.")]}
        )


def _mark_done(bulk_id: str, package_id: str) -> Callable[[ReviewEvent], None]:
    def mark(event: ReviewEvent) -> None:
        done = model.Session.execute(
            sa.update(BulkItem)
            .where(BulkItem.bulk_id == bulk_id, BulkItem.package_id == package_id, BulkItem.status == WAITING)
            .values(status=DONE, state=event.to_state, event_position=event.position)
        )
        if not done.rowcount:
            raise _Taken

    return mark


def _mark_failed(bulk_id: str, package_id: str, errors: Errors) -> None:
    model.Session.execute(
        sa.update(BulkItem)
        .where(BulkItem.bulk_id == bulk_id, BulkItem.package_id == package_id, BulkItem.status == WAITING)
        .values(status=FAILED, error=errors)
    )
    model.Session.commit()


def _errors(error: Exception) -> Errors:
    """A refusal as texts by parameter; also where it was no error of a parameter."""
    if isinstance(error, tk.ValidationError):
        return {
            name: [str(text) for text in (texts if isinstance(texts, list) else [texts])]
            for name, texts in error.error_dict.items()
        }
    text = getattr(error, "message", None) or str(error)
    return {"id": [text or tk._("This is not possible now.")]}
