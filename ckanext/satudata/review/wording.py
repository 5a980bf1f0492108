"""The words of the review, in the reader's language; the same word everywhere."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

import ckantoolkit as tk
from babel.dates import format_date, format_datetime
from ckan import model

from ckanext.satudata import config, moments
from ckanext.satudata.languages import current, text_in

from .transitions import PUBLICATION, Workflow
from .workflows import in_force, tracks


def _(text: str) -> str:
    """Mark a text for extraction; it is translated when read, not when this module is imported."""
    return text


STATE_LABELS = {
    "draft": _("Draft"),
    "submitted": _("Submitted"),
    "supporting_check": _("Check by the supporting custodian"),
    "custodian_check": _("Check by the custodian"),
    "pembina_review": _("Review by the pembina"),
    "approved": _("Approved, waiting for release"),
    "published": _("Published"),
    "returned": _("Returned for mending"),
    "withdrawn": _("Withdrawn from publication"),
}
ACTION_LABELS = {
    "ask": _("Ask for consent"),
    # Not plain "Submit": CKAN labels its search buttons with that, and shares one catalogue with us.
    "submit": _("Submit for review"),
    "resubmit": _("Submit again"),
    "claim": _("Take"),
    "release": _("Let go"),
    "assign": _("Hand over to…"),
    "return": _("Return"),
    "forward": _("Forward to the pembina"),
    "conforms": _("Declare conforming"),
    "approve": _("Approve"),
    "publish": _("Publish"),
    "withdraw": _("Cancel the submission"),
    "revise": _("Revise"),
    "unpublish": _("Withdraw from publication"),
    "reopen": _("Reopen"),
    "override": _("Override by the portal admin"),
    "override_edit": _("Edit by override"),
    "delete": _("Delete"),
    "restore": _("Restore"),
    "purge": _("Purge"),
    "move": _("Move to another organization"),
    "priority": _("Priority set"),
    "activity_code": _("Activity code of BPS entered"),
    "harvest": _("Published by harvest"),
    "adopt": _("Taken into the review"),
    "mend": _("Put in step again by the check"),
    "table": _("Led to another state after the portal changed its table"),
    "release_failed": _("Could not be released"),
    "overdue": _("Overdue"),
    "remind": _("Reminder: due soon"),
    "hand_over": _("Passed on"),
    "restriction_propose": _("Limit of access proposed"),
    "restriction_decide": _("Decision about access entered"),
    "restriction_soon": _("Limit of access ends soon"),
    "restriction_end": _("Limit of access has ended"),
    "revision_abandon": _("Working copy abandoned"),
    "revision_undo": _("Working copy taken back"),
    "revision_resolve": _("Conflict with the published data settled"),
    "revision_warn": _("Working copy about to be cleaned away: nobody works on it"),
}
#: What has happened, for the history; where none stands here the label of the action says it already.
DONE_LABELS = {
    "ask": _("Consent asked for"),
    "submit": _("Submitted"),
    "claim": _("Taken"),
    "release": _("Released"),
    "assign": _("Handed over"),
    "return": _("Returned"),
    "forward": _("Forwarded to the pembina"),
    "conforms": _("Declared conforming"),
    "approve": _("Approved"),
    "publish": _("Published"),
    "withdraw": _("Submission cancelled"),
    "revise": _("Working copy begun"),
    "unpublish": _("Withdrawn from publication"),
    "reopen": _("Reopened"),
}
ROLE_LABELS = {
    "producer": _("data producer"),
    "supporting_custodian": _("supporting custodian"),
    "custodian": _("custodian"),
    "pembina": _("pembina"),
    "planner": _("planner"),
}


def state(name: str | None, track: str = PUBLICATION) -> str:
    """The word for a state: the portal's own where its table brings one."""
    for table in _tables(track):
        if name in table.states and table.states[name].words:
            return in_language(table.states[name].words)
    return tk._(STATE_LABELS[name]) if name in STATE_LABELS else (name or "")


def action(name: str, track: str = PUBLICATION) -> str:
    """The verb on the button of an action: the portal's own where its table brings one."""
    for table in _tables(track):
        if name in table.transitions and table.transitions[name].words:
            return in_language(table.transitions[name].words)
    return tk._(ACTION_LABELS[name]) if name in ACTION_LABELS else name


def done(name: str, track: str = PUBLICATION) -> str:
    """What an action has done, in a word: the portal's own where its table brings one."""
    for table in _tables(track):
        if name in table.transitions and (own := table.transitions[name].done_words):
            return in_language(own)
        if name in table.transitions and table.transitions[name].words:
            return action(name, track)
    return tk._(DONE_LABELS[name]) if name in DONE_LABELS else action(name, track)


def _tables(track: str) -> list[Workflow]:
    """The table of that track alone; none where nobody knows the track any more."""
    return [in_force(track)] if track in tracks() else []


def in_language(words: dict[str, str]) -> str:
    """A table's own words in the reader's language; English, then any, where that one is missing."""
    return text_in(words, current())


def role(name: str) -> str:
    """The word for a role."""
    return tk._(ROLE_LABELS[name]) if name in ROLE_LABELS else name


def who_goes_on(name: str) -> str:
    """Whom to ask where data wait for nobody and the public does not see them, such as what was withdrawn."""
    table = in_force()
    if table.state(name).waits_for or table.state(name).public:
        return ""
    return " ".join(
        tk._("To go on with these data, ask the {role} for “{action}”.").format(role=role(one), action=action(way.name))
        for way in table.from_state(name)
        for one in way.roles_from(name)
    )


def person(user_id: str | None) -> str:
    """How a person is called: the full name, else the user name."""
    user = model.User.get(user_id) if user_id else None
    return str(user.fullname or user.name) if user else ""


def to_utc(at: dt.datetime) -> dt.datetime:
    """A moment as people or clients write it, as naive UTC; without an offset it is the portal's own time."""
    aware = at if at.tzinfo else at.replace(tzinfo=ZoneInfo(config.timezone()))
    return aware.astimezone(dt.timezone.utc).replace(tzinfo=None)


def moment(at: dt.datetime | None) -> str:
    """A moment in words: “Senin, 23 November 2026 10.42”."""
    if at is None:
        return ""
    return format_datetime(moments.local(at), "EEEE, d MMMM y HH.mm", locale=current())


def day(at: dt.datetime | None) -> str:
    """A day in words: “Senin, 23 November 2026”."""
    return format_date(moments.local(at).date(), "EEEE, d MMMM y", locale=current()) if at else ""


def near_day(at: dt.datetime, with_date: bool) -> str:
    """A day in short: “Kamis” within a week, else “17 November 2026”."""
    return format_date(moments.local(at).date(), "d MMMM y" if with_date else "EEEE", locale=current())
