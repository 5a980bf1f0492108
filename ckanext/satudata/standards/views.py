"""The live panel beside the form."""

from __future__ import annotations

from typing import Any

import ckantoolkit as tk
from ckan.lib.navl.dictization_functions import DataError, unflatten
from ckan.logic import clean_dict, parse_params, tuplize_dict
from flask import Blueprint, Response, json, jsonify, request
from flask_wtf.csrf import generate_csrf

from ckanext.satudata import csrf
from ckanext.satudata.standards import forms, registry
from ckanext.satudata.standards.preview import first_rows

blueprint = Blueprint("satudata_standards", __name__, url_prefix="/satudata/standards")
blueprint.before_request(csrf.protect)

#: Bytes of a form without files: the form of an activity with some hundred variables of fourteen texts each.
LARGEST_FORM = 4 * 1024 * 1024
#: What Flask takes unless it is told otherwise; beyond it a save is answered by 413 and nothing else.
_FLASK_TAKES = 500_000


@blueprint.record
def make_room_for_forms(state: Any) -> None:
    """Let a form be as long as an activity with all its variables; a limit somebody has set stays."""
    if state.app.config.get("MAX_FORM_MEMORY_SIZE") in (None, _FLASK_TAKES):
        state.app.config["MAX_FORM_MEMORY_SIZE"] = LARGEST_FORM


@blueprint.post("/check")
def check() -> Response | tuple[Response, int]:
    """Say how full the form is that was sent, without saving it.

    Takes the fields of CKAN's dataset form (with its CSRF token); answers JSON: ``panel`` (HTML), ``groups``,
    ``errors``, ``bar`` (the line at the foot of a phone), ``beside`` (HTML by field) and ``rows`` (``field``,
    ``row`` from 0 among those that hold something, ``sub``, ``html``).
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
    # What a form leaves out is empty when it is saved: rows that were all taken out, boxes nobody ticks.
    for name, field in registry.fields_of(dataset_type).items():
        if field.get("form_snippet", "") is not None and not any(
            key == name or str(key).startswith(f"{name}-") for key in typed
        ):
            typed[name] = [] if "repeating_subfields" in field else ""
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
    found = forms.beside(dataset_type, state)
    return jsonify(
        {
            "panel": tk.h.snippet("satudata/standards/panel_body.html", state=state),
            "groups": [
                {"name": g["name"], "html": tk.h.snippet("satudata/standards/group_progress.html", group=g)}
                for g in state["progress_groups"]
            ],
            "beside": {name: _said(findings) for name, findings in found["fields"].items()},
            "rows": [
                {"field": each["field"], "row": each["row"], "sub": each["sub"], "html": _said(each["findings"])}
                for each in found["rows"]
            ],
            "errors": state["errors"],
            "bar": tk.h.snippet("satudata/standards/bar.html", state=state),
        }
    )


def _said(findings: list[dict[str, Any]]) -> str:
    return str(tk.h.snippet("satudata/standards/form_beside.html", findings=findings))


@blueprint.get("/session", endpoint="session")
def who() -> Response:
    """Who is logged in, and a token for a form that was opened before: ``{"user", "field", "token"}``.

    A form whose session has ended asks this before it is sent again. ``user`` is null for a visitor.
    """
    user = tk.current_user
    answer = jsonify(
        {
            "user": user.id if user.is_authenticated else None,
            "field": tk.config["WTF_CSRF_FIELD_NAME"],
            "token": generate_csrf(),
        }
    )
    answer.headers["Cache-Control"] = "no-store"
    return answer


@blueprint.after_app_request
def say_where(response: Response) -> Response:
    """Answer a save by our script with the address CKAN would send the browser to, as ``{"location"}``.

    A script that followed the redirect itself would use up the messages that wait for the next page.
    """
    if request.headers.get("X-Satudata-Save") and response.status_code in (301, 302, 303) and response.location:
        response.set_data(json.dumps({"location": response.location}))
        response.mimetype = "application/json"
        response.status_code = 200
        del response.headers["Location"]
    return response


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
