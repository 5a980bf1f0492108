"""What everybody may read of the review: the feed of changes, and the page in place of what was withdrawn."""

from __future__ import annotations

import hashlib

import ckantoolkit as tk
from ckan.lib import i18n
from flask import Blueprint, Response, abort, make_response, request

from ckanext.satudata import config, startup

from . import ages, feed, tombstone

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


@blueprint.after_app_request
def gone(response: Response) -> Response:
    """Where CKAN finds no dataset, or none that this person may see, and the public once read one: a tombstone, 410.

    Pages and files of it only; the API answers as CKAN's always does.
    """
    if not _is_missing_dataset(response):
        return response
    asked = str((request.view_args or {}).get("id") or "")
    stone = tombstone.find(asked) if asked else None
    if stone is None:
        return response
    values = {
        "title": stone.title,
        "organization": {"name": stone.organization_name, "title": stone.organization_title},
        "day": ages.day(stone.at),
        "note": stone.note,
    }
    answer = make_response(tk.render("satudata/review/gone.html", values), 410)
    answer.headers["X-Robots-Tag"] = "noindex"
    return answer


def _is_missing_dataset(response: Response) -> bool:
    # Only routes of datasets and their files carry the type of a package; those of groups carry another word.
    if request.method not in ("GET", "HEAD") or "package_type" not in (request.view_args or {}):
        return False
    if (request.endpoint or "").rpartition(".")[2] not in ("read", "download"):
        return False
    to_login = response.status_code == 302 and "/user/login" in response.headers.get("Location", "")
    if response.status_code not in (403, 404) and not to_login:
        return False
    return config.review_enabled() and startup.is_migrated()
