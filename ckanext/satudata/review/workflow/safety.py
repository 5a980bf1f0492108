"""What makes a table safe, whatever else a portal changes in it. No CKAN import: it judges tables, not people.

Of every table:

1. The actions the pages and the API rely on are there, and have the shape the code counts on.
2. Each state is reached from the first one, and is left again by those it waits for.
3. Whoever is to act on a state sees it; nobody holds what does not wait for their role; no two ways of one action
   lead one role from one state.

Of the table that decides what is public, besides (Perpres 39/2019 Ps 33-37):

4. Only the producer changes content (Ps 34), and only in states that are not public. The first state is one.
5. Content leaves the producer's hands by ``submit`` alone: it seals what is checked afterwards.
6. What is not public becomes so by ``publish`` alone, by custodian or pembina (Ps 36), who are not its authors.
   What is public ceases to be so by ``unpublish`` alone, by custodian or pembina, with a reason.
7. On every road from the producer's hands to the public a custodian or pembina finds all four principles
   conforming, and is no author of the content.
8. The producer never checks, publishes or withdraws; nothing is returned without a reason; the pembina's return
   goes by way of the custodian (Ps 35).
"""

from __future__ import annotations

from collections.abc import Iterator

from ..transitions import Transition, Workflow
from . import visibility
from .graph import Found, action_path, reached, way_path
from .problems import _, listed

#: Actions whose effect the code knows by their name, and the other way round.
EFFECT_OF = {"submit": "submit", "publish": "publish", "unpublish": "hide", "revise": "revise"}
REQUIRED = {
    "publication": ("submit", "return", "publish", "unpublish"),
    "recommendation": ("submit", "return", "feasible", "not_feasible"),
}
REQUIRED_STATES = {"recommendation": ("feasible", "not_feasible")}
#: What only these actions can be asked for.
NEEDS_OF = {
    "assignee": ("assign",),
    "change_kind": ("revise",),
    "no_errors": ("submit", "ask", "repair"),
    "identity": ("feasible",),
    "letter": ("letter",),
}
MUST_NEED = {
    "assign": ("assignee",),
    "return": ("comment",),
    "unpublish": ("comment",),
    "revise": ("change_kind",),
    "feasible": ("identity",),
    "letter": ("letter",),
}
HOLDING = ("claim", "assign")


def problems(table: Workflow) -> Iterator[Found]:
    """Everything that makes this table unsafe or useless; nothing for a good one."""
    yield from _required(table)
    for action in table.transitions.values():
        yield from _shape(table, action)
        yield from _ways(table, action)
    yield from _states(table)
    yield from _roads(table)
    if table.decides_visibility:
        yield from visibility.problems(table)
    else:
        yield from _beside(table)


# -- every table ----------------------------------------------------------------------------------------------


def _required(table: Workflow) -> Iterator[Found]:
    for name in REQUIRED.get(table.track, ()):
        if name not in table.transitions:
            yield Found(
                _("The action “{name}” is missing. Pages and API rely on it: add it."), ("transitions",), {"name": name}
            )
    for name in REQUIRED_STATES.get(table.track, ()):
        if name not in table.states:
            yield Found(
                _("The state “{name}” is missing. Pages and API rely on it: add it."), ("states",), {"name": name}
            )


def _shape(table: Workflow, action: Transition) -> Iterator[Found]:
    wanted = EFFECT_OF.get(action.name)
    owner = next((name for name, effect in EFFECT_OF.items() if effect == action.effect), None)
    if table.decides_visibility and (wanted or owner) and action.effect != wanted:
        if wanted:
            text = _("“{name}” must have the effect “{effect}”. Write: effect: {effect}.")
            yield Found(text, action_path(action, "effect"), {"name": action.name, "effect": wanted})
        else:
            text = _("Only the action “{owner}” has the effect “{effect}”. Rename this action or take its effect out.")
            yield Found(text, action_path(action, "effect"), {"owner": owner, "effect": action.effect})
    for need in MUST_NEED.get(action.name, ()):
        if need not in action.needs:
            text = _("“{name}” must need “{need}”. Add it to needs.")
            yield Found(text, action_path(action, "needs"), {"name": action.name, "need": need})
    for need in action.needs:
        only = NEEDS_OF.get(need)
        if only and action.name not in only:
            text = _("Nobody is asked for “{need}” here; it belongs to: {names}. Take it out.")
            yield Found(text, action_path(action, "needs"), {"need": need, "names": listed(only)})
    if "conforms" in action.needs and "principles" not in action.needs:
        text = _("“conforms” asks what “principles” answer. Add principles to needs.")
        yield Found(text, action_path(action, "needs"))
    if action.holds != (action.name in HOLDING) and (action.holds or action.name in HOLDING):
        text = _("Exactly the actions {names} give somebody the hold. Write it so, or rename this action.")
        yield Found(text, action_path(action, "holds"), {"names": listed(HOLDING)})


def _ways(table: Workflow, action: Transition) -> Iterator[Found]:
    taken: set[tuple[str, str]] = set()
    for edge in action.edges:
        path = way_path(action, edge)
        for role in edge.roles:
            if (edge.from_state, role) in taken:
                text = _("Two ways of “{name}” begin in “{state}” for the role {role}. Keep one.")
                yield Found(text, path, {"name": action.name, "state": edge.from_state, "role": role})
            taken.add((edge.from_state, role))
            if action.holds and table.state(edge.to).waits_for != role:
                text = _(
                    "“{name}” gives {role} the hold of “{state}”, which does not wait for that role. Mend one of them."
                )
                yield Found(text, path, {"name": action.name, "role": role, "state": edge.to})
        if edge.unasked and table.state(edge.to).waits_for != "pembina":
            text = _(
                "“unasked” says where to go if the pembina is not asked, but “{state}” waits for somebody else. "
                "Take it out."
            )
            yield Found(text, path, {"state": edge.to})


def _states(table: Workflow) -> Iterator[Found]:
    for state in table.states.values():
        path = ("states", state.name)
        role = state.waits_for
        if role and not any(
            role in edge.roles and state.name not in (edge.to, edge.unasked)
            for action in table.from_state(state.name)
            for edge in action.edges_from(state.name)
        ):
            text = _(
                "“{state}” waits for the {role}, who has no way out of it. Add one, or let it wait for somebody else."
            )
            yield Found(text, (*path, "waits_for"), {"state": state.name, "role": role})
        if role and role != "producer" and not state.seen_by_roles:
            text = _("“{state}” waits for the {role}, who does not see it. Write: seen_by_roles: true.")
            yield Found(text, (*path, "seen_by_roles"), {"state": state.name, "role": role})


def _roads(table: Workflow) -> Iterator[Found]:
    within = reached(table, [table.initial])
    for name in table.states:
        if name not in within:
            text = _("Nothing leads to “{state}” from “{initial}”. Add a way to it, or remove it.")
            yield Found(text, ("states", name), {"state": name, "initial": table.initial})
    if table.decides_visibility:
        public = set(table.names(public=True))
        for name in table.states:
            if name in within and public and not public & reached(table, [name]):
                text = _("“{state}” is a dead end: no way leads from it to publication. Add one.")
                yield Found(text, ("states", name), {"state": name})


# -- tables beside it -----------------------------------------------------------------------------------------


def _beside(table: Workflow) -> Iterator[Found]:
    """A track that runs beside publication neither shows, hides, nor opens content."""
    for state in table.states.values():
        for key in ("public", "editable_by"):
            if getattr(state, key):
                text = _("The track “{track}” decides neither what is public nor who edits. Take “{name}” out.")
                yield Found(text, ("states", state.name, key), {"track": table.track, "name": key})
    for action in table.transitions.values():
        if action.effect in ("publish", "hide", "revise"):
            text = _("The track “{track}” decides neither what is public nor who edits. Take “{name}” out.")
            yield Found(text, action_path(action, "effect"), {"track": table.track, "name": "effect"})
        roles = {role for edge in action.edges for role in edge.roles}
        if action.name in ("feasible", "not_feasible", "letter") and roles - {"pembina"}:
            text = _("“{name}” is for the pembina only. Take the other roles out.")
            yield Found(text, action_path(action, "ways"), {"name": action.name})
        if action.name in ("feasible", "not_feasible") and any(edge.to != action.name for edge in action.edges):
            text = _("“{name}” must lead to the state of that name.")
            yield Found(text, action_path(action, "ways"), {"name": action.name})
        if (
            "feasible" in {edge.to for edge in action.edges if edge.from_state != "feasible"}
            and action.name != "feasible"
        ):
            text = _("“{name}” would declare the activity feasible. Only “feasible” does that: take this way out.")
            yield Found(text, action_path(action, "ways"), {"name": action.name})
