"""The empty table somebody begins with: which regions, which periods, which breakdowns."""

from __future__ import annotations

import itertools
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import ckantoolkit as tk

from ckanext.satudata.regions import service as regions
from ckanext.satudata.standards.periods import parse_period
from ckanext.satudata.standards.typing.table import (
    MOST_COLUMNS,
    MOST_ROWS,
    NAME,
    NOTE,
    PERIOD,
    REGION,
    VALUE,
    Column,
    Table,
    clean,
    kind_of,
    machine_name,
)

#: Kinds of regions that have figures of their own, from the largest.
LEVELS = ("provinsi", "kabupaten", "kota", "kecamatan", "kelurahan", "desa")
#: ``tingkat_penyajian`` of the metadata, by the kind of region in the rows.
PRESENTED = {
    "provinsi": "provinsi",
    "kabupaten": "kabupaten_kota",
    "kota": "kabupaten_kota",
    "kecamatan": "kecamatan",
    "kelurahan": "kelurahan_desa",
    "desa": "kelurahan_desa",
    "lingkungan": "lingkungan",
}
HAMLET = "lingkungan"
MOST_HAMLETS = 99
_BREAKDOWNS = 4


@dataclass
class Places:
    """The regions an organization has figures about.

    :ivar own: the region it works for: itself, or the nearest above it with a code; None where there is none
    :ivar levels: the regions in it, by kind
    """

    own: dict[str, Any] | None = None
    levels: dict[str, list[dict[str, Any]]] = field(default_factory=dict)


@dataclass
class Asked:
    """The choices of the first step, read and checked."""

    rows: str
    periods: list[str]
    values: list[str]
    breakdowns: list[tuple[str, list[str]]]
    hamlets: int
    note: bool


def places_of(organization_id: str) -> Places:
    """Which regions the rows of this organization's tables may be; a few queries, whatever the tree."""
    own = None
    for one in regions.ancestor_ids(organization_id):
        region = regions.region_of(one)
        if region and region["kode_kemendagri"] and region["kind"] in LEVELS:
            own = region
            break
    if own is None:
        return Places()
    found: dict[str, list[dict[str, Any]]] = {}
    tree = tk.get_action("satudata_region_tree")(
        {"ignore_auth": True}, {"id": own["organization_id"], "depth": 2, "limit": 1000}
    )
    waiting = list(tree["results"])
    while waiting:
        node = waiting.pop(0)
        waiting.extend(node.get("children") or [])
        if node["kode_kemendagri"] and node["kind"] in LEVELS:
            found.setdefault(node["kind"], []).append(node)
    for nodes in found.values():
        nodes.sort(key=lambda node: node["kode_kemendagri"])
    return Places(own, {kind: found[kind] for kind in LEVELS if kind in found and len(found[kind]) <= MOST_ROWS})


def read(given: Mapping[str, Any], places: Places) -> Asked:
    """The choices as typed.

    :param given: ``rows`` (``own``, a kind of region, ``lingkungan`` or ``none``), ``hamlets``, ``periods`` (with
        commas), ``values`` (names of columns of figures), ``breakdowns`` (a line each: ``jenis kelamin: L, P``) and
        ``note`` (whether there is a column for remarks)
    :raises ValidationError: keyed by the choice that cannot be used
    """
    errors: dict[str, list[str]] = {}
    rows = str(given.get("rows") or ("own" if places.own else "none"))
    if rows not in ("none", *(("own", HAMLET) if places.own else ()), *places.levels):
        errors["rows"] = [tk._("Choose which regions the rows are about")]
    hamlets = 0
    if rows == HAMLET:
        text = str(given.get("hamlets") or "").strip()
        hamlets = int(text) if text.isdecimal() and len(text) < 4 else 0
        if not 1 <= hamlets <= MOST_HAMLETS:
            errors["hamlets"] = [tk._("Say how many lingkungan there are, from 1 to {most}").format(most=MOST_HAMLETS)]
    periods = [part.strip().upper() for part in re.split(r"[,;\n]", str(given.get("periods") or "")) if part.strip()]
    wrong = [period for period in periods if parse_period(period) is None]
    if wrong or not periods:
        errors["periods"] = [tk._("Write periods as 2025, 2025-12 or 2025-Q4, with commas between them")]
    values = [machine_name(part) for part in re.split(r"[,;\n]", str(given.get("values") or VALUE))]
    values = list(dict.fromkeys(name for name in values if name)) or [VALUE]
    breakdowns = _breakdowns(str(given.get("breakdowns") or ""), errors)
    names = [*_key_names(rows), *(name for name, _parts in breakdowns), *values]
    if len(set(names)) != len(names):
        errors.setdefault("values", []).append(tk._("Two columns have the same name"))
    elif len(names) + 1 > MOST_COLUMNS:
        errors.setdefault("values", []).append(tk._("At most {most} columns").format(most=MOST_COLUMNS))
    if errors:
        raise tk.ValidationError(errors)
    return Asked(rows, list(dict.fromkeys(periods)), values, breakdowns, hamlets, bool(given.get("note")))


def _key_names(rows: str) -> list[str]:
    if rows == "none":
        return [PERIOD]
    return [REGION, *([HAMLET] if rows == HAMLET else [] if rows == "own" else [NAME]), PERIOD]


def _breakdowns(text: str, errors: dict[str, list[str]]) -> list[tuple[str, list[str]]]:
    found = []
    for line in text.splitlines():
        if not line.strip():
            continue
        heading, _colon, parts = line.partition(":")
        categories = list(dict.fromkeys(clean(part) for part in re.split(r"[,;]", parts) if part.strip()))
        name = machine_name(heading)
        if not name or not categories:
            errors["breakdowns"] = [tk._("Write each breakdown as “jenis kelamin: Laki-laki, Perempuan”, one a line")]
            return []
        found.append((name, categories))
    if len(found) > _BREAKDOWNS:
        errors["breakdowns"] = [tk._("At most {most} breakdowns").format(most=_BREAKDOWNS)]
    return found


def empty_table(asked: Asked, places: Places) -> Table:
    """The table to be filled in: a row for every region, period and combination of categories.

    :raises ValidationError: that would be more rows than can be typed
    """
    where: list[list[str]] = [[]]
    if places.own is not None and asked.rows != "none":
        code = places.own["kode_kemendagri"]
        if asked.rows == "own":
            where = [[code]]
        elif asked.rows == HAMLET:
            where = [[code, f"Lingkungan {number}"] for number in range(1, asked.hamlets + 1)]
        else:
            where = [[node["kode_kemendagri"], node["title"]] for node in places.levels[asked.rows]]
    count = len(where) * len(asked.periods)
    for _name, parts in asked.breakdowns:
        count *= len(parts)
    if count > MOST_ROWS:
        message = tk._("That would be {count} rows; at most {most} can be typed here. Upload a file instead.")
        raise tk.ValidationError({"rows": [message.format(count=count, most=MOST_ROWS)]})
    names = [*_key_names(asked.rows), *(name for name, _parts in asked.breakdowns)]
    columns = [Column(name, kind_of(name) if name in (REGION, PERIOD) else "text") for name in names]
    columns += [Column(name, "number") for name in asked.values]
    if asked.note:
        columns.append(Column(NOTE, "text"))
    blank = [""] * (len(asked.values) + asked.note)
    combined = itertools.product(where, asked.periods, *(parts for _name, parts in asked.breakdowns))
    rows: list[list[str]] = [[*one[0], *map(str, one[1:]), *blank] for one in combined]
    return Table(columns, rows)


def metadata_of(asked: Asked, places: Places) -> dict[str, str]:
    """What the table says of itself, for the metadata of its dataset: typed once, proposed there."""
    spans = [span for span in map(parse_period, asked.periods) if span is not None]
    found = {
        "tahun": str(max(spans, key=lambda span: span.end).end.year),
        "periode_awal": min(asked.periods, key=lambda text: _span(text)[0]),
        "periode_akhir": max(asked.periods, key=lambda text: _span(text)[1]),
    }
    if places.own is not None and asked.rows != "none":
        found["cakupan_wilayah"] = places.own["kode_kemendagri"]
        found["tingkat_penyajian"] = PRESENTED.get(places.own["kind"] if asked.rows == "own" else asked.rows, "")
    if asked.breakdowns:
        found["dimensi"] = ", ".join(name.replace("_", " ") for name, _parts in asked.breakdowns)
        found["klasifikasi"] = "; ".join(
            f"{name.replace('_', ' ')}: {', '.join(parts)}" for name, parts in asked.breakdowns
        )
    return {name: value for name, value in found.items() if value}


def _span(text: str) -> tuple[str, str]:
    period = parse_period(text)
    return (period.start.isoformat(), period.end.isoformat()) if period else ("", "")
