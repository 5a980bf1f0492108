"""What everybody may read of the review: the feed of changes, and the page in place of what was withdrawn."""

from __future__ import annotations

import hashlib

import ckantoolkit as tk
from ckan.lib import i18n
from flask import Blueprint, Response, abort, make_response, redirect, request

from ckanext.satudata import config, startup

from . import ages, feed, tombstone
from .access import public as restricted

blueprint = Blueprint("satudata_feed", __name__, url_prefix="/satudata")

#: A position of the audit trail has no more digits than this.
_DIGITS = 18


@blueprint.get("/changes.atom")
def changes() -> Response:
    """What was published, changed and withdrawn, as Atom, newest first; with an ETag."""
    asked = request.args.get("before", "")
    if asked and not (asked.isascii() and asked.isdigit() and len(asked) <= _DIGITS):
        abort(400, tk._("“before” is the number of an entry, as the link to the next page has it"))
    body = feed.atom(int(asked) if asked else None, i18n.get_lang() or "en")
    response = Response(body, mimetype="application/atom+xml")
    response.set_etag(hashlib.sha256(body).hexdigest())
    response.headers["Cache-Control"] = "public, max-age=0, must-revalidate"
    response.make_conditional(request)
    return response


@blueprint.before_app_request
def gone() -> Response | None:
    """Where the public once read a dataset that this person may not see now: a tombstone, 410.

    Where it is published with restricted access the tombstone leads to its description; one that was never open is
    shown that description at once. Pages and files of it only; the API answers as CKAN's always does. Asked first and
    not after CKAN's own *not found*, whose page would leave its message and its assets behind.
    """
    asked = _dataset_asked_for()
    stone = tombstone.find(asked) if asked else None
    described = restricted.address(asked) if asked else ""
    if (stone is None and not described) or _may_see(asked):
        return None
    if stone is None:
        # Never open: there is nothing to miss, only a description to read. Its files answer as CKAN's always do.
        return _to_description(described)
    values = {
        "title": stone.title,
        "organization": {"name": stone.organization_name, "title": stone.organization_title},
        "day": ages.day(stone.at),
        "note": stone.note,
        "restricted": described,
    }
    answer = make_response(tk.render("satudata/review/gone.html", values), 410)
    answer.headers["X-Robots-Tag"] = "noindex"
    return answer


def _to_description(address: str) -> Response | None:
    if (request.endpoint or "").rpartition(".")[2] != "read" or "resource_id" in (request.view_args or {}):
        return None
    answer = make_response(redirect(address, 302))
    answer.headers["Cache-Control"] = "private, no-store"
    return answer


def _dataset_asked_for() -> str:
    """Name or id of the dataset whose page or file is asked for; empty for every other request."""
    # Only routes of datasets and their files carry the type of a package; those of groups carry another word.
    given = request.view_args or {}
    page = (request.endpoint or "").rpartition(".")[2]
    if request.method not in ("GET", "HEAD") or "package_type" not in given or page not in ("read", "download"):
        return ""
    return str(given.get("id") or "") if config.review_enabled() and startup.is_migrated() else ""


def _may_see(name_or_id: str) -> bool:
    """Whether there is a dataset at this address that this person may see: another one, or a colleague's."""
    try:
        return bool(tk.check_access("package_show", {}, {"id": name_or_id}))
    except (tk.NotAuthorized, tk.ObjectNotFound):
        return False
