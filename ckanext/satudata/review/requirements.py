"""What an action needs, checked before anything is written; what is wrong is named by its field."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from typing import Any

import ckantoolkit as tk
from ckan import model

from ckanext.satudata.principles import PRINCIPLES, principle_label
from ckanext.satudata.roles import service as roles
from ckanext.satudata.standards import service as standards

from . import content, dropping, rules, wording
from .access import decisions
from .cases import Case
from .errors import invalid, refuse
from .model import PUBLICATION
from .people import Actor
from .recommendation import service as recommendation
from .rules import Way
from .transitions import Transition

#: Effects that are about a content: its digest stands in the event.
_ABOUT_CONTENT = ("submit", "check", "publish", "hide")


@dataclass
class Request:
    """What came with a transition; every key of ``satudata_review_transition`` but ``id``."""

    action: str
    comment: str | None = None
    principle_results: dict[str, dict[str, Any]] | None = None
    field_comments: dict[str, str] | None = None
    release_at: dt.datetime | None = None
    assignee: str | None = None
    body_id: str | None = None
    expected_version: int | None = None
    track: str = PUBLICATION
    #: With ``revise``: why the published data is changed, and what readers are told of it.
    change_kind: str | None = None
    public_note: str | None = None
    #: On the track of recommendations: identity or letter, by the names of the parameters.
    recommendation: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Plan:
    """A checked request: where it leads, by which way, and what the event records of the content."""

    transition: Transition
    way: Way
    target: str
    recorded: dict[str, Any]


def plan(actor: Actor, case: Case, transition: Transition, request: Request) -> Plan:
    """Check what the action needs of this actor in this case.

    :raises NotAuthorized: wrong role or state, held by somebody else, four eyes; with the reason
    :raises ValidationError: incomplete input, findings; every field at fault at once
    """
    reason = rules.obstacle(actor, case, transition)
    if reason:
        raise refuse(reason)
    way = _way(actor, case, transition, request)
    _check_input(case, transition, way, request)
    if "no_errors" in transition.needs:
        findings = standards.check(case.as_dict)
        if findings["errors"]:
            raise tk.ValidationError(_findings_by_field(findings["findings"]))
    target = rules.target(way.edge, case)
    _check_next(case, target)
    recorded: dict[str, Any] = {}
    if transition.effect in _ABOUT_CONTENT or transition.name == "return":
        dropped = dropping.drop(case) if transition.effect == "submit" else []
        parts = content.parts(case.as_dict)
        if dropped:
            parts["dropped"] = dropped
        recorded = {"content": parts, "content_digest": content.content_digest(parts)}
        if transition.effect == "hide" and request.public_note:
            # Said at the address of what is withdrawn; the comment stays among those concerned.
            parts["change"] = {"note": request.public_note}
    undecided = decisions.obstacle(case) if transition.effect == "publish" else None
    if undecided:
        raise invalid("accesslevel", undecided)
    if transition.effect in ("check", "publish") and recorded["content_digest"] != case.review.submitted_digest:
        raise invalid(
            "id", tk._("The content is not what was submitted. Return it, so that the producer submits it again.")
        )
    if transition.effect == "publish" and request.release_at and request.release_at > dt.datetime.utcnow():
        target = case.review.state
    if request.assignee:
        # By name too: the history outlives the account.
        recorded = {
            **recorded,
            "content": {"assignee": {"id": request.assignee, "name": wording.person(request.assignee)}},
        }
    return Plan(transition, way, target, recorded)


def _way(actor: Actor, case: Case, transition: Transition, request: Request) -> Way:
    """Which way is meant, and for which body; asked for only where there is a choice."""
    open_ways = rules.ways(actor, case, transition)
    if request.body_id is not None:
        open_ways = [way for way in open_ways if way.body_id == request.body_id]
        if not open_ways:
            raise invalid("body_id", tk._("You cannot act for this body here."))
    # Before its time the custodian's own way is closed, also to somebody who is a supporting custodian as well.
    timely = [way for way in open_ways if not rules.supporters_turn(actor, case, [way])]
    if not timely:
        raise refuse(rules.supporters_turn(actor, case, open_ways) or "")
    bodies = list(dict.fromkeys(way.body_id for way in timely))
    if len(bodies) > 1:
        ids = ", ".join(body or "" for body in bodies)
        raise invalid("body_id", tk._("You act for several bodies; choose one: {ids}").format(ids=ids))
    return timely[0]


def _check_next(case: Case, target: str) -> None:
    """Nothing is handed to a pembina nobody has named."""
    if case.workflow.state(target).waits_for != "pembina" or target == case.review.state:
        return
    if not roles.has_body("pembina", case.review.organization_id or "", case.jenis_data):
        raise invalid(
            "id",
            tk._(
                "No pembina is named for data of the kind “{kind}” here. Ask the portal admin to grant the role."
            ).format(kind=case.jenis_data),
        )


def _check_input(case: Case, transition: Transition, way: Way, request: Request) -> None:
    errors: dict[str, list[str]] = {}
    needs = rules.needs_of(transition, case)
    if "comment" in needs and not request.comment:
        errors["comment"] = [tk._("Write the reason, so that the producer knows what to mend.")]
    _check_principles(transition, request, errors)
    if "assignee" in needs:
        _check_assignee(case, way, request, errors)
    if "change_kind" in needs and not request.change_kind:
        errors["change_kind"] = [tk._("Say whether it is a new period, an update or a correction.")]
    recommendation.check(case.package.id, transition, request.recommendation, errors)
    if request.release_at and transition.effect != "publish":
        errors["release_at"] = [tk._("Only “{action}” takes a release date.").format(action=wording.action("publish"))]
    if request.assignee and "assignee" not in needs:
        errors["assignee"] = [tk._("Only “{action}” takes an assignee.").format(action=wording.action("assign"))]
    if errors:
        raise tk.ValidationError(errors)


def _check_principles(transition: Transition, request: Request, errors: dict[str, list[str]]) -> None:
    results = request.principle_results
    if "principles" not in transition.needs:
        return
    missing = [name for name in PRINCIPLES if not results or name not in results]
    if missing:
        errors["principle_results"] = [
            tk._("Say for each principle whether it conforms; missing: {names}").format(
                names=", ".join(principle_label(name) for name in missing)
            )
        ]
    elif results and "conforms" in transition.needs:
        failing = [name for name in PRINCIPLES if not results[name]["conforms"]]
        if failing:
            errors["principle_results"] = [
                tk._("Forwarding says that all conforms; not so for: {names}. Return it instead.").format(
                    names=", ".join(principle_label(name) for name in failing)
                )
            ]


def _check_assignee(case: Case, way: Way, request: Request, errors: dict[str, list[str]]) -> None:
    user = model.User.get(request.assignee) if request.assignee else None
    if user is None or user.state != model.State.ACTIVE:
        errors["assignee"] = [tk._("Name the person who takes it over.")]
        return
    if not roles.roles_over(user.id, case.review.organization_id or "", case.jenis_data).get(way.role):
        errors["assignee"] = [
            tk._("{name} is not {role} of this organization.").format(
                name=wording.person(user.id), role=wording.role(way.role)
            )
        ]
        return
    request.assignee = user.id


def _findings_by_field(findings: list[dict[str, Any]]) -> dict[str, list[str]]:
    errors: dict[str, list[str]] = {}
    for item in findings:
        if item["severity"] == "error":
            errors.setdefault(item["field"] or "resources", []).append(f"{item['message']} {item['fix'] or ''}".strip())
    return errors
