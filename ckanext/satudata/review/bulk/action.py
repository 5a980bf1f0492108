"""Many reviews at once, over the API."""

from __future__ import annotations

import uuid
from typing import Any

import ckantoolkit as tk
import sqlalchemy as sa
from ckan import model
from ckan.lib import i18n

from ckanext.satudata import listing

from .. import wording
from ..errors import refuse
from ..people import actor_of
from . import jobs, schema, service
from .model import DONE, FAILED, WAITING, Bulk, BulkItem, counts


def satudata_review_bulk_transition(context: dict[str, Any], data_dict: dict[str, Any]) -> dict[str, Any]:
    """Take one action for many datasets, each in a transaction of its own: what stops one stops no other.

    :param items: ``[{"id", "expected_version"}]``, at most 1000; the version is the one the caller looked at
    :param action: as for ``satudata_review_transition``; not ``revise``
    :param comment: the reason, the same for all
    :param principle_results: the same for all
    :param field_comments: the same for all
    :param body_id: for which organization the caller acts, where there is a choice
    :param assignee: with assign
    :param release_at: with publish
    :param track: default ``publication``
    :param dry_run: only say what would become of each; nothing is written
    :param run_id: a name of the caller's for this run. Called again with it, what was done is answered and what
        still waits is done: nothing happens twice, also after a broken connection
    :param background: leave the work to a background job and answer at once; see ``satudata_review_bulk_show``
    :returns: ``{"id", "run_id", "action", "dry_run", "finished", "total", "waiting", "done", "failed", "results"}``;
        each result ``{"id", "ok", "state"}`` or ``{"id", "ok", "error", "errors"}`` in the order asked, ``ok`` null
        while it waits
    :raises ValidationError: keyed by parameter, before anything has happened
    """
    asked = schema.read(data_dict)
    tk.check_access("satudata_review_bulk_transition", context, {})
    actor = actor_of(context)
    items = service.resolve(asked.items)
    if asked.dry_run:
        return _previewed(asked, service.preview(actor, items, asked.request))
    schema.needed(asked.request)
    bulk = service.begin(actor, asked.run_id or str(uuid.uuid4()), items, asked.request, _language())
    bulk_id = bulk.id
    if bulk.finished_at is None and not (asked.background and jobs.enqueue(bulk_id)):
        service.work(bulk, actor)
    return _told(
        model.Session.get(Bulk, bulk_id, populate_existing=True), {item.package_id: item.given for item in items}
    )


@tk.side_effect_free
def satudata_review_bulk_show(context: dict[str, Any], data_dict: dict[str, Any]) -> dict[str, Any]:
    """How far a run of ``satudata_review_bulk_transition`` is, and what became of each item.

    :param id: the ``id`` of the run, or the ``run_id`` its caller gave it
    :returns: as ``satudata_review_bulk_transition``
    :raises NotAuthorized: somebody else's run (sysadmins see all)
    :raises ObjectNotFound: no such run
    """
    listing.refuse_unknown(data_dict, {"id"})
    tk.check_access("satudata_review_bulk_show", context, {})
    return _told(bulk_of(context, tk.get_or_bust(data_dict, "id")), {})


def bulk_of(context: dict[str, Any], name: str) -> Bulk:
    """A run by its id, or by the name its caller gave it.

    :raises NotAuthorized: it is somebody else's
    :raises ObjectNotFound: no such run
    """
    actor = actor_of(context)
    bulk = model.Session.get(Bulk, name) or (Bulk.named(actor.id, name) if actor.id else None)
    if bulk is None:
        raise tk.ObjectNotFound(tk._("There is no such run."))
    if bulk.actor_id != actor.id and not actor.sysadmin:
        raise refuse(tk._("Only who began this run sees it."))
    return bulk


def _previewed(asked: schema.Asked, outcomes: list[service.Outcome]) -> dict[str, Any]:
    failed = sum(1 for outcome in outcomes if outcome.error)
    return {
        "id": None,
        "run_id": asked.run_id,
        "action": asked.request.action,
        "dry_run": True,
        "finished": True,
        "total": len(outcomes),
        "waiting": 0,
        "done": len(outcomes) - failed,
        "failed": failed,
        "results": [
            _result(outcome.item.given, outcome.item.package_id, FAILED if outcome.error else DONE, outcome.state,
                    outcome.error)
            for outcome in outcomes
        ],
    }  # fmt: skip


def _told(bulk: Bulk, given: dict[str, str]) -> dict[str, Any]:
    """A run as the API answers it; two queries."""
    number = counts(bulk.id)
    rows = model.Session.execute(
        sa.select(BulkItem.package_id, BulkItem.status, BulkItem.state, BulkItem.error)
        .where(BulkItem.bulk_id == bulk.id)
        .order_by(BulkItem.place)
    )
    return {
        "id": bulk.id,
        "run_id": bulk.run_id,
        "action": bulk.action,
        "dry_run": False,
        "finished": bulk.finished_at is not None,
        "total": bulk.total,
        **number._asdict(),
        "results": [
            _result(given.get(row.package_id, row.package_id), row.package_id, row.status, row.state, row.error)
            for row in rows
        ],
    }


def _result(
    given: str, package_id: str, status: str, state: str | None, errors: dict[str, list[str]] | None
) -> dict[str, Any]:
    result: dict[str, Any] = {"id": given, "package_id": package_id, "ok": {WAITING: None}.get(status, status == DONE)}
    if status == DONE:
        result |= {"state": state, "state_label": wording.state(state)}
    elif errors:
        result |= {"error": " ".join(text for texts in errors.values() for text in texts), "errors": errors}
    return result


def _language() -> str:
    try:
        return str(i18n.get_lang() or "")
    except RuntimeError:  # outside a request
        return str(tk.config.get("ckan.locale_default", "en"))


ACTIONS = {
    "satudata_review_bulk_transition": satudata_review_bulk_transition,
    "satudata_review_bulk_show": satudata_review_bulk_show,
}
