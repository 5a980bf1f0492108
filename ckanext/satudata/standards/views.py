"""The live panel beside the form."""

from __future__ import annotations

from typing import Any

import ckantoolkit as tk
from ckan.lib.navl.dictization_functions import DataError, unflatten
from ckan.logic import clean_dict, parse_params, tuplize_dict
from flask import Blueprint, Response, jsonify, request

from ckanext.satudata import csrf
from ckanext.satudata.standards import forms
from ckanext.satudata.standards.preview import first_rows

blueprint = Blueprint("satudata_standards", __name__, url_prefix="/satudata/standards")
blueprint.before_request(csrf.protect)

# Typed values of one form; what is longer is no form of ours.
LARGEST_FORM = 2 * 1024 * 1024


@blueprint.post("/check")
def check() -> Response | tuple[Response, int]:
    """Say how full the form is that was sent, without saving it.

    Takes the fields of CKAN's dataset form (with its CSRF token); answers JSON: ``panel`` (HTML), ``groups``,
    ``errors``, ``bar`` (the line at the foot of a phone).
    """
    if (request.content_length or 0) > LARGEST_FORM:
        return _refused(tk._("This form is too long to be checked while you type; save it instead"), 413)
    try:
        typed = clean_dict(unflatten(tuplize_dict(parse_params(request.form))))
    except (DataError, TypeError, IndexError):  # CKAN's unflatten trusts the names of fields
        return _refused(tk._("This form cannot be read; load the page again"), 400)
    for name in ("save", "_ckan_phase", "_csrf_token"):
        typed.pop(name, None)
    package_id = typed.pop("pkg_name", None) or None
    dataset_type = str(typed.pop("satudata_type", "") or "dataset")
    question: dict[str, Any] = {"data": {**typed, "type": dataset_type}}
    if package_id:
        question["id"] = package_id
    try:
        result = tk.get_action("satudata_submission_check")({}, question)
    except tk.NotAuthorized:
        return _refused(tk._("Your session has ended; log in again, what you typed is still there"), 403)
    except tk.ObjectNotFound:
        return _refused(tk._("This dataset no longer exists"), 404)
    except tk.ValidationError as error:
        return _refused("; ".join(f"{key}: {value}" for key, value in error.error_summary.items()), 409)
    state = forms.panel_state(dataset_type, result)
    return jsonify(
        {
            "panel": tk.h.snippet("satudata/standards/panel_body.html", state=state),
            "groups": [
                {"name": g["name"], "html": tk.h.snippet("satudata/standards/group_progress.html", group=g)}
                for g in state["progress_groups"]
            ],
            "errors": state["errors"],
            "bar": tk.h.snippet("satudata/standards/bar.html", state=state),
        }
    )


def _refused(message: str, status: int) -> tuple[Response, int]:
    return jsonify({"message": message}), status


@blueprint.get("/preview/<id>", endpoint="preview")
def preview(id: str) -> Any:
    """The first rows of a dataset's first table: a piece of the dataset page, or a page of its own."""
    try:
        package = tk.get_action("package_show")({}, {"id": id})
    except (tk.ObjectNotFound, tk.NotAuthorized):
        return tk.abort(404, tk._("Dataset not found"))
    for resource in package.get("resources") or []:
        table = first_rows(resource)
        if table:
            name = "preview.html" if request.headers.get("HX-Request") else "preview_page.html"
            return tk.render(f"satudata/standards/{name}", {"pkg": package, "resource": resource, "table": table})
    return ("", 204) if request.headers.get("HX-Request") else tk.abort(404, tk._("This dataset has no table to show"))
