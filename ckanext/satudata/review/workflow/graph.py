"""A table as a graph: where its problems stand, and what can be reached from where."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from ..transitions import Edge, Transition, Workflow


@dataclass(frozen=True)
class Found:
    """A problem of a table, by its path."""

    text: str
    path: tuple[str, ...]
    values: dict[str, Any] = field(default_factory=dict, hash=False)


def action_path(action: Transition, *more: str) -> tuple[str, ...]:
    return ("transitions", action.name, *more)


def way_path(action: Transition | str, edge: Edge) -> tuple[str, ...]:
    """Where one way of an action stands."""
    name = action if isinstance(action, str) else action.name
    return ("transitions", name, "ways", f"{edge.from_state} → {edge.to}")


def targets(edge: Edge) -> tuple[str, ...]:
    return (edge.to, edge.unasked) if edge.unasked else (edge.to,)


def reached(table: Workflow, begin: Iterable[str], without: frozenset[tuple[str, Edge]] = frozenset()) -> set[str]:
    """The states that can be reached from these, leaving some ways of some actions out."""
    found, waiting = set(begin), list(begin)
    while waiting:
        here = waiting.pop()
        for action in table.from_state(here):
            for edge in action.edges_from(here):
                if (action.name, edge) in without:
                    continue
                for target in targets(edge):
                    if target not in found:
                        found.add(target)
                        waiting.append(target)
    return found
