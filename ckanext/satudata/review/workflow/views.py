"""One look, at the first request a process answers: does the database hold states that the tables lack?

Not earlier: while plugins load, nothing asks our tables, which may not be there yet.
"""

from __future__ import annotations

import logging

from flask import Blueprint

from ckanext.satudata import config, startup

from . import lost

log = logging.getLogger(__name__)
blueprint = Blueprint("satudata_workflow", __name__)
_looked = False


@blueprint.before_app_request
def look_once() -> None:
    """Log what :func:`lost.lost` finds; a failure to look stops no request."""
    global _looked
    if _looked or not config.review_enabled() or not startup.is_migrated():
        return
    _looked = True
    try:
        lost.warn()
    except Exception:
        log.exception("The states of the review could not be compared with its tables")
