"""The pages of the notices. What is shown and changed goes through the actions, so always the reader's own."""

from __future__ import annotations

from typing import Any

import ckantoolkit as tk
from ckan import model
from flask import Blueprint, Response, g, request

from ckanext.satudata import config, csrf
from ckanext.satudata.languages import portal_language
from ckanext.satudata.listing import Page

from .. import ages, listings
from ..people import Actor, actor_of
from ..views import logged_in_only
from . import dictize, preferences, reading, schema, service, words

blueprint = Blueprint("satudata_notices", __name__, url_prefix="/satudata/notices")
admin = Blueprint("satudata_notices_admin", __name__, url_prefix="/ckan-admin/satudata/notices")

Answer = str | Response | tuple[str, int]
ROWS = 20


blueprint.before_request(logged_in_only)
admin.before_request(logged_in_only)
blueprint.before_request(csrf.protect)
admin.before_request(csrf.protect)


def _reader() -> Actor:
    return actor_of({"user": g.userobj.name, "auth_user_obj": g.userobj})


@blueprint.get("")
def index() -> Answer:
    """The list; the filter stands in the address."""
    only_unread = request.args.get("filter") == "unread"
    page = Page(ROWS, (listings.page_number(request.args) - 1) * ROWS)
    found = tk.get_action("satudata_notice_list")(
        {}, {"unread": only_unread, "limit": page.limit, "offset": page.offset}
    )
    return tk.render("satudata/notices/index.html", _listed(found, only_unread))


def _listed(found: dict[str, Any], only_unread: bool) -> dict[str, Any]:
    days: list[tuple[str, list[dict[str, Any]]]] = []
    for item in found["results"]:
        day = ages.day(item["at"])
        if not days or days[-1][0] != day:
            days.append((day, []))
        days[-1][1].append({**item, "subject": dictize.subject(item), "datasets": dictize.datasets(item["number"])})
    return {
        "days": days,
        "count": found["count"],
        "only_unread": only_unread,
        "unread": reading.unread(_reader()),
        "page": listings.page_number(request.args),
        "pager": listings.Pager(found["count"], request.args, "satudata_notices.index", ROWS),
    }


@blueprint.get("/<int:id>", endpoint="open")
def open_(id: int) -> Answer:
    """Where a notice leads: to the dataset, or to the list of a bulk run. Whoever follows it has read it."""
    if id >= 2**63:
        return tk.abort(404, tk._("Notice not found"))
    reader = _reader()
    _count, rows = reading.find(reader, Page(1, 0), ids=[id])
    if not rows:
        return tk.abort(404, tk._("This notice is no longer here, or is about data that is not open to you any more."))
    item = dictize.notice_dict(rows[0], dictize.own_of(reader))
    tk.get_action("satudata_notice_mark_read")({}, {"ids": [id]})
    if item["number"] > 1:
        return _run(reader, item)
    if item["url"] is None:
        return tk.redirect_to("satudata_notices.index")
    return tk.redirect_to(item["url"])


def _run(reader: Actor, item: dict[str, Any]) -> str:
    page = Page(ROWS, (listings.page_number(request.args) - 1) * ROWS)
    count, rows = reading.members(reader, item["bulk_id"], page)
    own = dictize.own_of(reader)
    values = {
        "item": {**item, "subject": dictize.subject(item)},
        "items": [dictize.notice_dict(row, own) for row in rows],
        "pager": listings.Pager(count, request.args, "satudata_notices.open", ROWS, id=item["id"]),
    }
    return tk.render("satudata/notices/run.html", values)


@blueprint.post("/read")
def read() -> Answer:
    """Mark one or all as read, and come back to where the list was."""
    given: dict[str, Any] = {"all": True} if request.form.get("all") else {"ids": request.form.get("id")}
    try:
        tk.get_action("satudata_notice_mark_read")({}, given)
    except (tk.ValidationError, tk.ObjectNotFound):
        tk.h.flash_error(tk._("This notice is no longer here."))
    kept = {name: request.form[name] for name in ("filter", "page") if request.form.get(name)}
    return tk.redirect_to("satudata_notices.index", **kept)


@blueprint.route("/preferences", methods=["GET", "POST"], endpoint="preferences")
def the_preferences() -> Answer:
    """What the reader wants to be told, and how."""
    if request.method == "GET":
        return _preferences(tk.get_action("satudata_notice_preferences_show")({}, {}))
    given: dict[str, Any] = {"language": request.form.get("language", "")}
    for channel in preferences.CHANNELS:
        chosen = {kind: request.form.get(f"{channel}.{kind}") for kind in preferences.KINDS}
        given[channel] = {kind: value for kind, value in chosen.items() if value}
    try:
        tk.get_action("satudata_notice_preferences_update")({}, given)
    except tk.ValidationError as error:
        shown = {**tk.get_action("satudata_notice_preferences_show")({}, {}), **given}
        return _preferences(shown, error.error_dict), 400
    tk.h.flash_success(tk._("Saved. It counts for what happens from now on."))
    return tk.redirect_to("satudata_notices.preferences")


def _preferences(shown: dict[str, Any], errors: dict[str, Any] | None = None) -> str:
    values = {
        "shown": shown,
        "channels": preferences.CHANNELS,
        "kinds": preferences.KINDS,
        "languages": [(code, words.LANGUAGES[code]) for code in words.languages()],
        "portal_language": words.LANGUAGES.get(portal_language(), portal_language()),
        "mail_is_on": config.notices_mail(),
        "errors": {name: " ".join(map(str, texts)) for name, texts in (errors or {}).items()},
    }
    return tk.render("satudata/notices/preferences.html", values)


# -- for the portal's admin -----------------------------------------------------------------------------------


@admin.route("", methods=["GET", "POST"], endpoint="index")
def deliveries() -> Answer:
    """What was sent, what waits, and what could not be sent."""
    try:
        tk.check_access("satudata_notice_delivery_list", {}, {})
        if request.method == "POST":
            ids = schema.read_ids(request.form["id"]) if request.form.get("id") else None
            done = tk.get_action("satudata_notice_delivery_retry")({}, {"ids": ids} if ids else {})
            number = done["count"]
            text = tk.ungettext("{n} message will be tried anew.", "{n} messages will be tried anew.", number)
            tk.h.flash_success(text.replace("{n}", str(number)))
            return tk.redirect_to("satudata_notices_admin.index")
        asked: dict[str, Any] = {"limit": ROWS, "offset": (listings.page_number(request.args) - 1) * ROWS}
        state = request.args.get("state")
        if state in words.STATES:
            asked["state"] = state
        found = tk.get_action("satudata_notice_delivery_list")({}, asked)
    except tk.NotAuthorized as error:
        return tk.abort(403, str(error))
    except tk.ValidationError as error:
        return tk.abort(400, " ".join(str(text) for texts in error.error_dict.values() for text in texts))
    model.Session.rollback()
    values = {
        "health": service.health(),
        "results": found["results"],
        "count": found["count"],
        "state": state if state in words.STATES else "",
        "states": [(name, words.delivery_state(name)) for name in words.STATES],
        "pager": listings.Pager(found["count"], request.args, "satudata_notices_admin.index", ROWS),
    }
    return tk.render("satudata/notices/admin.html", values)
