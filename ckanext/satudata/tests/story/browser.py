"""A real Chromium, driven as people use it."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Locator, Page, Response, expect, sync_playwright

from ckanext.satudata.tests.story.live import ROOT

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
FLAGS = (
    "--no-sandbox --disable-gpu --disable-quic --disable-background-networking --disable-component-update "
    "--disable-sync --disable-dev-shm-usage"
).split()
PHONE = {"width": 375, "height": 812}
DESK = {"width": 1280, "height": 900}
#: Of everybody who logs in, on portals that live as long as a test.
PASSWORD = "kantor-lurah-2026"
#: Seconds for a page, and for what is expected to show on it: the first page of a portal is slow, more so on a busy
#: machine, and who waits for a thing that comes pays only for the time it takes.
PATIENCE = 60
expect.set_options(timeout=PATIENCE * 1000)
#: Marks a page that a form is leaving; the next page comes without the mark.
LEAVING = """
    window.addEventListener('submit', event => {
        const method = event.submitter?.formMethod || event.target.method;
        if (!event.defaultPrevented && method !== 'dialog') document.documentElement.dataset.leaving = 'yes';
    });
"""
#: Nothing is on its way any more: no form is being sent, the page is there, and CKAN has started its modules, which
#: it does only when its translations have come by a request of their own. Who acts before is not heard by scripts.
SETTLED = """() => {
    const root = document.documentElement;
    if (!root || root.dataset.leaving || document.readyState !== 'complete') return false;
    if (document.querySelector('form[aria-busy=true]')) return false;
    const {registry, instances} = window.ckan?.module || {registry: {}, instances: {}};
    const started = (element, name) => (instances[name] || []).some(one => one.el[0] === element);
    for (const element of document.body.querySelectorAll('[data-module]')) {
        const names = element.dataset.module.trim().split(' ').filter(name => registry[name]);
        if (!names.every(name => started(element, name))) return false;
    }
    // Some modules do the rest of their work after all others have started.
    if (!window.allStarted) setTimeout(() => { window.allStarted = true; }, 1);
    return window.allStarted;
}"""


def executable() -> str | None:
    """Chromium's path: ``SATUDATA_CHROMIUM``, or the first that is installed."""
    return os.environ.get("SATUDATA_CHROMIUM") or next(filter(None, map(shutil.which, NAMES)), None)


@contextlib.contextmanager
def chromium() -> Iterator[Browser]:
    """One browser; skips the test where there is none (``make test`` sees to it that there is)."""
    path = executable()
    if path is None:
        pytest.skip("no Chromium is installed")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        try:
            yield browser
        finally:
            browser.close()


class Person:
    """Somebody at a screen of their own.

    :param name: for the names of screenshots
    :param account: user name and password; None for a visitor
    """

    def __init__(
        self,
        browser: Browser,
        url: str,
        name: str,
        account: tuple[str, str] | None = None,
        **options: Any,
    ) -> None:
        options.setdefault("viewport", DESK)
        self.name, self.url = name, url
        self.context = browser.new_context(locale="id-ID", base_url=url, accept_downloads=True, **options)
        self.context.set_default_timeout(PATIENCE * 1000)
        self.context.add_init_script(LEAVING)
        self.page: Page = self.context.new_page()
        self.scripts = options.get("java_script_enabled", True)
        self.pictures = 0
        self.troubles: list[str] = []
        self.page.on("pageerror", lambda error: self.troubles.append(str(error)))
        self.page.on("response", self._note)
        if account:
            self.log_in(*account)

    def _note(self, response: Any) -> None:
        if response.status >= 500:
            self.troubles.append(f"{response.status} {response.url}")

    def log_in(self, name: str, password: str) -> None:
        """Through the login form, as everybody."""
        self.open("/user/login")
        self.page.locator("input[name=login]").fill(name)
        self.page.locator("input[name=password]").fill(password)
        self.follow(self.page.locator("form:has(input[name=password]) button[type=submit]"))
        assert "/user/login" not in self.page.url, self.says()

    def open(self, path: str) -> Response | None:
        """Go to a page of the portal and wait until its scripts listen; what the portal answered."""
        answer = self.page.goto(path)
        self.settle()
        return answer

    def follow(self, way: Locator) -> None:
        """Click what leads to another page, and wait until that one is there and its scripts listen."""
        with self.page.expect_navigation():
            way.click()
        self.settle()

    def send(self, button: Locator) -> None:
        """Click a button of a form, and wait for what it leads to: another page, or a word on this one."""
        if not self.scripts:
            return self.follow(button)
        button.click()
        return self.settle()

    def settle(self) -> None:
        """Wait until nothing is on its way any more and the scripts of the page listen."""
        self.page.wait_for_load_state()
        if self.scripts:
            settle(self.page)

    def see(self, step: str) -> None:
        """Keep a picture of the whole page, and hear of anything that went wrong on it."""
        self.pictures += 1
        name = f"{self.name}-{self.pictures:02}-{re.sub('[^a-z0-9-]+', '-', step)}.png"
        self.page.screenshot(path=artefacts() / name, full_page=True)
        assert not self.troubles, self.troubles

    def says(self) -> str:
        """The text of the page."""
        return self.page.locator("body").inner_text()

    def press(self, label: str) -> None:
        """Press the button with that label, and wait for what it leads to, also where a script sends the form."""
        self.send(self.page.get_by_role("button", name=label, exact=True).first)

    def leave(self) -> None:
        self.context.close()


def settle(page: Page) -> None:
    """Wait until nothing is on its way any more and the scripts of the page listen (``SETTLED``)."""
    page.wait_for_function(SETTLED)


def sideways(page: Page, allowed: int = 0) -> list[str]:
    """What makes the page wider than the screen: the elements that stick out, or nothing.

    :param allowed: as many pixels by which CKAN's own theme makes every page wider
    """
    return page.evaluate(
        """allowed => {
            const width = document.documentElement.clientWidth + allowed;
            if (document.documentElement.scrollWidth <= width) return [];
            return [...document.querySelectorAll('body *')]
                .filter(one => one.getBoundingClientRect().right > width + 1 && one.checkVisibility())
                .map(one => one.tagName + '.' + one.className + ' ' + Math.round(one.getBoundingClientRect().right));
        }""",
        allowed,
    )


def too_wide(page: Page) -> int:
    """By how many pixels the page is wider than the screen."""
    root = "document.documentElement"
    return int(page.evaluate(f"{root}.scrollWidth - {root}.clientWidth"))


def artefacts() -> Path:
    """Where pictures are kept: ``SATUDATA_ARTEFACTS``, or ``.portal/test/artefacts``."""
    path = Path(os.environ.get("SATUDATA_ARTEFACTS") or ROOT / ".portal" / "test" / "artefacts")
    path.mkdir(parents=True, exist_ok=True)
    return path


def at_a_screen(office: tuple[str, Browser]) -> Iterator[Callable[..., Person]]:
    """Somebody at a screen, logged in with ``PASSWORD``; gone when the test is over: ``pytest.fixture(at_a_screen)``.

    :param office: a fixture of that module: the address of a portal, and a browser
    """
    url, browser = office
    here: list[Person] = []

    def log_in(user: dict[str, Any], name: str, **options: Any) -> Person:
        here.append(Person(browser, url, name, (user["name"], PASSWORD), **options))
        return here[-1]

    yield log_in
    for one in here:
        one.leave()
