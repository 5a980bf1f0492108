"""Restriction records: who may write one, what an entry needs, and who sees it."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from typing import Any

import ckantoolkit as tk
from ckan import model

from ckanext.satudata.review import aftermath, calendar, cases, rules, service, wording
from ckanext.satudata.review.cases import Case
from ckanext.satudata.review.errors import invalid, refuse
from ckanext.satudata.review.notices import service as notices
from ckanext.satudata.review.people import Actor
from ckanext.satudata.standards import service as standards

from . import decisions
from .decisions import OPEN
from .model import DECISION, PROPOSAL, Restriction
from .public import described, limited_ids, searchable

#: The public record, for rooms above this one.
__all__ = ["described", "limited_ids", "searchable"]

#: Event of the audit trail for each kind of entry.
EVENTS = {PROPOSAL: "restriction_propose", DECISION: "restriction_decide"}
#: Values an entry takes over from the one before it where a call leaves them out.
KEPT = ("legal_basis", "consequence", "end_date")


@dataclass
class Wish:
    """What came with ``satudata_restriction_set``; absent keys are absent here too.

    :ivar given: values by the names of the parameters
    :ivar expected: the id of the entry the caller looked at
    """

    given: dict[str, Any] = field(default_factory=dict)
    expected: int | None = None

    @property
    def kind(self) -> str:
        """A decision, where one is named; else a proposal."""
        return DECISION if self.given.get("decided_level") else PROPOSAL


def find(name_or_id: str) -> Case:
    """The case of the dataset a record belongs to, unlocked; for a working copy that of the published dataset.

    :raises ObjectNotFound: no such dataset, or it is not under review
    """
    package = model.Package.get(name_or_id)
    package = model.Package.get(decisions.lasting_id(package)) if package is not None else None
    review = cases.find(package.id) if package is not None and cases.is_reviewed_type(package.type) else None
    if package is None or review is None:
        raise tk.ObjectNotFound(tk._("This dataset is not under review"))
    return Case(package, review)


def right(actor: Actor, case: Case) -> tuple[str, str | None] | None:
    """In what right this actor writes into the record: role and body; None for nobody's.

    Custodians come first: who is both enters decisions too.
    """
    owner = case.review.organization_id
    bodies = actor.bodies("custodian", owner, case.jenis_data)
    if bodies:
        return "custodian", bodies[0]
    if actor.is_producer(owner):
        return "producer", owner
    return ("sysadmin", None) if actor.sysadmin else None


def may_see(actor: Actor, case: Case) -> bool:
    """Members of the owner, holders of a role over it (once handed over) and sysadmins."""
    return rules.may_see(actor, case.review, case.jenis_data)


def put(actor: Actor, name_or_id: str, wish: Wish) -> Case:
    """Add an entry to the record of a dataset, and tell of it; commits.

    :raises NotAuthorized: neither producer nor custodian of these data, or a decision by somebody else
    :raises ValidationError: keyed by parameter; nothing has changed
    """
    try:
        case = cases.lock(find(name_or_id).package.id)
        if not may_see(actor, case):
            raise refuse(tk._("You have no role over this dataset."))
        held = right(actor, case)
        if held is None:
            raise refuse(tk._("A limit of access is proposed by the producer or the custodian of these data."))
        role, body_id = held
        if wish.kind == DECISION and role == "producer":
            raise refuse(tk._("The decision of the Forum and the minister is entered by the custodian."))
        before = Restriction.newest(case.package.id)
        if wish.expected is not None and wish.expected != (before.id if before else 0):
            raise invalid("expected_version", tk._("Somebody has added to this record. Reload and look again."))
        values = _values(wish, before, standards.access_level(case.fields))
        row = Restriction(
            package_id=case.package.id,
            kind=wish.kind,
            actor_id=actor.id,
            actor_name=actor.name,
            role=role,
            body_id=body_id,
            **values,
        )
        model.Session.add(row)
        model.Session.flush()
        told = {name: _text(getattr(row, name)) for name in ("level", *KEPT, "forum_date", "decision_reference")}
        service.record(
            actor,
            case.review,
            case.package,
            EVENTS[wish.kind],
            body_id=body_id,
            comment=row.note,
            content={"restriction": {key: value for key, value in told.items() if value}},
        )
        if _shown(case):
            # What the public reads of restricted data names the decision: their record has changed.
            service.touch(case.package)
        model.Session.commit()
    except Exception:
        model.Session.rollback()
        raise
    if _shown(case):
        aftermath.reindex_or_enqueue(case.package.id)
    notices.enqueue()
    case.forget()
    return case


def _shown(case: Case) -> bool:
    return case.state.public and standards.access_level(case.fields) == decisions.LIMITED


def _text(value: Any) -> str:
    return value.isoformat() if isinstance(value, dt.date) else str(value or "")


def _values(wish: Wish, before: Restriction | None, level: str) -> dict[str, Any]:
    """The columns of the new entry: what was given, over what stood there before.

    :raises ValidationError: every parameter at fault at once
    """
    given, errors = wish.given, dict[str, list[str]]()
    deciding = wish.kind == DECISION
    values = {name: getattr(before, name, None) for name in KEPT}
    values.update({name: given[name] for name in KEPT if name in given})
    values["note"] = given.get("note")
    if deciding:
        values["level"] = given["decided_level"]
        values["forum_date"] = given.get("forum_date")
        values["decision_reference"] = given.get("decision_reference")
        _check_decision(values, errors)
    else:
        for name in ("forum_date", "decision_reference"):
            if given.get(name):
                errors[name] = [tk._("Say also what was decided: open, restricted or closed.")]
        values["level"] = given.get("proposed_level") or (level if level != OPEN else "")
        if not values["level"]:
            errors["proposed_level"] = [tk._("Choose what is proposed: open, restricted or closed.")]
    _check_reasons(values, errors)
    if errors:
        raise tk.ValidationError(errors)
    return values


def _check_decision(values: dict[str, Any], errors: dict[str, list[str]]) -> None:
    if not values["decision_reference"]:
        errors["decision_reference"] = [tk._("Write number and date of the decision, or where the minutes are kept.")]
    if not values["forum_date"]:
        errors["forum_date"] = [tk._("Give the day on which the Forum discussed it.")]
    elif values["forum_date"] > calendar.today():
        errors["forum_date"] = [tk._("This day is still to come; enter the decision once the Forum has met.")]
    if values["level"] != OPEN and not values["end_date"]:
        errors["end_date"] = [
            tk._("Give the last day of the limit: then it is looked at again, and nothing stays closed by oversight.")
        ]


def _check_reasons(values: dict[str, Any], errors: dict[str, list[str]]) -> None:
    if values["level"] == OPEN:
        values["end_date"] = None
        values["legal_basis"], values["consequence"] = values["legal_basis"] or "", values["consequence"] or ""
        return
    if not values["legal_basis"]:
        errors["legal_basis"] = [tk._("Name the law and the article that allow to limit access.")]
    if not values["consequence"]:
        errors["consequence"] = [tk._("Write what opening these data would do, and to whom (test of consequences).")]
    if values["end_date"] and values["end_date"] < calendar.today():
        errors["end_date"] = [tk._("This day has passed.")]


# -- shapes ---------------------------------------------------------------------------------------------------


def entry_dict(row: Restriction | None) -> dict[str, Any] | None:
    """One entry of a record; days as 2026-12-31, the moment in UTC."""
    if row is None:
        return None
    return {
        "id": row.id,
        "kind": row.kind,
        "level": row.level,
        "level_label": decisions.level_label(row.level),
        "legal_basis": row.legal_basis,
        "consequence": row.consequence,
        "end_date": row.end_date.isoformat() if row.end_date else None,
        "forum_date": row.forum_date.isoformat() if row.forum_date else None,
        "decision_reference": row.decision_reference,
        "note": row.note,
        "by": row.actor_name,
        "by_id": row.actor_id,
        "role": row.role,
        "role_label": wording.role(row.role) if row.role != "sysadmin" else tk._("portal admin"),
        "body_id": row.body_id,
        "at": row.at.isoformat() + "+00:00",
    }


def status_of(proposal: Restriction | None, decision: Restriction | None) -> str:
    """Where a record stands: ``none``, ``proposed``, ``in_force``, ``ended`` or ``opened``.

    A proposal newer than the decision waits, whatever still holds: ``waiting`` in the shape says so.
    """
    if decision is None:
        return "proposed" if proposal is not None else "none"
    if decisions.holds(decision):
        return "in_force"
    return "ended" if decisions.is_limit(decision) else "opened"


def is_waiting(proposal: Restriction | None, decision: Restriction | None) -> bool:
    """Whether a proposal waits for its decision."""
    return proposal is not None and (decision is None or proposal.id > decision.id)


def record_dict(case: Case) -> dict[str, Any]:
    """The record of one dataset with its history."""
    rows = Restriction.history(case.package.id)
    proposal = next((row for row in reversed(rows) if row.kind == PROPOSAL), None)
    decision = next((row for row in reversed(rows) if row.kind == DECISION), None)
    return {
        **shape(case.package, case.review, proposal, decision),
        "obstacle": decisions.obstacle(case),
        "history": [entry_dict(row) for row in rows],
    }


def shape(package: Any, review: Any, proposal: Restriction | None, decision: Restriction | None) -> dict[str, Any]:
    """A record as lists show it."""
    newest = max((row.id for row in (proposal, decision) if row is not None), default=0)
    return {
        "package_id": package.id,
        "package_name": package.name,
        "title": package.title or package.name,
        "type": package.type,
        "organization_id": review.organization_id,
        "state": review.state,
        "accesslevel": standards.access_level(dict(package.extras or {})),
        "status": status_of(proposal, decision),
        "waiting": is_waiting(proposal, decision),
        "ends_on": decision.end_date.isoformat() if decision is not None and decision.end_date else None,
        "version": newest,
        "proposal": entry_dict(proposal),
        "decision": entry_dict(decision),
    }
