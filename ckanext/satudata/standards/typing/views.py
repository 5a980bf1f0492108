"""*Isi tabel di sini*: choose the columns, type the figures. Plain forms; a script makes it quicker."""

from __future__ import annotations

import datetime as dt
from typing import Any

import ckantoolkit as tk
from flask import Blueprint, Response, g, request

from ckanext.satudata import csrf
from ckanext.satudata.standards.typing import grid, service, shape
from ckanext.satudata.standards.typing.table import MOST_ROWS, Table, understood

blueprint = Blueprint("satudata_tables", __name__, url_prefix="/satudata/tables")

Answer = str | Response | tuple[str, int]
#: What the first step asks; kept as typed.
ASKED = ("rows", "hamlets", "periods", "values", "breakdowns", "note", "title", "unit", "organization_id")


def logged_in_only() -> Any:
    """Nothing here is for nobody; after logging in one comes back to where one wanted to go."""
    if getattr(g, "userobj", None) is None:
        return tk.redirect_to("user.login", next=request.full_path.rstrip("?"))
    return None


blueprint.before_request(logged_in_only)
blueprint.before_request(csrf.protect)


# -- the first step -------------------------------------------------------------------------------------------


@blueprint.route("/new", methods=["GET", "POST"])
def new() -> Answer:
    """Choose rows and columns; for a dataset that is there (``package``), or for one that is begun with it."""
    given = request.form if request.method == "POST" else request.args
    package = _package(given.get("package", ""))
    own = {each["id"]: each for each in tk.h.organizations_available("create_dataset")}
    wanted = package["owner_org"] if package else _organization(given, own)
    if not package and not own:
        return tk.abort(403, tk._("You are not an editor of any organization yet."))
    errors: dict[str, Any] = {}
    typed = {name: given.get(name, "") for name in ASKED}
    if request.method == "POST" and wanted:
        try:
            resource = _make(package, wanted, typed)
        except tk.ValidationError as error:
            errors = {name: " ".join(map(str, texts)) for name, texts in error.error_dict.items()}
        except tk.NotAuthorized as error:
            return tk.abort(403, str(error))
        else:
            return tk.redirect_to("satudata_tables.edit", id=resource["id"])
    elif request.method == "POST":
        errors = {"organization_id": tk._("Choose the organization that produces this data")}
    places = _places(wanted) if wanted else shape.Places()
    if not typed["periods"]:
        typed["periods"] = (package or {}).get("tahun") or str(dt.date.today().year - 1)
    page = {
        "package": package,
        "organizations": list(own.values()),
        "organization": own.get(wanted or "") or {},
        "places": places,
        "typed": {**typed, "values": typed["values"] or "nilai"},
        "errors": errors,
    }
    return tk.render("satudata/tables/new.html", page), 400 if errors else 200


def _package(name_or_id: str) -> dict[str, Any] | None:
    if not name_or_id:
        return None
    try:
        package: dict[str, Any] = tk.get_action("package_show")({}, {"id": name_or_id})
        tk.check_access("satudata_table_create", {}, {"package_id": package["id"]})
    except tk.ObjectNotFound:
        return tk.abort(404, tk._("Dataset not found"))
    except tk.NotAuthorized as error:
        return tk.abort(403, str(error))
    return package


def _organization(given: Any, own: dict[str, Any]) -> str | None:
    asked = given.get("organization_id") or given.get("group") or ""
    found = next((id for id, each in own.items() if asked in (id, each["name"])), None)
    return found or (next(iter(own)) if len(own) == 1 else None)


def _places(organization_id: str) -> shape.Places:
    tk.check_access("satudata_table_shape", {"user": g.user}, {"organization_id": organization_id})
    return shape.places_of(organization_id)


def _make(package: dict[str, Any] | None, organization_id: str, typed: dict[str, str]) -> dict[str, Any]:
    places = _places(organization_id)
    title = " ".join(typed["title"].split())
    asked = shape.read(typed, places)
    table = shape.empty_table(asked, places)
    if not title:
        raise tk.ValidationError({"title": [tk._("Say what is counted, where and when")]})
    context: dict[str, Any] = {"user": g.user, "auth_user_obj": g.userobj}
    if package is not None:
        return service.create(context, package["id"], title, table)
    package = service.begin(context, organization_id, asked, places, title, typed["unit"].strip())
    try:
        return service.create(context, package["id"], title, table)
    except (tk.ValidationError, tk.NotAuthorized):
        # A draft without its table is nothing anybody asked for.
        tk.get_action("package_delete")(context, {"id": package["id"]})
        raise


# -- the grid -------------------------------------------------------------------------------------------------


@blueprint.route("/<id>", methods=["GET", "POST"])
def edit(id: str) -> Answer:
    """Type the figures; saved as a draft at any time, also unfinished."""
    try:
        resource = tk.get_action("resource_show")({}, {"id": id})
        tk.check_access("satudata_table_save", {}, {"id": id})
    except tk.ObjectNotFound:
        return tk.abort(404, tk._("File not found"))
    except tk.NotAuthorized as error:
        return tk.abort(403, str(error))
    package = tk.get_action("package_show")({}, {"id": resource["package_id"]})
    table = service.stored(resource)
    if table is None:
        return tk.abort(404, tk._("This file was not typed here; replace it by a new upload"))
    if request.method == "GET":
        return _page(package, resource, grid.of_table(table), service.report(table))
    typed = grid.read(request.form)
    if request.form.get("do") == "save":
        return _save(package, resource, typed)
    left = typed.without_removed()
    if request.form.get("do") == "add":
        room = MOST_ROWS - len(left.rows)
        left.rows += [_next_row(left) for _number in range(max(0, min(grid.ADDED, room)))]
    return _page(package, resource, grid.Grid(left), _report(left), unsaved=True)


def _next_row(table: Table) -> list[str]:
    """A blank row; region and period as in the last, for that is what rows mostly share."""
    last = table.rows[-1] if table.rows else []
    shared = ("region", "period")
    return [last[place] if last and column.kind in shared else "" for place, column in enumerate(table.columns)]


def _report(typed: Table) -> dict[str, Any]:
    """Of what was typed; blank rows count too, so that places agree with those on the page."""
    tidy = [understood(Table(typed.columns, [row])).rows or [[""] * len(typed.columns)] for row in typed.rows]
    report = service.report(Table(typed.columns, [rows[0] for rows in tidy]))
    blank = {at for at, rows in enumerate(tidy) if not any(rows[0])}
    report["mistakes"] = [each for each in report["mistakes"] if each["row"] not in blank]
    return report


def _save(package: dict[str, Any], resource: dict[str, Any], typed: grid.Grid) -> Answer:
    table = typed.without_removed()
    said = {
        name: request.form[name] for name in ("satudata_opened", "satudata_choice.upload") if request.form.get(name)
    }
    asked = {
        "id": resource["id"],
        "columns": [{"name": column.name, "kind": column.kind} for column in table.columns],
        "rows": table.rows,
        **said,
    }
    try:
        saved = tk.get_action("satudata_table_save")({}, asked)
    except tk.NotAuthorized as error:
        return _page(package, resource, typed, _report(typed.table), refusal=str(error), unsaved=True), 403
    except tk.ValidationError as error:
        stale = "expected_metadata_modified" in error.error_dict
        there = service.stored(resource) if stale else None
        refusal = "" if stale else " ".join(str(text) for texts in error.error_dict.values() for text in texts)
        page = _page(package, resource, typed, _report(typed.table), refusal=refusal, there=there, unsaved=True)
        return page, 409 if stale else 400
    wrong, empty = len(saved["mistakes"]), saved["empty"]
    told = tk._("Saved as a draft.")
    if wrong:
        told += " " + tk.ungettext("{n} cell needs a hand.", "{n} cells need a hand.", wrong).format(n=wrong)
    if empty:
        told += " " + tk.ungettext("{n} figure is still empty.", "{n} figures are still empty.", empty).format(n=empty)
    tk.h.flash_success(told)
    return tk.redirect_to("satudata_tables.edit", id=resource["id"])


def _page(
    package: dict[str, Any],
    resource: dict[str, Any],
    shown: grid.Grid,
    report: dict[str, Any],
    refusal: str = "",
    there: Table | None = None,
    unsaved: bool = False,
) -> str:
    page = {
        "package": package,
        "resource": resource,
        "grid": grid.shown(shown, report, all_open=bool(request.args.get("all"))),
        "report": report,
        "refusal": refusal,
        "differences": _differences(shown.table, there) if there is not None else [],
        "unsaved": unsaved,
        "all_open": bool(request.args.get("all")),
    }
    return tk.render("satudata/tables/edit.html", page)


def _differences(mine: Table, there: Table) -> list[dict[str, str]]:
    """Cells in which the stored table differs from what was typed; rows are told apart by what they are about."""
    tidy = understood(mine)
    other = grid.of_table(there).table
    places = {column.name: at for at, column in enumerate(there.columns)}
    theirs = {tuple(row[place] for place in there.keys): at for at, row in enumerate(there.rows)}
    found = []
    for row, typed in zip(tidy.rows, grid.of_table(tidy).table.rows, strict=True):
        at = theirs.pop(tuple(row[place] for place in tidy.keys), None)
        label = " · ".join(row[place] for place in tidy.keys if row[place])
        if at is None:
            found.append({"row": label, "column": "", "mine": tk._("a row of yours"), "theirs": tk._("no such row")})
            continue
        for place, column in enumerate(tidy.columns):
            stored = other.rows[at][places[column.name]] if column.name in places else ""
            if stored != typed[place]:
                found.append({"row": label, "column": column.name, "mine": typed[place], "theirs": stored})
    for key in theirs:
        label = " · ".join(part for part in key if part)
        found.append({"row": label, "column": "", "mine": tk._("no such row"), "theirs": tk._("a row of theirs")})
    return found
