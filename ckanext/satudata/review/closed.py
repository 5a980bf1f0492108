"""What is closed to whom, and why: the reasons guard, doors and buttons refuse with.

Only the producer changes content, in draft and returned (Perpres 39/2019 Ps 34); what waits for somebody or is public
stays where it is. Who is refused hears the way to go instead.
"""

from __future__ import annotations

from typing import Any

import ckantoolkit as tk
from ckan import model

from . import cases, programs, rules, service, wording
from .errors import invalid, refuse
from .model import Review
from .people import Actor, actor_of
from .revision import hooks as revision
from .revision.marks import CORE_STATE
from .workflows import in_force

#: What a package of CKAN's can be; a tuple, because clients send anything.
CORE_STATES = ("draft", model.State.ACTIVE, model.State.DELETED)


def check_producer(actor: Actor, context: dict[str, Any], data_dict: dict[str, Any]) -> None:
    """Data are begun by direct editors and admins of their owner: whom CKAN lets in from above reads only.

    :raises NotAuthorized: where CKAN itself would let this person create
    """
    if actor.sysadmin or actor.trusted or actor.id is None:
        return
    owner = model.Group.get(data_dict["owner_org"])
    if owner is None or actor.is_producer(owner.id):
        return
    tk.check_access("package_create", context, data_dict)
    raise refuse(
        tk._(
            "Data of {organization} are entered by its own editors and admins. Ask to be made an editor there."
        ).format(organization=owner.title or owner.name)
    )


def check_content(actor: Actor, case: cases.Case) -> dict[str, Any]:
    """Only the producer changes content, in draft and returned (Perpres 39/2019 Ps 34: the producer mends).

    :returns: under which exception it passes, for the event: ``{"override": True}``, ``{"harvest": policy}`` or {}
    :raises NotAuthorized: with the reason
    """
    review = case.review
    policy = programs.harvest_policy(actor, case.package.id)
    if review.harvested and policy and policy.policy == programs.PUBLISH:
        return {"harvest": policy}
    if in_force().state(review.state).editable_by == "producer":
        if actor.trusted or actor.sysadmin or actor.is_producer(case.package.owner_org):
            return {"harvest": policy} if policy else {}
        raise refuse(closed_reason(review))
    if has_override(actor, review):
        return {"override": True}
    raise refuse(closed_reason(review))


def check_core_state(actor: Actor, case: cases.Case, data_dict: dict[str, Any]) -> dict[str, Any]:
    """CKAN's own ``draft``/``active``/``deleted`` is not the review, but can make data public again."""
    stored, wanted = case.package.state, data_dict.get("state")
    if revision.is_copy(case.package):
        return _check_copy(actor, case, data_dict)
    if wanted not in CORE_STATES:
        # CKAN would store any word, the empty one too, and what has one it does not know is gone from sight. The one
        # of a working copy only we give.
        wanted = data_dict["state"] = stored
    if wanted == stored:
        return {}
    if wanted == model.State.DELETED:
        check_delete(actor, case)
        return {"deleted": True}
    if stored == model.State.DELETED:
        if actor.sysadmin and not actor.program:
            return {"restored": True}
        raise refuse(tk._("A deleted dataset is brought back by the portal admin only."))
    if stored in CORE_STATES and not in_force().state(case.review.state).editable_by:
        # Clients send whole dicts back: what they say of the state is overruled, not refused.
        data_dict["state"] = stored
    return {}


def _check_copy(actor: Actor, case: cases.Case, data_dict: dict[str, Any]) -> dict[str, Any]:
    """Of a working copy only content changes: what it is and where it stands is ours.

    What clients send back as they got it, or what CKAN's own buttons make of ``state``, is overruled in silence.

    :raises NotAuthorized: it has ended, or is to be deleted
    :raises ValidationError: another name
    """
    if case.package.state != CORE_STATE:
        raise refuse(tk._("This working copy has ended."))
    if data_dict.get("state") == model.State.DELETED:
        check_delete(actor, case)
    data_dict["state"] = CORE_STATE
    if data_dict.get("name") != case.package.name:
        raise invalid("name", tk._("A working copy has no name of its own; the published dataset keeps its name."))
    return {}


def check_owner(actor: Actor, case: cases.Case, data_dict: dict[str, Any]) -> None:
    """As ``check_move``, of what an update says of the owner."""
    owner = data_dict["owner_org"]
    if owner == case.package.owner_org:
        return
    if not owner:
        raise invalid("owner_org", tk._("Data under review always has an owner; choose the organization."))
    organization = model.Group.get(owner)
    if organization is not None and organization.id == case.package.owner_org:
        data_dict["owner_org"] = organization.id
        return
    check_move(actor, case, organization.id if organization else None)


def check_move(actor: Actor, case: cases.Case, organization_id: str | None) -> None:
    """A draft may move between organizations of its producer; anything handed over stays where it is.

    :raises NotAuthorized: with the reason
    """
    if revision.is_copy(case.package):
        raise refuse(tk._("A working copy stays with the organization of its dataset."))
    if case.review.state == case.workflow.initial and (
        actor.sysadmin or (actor.is_producer(case.package.owner_org) and actor.is_producer(organization_id))
    ):
        return
    if has_override(actor, case.review):
        return
    raise refuse(
        tk._("This dataset is “{state}” and stays with its organization. Only a draft can move.").format(
            state=wording.state(case.review.state)
        )
    )


def check_delete(actor: Actor, case: cases.Case) -> None:
    """What waits for somebody, or is public, is not deleted.

    :raises NotAuthorized: with the reason and the way to go instead
    """
    if revision.is_copy(case.package):
        raise refuse(tk._("A working copy is not deleted but abandoned, and can be taken back for some days."))
    # CKAN lets admins from above and collaborators do it by a patch of ``state``; here they only read.
    if not (actor.sysadmin or actor.trusted or actor.is_producer(case.review.organization_id)):
        raise refuse(tk._("Only editors of the organization that produces this data may change it."))
    known, state = case.review.state in case.workflow.states, case.state
    waits_for_a_checker = not state.editable_by and state.waits_for
    if (known and not state.public and not waits_for_a_checker) or has_override(actor, case.review):
        return
    # What a source brought and no longer has goes the way it came.
    if case.review.harvested and programs.may_publish(actor, case.package.id):
        return
    way = (
        tk._("Withdraw it from publication first.")
        if in_force().state(case.review.state).public
        else tk._("Cancel the submission first.")
    )
    raise refuse(
        tk._("This dataset is “{state}” and cannot be deleted.").format(state=wording.state(case.review.state))
        + " "
        + way
    )


def is_open(actor: Actor, review: Review) -> bool:
    """Whether this actor may change content now."""
    if in_force().state(review.state).editable_by == "producer":
        return actor.sysadmin or actor.trusted or actor.is_producer(review.organization_id)
    return has_override(actor, review)


def has_override(actor: Actor, review: Review) -> bool:
    """Whether this sysadmin opened one edit of it, with a reason, by ``satudata_review_override``."""
    return actor.sysadmin and (review.override or {}).get("by") == actor.id


def closed_reason(review: Review) -> str:
    """Why content is closed, to this actor or to all, and what to do about it, in words."""
    if review.state not in in_force().states:
        return rules.lost_reason(review.state)
    state = in_force().state(review.state)
    if state.editable_by:
        return tk._("Only editors of the organization that produces this data may change it.")
    if state.public:
        return tk._(
            "This dataset is published and closed to changes. Change a working copy instead: add a period, bring it "
            "up to date or make a correction; readers see it once it has been checked and published."
        )
    if review.state in in_force().states and not state.waits_for:
        return tk._("This dataset is withdrawn from publication; the custodian can reopen it.")
    return tk._(
        "This dataset is “{state}” and closed to changes. The producer can cancel the submission, or the checker "
        "return it."
    ).format(state=wording.state(review.state))


def require_open(context: dict[str, Any], package_id: str | None, derived: bool = False) -> None:
    """For doors that never reach ``package_update``: refuse unless content is open to this actor.

    :param derived: the write follows from an uploaded file (its DataStore table, its views): listed programs pass
    :raises NotAuthorized: with the reason
    """
    if not package_id:
        return
    package = model.Package.get(package_id)
    if package is None or not cases.is_reviewed_type(package.type) or cases.find(package.id) is None:
        return
    actor = actor_of(context)
    if derived and actor.program:
        return
    case = cases.lock(package.id)
    if is_open(actor, case.review):
        # Trusted code follows from something CKAN has already checked, and is no author of its own.
        if not actor.trusted:
            service.add_author(case.review, actor.id)
        return
    tk.check_access("package_update", context, {"id": case.package.id})
    raise refuse(closed_reason(case.review))
