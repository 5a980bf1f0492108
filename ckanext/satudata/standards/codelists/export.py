"""A list as a file: CSV that the loader takes back, JSON as the API gives it. The same list gives the same bytes."""

from __future__ import annotations

import csv
import io
import json
from typing import Any

from ckanext.satudata import sheets
from ckanext.satudata.standards.codelists import loader, query

FORMATS = {"csv": "text/csv; charset=utf-8", "json": "application/json; charset=utf-8"}


def write(version: query.Version, form: str) -> bytes:
    """All codes of a version.

    :param form: one of :data:`FORMATS`
    """
    codes = query.codes(version)[1]
    if form == "json":
        document = {"list": version.dictize(), "codes": codes}
        return json.dumps(document, ensure_ascii=False, sort_keys=True, indent=1).encode() + b"\n"
    out = io.StringIO(newline="")
    columns = [name for name in version.columns if name not in loader.OWN]
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow([*loader.OWN, *columns])
    for code in codes:
        writer.writerow([sheets.harmless(cell) for cell in _cells(code, columns)])
    # With a byte order mark Excel reads the letters right.
    return (sheets.MARK + out.getvalue()).encode()


def _cells(code: dict[str, Any], columns: list[str]) -> list[str]:
    own = {
        **code,
        "label_id": code["label"]["id"],
        "label_en": code["label"]["en"],
        "aliases": "|".join(code["aliases"]),
    }
    return [str(own[name] or "") for name in loader.OWN] + [str(code["extra"].get(name) or "") for name in columns]
