"""Actions about typed tables: the empty table, a table in a dataset, its figures."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import ckantoolkit as tk
from ckan import model

from ckanext.satudata.listing import refuse_unknown
from ckanext.satudata.standards.typing import numbers, service, shape
from ckanext.satudata.standards.typing.table import KINDS, MOST_COLUMNS, MOST_ROWS, Column, Table, machine_name

_SHAPE = ("rows", "hamlets", "periods", "values", "breakdowns", "note")
#: What the review reads of a save: the version a client began with.
_VERSION = ("expected_metadata_modified", "satudata_opened", "satudata_choice.upload")


@tk.side_effect_free
def satudata_table_shape(context: dict[str, Any], data_dict: dict[str, Any]) -> dict[str, Any]:
    """Say which empty table a choice gives; nothing is written.

    :param organization_id: id or name of the organization the table is for
    :param rows: ``own``, a kind of region in its area (``kecamatan``, ``kelurahan`` …), ``lingkungan`` or ``none``
    :param hamlets: with ``lingkungan``: how many there are
    :param periods: ``2025`` or several with commas
    :param values: names of the columns of figures (default ``nilai``)
    :param breakdowns: ``jenis kelamin: Laki-laki, Perempuan``, one a line
    :param note: whether there is a column for remarks
    :returns: ``columns`` (``[{"name", "kind"}]``), ``rows`` and ``metadata`` (what the table says of itself)
    :raises ValidationError: keyed by the choice; more than 1,000 rows
    """
    refuse_unknown(data_dict, ("organization_id", *_SHAPE))
    organization = model.Group.get(tk.get_or_bust(data_dict, "organization_id"))
    if organization is None or not organization.is_organization:
        raise tk.ObjectNotFound(tk._("Organization not found"))
    tk.check_access("satudata_table_shape", context, {"organization_id": organization.id})
    places = shape.places_of(organization.id)
    asked = shape.read(data_dict, places)
    return {**_shown(shape.empty_table(asked, places)), "metadata": shape.metadata_of(asked, places)}


@tk.side_effect_free
def satudata_table_show(context: dict[str, Any], data_dict: dict[str, Any]) -> dict[str, Any]:
    """Read a typed table, with what is wrong in its cells.

    :param id: id of the resource
    :returns: ``columns``, ``rows`` (numbers as numbers, null where empty), ``mistakes``, ``empty``, and the resource's
        ``metadata_modified``, to be sent back as ``expected_metadata_modified``
    :raises ObjectNotFound: no such resource, or none that was typed here
    """
    refuse_unknown(data_dict, ("id",))
    resource = _resource(context, data_dict)
    tk.check_access("satudata_table_show", context, {"id": resource["id"]})
    table = _stored(resource)
    told = service.report(table)
    return {
        **_shown(table),
        "mistakes": told["mistakes"],
        "empty": told["empty"],
        "metadata_modified": resource.get("metadata_modified"),
    }


def satudata_table_create(context: dict[str, Any], data_dict: dict[str, Any]) -> dict[str, Any]:
    """Put a typed table into a dataset that is open to changes.

    :param package_id: the dataset
    :param name: of the file
    :param columns: ``[{"name", "kind"}]``; a kind is ``region``, ``period``, ``text`` or ``number``
    :param rows: lists of cells; numbers as numbers, or as people write them (``1.263,5``)
    :returns: the resource, with ``mistakes`` and ``empty``
    :raises ValidationError: ``columns`` or ``rows`` cannot be a table; a name is missing
    """
    refuse_unknown(data_dict, ("package_id", "name", "columns", "rows"))
    tk.check_access("satudata_table_create", context, {"package_id": tk.get_or_bust(data_dict, "package_id")})
    name = " ".join(str(data_dict.get("name") or "").split())
    if not name:
        raise tk.ValidationError({"name": [tk._("Give the table a name")]})
    table = _given(data_dict)
    made = service.create(context, data_dict["package_id"], name, table)
    return {**made, **_told(service.report(service.understood(table)))}


def satudata_table_save(context: dict[str, Any], data_dict: dict[str, Any]) -> dict[str, Any]:
    """Replace what stands in a typed table.

    Cells that are wrong are kept as they were typed and named in ``mistakes``: a draft may be unfinished.

    :param id: id of the resource
    :param columns: as for ``satudata_table_create``
    :param rows: likewise, all of them
    :param expected_metadata_modified: of the resource, as it was read; the save is refused where it has moved
    :returns: the resource, with ``mistakes`` and ``empty``
    :raises ValidationError: ``columns`` or ``rows`` cannot be a table; somebody else has saved meanwhile
    :raises NotAuthorized: not an editor of its organization, or closed by the review
    """
    refuse_unknown(data_dict, ("id", "columns", "rows", *_VERSION))
    resource = _resource(context, data_dict)
    tk.check_access("satudata_table_save", context, {"id": resource["id"]})
    _stored(resource)
    table = _given(data_dict)
    said = {key: data_dict[key] for key in _VERSION if data_dict.get(key)}
    made = service.save(context, resource, table, said)
    return {**made, **_told(service.report(service.understood(table)))}


def _resource(context: dict[str, Any], data_dict: dict[str, Any]) -> dict[str, Any]:
    shown: dict[str, Any] = tk.get_action("resource_show")(
        tk.fresh_context(context), {"id": tk.get_or_bust(data_dict, "id")}
    )
    return shown


def _stored(resource: dict[str, Any]) -> Table:
    table = service.stored(resource)
    if table is None:
        raise tk.ObjectNotFound(tk._("This file was not typed here; replace it by a new upload"))
    return table


def _given(data_dict: dict[str, Any]) -> Table:
    """``columns`` and ``rows`` as a table. :raises ValidationError: keyed by either"""
    errors: dict[str, list[str]] = {}
    columns = []
    given = data_dict.get("columns")
    for column in given if isinstance(given, list) else []:
        name = machine_name(str(column.get("name") or "")) if isinstance(column, dict) else ""
        kind = str(column.get("kind") or "text") if isinstance(column, dict) else ""
        if not name or kind not in KINDS:
            errors["columns"] = [tk._("Each column has a name and a kind: {kinds}").format(kinds=", ".join(KINDS))]
            break
        columns.append(Column(name, kind))
    names = [column.name for column in columns]
    if not errors and not 1 < len(columns) <= MOST_COLUMNS:
        errors["columns"] = [tk._("Give 2 to {most} columns").format(most=MOST_COLUMNS)]
    elif len(set(names)) != len(names):
        errors["columns"] = [tk._("Two columns have the same name")]
    rows = data_dict.get("rows")
    if not isinstance(rows, list) or not all(isinstance(row, list) and len(row) <= len(columns) for row in rows):
        errors.setdefault("rows", [tk._("Give rows as lists of cells, none longer than the columns")])
    elif len(rows) > MOST_ROWS:
        message = tk._("At most {most} rows can be typed here. Upload a file instead.")
        errors["rows"] = [message.format(most=MOST_ROWS)]
    if errors:
        raise tk.ValidationError(errors)
    return Table(columns, [[_text(cell) for cell in row] for row in rows or []])


def _text(cell: Any) -> str:
    if cell is None:
        return ""
    if isinstance(cell, (int, float)) and not isinstance(cell, bool):
        # 12.125 of a program is no twelve thousand.
        written = format(cell, "f").rstrip("0").rstrip(".") if isinstance(cell, float) else str(cell)
        return numbers.shown(written)
    return str(cell)


def _shown(table: Table) -> dict[str, Any]:
    """Numbers as numbers: what was read can be sent back as it is, while a text ``1.263`` is one thousand and so on."""
    columns = [{"name": column.name, "kind": column.kind} for column in table.columns]
    figures = {place for place, column in enumerate(table.columns) if column.kind == "number"}
    rows = [[_figure(cell) if place in figures else cell for place, cell in enumerate(row)] for row in table.rows]
    return {"columns": columns, "rows": rows}


def _figure(cell: str) -> Any:
    if not numbers.is_stored(cell):
        return cell or None
    if "." not in cell:
        return int(cell)
    # More digits than a float keeps stay text, as people write it.
    return float(cell) if repr(float(cell)) == cell else numbers.shown(cell)


def _told(report: dict[str, Any]) -> dict[str, Any]:
    return {"mistakes": report["mistakes"], "empty": report["empty"]}


ACTIONS: dict[str, Callable[..., Any]] = {
    "satudata_table_create": satudata_table_create,
    "satudata_table_save": satudata_table_save,
    "satudata_table_shape": satudata_table_shape,
    "satudata_table_show": satudata_table_show,
}
