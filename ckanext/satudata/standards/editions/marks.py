"""Which values of a draft are still as they were proposed, so that a person looks at them.

Kept in ``Package.plugin_data``, which CKAN shows to sysadmins alone and no client of the API writes: nothing of it is
content, and nothing of it travels with the data.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ckan import model

KEY = "satudata"
PART = "proposed"
#: What a form sends where a person ticks that the proposals have been looked at.
LOOKED_AT = "satudata_checked"


def put(package_id: str, origin: Mapping[str, Any], values: Mapping[str, Any]) -> None:
    """Note what was proposed; the caller commits.

    :param origin: ``{"kind": "edition" | "table", "id": …, "title": …}``
    :param values: proposed values by field
    """
    package = model.Package.get(package_id)
    if package is None:
        return
    data = dict(package.plugin_data or {})
    data[KEY] = {**(data.get(KEY) or {}), PART: {"from": dict(origin), "values": dict(values)}}
    package.plugin_data = data


def clear(package_id: str) -> None:
    """Somebody has looked at all of them; the caller commits."""
    package = model.Package.get(package_id)
    if package is None or not (package.plugin_data or {}).get(KEY, {}).get(PART):
        return
    data = dict(package.plugin_data)
    data[KEY] = {key: value for key, value in data[KEY].items() if key != PART}
    package.plugin_data = data


def looked_at(package_id: str) -> None:
    """As :func:`clear`, after a form was saved in which that was ticked."""
    clear(package_id)
    model.Session.commit()


def of(package_id: str | None) -> dict[str, Any]:
    """``{"from": …, "values": {…}}`` of a package; empty where nothing is proposed."""
    package = model.Package.get(package_id) if package_id else None
    found: dict[str, Any] = ((package.plugin_data or {}).get(KEY) or {}).get(PART) or {} if package else {}
    return found


def still(package: Mapping[str, Any]) -> dict[str, Any]:
    """Those proposals that stand in this package unchanged: ``{"from": …, "fields": [names]}``; or empty.

    :param package: stored, or as a form shows it
    """
    noted = of(package.get("id"))
    if not noted:
        return {}
    fields = [name for name, value in noted["values"].items() if _same(package, name, value)]
    return {"from": noted["from"], "fields": fields} if fields else {}


def _same(package: Mapping[str, Any], name: str, value: Any) -> bool:
    there = package.get(name)
    if isinstance(value, list):
        return there == value
    return str(there if there is not None else "") == str(value)
