"""Who is told of what: one table, and the people its words stand for *now*.

Nobody is told of an act of their own, and nobody of data they may not see at this moment.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Literal

import sqlalchemy as sa
from ckan import model

from ckanext.satudata import config
from ckanext.satudata.roles import service as roles

from .. import rules, workflows
from ..cases import Case
from ..model import Review, ReviewEvent
from ..revision.model import Revision
from ..transitions import State
from .model import Notice

Kind = Literal["waiting", "deadline", "news"]
Who = Literal["turn", "producers", "admins", "custodians", "holder", "holder_or_turn", "previous_holder"]

WAITING: Kind = "waiting"
DEADLINE: Kind = "deadline"
NEWS: Kind = "news"


@dataclass(frozen=True)
class Rule:
    """These people are told, by this sentence, as something of this kind."""

    who: Who
    kind: Kind
    word: str


#: What happened → who is told, by ``name_of``. Of several rules that meet one person the first counts. To tell of an
#: event of one's own (``service.record(actor, review, package, "<action>")``), add its name here and its sentence to
#: ``words.LABELS``; what stands here with nothing is told to nobody.
TABLE: dict[str, tuple[Rule, ...]] = {
    "submit": (Rule("turn", WAITING, "check"),),
    "resubmit": (Rule("turn", WAITING, "check_again"),),
    "ask": (Rule("admins", WAITING, "consent"),),
    "claim": (Rule("previous_holder", NEWS, "taken_over"),),
    "release": (),
    "assign": (Rule("holder", WAITING, "assigned"), Rule("previous_holder", NEWS, "taken_over")),
    "hand_over": (Rule("holder", WAITING, "assigned"), Rule("previous_holder", NEWS, "taken_over")),
    "let_go": (Rule("previous_holder", NEWS, "taken_over"), Rule("turn", WAITING, "turn_again")),
    "return": (Rule("producers", WAITING, "returned"),),
    # Ps 35: the pembina's return goes by way of the custodian.
    "return_to_custodian": (Rule("turn", WAITING, "returned_by_pembina"),),
    "forward": (Rule("turn", WAITING, "review"), Rule("producers", NEWS, "forwarded")),
    "forward_to_custodian": (Rule("turn", WAITING, "check_supported"),),
    "conforms": (Rule("turn", WAITING, "to_publish"), Rule("producers", NEWS, "conforms")),
    "approve": (Rule("turn", WAITING, "to_publish_approved"), Rule("producers", NEWS, "approved")),
    "schedule": (Rule("producers", NEWS, "scheduled"),),
    "publish": (Rule("producers", NEWS, "published"),),
    "unpublish": (Rule("producers", NEWS, "unpublished"),),
    "withdraw": (Rule("previous_holder", NEWS, "withdrawn"),),
    "reopen": (Rule("producers", WAITING, "reopened"),),
    "revise": (Rule("producers", NEWS, "revised"),),
    "override_edit": (Rule("producers", NEWS, "override"),),
    "move": (Rule("producers", NEWS, "moved"),),
    "release_failed": (Rule("turn", WAITING, "release_failed"), Rule("producers", NEWS, "release_failed")),
    "revision_warn": (Rule("producers", WAITING, "copy_warned"),),
    "revision_abandon": (Rule("producers", NEWS, "copy_abandoned"), Rule("previous_holder", NEWS, "copy_abandoned")),
    "revision_undo": (),
    "revision_resolve": (),
    "restriction_propose": (Rule("custodians", WAITING, "limit_proposed"),),
    "restriction_decide": (Rule("producers", NEWS, "limit_decided"),),
    "restriction_soon": (Rule("custodians", DEADLINE, "limit_soon"),),
    "restriction_end": (Rule("custodians", DEADLINE, "limit_ended"), Rule("producers", NEWS, "limit_ended")),
    "remind": (Rule("holder_or_turn", DEADLINE, "due_soon"),),
    "overdue": (Rule("holder_or_turn", DEADLINE, "overdue"),),
    "override": (),
    "delete": (),
    "restore": (),
    "purge": (),
    "priority": (),
    "harvest": (),
    "adopt": (),
}
#: Events of a working copy that has ended: told of the dataset it was a copy of.
ENDS_OF_COPIES = frozenset({"revision_abandon"})
#: Events of ``review.reminders``.
REMINDERS = frozenset({"remind", "overdue"})
#: A portal's own table may have actions of its own: whose turn it becomes is told, whatever the action is called.
OTHERS = (Rule("turn", WAITING, "turn"), Rule("producers", NEWS, "other"))


def name_of(event: ReviewEvent, case: Case) -> str:
    """Under which name of ``TABLE`` an event stands: its action, or what that led to."""
    before, after = (case.workflow.state(name or "") for name in (event.from_state, event.to_state))
    if event.action == "submit" and before.waits_for == "producer" and before.seen_by_roles:
        return "resubmit"
    if event.action == "return" and after.waits_for != "producer":
        return "return_to_custodian"
    if event.action == "forward" and after.waits_for != "pembina":
        # A supporting custodian gives it to the custodian's queue; a custodian goes past a pembina not asked.
        return "forward_to_custodian" if after.name in _entry_states(case) else "conforms"
    if event.action == "publish" and not after.public:
        return "schedule"
    if event.action == "hand_over" and not case.review.holder_id:
        return "let_go"
    return event.action


def _entry_states(case: Case) -> set[str]:
    submit = case.workflow.transitions.get("submit")
    return {edge.to for edge in submit.edges} if submit else set()


@dataclass
class Told:
    """One person who is told of one thing."""

    user_id: str
    #: Which package: the event's own, or the one its working copy was made of.
    package_id: str
    kind: Kind
    word: str


@dataclass
class Finder:
    """Finds receivers; what it has once found out about bodies and people holds for one run."""

    _bodies: dict[tuple[str, str, str], list[str]] = field(default_factory=dict)
    _people: dict[tuple[str, bool], list[str]] = field(default_factory=dict)
    _over: dict[tuple[str, str, str], bool] = field(default_factory=dict)

    def of_event(self, event: ReviewEvent) -> list[Told]:
        """Everyone who is told of this event; of a reminder nobody, once it has moved on."""
        case = _case(event)
        if case is None:
            return []
        name = name_of(event, case)
        if name in REMINDERS and case.review.state_since > event.at:
            return []
        declared = TABLE.get(name)
        if declared is None:
            declared = OTHERS if event.to_state != event.from_state else ()
        return self._told(case, declared, event)

    def _told(self, case: Case, declared: Iterable[Rule], event: ReviewEvent) -> list[Told]:
        found: dict[str, Told] = {}
        for rule in declared:
            groups: dict[Who, Callable[[], list[str]]] = {
                "turn": lambda: self._turn(case, event),
                "producers": lambda: self._officers([case.review.organization_id]),
                "admins": lambda: self._officers([case.review.organization_id], leads=True),
                "custodians": lambda: self._officers(self._has_body("custodian", case)) or _sysadmins(),
                "holder": lambda: self._holder(case),
                "holder_or_turn": lambda: self._holder(case) or self._turn(case, event),
                "previous_holder": lambda: self._previous_holder(case, event),
            }
            for user_id in groups[rule.who]():
                if user_id != event.actor_id and self._sees(user_id, case, event):
                    found.setdefault(user_id, Told(user_id, case.package.id, rule.kind, rule.word))
        return list(found.values())

    # -- groups ----------------------------------------------------------------------------------------------

    def _turn(self, case: Case, event: ReviewEvent) -> list[str]:
        """The people of the role the state waits for; where that role has none at all, the portal's admins."""
        state = case.workflow.state(event.to_state or "")
        if state.waits_for is None:
            return []
        if state.waits_for == "producer":
            return self._officers([case.review.organization_id])
        found = self._officers(self._has_body(state.waits_for, case))
        if state.name in _entry_states(case) and not case.review.supporting_checked_at:
            found = self._first_look(case, found)
        return found or _sysadmins()

    def _first_look(self, case: Case, custodians: list[str]) -> list[str]:
        """Where a supporting custodian covers the producer it is that one's turn first."""
        supporters = self._officers(self._has_body("supporting_custodian", case))
        until = rules.supporters_turn_until(case) if supporters else None
        if until is None:
            return custodians
        return supporters if until > dt.datetime.utcnow() else list(dict.fromkeys([*supporters, *custodians]))

    def _holder(self, case: Case) -> list[str]:
        held_by = rules.holder(case)
        return [held_by] if held_by else []

    def _previous_holder(self, case: Case, event: ReviewEvent) -> list[str]:
        """Who held it just before, as the trail tells: what was taken or handed over, and not let go since."""
        holding = [name for name, item in case.workflow.transitions.items() if item.holds]
        letting = [name for name, item in case.workflow.transitions.items() if not item.holds and name != "revise"]
        last = model.Session.execute(
            sa.select(ReviewEvent.position, ReviewEvent.action, ReviewEvent.actor_id)
            .where(
                ReviewEvent.package_id == event.package_id,
                ReviewEvent.track == event.track,
                ReviewEvent.position < event.position,
                ReviewEvent.action.in_([*holding, *letting, "hand_over"]),
            )
            .order_by(ReviewEvent.position.desc())
            .limit(1)
        ).first()
        if last is None or last.action in letting:
            return []
        # The trail does not say to whom it was handed; we do, for we told that person.
        told = model.Session.scalar(
            sa.select(Notice.user_id).where(Notice.event_position == last.position, Notice.word == "assigned")
        )
        person = told or last.actor_id
        return [person] if person and person != rules.holder(case) and self._is_over(person, case) else []

    # -- facts -----------------------------------------------------------------------------------------------

    def _sees(self, user_id: str, case: Case, event: ReviewEvent) -> bool:
        """Whether this person may see the dataset now, or might until this very event closed it to the role."""
        if case.state.seen_by_roles or user_id in self._officers([case.review.organization_id]):
            return True
        return closed_it(event, case.workflow.state)

    def _is_over(self, user_id: str, case: Case) -> bool:
        key = (user_id, case.review.organization_id or "", case.jenis_data)
        if key not in self._over:
            self._over[key] = any(roles.roles_over(*key).values())
        return self._over[key]

    def _has_body(self, role: str, case: Case) -> list[str]:
        key = (role, case.review.organization_id or "", case.jenis_data)
        if key not in self._bodies:
            self._bodies[key] = roles.has_body(*key)
        return self._bodies[key]

    def _officers(self, organization_ids: Iterable[str | None], leads: bool = False) -> list[str]:
        """Ids of the direct editors and admins (or admins only) of these organizations."""
        found: dict[str, None] = {}
        for organization_id in filter(None, organization_ids):
            key = (organization_id, leads)
            if key not in self._people:
                officers = roles.officers_select().subquery()
                query = (
                    sa.select(officers.c.user_id)
                    .join(model.User, model.User.id == officers.c.user_id)
                    .where(officers.c.organization_id == organization_id, _is_a_person())
                )
                if leads:
                    query = query.where(officers.c.capacity == "admin")
                self._people[key] = list(model.Session.scalars(query.order_by(officers.c.user_id)))
            found.update(dict.fromkeys(self._people[key]))
        return list(found)


def closed_it(event: ReviewEvent, state: Callable[[str], State]) -> bool:
    """Whether this event took the dataset out of the sight of the roles that saw it."""
    return state(event.from_state or "").seen_by_roles and not state(event.to_state or "").seen_by_roles


def _case(event: ReviewEvent) -> Case | None:
    package_id = event.package_id
    if event.action in ENDS_OF_COPIES:
        revision = model.Session.get(Revision, package_id)
        package_id = revision.live_id if revision is not None else package_id
    package = model.Session.get(model.Package, package_id)
    review = Review.get(package_id, event.track) if package is not None and event.track in workflows.tracks() else None
    if package is None or review is None or package.state == model.State.DELETED:
        return None
    return Case(package, review)


def _is_a_person() -> sa.ColumnElement[bool]:
    """Programs have accounts too (only a sysadmin's is believed to be one), and read no notices."""
    return sa.not_(sa.and_(model.User.sysadmin.is_(True), model.User.name.in_(config.programs())))


def _sysadmins() -> list[str]:
    """Who runs the portal: told where nobody else is there to be told."""
    query = sa.select(model.User.id).where(
        model.User.sysadmin.is_(True), model.User.state == model.State.ACTIVE, _is_a_person()
    )
    return list(model.Session.scalars(query.order_by(model.User.id)))
