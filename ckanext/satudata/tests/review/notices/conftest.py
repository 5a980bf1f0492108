"""What tests of the notices share: a mail server, and the city's people told."""

from __future__ import annotations

import email
import email.policy
from collections.abc import Callable, Iterator
from email.message import EmailMessage
from types import SimpleNamespace
from typing import Any

import pytest
import sqlalchemy as sa
from aiosmtpd.controller import Controller
from ckan import model
from ckan.common import config

from ckanext.satudata.review.notices import service
from ckanext.satudata.review.notices.model import Delivery
from ckanext.satudata.tests.conftest import call_as
from ckanext.satudata.tests.story.live import free_port


class Postbox:
    """What a mail server took, and how it is made to behave.

    :ivar before_data: called when a message begins to arrive
    :ivar before_accepted: called when it has arrived and is kept, before the sender hears of it
    """

    def __init__(self) -> None:
        self.mails: list[EmailMessage] = []
        self.refuses: set[str] = set()
        self.before_data: Callable[[], None] | None = None
        self.before_accepted: Callable[[], None] | None = None

    async def handle_RCPT(self, _server: Any, _session: Any, envelope: Any, address: str, _options: Any) -> str:
        if address in self.refuses:
            return "550 No such user"
        envelope.rcpt_tos.append(address)
        if self.before_data:
            self.before_data()
        return "250 OK"

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:
        mail = email.message_from_bytes(envelope.content, policy=email.policy.default)
        self.mails.append(mail)
        if self.before_accepted:
            self.before_accepted()
        return "250 Accepted"

    def to(self, user: dict[str, Any]) -> list[EmailMessage]:
        """The mails that person got."""
        address = model.User.get(user["id"]).email
        return [mail for mail in self.mails if address in str(mail["To"])]

    def subjects(self, user: dict[str, Any]) -> list[str]:
        """The subjects of the mails that person got."""
        return [str(mail["Subject"]).strip() for mail in self.to(user)]


def body(mail: EmailMessage, kind: str = "plain") -> str:
    """The text of a mail."""
    part = mail.get_body((kind,))
    assert part is not None
    return str(part.get_content())


@pytest.fixture
def postbox() -> Iterator[Postbox]:
    """A real mail server on a free port of this machine, which CKAN is told to use."""
    box = Postbox()
    server = Controller(box, hostname="127.0.0.1", port=free_port())
    server.start()
    before = config.get("smtp.server")
    config["smtp.server"] = f"127.0.0.1:{server.port}"
    yield box
    config["smtp.server"] = before
    server.stop()


def tell() -> dict[str, int]:
    """Do what the job does."""
    model.Session.rollback()
    return service.run()


def told(user: dict[str, Any], **asked: Any) -> list[tuple[str, str]]:
    """The notices of that person as (sentence, title), newest first."""
    return [(item["word"], item["title"]) for item in call_as(user, "satudata_notice_list", **asked)["results"]]


def words_of(user: dict[str, Any], package_id: str) -> list[str]:
    """Which sentences that person reads of one dataset, newest first."""
    found = call_as(user, "satudata_notice_list", limit=100)["results"]
    return [item["word"] for item in found if item["package_id"] == package_id]


def act(user: dict[str, Any], package_id: str, action: str, **data: Any) -> Any:
    """Take an action of the review."""
    return call_as(user, "satudata_review_transition", id=package_id, action=action, **data)


@pytest.fixture
def quiet_city(lasting_city: SimpleNamespace) -> SimpleNamespace:
    """The lasting city, with everything that has happened so far already told."""
    tell()
    return lasting_city


@pytest.fixture
def settled(quiet_city: Any, postbox: Postbox, app_once: Any) -> Any:
    """The city with an empty outbox and a mail server that has taken nothing yet."""
    model.Session.execute(sa.delete(Delivery))
    model.Session.commit()
    postbox.mails.clear()
    return quiet_city
