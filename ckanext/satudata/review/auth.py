"""Who may call the review's actions; and a *no* added to CKAN's own checks, so that buttons tell the truth.

What decides is the action chain (``guard.py``); these links only deny.
"""

from __future__ import annotations

from typing import Any

import ckantoolkit as tk
from ckan import model

from ckanext.satudata import startup

from . import cases, closed, officer_fields, rules
from .model import Review
from .people import actor_of
from .workflows import in_force

AuthResult = dict[str, Any]


@tk.auth_allow_anonymous_access
def satudata_review_show(context: dict[str, Any], data_dict: dict[str, Any]) -> AuthResult:
    """Those concerned, or anybody once it is published."""
    package, review = _review(data_dict)
    if package is None or review is None:
        return {"success": True}
    if in_force().state(review.state).public and not package.private:
        return {"success": True}
    return _concerned(context, package, _on_track(data_dict, review))


def satudata_review_history(context: dict[str, Any], data_dict: dict[str, Any]) -> AuthResult:
    """Those concerned only."""
    package, review = _review(data_dict)
    if package is None or review is None:
        return {"success": False, "msg": tk._("You have no role over this dataset.")}
    return _concerned(context, package, _on_track(data_dict, review))


def satudata_review_list(context: dict[str, Any], data_dict: dict[str, Any]) -> AuthResult:
    """Every user; the list holds what that user may see."""
    return {"success": bool(actor_of(context).id)}


def satudata_review_transition(context: dict[str, Any], data_dict: dict[str, Any]) -> AuthResult:
    """Every user asks; the service decides under its locks, where it cannot be overtaken."""
    return {"success": bool(actor_of(context).id)}


def satudata_priority_set(context: dict[str, Any], data_dict: dict[str, Any]) -> AuthResult:
    """Every user asks; the action decides by role over the owner."""
    return {"success": bool(actor_of(context).id)}


def satudata_review_override(context: dict[str, Any], data_dict: dict[str, Any]) -> AuthResult:
    """Sysadmins only (they pass without being asked)."""
    return {"success": False, "msg": tk._("Only the portal admin may override the review.")}


@tk.chained_auth_function
def package_update(next_auth: Any, context: dict[str, Any], data_dict: dict[str, Any]) -> AuthResult:
    """CKAN's answer, turned into a no where the review keeps content closed.

    Only where a page or another check asks, with nothing but the id: a client that sends a whole dict back
    unchanged is no offence, and whether content differs is for the guard to see.
    """
    result: AuthResult = next_auth(context, data_dict)
    if not result["success"] or set(data_dict or ()) - {"id"}:
        return result
    package, review = _review(data_dict, context)
    if package is None or review is None or closed.is_open(actor_of(context), review):
        return result
    return {"success": False, "msg": closed.closed_reason(review)}


@tk.chained_auth_function
def package_delete(next_auth: Any, context: dict[str, Any], data_dict: dict[str, Any]) -> AuthResult:
    """CKAN's answer, turned into a no where somebody waits for it or reads it."""
    result: AuthResult = next_auth(context, data_dict)
    package, review = _review(data_dict, context) if result["success"] else (None, None)
    if package is None or review is None:
        return result
    try:
        closed.check_delete(actor_of(context), cases.Case(package, review))
    except tk.NotAuthorized as refusal:
        return {"success": False, "msg": str(refusal)}
    return result


def _review(data_dict: dict[str, Any] | None, context: dict[str, Any] | None = None) -> tuple[Any, Any]:
    package = (context or {}).get("package")
    name_or_id = (data_dict or {}).get("id")
    if package is None or (name_or_id and name_or_id not in (package.id, package.name)):
        package = model.Package.get(name_or_id) if name_or_id else None
    if package is None or not cases.is_reviewed_type(package.type) or not startup.is_migrated():
        return package, None
    return package, cases.find(package.id)


def _on_track(data_dict: dict[str, Any] | None, review: Review) -> Review:
    """The row of the track that is asked about: whom a survey concerns may begin with its recommendation."""
    track = str((data_dict or {}).get("track") or review.track)
    return review if track == review.track else cases.find(review.package_id, track) or review


def _concerned(context: dict[str, Any], package: Any, review: Any) -> AuthResult:
    kind = cases.Case(package, review).jenis_data
    if rules.may_see(actor_of(context), review, kind):
        return {"success": True}
    return {"success": False, "msg": tk._("You have no role over this dataset.")}


AUTH_FUNCTIONS = {
    "satudata_review_show": satudata_review_show,
    "satudata_review_history": satudata_review_history,
    "satudata_review_list": satudata_review_list,
    "satudata_review_transition": satudata_review_transition,
    "satudata_priority_set": satudata_priority_set,
    "satudata_activity_code_set": officer_fields.satudata_activity_code_set_auth,
    "satudata_review_override": satudata_review_override,
    "package_update": package_update,
    "package_delete": package_delete,
}
