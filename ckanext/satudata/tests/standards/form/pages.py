"""What the tests of the forms do again and again."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator
from typing import Any

from ckan import model
from playwright.sync_api import Page

from ckanext.satudata.tests.conftest import call_as
from ckanext.satudata.tests.standards.form.conftest import Office
from ckanext.satudata.tests.story.browser import Person, settle


def activity(office: Office, name: str, **values: Any) -> dict[str, Any]:
    """An activity of the office, saved as a draft."""
    given = {"name": name, "type": "kegiatan", "title": f"Pendataan gizi balita {name}", **values}
    return call_as(office.producer, "package_create", owner_org=office.organization["id"], **given)


def stored(office: Office, name: str) -> dict[str, Any]:
    """A package as another process has stored it."""
    model.Session.remove()  # another process has written it
    return call_as(office.producer, "package_show", id=name)


def names(page: Page) -> list[str]:
    """The names of the variables in the order of the rows."""
    return page.eval_on_selector_all("#field-variabel [data-row] [data-sub=nama]", "all => all.map(one => one.value)")


def unfold(page: Page, group: str) -> None:
    """Open a group of the form."""
    page.evaluate("group => document.getElementById('kelompok-' + group).open = true", group)


def edit(person: Person, name: str, *groups: str, kind: str = "kegiatan") -> Page:
    """The form of a package with these groups open."""
    person.open(f"/{kind}/edit/{name}")
    for group in groups:
        unfold(person.page, group)
    return person.page


def save(page: Page) -> None:
    """Press *Save draft* and wait for the form that comes back, without errors."""
    with page.expect_navigation():
        page.locator("#dataset-edit button[name=save].btn-primary").first.click()
    settle(page)
    wrong = page.locator("#dataset-edit .error-explanation")
    assert not wrong.count(), wrong.inner_text()


def kept(page: Page, field: str, *values: str) -> None:
    """Wait until the device keeps these values of a field, so that a crash can come."""
    page.wait_for_function(
        """([field, values]) => Object.values(localStorage).some(
            text => text.startsWith('{') && JSON.stringify(JSON.parse(text).values?.[field]) === values
        )""",
        arg=[field, json.dumps(values, ensure_ascii=False, separators=(",", ":"))],
    )


@contextlib.contextmanager
def checked(page: Page) -> Iterator[None]:
    """What is typed inside is followed by an answer of the server, which shows on the page."""
    page.evaluate(
        """() => {
            const form = document.getElementById('dataset-edit');
            window.checked = new Promise(done => {
                form.addEventListener('satudata:checked', () => done(true), {once: true});
            });
        }"""
    )
    yield
    page.evaluate("window.checked")
