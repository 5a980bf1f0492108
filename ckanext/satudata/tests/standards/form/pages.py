"""What the tests of the forms do again and again."""

from __future__ import annotations

from typing import Any

from ckan import model
from playwright.sync_api import Page

from ckanext.satudata.tests.conftest import call_as
from ckanext.satudata.tests.standards.form.conftest import Office
from ckanext.satudata.tests.story.browser import Person


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
    person.page.goto(f"/{kind}/edit/{name}")
    person.page.locator(".satudata-js").wait_for()
    for group in groups:
        unfold(person.page, group)
    return person.page


def save(page: Page) -> None:
    """Press *Save draft* and wait for the form that comes back, without errors."""
    with page.expect_navigation():
        page.locator("#dataset-edit button[name=save].btn-primary").first.click()
    page.locator(".satudata-js").wait_for()
    wrong = page.locator("#dataset-edit .error-explanation")
    assert not wrong.count(), wrong.inner_text()
