"""Which package of the portal an item of a workbook is, and what of it would change."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa
from ckan import model

from ckanext.satudata.standards import bps, registry
from ckanext.satudata.standards.bps import Item

from .labels import squashed
from .problems import shortened
from .reading import Found

_INVISIBLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u200b\u200e\u200f\u202a-\u202e\u2060\ufeff\ufffe\uffff]")
#: Core's own state of a working copy of published data.
COPY = "revision"


@dataclass
class Stored:
    """A package an item may be."""

    id: str
    name: str
    title: str
    state: str
    modified: str
    values: dict[str, Any]

    @property
    def year(self) -> str:
        return str(self.values.get("tahun") or "").strip()


def stored(organization_id: str, kind: str) -> list[Stored]:
    """All activities or indicators of an organization, drafts and working copies included; one query.

    Fields are read where CKAN keeps them (``Package.extras``): a list of hundreds must not become hundreds of
    ``package_show``.
    """
    package = model.Package
    rows = model.Session.execute(
        sa.select(package.id, package.name, package.title, package.state, package.metadata_modified, package.extras)
        .where(
            package.owner_org == organization_id,
            package.type == kind,
            package.state.in_((model.State.ACTIVE, "draft", COPY)),
        )
        .order_by(package.metadata_created)
    )
    return [
        Stored(row.id, row.name, row.title or "", row.state, row.metadata_modified.isoformat(),
               {**(row.extras or {}), "title": row.title or ""})
        for row in rows
    ]  # fmt: skip


@dataclass
class Match:
    """What an item was found to be: one package, none, or several that fit as well."""

    package: Stored | None = None
    several: list[Stored] = field(default_factory=list)


def match(found: Found, known: list[Stored]) -> Match:
    """The package an item is: by the identity or code BPS gave it, else by title and year."""
    values = found.values
    year = str(values.get("tahun") or "").strip()
    fits: list[Stored] = []
    for name in ("identitas_rekomendasi", "kode_kegiatan") if found.kind == "kegiatan" else ():
        code = squashed(values.get(name) or "")
        if code:
            fits = [each for each in known if squashed(each.values.get(name) or "") == code]
            fits = [each for each in fits if not (year and each.year and each.year != year)]
        if fits:
            break
    if not fits:
        title = title_key(values.get("title") or "")
        named = [each for each in known if title and title_key(each.title) == title]
        fits = [each for each in named if each.year == year] if year else []
        if not fits and not year:
            fits = named
        if not fits and year:
            fits = [each for each in named if not each.year]
    copies = [each for each in fits if each.state == COPY]
    if len(copies) == 1:
        return Match(copies[0])
    if len(fits) > 1:
        return Match(several=fits)
    return Match(fits[0] if fits else None)


def title_key(text: str) -> str:
    """A title as two are compared; one of signs only stays as it is, dots are an empty box."""
    return squashed(text) or " ".join(text.strip(" .…_").split())


# -- what would change ----------------------------------------------------------------------------------------


@dataclass
class Difference:
    """What of a package the workbook says otherwise."""

    values: dict[str, Any] = field(default_factory=dict)
    changes: list[dict[str, str]] = field(default_factory=list)
    unknown: list[str] = field(default_factory=list)


def difference(found: Found, package: Stored | None) -> Difference:
    """The fields to write, and each change in short.

    An empty cell says nothing: what the portal holds stays. Rows of variables are joined by name.
    """
    result = Difference()
    fields = registry.fields_of(found.kind)
    items = _items(found.kind)
    before = package.values if package else {}
    for name, value in found.values.items():
        if name not in fields:
            result.unknown.append(name)
            continue
        item = items.get(name)
        there: Any = bps.value_of(item, before) if item else str(before.get(name) or "")
        if item is not None and item.kind == "rows":
            value, same = joined(item, there, value)
        else:
            same = comparable(item, there) == comparable(item, value)
        if not same:
            result.values[name] = value
            result.changes.append({"field": name, "before": in_short(item, there), "after": in_short(item, value)})
    return result


def _items(kind: str) -> dict[str, Item]:
    """The items of a form by field; with those that only hold rows (the components of an indicator)."""
    listed = bps.items("ms_keg" if kind == "kegiatan" else "ms_ind")
    found = {item.field: item for item in listed if not item.rows}
    for item in listed:
        if item.rows and item.rows not in found:
            columns = tuple(each for each in listed if each.rows == item.rows)
            found[item.rows] = dataclasses.replace(
                item, no="", key=item.rows, field=item.rows, rows=None, kind="rows", choices=(), columns=columns
            )
    return found


def comparable(item: Item | None, value: Any) -> Any:
    """A value as two that mean the same are equal: line ends, blanks at the ends, invisible characters."""
    if isinstance(value, list):
        return sorted(map(str, value))
    text = _INVISIBLE.sub("", str(value if value is not None else "").replace("\r\n", "\n").replace("\r", "\n"))
    text = text.replace("\xa0", " ")
    if item is None or item.kind != "textarea":
        return " ".join(text.split())
    return "\n".join(line.rstrip() for line in text.strip().split("\n"))


def joined(item: Item, there: list[dict[str, Any]], given: list[dict[str, Any]]) -> tuple[list[dict[str, Any]], bool]:
    """Rows of the portal with those of the workbook: matched by name, the workbook's order where it names all.

    Rows without a name of their own (components, areas) are the workbook's as a whole.

    :returns: ``(rows, whether nothing changed)``
    """
    columns = {column.field: column for column in item.columns}
    given = [{key: value for key, value in row.items() if key in columns} for row in given]
    if item.field != "variabel":
        same = [_row(columns, row) for row in there] == [_row(columns, row) for row in given]
        return (there, True) if same else (given, False)
    waiting: dict[str, list[int]] = {}
    for at, row in enumerate(there):
        waiting.setdefault(title_key(str(row.get("nama") or "")), []).append(at)
    merged: list[dict[str, Any]] = []
    places: list[int | None] = []
    changed = False
    for row in given:
        key = title_key(str(row.get("nama") or ""))
        place = waiting[key].pop(0) if waiting.get(key) else None
        if place is None:
            merged.append(row)
            changed = True
        else:
            old = there[place]
            new = {name: value for name, value in row.items()
                   if comparable(columns[name], value) != comparable(columns[name], old.get(name))}  # fmt: skip
            changed = changed or bool(new)
            merged.append({**old, **new})
        places.append(place)
    left = [place for places_left in waiting.values() for place in places_left]
    if not left:
        moved = [at for at in places if at is not None] != sorted(at for at in places if at is not None)
        return merged, not (changed or moved)
    # The workbook names only some: the portal's order stays, what is new comes behind it.
    by_place = {at: row for at, row in zip(places, merged, strict=True) if at is not None}
    kept = [by_place.get(at, row) for at, row in enumerate(there)]
    return [*kept, *(row for at, row in zip(places, merged, strict=True) if at is None)], not changed


def _row(columns: Mapping[str, Item], row: Mapping[str, Any]) -> dict[str, Any]:
    compared = {key: comparable(column, row.get(key)) for key, column in columns.items()}
    # Dots stand for an empty box on a form, and are read as nothing.
    return {key: value for key, value in compared.items() if value.strip(" .…_")}


def in_short(item: Item | None, value: Any) -> str:
    """A value as the preview shows it, in the words of the form."""
    if isinstance(value, list):
        if item is not None and item.kind == "rows":
            first = item.columns[0].field
            named = [str(row.get(first) or next(iter(row.values()), "")) for row in value]
            return shortened(f"{len(value)}: " + "; ".join(named)) if value else ""
        return "; ".join(bps.label_of(item, each) if item else str(each) for each in value)
    return shortened(bps.label_of(item, value) if item is not None and item.choices else value)
