"""The city of the demo, served over HTTP, with everybody's password known."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from ckan.tests.helpers import call_action
from click.testing import CliRunner
from playwright.sync_api import Browser

from ckanext.satudata.demo import load
from ckanext.satudata.regions import cli as regions_cli
from ckanext.satudata.tests.story import live
from ckanext.satudata.tests.story.browser import Person, chromium

#: What the demo portal runs, job worker included.
PLUGINS = "activity satudata satudata_interop scheming_datasets datastore xloader datatables_view text_view dcat"
PEOPLE = {
    "admin": "admin",
    "producer": "produsen-indra-kasih",
    "custodian": "walidata",
    "pembina": "pembina-bps",
    "planner": "perencana-bappeda",
}


@dataclass
class Town:
    """A running portal with the tree of Medan, its people and no data."""

    portal: live.LivePortal
    browser: Browser
    passwords: dict[str, str]

    def person(self, role: str, name: str = "", **options: Any) -> Person:
        """Somebody of ``PEOPLE`` who has logged in.

        :param name: for screenshots; the role if not given
        """
        account = PEOPLE[role]
        return Person(self.browser, self.portal.url, name or role, (account, self.passwords[account]), **options)

    def visitor(self, **options: Any) -> Person:
        """Somebody without an account."""
        return Person(self.browser, self.portal.url, "visitor", **options)

    def token(self, role: str) -> str:
        """For the API."""
        account = PEOPLE[role]
        made = call_action("api_token_create", {"user": account}, user=account, name="story")
        return str(made["token"])

    def work(self) -> None:
        """Let the job worker do what waits, such as loading tables."""
        self.portal.ckan("jobs", "worker", "--burst")


@pytest.fixture(scope="module")
def town(clean_once: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    """Medan, once for a module of tests that each bring a dataset of their own."""
    loaded = CliRunner().invoke(regions_cli.regions, ["load", "medan"])
    assert loaded.exit_code == 0, loaded.output
    passwords = {person["name"]: person["password"] for person in load.people()}
    site_user = call_action("get_site_user")["name"]
    token = call_action("api_token_create", {"user": site_user}, user=site_user, name="xloader")["token"]
    with (
        live.serve(
            tmp_path_factory.mktemp("live"),
            ckan__plugins=PLUGINS,
            ckan__auth__public_user_details="false",
            ckanext__xloader__api_token=token,
            ckanext__xloader__jobs_db__uri=live.database_url(),
        ) as portal,
        chromium() as browser,
    ):
        yield Town(portal, browser, passwords)
