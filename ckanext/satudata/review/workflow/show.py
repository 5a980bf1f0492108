"""A table as people read it: text, a Mermaid diagram, YAML to start one's own from, and rows for the documents."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import yaml

from ..transitions import Edge, State, Transition, Workflow
from .problems import second

FORMATS = ("text", "mermaid", "yaml")
#: How a table calls a state or an action in one language: ``words(kind, thing)``.
Words = Callable[[State | Transition], str]
#: What an action needs, as the documents say it.
NEEDS = {
    "comment": "a reason",
    "principles": "the result per principle",
    "conforms": "every principle conforms",
    "no_errors": "no finding of severity *error*",
    "assignee": "whom",
    "change_kind": "what kind of change",
    "identity": "the identity number",
    "letter": "number and date of the letter",
}


def english(thing: State | Transition) -> str:
    """The table's own English word."""
    return thing.words.get("en") or thing.label


def both(indonesian: Callable[[str], str] = second) -> Words:
    """Words in both languages, Indonesian first.

    :param indonesian: gives the Indonesian text of a message of the extension, or the message itself
    """

    def words(thing: State | Transition) -> str:
        first = thing.words.get("id") or indonesian(thing.label)
        return first if first == english(thing) else f"{first}; {english(thing)}"

    return words


def rows_of_states(table: Workflow, words: Words) -> list[tuple[str, ...]]:
    """state, on the screen, public, content edited by, waits for."""
    return [
        (
            state.name,
            words(state),
            "yes" if state.public else "no",
            state.editable_by or "nobody",
            state.waits_for or "–",
        )
        for state in table.states.values()
    ]


def rows_of_actions(table: Workflow) -> list[tuple[str, ...]]:
    """action, from → to, who, needs, four eyes."""
    return [
        (
            action.name,
            "; ".join(way for way in _ways(action)),
            ", ".join(dict.fromkeys(role for edge in action.edges for role in edge.roles)),
            ", ".join(NEEDS.get(need, need) for need in action.needs) or "–",
            "yes" if action.four_eyes else "–",
        )
        for action in table.transitions.values()
    ]


def _ways(action: Transition) -> list[str]:
    """``draft, returned → submitted``: sources with the same target and the same roles in one go."""
    grouped: dict[tuple[Any, ...], list[str]] = {}
    several = len({edge.roles for edge in action.edges}) > 1
    for edge in action.edges:
        grouped.setdefault((edge.to, edge.unasked, edge.roles), []).append(edge.from_state)
    found = []
    for (to, unasked, roles), sources in grouped.items():
        way = f"{', '.join(dict.fromkeys(sources))} → {to}"
        if unasked:
            way += f" (or {unasked}, where the pembina is not asked)"
        found.append(way + (f" [{', '.join(roles)}]" if several else ""))
    return found


def text(table: Workflow, words: Words = english) -> str:
    """The table on a terminal."""
    lines = [f"track {table.track}: begins in {table.initial}", "", "states"]
    width = max(len(name) for name in table.states)
    for state in table.states.values():
        facts = [
            "public" if state.public else "",
            f"edited by {state.editable_by}" if state.editable_by else "",
            f"waits for {state.waits_for}" if state.waits_for else "",
            "" if state.seen_by_roles else "seen by the producer only",
        ]
        said = f"{words(state)} ({', '.join(fact for fact in facts if fact)})" if any(facts) else words(state)
        lines.append(f"  {state.name:<{width}}  {said}")
    lines += ["", "actions"]
    width = max(len(name) for name in table.transitions)
    for action in table.transitions.values():
        lines.append(f"  {action.name:<{width}}  {words(action)}")
        lines += [f"  {'':<{width}}    {_said(edge)}" for edge in action.edges]
        facts = [
            f"needs {', '.join(action.needs)}" if action.needs else "",
            f"effect {action.effect}" if action.effect else "",
            "four eyes" if action.four_eyes else "",
            "gives the hold" if action.holds else "",
            "only by the holder" if action.respects_holder else "",
        ]
        if any(facts):
            lines.append(f"  {'':<{width}}    {'; '.join(fact for fact in facts if fact)}")
    return "\n".join(lines)


def _said(edge: Edge) -> str:
    other = f" (or {edge.unasked}, where the pembina is not asked)" if edge.unasked else ""
    return f"{edge.from_state} → {edge.to}{other}: {', '.join(edge.roles)}"


def mermaid(table: Workflow, words: Words = english) -> str:
    """The table as a Mermaid state diagram; what somebody only takes, lets go or hands over is left out."""
    lines = ["stateDiagram-v2"]
    lines += [f'    state "{_plain(words(state))}" as {state.name}' for state in table.states.values()]
    lines.append(f"    [*] --> {table.initial}")
    drawn: dict[tuple[str, str], list[str]] = {}
    for action in table.transitions.values():
        if action.name in ("release", "assign"):
            continue
        for edge in action.edges:
            for target in dict.fromkeys(filter(None, (edge.to, edge.unasked))):
                if target != edge.from_state or action.effect == "revise":
                    names = drawn.setdefault((edge.from_state, target), [])
                    if action.name not in names:
                        names.append(action.name)
    lines += [f"    {source} --> {target}: {', '.join(names)}" for (source, target), names in drawn.items()]
    public = table.names(public=True)
    if public:
        lines += ["    classDef public stroke-width:3px", f"    class {','.join(public)} public"]
    return "\n".join(lines)


def _plain(said: str) -> str:
    """Mermaid ends a text at a quote."""
    return said.replace('"', "'")


def as_dict(table: Workflow) -> dict[str, Any]:
    """The table in the shape of its file."""
    return {
        "track": table.track,
        "initial": table.initial,
        "states": {state.name: _state(state) for state in table.states.values()},
        "transitions": {action.name: _transition(action) for action in table.transitions.values()},
    }


def _state(state: State) -> dict[str, Any]:
    found: dict[str, Any] = {"label": dict(state.words)} if state.words else {}
    if state.public:
        found["public"] = True
    if state.editable_by:
        found["editable_by"] = state.editable_by
    if state.waits_for:
        found["waits_for"] = state.waits_for
    found["seen_by_roles"] = state.seen_by_roles
    return found


def _transition(action: Transition) -> dict[str, Any]:
    found: dict[str, Any] = {"label": dict(action.words)} if action.words else {}
    if action.done_words:
        found["done"] = dict(action.done_words)
    ways: dict[tuple[Any, ...], list[str]] = {}
    for edge in action.edges:
        ways.setdefault((edge.to, edge.roles, edge.unasked), []).append(edge.from_state)
    found["ways"] = [
        {
            "from": sources,
            "to": to,
            "roles": list(roles),
            **({"unasked": unasked} if unasked else {}),
        }
        for (to, roles, unasked), sources in ways.items()
    ]
    if action.needs:
        found["needs"] = list(action.needs)
    if action.effect:
        found["effect"] = action.effect
    for flag in ("four_eyes", "holds", "respects_holder"):
        if getattr(action, flag):
            found[flag] = True
    return found


class _Dumper(yaml.SafeDumper):
    """Lists of names in one line, as one writes them by hand."""

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> Any:
        return super().increase_indent(flow, False)

    def ignore_aliases(self, data: Any) -> bool:
        return True


def _list_node(dumper: yaml.SafeDumper, value: list[Any]) -> yaml.Node:
    flat = all(isinstance(item, str) for item in value)
    return dumper.represent_sequence("tag:yaml.org,2002:seq", value, flow_style=flat)


_Dumper.add_representer(list, _list_node)


def as_yaml(table: Workflow) -> str:
    """The table as the file that would make it."""
    return yaml.dump(as_dict(table), Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=110)


def render(table: Workflow, form: str, words: Words = english) -> str:
    """One of :data:`FORMATS`."""
    if form == "yaml":
        return as_yaml(table)
    return mermaid(table, words) if form == "mermaid" else text(table, words)
