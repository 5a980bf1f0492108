"""Which table is in force on each track."""

from __future__ import annotations

from .transitions import BUILT_IN, PUBLICATION, Workflow

_in_force: dict[str, Workflow] = {PUBLICATION: BUILT_IN}


def in_force(track: str = PUBLICATION) -> Workflow:
    """The table of a track.

    :raises KeyError: no such track; ask ``tracks`` first for names that people give
    """
    return _in_force[track]


def tracks() -> tuple[str, ...]:
    """The tracks this portal knows, publication first."""
    return tuple(_in_force)


def checking_roles() -> frozenset[str]:
    """The roles other than the producer whose turn it is in some state of some table."""
    waiting = {state.waits_for for table in _in_force.values() for state in table.states.values() if state.waits_for}
    return frozenset(waiting - {"producer"})


def put_in_force(*tables: Workflow) -> None:
    """Let these tables count from now on, beside the built-in one of publication; at start, and in tests."""
    _in_force.clear()
    _in_force[PUBLICATION] = BUILT_IN
    _in_force.update({table.track: table for table in tables})
