"""What follows from where a dataset stands: who sees it, who may do what now, and what stands in the way."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

import ckantoolkit as tk
from ckan import model

from ckanext.satudata import config
from ckanext.satudata.roles import service as roles
from ckanext.satudata.standards import service as standards

from . import calendar, wording, workflows
from .cases import Case
from .model import Review
from .people import Actor
from .recommendation import service as recommendation
from .revision import hooks as revision
from .transitions import Edge, Role, Transition

LEAD = ("admin",)


@dataclass(frozen=True)
class Way:
    """One edge an actor may take, in one role and for one body (None: a sysadmin or program, for no body)."""

    edge: Edge
    role: Role
    body_id: str | None


def must_be_private(state: str, package: dict[str, Any]) -> bool:
    """The invariant: public only if published and open to all."""
    return not (workflows.in_force().state(state).public and standards.access_level(package) == "terbuka")


def may_see(actor: Actor, review: Review, jenis_data: str = "statistik") -> bool:
    """Members of the owner, holders of a role over it (once handed over) and sysadmins see all of it."""
    if actor.sysadmin or actor.trusted:
        return True
    if actor.id is None or review.organization_id is None:
        return False
    if review.organization_id in roles.direct_organizations(actor.id, ("member", "editor", "admin")):
        return True
    held = roles.roles_over(actor.id, review.organization_id, jenis_data)
    return workflows.in_force(review.track).state(review.state).seen_by_roles and any(held.values())


def pembina_is_asked(package: dict[str, Any]) -> bool:
    """Whether the pembina re-checks this data (Perpres 39/2019 Ps 35; option ``satudata.review.pembina_for``)."""
    policy = config.pembina_for()
    if policy in ("all", "none"):
        return policy == "all"
    flags = [package.get("prioritas_tahun")]
    if policy == "priority":
        flags.append(package.get("prioritas_daerah_tahun"))
    year = standards.dataset_year(package)
    # Without a year of its own, data that is flagged at all is asked about: the stricter reading.
    return any(flag and (year is None or str(flag) == str(year)) for flag in flags)


def target(edge: Edge, case: Case) -> str:
    """The state this way leads to for this data."""
    return edge.unasked if edge.unasked and not pembina_is_asked(case.fields) else edge.to


def ways(actor: Actor, case: Case, transition: Transition) -> list[Way]:
    """The ways open to this actor by role, in the table's order, each with the body acted for."""
    found = [
        Way(edge, role, body)
        for edge in transition.edges_from(case.review.state)
        for role in edge.roles
        # What the supporting custodian has checked is the custodian's.
        if not (role == "supporting_custodian" and case.review.supporting_checked_at)
        for body in actor.bodies(role, case.review.organization_id, case.jenis_data)
    ]
    if not found and actor.sysadmin:
        found = [Way(edge, edge.roles[0], None) for edge in transition.edges_from(case.review.state)[:1]]
    return found


def lost_reason(state: str) -> str:
    """Why nothing can be done with what is in a state the table in force does not have."""
    return tk._(
        "It is in the state “{state}”, which the portal's table of the review does not have. Nothing can be done "
        "with it until the portal admin moves it: ckan satudata workflow check."
    ).format(state=state)


def obstacle(actor: Actor, case: Case, transition: Transition) -> str | None:
    """Why this actor may not take ``transition`` now, in words; None if nothing stands in the way."""
    review = case.review
    if case.package.state == model.State.DELETED:
        return tk._("This dataset has been deleted.")
    if review.state not in case.workflow.states:
        return lost_reason(review.state)
    if review.state not in transition.from_states:
        return tk._("“{action}” is not possible while it is “{state}”.").format(
            action=wording.action(transition.name, review.track), state=wording.state(review.state, review.track)
        )
    beside = _beside(case, transition)
    if beside:
        return beside
    if transition.name == "release" and not holder(case):
        return tk._("Nobody holds it.")
    open_ways = ways(actor, case, transition)
    if not open_ways:
        allowed = transition.roles_from(review.state)
        return tk._("“{action}” is for the {role} of this organization.").format(
            action=wording.action(transition.name, review.track),
            role=" / ".join(wording.role(role) for role in allowed),
        )
    return (
        _consent(actor, case, transition)
        or _held(actor, case, transition, open_ways)
        or supporters_turn(actor, case, open_ways)
        or _four_eyes(actor, case, transition)
        or revision.obstacle(case, transition)
    )


def _beside(case: Case, transition: Transition) -> str | None:
    """What the recommendation of BPS has to say: on its own track, and on publication where the portal wants it."""
    if case.review.track == recommendation.TRACK:
        return recommendation.obstacle(case.package, case.review, transition)
    return recommendation.holds_up_publication(case.package) if transition.effect == "publish" else None


def _four_eyes(actor: Actor, case: Case, transition: Transition) -> str | None:
    if transition.four_eyes and config.four_eyes() and actor.id in (case.review.authors or []):
        return tk._("Somebody else must do this: you submitted or changed this content (four eyes).")
    return None


def _held(actor: Actor, case: Case, transition: Transition, open_ways: list[Way]) -> str | None:
    if not transition.respects_holder:
        return None
    held_by = holder(case)
    if not held_by:
        return None
    if held_by == actor.id:
        return tk._("You already hold it.") if transition.name == "claim" else None
    if actor.sysadmin:
        return None
    if transition.name == "assign" and leads(actor, open_ways):
        return None
    if transition.name == "claim" and all(way.role != case.state.waits_for for way in open_ways):
        # The custodian takes over what a supporting custodian holds for too long; `supporters_turn` says when.
        return None
    return tk._("It is held by {name}.").format(name=wording.person(held_by))


def leads(actor: Actor, open_ways: list[Way]) -> bool:
    """Whether the actor leads a body acted for: its direct admin."""
    if actor.id is None:
        return False
    led = set(roles.direct_organizations(actor.id, LEAD))
    return any(way.body_id in led for way in open_ways)


def _consent(actor: Actor, case: Case, transition: Transition) -> str | None:
    """Option ``satudata.review.submit_by``: with ``admin`` the head of the organization (*Lurah*) submits."""
    if transition.name not in ("ask", "submit"):
        return None
    by_admin = config.submit_by() == "admin"
    if actor.sysadmin and (by_admin or transition.name == "submit"):
        return None
    is_admin = bool(actor.id) and case.review.organization_id in roles.direct_organizations(actor.id or "", LEAD)
    if transition.name == "ask" and (not by_admin or is_admin):
        return tk._("No consent is needed: submit it.")
    if transition.name == "submit" and by_admin and not is_admin:
        return tk._("An admin of your organization submits it; ask for consent.")
    return None


def supporters_turn(actor: Actor, case: Case, open_ways: list[Way]) -> str | None:
    """A supporting custodian who covers the producer looks first; the custodian anyway after a set time."""
    if actor.sysadmin or any(way.role != "custodian" for way in open_ways):
        return None
    until = supporters_turn_until(case)
    if until is None or until <= dt.datetime.utcnow():
        return None
    return tk._("The supporting custodian checks it first; you can take it from {day}.").format(
        day=wording.moment(until)
    )


def supporters_turn_until(case: Case) -> dt.datetime | None:
    """Until when it is the supporting custodian's turn; None where no such turn is, or it has been used."""
    return case.remember("supporters_turn", lambda: _supporters_turn_until(case))


def _supporters_turn_until(case: Case) -> dt.datetime | None:
    review = case.review
    if review.supporting_checked_at or review.state not in case.workflow.acted_on_by("supporting_custodian"):
        return None
    if not roles.has_body("supporting_custodian", review.organization_id or "", case.jenis_data):
        return None
    return calendar.add_working_days(review.submitted_at or review.state_since, config.supporting_days())


def holder(case: Case) -> str | None:
    """Id of the person who holds it; nobody does who no longer has the role."""
    return case.remember("holder", lambda: _holder(case))


def _holder(case: Case) -> str | None:
    review = case.review
    waits_for = case.state.waits_for
    if not review.holder_id or waits_for is None:
        return None
    user = model.User.get(review.holder_id)
    if user is None or user.state != model.State.ACTIVE:
        return None
    if user.sysadmin:
        return user.id
    over = roles.roles_over(user.id, review.organization_id or "", case.jenis_data)
    return user.id if over.get(waits_for) else None


def actions_for(actor: Actor, case: Case) -> list[Transition]:
    """The actions this actor may take now."""
    return [item for item in case.workflow.from_state(case.review.state) if obstacle(actor, case, item) is None]


def needs_of(transition: Transition, case: Case) -> list[str]:
    """What the action wants in this case: names of parameters and conditions."""
    needs: list[str] = list(transition.needs)
    answers = transition.effect == "check" and "custodian" in transition.roles_from(case.review.state)
    if answers and case.review.pembina_return:
        needs.append("comment")
    return needs
