"""Typed tables as files of a dataset: a CSV file through the portal's own uploader, like one that was uploaded.

So the guard, working copies, versions, the checks, the DataStore's loader and every download treat it as any file.
"""

from __future__ import annotations

import io
from collections.abc import Mapping
from typing import Any

import ckantoolkit as tk
from ckan import model
from werkzeug.datastructures import FileStorage

from ckanext.satudata import files
from ckanext.satudata.standards import registry
from ckanext.satudata.standards.editions import defaults, marks
from ckanext.satudata.standards.editions.service import free_name
from ckanext.satudata.standards.typing import cells, shape
from ckanext.satudata.standards.typing.table import LARGEST_FILE, Table, from_csv, kinds_text, to_csv, understood

#: A key of the resource: what its columns hold; says too that the table was typed here.
COLUMNS = "kolom_tabel"


def stored(resource: Mapping[str, Any]) -> Table | None:
    """The table behind a resource, to go on typing in; None for a file that was not typed here, or is gone."""
    if resource.get("url_type") != "upload" or str(resource.get("format") or "").upper() != "CSV":
        return None
    taken, size = [], 0
    try:
        for piece in files.chunks(dict(resource)):
            taken.append(piece)
            size += len(piece)
            if size > LARGEST_FILE:
                return None
    except (FileNotFoundError, OSError):
        return None
    return from_csv(b"".join(taken), str(resource.get(COLUMNS) or ""))


def create(context: dict[str, Any], package_id: str, name: str, table: Table) -> dict[str, Any]:
    """Put a table into a dataset, as whoever is in the context: ``resource_create`` decides whether that may be.

    :returns: the resource
    :raises NotAuthorized, ValidationError: of ``resource_create``
    """
    tidy = understood(table)
    made: dict[str, Any] = tk.get_action("resource_create")(
        tk.fresh_context(context),
        {
            "package_id": package_id,
            "name": name,
            "format": "CSV",
            COLUMNS: kinds_text(tidy),
            "upload": _file(name, tidy),
        },
    )
    return made


def save(
    context: dict[str, Any], resource: Mapping[str, Any], table: Table, said: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """Replace the figures of a typed table; nothing is written where nothing differs.

    :param resource: as ``resource_show`` gave it
    :param said: what the form or client says of the version it began with (``satudata_opened`` and its choice,
        ``expected_metadata_modified``), for the review to refuse a stale save
    :returns: the resource
    :raises NotAuthorized, ValidationError: of ``resource_update``; with nothing changed
    """
    tidy = understood(table)
    before = stored(resource)
    if before is not None and before.rows == tidy.rows and before.columns == tidy.columns and not said:
        return dict(resource)
    # What programs keep (sizes, times, hashes) is theirs to write again.
    kept = {key: value for key, value in resource.items() if key not in ("size", "hash", "mimetype", "last_modified")}
    name = str(resource.get("url") or "").rsplit("/", 1)[-1] or "tabel.csv"
    made: dict[str, Any] = tk.get_action("resource_update")(
        tk.fresh_context(context),
        {**kept, **(said or {}), COLUMNS: kinds_text(tidy), "upload": _file(name.removesuffix(".csv"), tidy)},
    )
    return made


def begin(
    context: dict[str, Any], organization_id: str, asked: shape.Asked, places: shape.Places, title: str, unit: str = ""
) -> dict[str, Any]:
    """A new draft for a table that is about to be typed: what the table says of itself is proposed in its metadata.

    :returns: the package
    :raises NotAuthorized, ValidationError: of ``package_create``
    """
    fields = registry.fields_of("dataset")
    proposed = {name: each["value"] for name, each in defaults.of(organization_id, "dataset").items()}
    proposed |= shape.metadata_of(asked, places)
    proposed = {name: value for name, value in proposed.items() if name in fields}
    typed = {"satuan": unit} if unit and "satuan" in fields else {}
    made: dict[str, Any] = tk.get_action("package_create")(
        tk.fresh_context(context),
        {
            "type": "dataset", "title": title, "name": free_name(title), "owner_org": organization_id,
            "state": "draft", **proposed, **typed,
        },
    )  # fmt: skip
    noted = {name: made[name] for name in proposed if made.get(name) and name not in typed}
    marks.put(made["id"], {"kind": "table", "id": made["id"], "title": ""}, noted)
    model.Session.commit()
    return made


def report(table: Table) -> dict[str, Any]:
    """What is still to be done in a table.

    :returns: ``mistakes`` (each ``row`` and ``column``, counted from 0, and ``message``), ``empty`` (figures not yet
        typed) and ``rows`` (how many)
    """
    found = cells.mistakes(table)
    return {
        "mistakes": [{"row": each.row, "column": each.column, "message": each.message} for each in found],
        "empty": cells.empty_values(table),
        "rows": len(table.rows),
    }


def _file(name: str, table: Table) -> FileStorage:
    from ckan.lib.munge import munge_filename

    filename = munge_filename(f"{name.removesuffix('.csv')}.csv")
    return FileStorage(io.BytesIO(to_csv(table)), filename=filename, content_type="text/csv")
