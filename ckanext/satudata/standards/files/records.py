"""JSON and GeoJSON: whether it can be read, how deep it is, and the table its records make."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from ckanext.satudata.standards.files.facts import FileFacts
from ckanext.satudata.standards.files.table_scan import MOST_COLUMNS, TableScan, frame_of
from ckanext.satudata.standards.files.text import wide_encoding

#: A larger JSON file is not taken into memory: 10 bytes of it become about 100.
LARGEST = 64 * 1024 * 1024
_BATCH = 20_000


def scan(path: Path, facts: FileFacts, go_on: Callable[..., bool]) -> None:
    """Look into a JSON file; fills in ``kind`` (``GEOJSON`` where it is one), trouble and the table of its records."""
    if facts.size > LARGEST:
        facts.trouble = "too_large"
        return
    data = path.read_bytes()
    wide = wide_encoding(data)
    facts.encoding = wide[:6] or "utf-8"
    try:
        text = data.decode(wide or "utf-8-sig").lstrip("\ufeff")
    except UnicodeDecodeError:
        facts.encoding, text = "cp1252", data.decode("cp1252", "replace")
    try:
        found = json.loads(text)
    except ValueError as error:
        facts.trouble, facts.line = "json", int(getattr(error, "lineno", 1))
        return
    except RecursionError:
        # Python's reader, in C, stops at the depth it has room for; it never overruns the stack.
        facts.trouble = "too_deep"
        return
    del data, text
    facts.looked_into = True
    if (isinstance(found, dict) and found.get("type") in ("FeatureCollection", "Feature")) or _is_geometry(found):
        facts.kind = "GEOJSON"
    records = _records(found)
    if records:
        _table(records, facts, go_on)
    go_on(facts.size)


def _is_geometry(found: Any) -> bool:
    return isinstance(found, dict) and found.get("type") in (
        "Point", "MultiPoint", "LineString", "MultiLineString", "Polygon", "MultiPolygon", "GeometryCollection",
    )  # fmt: skip


def _records(found: Any) -> list[dict[str, Any]]:
    """The list of like objects a file is about: itself, its features, or its longest list."""
    if isinstance(found, dict) and isinstance(found.get("features"), list):
        features = [each for each in found["features"] if isinstance(each, dict)]
        return [each["properties"] for each in features if isinstance(each.get("properties"), dict)]
    if isinstance(found, dict):
        lists = [value for value in found.values() if isinstance(value, list)]
        lists += [
            v for inner in found.values() if isinstance(inner, dict) for v in inner.values() if isinstance(v, list)
        ]
        found = max(lists, key=len, default=[found])
    if not isinstance(found, list):
        return []
    return [each for each in found if isinstance(each, dict)]


def _table(records: list[dict[str, Any]], facts: FileFacts, go_on: Callable[..., bool]) -> None:
    import polars as pl

    names: dict[str, int] = {}
    for record in records:
        for name in record:
            if len(names) < MOST_COLUMNS:
                names.setdefault(str(name), len(names))
    scan = TableScan()
    scan.name(list(names))
    for start in range(0, len(records), _BATCH):
        batch = records[start : start + _BATCH]
        rows = [[_text(record.get(name)) for name in names] for record in batch]
        scan.take(frame_of(rows), pl.Series(range(start + 1, start + 1 + len(batch)), dtype=pl.Int64))
        if not go_on():
            facts.complete = False
            break
    facts.tables.append(scan.finish(facts, go_on))


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    if isinstance(value, (dict, list)):
        return json.dumps(value, ensure_ascii=False)
    return str(value)
