"""A portal with another table, end to end: the documented example, and one in which no state keeps its name."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import ckantoolkit as tk
import pytest
import yaml
from bs4 import BeautifulSoup
from ckan import model

from ckanext.satudata.review import recommendation, workflows
from ckanext.satudata.review.model import Review
from ckanext.satudata.review.transitions import Workflow
from ckanext.satudata.review.workflow import loader, show, start
from ckanext.satudata.tests.conftest import call_as
from ckanext.satudata.tests.factories import submittable
from ckanext.satudata.tests.messages import ROOT
from ckanext.satudata.tests.review.conftest import ALL_CONFORM, ONE_FAILS

EXAMPLE = ROOT / "docs" / "examples" / "workflow-quality-check.yaml"
#: Every state of the example under a name and words of the portal's own.
RENAMED = {
    "draft": "konsep", "submitted": "masuk", "custodian_check": "telaah", "quality_check": "mutu",
    "pembina_review": "pembina", "approved": "siap", "published": "terbit", "returned": "perbaikan",
    "withdrawn": "ditarik",
}  # fmt: skip


@pytest.fixture
def in_force() -> Iterator[Callable[[Workflow], None]]:
    """Puts a table in force, and the former ones afterwards."""
    before = [workflows.in_force(track) for track in workflows.tracks()]
    yield lambda table: workflows.put_in_force(recommendation.table(), table)
    workflows.put_in_force(*before)


@pytest.fixture
def example(in_force: Callable[[Workflow], None]) -> Workflow:
    table = loader.load([str(EXAMPLE)], start.built_in())[0]
    in_force(table)
    return table


@pytest.fixture
def renamed(in_force: Callable[[Workflow], None]) -> Workflow:
    """The example with other names for all its states."""
    tree = show.as_dict(loader.load([str(EXAMPLE)], start.built_in())[0])
    tree["initial"] = RENAMED[tree["initial"]]
    tree["states"] = {
        RENAMED[name]: {**state, "label": {"id": f"Tahap {RENAMED[name]}", "en": f"Step {RENAMED[name]}"}}
        for name, state in tree["states"].items()
    }
    for action in tree["transitions"].values():
        for way in action["ways"]:
            way["from"] = [RENAMED[name] for name in way["from"]]
            way["to"] = RENAMED[way["to"]]
            if "unasked" in way:
                way["unasked"] = RENAMED[way["unasked"]]
    table, problems = loader.parse(yaml.safe_dump(tree, sort_keys=False), "kota.yaml", start.built_in())
    assert table is not None, problems
    in_force(table)
    return table


def is_public(package_id: str) -> bool:
    try:
        call_as(None, "package_show", id=package_id)
        shown = True
    except tk.NotAuthorized:
        shown = False
    assert bool(call_as(None, "package_search", fq=f"id:{package_id}")["count"]) is shown
    return shown


def act(user: Any, package_id: str, action: str, **data: Any) -> dict[str, Any]:
    return call_as(user, "satudata_review_transition", id=package_id, action=action, **data)


def actions(user: Any, package_id: str) -> dict[str, str]:
    shown = call_as(user, "satudata_review_show", id=package_id)
    return {item["name"]: item["label"] for item in shown["actions"]}


def create(city: Any, **changes: Any) -> str:
    return call_as(city.producer, "package_create", **submittable(city.kelurahan, **changes))["id"]


def test_the_example_leads_past_bappeda(lasting_city: Any, example: Workflow) -> None:
    city = lasting_city
    pid = create(city)
    act(city.producer, pid, "submit")
    assert actions(city.custodian, pid)["forward"] == "Forward to Bappeda"
    shown = act(city.custodian, pid, "forward", principle_results=ALL_CONFORM)
    assert (shown["state"], shown["state_label"], shown["waits_for"]) == (
        "quality_check", "Quality check by Bappeda", "planner",
    )  # fmt: skip
    assert not is_public(pid)
    # Nobody gets past it: not the custodian, not the producer, not the head of the portal's producers.
    for person in ("custodian", "pembina", "producer", "colleague", "neighbour"):
        with pytest.raises(tk.NotAuthorized):
            act(getattr(city, person), pid, "endorse")
        with pytest.raises(tk.NotAuthorized):
            act(getattr(city, person), pid, "publish")
    assert pid in {
        item["package_id"] for item in call_as(city.planner, "satudata_review_list", mine=True, limit=1000)["results"]
    }
    assert actions(city.planner, pid) == {
        "claim": "Take", "assign": "Hand over to…", "return": "Return", "endorse": "Declare of good quality",
    }  # fmt: skip
    assert act(city.planner, pid, "claim")["holder"] == city.planner["id"]
    back = act(city.planner, pid, "return", comment="Periksa satuan", principle_results=ONE_FAILS)
    assert back["state"] == "custodian_check"
    act(city.custodian, pid, "forward", principle_results=ALL_CONFORM, comment="Satuan sudah benar")
    assert act(city.planner, pid, "endorse")["state"] == "approved"
    assert act(city.custodian, pid, "publish")["state"] == "published"
    assert is_public(pid)
    history = call_as(city.producer, "satudata_review_history", id=pid)["results"]
    assert [(event["action"], event["action_label"]) for event in history][-3:] == [
        ("forward", "Forward to Bappeda"), ("endorse", "Declare of good quality"), ("publish", "Publish"),
    ]  # fmt: skip


def test_the_example_asks_the_pembina_about_priority_data(lasting_city: Any, example: Workflow) -> None:
    city = lasting_city
    pid = create(city)
    call_as(city.planner, "satudata_priority_set", id=pid, prioritas_daerah_tahun="2024")
    act(city.producer, pid, "submit")
    act(city.custodian, pid, "forward", principle_results=ALL_CONFORM)
    assert act(city.planner, pid, "endorse")["state"] == "pembina_review"
    assert act(city.pembina, pid, "approve")["state"] == "approved"


def test_four_eyes_hold_for_an_action_of_the_portals_own(lasting_city: Any, example: Workflow) -> None:
    city = lasting_city
    call_as(
        city.sysadmin, "member_create", id=city.kelurahan["id"], object=city.planner["id"], object_type="user",
        capacity="editor",
    )  # fmt: skip
    try:
        pid = call_as(city.planner, "package_create", **submittable(city.kelurahan))["id"]
        act(city.producer, pid, "submit")
        act(city.custodian, pid, "forward", principle_results=ALL_CONFORM)
        with pytest.raises(tk.NotAuthorized, match="four eyes"):
            act(city.planner, pid, "endorse")
    finally:
        call_as(city.sysadmin, "member_delete", id=city.kelurahan["id"], object=city.planner["id"], object_type="user")


def test_a_table_whose_states_have_other_names_keeps_every_door_closed(lasting_city: Any, renamed: Workflow) -> None:
    city = lasting_city
    pid = create(city, private=False)
    assert call_as(city.producer, "satudata_review_show", id=pid)["state"] == "konsep"
    call_as(city.producer, "package_patch", id=pid, title="Judul yang lebih baik")
    road = [
        (city.producer, "submit", {}, "masuk"),
        (city.custodian, "claim", {}, "telaah"),
        (city.custodian, "return", {"comment": "Satuan", "principle_results": ONE_FAILS}, "perbaikan"),
        (city.producer, "submit", {}, "masuk"),
        (city.custodian, "forward", {"principle_results": ALL_CONFORM}, "mutu"),
        (city.planner, "endorse", {}, "siap"),
        (city.custodian, "publish", {"release_at": "2999-01-01T08:00"}, "siap"),
        (city.custodian, "publish", {}, "terbit"),
    ]
    for user, action, data, state in road:
        assert not is_public(pid)
        shown = act(user, pid, action, **data)
        assert (shown["state"], shown["state_label"]) == (state, f"Step {state}")
        if not workflows.in_force().state(state).editable_by:
            with pytest.raises(tk.NotAuthorized):
                call_as(city.producer, "package_patch", id=pid, title="Diam-diam")
            with pytest.raises(tk.NotAuthorized):
                call_as(city.producer, "package_delete", id=pid)
        call_as(city.custodian, "satudata_review_list", state=state)
    assert is_public(pid)
    assert call_as(None, "satudata_review_show", id=pid)["state_label"] == "Step terbit"
    assert act(city.custodian, pid, "unpublish", comment="Salah berkas")["state"] == "ditarik"
    assert not is_public(pid)
    assert act(city.custodian, pid, "reopen", comment="Diperbaiki")["state"] == "konsep"


def test_a_working_copy_follows_the_other_table_too(lasting_city: Any, renamed: Workflow) -> None:
    city = lasting_city
    pid = create(city)
    act(city.producer, pid, "submit")
    act(city.custodian, pid, "forward", principle_results=ALL_CONFORM)
    act(city.planner, pid, "endorse")
    act(city.custodian, pid, "publish")
    copy = call_as(city.producer, "satudata_revision_start", id=pid, change_kind="koreksi")
    copy_id = copy["revision_id"]
    assert Review.get(copy_id).state == "konsep"
    call_as(city.producer, "package_patch", id=copy_id, satuan="orang")
    act(city.producer, copy_id, "submit")
    act(city.custodian, copy_id, "forward", principle_results=ALL_CONFORM)
    act(city.planner, copy_id, "endorse")
    assert call_as(None, "package_show", id=pid)["satuan"] == "jiwa"
    act(city.custodian, copy_id, "publish", public_note="Ralat: satuan")
    assert call_as(None, "package_show", id=pid)["satuan"] == "orang"


# -- pages ----------------------------------------------------------------------------------------------------


def page(web: Any, headers: dict[str, str], address: str) -> BeautifulSoup:
    answer = web.get(address, headers=headers)
    assert answer.status_code == 200
    return BeautifulSoup(answer.body, "html.parser")


@pytest.fixture
def browser(app_once: Any, as_user: Any) -> Callable[[Any, str], BeautifulSoup]:
    """Pages as one person sees them."""
    known: dict[str, dict[str, str]] = {}

    def look(user: Any, address: str) -> BeautifulSoup:
        headers = known.setdefault(user["name"], as_user(user))
        return page(app_once, headers, address)

    return look


@pytest.mark.parametrize("locale, state, verb", [
    ("", "Quality check by Bappeda", "Declare of good quality"),
    ("/id", "Telaah mutu Bappeda", "Nyatakan bermutu"),
])  # fmt: skip
def test_queue_desk_and_dataset_page_speak_the_words_of_the_table(
    lasting_city: Any, example: Workflow, browser: Any, locale: str, state: str, verb: str
) -> None:
    city = lasting_city
    title = f"Jumlah posyandu aktif {locale.strip('/') or 'en'}"
    pid = create(city, title=title)
    act(city.producer, pid, "submit")
    act(city.custodian, pid, "forward", principle_results=ALL_CONFORM)
    model.Session.commit()
    queue = browser(city.planner, f"{locale}/satudata/review")
    assert title in queue.get_text()
    assert queue.find("button", attrs={"value": "claim"}) is not None
    desk = browser(city.planner, f"{locale}/satudata/review/{pid}")
    decisions = {button["value"]: button.get_text(strip=True) for button in desk.select(".satudata-decision button")}
    assert decisions["endorse"] == verb
    assert "return" in decisions
    assert state in [
        step.get_text(" ", strip=True).split(":")[-1].strip() for step in desk.select(".satudata-steps li")
    ]
    strip = browser(city.planner, f"{locale}/dataset/{pid}")
    header = strip.select_one(".account-masthead, .masthead").get_text(" ", strip=True)
    assert ("Antrean pemeriksaan" if locale else "Review queue") in header
    assert state in strip.select_one(".satudata-strip h2").get_text()
    act(city.planner, pid, "endorse")
    history = browser(city.producer, f"{locale}/satudata/review/{pid}/history").get_text()
    assert ("Dinyatakan bermutu" if locale else "Declared of good quality") in history


def test_the_button_of_a_portals_own_action_works(
    lasting_city: Any, example: Workflow, app_once: Any, as_user: Any
) -> None:
    city = lasting_city
    pid = create(city)
    act(city.producer, pid, "submit")
    shown = act(city.custodian, pid, "forward", principle_results=ALL_CONFORM)
    answer = app_once.post(
        f"/satudata/review/{pid}",
        data={"action": "endorse", "expected_version": shown["version"], "comment": "Baik"},
        headers=as_user(city.planner),
        follow_redirects=False,
    )
    assert answer.status_code == 302
    model.Session.expire_all()
    assert Review.get(pid).state == "approved"
    told = app_once.get(answer.headers["location"], headers=as_user(city.planner)).body
    assert "Declared of good quality" in told


def test_all_pages_stand_when_every_state_has_another_name(lasting_city: Any, renamed: Workflow, browser: Any) -> None:
    city = lasting_city
    pid = create(city)
    people = (city.producer, city.custodian, city.planner, city.sysadmin)
    roads = [
        (city.producer, "submit", {}),
        (city.custodian, "return", {"comment": "Satuan", "principle_results": ONE_FAILS}),
        (city.producer, "submit", {}),
        (city.custodian, "forward", {"principle_results": ALL_CONFORM}),
        (city.planner, "endorse", {}),
        (city.custodian, "publish", {}),
        (city.custodian, "unpublish", {"comment": "Salah berkas"}),
    ]
    for user, action, data in roads:
        act(user, pid, action, **data)
        model.Session.commit()
        label = workflows.in_force().states[Review.get(pid).state].words["en"]
        assert label in browser(city.producer, f"/dataset/{pid}").get_text()
        if action in ("return", "publish"):
            continue
        for person in people[1:3]:
            browser(person, "/satudata/review?tab=all")
            if person is city.custodian:
                browser(person, f"/satudata/review/{pid}")
    browser(city.producer, "/satudata/my-work")
    browser(city.producer, f"/satudata/review/{pid}/history")
