"""xloader beside working copies: its own code, its own jobs, in a portal of its own with a real worker."""

from __future__ import annotations

import io
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import requests
import sqlalchemy as sa
from ckan import model
from ckan.tests.helpers import call_action

from ckanext.satudata.review.revision import tables
from ckanext.satudata.tests.conftest import call_as
from ckanext.satudata.tests.story import live as server

from .conftest import NEW_CSV, make

PLUGINS = "activity satudata scheming_datasets datastore xloader datatables_view text_view"


class Api:
    """The portal with xloader, over HTTP."""

    def __init__(self, portal: server.LivePortal, tokens: dict[str, str]) -> None:
        self._portal, self._tokens = portal, tokens

    def call(self, person: str, action: str, /, upload: bytes | None = None, **data: Any) -> Any:
        url, headers = f"{self._portal.url}/api/3/action/{action}", {"Authorization": self._tokens[person]}
        if upload is None:
            answer = requests.post(url, json=data, headers=headers, timeout=60)
        else:
            files = {"upload": ("penduduk.csv", io.BytesIO(upload), "text/csv")}
            answer = requests.post(url, data=data, files=files, headers=headers, timeout=60)
        assert answer.status_code == 200, answer.text[:500]
        return answer.json()["result"]

    def publish(self, package_id: str) -> None:
        """The whole road of a draft or a copy."""
        conform = dict.fromkeys(("standar_data", "metadata", "interoperabilitas", "kode_referensi"), True)
        for person, action in (("producer", "submit"), ("custodian", "forward"), ("custodian", "publish")):
            more = {"principle_results": conform} if action == "forward" else {}
            self.call(person, "satudata_review_transition", id=package_id, action=action, **more)

    def waiting(self) -> list[str]:
        """Titles of the jobs that wait for a worker, our own left out."""
        titles = [job["title"] or "" for job in self.call("sysadmin", "job_list")]
        return [title for title in titles if not title.startswith("satudata")]

    def work(self) -> None:
        """Let a worker do all that waits."""
        self._portal.ckan("jobs", "worker", "--burst")

    def numbers(self, resource_id: str, person: str = "sysadmin") -> list[str]:
        found = self.call(person, "datastore_search", resource_id=resource_id)
        return sorted(str(record["jumlah"]) for record in found["records"])


@pytest.fixture
def api(lasting_city: SimpleNamespace, tmp_path: Path) -> Any:
    site_user = call_action("get_site_user", {"ignore_auth": True})["name"]
    token = call_action("api_token_create", {"user": site_user}, user=site_user, name="xloader")["token"]
    tokens = {
        person: call_as(getattr(lasting_city, person), "api_token_create", user=getattr(lasting_city, person)["name"],
                        name="xloader-test")["token"]
        for person in ("producer", "custodian", "sysadmin")
    }  # fmt: skip
    model.Session.commit()
    options = {
        "ckan__plugins": PLUGINS,
        "ckanext__xloader__api_token": token,
        "ckanext__xloader__jobs_db__uri": server.database_url(),
    }
    with server.serve(tmp_path, **options) as portal:
        yield Api(portal, tokens)


def oid(resource_id: str) -> int:
    """Which table it is: one that was loaded anew has another."""
    with tables._engine().connect() as connection:
        query = sa.text("SELECT oid FROM pg_class WHERE relname = :name AND relkind = 'r'")
        return int(connection.scalar(query, {"name": resource_id}))


def test_a_swapped_table_is_not_loaded_again_and_one_that_was_not_ready_is(
    lasting_city: SimpleNamespace, api: Api
) -> None:
    live = make(lasting_city)
    model.Session.commit()
    # Handed over and published there: the index then holds the addresses of that portal.
    api.publish(live["id"])
    file = next(resource["id"] for resource in live["resources"] if resource["name"] == "Berkas")
    api.call("sysadmin", "xloader_submit", resource_id=file)
    api.work()
    assert api.numbers(file) == ["812", "845"]

    copy_id = api.call("producer", "satudata_revision_start", id=live["id"], change_kind="pemutakhiran")["revision_id"]
    copy = api.call("producer", "package_show", id=copy_id)
    copied = next(resource["id"] for resource in copy["resources"] if resource["name"] == "Berkas")
    assert api.waiting() == [], "a copied table is not loaded a second time"
    assert api.numbers(copied) == ["812", "845"]
    api.call("producer", "resource_patch", upload=NEW_CSV, id=copied)
    assert len(api.waiting()) == 1
    api.work()
    assert api.numbers(copied) == ["830", "861"]
    assert api.numbers(file) == ["812", "845"]
    api.publish(copy_id)
    assert api.numbers(file) == ["830", "861"]
    table = oid(file)
    assert api.waiting() == [], "a swapped table is not loaded again"
    api.work()
    assert (oid(file), api.numbers(file)) == (table, ["830", "861"])

    # Published before its table was loaded: the old rows must not stand beside the new file.
    second = api.call("producer", "satudata_revision_start", id=live["id"], change_kind="koreksi")["revision_id"]
    copy = api.call("producer", "package_show", id=second)
    copied = next(resource["id"] for resource in copy["resources"] if resource["name"] == "Berkas")
    api.call("producer", "datastore_delete", resource_id=copied, force=True)
    api.call("producer", "resource_patch", upload=b"jenis_kelamin,jumlah\nlaki-laki,1\n", id=copied)
    api.publish(second)
    assert not tables.has_table(file)
    api.work()
    assert api.numbers(file) == ["1"]
