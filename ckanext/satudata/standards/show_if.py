"""Conditions of a portal's own schema (``sdi_show_if``) brought into the one shape everything here reads.

Our own types and what a portal lays over them are refused at start where a condition cannot be (``extending.py``). A
schema a portal defines by itself is scheming's to read, and scheming knows nothing of conditions: what is wrong in one
is left out with a warning in the log, so that a field is asked for in vain rather than hidden and dropped.
"""

from __future__ import annotations

import copy
import logging
from collections.abc import Iterator, Mapping
from typing import Any

log = logging.getLogger(__name__)


def tidied(schema: Mapping[str, Any], package_type: str = "") -> dict[str, Any]:
    """A schema whose conditions are all ``{field: <name>, in: [<text>, …]}`` and none go round in a ring.

    :param schema: an expanded scheming schema; left as it is
    :param package_type: for the log
    """
    made = copy.deepcopy(dict(schema))
    fields = made.get("dataset_fields") or []
    for where, field, others in _places(fields):
        if "sdi_show_if" in field:
            _tidy(f"{package_type}.{where}", field, others)
    for members in _circles(fields):
        names = {field["field_name"]: field for field in members}
        for name in [name for name in names if name in _ring(name, names)]:
            log.warning("%s.%s: sdi_show_if goes round in a ring; the field is always asked for", package_type, name)
            names[name].pop("sdi_show_if", None)
    return made


def _circles(fields: list[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    yield [field for field in fields if field.get("field_name")]
    for field in fields:
        yield [sub for sub in field.get("repeating_subfields") or [] if sub.get("field_name")]


def _places(fields: list[dict[str, Any]]) -> Iterator[tuple[str, dict[str, Any], set[str]]]:
    above = {str(field.get("field_name")) for field in fields}
    for field in fields:
        yield str(field.get("field_name")), field, above
        subs = field.get("repeating_subfields") or []
        row = {str(sub.get("field_name")) for sub in subs}
        for sub in subs:
            yield f"{field.get('field_name')}.{sub.get('field_name')}", sub, above | row


def _tidy(where: str, field: dict[str, Any], others: set[str]) -> None:
    condition = field["sdi_show_if"]
    if condition is None:
        del field["sdi_show_if"]
        return
    other = condition.get("field") if isinstance(condition, Mapping) else None
    values = condition.get("in") if isinstance(condition, Mapping) else None
    values = values if isinstance(values, (list, tuple)) else [] if values is None else [values]
    texts = [str(value) for value in values if isinstance(value, (str, int, float)) and not isinstance(value, bool)]
    if not isinstance(other, str) or other not in others or not texts or len(texts) != len(values):
        log.warning("%s: sdi_show_if: {field: <name>, in: [<value>, …]} is wanted, not %r", where, condition)
        del field["sdi_show_if"]
        return
    field["sdi_show_if"] = {**condition, "in": texts}


def _ring(name: str, fields: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """The fields of the ring this one is a part of, or leads to; empty where its conditions end."""
    trail: list[str] = []
    while name in fields and fields[name].get("sdi_show_if"):
        if name in trail:
            return trail[trail.index(name) :]
        trail.append(name)
        name = fields[name]["sdi_show_if"]["field"]
    return []
