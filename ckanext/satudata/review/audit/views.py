"""The audit trail in the pages of the portal admin."""

from __future__ import annotations

import datetime as dt
from typing import Any

import ckantoolkit as tk
from flask import Blueprint, Response, g, request

from ckanext.satudata import csrf

from .. import ages
from . import anchor, export, service, wording

blueprint = Blueprint("satudata_audit", __name__, url_prefix="/ckan-admin/satudata/audit")


@blueprint.before_request
def _sysadmins_only() -> Any:
    if getattr(g, "userobj", None) is None:
        return tk.redirect_to("user.login", next=request.path)
    try:
        tk.check_access("satudata_audit_show", {}, {})
    except tk.NotAuthorized as error:
        return tk.abort(403, str(error))
    return None


blueprint.before_request(csrf.protect)


@blueprint.get("", endpoint="show", strict_slashes=False)
def show() -> str:
    """Head, last verification, first break, and the ways to take the history away."""
    shown = tk.get_action("satudata_audit_show")({}, {})
    return tk.render(
        "satudata/audit/show.html",
        {
            "head": shown["head"],
            "last": _words(shown["last"]),
            "last_full": _words(shown["last_full"]),
            "formats": [(name, name.upper()) for name in export.FORMATS],
        },
    )


def _words(run: dict[str, Any] | None) -> dict[str, Any] | None:
    if run is None:
        return None
    return {**run, "at": ages.moment(run["started_at"]), "what": wording.problem(run["problem"])}


@blueprint.post("/verify", endpoint="verify")
def verify() -> Any:
    """Have everything verified now, by a background job."""
    tk.get_action("satudata_audit_verify")({}, {})
    tk.h.flash_success(tk._("The whole history is being verified. The outcome appears here; you may close this page."))
    return tk.redirect_to("satudata_audit.show")


@blueprint.get("/anchor.txt", endpoint="anchor")
def the_anchor() -> Response:
    """The head as a text to keep elsewhere; unsigned, because the key stays with the operator."""
    return _download(anchor.write(service.head()), "text/plain; charset=utf-8", "txt", tk._("audit-anchor"))


@blueprint.get("/events.<form>", endpoint="export")
def events(form: str) -> Any:
    """Every event, streamed."""
    if form not in export.FORMATS:
        return tk.abort(404)
    return _download(export.lines(form), export.FORMATS[form], form, tk._("audit-trail"))


def _download(body: Any, mimetype: str, ending: str, name: str) -> Response:
    day = dt.datetime.utcnow().date().isoformat()
    headers = {"Content-Disposition": f'attachment; filename="{name}-{day}.{ending}"', "Cache-Control": "no-store"}
    return Response(body, content_type=mimetype, headers=headers)
