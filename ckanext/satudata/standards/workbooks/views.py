"""Pages of the BPS forms: what they are, empty ones to fill in, the import with its preview, the export."""

from __future__ import annotations

from typing import Any

import ckantoolkit as tk
from flask import Blueprint, Response, g, request

from ckanext.satudata import config, csrf
from ckanext.satudata.standards import bps

from . import exporting, pages, safety, service, writing
from .problems import Refused, told

blueprint = Blueprint("satudata_forms", __name__, url_prefix="/satudata/forms")

#: How long a press on *Do it now* works before it answers, in seconds: well within any proxy's patience.
PATIENCE = 20.0
#: From how many items on the pages leave an import to a background job.
BACKGROUND = 10

Answer = str | Response | tuple[str, int]


def _not_too_large() -> Any:
    """Refuse a body far larger than a form before any of it is read; also before the token is looked for in it."""
    length = request.content_length or 0
    if request.method == "POST" and length > (config.forms_max_mb() + 1) * safety.MB:
        return _import_page({"upload": _said(safety.too_large(length))}), 413
    return None


blueprint.before_request(_not_too_large)
blueprint.before_request(csrf.protect)


def _said(refused: Refused) -> str:
    words = told(refused.problem.as_dict())
    return f"{words['message']} {words['fix']}".strip()


def _log_in() -> Any:
    if getattr(g, "userobj", None) is None:
        return tk.redirect_to("user.login", next=request.path)
    return None


@blueprint.get("", endpoint="index")
def index() -> Answer:
    """What the forms are, with everything that can be done with them."""
    return tk.render("satudata/forms/index.html", pages.index())


@blueprint.get("/template-<edition>.xlsx", endpoint="template")
def template(edition: str) -> Answer:
    """The empty forms of an edition."""
    if edition not in bps.EDITIONS:
        return tk.abort(404, tk._("There is no such edition"))
    name = f"formulir-bps-{'2021' if edition == '2021' else 'terbaru'}.xlsx"
    return _file(writing.template(edition), "xlsx", name)


@blueprint.get("/export.<file_format>", endpoint="export")
def export(file_format: str) -> Answer:
    """Activities and indicators as a file: ``id`` once or more, ``edition`` where wanted."""
    if file_format not in exporting.FORMATS:
        return tk.abort(404, tk._("Choose one of: {allowed}").format(allowed=", ".join(exporting.FORMATS)))
    try:
        edition = exporting.edition_of(request.args.get("edition"))
        found = exporting.packages({"user": tk.g.user, "auth_user_obj": tk.g.userobj}, request.args.getlist("id"))
    except tk.ValidationError as error:
        return tk.abort(400, " ".join(str(text) for texts in error.error_dict.values() for text in texts))
    except (tk.ObjectNotFound, tk.NotAuthorized):
        # The same answer for what is not there and what is not for this reader.
        return tk.abort(404, tk._("Dataset not found"))
    return _file(exporting.written(found, file_format, edition), file_format, exporting.filename(found, file_format))


def _file(data: bytes, file_format: str, name: str) -> Response:
    response = Response(data, mimetype=exporting.FORMATS[file_format])
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Cache-Control"] = "private, no-cache"
    response.add_etag()
    response.make_conditional(request)
    return response


@blueprint.route("/import", methods=["GET", "POST"], endpoint="upload")
def upload() -> Any:
    """Choose a workbook; a press shows what would become of each item."""
    away = _log_in()
    if away:
        return away
    if request.method == "GET":
        return _import_page({})
    file = request.files.get("upload")
    asked = {"organization_id": request.form.get("organization_id", ""), "upload": file}
    if not asked["organization_id"]:
        return _import_page({"organization_id": tk._("Choose the organization that produces this data")}), 400
    if not file or not file.filename:
        return _import_page({"upload": tk._("Choose the workbook to be read")}), 400
    try:
        made = tk.get_action("satudata_forms_import")({}, asked)
    except tk.ValidationError as error:
        return _import_page({name: " ".join(map(str, texts)) for name, texts in error.error_dict.items()}), 400
    except tk.ObjectNotFound as error:
        return _import_page({"organization_id": str(error)}), 400
    except tk.NotAuthorized as error:
        return tk.abort(403, str(error))
    return tk.redirect_to("satudata_forms.shown", id=made["id"])


def _import_page(errors: dict[str, str]) -> str:
    return str(tk.render("satudata/forms/upload.html", pages.upload(errors)))


@blueprint.get("/import/<id>", endpoint="shown")
def shown(id: str) -> Any:
    """The preview of an import, or how far it is; with ``part`` only what changes, for the page itself."""
    away = _log_in()
    if away:
        return away
    try:
        made = tk.get_action("satudata_forms_import_show")({}, {"id": id})
    except (tk.ObjectNotFound, tk.NotAuthorized) as error:
        return tk.abort(404, str(error) or tk._("There is no such import; previews are kept for some days only."))
    name = "satudata/forms/progress.html" if request.args.get("part") else "satudata/forms/shown.html"
    return tk.render(name, pages.shown(made))


@blueprint.post("/import/<id>/run", endpoint="run")
def run(id: str) -> Any:
    """Carry a preview out; a long one by a background job."""
    away = _log_in()
    if away:
        return away
    try:
        before = tk.get_action("satudata_forms_import_show")({}, {"id": id})
        tk.get_action("satudata_forms_import_run")({}, {"id": id, "background": before["waiting"] >= BACKGROUND})
    except (tk.ObjectNotFound, tk.NotAuthorized) as error:
        return tk.abort(404, str(error))
    return tk.redirect_to("satudata_forms.shown", id=id)


@blueprint.post("/import/<id>/continue", endpoint="continue")
def go_on(id: str) -> Any:
    """Do what still waits, now and here: where no worker runs, or one was killed."""
    away = _log_in()
    if away:
        return away
    try:
        tk.check_access("satudata_forms_import_run", {"user": tk.g.user, "auth_user_obj": tk.g.userobj}, {"id": id})
    except tk.NotAuthorized as error:
        return tk.abort(404, str(error))
    service.work(id, PATIENCE)
    return tk.redirect_to("satudata_forms.shown", id=id)
