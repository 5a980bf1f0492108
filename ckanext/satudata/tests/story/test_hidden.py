"""What is not published is not there: every door a stranger might try, in every state, over HTTP."""

from __future__ import annotations

import io
from collections.abc import Iterator
from types import SimpleNamespace

import ckantoolkit as tk
import pytest
import requests
from ckan.tests import factories
from ckan.tests.helpers import call_action
from werkzeug.datastructures import FileStorage

from ckanext.satudata.review.transitions import STATES
from ckanext.satudata.tests.conftest import call_as
from ckanext.satudata.tests.factories import officer, submittable
from ckanext.satudata.tests.review.conftest import ROADS, build_city, with_support
from ckanext.satudata.tests.story import doors, live

PLUGINS = "activity satudata scheming_datasets datastore datatables_view text_view dcat"
#: Numbers from which each state makes words of its own.
NUMBERS = {state: f"{number:02}" for number, state in enumerate(STATES, 11)}


@pytest.fixture(scope="module")
def portal(clean_once: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[live.LivePortal]:
    with live.serve(tmp_path_factory.mktemp("live"), ckan__plugins=PLUGINS) as running:
        yield running


@pytest.fixture(scope="module")
def traces(clean_once: None) -> dict[str, doors.Trace]:
    """A dataset with a file and a table in each state, each of its own organization."""
    city = build_city()
    return {state: _make(city, state, NUMBERS[state]) for state in STATES}


def _make(city: SimpleNamespace, state: str, number: str) -> doors.Trace:
    owner = factories.Organization(title=f"Kelurahan {number}", groups=[{"name": city.kota["name"]}])
    producer = officer(owner)
    words = {part: f"{part}zq{number}" for part in ("judul", "uraian", "angka")}
    package = call_as(
        producer,
        "package_create",
        **submittable(
            owner,
            title=f"Banyaknya {words['judul']} di kelurahan",
            notes=f"Tabel {words['uraian']} menurut lingkungan, dari register kelurahan tahun 2024.",
            tags=[{"name": f"tag{number}zq"}, {"name": "kelurahan"}],
            resources=[],
        ),
    )
    file = f"berkas{number}.csv"
    table = io.BytesIO(f"kode_wilayah,catatan\n12.71,{words['angka']}\n".encode())
    resource = call_as(
        producer,
        "resource_create",
        package_id=package["id"],
        name=file,
        url=file,
        url_type="upload",
        format="CSV",
        upload=FileStorage(table, file, content_type="text/csv"),
    )
    call_as(
        producer,
        "datastore_create",
        resource_id=resource["id"],
        force=True,
        fields=[{"id": "kode_wilayah", "type": "text"}, {"id": "catatan", "type": "text"}],
        records=[{"kode_wilayah": "12.71", "catatan": words["angka"]}],
    )
    people = {**vars(city), "producer": producer}
    if state == "supporting_check":
        # Over this one only: with a supporting custodian the custodian of the others would have to wait.
        people["supporter"] = with_support(SimpleNamespace(sysadmin=city.sysadmin, kelurahan=owner)).supporter
    for person, action, data in ROADS[state]:
        if action == "priority":
            call_as(people[person], "satudata_priority_set", id=package["id"], prioritas_daerah_tahun="2024")
        else:
            call_as(people[person], "satudata_review_transition", id=package["id"], action=action, **data)
    return doors.Trace(
        package_id=package["id"],
        name=package["name"],
        resource_id=resource["id"],
        filename=file,
        organization=owner["name"],
        organization_id=owner["id"],
        producer=producer["name"],
        tag=f"tag{number}zq",
        activities=_activities(package["id"]),
        words=tuple(words.values()),
    )


def _activities(package_id: str) -> tuple[str, ...]:
    """Ids of what CKAN wrote into its stream about the dataset; nothing while it is private."""
    found = call_action("package_activity_list", id=package_id, include_hidden_activity=True)
    return tuple(activity["id"] for activity in found)


@pytest.mark.parametrize("state", [state for state in STATES if state != "published"])
def test_a_stranger_sees_nothing_of(state: str, portal: live.LivePortal, traces: dict[str, doors.Trace]) -> None:
    # The wide pages ask what the API asks; they are opened for what waits and for what was public once.
    trace = traces[state]
    leaks = doors.leaks(portal.url, trace, narrow=state not in ("pembina_review", "withdrawn"))
    if state == "withdrawn":
        # Its tombstone names what was public once, at its own addresses and nowhere else.
        named = [leak for leak in leaks if leak.endswith(f": {trace.words[0]}") and "/dataset/" in leak]
        for leak in named:
            address = leak.rpartition(": ")[0]
            assert trace.name in address or trace.package_id in address
            assert requests.get(portal.url + address, timeout=60).status_code == 410, address
        assert named
        leaks = [leak for leak in leaks if leak not in named]
    assert not leaks, "\n".join(leaks)


def test_once_published_each_of_these_doors_shows_it(portal: live.LivePortal, traces: dict[str, doors.Trace]) -> None:
    shut = doors.shut(portal.url, traces["published"])
    assert not shut, "\n".join(shut)


def test_numbers_of_datasets_count_only_what_is_published(
    portal: live.LivePortal, traces: dict[str, doors.Trace]
) -> None:
    listed = requests.get(f"{portal.url}/api/3/action/organization_list?all_fields=true&limit=100", timeout=60).json()
    counts = {item["id"]: item["package_count"] for item in listed["result"]}
    for state, trace in traces.items():
        assert counts[trace.organization_id] == (1 if state == "published" else 0), state


@pytest.mark.parametrize("state", ["submitted", "pembina_review", "published"])
def test_xloader_notes_on_a_closed_resource_what_it_has_loaded(state: str, traces: dict[str, doors.Trace]) -> None:
    """The keys are those xloader 2.5.2 sends with ``datastore_active``, as the site user and without a request."""
    site_user = tk.get_action("get_site_user")({"ignore_auth": True}, {})["name"]
    notes = {
        "id": traces[state].resource_id,
        "resource_id": traces[state].resource_id,
        "ckan_url": "http://127.0.0.1:5000",
        "original_url": "http://127.0.0.1:5000/berkas.csv",
        "ignore_hash": False,
        "set_url_type": False,
        "queue_name": None,
        "tries": 1,
        "task_created": "2026-11-21 10:00:00",
        "datastore_active": True,
        "datastore_contains_all_records_of_source_file": True,
    }
    patched = tk.get_action("resource_patch")({"user": site_user}, notes)
    assert patched["datastore_active"] is True
    shown = call_as({"name": site_user}, "satudata_review_show", id=traces[state].package_id)
    assert shown["state"] == state
