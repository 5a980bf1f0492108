"""An officer of a kelurahan before a real browser, on a portal that answers over HTTP."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from ckan import model
from ckan.tests import factories
from playwright.sync_api import Browser

from ckanext.satudata.tests.factories import officer
from ckanext.satudata.tests.story import live
from ckanext.satudata.tests.story.browser import DESK, PASSWORD, Person, chromium


@dataclass
class Office:
    """A portal with one kelurahan and its officer."""

    url: str
    browser: Browser
    organization: dict[str, Any]
    producer: dict[str, Any]
    portal: live.LivePortal


@pytest.fixture(scope="module")
def office(clean_once: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    """Once for a module; every test brings packages of its own."""
    organization = factories.Organization(title="Kelurahan Aur")
    producer = officer(organization, fullname="Siti Rahma")
    user = model.User.get(producer["id"])
    user.password = PASSWORD
    model.Session.commit()
    with live.serve(tmp_path_factory.mktemp("form"), ckan__locale_default="en") as portal, chromium() as browser:
        yield Office(portal.url, browser, organization, producer, portal)


@pytest.fixture(scope="module")
def desks(office: Office) -> Iterator[Callable[..., Person]]:
    """The officer at a screen, logged in once for each kind of screen."""
    here: dict[tuple[Any, ...], Person] = {}

    def at(**options: Any) -> Person:
        key = tuple(sorted((name, str(value)) for name, value in options.items()))
        if key not in here:
            account = (office.producer["name"], PASSWORD)
            here[key] = Person(office.browser, office.url, "form", account, **options)
        return here[key]

    yield at
    for person in here.values():
        person.leave()


@pytest.fixture
def siti(desks: Callable[..., Person]) -> Callable[..., Person]:
    """The officer before an empty memory of the device: ``siti(viewport=PHONE)``."""

    def at(**options: Any) -> Person:
        options.setdefault("viewport", DESK)
        person = desks(**options)
        person.troubles.clear()
        if options.get("java_script_enabled", True):
            person.open("/about")
            person.page.evaluate("localStorage.clear()")
        return person

    return at
