"""Handing out the forms of packages a reader may see."""

from __future__ import annotations

import re
from typing import Any

import ckantoolkit as tk

from ckanext.satudata.standards import bps

from . import pdf, writing

KINDS = ("kegiatan", "indikator")
FORMATS = {
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "pdf": "application/pdf",
}
#: At most so many in one file: a city's indicators of a year.
MOST = 500


def packages(context: dict[str, Any], ids: list[str]) -> list[dict[str, Any]]:
    """The activities and indicators of these ids, as this reader may see them.

    :raises NotAuthorized: one of them is not for this reader
    :raises ObjectNotFound: there is no such package
    :raises ValidationError: none, too many, or one that is neither activity nor indicator
    """
    if not ids:
        raise tk.ValidationError({"ids": [tk._("Name at least one activity or indicator")]})
    if len(ids) > MOST:
        raise tk.ValidationError({"ids": [tk._("At most {most} at once; here are {given}").format(
            most=MOST, given=len(ids))]})  # fmt: skip
    found = []
    for name in dict.fromkeys(ids):
        package = tk.get_action("package_show")(tk.fresh_context(context), {"id": name})
        if package.get("type") not in KINDS:
            raise tk.ValidationError({"ids": [tk._("“{title}” is neither an activity nor an indicator").format(
                title=package.get("title") or name)]})  # fmt: skip
        found.append(package)
    return found


def written(found: list[dict[str, Any]], file_format: str, edition: str) -> bytes:
    """The bytes of a file with these packages."""
    activities = [each for each in found if each["type"] == "kegiatan"]
    indicators = [each for each in found if each["type"] == "indikator"]
    module = pdf if file_format == "pdf" else writing
    return module.write(activities, indicators, edition)


def filename(found: list[dict[str, Any]], file_format: str) -> str:
    """What a browser calls the file."""
    if len(found) == 1:
        name = re.sub(r"[^a-z0-9_-]", "", str(found[0]["name"]))[:80]
        return f"{'ms-keg' if found[0]['type'] == 'kegiatan' else 'ms-ind'}-{name}.{file_format}"
    return f"metadata-statistik.{file_format}"


def edition_of(given: Any) -> str:
    """The edition asked for; the later one where nothing is said.

    :raises ValidationError: there is no such edition
    """
    edition = str(given or "later")
    if edition not in bps.EDITIONS:
        raise tk.ValidationError({"edition": [tk._("Choose one of: {allowed}").format(
            allowed=", ".join(bps.EDITIONS))]})  # fmt: skip
    return edition
