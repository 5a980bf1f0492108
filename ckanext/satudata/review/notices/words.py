"""What a notice says, in the reader's language. A notice stores which sentence it is, never the sentence."""

from __future__ import annotations

import ckantoolkit as tk

from .. import wording


def _(text: str) -> str:
    """Mark a text for extraction; it is translated when read, not when this module is imported."""
    return text


#: What stands before the title of the dataset, by ``Notice.word``.
LABELS = {
    "check": _("Waits for your check"),
    "check_again": _("Submitted again, waits for your check"),
    "check_supported": _("Checked by the supporting custodian, waits for your check"),
    "review": _("Waits for your review as pembina"),
    "turn": _("Waits for you"),
    "turn_again": _("Waits for anybody in the role again"),
    "consent": _("Your consent to submit is asked for"),
    "assigned": _("Handed over to you"),
    "taken_over": _("No longer held by you"),
    "returned": _("Returned for mending"),
    "returned_by_pembina": _("Returned by the pembina"),
    "to_publish": _("Declared conforming, waits to be published"),
    "to_publish_approved": _("Approved by the pembina, waits to be published"),
    "forwarded": _("Found conforming by the custodian, now with the pembina"),
    "conforms": _("Declared conforming"),
    "approved": _("Approved by the pembina"),
    "scheduled": _("Release date set"),
    "published": _("Published"),
    "unpublished": _("Withdrawn from publication"),
    "withdrawn": _("Submission cancelled by the producer"),
    "reopened": _("Reopened, can be mended"),
    "revised": _("Working copy begun"),
    "override": _("Changed by the portal admin"),
    "moved": _("Moved to another organization"),
    "due_soon": _("Due soon"),
    "overdue": _("Overdue"),
    "release_failed": _("Could not be released on its date"),
    "limit_proposed": _("A limit of access is proposed; enter what the Forum decides"),
    "limit_decided": _("Decision about access entered"),
    "limit_soon": _("Limit of access ends soon"),
    "limit_ended": _("Limit of access has ended; decide what becomes of the data"),
    "copy_warned": _("Unfinished working copy, will be removed soon"),
    "copy_abandoned": _("Unfinished working copy removed"),
}
#: Told of the restriction record: read and answered there.
ABOUT_ACCESS = frozenset({"limit_proposed", "limit_decided", "limit_soon", "limit_ended"})
KINDS = {
    "waiting": _("What waits for you"),
    "deadline": _("Due dates"),
    "news": _("What became of your data"),
}
CHANNELS = {"portal": _("In the portal"), "mail": _("By e-mail")}
CHOICES = {"once": _("At once"), "daily": _("Once a day"), "none": _("Not at all")}
STATES = {
    "pending": _("waiting to be sent"),
    "sending": _("being sent"),
    "sent": _("sent"),
    "failed": _("given up"),
    "cancelled": _("not needed any more"),
}
LANGUAGES = {"id": "Bahasa Indonesia", "en": "English"}


def label(word: str, action: str = "", track: str = "publication") -> str:
    """What happened, from where the reader stands; for what no sentence was written, the word of the history."""
    return tk._(LABELS[word]) if word in LABELS else wording.done(action, track)


def kind(name: str) -> str:
    """The word for a kind of notice."""
    return tk._(KINDS[name]) if name in KINDS else name


def channel(name: str) -> str:
    """The word for a way by which notices come."""
    return tk._(CHANNELS[name]) if name in CHANNELS else name


def choice(name: str) -> str:
    """The word for how often."""
    return tk._(CHOICES[name]) if name in CHOICES else name


def delivery_state(name: str) -> str:
    """The word for the state of a message."""
    return tk._(STATES[name]) if name in STATES else name


def languages() -> list[str]:
    """Codes of the languages a reader may choose: those both the portal and we speak."""
    from ckan.lib import i18n

    offered = i18n.get_locales()
    return [code for code in LANGUAGES if code in offered]
