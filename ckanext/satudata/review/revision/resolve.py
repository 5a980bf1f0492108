"""Settling a conflict: the copy is brought up to the published dataset, or the copy holds."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import ckantoolkit as tk
from ckan import model

from ckanext.satudata.review import service, wording
from ckanext.satudata.review.cases import Case
from ckanext.satudata.review.diff import Change
from ckanext.satudata.review.errors import invalid, refuse
from ckanext.satudata.review.people import Actor

from . import conflict, copying, files, fingerprint, steps, tables
from .model import Revision, RevisionPart
from .service import lock, lock_package


def keep_copy(actor: Actor, copy_id: str, comment: str | None) -> None:
    """Let the copy hold: what changed in the published dataset meanwhile is overwritten when it is published.

    The producer says so while mending, the checker while the copy is with the checker; with a reason, as an event.

    :raises NotAuthorized: neither of the two
    :raises ValidationError: no reason
    """
    if not comment:
        raise invalid("comment", tk._("Write why the changes of the published dataset are to be overwritten."))
    try:
        case, revision, _live, found = _locked(copy_id)
        if not (_producers_turn(actor, case) or _checkers_turn(actor, case)):
            raise refuse(
                tk._("It is “{state}”: who has it now decides about the conflict.").format(
                    state=wording.state(case.review.state)
                )
            )
        _settle(actor, case, revision, found, comment)
    except Exception:
        model.Session.rollback()
        raise


def merge(actor: Actor, copy_id: str, choices: Mapping[str, str], comment: str | None) -> None:
    """Bring the copy up to the published dataset: what changed there alone is taken, what changed on both is chosen.

    :param choices: ``{field or resource id: "live" | "copy"}``
    :raises NotAuthorized: the copy is not open to this actor; returned first, it is
    :raises ValidationError: on ``choices``: what is undecided, by its label
    """
    try:
        case, revision, live, found = _locked(copy_id)
        if not _producers_turn(actor, case):
            raise refuse(tk._("Only the producer brings a working copy up to date, as a draft or returned."))
        there = conflict.found(revision, live)
        here = {change.field for change in conflict.of_copy(revision, case.as_dict)}
        undecided = [change for change in there if change.field in here and change.field not in choices]
        if undecided:
            labels = ", ".join(change.label for change in undecided)
            raise invalid("choices", tk._("Changed on both sides; choose which holds: {fields}").format(fields=labels))
        for change in there:
            if choices.get(change.field, "live") == "live":
                _take(revision, case, live, change)
        service.touch(case.package)
        service.add_author(case.review, actor.id)
        _settle(actor, case, revision, found, comment)
    except Exception:
        model.Session.rollback()
        raise
    steps.after_start(copy_id)


def _locked(copy_id: str) -> tuple[Case, Revision, dict[str, Any], dict[str, Any]]:
    revision = Revision.get(copy_id)
    if revision is None:
        raise tk.ObjectNotFound(tk._("This is no working copy."))
    if lock_package(revision.live_id) is None:
        raise refuse(tk._("The dataset this is a working copy of is gone."))
    case, locked = lock(copy_id)
    if not locked.is_open:
        raise refuse(tk._("This working copy has ended."))
    live, found = fingerprint.now_of(locked.live_id)
    return case, locked, live, found


def _producers_turn(actor: Actor, case: Case) -> bool:
    return case.state.editable_by == "producer" and (actor.sysadmin or actor.is_producer(case.review.organization_id))


def _checkers_turn(actor: Actor, case: Case) -> bool:
    role = case.state.waits_for
    if role is None or role == "producer":
        return False
    return actor.sysadmin or bool(actor.bodies(role, case.review.organization_id, case.jenis_data))


def _settle(actor: Actor, case: Case, revision: Revision, found: dict[str, Any], comment: str | None) -> None:
    revision.base = found
    case.review.version += 1
    service.record(actor, case.review, case.package, "revision_resolve", comment=comment)
    model.Session.commit()


# -- taking a change over --------------------------------------------------------------------------------------


def _take(revision: Revision, case: Case, live: Mapping[str, Any], change: Change) -> None:
    """Make one part of the copy what it is in the published dataset."""
    source = model.Package.get(revision.live_id)
    assert source is not None
    if change.scope == "resource":
        _take_resource(revision, case.package, change)
    elif change.field == "tags":
        copying.replace_tags(source, case.package)
    elif change.field == "groups":
        copying.replace_groups(source, case.package)
    elif change.scope == "views":
        for copy_part, live_part in RevisionPart.mapping(revision.copy_id, "resource").items():
            _take_views(revision, live_part, copy_part)
    elif change.field in copying.PACKAGE_COLUMNS:
        setattr(case.package, change.field, getattr(source, change.field))
    else:
        extras = dict(case.package.extras or {})
        if change.field in (source.extras or {}):
            extras[change.field] = source.extras[change.field]
        else:
            extras.pop(change.field, None)
        case.package.extras = extras


def _take_resource(revision: Revision, copy: model.Package, change: Change) -> None:
    live_id = change.field
    pairs = {live: part for part, live in RevisionPart.mapping(revision.copy_id, "resource").items()}
    copy_part = pairs.get(live_id)
    source = model.Session.get(model.Resource, live_id)
    mine = model.Session.get(model.Resource, copy_part) if copy_part else None
    if change.kind == "removed":
        if mine is not None:
            mine.state = model.State.DELETED
        return
    assert source is not None
    if mine is None:
        copy_part = copying.insert_resource(copy.id, source)
        RevisionPart.keep(revision.copy_id, "resource", [(copy_part, live_id)])
    else:
        copying.overwrite_resource(source, mine)
    assert copy_part is not None
    if source.url_type == "upload":
        files.refer(copy_part, live_id)
    _take_views(revision, live_id, copy_part)
    # The table as well, once this is committed.
    tables.drop([copy_part])
    wanted = [pair for pair in revision.work.get("tables") or [] if pair[1] != copy_part]
    steps.store(revision, steps.START, {**revision.work, "tables": [*wanted, [live_id, copy_part]]})


def _take_views(revision: Revision, live_id: str, copy_part: str) -> None:
    old = copying.views_of([copy_part])
    RevisionPart.forget(view.id for view in old)
    for view in old:
        model.Session.delete(view)
    model.Session.flush()
    RevisionPart.keep(revision.copy_id, "view", copying.copy_views(live_id, copy_part))
