"""Absences, and organizations nobody works for, over the API."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import ckantoolkit as tk
from ckan import model

from ckanext.satudata import listing

from . import absence, handover, officers
from .errors import refuse
from .people import Actor, actor_of


def satudata_absence_set(context: dict[str, Any], data_dict: dict[str, Any]) -> dict[str, Any]:
    """Say that somebody is away; what they hold passes to the stand-in, or waits for anybody in the role again.

    :param from: the first day, as 2026-12-24
    :param until: the last day
    :param stand_in: user name or id of an editor or admin of the same body; may stay empty
    :param user: who is away; the caller by default, somebody else for leads of the same body and sysadmins
    :returns: ``id, user_id, user_title, from, until, stand_in, stand_in_title, set_by``
    :raises NotAuthorized: somebody else's absence
    :raises ValidationError: keyed by ``from``, ``until``, ``stand_in`` or ``user``
    """
    listing.refuse_unknown(data_dict, {"from", "until", "stand_in", "user"})
    tk.check_access("satudata_absence_set", context, data_dict)
    actor = actor_of(context)
    errors: dict[str, list[str]] = {}
    first, last = (_date(data_dict.get(name), name, errors) for name in ("from", "until"))
    user_id = _user(data_dict.get("user"), "user", errors) or actor.id
    stand_in_id = _user(data_dict.get("stand_in"), "stand_in", errors)
    if errors or first is None or last is None:
        raise tk.ValidationError(errors)
    row = absence.put(actor, user_id or "", first, last, stand_in_id)
    handover.pass_on_soon()
    return absence.shape(row)


@tk.side_effect_free
def satudata_absence_list(context: dict[str, Any], data_dict: dict[str, Any]) -> dict[str, Any]:
    """Who is away now or will be: the caller and the colleagues of the same bodies; everybody for sysadmins.

    :param past: also what is over
    :param limit: default 20, at most 1000
    :param offset: default 0
    :returns: ``{"count", "results"}`` of absences, each with ``mine`` and ``may_clear``
    """
    listing.refuse_unknown(data_dict, {"past", "limit", "offset"})
    page = listing.page_of(data_dict)
    tk.check_access("satudata_absence_list", context, data_dict)
    try:
        past = tk.asbool(data_dict.get("past") or False)
    except ValueError as error:
        raise tk.ValidationError({"past": [tk._("Give true or false")]}) from error
    return listing.listed(*absence.listed(actor_of(context), page.limit, page.offset, past))


def satudata_absence_clear(context: dict[str, Any], data_dict: dict[str, Any]) -> dict[str, Any]:
    """End an absence, or take it back before it begins.

    :param id: of the absence
    :returns: the absence
    :raises ObjectNotFound: none that the caller may know of
    """
    listing.refuse_unknown(data_dict, {"id"})
    tk.check_access("satudata_absence_clear", context, data_dict)
    return absence.shape(absence.clear(actor_of(context), str(tk.get_or_bust(data_dict, "id"))))


@tk.side_effect_free
def satudata_organizations_without_editor(context: dict[str, Any], data_dict: dict[str, Any]) -> dict[str, Any]:
    """Organizations that have no editor or admin of their own: nobody there can send in data.

    For custodians, supporting custodians and planners, within what they care for; for sysadmins, everywhere.

    :param organization: id or name; only this one and what stands under it
    :param q: part of a title or name
    :param limit: default 20, at most 1000
    :param offset: default 0
    :returns: ``{"count", "results"}`` of ``organization_id, name, title, datasets, above``, those with data first
    :raises NotAuthorized: the caller cares for no producers
    """
    listing.refuse_unknown(data_dict, {"organization", "q", "limit", "offset"})
    page = listing.page_of(data_dict)
    tk.check_access("satudata_organizations_without_editor", context, data_dict)
    scope = officers.scope_of(actor_of(context))
    if scope == []:
        raise refuse(tk._("Only the custodian or the planner sees which organizations have no editor."))
    within = None
    if data_dict.get("organization"):
        organization = model.Group.get(data_dict["organization"])
        if organization is None or not organization.is_organization:
            raise tk.ValidationError({"organization": [tk._("Organization not found")]})
        within = organization.id
    q = str(data_dict.get("q") or "").replace("\x00", "").strip()[:200]
    return listing.listed(*officers.without_editor(scope, q, within, page.limit, page.offset))


def _date(value: Any, name: str, errors: dict[str, list[str]]) -> dt.date | None:
    try:
        return dt.date.fromisoformat(str(value or ""))
    except ValueError:
        errors[name] = [tk._("Give a day as 2026-12-24")]
        return None


def _user(value: Any, name: str, errors: dict[str, list[str]]) -> str | None:
    if not value:
        return None
    user = model.User.get(str(value))
    if user is None or user.state != model.State.ACTIVE:
        errors[name] = [tk._("User not found")]
        return None
    return str(user.id)


def _people(context: dict[str, Any], data_dict: dict[str, Any]) -> dict[str, Any]:
    """Every user asks; the service decides about whom."""
    actor: Actor = actor_of(context)
    return {"success": bool(actor.id)}


ACTIONS: dict[str, Callable[..., Any]] = {
    "satudata_absence_set": satudata_absence_set,
    "satudata_absence_list": satudata_absence_list,
    "satudata_absence_clear": satudata_absence_clear,
    "satudata_organizations_without_editor": satudata_organizations_without_editor,
}
AUTH_FUNCTIONS: dict[str, Callable[..., Any]] = dict.fromkeys(ACTIONS, _people)
