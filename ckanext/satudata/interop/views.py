"""The routes of the harvest view, in the shapes of CKAN's own API, with ETags.

Who asks is never looked at: everybody gets the same bytes.
"""

from __future__ import annotations

import json
import logging
from typing import Any

import ckantoolkit as tk
from ckan import model
from ckan.config.middleware.flask_app import csrf
from ckan.lib.search.common import SearchError, SolrConnectionError
from flask import Blueprint, Response, request
from werkzeug.exceptions import BadRequest

from . import service

log = logging.getLogger(__name__)

blueprint = Blueprint("satudata_harvest", __name__, url_prefix="/satudata/harvest")
# It reads only, and for nobody in particular: a POST needs no token, whoever is logged in.
csrf.exempt(blueprint)


@blueprint.route("/api/3/action/<logic_function>", methods=["GET", "POST"])
@blueprint.route("/api/action/<logic_function>", methods=["GET", "POST"])
@blueprint.route("/all/api/3/action/<logic_function>", methods=["GET", "POST"])
@blueprint.route("/all/api/action/<logic_function>", methods=["GET", "POST"])
def action(logic_function: str) -> Response:
    """One action of the view, for CKAN's harvester, for ckanapi, for scripts."""
    # Not by defaults of the routes: Flask would redirect one address of an action to the other.
    every_type = request.url_rule is not None and request.url_rule.rule.startswith("/satudata/harvest/all/")
    function = service.ACTIONS.get(logic_function)
    if function is None:
        return _answer(400, f"Bad request - Action name not known: {logic_function}")
    try:
        params = _params()
    except ValueError as error:
        return _answer(400, f"Bad request - JSON Error: {error}")
    body: dict[str, Any] = {"help": _help(logic_function), "success": False}
    status = 200
    try:
        body["result"] = function(service.ALL if every_type else service.DATASETS, params)
        body["success"] = True
    except tk.ObjectNotFound:
        status, body["error"] = 404, {"__type": "Not Found Error", "message": tk._("Not found")}
    except tk.ValidationError as error:
        status, body["error"] = 409, {**error.error_dict, "__type": "Validation Error"}
    except SearchError as error:
        status = 500 if isinstance(error, SolrConnectionError) else 409
        kind = "Search Connection Error" if status == 500 else "Search Error"
        body["error"] = {"__type": kind, "message": str(error)}
    except Exception:
        model.Session.rollback()
        log.exception("Harvest view: %s", logic_function)
        status, body["error"] = 500, {"__type": "Internal Server Error", "message": "Internal Server Error"}
    return _answer(status, body)


def _params() -> dict[str, Any]:
    """What was sent, in any of the ways CKAN takes: an address, a form, or JSON.

    :raises ValueError: JSON that is none, or no object
    """
    if request.method == "GET" or (request.args and not request.form and not request.get_data()):
        return _mixed(request.args)
    if request.form:
        values = list(request.form.values())
        # curl -d '{…}' without a content type: all of it arrives as the name of one field.
        if len(values) == 1 and values[0] in ("", "1") and next(iter(request.form)).lstrip().startswith("{"):
            return _object(json.loads(next(iter(request.form))))
        return _mixed(request.form)
    if not request.get_data():
        return {}
    try:
        return _object(request.get_json(force=True))
    except BadRequest as error:
        raise ValueError("Error decoding JSON data") from error


def _object(data: Any) -> dict[str, Any]:
    if not isinstance(data, dict):
        raise ValueError("Request data needs to be a dictionary")
    return {str(key): value for key, value in data.items()}


def _mixed(given: Any) -> dict[str, Any]:
    return {key: values[0] if len(values) == 1 else values for key, values in given.to_dict(flat=False).items()}


def _help(name: str) -> str:
    return str(tk.url_for("api.action", ver=3, logic_function="help_show", name=name, qualified=True, locale="default"))


def _answer(status: int, body: Any) -> Response:
    """The document: the same content in the same bytes, whoever asks and whenever."""
    text = json.dumps(body, ensure_ascii=False, separators=(",", ":"))
    response = Response(text, status=status, content_type="application/json;charset=utf-8")
    if status == 200:
        response.add_etag()
        if request.method in ("GET", "HEAD"):
            response.make_conditional(request)
    return response
