"""How far a check is, for the form and the desk; and the button that begins it anew."""

from __future__ import annotations

from typing import Any

import ckantoolkit as tk
from flask import Blueprint, request

from ckanext.satudata import csrf
from ckanext.satudata.standards.files import helpers, service

blueprint = Blueprint("satudata_files", __name__, url_prefix="/satudata/files")
blueprint.before_request(csrf.protect)


@blueprint.get("/<id>/check", endpoint="check")
def check(id: str) -> Any:
    """How the check of a file stands: the line beside the file, asked for again and again, or a page of its own."""
    return _answer(id, "satudata_file_check")


@blueprint.post("/<id>/check", endpoint="again")
def again(id: str) -> Any:
    """Check the file anew, and go back to where the button was pressed."""
    return _answer(id, "satudata_file_check_again")


def _answer(id: str, action: str) -> Any:
    try:
        tk.get_action(action)({}, {"id": id})
    except (tk.ObjectNotFound, tk.NotAuthorized):
        # Nobody learns from the answer whether there is such a file.
        return tk.abort(404, tk._("There is no such file."))
    resource = service.resource_of(id)
    state = helpers.shape(id, service.check_of(resource))
    if request.headers.get("HX-Request"):
        return tk.render_snippet("satudata/standards/file_check.html", {"check": state})
    package = tk.get_action("package_show")({}, {"id": resource["package_id"]})
    if request.method == "POST" and state["done"]:
        tk.h.flash_success(tk._("The file has been checked."))
    if request.method == "POST":
        return tk.redirect_to(f"{package['type']}.edit", id=package["name"])
    found = tk.get_action("satudata_submission_check")({}, {"id": package["id"]})["findings"]
    mine = [finding for finding in found if finding["resource_id"] == id]
    values = {"pkg": package, "resource": resource, "check": state, "findings": mine}
    return tk.render("satudata/standards/file_check_page.html", values)
