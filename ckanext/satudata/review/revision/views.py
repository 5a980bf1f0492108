"""The pages of working copies. A press is a plain form; what decides are the actions."""

from __future__ import annotations

from typing import Any

import ckantoolkit as tk
from ckan import model
from flask import Blueprint, Response, request, stream_with_context

from ckanext.satudata import csrf
from ckanext.satudata.review.people import actor_of
from ckanext.satudata.review.views import answered, logged_in_only

from . import files, pages, versions

blueprint = Blueprint("satudata_revision", __name__, url_prefix="/satudata")
#: What readers may see too.
public = Blueprint("satudata_version", __name__, url_prefix="/satudata")

Answer = Any

blueprint.before_request(logged_in_only)
blueprint.before_request(csrf.protect)


@blueprint.get("/revisions")
@answered
def mine() -> Answer:
    """My revisions."""
    return tk.render("satudata/revision/list.html", pages.mine(request.args))


@blueprint.route("/revision/new/<id>", methods=["GET", "POST"])
@answered
def new(id: str) -> Answer:
    """What kind of change, and what readers are told; then the copy's form."""
    if request.method == "GET":
        form = {"change_kind": request.args.get("kind") or ""}
        return tk.render("satudata/revision/start.html", pages.start(id, form, {}))
    form = {
        name: request.form.get(name) or "" for name in ("change_kind", "public_note", "expected_version", "body_id")
    }
    given = {name: text for name, text in form.items() if text}
    try:
        revision = tk.get_action("satudata_revision_start")({}, {"id": id, **given})
    except tk.ValidationError as error:
        return tk.render("satudata/revision/start.html", pages.start(id, form, error.error_dict)), 400
    except tk.NotAuthorized as error:
        return tk.render("satudata/revision/start.html", pages.start(id, form, {}, str(error))), 403
    copy_id = revision["revision_id"]
    if not tk.h.check_access("package_update", {"id": copy_id}):
        tk.h.flash_success(tk._("The producer has been given a working copy; you see it once it is submitted."))
        return tk.redirect_to("satudata_revision.mine")
    tk.h.flash_success(tk._("This is your working copy. Readers see the published data until the change is published."))
    package = model.Package.get(copy_id)
    return tk.redirect_to(f"{package.type}.edit" if package else "dataset.edit", id=copy_id)


@blueprint.get("/revision/<id>")
@answered
def show(id: str) -> Answer:
    """What a working copy changes."""
    return tk.render("satudata/revision/show.html", pages.show(id))


@blueprint.route("/revision/<id>/abandon", methods=["GET", "POST"])
@answered
def abandon(id: str) -> Answer:
    """A second thought, then the end of a copy; it can be taken back."""
    if request.method == "GET":
        return tk.render("satudata/revision/abandon.html", {**pages.show(id), "refusal": ""})
    try:
        tk.get_action("satudata_revision_abandon")({}, {"id": id, "comment": request.form.get("comment") or ""})
    except tk.NotAuthorized as error:
        return tk.render("satudata/revision/abandon.html", {**pages.show(id), "refusal": str(error)}), 403
    tk.h.flash_success(tk._("The working copy has been abandoned. You can take it back here for some days."))
    return tk.redirect_to("satudata_revision.mine", part="abandoned")


@blueprint.post("/revision/<id>/undo")
@answered
def undo(id: str) -> Answer:
    """Take an abandoned copy back."""
    try:
        tk.get_action("satudata_revision_abandon")({}, {"id": id, "undo": True})
    except tk.NotAuthorized as error:
        tk.h.flash_error(str(error))
        return tk.redirect_to("satudata_revision.mine", part="abandoned")
    tk.h.flash_success(tk._("The working copy is back."))
    return tk.redirect_to("satudata_revision.show", id=id)


@blueprint.route("/revision/<id>/conflict", methods=["GET", "POST"])
@answered
def settle(id: str) -> Answer:
    """The published data have changed meanwhile: look at both, and decide."""
    if request.method == "GET":
        return tk.render("satudata/revision/conflict.html", pages.settle(id, {}, {}))
    form = {name: str(value) for name, value in request.form.items()}
    data: dict[str, Any] = {"id": id, "comment": form.get("comment") or ""}
    if form.get("decision") == "copy":
        data["keep"] = "copy"
    else:
        data["choices"] = {
            name.removeprefix("choice."): value for name, value in form.items() if name.startswith("choice.") and value
        }
    try:
        tk.get_action("satudata_revision_resolve")({}, data)
    except tk.ValidationError as error:
        return tk.render("satudata/revision/conflict.html", pages.settle(id, form, error.error_dict)), 400
    except tk.NotAuthorized as error:
        return tk.render("satudata/revision/conflict.html", pages.settle(id, form, {}, str(error))), 403
    tk.h.flash_success(tk._("Settled. Look at what the working copy changes now."))
    return tk.redirect_to("satudata_revision.show", id=id)


@public.get("/versions/<id>")
@answered
def all_versions(id: str) -> Answer:
    """Every publication of a dataset, with its files."""
    return tk.render("satudata/revision/versions.html", pages.all_versions(id, request.args))


@public.get("/versions/file/<id>")
@answered
def old_file(id: str) -> Response:
    """The file of an earlier version, for those who may have it."""
    version = files.open_version(id)
    tk.check_access("package_show", {}, {"id": version.package_id})
    package = model.Package.get(version.package_id)
    user = tk.current_user
    known = user if getattr(user, "is_authenticated", False) else None
    actor = actor_of({"user": known.name if known else "", "auth_user_obj": known})
    if package is None or not versions.may_download(actor, package):
        raise tk.NotAuthorized(tk._("Files of earlier versions are for those who produce and check these data."))
    response = Response(stream_with_context(version.chunks), mimetype=version.mimetype or "application/octet-stream")
    # Never shown in the page: a file somebody uploaded is not a page of the portal.
    response.headers.set("Content-Disposition", "attachment", filename=version.filename or "data")
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Cache-Control"] = "private, no-store"
    if version.size is not None:
        response.headers["Content-Length"] = str(version.size)
    return response
