"""The pages of a bulk run: what can be moved and why the rest cannot; then how far it is and what became of each."""

from __future__ import annotations

import uuid
from typing import Any

import ckantoolkit as tk
from flask import Blueprint, request

from ckanext.satudata import config, csrf

from .. import pages as review_pages
from .. import views
from ..form import Form
from . import action, pages, service
from .schema import MOST_ITEMS

blueprint = Blueprint("satudata_review_bulk", __name__, url_prefix="/satudata/review/bulk")
blueprint.before_request(views.logged_in_only)
blueprint.before_request(csrf.protect)

#: How long a press on *Go on* works before it answers, in seconds: well within any proxy's patience.
PATIENCE = 20.0

Answer = str | tuple[str, int]


@blueprint.get("")
def nothing() -> Any:
    """A selection is no address: whoever comes back here chooses anew."""
    return tk.redirect_to("satudata_review.queue")


@blueprint.post("")
@views.answered
def ask() -> Any:
    """What was chosen in the queue: first what can be moved, then, with *go*, the run itself."""
    form = Form(request.form)
    items = pages.items_of(request.form.getlist("item"))
    if not items or not form.action:
        tk.h.flash_error(tk._("Choose at least one dataset, then what to do with them."))
        return tk.redirect_to(views.way_back(request.form.get("back")))
    if len(items) > MOST_ITEMS:
        tk.h.flash_error(tk._("At most {most} at once; here are {given}").format(most=MOST_ITEMS, given=len(items)))
        return tk.redirect_to(views.way_back(request.form.get("back")))
    errors: dict[str, Any] = {}
    if request.form.get("go"):
        asked = {
            **pages.asked(form, items, request.form),
            "run_id": request.form.get("run_id") or str(uuid.uuid4()),
            "background": len(items) >= config.bulk_background(),
        }
        try:
            run = tk.get_action("satudata_review_bulk_transition")({}, asked)
            return tk.redirect_to("satudata_review_bulk.run", id=run["id"])
        except tk.ValidationError as error:
            errors = error.error_dict
    back = views.way_back(request.form.get("back"))
    shown = pages.prepare(form, items, request.form, errors, back)
    return tk.render("satudata/review/bulk/prepare.html", shown), 400 if errors else 200


@blueprint.get("/<id>")
@views.answered
def run(id: str) -> Answer:
    """How far a run is; its results once it is through. With ``part`` only what changes, for the page itself."""
    told = tk.get_action("satudata_review_bulk_show")({}, {"id": id})
    part = "progress" if request.args.get("part") else "run"
    return tk.render(f"satudata/review/bulk/{part}.html", pages.run(told))


@blueprint.post("/<id>/continue", endpoint="continue")
@views.answered
def go_on(id: str) -> Any:
    """Do what still waits, now and here: where no worker runs, or one was killed."""
    bulk = action.bulk_of({"user": tk.g.user, "auth_user_obj": tk.g.userobj}, id)
    who = review_pages.actor()
    if bulk.actor_id != who.id:
        raise tk.NotAuthorized(tk._("Only who began this run can go on with it."))
    service.work(bulk, who, PATIENCE)
    return tk.redirect_to("satudata_review_bulk.run", id=id)
