"""Bringing together what the rooms give to one CKAN interface."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from typing import Any

Function = Callable[..., Any]


def merged(*rooms: Mapping[str, Function]) -> dict[str, Function]:
    """One mapping of names to functions, out of one per room.

    CKAN takes one function a name from a plugin. Where two rooms stand in the same chain (a member of an
    organization concerns the tree and the review alike), both are asked, the later room first.

    :raises ValueError: two rooms give a function of the same name that is not chained
    """
    result: dict[str, Function] = {}
    for room in rooms:
        for name, function in room.items():
            result[name] = _both(name, function, result[name]) if name in result else function
    return result


def _both(name: str, outer: Function, inner: Function) -> Function:
    marks = [mark for mark in ("chained_action", "chained_auth_function") if getattr(outer, mark, False)]
    if not marks or not getattr(inner, marks[0], False):
        raise ValueError(f"Two rooms define {name!r}, and not both as a link of a chain")

    def door(next_function: Function, context: dict[str, Any], data_dict: dict[str, Any] | None) -> Any:
        return outer(functools.partial(inner, next_function), context, data_dict)

    functools.update_wrapper(door, outer)
    return door
