"""The flow of publication, on one screen: states, and the actions that lead from one to the next.

Data only, without a CKAN import: guard, labels, buttons, queues, documents and tests read it.
Source: Perpres 39/2019 Ps 33-36 (hand-over, check, return, second check, dissemination).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

Role = Literal["producer", "custodian", "pembina"]
Need = Literal["comment", "principles", "conforms", "no_errors", "assignee"]

#: The four principles of Satu Data Indonesia (Perpres 39/2019 Ps 3-10), in the order of the law.
PRINCIPLES = ("standar_data", "metadata", "interoperabilitas", "kode_referensi")


@dataclass(frozen=True)
class State:
    """What follows from being in a state. No second flag anywhere says the same thing."""

    name: str
    label: str
    public: bool = False
    editable_by: Role | None = None
    waits_for: Role | None = None
    #: Roles over the owner see the content from the first hand-over on; a draft is the producer's own.
    seen_by_roles: bool = True


@dataclass(frozen=True)
class Transition:
    """One action: from which states, to which, by whom, and what it needs."""

    name: str
    label: str
    from_states: tuple[str, ...]
    to: str
    roles: tuple[Role, ...]
    needs: tuple[Need, ...] = ()
    #: Kept from authors of the content (four eyes).
    four_eyes: bool = False
    #: The actor becomes the holder; otherwise nobody holds it afterwards.
    holds: bool = False
    #: Whoever else holds it keeps everyone else out (a claim means something).
    respects_holder: bool = False
    #: A different target per state of departure (Ps 35: the pembina's return goes by way of the custodian).
    to_from: tuple[tuple[str, str], ...] = ()

    def target(self, state: str) -> str:
        """The state this action leads to from ``state``."""
        return dict(self.to_from).get(state, self.to)


STATES = {
    state.name: state
    for state in (
        State("draft", "Draft", editable_by="producer", waits_for="producer", seen_by_roles=False),
        State("submitted", "Submitted", waits_for="custodian"),
        State("custodian_check", "Check by the custodian", waits_for="custodian"),
        State("pembina_review", "Review by the pembina", waits_for="pembina"),
        State("approved", "Approved, waiting for release", waits_for="custodian"),
        State("published", "Published", public=True),
        State("returned", "Returned for mending", editable_by="producer", waits_for="producer"),
        State("withdrawn", "Withdrawn from publication"),
    )
}

_OPEN = ("submitted", "custodian_check", "pembina_review", "approved", "returned")

TRANSITIONS = {
    transition.name: transition
    for transition in (
        Transition("submit", "Submit", ("draft", "returned"), "submitted", ("producer",), ("no_errors",)),
        Transition(
            "claim", "Take", ("submitted", "pembina_review"), "custodian_check", ("custodian", "pembina"),
            holds=True, respects_holder=True, to_from=(("pembina_review", "pembina_review"),),
        ),
        Transition(
            "release", "Let go", ("custodian_check", "pembina_review"), "submitted",
            ("custodian", "pembina"), respects_holder=True, to_from=(("pembina_review", "pembina_review"),),
        ),
        Transition(
            "assign", "Hand over to…", ("submitted", "custodian_check", "pembina_review"), "custodian_check",
            ("custodian", "pembina"), ("assignee",), holds=True, respects_holder=True,
            to_from=(("pembina_review", "pembina_review"),),
        ),
        Transition(
            "return", "Return", ("submitted", "custodian_check", "approved", "pembina_review"), "returned",
            ("custodian", "pembina"), ("comment", "principles"), respects_holder=True,
            to_from=(("pembina_review", "custodian_check"),),
        ),
        Transition(
            "forward", "Forward to the pembina", ("submitted", "custodian_check"), "pembina_review",
            ("custodian",), ("principles", "conforms"), four_eyes=True, respects_holder=True,
        ),
        Transition(
            "approve", "Approve", ("pembina_review",), "approved", ("pembina",),
            four_eyes=True, respects_holder=True,
        ),
        Transition("publish", "Publish", ("approved",), "published", ("custodian",), four_eyes=True),
        Transition("withdraw", "Cancel the submission", _OPEN, "draft", ("producer",)),
        Transition("unpublish", "Withdraw from publication", ("published",), "withdrawn", ("custodian",), ("comment",)),
        Transition("reopen", "Reopen", ("withdrawn",), "draft", ("custodian",), ("comment",)),
    )
}  # fmt: skip

INITIAL = "draft"
#: The pembina's own step: an actor in this state acts as pembina, in every other one as custodian.
PEMBINA_STATE = "pembina_review"


def roles_for(transition: Transition, state: str) -> tuple[Role, ...]:
    """Which roles may take ``transition`` from ``state``.

    Where both custodian and pembina may act, the state says whose turn it is.
    """
    if {"custodian", "pembina"} <= set(transition.roles):
        return ("pembina",) if state == PEMBINA_STATE else ("custodian",)
    return transition.roles


def from_state(state: str) -> Iterator[Transition]:
    """The actions the table allows from ``state``, in the table's order."""
    return (transition for transition in TRANSITIONS.values() if state in transition.from_states)
