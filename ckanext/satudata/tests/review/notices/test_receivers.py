"""Who is told of what, and who is not."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa
from ckan import model
from ckan.tests import factories

from ckanext.satudata.review import chain, service
from ckanext.satudata.review.model import Review
from ckanext.satudata.review.notices.model import Notice
from ckanext.satudata.review.people import Actor
from ckanext.satudata.tests.conftest import call_as
from ckanext.satudata.tests.factories import officer
from ckanext.satudata.tests.review.conftest import ALL_CONFORM, ONE_FAILS, walk_to

from .conftest import act, tell, told, words_of

PEOPLE = (
    "producer colleague member neighbour custodian second_custodian pembina planner stranger city_admin "
    "collaborator sysadmin"
).split()


def newest(city: Any, package_id: str) -> dict[str, str]:
    """What each person of the city was told last of that dataset; those told nothing are left out."""
    tell()
    found = {person: words_of(getattr(city, person), package_id) for person in PEOPLE}
    return {person: words[0] for person, words in found.items() if words}


def only_new(city: Any, package_id: str, position: int) -> dict[str, str]:
    """Who was told what by events after ``position``."""
    tell()
    rows = model.Session.execute(
        sa.select(Notice.user_id, Notice.word).where(Notice.package_id == package_id, Notice.event_position > position)
    )
    names = {getattr(city, person)["id"]: person for person in PEOPLE}
    return {names[row.user_id]: row.word for row in rows}


def head() -> int:
    from ckanext.satudata.review.model import ReviewEvent

    return model.Session.scalar(sa.select(sa.func.max(ReviewEvent.position))) or 0


def after(city: Any, package_id: str, person: str, action: str, **data: Any) -> dict[str, str]:
    """Who is told what of one action."""
    tell()
    position = head()
    act(getattr(city, person), package_id, action, **data)
    return only_new(city, package_id, position)


def test_submitting_tells_the_custodians_and_nobody_else(quiet_city: Any) -> None:
    package = walk_to(quiet_city, "draft")
    assert after(quiet_city, package["id"], "producer", "submit") == {
        "custodian": "check",
        "second_custodian": "check",
    }


def test_a_return_tells_everybody_of_the_owner_who_can_mend_each_time_anew(quiet_city: Any) -> None:
    pid = walk_to(quiet_city, "submitted")["id"]
    sentence = {"comment": "Lengkapi satuan", "principle_results": ONE_FAILS}
    for _round in range(3):
        assert after(quiet_city, pid, "custodian", "return", **sentence) == {
            "producer": "returned",
            "colleague": "returned",
        }
        assert after(quiet_city, pid, "producer", "submit") == {
            "custodian": "check_again",
            "second_custodian": "check_again",
        }
    assert words_of(quiet_city.colleague, pid) == ["returned"] * 3


def test_the_way_by_the_pembina_tells_each_in_turn(quiet_city: Any) -> None:
    pid = walk_to(quiet_city, "draft")["id"]
    call_as(quiet_city.planner, "satudata_priority_set", id=pid, prioritas_daerah_tahun="2024")
    act(quiet_city.producer, pid, "submit")
    assert after(quiet_city, pid, "custodian", "forward", principle_results=ALL_CONFORM) == {
        "pembina": "review",
        "producer": "forwarded",
        "colleague": "forwarded",
    }
    # Ps 35: by way of the custodian; the producer hears of it when the custodian returns it.
    returned = after(quiet_city, pid, "pembina", "return", comment="Jelaskan sumber", principle_results=ONE_FAILS)
    assert returned == {"custodian": "returned_by_pembina", "second_custodian": "returned_by_pembina"}
    again = {"principle_results": ALL_CONFORM, "comment": "Sumber sudah dijelaskan"}
    assert after(quiet_city, pid, "custodian", "forward", **again)["pembina"] == "review"
    assert after(quiet_city, pid, "pembina", "approve") == {
        "custodian": "to_publish_approved",
        "second_custodian": "to_publish_approved",
        "producer": "approved",
        "colleague": "approved",
    }
    assert after(quiet_city, pid, "custodian", "publish") == {"producer": "published", "colleague": "published"}
    assert after(quiet_city, pid, "custodian", "unpublish", comment="Salah satuan") == {
        "producer": "unpublished",
        "colleague": "unpublished",
    }
    assert after(quiet_city, pid, "custodian", "reopen", comment="Perbaiki") == {
        "producer": "reopened",
        "colleague": "reopened",
    }


def test_where_the_pembina_is_not_asked_the_other_custodians_may_publish(quiet_city: Any) -> None:
    pid = walk_to(quiet_city, "submitted")["id"]
    assert after(quiet_city, pid, "custodian", "forward", principle_results=ALL_CONFORM) == {
        "second_custodian": "to_publish",
        "producer": "conforms",
        "colleague": "conforms",
    }


def test_a_release_date_is_told_as_such(quiet_city: Any) -> None:
    pid = walk_to(quiet_city, "approved")["id"]
    found = after(quiet_city, pid, "custodian", "publish", release_at="2100-01-01T08:00")
    assert found == {"producer": "scheduled", "colleague": "scheduled"}
    newest = call_as(quiet_city.producer, "satudata_notice_list", limit=1)["results"][0]
    assert newest["release_at"] == "2100-01-01T01:00:00+00:00"


def test_handing_over_tells_who_gets_it_and_who_had_it(quiet_city: Any) -> None:
    pid = walk_to(quiet_city, "custodian_check")["id"]
    given = after(quiet_city, pid, "second_custodian", "assign", assignee=quiet_city.second_custodian["name"])
    assert given == {"custodian": "taken_over"}
    given = after(quiet_city, pid, "second_custodian", "assign", assignee=quiet_city.custodian["name"])
    assert given == {"custodian": "assigned"}


def test_cancelling_tells_whoever_held_it_by_the_name_it_had(quiet_city: Any) -> None:
    package = walk_to(quiet_city, "custodian_check", title="Jumlah warung")
    assert after(quiet_city, package["id"], "producer", "withdraw") == {"custodian": "withdrawn"}
    call_as(quiet_city.producer, "package_patch", id=package["id"], title="Judul baru yang belum boleh dibaca")
    first = call_as(quiet_city.custodian, "satudata_notice_list", limit=1)["results"][0]
    assert first["title"] == "Jumlah warung"
    assert (first["package_name"], first["state"], first["url"]) == (None, None, None)
    # What was told while it was open is closed again with it.
    assert words_of(quiet_city.second_custodian, package["id"]) == []


def test_cancelling_what_nobody_held_tells_nobody(quiet_city: Any) -> None:
    pid = walk_to(quiet_city, "submitted")["id"]
    assert after(quiet_city, pid, "producer", "withdraw") == {}


def test_taking_and_letting_go_tell_nobody(quiet_city: Any) -> None:
    pid = walk_to(quiet_city, "submitted")["id"]
    assert after(quiet_city, pid, "custodian", "claim") == {}
    assert after(quiet_city, pid, "custodian", "release") == {}


@pytest.mark.ckan_config("satudata.review.submit_by", "admin")
def test_asking_for_consent_tells_the_admins_of_the_organization(quiet_city: Any, ckan_config: Any) -> None:
    pid = walk_to(quiet_city, "draft")["id"]
    assert after(quiet_city, pid, "producer", "ask") == {"colleague": "consent"}


def test_what_was_withdrawn_before_the_job_came_is_announced_to_nobody(quiet_city: Any) -> None:
    pid = walk_to(quiet_city, "submitted")["id"]
    act(quiet_city.producer, pid, "withdraw")
    assert newest(quiet_city, pid) == {}


def test_where_nobody_has_the_role_the_portal_admin_is_told(quiet_city: Any) -> None:
    lonely = factories.Organization(title="Dinas Tanpa Walidata")
    people = officer(lonely)
    from ckanext.satudata.tests.factories import submittable

    package = call_as(people, "package_create", **submittable(lonely))
    act(people, package["id"], "submit")
    tell()
    assert told(quiet_city.sysadmin, limit=1) == [("check", package["title"])]


def test_reminders_go_to_the_holder_or_to_whose_turn_it_is(quiet_city: Any) -> None:
    def remind(package_id: str, action: str) -> dict[str, str]:
        tell()
        position = head()
        review, package = Review.get(package_id), model.Package.get(package_id)
        service.record(Actor(None, "deadlines", True, "deadlines"), review, package, action)
        model.Session.commit()
        return only_new(quiet_city, package_id, position)

    held = walk_to(quiet_city, "custodian_check")["id"]
    assert remind(held, "remind") == {"custodian": "due_soon"}
    waiting = walk_to(quiet_city, "submitted")["id"]
    assert remind(waiting, "overdue") == {"custodian": "overdue", "second_custodian": "overdue"}
    returned = walk_to(quiet_city, "returned")["id"]
    assert remind(returned, "overdue") == {"producer": "overdue", "colleague": "overdue"}


def test_events_that_are_nobodys_business_are_told_to_nobody(quiet_city: Any) -> None:
    pid = walk_to(quiet_city, "submitted")["id"]
    tell()
    position = head()
    call_as(quiet_city.planner, "satudata_priority_set", id=pid, prioritas_daerah_tahun="2024")
    call_as(quiet_city.sysadmin, "satudata_review_override", id=pid, reason="Uji")
    assert only_new(quiet_city, pid, position) == {}


def test_an_unknown_event_that_moves_nothing_is_told_to_nobody_and_one_that_does_by_whose_turn_it_is(
    quiet_city: Any,
) -> None:
    pid = walk_to(quiet_city, "submitted")["id"]
    tell()
    position = head()
    review, package = Review.get(pid), model.Package.get(pid)
    service.record(Actor(None, "p", True, "p"), review, package, "something_new")
    model.Session.commit()
    assert only_new(quiet_city, pid, position) == {}
    chain.append(package_id=pid, action="skip", from_state="draft", to_state="submitted", actor_name="p")
    model.Session.commit()
    assert only_new(quiet_city, pid, position) == {
        "custodian": "turn",
        "second_custodian": "turn",
        "producer": "other",
        "colleague": "other",
    }


def test_a_working_copy_that_was_given_up_is_told_of_the_dataset_it_was_made_of(quiet_city: Any) -> None:
    live = walk_to(quiet_city, "published", title="Jumlah sekolah")
    started = call_as(quiet_city.producer, "satudata_revision_start", id=live["id"], change_kind="koreksi")
    copy = started["revision_id"]
    tell()
    assert words_of(quiet_city.colleague, live["id"])[0] == "revised"
    call_as(quiet_city.producer, "satudata_revision_abandon", id=copy)
    tell()
    first = call_as(quiet_city.colleague, "satudata_notice_list", limit=1)["results"][0]
    assert (first["word"], first["package_id"], first["title"]) == ("copy_abandoned", live["id"], "Jumlah sekolah")
    assert first["url"].endswith(f"/dataset/{live['name']}")


def test_the_review_of_a_working_copy_is_told_like_any_other(quiet_city: Any) -> None:
    live = walk_to(quiet_city, "published")
    started = call_as(quiet_city.producer, "satudata_revision_start", id=live["id"], change_kind="koreksi")
    copy = started["revision_id"]
    assert after(quiet_city, copy, "producer", "submit") == {
        "custodian": "check",
        "second_custodian": "check",
    }
    act(quiet_city.custodian, copy, "forward", principle_results=ALL_CONFORM)
    tell()
    act(quiet_city.custodian, copy, "publish")
    tell()
    assert words_of(quiet_city.producer, live["id"])[0] == "published"
    # The copy is gone, and with it what was told of it.
    assert words_of(quiet_city.custodian, copy) == []
