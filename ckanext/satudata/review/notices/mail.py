"""Messages that leave the portal: what they say, and how they are carried.

CKAN's own order is kept (``ckan.plugins.interfaces.INotifier``): plugins are asked with the topic first, then with the
finished text, and where none of them has taken it over, CKAN's mailer sends it.
"""

from __future__ import annotations

import hashlib
import smtplib
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlparse

import ckantoolkit as tk
from ckan import model, plugins
from ckan.lib import mailer

from ckanext.satudata.languages import read_in
from ckanext.satudata.listing import Page

from .. import ages
from ..people import Actor
from . import dictize, preferences, reading
from .model import Delivery

#: Topics for ``INotifier.notify_about_topic``; ``details`` are those of :meth:`Message.details`.
NOTICE_TOPIC, DIGEST_TOPIC = "satudata_notice", "satudata_digest"
#: A message names no more datasets than this; the portal lists them all.
MOST_LISTED = 50
#: Seconds a mail server may take for one answer; CKAN's mailer itself would wait for ever.
TIMEOUT = 60.0


class NobodyCarries(Exception):
    """Neither a mail server nor a plugin took the message."""


class NoAddress(Exception):
    """No plugin took the message, and its reader has no e-mail address."""


class ServerTrouble(Exception):
    """The mail server cannot be reached or refuses everybody: no use in trying the next message now."""


@dataclass(frozen=True)
class Message:
    """A finished message in its reader's language."""

    user: model.User
    subject: str
    text: str
    html: str
    url: str
    message_id: str
    digest: bool
    items: list[dict[str, Any]]
    number: int

    def details(self) -> dict[str, Any]:
        """What plugins are told: ``user`` (model.User), ``subject``, ``body``, ``url``, ``message_id`` (the same
        again if a message is sent twice), ``number`` of datasets, and ``notices`` (at most 50, in the shape of
        ``satudata_notice_list``)."""
        return {
            "user": self.user,
            "subject": self.subject,
            "body": self.text,
            "url": self.url,
            "message_id": self.message_id,
            "number": self.number,
            "notices": self.items,
        }


def is_possible() -> bool:
    """Whether messages can leave this portal at all: there is a mail server, or a plugin that carries them."""
    return bool(tk.config.get("smtp.server")) or any(plugins.PluginImplementations(plugins.INotifier))


def message_id(key: str) -> str:
    """The Message-ID of a message: the same for the same message, so that a mail server may drop a repetition."""
    host = urlparse(str(tk.config.get("ckan.site_url") or "")).hostname or "localhost"
    digest = hashlib.sha256(f"{tk.config.get('ckan.site_id')}|{key}".encode()).hexdigest()
    return f"<satudata.{digest[:40]}@{host}>"


def compose(delivery: Delivery) -> Message | None:
    """The message as its reader may read it now; None where there is nothing left to say to that person.

    Who was deleted, has no role any more or has meanwhile chosen to be left alone gets nothing; neither does a
    dataset appear that this person may no longer see.
    """
    user = model.Session.get(model.User, delivery.user_id)
    if user is None or user.state != model.State.ACTIVE:
        return None
    preference = preferences.of(user.id)
    with read_in(preferences.language_of(preference)):
        actor = Actor(user.id, user.name, bool(user.sysadmin))
        number, rows = reading.of_delivery(actor, delivery.id, Page(MOST_LISTED, 0))
        own = dictize.own_of(actor)
        wanted = {kind for kind, choice in preference["mail"].items() if choice != "none"}
        items = [dictize.notice_dict(row, own) for row in rows]
        kept = [item for item in items if item["kind"] in wanted]
        if not kept:
            return None
        return _written(delivery, user, kept, number - len(items) + len(kept))


def _written(delivery: Delivery, user: model.User, items: list[dict[str, Any]], number: int) -> Message:
    one = number == 1
    if delivery.digest:
        subject = tk._("Your notices of today ({n})").format(n=number)
    elif one:
        subject = dictize.subject(items[0])
    else:
        subject = dictize.subject({**items[0], "number": number})
    url = items[0]["url"] if one else None
    site = str(tk.config.get("ckan.site_title") or "")
    values = {
        "language": tk.h.lang(),
        "greeting": tk._("Dear {name},").format(name=user.display_name),
        "subject": subject,
        "items": [{**item, "said": said(item), "line": dictize.subject(item)} for item in items],
        "one": one,
        "more": number - len(items),
        "url": url or tk.url_for("satudata_notices.index", qualified=True),
        "open": tk._("Open it") if url else tk._("Open your notices"),
        "preferences": tk.url_for("satudata_notices.preferences", qualified=True),
        "site": site,
    }
    return Message(
        user=user,
        subject=" ".join(f"[{site}] {subject}".split()),
        text=_text(values),
        html=str(tk.render("satudata/notices/mail.html", values)),
        url=values["url"],
        message_id=message_id(delivery.key),
        digest=delivery.digest,
        items=items,
        number=number,
    )


def said(item: dict[str, Any]) -> str:
    """Who, for which body, whose data, when; and until when, where it is about that."""
    owner = None if item["own"] or item["organization_title"] == item["body_title"] else item["organization_title"]
    if item["due_at"]:
        return " · ".join(filter(None, (owner, tk._("due {day}").format(day=ages.day(item["due_at"])))))
    who = ", ".join(filter(None, (item["actor_name"], item["body_title"])))
    parts = [who, owner, ages.moment(item["at"])]
    if item["release_at"]:
        parts.append(tk._("release {moment}").format(moment=ages.moment(item["release_at"])))
    return " · ".join(part for part in parts if part)


def _text(values: dict[str, Any]) -> str:
    lines = [values["greeting"], ""]
    for item in values["items"]:
        lines += [item["line"], item["said"]]
        if item["comment"]:
            lines += [f"> {line}" for line in item["comment"].splitlines()]
        if not values["one"] and item["url"]:
            lines.append(item["url"])
        lines.append("")
    if values["more"]:
        lines += [tk._("and {n} more").format(n=values["more"]), ""]
    lines += [f"{values['open']}: {values['url']}", "", "-- ", values["site"]]
    lines.append(tk._("Which messages you get, and in which language") + f": {values['preferences']}")
    return "\n".join(lines) + "\n"


# -- carrying -------------------------------------------------------------------------------------------------


def carry(message: Message) -> None:
    """Hand a message over; coming back means that somebody has taken it.

    :raises ServerTrouble: the mail server is not to be reached, or CKAN has no address to send from
    :raises NobodyCarries: there is no mail server, and no plugin took it
    :raises NoAddress: only a plugin could have carried it
    :raises Exception: whatever a plugin or the mail server objects to in this message
    """
    topic = DIGEST_TOPIC if message.digest else NOTICE_TOPIC
    taken = False
    for plugin in plugins.PluginImplementations(plugins.INotifier):
        taken = plugin.notify_about_topic(taken, topic, message.details())
    if taken:
        return
    headers = {"Message-ID": message.message_id, "Auto-Submitted": "auto-generated"}
    if not message.user.email:
        raise NoAddress
    if tk.config.get("smtp.server"):
        if not tk.config.get("smtp.mail_from"):  # CKAN's mailer fails on it with an error that names nothing
            raise ServerTrouble("smtp.mail_from is not set: the address that messages of the portal come from")
        with _patience(), _trouble():
            mailer.mail_user(message.user, message.subject, message.text, message.html, headers)
        return
    # Without a server CKAN's mailer says nothing either way; so the plugins are asked here.
    for plugin in plugins.PluginImplementations(plugins.INotifier):
        taken = plugin.notify_recipient(
            taken, message.user.display_name, message.user.email, message.subject, message.text, message.html, headers
        )
    if not taken:
        raise NobodyCarries("no mail server is configured (smtp.server), and no plugin took the message")


@contextmanager
def _patience() -> Iterator[None]:
    before = socket.getdefaulttimeout()
    socket.setdefaulttimeout(TIMEOUT)
    try:
        yield
    finally:
        socket.setdefaulttimeout(before)


@contextmanager
def _trouble() -> Iterator[None]:
    """Tell what is wrong with one message from what is wrong with the server."""
    try:
        yield
    except (mailer.MailerException, OSError) as error:
        cause = error.__context__ if isinstance(error, mailer.MailerException) else error
        if isinstance(cause, (smtplib.SMTPRecipientsRefused, smtplib.SMTPDataError)):
            raise
        if isinstance(error, OSError) or isinstance(cause, OSError):
            raise ServerTrouble(str(error)) from error
        raise
