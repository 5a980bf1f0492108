"""State × access × decision: what the submission check says, what publication lets through, and who then sees it."""

from __future__ import annotations

import datetime as dt
from types import SimpleNamespace
from typing import Any

import ckantoolkit as tk
import pytest
from ckan import model

from ckanext.satudata.review import calendar
from ckanext.satudata.review.access.model import DECISION, Restriction
from ckanext.satudata.tests.conftest import call_as

from ..conftest import ALL_CONFORM, DECIDED, REASONS, walk_to

LEVELS = ("terbuka", "terbatas", "tertutup")
#: What the data name × what was decided → whether publication goes through. By hand, from Ps 37: no limit without a
#: decision that holds, no opening against one.
PUBLISHES: dict[tuple[str, str], bool] = {
    ("terbuka", "nothing"): True,
    ("terbuka", "terbuka"): True,
    ("terbuka", "terbatas"): False,
    ("terbuka", "tertutup"): False,
    ("terbuka", "ended"): True,
    ("terbatas", "nothing"): False,
    ("terbatas", "terbuka"): False,
    ("terbatas", "terbatas"): True,
    ("terbatas", "tertutup"): False,
    ("terbatas", "ended"): False,
    ("tertutup", "nothing"): False,
    ("tertutup", "terbuka"): False,
    ("tertutup", "terbatas"): False,
    ("tertutup", "tertutup"): True,
    ("tertutup", "ended"): False,
}
_CONCERNED = {"member", "producer", "colleague", "city_admin", "collaborator", "custodian", "pembina", "planner",
              "sysadmin"}  # fmt: skip
_OTHERS = {"nobody", "stranger", "former", "neighbour"}
#: Access of published data → who reads all of it, and who reads its description.
READS_ALL = {"terbuka": _CONCERNED | _OTHERS, "terbatas": _CONCERNED, "tertutup": _CONCERNED}
READS_DESCRIPTION: dict[str, set[str]] = {"terbuka": set(), "terbatas": _CONCERNED | _OTHERS, "tertutup": set()}


def act(city: SimpleNamespace, person: str, pid: str, action: str, **data: Any) -> Any:
    if action == "forward":
        data["principle_results"] = ALL_CONFORM
    return call_as(getattr(city, person), "satudata_review_transition", id=pid, action=action, **data)


def propose(city: SimpleNamespace, pid: str, level: str) -> None:
    call_as(city.producer, "satudata_restriction_set", id=pid, proposed_level=level, **REASONS)


def decide(city: SimpleNamespace, pid: str, level: str, **data: Any) -> None:
    if level == "ended":
        # Entered while it held; the days went by since.
        row = Restriction(package_id=pid, kind=DECISION, level="terbatas", role="custodian", actor_name="walidata",
                          legal_basis="UU", consequence="…", decision_reference="BA 1/2020",
                          forum_date=dt.date(2020, 1, 1), end_date=calendar.today() - dt.timedelta(1))  # fmt: skip
        model.Session.add(row)
        model.Session.commit()
        return
    call_as(city.custodian, "satudata_restriction_set", id=pid, decided_level=level, **{**DECIDED, **data})


@pytest.mark.parametrize(("level", "decided"), PUBLISHES)
def test_publication_asks_for_the_decision_that_holds(lasting_city: SimpleNamespace, level: str, decided: str) -> None:
    city = lasting_city
    pid = walk_to(city, "draft", accesslevel=level)["id"]
    if level != "terbuka":
        propose(city, pid, level)
    act(city, "producer", pid, "submit")
    if decided != "nothing":
        decide(city, pid, decided)
    act(city, "custodian", pid, "forward")
    before = call_as(city.producer, "satudata_review_show", id=pid)
    if PUBLISHES[level, decided]:
        act(city, "custodian", pid, "publish")
        assert model.Package.get(pid).private is (level != "terbuka")
        return
    with pytest.raises(tk.ValidationError) as refused:
        act(city, "custodian", pid, "publish")
    assert set(refused.value.error_dict) == {"accesslevel"}
    after = call_as(city.producer, "satudata_review_show", id=pid)
    assert (after["state"], after["version"]) == ("approved", before["version"])
    assert model.Package.get(pid).private is True


@pytest.mark.parametrize("level", LEVELS)
def test_who_reads_published_data_by_their_access(lasting_city: SimpleNamespace, level: str) -> None:
    pid = walk_to(lasting_city, "published", accesslevel=level)["id"]
    whole: set[str] = set()
    description: set[str] = set()
    for person in sorted(_CONCERNED | _OTHERS):
        user = None if person == "nobody" else getattr(lasting_city, person)
        for action, found in (("package_show", whole), ("satudata_restricted_show", description)):
            try:
                call_as(user, action, id=pid)
                found.add(person)
            except (tk.NotAuthorized, tk.ObjectNotFound):
                pass
    assert whole == READS_ALL[level]
    assert description == READS_DESCRIPTION[level]


@pytest.mark.parametrize("state", ["draft", "submitted", "approved", "returned", "withdrawn"])
def test_what_is_not_published_has_no_description_whatever_it_names(lasting_city: SimpleNamespace, state: str) -> None:
    pid = walk_to(lasting_city, state, accesslevel="terbatas")["id"]
    with pytest.raises(tk.ObjectNotFound):
        call_as(lasting_city.sysadmin, "satudata_restricted_show", id=pid)
    assert pid not in {row["id"] for row in call_as(None, "satudata_restricted_list", limit=1000)["results"]}


def test_the_check_asks_for_a_record_and_says_how_to_mend_it(lasting_city: SimpleNamespace) -> None:
    city = lasting_city
    pid = walk_to(city, "draft", accesslevel="tertutup")["id"]

    def findings() -> dict[str, str]:
        found = call_as(city.producer, "satudata_submission_check", id=pid)["findings"]
        return {one["id"]: one["severity"] for one in found if one["field"] == "accesslevel"}

    assert findings() == {"access.restriction": "error"}
    with pytest.raises(tk.ValidationError) as refused:
        act(city, "producer", pid, "submit")
    assert "record" in str(refused.value.error_dict["accesslevel"])
    propose(city, pid, "tertutup")
    assert findings() == {}
    act(city, "producer", pid, "submit")


def test_a_level_other_than_the_decided_one_is_heard_of_before_the_return(lasting_city: SimpleNamespace) -> None:
    pid = walk_to(lasting_city, "submitted", accesslevel="terbatas")["id"]
    decide(lasting_city, pid, "tertutup")
    found = call_as(lasting_city.producer, "satudata_submission_check", id=pid)["findings"]
    assert ("access.decided", "warning") in {(one["id"], one["severity"]) for one in found}


def test_a_portal_may_do_without_decisions(lasting_city: SimpleNamespace, ckan_config: Any) -> None:
    ckan_config["satudata.access.decision_required"] = False
    try:
        pid = walk_to(lasting_city, "draft", accesslevel="terbatas")["id"]
        act(lasting_city, "producer", pid, "submit")
        act(lasting_city, "custodian", pid, "forward")
        act(lasting_city, "custodian", pid, "publish")
    finally:
        ckan_config["satudata.access.decision_required"] = True
    assert model.Package.get(pid).private is True
    assert call_as(None, "satudata_restricted_show", id=pid)["restriction"]["decision_reference"] == ""


@pytest.mark.parametrize("kind", ["kegiatan", "indikator"])
def test_activities_and_indicators_go_through_the_same_doors(lasting_city: SimpleNamespace, kind: str) -> None:
    from ckanext.satudata.standards import service as standards

    assert "accesslevel" in standards.public_fields(kind)
    made = call_as(
        lasting_city.producer, "package_create", type=kind, name=f"{kind}-terbatas", title=f"Uji {kind}",
        owner_org=lasting_city.kelurahan["id"], accesslevel="terbatas", notes="Keterangan",
    )  # fmt: skip
    found = call_as(lasting_city.producer, "satudata_submission_check", id=made["id"])["findings"]
    assert "access.restriction" in {one["id"] for one in found}
    propose(lasting_city, made["id"], "terbatas")
    found = call_as(lasting_city.producer, "satudata_submission_check", id=made["id"])["findings"]
    assert "access.restriction" not in {one["id"] for one in found}
