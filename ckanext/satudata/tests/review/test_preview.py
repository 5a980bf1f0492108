"""The first rows on the dataset page: for who may read the data, and for nobody else."""

from __future__ import annotations

from typing import Any

import ckantoolkit as tk
from ckan.tests import helpers

from ckanext.satudata.tests.conftest import call_as
from ckanext.satudata.tests.review.conftest import walk_to


def load_table(package_id: str) -> None:
    """What xloader does: a table behind the first file, by the site user."""
    site_user = helpers.call_action("get_site_user", {"ignore_auth": True})
    resource = helpers.call_action("package_show", id=package_id)["resources"][0]
    tk.get_action("datastore_create")(
        {"user": site_user["name"], "ignore_auth": True},
        {
            "resource_id": resource["id"],
            "force": True,
            "records": [{"kode_wilayah": "12.71.15.1001", "nilai": f"<b>{number}</b>"} for number in range(12)],
        },
    )


def test_visitors_see_the_first_rows_of_what_is_published_and_nothing_before(web: Any, city: Any, as_user: Any) -> None:
    for state in ("submitted", "published"):
        package = walk_to(city, state)
        load_table(package["id"])
        address = f"/satudata/standards/preview/{package['name']}"
        answer = web.get(address, headers={"HX-Request": "true"}, expect_errors=True)
        assert answer.status_code == (200 if state == "published" else 404), state
        assert ("12.71.15.1001" in answer.body) is (state == "published")
        assert "12.71.15.1001" in web.get(address, headers=as_user(city.producer)).body
    assert "&lt;b&gt;0&lt;/b&gt;" in answer.body and "<b>0</b>" not in answer.body
    assert address in web.get(f"/dataset/{package['name']}").body
    page = web.get(address).body
    assert "<html" in page and f"/dataset/{package['name']}" in page


def test_without_a_table_there_is_nothing_to_fetch(web: Any, city: Any) -> None:
    package = walk_to(city, "published")
    address = f"/satudata/standards/preview/{package['name']}"
    assert address not in web.get(f"/dataset/{package['name']}").body
    assert web.get(address, headers={"HX-Request": "true"}).status_code == 204
    assert web.get(address, expect_errors=True).status_code == 404
    assert call_as(None, "package_show", id=package["id"])["resources"]
