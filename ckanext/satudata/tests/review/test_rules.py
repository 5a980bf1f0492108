"""Rules of a transition beyond role and state: input, version, holder, four eyes, content, dates, and the trail."""

from __future__ import annotations

import datetime as dt
from typing import Any

import ckantoolkit as tk
import pytest
import sqlalchemy as sa
from ckan import model
from ckan.tests import helpers

from ckanext.satudata.review import chain, jobs
from ckanext.satudata.review.model import Review, ReviewEvent
from ckanext.satudata.tests.conftest import call_as
from ckanext.satudata.tests.factories import officer, submittable
from ckanext.satudata.tests.review.conftest import ALL_CONFORM, ONE_FAILS, walk_to
from ckanext.satudata.tests.review.test_matrix import act, prioritised, snapshot


def refused(user: Any, package_id: str, action: str, **data: Any) -> dict[str, Any]:
    """The error of an input that is not complete; nothing has changed by it."""
    before = snapshot(package_id)
    with pytest.raises(tk.ValidationError) as error:
        act(user, package_id, action, **data)
    assert snapshot(package_id) == before
    return error.value.error_dict


def test_incomplete_input_names_each_field(lasting_city: Any) -> None:
    city = lasting_city
    pid = walk_to(city, "submitted")["id"]
    assert set(refused(city.custodian, pid, "return")) == {"comment", "principle_results"}
    assert set(refused(city.custodian, pid, "return", comment=" \x00 ", principle_results={"metadata": True})) == {
        "comment", "principle_results",
    }  # fmt: skip
    assert set(refused(city.custodian, pid, "forward", principle_results=ONE_FAILS)) == {"principle_results"}
    assert set(refused(city.custodian, pid, "forward", principle_results={**ALL_CONFORM, "lain": True})) == {
        "principle_results"
    }
    assert set(refused(city.custodian, pid, "assign", assignee=city.pembina["name"])) == {"assignee"}
    assert set(refused(city.custodian, pid, "claim", expected_version="dua")) == {"expected_version"}
    assert set(refused(city.custodian, pid, "claim", body_id=city.bps["id"])) == {"body_id"}
    assert set(refused(city.custodian, pid, "claim", release_at="2030-01-01")) == {"release_at"}
    assert set(refused(city.custodian, pid, "return", comment="x" * 2001, principle_results=ONE_FAILS)) == {"comment"}
    assert set(refused(city.custodian, pid, "terbitkan")) == {"action"}
    with pytest.raises(tk.ValidationError) as error:
        act(city.custodian, pid, "claim", komentar="x")
    assert set(error.value.error_dict) == {"komentar"}


def test_submitting_what_is_incomplete_names_the_fields_and_how_to_mend_them(lasting_city: Any) -> None:
    city = lasting_city
    package = submittable(city.kelurahan, satuan="", resources=[])
    pid = call_as(city.producer, "package_create", **package)["id"]
    errors = refused(city.producer, pid, "submit")
    assert "satuan" in errors
    findings = call_as(city.producer, "satudata_submission_check", id=pid)
    assert findings["errors"] == sum(len(messages) for messages in errors.values())


def test_a_version_passed_over_says_who_moved_it(lasting_city: Any) -> None:
    city = lasting_city
    pid = walk_to(city, "submitted")["id"]
    seen = call_as(city.second_custodian, "satudata_review_show", id=pid)["version"]
    act(city.custodian, pid, "claim", expected_version=seen)
    errors = refused(city.second_custodian, pid, "claim", expected_version=seen)
    assert city.custodian["name"] in errors["expected_version"][0]


def test_who_holds_it_keeps_others_out_until_the_role_is_lost(lasting_city: Any) -> None:
    city = lasting_city
    pid = walk_to(city, "submitted")["id"]
    leaving = officer(city.kominfo)
    act(leaving, pid, "claim")
    with pytest.raises(tk.NotAuthorized):
        act(city.custodian, pid, "return", comment="x", principle_results=ONE_FAILS)
    helpers.call_action("member_delete", id=city.kominfo["id"], object=leaving["id"], object_type="user")
    assert act(city.custodian, pid, "return", comment="x", principle_results=ONE_FAILS)["state"] == "returned"


def test_four_eyes_keep_an_author_from_deciding_whatever_hats_he_wears(lasting_city: Any) -> None:
    city = lasting_city
    both = officer(city.kelurahan)
    helpers.call_action(
        "member_create", id=city.kominfo["id"], object=both["id"], object_type="user", capacity="editor"
    )
    pid = call_as(city.producer, "package_create", **submittable(city.kelurahan))["id"]
    call_as(both, "package_patch", id=pid, notes="Ditulis oleh yang kelak memeriksa.")
    act(city.producer, pid, "submit")
    with pytest.raises(tk.NotAuthorized, match="four eyes"):
        act(both, pid, "forward", principle_results=ALL_CONFORM)
    assert "forward" not in [a["name"] for a in call_as(both, "satudata_review_show", id=pid)["actions"]]
    act(city.custodian, pid, "forward", principle_results=ALL_CONFORM)
    with pytest.raises(tk.NotAuthorized, match="four eyes"):
        act(both, pid, "publish")
    # Publication closes the account of authors: the next round starts afresh.
    act(city.custodian, pid, "publish")
    assert Review.get(pid).authors == []


def test_rows_written_to_the_datastore_make_an_author_too(lasting_city: Any) -> None:
    city = lasting_city
    both = officer(city.kelurahan)
    helpers.call_action(
        "member_create", id=city.kominfo["id"], object=both["id"], object_type="user", capacity="editor"
    )
    pid = walk_to(city, "draft")["id"]
    resource = helpers.call_action("package_show", id=pid)["resources"][0]["id"]
    table = {
        "resource_id": resource,
        "force": True,
        "primary_key": ["kode"],
        "fields": [{"id": "kode", "type": "text"}],
    }
    call_as(city.producer, "datastore_create", **table)
    call_as(both, "datastore_upsert", resource_id=resource, force=True, records=[{"kode": "12.71"}])
    # What a request leaves uncommitted at its end is gone.
    model.Session.remove()
    assert set(Review.get(pid).authors) == {city.producer["id"], both["id"]}
    act(city.producer, pid, "submit")
    with pytest.raises(tk.NotAuthorized, match="four eyes"):
        act(both, pid, "forward", principle_results=ALL_CONFORM)


def test_a_sysadmin_who_edits_is_an_author_too(lasting_city: Any) -> None:
    city = lasting_city
    pid = walk_to(city, "draft")["id"]
    call_as(city.sysadmin, "package_patch", id=pid, notes="Dibantu admin.")
    act(city.producer, pid, "submit")
    with pytest.raises(tk.NotAuthorized, match="four eyes"):
        act(city.sysadmin, pid, "forward", principle_results=ALL_CONFORM)


@pytest.mark.ckan_config("satudata.review.four_eyes", "false")
def test_a_small_office_may_switch_four_eyes_off(lasting_city: Any, ckan_config: Any) -> None:
    city = lasting_city
    pid = walk_to(city, "draft")["id"]
    act(city.sysadmin, pid, "submit")
    assert act(city.sysadmin, pid, "forward", principle_results=ALL_CONFORM)["state"] == "approved"


def test_the_pembinas_return_goes_by_way_of_the_custodian_who_answers_or_returns(lasting_city: Any) -> None:
    city = lasting_city
    pid = prioritised(city, "pembina_review")
    returned = act(city.pembina, pid, "return", comment="Definisi beda dengan SDSN", principle_results=ONE_FAILS)
    assert returned["state"] == "custodian_check"
    assert set(refused(city.custodian, pid, "forward", principle_results=ALL_CONFORM)) == {"comment"}
    answered = act(city.custodian, pid, "forward", principle_results=ALL_CONFORM, comment="Definisi memang lokal")
    assert answered["state"] == "pembina_review"
    act(city.pembina, pid, "return", comment="Tetap perlu diperbaiki", principle_results=ONE_FAILS)
    act(city.custodian, pid, "return", comment="Mohon diperbaiki", principle_results=ONE_FAILS)
    act(city.producer, pid, "submit")
    # The producer has resubmitted: nothing is left to answer.
    assert act(city.custodian, pid, "forward", principle_results=ALL_CONFORM)["state"] == "pembina_review"
    comments = [
        e["comment"] for e in call_as(city.producer, "satudata_review_history", id=pid)["results"] if e["comment"]
    ]
    assert "Definisi beda dengan SDSN" in comments and "Tetap perlu diperbaiki" in comments


@pytest.mark.parametrize(
    ("policy", "flags", "asked"),
    [
        ("priority", {"prioritas_daerah_tahun": "2024"}, True),
        ("priority", {"prioritas_daerah_tahun": "2023"}, False),
        ("national", {"prioritas_daerah_tahun": "2024"}, False),
        ("national", {"prioritas_tahun": "2024"}, True),
        ("all", {}, True),
        ("none", {"prioritas_tahun": "2024"}, False),
    ],
)
def test_the_pembina_is_asked_as_the_portal_says(
    lasting_city: Any, ckan_config: Any, policy: str, flags: dict[str, str], asked: bool
) -> None:
    city = lasting_city
    ckan_config["satudata.review.pembina_for"] = policy
    pid = walk_to(city, "submitted")["id"]
    if flags:
        call_as(city.planner, "satudata_priority_set", id=pid, **flags)
    state = act(city.custodian, pid, "forward", principle_results=ALL_CONFORM)["state"]
    assert state == ("pembina_review" if asked else "approved")


def test_maps_do_not_go_to_bps(lasting_city: Any) -> None:
    city = lasting_city
    pid = walk_to(city, "submitted", jenis_data="geospasial")["id"]
    call_as(city.planner, "satudata_priority_set", id=pid, prioritas_tahun="2024")
    errors = refused(city.custodian, pid, "forward", principle_results=ALL_CONFORM)
    assert "geospasial" in errors["id"][0]
    assert Review.get(pid).state != "pembina_review"


def test_an_approval_is_for_that_content_only(lasting_city: Any) -> None:
    city = lasting_city
    pid = walk_to(city, "approved")["id"]
    # Behind CKAN's back: the guard would not let this through.
    model.Session.execute(sa.update(model.Package).where(model.Package.id == pid).values(notes="disisipkan"))
    model.Session.commit()
    assert "id" in refused(city.custodian, pid, "publish")
    assert act(city.custodian, pid, "return", comment="Isi berubah", principle_results=ONE_FAILS)["state"] == "returned"


def test_a_release_date_waits_and_the_job_publishes(lasting_city: Any) -> None:
    city = lasting_city
    pid = walk_to(city, "approved")["id"]
    later = dt.datetime.now(dt.timezone.utc) + dt.timedelta(hours=1)
    planned = act(city.custodian, pid, "publish", release_at=later.isoformat())
    assert planned["state"] == "approved"
    assert dt.datetime.fromisoformat(planned["release_at"]) == later
    assert jobs.release_due() == []
    assert model.Package.get(pid).private is True
    model.Session.query(Review).filter_by(package_id=pid).update({"release_at": dt.datetime.utcnow()})
    model.Session.commit()
    assert jobs.release_due() == [pid]
    assert call_as(None, "package_show", id=pid)["private"] is False
    last = call_as(city.producer, "satudata_review_history", id=pid)["results"][-1]
    assert (last["action"], last["program"]) == ("publish", "release")


def test_withdrawing_the_submission_cancels_the_release(lasting_city: Any) -> None:
    city = lasting_city
    pid = walk_to(city, "approved")["id"]
    act(city.custodian, pid, "publish", release_at="2999-01-01T08:00")
    assert act(city.producer, pid, "withdraw")["release_at"] is None


def test_every_transition_moves_the_date_and_leaves_the_index_right(lasting_city: Any) -> None:
    city = lasting_city
    package = walk_to(city, "draft")
    pid = package["id"]
    seen = [call_as(city.producer, "package_show", id=pid)["metadata_modified"]]
    for user, action, data in (
        (city.producer, "submit", {}),
        (city.custodian, "forward", {"principle_results": ALL_CONFORM}),
        (city.custodian, "publish", {}),
    ):
        act(user, pid, action, **data)
        seen.append(call_as(city.producer, "package_show", id=pid)["metadata_modified"])
    assert seen == sorted(set(seen))
    found = call_as(None, "package_search", fq=f"id:{pid}")["results"]
    assert [item["metadata_modified"] for item in found] == [seen[-1]]


# -- the trail ------------------------------------------------------------------------------------------------


def test_events_form_one_chain_without_gaps(city: Any) -> None:
    for state in ("published", "returned"):
        walk_to(city, state)
    events = list(model.Session.scalars(sa.select(ReviewEvent).order_by(ReviewEvent.position)))
    assert [event.position for event in events] == list(range(1, len(events) + 1))
    assert chain.first_break(events) is None
    assert events[0].content_digest and len(events[0].hash) == 64


@pytest.mark.parametrize("column", ["comment", "actor_name", "action", "at", "content_digest", "principle_results"])
def test_a_changed_event_breaks_the_chain_at_its_place(city: Any, column: str) -> None:
    walk_to(city, "published")
    events = list(model.Session.scalars(sa.select(ReviewEvent).order_by(ReviewEvent.position)))
    model.Session.expunge_all()
    changed = {"at": dt.datetime(2020, 1, 1), "principle_results": {"metadata": {"conforms": False}}}
    setattr(events[1], column, changed.get(column, "diubah"))
    assert chain.first_break(events) == 2
    assert chain.first_break([events[0], events[2]]) == 2


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE satudata_review_event SET comment = 'x'",
        "DELETE FROM satudata_review_event",
        "TRUNCATE satudata_review_event",
    ],
)
def test_the_database_refuses_to_change_the_trail(city: Any, statement: str) -> None:
    walk_to(city, "submitted")
    with model.meta.engine.connect() as connection:
        connection.exec_driver_sql("SET satudata.allow_purge = 'off'")
        with pytest.raises(sa.exc.DBAPIError, match="append-only"):
            connection.exec_driver_sql(statement)
        connection.rollback()
        connection.exec_driver_sql("RESET satudata.allow_purge")
        connection.commit()


def test_content_parts_are_recorded_file_by_file(city: Any, create_with_upload: Any) -> None:
    package = call_as(city.producer, "package_create", **submittable(city.kelurahan, resources=[]))
    create_with_upload(
        "kode_wilayah,periode,nilai\n12.71.10.1001,2024,10\n",
        "penduduk.csv",
        context={"user": city.producer["name"], "ignore_auth": False},
        package_id=package["id"],
        name="Penduduk",
        format="CSV",
    )
    act(city.producer, package["id"], "submit")
    event = model.Session.scalars(sa.select(ReviewEvent).where(ReviewEvent.package_id == package["id"])).one()
    (digest,) = event.content["files"].values()
    import hashlib

    assert digest == hashlib.sha256(b"kode_wilayah,periode,nilai\n12.71.10.1001,2024,10\n").hexdigest()
