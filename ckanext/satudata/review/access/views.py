"""The pages of restrictions: records for those concerned, descriptions for everybody."""

from __future__ import annotations

from typing import Any

import ckantoolkit as tk
from flask import Blueprint, request

from ckanext.satudata import csrf
from ckanext.satudata.review.views import answered, logged_in_only

from . import pages, public_pages

blueprint = Blueprint("satudata_access", __name__, url_prefix="/satudata")
#: What everybody reads.
public = Blueprint("satudata_restricted", __name__, url_prefix="/satudata")

Answer = Any

blueprint.before_request(logged_in_only)
blueprint.before_request(csrf.protect)


@blueprint.get("/restrictions")
@answered
def records() -> Answer:
    """Every record this person may see, with the ends."""
    return tk.render("satudata/access/records.html", pages.listed(request.args))


@blueprint.route("/restrictions/<id>", methods=["GET", "POST"])
@answered
def record(id: str) -> Answer:
    """The record of one dataset: propose, decide, and every entry."""
    if request.method == "GET":
        return tk.render("satudata/access/record.html", pages.record(id))
    form = {name: str(value) for name, value in request.form.items()}
    try:
        tk.get_action("satudata_restriction_set")({}, pages.asked(id, form))
    except tk.ValidationError as error:
        stale = "expected_version" in error.error_dict
        page = pages.record(id, form, error.error_dict)
        return tk.render("satudata/access/record.html", page), 409 if stale else 400
    except tk.NotAuthorized as error:
        return tk.render("satudata/access/record.html", pages.record(id, form, {}, str(error))), 403
    decided = form.get("which") == "decision"
    tk.h.flash_success(tk._("The decision has been entered.") if decided else tk._("The proposal has been noted."))
    return tk.redirect_to("satudata_access.record", id=id)


@public.get("/restricted")
@answered
def index() -> Answer:
    """Published data with restricted access."""
    return tk.render("satudata/access/restricted_list.html", public_pages.listed(request.args))


@public.get("/restricted/<id>")
@answered
def show(id: str) -> Answer:
    """The description of restricted data, without their files."""
    shown = public_pages.show(id)
    shown["whole"] = public_pages.whole_address(shown["pkg"]["id"], shown["pkg"]["type"])
    return tk.render("satudata/access/restricted.html", shown)
