"""The pages of the review. A press is a plain form; what decides is ``satudata_review_transition``."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import ckantoolkit as tk
from flask import Blueprint, Response, abort, g, request, stream_with_context

from ckanext.satudata import csrf

from . import cases, desk, history, listings, pressed, work
from .form import HOLDING, Form

blueprint = Blueprint("satudata_review", __name__, url_prefix="/satudata")

#: Actions that need a word or a second thought, on a page of their own.
CONFIRMED = ("unpublish", "reopen", "withdraw")

Answer = str | Response | tuple[str, int]


def logged_in_only() -> Any:
    """Nothing here is for nobody; after logging in one comes back to where one wanted to go."""
    if getattr(g, "userobj", None) is None:
        came_from = request.full_path if request.method == "GET" else request.path
        return tk.redirect_to("user.login", next=came_from.rstrip("?"))
    return None


blueprint.before_request(logged_in_only)
blueprint.before_request(csrf.protect)


def answered(view: Callable[..., Any]) -> Callable[..., Any]:
    """Refusals as CKAN's own 403 and 404 pages, with their reasons."""

    @functools.wraps(view)
    def answer(*args: Any, **kwargs: Any) -> Any:
        try:
            return view(*args, **kwargs)
        except tk.NotAuthorized as error:
            return tk.abort(403, str(error))
        except tk.ObjectNotFound as error:
            return tk.abort(404, str(error) or tk._("Dataset not found"))

    return answer


def way_back(address: str | None) -> str:
    """Where somebody came from, if that is a page of the queue; else the queue."""
    queue = tk.url_for("satudata_review.queue")
    return address if address and (address == queue or address.startswith(f"{queue}?")) else queue


# -- lists ----------------------------------------------------------------------------------------------------


@blueprint.get("/review")
@answered
def queue() -> Answer:
    """The queue; every filter stands in the address."""
    return tk.render("satudata/review/queue.html", listings.queue(request.args))


@blueprint.get("/review.csv")
@answered
def queue_csv() -> Response:
    """The filtered queue as CSV, all of it with its history, sent while it is read."""
    name = tk._("review-queue")
    headers = {"Content-Disposition": f'attachment; filename="{name}.csv"', "Cache-Control": "no-store"}
    lines = stream_with_context(listings.csv_lines(request.args))
    return Response(lines, mimetype="text/csv", headers=headers)


@blueprint.get("/my-work")
@answered
def my_work() -> Answer:
    """Data kami: what the organizations of this producer have, by state."""
    return tk.render("satudata/review/my_work.html", work.my_work(request.args))


@blueprint.get("/my-tasks")
@answered
def my_tasks() -> Answer:
    """Tugas saya: what waits for this person, by date."""
    return tk.render("satudata/review/my_tasks.html", work.my_tasks())


# -- one dataset ----------------------------------------------------------------------------------------------


@blueprint.route("/review/<id>", methods=["GET", "POST"], endpoint="desk")
@answered
def the_desk(id: str) -> Answer:
    """The desk; a decision that is refused comes back with everything that was typed."""
    if request.method == "GET":
        return _desk(id, Form())
    form = Form(request.form)
    try:
        review = tk.get_action("satudata_review_transition")({}, desk.asked(id, form))
    except tk.ValidationError as error:
        stale = "expected_version" in error.error_dict
        return _desk(id, form, errors=error.error_dict), 409 if stale else 400
    except tk.NotAuthorized as error:
        return _desk(id, form, refusal=str(error)), 403
    if form.action == "claim" and form.typed:
        # Somebody began to write before taking it: a redirect would lose that.
        return _desk(id, form)
    if form.action in HOLDING:
        tk.h.flash_success(desk.outcome(form.action, review))
        # Whoever takes something wants to check it; whoever lets go wants the queue.
        if form.action == "claim":
            return tk.redirect_to("satudata_review.desk", id=id)
        return tk.redirect_to("satudata_review.queue")
    return tk.redirect_to("satudata_review.result", id=review["package_id"])


def _desk(id: str, form: Form, errors: dict[str, Any] | None = None, refusal: str = "") -> str:
    return tk.render("satudata/review/desk.html", desk.show(id, form, errors, refusal))


@blueprint.get("/review/<id>/result")
@answered
def result(id: str) -> Answer:
    """The outcome of a decision, and only then the way to the next."""
    return tk.render("satudata/review/result.html", desk.result(id))


@blueprint.get("/review/<id>/history", endpoint="history")
@answered
def the_history(id: str) -> Answer:
    """Who decided what, when and why."""
    return tk.render("satudata/review/history.html", history.show(id, request.args))


@blueprint.route("/review/<id>/confirm/<action>", methods=["GET", "POST"])
@answered
def confirm(id: str, action: str) -> Answer:
    """Withdraw, unpublish, reopen: what follows from it is said first, and a reason is asked for."""
    if action not in CONFIRMED:
        abort(404)
    comment, public_note = request.form.get("comment", ""), request.form.get("public_note", "")
    errors: dict[str, Any] = {}
    status = 200
    if request.method == "POST":
        version = request.form.get("expected_version")
        asked = {"id": id, "action": action, "comment": comment, "expected_version": version}
        if action == "unpublish":
            asked["public_note"] = public_note
        try:
            review = tk.get_action("satudata_review_transition")({}, asked)
        except tk.ValidationError as error:
            errors = error.error_dict
            status = 409 if "expected_version" in errors else 400
        except tk.NotAuthorized as error:
            errors, status = {"id": [str(error)]}, 403
        else:
            tk.h.flash_success(desk.outcome(action, review))
            return pressed.to_dataset(review)
    review = tk.get_action("satudata_review_show")({}, {"id": id})
    allowed = {item["name"]: item for item in review.get("actions", [])}
    if action not in allowed and not errors:
        raise tk.NotAuthorized(
            tk._("This is not possible now: it is “{state}”.").format(state=review.get("state_label", ""))
        )
    values = {
        "review": review,
        "action": action,
        "label": allowed[action]["label"] if action in allowed else "",
        "comment_needed": action != "withdraw",
        "comment": comment,
        "public_note": public_note,
        "errors": {name: " ".join(map(str, texts)) for name, texts in errors.items()},
    }
    return tk.render("satudata/review/confirm.html", values), status


@blueprint.post("/review/<id>/act")
@answered
def act(id: str) -> Answer:
    """A press on the strip of the dataset page or in a list: submit, or take."""
    action = request.form.get("action", "")
    asked = {"id": id, "action": action, "expected_version": request.form.get("expected_version")}
    try:
        review = tk.get_action("satudata_review_transition")({}, asked)
    except tk.ValidationError as error:
        if action in ("submit", "ask") and "expected_version" not in error.error_dict:
            return pressed.to_first_gap(id, error)
        tk.h.flash_error(_sentences(error))
    except tk.NotAuthorized as error:
        tk.h.flash_error(str(error))
    else:
        tk.h.flash_success(desk.outcome(action, review))
        pressed.say_dropped(review)
        if action == "claim":
            return tk.redirect_to("satudata_review.desk", id=review["package_id"])
    package = tk.get_action("package_show")({}, {"id": id})
    return tk.redirect_to(f"{package['type']}.read", id=package["name"])


# -- Ajukan in CKAN's own forms -------------------------------------------------------------------------------


@blueprint.post("/review/new/<package_type>/save-and-submit")
@answered
def create_and_submit(package_type: str) -> Any:
    """*Ajukan* in a form that was never saved: CKAN makes the data, then they are handed over."""
    if not cases.is_reviewed_type(package_type) or not pressed.has_form(package_type):
        abort(404)
    return pressed.after_creating(package_type)


@blueprint.post("/review/<id>/save-and-submit")
@answered
def save_and_submit(id: str) -> Any:
    """*Ajukan* in the form of a dataset: CKAN saves it, then it is handed over."""
    package = tk.get_action("package_show")({}, {"id": id})
    # A form that comes back with errors must again be one that saves.
    g.form_action = tk.url_for(f"{package['type']}.edit", id=package["name"])
    return pressed.after_saving(f"{package['type']}.edit", package)


@blueprint.post("/review/<id>/add-and-submit")
@answered
def add_and_submit(id: str) -> Any:
    """*Ajukan* in the last step of a new dataset: CKAN adds the file, then it is handed over."""
    package = tk.get_action("package_show")({}, {"id": id})
    return pressed.after_saving(f"{package['type']}_resource.new", package)


def _sentences(error: tk.ValidationError) -> str:
    texts = (text if isinstance(text, list) else [text] for text in error.error_dict.values())
    return " ".join(str(one) for text in texts for one in text)
