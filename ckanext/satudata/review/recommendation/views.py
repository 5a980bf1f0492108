"""The page of a recommendation. A press is a plain form; what decides is ``satudata_review_transition``."""

from __future__ import annotations

from typing import Any

import ckantoolkit as tk
from flask import Blueprint, request

from ckanext.satudata import csrf

from .. import wording
from ..views import answered, logged_in_only
from . import TRACK, panel

blueprint = Blueprint("satudata_recommendation", __name__, url_prefix="/satudata")
blueprint.before_request(logged_in_only)
blueprint.before_request(csrf.protect)


@blueprint.route("/review/<id>/recommendation", methods=["GET", "POST"])
@answered
def page(id: str) -> Any:
    """Where the recommendation stands, what may be done now, and what has happened."""
    if request.method == "GET":
        return tk.render("satudata/review/recommendation.html", panel.show(id, {}))
    try:
        tk.get_action("satudata_review_transition")({}, panel.asked(id, request.form))
    except tk.ValidationError as error:
        status = 409 if "expected_version" in error.error_dict else 400
        shown = panel.show(id, request.form, error.error_dict)
        return tk.render("satudata/review/recommendation.html", shown), status
    except tk.NotAuthorized as error:
        shown = panel.show(id, request.form, {"id": [str(error)]})
        return tk.render("satudata/review/recommendation.html", shown), 403
    tk.h.flash_success(f"{wording.done(request.form.get('action', ''), TRACK)}.")
    return tk.redirect_to("satudata_recommendation.page", id=id)
