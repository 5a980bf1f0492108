"""The rules of the review: the one way a state changes, and what each person may do and see.

Locks are taken in one order everywhere: the package, then its review row, then the head of the chain.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from typing import Any

import ckantoolkit as tk
from ckan import model

from ckanext.satudata import config
from ckanext.satudata.roles import service as roles
from ckanext.satudata.standards import service as standards

from . import aftermath, chain, content, wording
from .errors import invalid, refuse
from .model import PUBLICATION, Review, ReviewEvent
from .people import Actor
from .transitions import INITIAL, PRINCIPLES, STATES, TRANSITIONS, Role, Transition, from_state, roles_for


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


@dataclass
class Case:
    """One package under review, with its rows locked."""

    package: model.Package
    review: Review
    _dict: dict[str, Any] | None = field(default=None, repr=False)

    @property
    def as_dict(self) -> dict[str, Any]:
        """The package as ``package_show`` gives it from the database."""
        if self._dict is None:
            self._dict = show(self.package.id)
        return self._dict

    @property
    def fields(self) -> dict[str, Any]:
        """The schema's own fields as stored; enough for most rules, and no ``package_show``."""
        return dict(self.package.extras or {})

    @property
    def jenis_data(self) -> str:
        """Which kind of data it is; decides which pembina is asked."""
        return str(self.fields.get("jenis_data") or "statistik")


def show(package_id: str) -> dict[str, Any]:
    """A package from the database, not from the index, without asking who wants it."""
    return tk.get_action("package_show")({"ignore_auth": True, "use_cache": False}, {"id": package_id})


def is_reviewed_type(package_type: str | None) -> bool:
    """Closed by default: every type is reviewed unless the portal exempts it."""
    return config.review_enabled() and (package_type or "dataset") not in config.exempt_types()


def find(package_id: str, track: str = PUBLICATION) -> Review | None:
    """The review row, unlocked, or None where the package is unmanaged or the review is switched off."""
    if not config.review_enabled():
        return None
    return Review.get(package_id, track)


def lock(package_id: str, track: str = PUBLICATION) -> Case:
    """Lock a package and then its review row.

    :param package_id: id or name
    :raises ObjectNotFound: no such package
    :raises ValidationError: it is not under review
    """
    query = model.Session.query(model.Package)
    package = (
        query.filter((model.Package.id == package_id) | (model.Package.name == package_id))
        .populate_existing()
        .with_for_update(of=model.Package)
        .first()
    )
    if package is None:
        raise tk.ObjectNotFound(tk._("Dataset not found"))
    review = Review.get(package.id, track, lock=True) if is_reviewed_type(package.type) else None
    if review is None:
        raise invalid("id", tk._("This dataset is not under review"))
    return Case(package, review)


# -- what follows from where it stands ------------------------------------------------------------------------


def must_be_private(state: str, package: dict[str, Any]) -> bool:
    """The invariant: public only if published and open to all."""
    return not (STATES[state].public and standards.access_level(package) == "terbuka")


def may_see(actor: Actor, review: Review, jenis_data: str = "statistik") -> bool:
    """Members of the owner, holders of a role over it (once handed over) and sysadmins see all of it."""
    if actor.sysadmin or actor.trusted:
        return True
    if actor.id is None or review.organization_id is None:
        return False
    if review.organization_id in roles.direct_organizations(actor.id, ("member", "editor", "admin")):
        return True
    held = roles.roles_over(actor.id, review.organization_id, jenis_data)
    return STATES[review.state].seen_by_roles and any(held.values())


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


def obstacle(actor: Actor, case: Case, transition: Transition) -> str | None:
    """Why this actor may not take ``transition`` now, in words; None if nothing stands in the way."""
    review = case.review
    if case.package.state == model.State.DELETED:
        return tk._("This dataset has been deleted.")
    if review.state not in transition.from_states:
        return tk._("“{action}” is not possible while it is “{state}”.").format(
            action=wording.action(transition.name), state=wording.state(review.state)
        )
    if transition.name == "release" and not holder(case):
        return tk._("Nobody holds it.")
    allowed = roles_for(transition, review.state)
    if not actor.sysadmin and not _bodies(actor, case, allowed):
        return tk._("“{action}” is for the {role} of this organization.").format(
            action=wording.action(transition.name), role=" / ".join(wording.role(role) for role in allowed)
        )
    if transition.respects_holder:
        held_by = holder(case)
        if held_by and (held_by != actor.id or transition.name == "claim"):
            if held_by == actor.id:
                return tk._("You already hold it.")
            if not actor.sysadmin:
                return tk._("It is held by {name}.").format(name=wording.person(held_by))
    if transition.four_eyes and config.four_eyes() and actor.id in (review.authors or []):
        return tk._("Somebody else must do this: you submitted or changed this content (four eyes).")
    return None


def holder(case: Case) -> str | None:
    """Id of the person who holds it; nobody does who no longer has the role."""
    review = case.review
    waits_for = STATES[review.state].waits_for
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
    return [item for item in from_state(case.review.state) if obstacle(actor, case, item) is None]


def needs_of(transition: Transition, case: Case) -> list[str]:
    """What the action wants in this case: names of parameters and conditions."""
    needs: list[str] = list(transition.needs)
    if transition.name == "forward" and case.review.pembina_return:
        needs.append("comment")
    return needs


# -- the one way a state changes ------------------------------------------------------------------------------


def transition(actor: Actor, package_id: str, request: Request) -> Case:
    """Take one action of the table, whole or not at all.

    :param actor: who acts; roles, holder and four eyes are checked here, not by callers
    :raises ObjectNotFound: no such package
    :raises NotAuthorized: wrong role or state, held by somebody else, or four eyes; with the reason
    :raises ValidationError: incomplete input, findings, unknown action or body, version passed over
    :returns: the case after the commit
    """
    declared = TRANSITIONS.get(request.action)
    if declared is None:
        raise invalid("action", tk._("Unknown action. Known: {names}").format(names=", ".join(TRANSITIONS)))
    hidden: str | None = None
    try:
        case = lock(package_id, request.track)
        if not may_see(actor, case.review, case.jenis_data):
            raise refuse(tk._("You have no role over this dataset."))
        _check_version(case, request)
        reason = obstacle(actor, case, declared)
        if reason:
            raise refuse(reason)
        body_id = _body(actor, case, declared, request)
        target, recorded = _check_input(actor, case, declared, request)
        event = _apply(actor, case, declared, request, target, body_id, recorded)
        if declared.name == "unpublish":
            # Solr down means nothing is withdrawn in the database either: it would go on showing the data.
            hidden = case.package.id
            aftermath.hide(case.package)
        model.Session.commit()
    except Exception:
        model.Session.rollback()
        if hidden:
            aftermath.reindex_or_enqueue(hidden)
        raise
    aftermath.follow_up(actor, case.package, event)
    case._dict = None
    return case


def _check_version(case: Case, request: Request) -> None:
    if request.expected_version is None or request.expected_version == case.review.version:
        return
    last = last_event(case.package.id, request.track)
    moved = (
        tk._("{name} moved it to “{state}” on {at}.").format(
            name=last.actor_name, state=wording.state(case.review.state), at=wording.moment(last.at)
        )
        if last
        else tk._("It is now “{state}”.").format(state=wording.state(case.review.state))
    )
    raise invalid("expected_version", f"{moved} {tk._('Reload and look again.')}")


def _bodies(actor: Actor, case: Case, allowed: tuple[Role, ...]) -> list[str]:
    owner = case.review.organization_id
    return [body for role in allowed for body in actor.bodies(role, owner, case.jenis_data)]


def _body(actor: Actor, case: Case, declared: Transition, request: Request) -> str | None:
    """For which body the person acts; asked for only where there is a choice."""
    bodies = _bodies(actor, case, roles_for(declared, case.review.state))
    if request.body_id is not None:
        if request.body_id not in bodies:
            raise invalid("body_id", tk._("You cannot act for this body here."))
        return request.body_id
    if len(bodies) > 1:
        raise invalid("body_id", tk._("You act for several bodies; choose one: {ids}").format(ids=", ".join(bodies)))
    return bodies[0] if bodies else None


def _check_input(actor: Actor, case: Case, declared: Transition, request: Request) -> tuple[str, dict[str, Any]]:
    """Check what the action needs.

    :returns: the target state, and what the event records of the content
    """
    errors: dict[str, list[str]] = {}
    needs = needs_of(declared, case)
    if "comment" in needs and not request.comment:
        errors["comment"] = [tk._("Write the reason, so that the producer knows what to mend.")]
    _check_principles(declared, request, errors)
    if "assignee" in needs:
        _check_assignee(case, declared, request, errors)
    if request.release_at and declared.name != "publish":
        errors["release_at"] = [tk._("Only “{action}” takes a release date.").format(action=wording.action("publish"))]
    if errors:
        raise tk.ValidationError(errors)

    target = declared.target(case.review.state)
    recorded: dict[str, Any] = {}
    if declared.name == "submit":
        findings = standards.check(case.as_dict)
        if findings["errors"]:
            raise tk.ValidationError(_findings_by_field(findings["findings"]))
    if declared.name == "forward" and not pembina_is_asked(case.fields):
        target = "approved"
    elif declared.name == "forward" and not roles.has_body(
        "pembina", case.review.organization_id or "", case.jenis_data
    ):
        raise invalid(
            "id",
            tk._(
                "No pembina is named for data of the kind “{kind}” here. Ask the portal admin to grant the role."
            ).format(kind=case.jenis_data),
        )
    if declared.name in ("submit", "forward", "approve", "publish", "return", "unpublish"):
        parts = content.parts(case.as_dict)
        recorded = {"content": parts, "content_digest": content.content_digest(parts)}
        if declared.four_eyes and recorded["content_digest"] != case.review.submitted_digest:
            raise invalid(
                "id", tk._("The content is not what was submitted. Return it, so that the producer submits it again.")
            )
    if declared.name == "publish" and request.release_at and request.release_at > dt.datetime.utcnow():
        target = "approved"
    return target, recorded


def _check_principles(declared: Transition, request: Request, errors: dict[str, list[str]]) -> None:
    results = request.principle_results
    if "principles" not in declared.needs:
        return
    missing = [name for name in PRINCIPLES if not results or name not in results]
    if missing:
        errors["principle_results"] = [
            tk._("Say for each principle whether it conforms; missing: {names}").format(
                names=", ".join(wording.principle(name) for name in missing)
            )
        ]
    elif results and "conforms" in declared.needs:
        failing = [name for name in PRINCIPLES if not results[name]["conforms"]]
        if failing:
            errors["principle_results"] = [
                tk._("Forwarding says that all conforms; not so for: {names}. Return it instead.").format(
                    names=", ".join(wording.principle(name) for name in failing)
                )
            ]


def _check_assignee(case: Case, declared: Transition, request: Request, errors: dict[str, list[str]]) -> None:
    user = model.User.get(request.assignee) if request.assignee else None
    if user is None or user.state != model.State.ACTIVE:
        errors["assignee"] = [tk._("Name the person who takes it over.")]
        return
    role = roles_for(declared, case.review.state)[0]
    if not roles.roles_over(user.id, case.review.organization_id or "", case.jenis_data).get(role):
        errors["assignee"] = [
            tk._("{name} is not {role} of this organization.").format(
                name=wording.person(user.id), role=wording.role(role)
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


def _apply(
    actor: Actor,
    case: Case,
    declared: Transition,
    request: Request,
    target: str,
    body_id: str | None,
    recorded: dict[str, Any],
) -> ReviewEvent:
    """Write the new state on package, row and chain, in that order, without committing."""
    now = dt.datetime.utcnow()
    review, package = case.review, case.package
    came_from = review.state
    if declared.holds:
        review.holder_id, review.holder_body_id = request.assignee or actor.id, body_id
    else:
        review.holder_id = review.holder_body_id = None
    if target != came_from:
        review.state_since = now
    review.release_at = request.release_at if declared.name == "publish" and target == "approved" else None
    if declared.name == "submit":
        review.submitted_by, review.submitted_at = actor.id, now
        review.submitted_digest = recorded["content_digest"]
        review.pembina_return = None
        add_author(review, actor.id)
        package.state = model.State.ACTIVE
    elif declared.name == "forward":
        review.custodian_checked_at, review.pembina_checked_at = now, None
        review.pembina_return = None
    elif declared.name == "approve":
        review.pembina_checked_at = now
    elif target == "published":
        review.published_at, review.authors = now, []
    review.state = target
    review.version += 1
    move_package(package, must_be_private(target, case.fields), now)
    event = chain.append(
        package_id=package.id,
        package_name=package.name,
        package_title=package.title,
        organization_id=review.organization_id,
        track=review.track,
        action=declared.name,
        from_state=came_from,
        to_state=target,
        actor_id=actor.id,
        actor_name=actor.name,
        body_id=body_id,
        program=actor.program,
        comment=request.comment or None,
        principle_results=request.principle_results,
        field_comments=request.field_comments,
        **recorded,
    )
    if declared.name == "return" and came_from == "pembina_review":
        review.pembina_return = event.position
    return event


def move_package(package: model.Package, private: bool, now: dt.datetime) -> None:
    """Set what the state implies on the package row.

    ``metadata_modified`` must move, or ``package_show`` would go on trusting the index's older copy.
    """
    package.private = private
    touch(package, now)


def touch(package: model.Package, now: dt.datetime | None = None) -> None:
    """Move ``metadata_modified`` forward, always."""
    now = now or dt.datetime.utcnow()
    previous = package.metadata_modified
    package.metadata_modified = max(now, previous + dt.timedelta(milliseconds=10)) if previous else now


def add_author(review: Review, user_id: str | None) -> None:
    """Remember who changed the content since its last publication."""
    if user_id and user_id not in (review.authors or []):
        review.authors = [*(review.authors or []), user_id]


def last_event(package_id: str, track: str = PUBLICATION) -> ReviewEvent | None:
    """The newest event of a package, or None."""
    return (
        model.Session.query(ReviewEvent)
        .filter(ReviewEvent.package_id == package_id, ReviewEvent.track == track)
        .order_by(ReviewEvent.position.desc())
        .first()
    )


# -- rows begin and end with packages -------------------------------------------------------------------------


def start(package: model.Package, actor: Actor, harvested: bool = False) -> Review:
    """Give a new package its row; called inside the transaction that creates it.

    :param harvested: brought by a harvester under the policy ``publish``: published at once, and said so
    """
    review = Review(
        package_id=package.id,
        track=PUBLICATION,
        state="published" if harvested else INITIAL,
        version=1,
        package_type=package.type,
        organization_id=package.owner_org,
        authors=[] if harvested or not actor.id else [actor.id],
        harvested=harvested,
    )
    if harvested:
        review.published_at = dt.datetime.utcnow()
    model.Session.add(review)
    model.Session.flush()
    return review


def record(actor: Actor, review: Review, package: model.Package | None, action: str, **values: Any) -> ReviewEvent:
    """Write an event that is no transition (override, restore, delete, purge, priority)."""
    return chain.append(
        package_id=review.package_id,
        package_name=package.name if package else "",
        package_title=(package.title or "") if package else "",
        organization_id=review.organization_id,
        track=review.track,
        action=action,
        from_state=review.state,
        to_state=values.pop("to_state", review.state),
        actor_id=actor.id,
        actor_name=actor.name,
        program=actor.program,
        **values,
    )
