"""Which fields count for the values typed so far: one evaluator for the check, the API, the form and submission.

A field may hang on another (``sdi_show_if: {field, in}``): it is asked for only where that field is asked for
itself and has one of those values. A field of a row hangs on another of the same row, or on a field of the
package where the row has none of that name; rows count where their field does. Where the other field takes
several values, one of them is enough. Values are compared as they would be stored, so that a label typed
through the API means the same as its value.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from ckanext.satudata import json_text
from ckanext.satudata.standards import registry
from ckanext.satudata.standards.validators import choice_value

#: Keys of a field that are ours, besides those that begin with ``sdi_``.
_OURS = frozenset({"kelompok", "bps"})


def sdi_keys(field: Mapping[str, Any], package_type: str | None = "dataset") -> dict[str, Any]:
    """The keys of ours on a field; a portal's own field of the same name takes those of our schema as defaults.

    :param package_type: type the field belongs to. A type we do not ship takes the defaults of ``dataset``, from
        which portals copy; ``kegiatan`` and ``indikator`` take their own, for there the same name means another thing
    """
    ours = _defaults(package_type).get(field["field_name"], {})
    return {**ours, **{key: value for key, value in field.items() if key.startswith("sdi_") or key in _OURS}}


def _defaults(package_type: str | None) -> dict[str, dict[str, Any]]:
    kind = package_type if package_type in registry.own_types() else "dataset"
    if kind not in _kept:
        _kept[kind] = {
            f["field_name"]: {k: v for k, v in f.items() if k.startswith("sdi_") or k in _OURS}
            for f in registry.own_schema(kind)["dataset_fields"]
        }
    return _kept[kind]


_kept: dict[str, dict[str, dict[str, Any]]] = {}


def selected(field: Mapping[str, Any], value: Any) -> frozenset[str]:
    """The choices a value stands for, as they would be stored.

    :param field: the field that holds it; without choices the text itself counts
    :param value: a text, a list, or the JSON of a list (several choices)
    """
    if isinstance(value, str) and field.get("sdi_multiple") and value.lstrip().startswith("["):
        try:
            value = json_text.loads(value)
        except ValueError:
            return frozenset()
    listed = value if isinstance(value, (list, tuple, set, frozenset)) else [value]
    found = set()
    for item in listed:
        if item in (None, "") or isinstance(item, (dict, list)):
            continue
        meant = choice_value(dict(field), item) if field.get("choices") else str(item).strip()
        found.add(meant if meant is not None else str(item).strip())
    return frozenset(found)


def keyed_fields(package_type: str | None) -> dict[str, dict[str, Any]]:
    """The fields of a type by name, each with our keys laid over it."""
    return {
        name: {**field, **sdi_keys(field, package_type)} for name, field in registry.fields_of(package_type).items()
    }


class Visibility:
    """What counts in one package; each field is worked out once.

    :param fields: fields by name with the keys of ours (:func:`keyed_fields`)
    :param values: their values, as stored or as typed
    """

    def __init__(self, fields: Mapping[str, Mapping[str, Any]], values: Mapping[str, Any]) -> None:
        self.fields, self.values = fields, values
        self._known: dict[str, bool] = {}

    def field(self, name: str, trail: tuple[str, ...] = ()) -> bool:
        """Whether this field of the package is asked for.

        A condition on a field the schema lacks hides nothing: what is asked for in vain does less harm than what is
        dropped. Rings of conditions are taken out where schemas are read (``show_if.py``).
        """
        if name not in self._known:
            condition = self.fields[name].get("sdi_show_if")
            other = condition["field"] if condition else None
            if condition is None or other is None or other not in self.fields or other in (*trail, name):
                self._known[name] = True
            else:
                shown = self.field(other, (*trail, name))
                self._known[name] = shown and bool(
                    selected(self.fields[other], self.values.get(other)) & set(condition["in"])
                )
        return self._known[name]

    def subfields(self, name: str, row: Mapping[str, Any]) -> dict[str, bool]:
        """Whether each subfield of one row of a repeating field is asked for."""
        subs = {sub["field_name"]: sub for sub in self.fields[name].get("repeating_subfields") or []}
        known: dict[str, bool] = {}

        def shown(sub: str, trail: tuple[str, ...]) -> bool:
            if sub not in known:
                condition = subs[sub].get("sdi_show_if")
                other = condition["field"] if condition else None
                if other is None or other in (*trail, sub):
                    known[sub] = True
                elif other in subs:
                    meant = selected(subs[other], row.get(other))
                    known[sub] = shown(other, (*trail, sub)) and bool(meant & set(condition["in"]))
                elif other in self.fields and other != name:
                    meant = selected(self.fields[other], self.values.get(other))
                    known[sub] = self.field(other) and bool(meant & set(condition["in"]))
                else:
                    known[sub] = True
            return known[sub]

        whole = self.field(name)
        return {sub: whole and shown(sub, ()) for sub in subs}


def visible_fields(package_type: str | None, pkg: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """The fields that count for these values, with the keys of ours, in the order of the schema."""
    fields = keyed_fields(package_type)
    seen = Visibility(fields, pkg)
    return {name: field for name, field in fields.items() if seen.field(name)}


def rows_of(value: Any) -> list[dict[str, Any]]:
    """The rows of a repeating field, as a list or as the JSON it is stored as; anything else has none."""
    if isinstance(value, str):
        try:
            value = json_text.loads(value)
        except ValueError:
            return []
    return [row for row in value if isinstance(row, dict)] if isinstance(value, list) else []


def _blank(value: Any) -> bool:
    return value is None or value in ("", "[]") or value == [] or value == {}


def hidden_values(pkg: Mapping[str, Any]) -> list[dict[str, Any]]:
    """What the package holds in fields that do not count for it.

    :param pkg: as package_show gives it
    :returns: ``{"field", "row", "sub", "value"}`` each; ``row`` (from 0) and ``sub`` are None for a whole field
    """
    return list(_hidden(keyed_fields(pkg.get("type")), pkg))


def _hidden(fields: Mapping[str, Mapping[str, Any]], values: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    seen = Visibility(fields, values)
    for name, field in fields.items():
        value = values.get(name)
        if _blank(value):
            continue
        if not seen.field(name):
            yield {"field": name, "row": None, "sub": None, "value": value}
        elif any("sdi_show_if" in sub for sub in field.get("repeating_subfields") or []):
            for number, row in enumerate(rows_of(value)):
                for sub, shown in seen.subfields(name, row).items():
                    if not shown and not _blank(row.get(sub)):
                        yield {"field": name, "row": number, "sub": sub, "value": row[sub]}


def without_hidden(package_type: str | None, values: Mapping[str, Any]) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """The values that remain when those of fields that do not count are dropped.

    :param values: fields by name, as shown or as stored in ``Package.extras`` (JSON texts)
    :returns: ``(values left, what was dropped)``; values in the form they came in. Nothing dropped gives them back
    """
    fields = keyed_fields(package_type)
    dropped = list(_hidden(fields, values))
    if not dropped:
        return dict(values), []
    left = dict(values)
    for each in dropped:
        name = each["field"]
        if each["row"] is None:
            left.pop(name, None)
            continue
        stored = left[name]
        rows = [dict(row) for row in rows_of(stored)]
        rows[each["row"]].pop(each["sub"], None)
        left[name] = json.dumps(rows, ensure_ascii=False) if isinstance(stored, str) else rows
    return left, dropped


def for_page(package_type: str | None) -> dict[str, Any]:
    """The conditions of a type for the page that evaluates them while somebody types.

    :returns: ``{"fields": {name: {"field", "in"}}, "rows": {name: {sub: {"field", "in", "of"}}}}``; ``of`` is
        ``"row"`` where the condition looks at the same row and ``"package"`` where it looks at a field above.
        A field counts where its condition holds *and* the field it looks at counts itself
    """
    fields = keyed_fields(package_type)
    rows: dict[str, dict[str, Any]] = {}
    for name, field in fields.items():
        subs = field.get("repeating_subfields") or []
        own = {sub["field_name"] for sub in subs}
        for sub in subs:
            condition = sub.get("sdi_show_if")
            if condition and (condition["field"] in own or condition["field"] in fields):
                of = "row" if condition["field"] in own else "package"
                rows.setdefault(name, {})[sub["field_name"]] = {**_plain(condition), "of": of}
    return {
        "fields": {
            name: _plain(field["sdi_show_if"])
            for name, field in fields.items()
            if field.get("sdi_show_if") and field["sdi_show_if"]["field"] in fields
        },
        "rows": rows,
    }


def _plain(condition: Mapping[str, Any]) -> dict[str, Any]:
    return {"field": condition["field"], "in": [str(value) for value in condition["in"]]}
