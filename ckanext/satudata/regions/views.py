"""Pages of the tree: the tree itself, one node of it (for HTMX), and a sysadmin's form for place and codes."""

from __future__ import annotations

from typing import Any

import ckantoolkit as tk
from ckan.lib.helpers import helper_functions as h
from flask import Blueprint, request

from ckanext.satudata import csrf
from ckanext.satudata.regions import helpers, query

blueprint = Blueprint("satudata_regions", __name__, url_prefix="/satudata/regions")
blueprint.before_request(csrf.protect)


def _context() -> dict[str, Any]:
    return {"user": tk.current_user.name, "auth_user_obj": tk.current_user}


@blueprint.get("", endpoint="index")
def index() -> Any:
    try:
        tk.check_access("satudata_region_tree", _context(), {})
    except tk.NotAuthorized:
        return tk.abort(403, tk._("Not authorized to see this page"))
    return tk.render("satudata/regions/index.html", {"q": request.args.get("q", "").strip()})


@blueprint.get("/<name>/node", endpoint="node")
def node(name: str) -> Any:
    """One node, unfolded with ``?open=1``; the tree page swaps it in place. Without JavaScript nobody comes here."""
    try:
        tk.check_access("satudata_region_tree", _context(), {})
        found = helpers.satudata_tree_node(name, tk.asbool(request.args.get("open", False)))
    except tk.NotAuthorized:
        return tk.abort(403, tk._("Not authorized to see this page"))
    except (tk.ObjectNotFound, ValueError):
        return tk.abort(404, tk._("Organization not found"))
    return tk.render("satudata/regions/node_page.html", {"node": found})


@blueprint.route("/<name>/edit", endpoint="edit", methods=["GET", "POST"])
def edit(name: str) -> Any:
    try:
        tk.check_access("satudata_region_update", _context(), {"id": name})
    except tk.NotAuthorized as error:
        return tk.abort(403, str(error))
    row = query.find(name) if not query.codes.is_bare(name) else None
    if row is None:
        return tk.abort(404, tk._("Organization not found"))
    line = query.line(row.path)
    region = line[-1]
    parent = line[-2]["name"] if len(line) > 1 else ""
    data = {**region, "aliases": "\n".join(region["aliases"]), "parent_id": parent}
    errors: dict[str, Any] = {}
    if request.method == "POST":
        fields = ("kind", "kode_kemendagri", "kode_bps", "parent_id")
        data.update({field: request.form.get(field, "").strip() for field in fields})
        data["aliases"] = request.form.get("aliases", "")
        try:
            tk.get_action("satudata_region_update")(
                _context(),
                {
                    "id": row.organization_id,
                    "aliases": data["aliases"].splitlines(),
                    **{field: data[field] for field in fields},
                },
            )
            h.flash_success(tk._("Place and codes are saved"))
            return h.redirect_to("organization.read", id=row.name)
        except tk.ValidationError as error:
            errors = error.error_dict
    return tk.render("satudata/regions/edit.html", {"region": region, "line": line, "data": data, "errors": errors})
