"""Closing every door but the transitions: the only chained ``package_create`` and ``package_update``.

Everything CKAN writes to a package ends in one of the two (patch, revise, resources, reorder, bulk actions, the
forms, undeletion); the doors that do not are in ``doors.py``. Here the action chain decides, for everyone:
``ignore_auth`` and sysadmins pass through it like anybody else.
"""

from __future__ import annotations

from typing import Any

import ckantoolkit as tk
import sqlalchemy as sa
from ckan import model
from flask import g, has_request_context

from ckanext.satudata.standards import service as standards

from . import aftermath, cases, closed, content, officer_fields, programs, rules, service, stale
from .errors import invalid, refuse
from .model import Review
from .people import actor_of
from .recommendation import service as recommendation
from .revision import hooks as revision
from .revision.marks import being_published
from .workflows import in_force

#: Set by custodian or planner through ``satudata_priority_set`` only; no form or API key of a producer sets them.
PRIORITY_FLAGS = ("prioritas_tahun", "prioritas_daerah_tahun")
#: Where the guard leaves a note for the hook that runs inside CKAN's own transaction.
NOTE = "satudata_guard"


@tk.chained_action
def package_create(next_action: Any, context: dict[str, Any], data_dict: dict[str, Any]) -> Any:
    """Create as CKAN does, but private and with a review row in the same transaction."""
    standards.check_kinds(data_dict)
    standards.check_title(data_dict)
    package_type = data_dict.get("type") or "dataset"
    programs.check_source(context, data_dict)
    standards.normalise(data_dict, package_type)
    if not cases.is_reviewed_type(package_type):
        return next_action(context, data_dict)
    if not data_dict.get("owner_org"):
        tk.check_access("package_create", context, data_dict)
        raise invalid(
            "owner_org",
            tk._("Choose the organization that produces this data: data under review always has an owner."),
        )
    actor = actor_of(context)
    closed.check_producer(actor, context, data_dict)
    _keep_flags(data_dict, {})
    officer_fields.check(actor, context, data_dict, {}, package_type, open_to=True)
    policy = programs.harvest_policy(actor, data_dict.get("id"))
    harvested = policy is not None and policy.policy == programs.PUBLISH
    data_dict["private"] = not harvested or rules.must_be_private(in_force().names(public=True)[0], data_dict)
    if data_dict.get("state") in (None, ""):
        # CKAN would keep the empty word, and what is in no state it knows is out of everybody's sight.
        data_dict.pop("state", None)
    elif data_dict["state"] not in ("draft", "active"):
        data_dict["state"] = "draft"
    context[NOTE] = {"harvested": harvested, "policy": policy}
    return next_action(context, data_dict)


def after_create(context: dict[str, Any], package_dict: dict[str, Any]) -> None:
    """``IPackageController.after_dataset_create``: the review row, in the transaction that makes the package."""
    if not cases.is_reviewed_type(package_dict.get("type")):
        return
    package = context.get("package") or model.Package.get(package_dict["id"])
    note = context.pop(NOTE, None) or {}
    if package is None:
        return
    if Review.get(package.id) is not None:
        if not note:
            return
        # The id was another dataset's, which has been purged. Its history stays; where it stood is not where this is.
        model.Session.execute(sa.delete(Review).where(Review.package_id == package.id))
        model.Session.expire_all()
    actor = programs.under(actor_of(context), note.get("policy"))
    # Whatever path led here: without the guard's own word for it, nothing is public.
    if not note.get("harvested"):
        package.private = True
    review = service.start(package, actor, bool(note.get("harvested")))
    if has_request_context():
        # A form that is saved and submitted in one press is told by CKAN's view where to go, not what was made.
        g.satudata_begun = package.id
    if note.get("policy"):
        service.record(actor, review, package, "harvest")


@tk.chained_action
def package_update(next_action: Any, context: dict[str, Any], data_dict: dict[str, Any]) -> Any:
    """Update as CKAN does where the state of the review leaves the content open to this actor."""
    standards.check_kinds(data_dict)
    asked, looked_at = stale.take(data_dict), data_dict.pop(standards.LOOKED_AT, None)
    case = _case(context, data_dict)
    if case is None:
        _check_stale(asked, context, data_dict)
        return next_action(context, data_dict)
    if being_published.get() == case.package.id:
        # Its working copy has been approved and is written onto it, in the transaction that holds this lock.
        _keep_flags(data_dict, case.fields)
        standards.officer.keep(case.package.type, data_dict, case.fields)
        data_dict["private"] = rules.must_be_private(case.review.state, data_dict)
        return next_action(context, data_dict)
    standards.check_title(data_dict, case.package.title)
    actor = actor_of(context)
    original = _original(context, case)
    is_open = closed.is_open(actor, case.review)
    if is_open:
        stale.check(asked, context, data_dict, original, case.package.metadata_modified)
    _keep_what_is_not_content(data_dict, case)
    entered = is_open and not revision.is_copy(case.package)
    officer_fields.check(actor, context, data_dict, case.fields, case.package.type, open_to=entered)
    try:
        closed.check_owner(actor, case, data_dict)
        note = closed.check_core_state(actor, case, data_dict)
        note["content"] = _changes(data_dict, original)
        if note["content"]:
            note.update(closed.check_content(actor, case))
        elif not (actor.program or actor.trusted or closed.is_open(actor, case.review)):
            _keep_what_programs_write(data_dict, original)
    except tk.NotAuthorized:
        # Whoever CKAN itself refuses hears CKAN's answer: where it stands is not for everybody.
        tk.check_access("package_update", context, {"id": case.package.id})
        raise
    data_dict["private"] = rules.must_be_private(case.review.state, data_dict) or revision.is_copy(case.package)
    # By override or by a harvest published data may be narrowed here; CKAN itself indexes before it commits.
    note["hides"] = data_dict["private"] and not case.package.private
    context[NOTE] = note
    try:
        result = next_action(context, data_dict)
    finally:
        context.pop(NOTE, None)
    if looked_at:
        standards.proposals_looked_at(case.package.id)
    return result


def after_update(context: dict[str, Any], package_dict: dict[str, Any]) -> None:
    """``IPackageController.after_dataset_update``, inside CKAN's transaction: authors, owner and events."""
    note = context.get(NOTE)
    if note is None or not package_dict.get("id"):
        return
    review = Review.get(package_dict["id"])
    package = model.Package.get(package_dict["id"])
    if review is None or package is None:
        return
    actor = programs.under(actor_of(context), note.get("harvest"))
    if note.get("content") and not (review.harvested and actor.program):
        service.add_author(review, actor.id)
    if review.organization_id != package.owner_org:
        review.organization_id = package.owner_org
        recommendation.follow(package.id, package.owner_org)
        revision.live_moved(package.id, package.owner_org)
        service.record(actor, review, package, "move")
    if note.get("hides"):
        aftermath.relabel_activity(package)
    if note.get("deleted"):
        revision.live_ended(actor, package.id)
    if note.get("restored"):
        service.record(actor, review, package, "restore")
    if note.get("override"):
        override = review.override or {}
        review.override = None
        review.version += 1
        service.record(actor, review, package, "override_edit", comment=override.get("reason"))
    elif note.get("harvest"):
        review.version += 1
        service.record(actor, review, package, "harvest")


def _case(context: dict[str, Any], data_dict: dict[str, Any]) -> cases.Case | None:
    """The locked case of a managed package after normalising the input; None for what is not managed.

    Package first, then review: 76 to 94 of 108 mixed requests deadlocked in every other order.
    """
    name_or_id = data_dict.get("id") or data_dict.get("name")
    package = (
        model.Session.query(model.Package)
        .filter(sa.or_(model.Package.id == name_or_id, model.Package.name == name_or_id))
        .populate_existing()
        .with_for_update(of=model.Package)
        .first()
        if name_or_id
        else None
    )
    if package is None:
        return None
    programs.check_source(context, data_dict, package)
    # CKAN keeps the name of a package whose client leaves it out; the slug field of scheming would ask for one.
    data_dict.setdefault("name", package.name)
    standards.normalise(data_dict, package.type, package.extras)
    if not cases.is_reviewed_type(package.type):
        if revision.is_copy(package):
            # Without the review nobody could check it: it stays closed and unseen until the review is back.
            raise refuse(tk._("This is a working copy, and the review of this portal is switched off."))
        return None
    review = Review.get(package.id, lock=True)
    return cases.Case(package, review) if review else None


def _check_stale(asked: Any, context: dict[str, Any], data_dict: dict[str, Any]) -> None:
    """The same for what is not under review; its row is locked already."""
    package = model.Package.get(data_dict.get("id") or data_dict.get("name")) if asked else None
    if package is not None:
        show = tk.fresh_context(context) | {"ignore_auth": True}
        original = tk.get_action("package_show")(show, {"id": package.id})
        stale.check(asked, context, data_dict, original, package.metadata_modified)


def _original(context: dict[str, Any], case: cases.Case) -> dict[str, Any]:
    """The stored package; handed on, so that CKAN does not read it again."""
    original = context.get("original_package")
    if not original or original.get("id") != case.package.id:
        original = tk.get_action("package_show")(
            tk.fresh_context(context) | {"ignore_auth": True}, {"id": case.package.id}
        )
        context["original_package"] = original
    return original


def _keep_what_is_not_content(data_dict: dict[str, Any], case: cases.Case) -> None:
    """Flags of the planner and core's own keys come from the database, whatever the client sends."""
    _keep_flags(data_dict, case.fields)
    # A client that leaves these out means "as it is"; CKAN would read it as "empty".
    data_dict.setdefault("state", case.package.state)
    data_dict.setdefault("owner_org", case.package.owner_org)


def _keep_what_programs_write(data_dict: dict[str, Any], original: dict[str, Any]) -> None:
    """Sizes, hashes, times and the like of closed content are no person's, the portal admin's neither.

    Clients send whole dicts back, older ones perhaps: what they say of these is overruled, not refused.
    """
    if "metadata_modified" in data_dict:
        data_dict["metadata_modified"] = original.get("metadata_modified")
    stored = {resource["id"]: resource for resource in original.get("resources") or []}
    for resource in data_dict.get("resources") or []:
        known = stored.get(resource.get("id"), {})
        for key in [name for name in resource if content.is_technical(name)]:
            if key in known:
                resource[key] = known[key]
            else:
                del resource[key]


def _keep_flags(data_dict: dict[str, Any], stored: dict[str, Any]) -> None:
    """Priority flags as stored, also where the portal's own schema knows them only as free extras."""
    extras = data_dict.get("extras")
    if isinstance(extras, list):
        kept = [item for item in extras if not (isinstance(item, dict) and item.get("key") in PRIORITY_FLAGS)]
        if len(kept) != len(extras):
            data_dict["extras"] = kept
    known = standards.protected_fields(data_dict.get("type"))
    for flag in PRIORITY_FLAGS:
        data_dict.pop(flag, None)
        if not stored.get(flag):
            continue
        if flag in known:
            data_dict[flag] = stored[flag]
        else:
            data_dict.setdefault("extras", []).append({"key": flag, "value": stored[flag]})


def _changes(data_dict: dict[str, Any], original: dict[str, Any]) -> bool:
    """Whether content differs, not only what programs keep."""
    new = dict(data_dict)
    if "tag_string" in new:
        new["tags"] = [{"name": tag.strip()} for tag in str(new.pop("tag_string")).split(",") if tag.strip()]
    for key in ("resources", "tags", "groups"):
        if key not in new:
            new[key] = original.get(key)
    for key in ("save", "pkg_name", "_ckan_phase", "package_id"):
        new.pop(key, None)
    if any(res.get("upload") or res.get("clear_upload") for res in new.get("resources") or []):
        return True
    return content.content_of(new) != content.content_of(original)
