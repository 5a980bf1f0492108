"""The small page of absences, and the list of organizations nobody works for."""

from __future__ import annotations

import datetime as dt
from typing import Any

import ckantoolkit as tk
from flask import Blueprint, Response, request

from ckanext.satudata import csrf

from . import absence, calendar, listings, pages, wording
from .views import logged_in_only

blueprint = Blueprint("satudata_absence", __name__, url_prefix="/satudata")

ROWS = 50
Answer = str | Response | tuple[str, int]


blueprint.before_request(logged_in_only)
blueprint.before_request(csrf.protect)


@blueprint.route("/absence", methods=["GET", "POST"], endpoint="absences")
def absences() -> Answer:
    """Who is away; and the form to say so. What was typed stays where it is refused."""
    form = {name: request.form.get(name, "") for name in ("from", "until", "stand_in")}
    errors: dict[str, Any] = {}
    if request.method == "POST":
        try:
            put = tk.get_action("satudata_absence_set")({}, {name: value for name, value in form.items() if value})
        except tk.ValidationError as error:
            errors = {name: " ".join(map(str, texts)) for name, texts in error.error_dict.items()}
        else:
            tk.h.flash_success(_said(put))
            return tk.redirect_to("satudata_absence.absences")
    who = pages.actor()
    page = listings.page_number(request.args)
    listed = tk.get_action("satudata_absence_list")({}, {"limit": ROWS, "offset": (page - 1) * ROWS})
    values = {
        "form": form,
        "errors": errors,
        "today": calendar.today().isoformat(),
        "stand_ins": absence.stand_ins(who.id or ""),
        "rows": [_row(item) for item in listed["results"]],
        "pager": listings.Pager(listed["count"], request.args, "satudata_absence.absences", ROWS),
    }
    return tk.render("satudata/review/absence.html", values), 400 if errors else 200


@blueprint.post("/absence/<id>/clear")
def clear(id: str) -> Answer:
    """End an absence."""
    try:
        tk.get_action("satudata_absence_clear")({}, {"id": id})
    except tk.ObjectNotFound as error:
        return tk.abort(404, str(error))
    tk.h.flash_success(tk._("The absence is cleared."))
    return tk.redirect_to("satudata_absence.absences")


@blueprint.get("/organizations-without-editor")
def organizations() -> Answer:
    """Which organizations have nobody who could send in data."""
    page = listings.page_number(request.args)
    asked = {name: request.args[name] for name in ("q", "organization") if request.args.get(name)}
    wrong = ""
    try:
        listed = _organizations(asked, page)
    except tk.NotAuthorized as error:
        return tk.abort(403, str(error))
    except tk.ValidationError as error:
        wrong = " ".join(str(text) for texts in error.error_dict.values() for text in texts)
        listed = _organizations({"q": asked["q"]} if "q" in asked else {}, page)
    values = {
        "rows": listed["results"],
        "count": listed["count"],
        "q": asked.get("q", ""),
        "wrong": wrong,
        "may_add": pages.actor().sysadmin,
        "pager": listings.Pager(listed["count"], request.args, "satudata_absence.organizations", ROWS),
    }
    return tk.render("satudata/review/without_editor.html", values)


def _organizations(asked: dict[str, Any], page: int) -> dict[str, Any]:
    action = tk.get_action("satudata_organizations_without_editor")
    return action({}, {**asked, "limit": ROWS, "offset": (page - 1) * ROWS})


def _row(item: dict[str, Any]) -> dict[str, Any]:
    first, last = dt.date.fromisoformat(item["from"]), dt.date.fromisoformat(item["until"])
    return {
        **item,
        "from": _day(first),
        "until": _day(last),
        "now": first <= calendar.today() <= last,
        "days": calendar.working_days_between(first - dt.timedelta(1), last),
    }


def _said(put: dict[str, Any]) -> str:
    last = _day(dt.date.fromisoformat(put["until"]))
    if put["stand_in"]:
        text = tk._("Noted: away until {day}. What you hold meanwhile passes to {name}.")
        return text.format(day=last, name=put["stand_in_title"])
    text = tk._("Noted: away until {day}. What you hold meanwhile goes back to the queue, for your colleagues to take.")
    return text.format(day=last)


def _day(day: dt.date) -> str:
    return wording.day(calendar.start_of_day(day))
