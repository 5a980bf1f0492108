"""Reading what was asked for many at once."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

import ckantoolkit as tk

from ckanext.satudata import listing

from .. import schema
from ..errors import invalid
from ..requirements import Request
from ..workflows import in_force
from .service import COMMON

MOST_ITEMS = 1000
#: Alike for every item, and read as ``satudata_review_transition`` reads it.
_COMMON = frozenset({"action", "track", "release_at", *COMMON})
ASKED = _COMMON | {"items", "dry_run", "run_id", "background"}
_RUN_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:-]{0,99}")


@dataclass(frozen=True)
class Asked:
    """A request for many.

    :param items: ``(id or name, expected version)`` of each
    :param run_id: what the caller calls the run; None for a run that nobody will ask about again by name
    """

    items: list[tuple[str, int]]
    request: Request
    dry_run: bool
    background: bool
    run_id: str | None


def read(data_dict: dict[str, Any]) -> Asked:
    """The request of ``satudata_review_bulk_transition``.

    :raises ValidationError: every parameter at fault at once, keyed by its name
    """
    listing.refuse_unknown(data_dict, ASKED)
    errors: dict[str, list[str]] = {}
    items = _items(data_dict.get("items"), errors)
    flags = {}
    for name in ("dry_run", "background"):
        try:
            flags[name] = tk.asbool(data_dict.get(name) or False)
        except ValueError:
            errors[name] = [tk._("Give true or false")]
    run_id = data_dict.get("run_id") or None
    if run_id is not None and not (isinstance(run_id, str) and _RUN_ID.fullmatch(run_id)):
        errors["run_id"] = [tk._("Give at most 100 letters, digits, dots, colons, dashes or underscores")]
    try:
        # Any id will do: what is read here is what all items share.
        _id, request = schema.read_transition({**{k: v for k, v in data_dict.items() if k in _COMMON}, "id": "-"})
    except tk.ValidationError as error:
        raise tk.ValidationError({**error.error_dict, **errors}) from error
    declared = in_force(request.track).transitions.get(request.action)
    if declared is None:
        names = ", ".join(in_force(request.track).transitions)
        errors["action"] = [tk._("Unknown action. Known: {names}").format(names=names)]
    elif "change_kind" in declared.needs:
        errors["action"] = [tk._("This is begun for one dataset at a time.")]
    if errors:
        raise tk.ValidationError(errors)
    return Asked(items=items, request=request, run_id=run_id, **flags)


def needed(request: Request) -> None:
    """Refuse what no item could be moved with, before any is tried.

    :raises ValidationError: a reason or the results by principle are missing
    """
    declared = in_force(request.track).transitions[request.action]
    if "comment" in declared.needs and not request.comment:
        raise invalid("comment", tk._("Write the reason, so that the producer knows what to mend."))
    if "principles" in declared.needs and not request.principle_results:
        raise invalid("principle_results", tk._("Say for each principle whether it conforms."))


def _items(value: Any, errors: dict[str, list[str]]) -> list[tuple[str, int]]:
    value = schema.json_of(value)
    if not isinstance(value, list) or not value:
        errors["items"] = [tk._("Give a list of objects with id and expected_version")]
        return []
    if len(value) > MOST_ITEMS:
        errors["items"] = [tk._("At most {most} at once; here are {given}").format(most=MOST_ITEMS, given=len(value))]
        return []
    found = []
    for number, item in enumerate(value, 1):
        name = item.get("id") if isinstance(item, dict) else None
        version = item.get("expected_version") if isinstance(item, dict) else None
        unknown = sorted(set(item) - {"id", "expected_version"}) if isinstance(item, dict) else []
        if isinstance(version, str) and version.isdecimal():
            version = int(version)
        if not isinstance(name, str) or not name or isinstance(version, bool) or not isinstance(version, int):
            message = tk._("Item {number}: give id and expected_version").format(number=number)
        elif unknown:
            message = tk._("Item {number}: unknown parameter {name}").format(number=number, name=unknown[0])
        else:
            found.append((name, version))
            continue
        errors.setdefault("items", []).append(message)
    if "items" in errors:
        errors["items"] = errors["items"][:10]
    return found
