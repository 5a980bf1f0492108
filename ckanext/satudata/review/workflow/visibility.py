"""What makes the table safe that decides what is public: rules 4 to 8 of ``safety.py``."""

from __future__ import annotations

from collections.abc import Iterator

from ..transitions import Edge, Transition, Workflow
from .graph import Found, action_path, reached, targets, way_path
from .problems import _

#: Who may find content conforming, make it public and withdraw it (Ps 34-36).
CHECKERS = frozenset({"custodian", "pembina"})


def problems(table: Workflow) -> Iterator[Found]:
    if not table.names(public=True):
        yield Found(
            _("No state is public, so nothing could ever be published. Write public: true at one."), ("states",)
        )
    first = table.state(table.initial)
    if first.public or first.editable_by != "producer":
        text = _("New data begins in “{state}”: that state must be editable_by: producer and not public.")
        yield Found(text, ("initial",), {"state": first.name})
    for state in table.states.values():
        if state.public and state.editable_by:
            text = _(
                "“{state}” is public and editable at once. Published content changes only through a "
                "working copy: take editable_by out."
            )
            yield Found(text, ("states", state.name, "editable_by"), {"state": state.name})
        elif state.editable_by and state.editable_by != "producer":
            text = _(
                "Only the producer changes content (Perpres 39/2019 Ps 34). Write editable_by: producer or take it out."
            )
            yield Found(text, ("states", state.name, "editable_by"))
    for action in table.transitions.values():
        for edge in action.edges:
            yield from _way_in_public(table, action, edge)
        yield from _guarded(table, action)
    yield from _unchecked(table)


def _way_in_public(table: Workflow, action: Transition, edge: Edge) -> Iterator[Found]:
    path, source = way_path(action, edge), table.state(edge.from_state)
    for name in targets(edge):
        target = table.state(name)
        values = {"name": action.name, "source": source.name, "target": target.name}
        if target.public and not source.public and action.effect != "publish":
            yield Found(
                _("“{name}” would make “{target}” public. Only “publish” does that: take this way out."), path, values
            )
        if source.public and not target.public and action.effect != "hide":
            text = _("“{name}” would hide what is public in “{source}”. Only “unpublish” does that: take this way out.")
            yield Found(text, path, values)
        if source.editable_by and not target.editable_by and action.effect != "submit":
            text = _(
                "“{name}” takes content from the producer in “{source}”. Only “submit” does that: take this way out."
            )
            yield Found(text, path, values)
        if not _fits(
            action,
            source.public,
            bool(source.editable_by),
            target.public,
            bool(target.editable_by),
            name == source.name,
        ):
            yield Found(
                _("“{name}” cannot lead from “{source}” to “{target}”. See in the documentation what it is for."),
                path,
                values,
            )


def _fits(action: Transition, public: bool, editable: bool, to_public: bool, to_editable: bool, same: bool) -> bool:
    """Whether a way has the shape that its effect or its name promises."""
    if action.effect == "submit":
        return editable and not to_editable and not to_public
    if action.effect == "publish":
        return not public and not editable and to_public
    if action.effect == "hide":
        return public and not to_public
    if action.effect == "revise":
        return public and same
    if action.effect == "check":
        return not public and not editable and not to_public and not to_editable
    if action.name == "return":
        return not public and not editable and not to_public
    if action.name == "withdraw":
        return not public and to_editable
    if action.name in ("claim", "release", "assign"):
        return not public and not editable and not to_public and not to_editable
    if action.name == "ask":
        return editable and same
    return True


def _guarded(table: Workflow, action: Transition) -> Iterator[Found]:
    roles = {role for edge in action.edges for role in edge.roles}
    path = action_path(action, "ways")
    values = {"name": action.name}
    if action.effect in ("publish", "hide") and roles - CHECKERS:
        text = _("“{name}” is for custodian and pembina only (Perpres 39/2019 Ps 36). Take the other roles out.")
        yield Found(text, path, values)
    elif (action.effect == "check" or action.name == "return") and "producer" in roles:
        yield Found(_("A producer does not check data. Take the role producer out of “{name}”."), path, values)
    elif action.name in ("submit", "withdraw", "ask") and roles - {"producer"}:
        yield Found(
            _("“{name}” is for the producer only (Perpres 39/2019 Ps 33). Take the other roles out."), path, values
        )
    elif action.effect == "revise" and roles - {"producer", "custodian"}:
        yield Found(_("“{name}” is for producer and custodian only. Take the other roles out."), path, values)
    if action.effect in ("publish", "check") and not action.four_eyes:
        text = _("“{name}” must be kept from the authors of the content. Write: four_eyes: true.")
        yield Found(text, action_path(action, "four_eyes"), values)
    if action.effect == "submit" and "no_errors" not in action.needs:
        yield Found(
            _("“{name}” must need “{need}”. Add it to needs."),
            action_path(action, "needs"),
            {**values, "need": "no_errors"},
        )
    if action.name == "return":
        if not any(table.state(edge.to).editable_by for edge in action.edges):
            yield Found(
                _("No way of “return” leads to the producer. Add one to a state that the producer edits."), path
            )
        if any("pembina" in edge.roles and table.state(edge.to).editable_by for edge in action.edges):
            text = _(
                "The pembina's return goes by way of the custodian (Perpres 39/2019 Ps 35). "
                "Lead it to a state that waits for the custodian."
            )
            yield Found(text, path)


def checks_of(table: Workflow) -> frozenset[tuple[str, Edge]]:
    """The ways on which a custodian or pembina, and nobody else, finds all four principles conforming."""
    return frozenset(
        (action.name, edge)
        for action in table.transitions.values()
        if action.effect == "check" and action.four_eyes and {"principles", "conforms"} <= set(action.needs)
        for edge in action.edges
        if edge.roles and set(edge.roles) <= CHECKERS
    )


def _unchecked(table: Workflow) -> Iterator[Found]:
    """Roads from the producer's hands to the public that no check stands on."""
    checks = checks_of(table)
    begin = [state.name for state in table.states.values() if state.editable_by or state.name == table.initial]
    for name in sorted(reached(table, begin, checks)):
        if table.state(name).public and not table.state(name).editable_by:
            text = _(
                "“{state}” can be reached without a check. On every road a custodian or pembina must find all "
                "principles conforming: an action with effect: check, four_eyes: true, and the needs principles "
                "and conforms."
            )
            yield Found(text, ("states", name), {"state": name})


def before_the_check(table: Workflow) -> set[str]:
    """The states from which nothing becomes public without a check by custodian or pembina."""
    checks = checks_of(table)
    public = set(table.names(public=True))
    return {name for name in table.states if name not in public and not public & reached(table, [name], checks)}
