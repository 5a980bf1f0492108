"""The flow of publication, on one screen: states, and the actions that lead from one to the next.

Data only, without a CKAN import: guard, labels, buttons, queues, documents and tests read it, through
``workflows.in_force``, because a portal may bring a table of its own.
Source: Perpres 39/2019 Ps 33-36 (hand-over, check, return, second check, dissemination).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal

Role = Literal["producer", "supporting_custodian", "custodian", "pembina", "planner"]
Need = Literal[
    "comment", "principles", "conforms", "no_errors", "assignee", "change_kind", "identity", "letter"
]  # fmt: skip
#: What an action does beside moving the state: hand over, declare the check passed, make public, hide, or open a
#: working copy. Everything else the code asks of an action stands in its other columns.
Effect = Literal["submit", "check", "publish", "hide", "revise"]

PUBLICATION = "publication"
#: Why published data is changed (design of working copies).
CHANGE_KINDS = ("periode_baru", "pemutakhiran", "koreksi")


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
    #: The portal's own words, by language; empty where the extension's own count (``wording.STATE_LABELS``).
    words: dict[str, str] = field(default_factory=dict, hash=False)


@dataclass(frozen=True)
class Edge:
    """One way an action may go: from a state to a state, for those who act in one of ``roles``."""

    from_state: str
    to: str
    roles: tuple[Role, ...]
    #: Where it leads instead if the pembina is not asked about this data (Ps 35).
    unasked: str | None = None


@dataclass(frozen=True)
class Transition:
    """One action: its ways, and what it needs."""

    name: str
    label: str
    edges: tuple[Edge, ...]
    needs: tuple[Need, ...] = ()
    effect: Effect | None = None
    #: Kept from authors of the content (four eyes).
    four_eyes: bool = False
    #: The actor becomes the holder; otherwise nobody holds it afterwards.
    holds: bool = False
    #: Whoever else holds it keeps everyone else out (a claim means something).
    respects_holder: bool = False
    #: The portal's own words for the button and for what it has done, by language; empty as with states.
    words: dict[str, str] = field(default_factory=dict, hash=False)
    done_words: dict[str, str] = field(default_factory=dict, hash=False)

    @property
    def from_states(self) -> tuple[str, ...]:
        """The states it can be taken from, each once, in the table's order."""
        return tuple(dict.fromkeys(edge.from_state for edge in self.edges))

    def edges_from(self, state: str) -> tuple[Edge, ...]:
        """The ways that begin in ``state``."""
        return tuple(edge for edge in self.edges if edge.from_state == state)

    def roles_from(self, state: str) -> tuple[Role, ...]:
        """Whose turn it is to take this action from ``state``."""
        return tuple(dict.fromkeys(role for edge in self.edges_from(state) for role in edge.roles))


@dataclass(frozen=True)
class Workflow:
    """The table of one track."""

    track: str
    states: dict[str, State]
    transitions: dict[str, Transition]
    initial: str
    #: Whether what is public, private, indexed or editable follows from this track; one track only.
    decides_visibility: bool = False

    def state(self, name: str) -> State:
        """A state by its name; one that this table lacks is closed to everybody and public to nobody."""
        return self.states.get(name) or State(name, name, seen_by_roles=False)

    def from_state(self, state: str) -> Iterator[Transition]:
        """The actions the table allows from ``state``, in the table's order."""
        return (item for item in self.transitions.values() if state in item.from_states)

    def acted_on_by(self, role: str) -> tuple[str, ...]:
        """Names of the states in which this role may do something."""
        return tuple(
            name for name in self.states if any(role in action.roles_from(name) for action in self.from_state(name))
        )

    def names(self, **wanted: object) -> tuple[str, ...]:
        """Names of the states with these properties, as ``names(waits_for="custodian")``."""
        return tuple(
            state.name
            for state in self.states.values()
            if all(getattr(state, key) == value for key, value in wanted.items())
        )


def edges(*ways: tuple[str, str, Role] | tuple[str, str, Role, str]) -> tuple[Edge, ...]:
    """Edges from short rows: from, to, role and, where the pembina is not asked, to."""
    return tuple(Edge(way[0], way[1], (way[2],), way[3] if len(way) == 4 else None) for way in ways)


STATES = {
    state.name: state
    for state in (
        State("draft", "Draft", editable_by="producer", waits_for="producer", seen_by_roles=False),
        State("submitted", "Submitted", waits_for="custodian"),
        State("supporting_check", "Check by the supporting custodian", waits_for="supporting_custodian"),
        State("custodian_check", "Check by the custodian", waits_for="custodian"),
        State("pembina_review", "Review by the pembina", waits_for="pembina"),
        State("approved", "Approved, waiting for release", waits_for="custodian"),
        State("published", "Published", public=True),
        State("returned", "Returned for mending", editable_by="producer", waits_for="producer"),
        State("withdrawn", "Withdrawn from publication"),
    )
}

_OPEN = ("submitted", "supporting_check", "custodian_check", "pembina_review", "approved", "returned")

TRANSITIONS = {
    transition.name: transition
    for transition in (
        # Where the portal lets only the head of an organization submit, its officers ask for that first.
        Transition("ask", "Ask for consent", edges(
            ("draft", "draft", "producer"), ("returned", "returned", "producer"),
        ), ("no_errors",)),
        Transition("submit", "Submit", edges(
            ("draft", "submitted", "producer"), ("returned", "submitted", "producer"),
        ), ("no_errors",), "submit"),
        Transition("claim", "Take", edges(
            ("submitted", "custodian_check", "custodian"),
            ("submitted", "supporting_check", "supporting_custodian"),
            ("supporting_check", "custodian_check", "custodian"),
            ("pembina_review", "pembina_review", "pembina"),
        ), holds=True, respects_holder=True),
        Transition("release", "Let go", edges(
            ("custodian_check", "submitted", "custodian"),
            ("supporting_check", "submitted", "supporting_custodian"),
            ("pembina_review", "pembina_review", "pembina"),
        ), respects_holder=True),
        Transition("assign", "Hand over to…", edges(
            ("submitted", "custodian_check", "custodian"),
            ("submitted", "supporting_check", "supporting_custodian"),
            ("custodian_check", "custodian_check", "custodian"),
            ("supporting_check", "supporting_check", "supporting_custodian"),
            ("pembina_review", "pembina_review", "pembina"),
        ), ("assignee",), holds=True, respects_holder=True),
        Transition("return", "Return", edges(
            ("submitted", "returned", "custodian"),
            ("submitted", "returned", "supporting_custodian"),
            ("supporting_check", "returned", "supporting_custodian"),
            ("custodian_check", "returned", "custodian"),
            ("approved", "returned", "custodian"),
            # Ps 35: the pembina's return goes by way of the custodian.
            ("pembina_review", "custodian_check", "pembina"),
        ), ("comment", "principles"), respects_holder=True),
        Transition("forward", "Forward to the pembina", edges(
            ("submitted", "pembina_review", "custodian", "approved"),
            ("custodian_check", "pembina_review", "custodian", "approved"),
            # Given back to the custodian's queue, marked as checked.
            ("submitted", "submitted", "supporting_custodian"),
            ("supporting_check", "submitted", "supporting_custodian"),
        ), ("principles", "conforms"), "check", four_eyes=True, respects_holder=True),
        Transition("approve", "Approve", edges(
            ("pembina_review", "approved", "pembina"),
        ), (), "check", four_eyes=True, respects_holder=True),
        Transition("publish", "Publish", edges(
            ("approved", "published", "custodian"),
        ), (), "publish", four_eyes=True),
        Transition("withdraw", "Cancel the submission", edges(
            *((state, "draft", "producer") for state in _OPEN),
        )),
        Transition("revise", "Revise", (
            Edge("published", "published", ("producer", "custodian")),
        ), ("change_kind",), "revise"),
        Transition("unpublish", "Withdraw from publication", edges(
            ("published", "withdrawn", "custodian"),
        ), ("comment",), "hide"),
        Transition("reopen", "Reopen", edges(
            ("withdrawn", "draft", "custodian"),
        ), ("comment",)),
    )
}  # fmt: skip

#: The table the extension brings for publication; ``workflows.in_force`` gives the one that counts.
BUILT_IN = Workflow(PUBLICATION, STATES, TRANSITIONS, "draft", decides_visibility=True)
