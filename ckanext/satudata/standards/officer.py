"""What an officer of BPS fills in (``sdi_officer``): the code of an activity, and that of a component's activity.

The forms say *diisi oleh petugas*. No screen asks a producer for them; this is what an API write or a workbook of a
producer may say: what is stored already, and for a component a code this portal knows.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import sqlalchemy as sa
from ckan import model

from ckanext.satudata.standards import registry
from ckanext.satudata.standards.conditions import rows_of


def fields(package_type: str | None) -> list[str]:
    """Names of the fields of a type that BPS fills in; those in rows are :func:`fields_of_rows`."""
    return [name for name, field in registry.fields_of(package_type).items() if field.get("sdi_officer")]


def fields_of_rows(package_type: str | None) -> dict[str, list[str]]:
    """Repeating fields of a type with the columns BPS fills in."""
    found = {
        name: [sub["field_name"] for sub in field.get("repeating_subfields") or [] if sub.get("sdi_officer")]
        for name, field in registry.fields_of(package_type).items()
    }
    return {name: columns for name, columns in found.items() if columns}


def keep(package_type: str | None, data: dict[str, Any], stored: Mapping[str, Any]) -> None:
    """Set what BPS fills in as it is stored, whatever was sent; rows stay as they were sent. In place."""
    for name in fields(package_type):
        data.pop(name, None)
        if _text(stored.get(name)):
            data[name] = stored[name]


def not_theirs(package_type: str | None, data: Mapping[str, Any], stored: Mapping[str, Any]) -> dict[str, list[str]]:
    """What of a write only an officer may say, by field.

    :param data: what is to be written; a field left out or empty says nothing
    :param stored: the fields of the stored package; empty for a new one
    :returns: the values at fault; empty where there are none
    """
    found: dict[str, list[str]] = {}
    for name in fields(package_type):
        if _text(data.get(name)) and _text(data.get(name)) != _text(stored.get(name)):
            found[name] = [_text(data[name])]
    for name, columns in fields_of_rows(package_type).items():
        sent = _values(data.get(name), columns)
        strange = sent - _values(stored.get(name), columns) if sent else set()
        strange -= _known(strange, name) if strange else set()
        if strange:
            found[name] = sorted(strange)
    return found


def without(package_type: str | None, data: Mapping[str, Any], at_fault: Mapping[str, Iterable[str]]) -> dict[str, Any]:
    """The same values without what :func:`not_theirs` found in them."""
    kept = {name: value for name, value in data.items() if name not in at_fault or name not in fields(package_type)}
    for name, columns in fields_of_rows(package_type).items():
        if name in at_fault:
            strange = set(at_fault[name])
            kept[name] = [
                {key: each for key, each in row.items() if key not in columns or _text(each) not in strange}
                for row in rows_of(kept.get(name))
            ]
    return kept


def _text(value: Any) -> str:
    return " ".join(str("" if value is None else value).split())


def _values(value: Any, columns: Iterable[str]) -> set[str]:
    return {_text(row.get(column)) for row in rows_of(value) for column in columns} - {""}


def _known(codes: set[str], rows: str) -> set[str]:
    """Which of these codes the portal holds: as that of an activity, or in the rows of another package.

    Only asked where a code is new to a package; an edition of an indicator brings those of the one before.
    """
    extras = model.Package.extras
    asked = sa.select(sa.func.unnest(sa.cast(sorted(codes), sa.ARRAY(sa.Text))).label("code")).subquery()
    code = asked.c.code
    held = sa.exists().where(
        model.Package.state != model.State.DELETED,
        sa.or_(
            extras["kode_kegiatan"].astext == code,
            sa.func.strpos(sa.func.coalesce(extras[rows].astext, ""), sa.func.to_json(code).cast(sa.Text)) > 0,
        ),
    )
    return set(model.Session.scalars(sa.select(code).where(held)))
