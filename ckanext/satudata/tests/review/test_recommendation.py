"""The recommendation of BPS (Romantik) beside publication: whom it is for, its road, identity, letter, waiting."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace
from typing import Any

import ckantoolkit as tk
import pytest
from ckan import model

from ckanext.satudata.review.model import Review
from ckanext.satudata.review.recommendation import TRACK, service, table
from ckanext.satudata.review.recommendation.model import Recommendation
from ckanext.satudata.tests.conftest import call_as
from ckanext.satudata.tests.factories import submittable
from ckanext.satudata.tests.review.conftest import ALL_CONFORM

#: Every state and who moves it on, as BPS has it; written by hand (domain: BELUM DIVALIDASI … DIBATALKAN).
MAY: dict[str, dict[str, dict[str, str]]] = {
    "not_validated": {
        "producer": {"cancel": "cancelled"},
        "pembina": {"claim": "validating", "assign": "validating", "return": "needs_repair"},
    },
    "validating": {
        "producer": {"cancel": "cancelled"},
        "pembina": {
            "release": "validating", "assign": "validating", "return": "needs_repair", "feasible": "feasible",
            "not_feasible": "not_feasible",
        },
    },
    "needs_repair": {"producer": {"repair": "repaired", "cancel": "cancelled"}, "pembina": {}},
    "repaired": {
        "producer": {"cancel": "cancelled"},
        "pembina": {
            "claim": "repaired", "assign": "repaired", "return": "needs_repair", "feasible": "feasible",
            "not_feasible": "not_feasible",
        },
    },
    "feasible": {"producer": {}, "pembina": {"letter": "feasible"}},
    "not_feasible": {"producer": {}, "pembina": {}},
    "cancelled": {"producer": {"submit": "not_validated"}, "pembina": {}},
}  # fmt: skip
PEOPLE = (
    "producer", "member", "neighbour", "custodian", "pembina", "planner", "city_admin", "collaborator", "stranger",
)  # fmt: skip
_numbers = iter(range(1, 1000))


def identity() -> str:
    """One that nobody has yet."""
    return f"V-26.1275.{next(_numbers):03}"


@pytest.fixture
def survey(lasting_city: SimpleNamespace) -> Callable[..., str]:
    """Makes a statistical activity of the kelurahan; sectoral unless said otherwise."""

    def make(kind: str = "Statistik Sektoral", **changes: Any) -> str:
        data = submittable(lasting_city.kelurahan)
        package = {
            "name": data["name"].replace("_", "-"),
            "title": "Pendataan keluarga 2026",
            "type": "kegiatan",
            "owner_org": lasting_city.kelurahan["id"],
            "extras": [{"key": "jenis_kegiatan_statistik", "value": kind}],
            **changes,
        }
        return call_as(lasting_city.producer, "package_create", **package)["id"]

    return make


def act(user: Any, package_id: str, action: str, **data: Any) -> dict[str, Any]:
    return call_as(user, "satudata_review_transition", id=package_id, action=action, track=TRACK, **data)


def show(user: Any, package_id: str) -> dict[str, Any]:
    return call_as(user, "satudata_review_show", id=package_id, track=TRACK)


def inputs(city: Any, action: str) -> dict[str, Any]:
    return {
        "return": {"comment": "Lengkapi metode"},
        "not_feasible": {"comment": "Sama dengan survei BPS"},
        "feasible": {"identity": identity()},
        "assign": {"assignee": city.pembina["name"]},
        "letter": {"letter_number": "B-12/BPS/2026", "letter_date": "2026-02-03"},
    }.get(action, {})


def lead_to(city: Any, package_id: str, state: str) -> None:
    """Walk the activity to that state by the real actions."""
    act(city.producer, package_id, "submit")
    roads = {
        "not_validated": [],
        "validating": ["claim"],
        "needs_repair": ["return"],
        "repaired": ["return", "repair"],
        "feasible": ["claim", "feasible"],
        "not_feasible": ["claim", "not_feasible"],
        "cancelled": ["cancel"],
    }
    for action in roads[state]:
        user = city.producer if action in ("repair", "cancel") else city.pembina
        act(user, package_id, action, **inputs(city, action))
    assert show(city.producer, package_id)["state"] == state


def test_the_states_are_those_of_bps() -> None:
    assert set(table().states) == set(MAY)
    assert [table().states[name].words["id"] for name in ("not_validated", "feasible")] == ["Belum divalidasi", "Layak"]


@pytest.mark.parametrize("state", sorted(MAY))
def test_only_producer_and_pembina_take_the_actions_of_their_turn(
    lasting_city: Any, survey: Callable[..., str], state: str
) -> None:
    city = lasting_city
    package_id = survey()
    lead_to(city, package_id, state)
    cells = 0
    for person in PEOPLE:
        user = getattr(city, person)
        for action in table().transitions:
            cells += 1
            target = MAY[state].get(person, {}).get(action)
            if target is None:
                with pytest.raises(tk.NotAuthorized):
                    act(user, package_id, action, **inputs(city, action))
                continue
            assert act(user, package_id, action, **inputs(city, action))["state"] == target, (person, action)
            package_id = survey()
            lead_to(city, package_id, state)
        try:
            offered = {item["name"] for item in show(user, package_id)["actions"]}
        except tk.NotAuthorized:
            offered = set()
        assert offered == set(MAY[state].get(person, {})), person
    print(f"recommendation, {state}: {cells} cells")


def test_looking_at_a_survey_makes_no_row(lasting_city: Any, survey: Callable[..., str]) -> None:
    package_id = survey()
    shown = show(lasting_city.producer, package_id)
    assert shown["state"] == "not_validated"
    assert shown["recommendation"]["asked"] is False
    assert [item["name"] for item in shown["actions"]] == ["submit"]
    assert Review.get(package_id, TRACK) is None
    with pytest.raises(tk.NotAuthorized, match="not been asked for"):
        act(lasting_city.pembina, package_id, "claim")
    model.Session.rollback()
    assert Review.get(package_id, TRACK) is None


@pytest.mark.parametrize("kind", ["Statistik Dasar", "1", ""])
def test_other_activities_have_no_recommendation(lasting_city: Any, survey: Callable[..., str], kind: str) -> None:
    package_id = survey(kind)
    with pytest.raises(tk.ObjectNotFound):
        show(lasting_city.producer, package_id)
    with pytest.raises(tk.ValidationError):
        act(lasting_city.producer, package_id, "submit")


def test_an_activity_of_a_schema_of_the_portals_own_is_known_by_its_number() -> None:
    numbered = model.Package(type="kegiatan", extras={"jenis_kegiatan_statistik": "2"})
    other = model.Package(type="kegiatan", extras={"jenis_kegiatan_statistik": "1"})
    assert service.is_sectoral_survey(numbered) and not service.is_sectoral_survey(other)


@pytest.mark.parametrize("kind", ["STATISTIK  sektoral", "Statistik Sektoral", "statistik_sektoral"])
def test_a_sectoral_survey_is_known_by_its_word(lasting_city: Any, survey: Callable[..., str], kind: str) -> None:
    assert service.is_sectoral_survey(model.Package.get(survey(kind)))


def test_a_dataset_is_no_survey_whatever_its_fields_say(lasting_city: Any) -> None:
    extras = [{"key": "jenis_kegiatan_statistik", "value": "2"}]
    package = call_as(lasting_city.producer, "package_create", **submittable(lasting_city.kelurahan, extras=extras))
    with pytest.raises(tk.ObjectNotFound):
        show(lasting_city.producer, package["id"])


def test_the_types_are_an_option(
    lasting_city: Any, survey: Callable[..., str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(tk.config, "satudata.review.recommendation_types", "survei")
    assert not service.is_sectoral_survey(model.Package.get(survey()))
    assert service.is_sectoral_survey(model.Package.get(survey(type="survei")))


def test_the_recommendation_changes_nothing_about_what_is_seen(lasting_city: Any, survey: Callable[..., str]) -> None:
    city = lasting_city
    package_id = survey(state="draft")
    package = model.Package.get(package_id)
    before = (package.private, package.state, call_as(city.producer, "satudata_review_show", id=package_id)["state"])
    lead_to(city, package_id, "feasible")
    model.Session.expire_all()
    package = model.Package.get(package_id)
    after = (package.private, package.state, call_as(city.producer, "satudata_review_show", id=package_id)["state"])
    assert before == after == (True, "draft", "draft")
    for person in (None, city.stranger, city.neighbour):
        with pytest.raises(tk.NotAuthorized):
            call_as(person, "package_show", id=package_id)
        with pytest.raises(tk.NotAuthorized):
            show(person, package_id)


def test_a_draft_that_moves_takes_its_recommendation_along(lasting_city: Any, survey: Callable[..., str]) -> None:
    city, package_id = lasting_city, survey()
    act(city.producer, package_id, "submit")
    call_as(city.sysadmin, "package_owner_org_update", id=package_id, organization_id=city.other["id"])
    assert Review.get(package_id, TRACK, lock=True).organization_id == city.other["id"]
    call_as(city.sysadmin, "package_patch", id=package_id, owner_org=city.kelurahan["id"])
    assert Review.get(package_id, TRACK, lock=True).organization_id == city.kelurahan["id"]
    model.Session.rollback()


def test_the_pembina_reads_a_draft_that_was_handed_over_and_no_other(
    lasting_city: Any, survey: Callable[..., str]
) -> None:
    city, package_id = lasting_city, survey()
    with pytest.raises(tk.NotAuthorized):
        call_as(city.pembina, "package_show", id=package_id)
    act(city.producer, package_id, "submit")
    assert call_as(city.pembina, "package_show", id=package_id)["id"] == package_id
    found = call_as(city.pembina, "package_search", fq=f"id:{package_id}", include_private=True)
    assert found["count"] == 1
    with pytest.raises(tk.NotAuthorized):
        call_as(city.custodian, "package_show", id=package_id)
    with pytest.raises(tk.NotAuthorized):
        call_as(city.pembina, "package_patch", id=package_id, title="Judul lain")


def test_what_bps_decides_on_is_what_was_handed_over(lasting_city: Any, survey: Callable[..., str]) -> None:
    city, package_id = lasting_city, survey()
    lead_to(city, package_id, "validating")
    call_as(city.producer, "package_patch", id=package_id, title="Pendataan keluarga dan usaha 2026")
    with pytest.raises(tk.ValidationError) as refusal:
        act(city.pembina, package_id, "feasible", identity=identity())
    assert "not what was submitted" in refusal.value.error_dict["id"][0]
    act(city.pembina, package_id, "return", comment="Isinya berubah")
    act(city.producer, package_id, "repair")
    assert act(city.pembina, package_id, "feasible", identity=identity())["state"] == "feasible"


@pytest.mark.parametrize("wrong", ["", "V-23.1600", "23.1600.004", "V-2023.1600.004", "VV-23.1600.004", "V-23.1600.04"])
def test_an_identity_has_the_pattern_of_bps(lasting_city: Any, survey: Callable[..., str], wrong: str) -> None:
    city, package_id = lasting_city, survey()
    lead_to(city, package_id, "validating")
    with pytest.raises(tk.ValidationError) as refusal:
        act(city.pembina, package_id, "feasible", identity=wrong)
    assert "V-23.1600.004" in refusal.value.error_dict["identity"][0]
    assert show(city.pembina, package_id)["state"] == "validating"


def test_an_identity_is_given_once(lasting_city: Any, survey: Callable[..., str]) -> None:
    city, first, second = lasting_city, survey(title="Survei ekonomi kreatif"), survey()
    number = identity()
    for package_id in (first, second):
        lead_to(city, package_id, "validating")
    act(city.pembina, first, "feasible", identity=f" {number.lower()} ")
    with pytest.raises(tk.ValidationError) as refusal:
        act(city.pembina, second, "feasible", identity=number)
    assert "Survei ekonomi kreatif" in refusal.value.error_dict["identity"][0]
    assert Recommendation.owner_of(number) == first
    history = call_as(city.producer, "satudata_review_history", id=first, track=TRACK)["results"]
    assert [event["action"] for event in history] == ["submit", "claim", "feasible"]
    assert history[-1]["comment"] == number
    assert "feasible" not in {
        event["action"] for event in call_as(city.producer, "satudata_review_history", id=first)["results"]
    }


def test_of_two_surveys_at_the_same_moment_one_gets_the_identity(
    lasting_city: Any, survey: Callable[..., str], app_once: Any
) -> None:
    city, number = lasting_city, identity()
    packages = [survey(), survey()]
    for package_id in packages:
        lead_to(city, package_id, "validating")
    model.Session.commit()

    def give(package_id: str) -> str:
        with app_once.flask_app.test_request_context():
            try:
                return act(city.pembina, package_id, "feasible", identity=number)["state"]
            except tk.ValidationError as refusal:
                return next(iter(refusal.error_dict))
            finally:
                model.Session.remove()

    with ThreadPoolExecutor(2) as pool:
        answers = sorted(pool.map(give, packages))
    assert answers == ["feasible", "identity"]


def test_the_letter_is_due_in_thirty_calendar_days_and_recorded(lasting_city: Any, survey: Callable[..., str]) -> None:
    city, package_id = lasting_city, survey()
    lead_to(city, package_id, "feasible")
    shown = show(city.producer, package_id)
    due = dt.datetime.fromisoformat(shown["due_at"]) - dt.datetime.now(dt.timezone.utc)
    assert dt.timedelta(days=29, hours=23) < due <= dt.timedelta(days=30)
    assert shown["recommendation"]["letter_overdue"] is False
    review = Review.get(package_id, TRACK)
    review.due_at = dt.datetime.utcnow() - dt.timedelta(days=1)
    model.Session.commit()
    assert show(city.pembina, package_id)["recommendation"]["letter_overdue"] is True
    listed = call_as(city.pembina, "satudata_review_list", track=TRACK, overdue=True)
    assert package_id in [item["package_id"] for item in listed["results"]]
    with pytest.raises(tk.ValidationError) as refusal:
        act(city.pembina, package_id, "letter", letter_date="2999-01-01")
    assert set(refusal.value.error_dict) == {"letter_date"}
    with pytest.raises(tk.ValidationError) as refusal:
        act(city.pembina, package_id, "letter", letter_date="kemarin dulu")
    assert set(refusal.value.error_dict) == {"letter_date"}
    with pytest.raises(tk.ValidationError) as refusal:
        act(city.pembina, package_id, "letter")
    assert set(refusal.value.error_dict) == {"letter_number", "letter_date"}
    act(
        city.pembina, package_id, "letter",
        letter_number="B-12/BPS/2026", letter_date="2026-02-03", letter_reference="arsip 12/2026",
    )  # fmt: skip
    shown = show(city.producer, package_id)
    assert shown["due_at"] is None
    assert shown["recommendation"] | {"identity": ""} == {
        "asked": True,
        "identity": "",
        "letter_number": "B-12/BPS/2026",
        "letter_date": "2026-02-03",
        "letter_reference": "arsip 12/2026",
        "letter_overdue": False,
    }


def test_no_other_action_takes_identity_or_letter(lasting_city: Any, survey: Callable[..., str]) -> None:
    city, package_id = lasting_city, survey()
    with pytest.raises(tk.ValidationError) as refusal:
        act(city.producer, package_id, "submit", identity=identity(), letter_number="1")
    assert set(refusal.value.error_dict) == {"identity", "letter_number"}
    with pytest.raises(tk.ValidationError) as refusal:
        call_as(city.producer, "satudata_review_transition", id=package_id, action="submit", identity=identity())
    assert "identity" in refusal.value.error_dict


def test_the_queue_of_the_track_shows_the_pembina_what_waits(lasting_city: Any, survey: Callable[..., str]) -> None:
    city, package_id = lasting_city, survey(title="Survei kepuasan layanan")
    assert package_id not in _queue(city.pembina)
    act(city.producer, package_id, "submit")
    assert _queue(city.pembina, mine=True)[package_id]["state_label"] == "Not yet validated"
    assert _queue(city.pembina)[package_id]["waits_for_you"] is True
    assert _queue(city.custodian, mine=True).get(package_id) is None
    act(city.pembina, package_id, "return", comment="Lengkapi")
    assert package_id in _queue(city.producer, mine=True, own=True)
    publication = call_as(city.producer, "satudata_review_list", q="Survei kepuasan layanan")
    assert [item["track"] for item in publication["results"]] == ["publication"]


def _queue(user: Any, **filters: Any) -> dict[str, dict[str, Any]]:
    listed = call_as(user, "satudata_review_list", track=TRACK, limit=1000, **filters)
    return {item["package_id"]: item for item in listed["results"]}


@pytest.fixture
def publication_waits(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setitem(tk.config, "satudata.review.publication_waits_for_recommendation", True)
    yield


def test_results_are_published_once_the_survey_is_feasible(
    lasting_city: Any, survey: Callable[..., str], publication_waits: None
) -> None:
    city, package_id = lasting_city, survey(title="Survei UMKM Aur")
    results = call_as(city.producer, "package_create", **submittable(city.kelurahan, kegiatan_statistik=package_id))[
        "id"
    ]

    def publication(user: Any, action: str, **data: Any) -> Any:
        return call_as(user, "satudata_review_transition", id=results, action=action, **data)

    publication(city.producer, "submit")
    publication(city.custodian, "forward", principle_results=ALL_CONFORM)
    with pytest.raises(tk.NotAuthorized, match=r"Survei UMKM Aur.*not asked for yet"):
        publication(city.custodian, "publish")
    lead_to(city, package_id, "validating")
    with pytest.raises(tk.NotAuthorized, match="Being validated"):
        publication(city.custodian, "publish")
    act(city.pembina, package_id, "feasible", identity=identity())
    assert publication(city.custodian, "publish")["state"] == "published"


def test_a_cancelled_request_can_be_made_again(lasting_city: Any, survey: Callable[..., str]) -> None:
    city, package_id = lasting_city, survey()
    lead_to(city, package_id, "cancelled")
    assert act(city.producer, package_id, "submit")["state"] == "not_validated"
    assert act(city.pembina, package_id, "claim")["holder"] == city.pembina["id"]


def test_unknown_tracks_are_named_as_such(lasting_city: Any, survey: Callable[..., str]) -> None:
    package_id = survey()
    for action, data in (("satudata_review_show", {"id": package_id}), ("satudata_review_list", {})):
        with pytest.raises(tk.ValidationError) as refusal:
            call_as(lasting_city.producer, action, track="lain", **data)
        assert "recommendation" in refusal.value.error_dict["track"][0]


def test_the_command_line_shows_the_track(lasting_city: Any, survey: Callable[..., str], cli: Any) -> None:
    from ckan.cli.cli import ckan

    city, package_id = lasting_city, survey()
    lead_to(city, package_id, "needs_repair")

    def run(*words: str) -> str:
        return cli.invoke(ckan, ["satudata", "review", *words, "--track", TRACK]).output

    assert "needs_repair" in run("show", package_id)
    assert "Lengkapi metode" in run("history", package_id)
    assert model.Package.get(package_id).name in run("list", "--state", "needs_repair")


# -- pages ----------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def portal_with_surveys(lasting_city: SimpleNamespace) -> Iterator[Any]:
    """The portal of somebody who has defined the type: scheming gives it form, page and addresses."""
    from ckan.config.environment import update_config
    from ckan.config.middleware import make_app
    from ckan.tests import helpers

    option = "scheming.dataset_schemas"
    before = tk.config.get(option)
    tk.config[option] = "ckanext.satudata.tests.review:schemas/kegiatan.yaml"
    yield helpers.CKANTestApp(make_app(tk.config))
    tk.config[option] = before or ""
    update_config()


@pytest.fixture
def described(lasting_city: SimpleNamespace) -> Callable[..., str]:
    """A survey of the type that the portal has defined."""

    def make(**changes: Any) -> str:
        number = next(_numbers)
        package = {
            "name": f"pendataan-{number}",
            "title": "Pendataan keluarga 2026",
            "type": "kegiatan",
            "owner_org": lasting_city.kelurahan["id"],
            "jenis_kegiatan_statistik": "b",
            **changes,
        }
        return call_as(lasting_city.producer, "package_create", **package)["id"]

    return make


def test_a_value_is_sectoral_by_what_the_portals_own_schema_calls_it(
    portal_with_surveys: Any, described: Callable[..., str]
) -> None:
    assert service.is_sectoral_survey(model.Package.get(described()))
    assert not service.is_sectoral_survey(model.Package.get(described(jenis_kegiatan_statistik="a")))


def test_the_whole_road_by_the_page(
    lasting_city: Any, portal_with_surveys: Any, described: Callable[..., str], as_user: Any
) -> None:
    city, web, package_id = lasting_city, portal_with_surveys, described()
    address = f"/satudata/review/{package_id}/recommendation"
    producer, pembina = as_user(city.producer), as_user(city.pembina)

    def press(headers: dict[str, str], action: str, status: int = 302, **data: str) -> str:
        version = show(city.sysadmin, package_id)["version"]
        data = {"action": action, "expected_version": str(version), **data}
        answer = web.post(address, data=data, headers=headers, follow_redirects=False)
        assert answer.status_code == status, answer.body[:500]
        model.Session.expire_all()
        return answer.body

    assert "Not asked for yet" in web.get(f"/kegiatan/{package_id}", headers=producer).body
    assert web.get(address, headers=as_user(city.stranger)).status_code == 403
    press(producer, "submit")
    assert "Not yet validated" in web.get(f"/satudata/review/{package_id}", headers=producer).body
    press(pembina, "claim")
    # What was typed into a refused form is still there, in that form only.
    refused = press(pembina, "feasible", 400, identity="salah", comment="Metode sudah tepat")
    assert 'value="salah"' in refused and refused.count("Metode sudah tepat") == 1
    assert "V-23.1600.004" in refused
    press(pembina, "return", 400)
    press(pembina, "return", comment="Lengkapi kerangka sampel")
    assert "Lengkapi kerangka sampel" in web.get(address, headers=producer).body
    press(producer, "repair", comment="Sudah dilengkapi")
    number = identity()
    press(pembina, "feasible", identity=number)
    page = web.get(address, headers=producer).body
    assert number in page and "Letter due" in page and "weekends and holidays counted" in page
    press(pembina, "letter", letter_number="B-12/BPS/2026", letter_date="2026-02-03")
    assert "B-12/BPS/2026" in web.get(address, headers=producer).body
    assert press(pembina, "feasible", 403, identity=identity())
    stale = web.post(address, data={"action": "letter", "expected_version": "1"}, headers=pembina)
    assert stale.status_code == 409
    assert "Rekomendasi" in web.get(f"/id{address}", headers=producer).body


def test_pages_of_other_types_ask_nothing_about_recommendations(
    lasting_city: Any, portal_with_surveys: Any, as_user: Any
) -> None:
    package = call_as(lasting_city.producer, "package_create", **submittable(lasting_city.kelurahan))
    answer = portal_with_surveys.get(f"/dataset/{package['name']}", headers=as_user(lasting_city.producer))
    assert answer.status_code == 200
    assert "/recommendation" not in answer.body
    missing = f"/satudata/review/{package['id']}/recommendation"
    assert portal_with_surveys.get(missing, headers=as_user(lasting_city.producer)).status_code == 404


def test_the_queue_page_leads_to_the_recommendation(
    lasting_city: Any, portal_with_surveys: Any, described: Callable[..., str], as_user: Any
) -> None:
    city, package_id = lasting_city, described(title="Survei lalu lintas 2026")
    act(city.producer, package_id, "submit")
    queue = portal_with_surveys.get(
        "/satudata/review?track=recommendation&q=lalu+lintas", headers=as_user(city.pembina)
    ).body
    assert "Survei lalu lintas 2026" in queue and "Not yet validated" in queue
    assert f"/satudata/review/{package_id}/recommendation" in queue
    assert 'value="claim"' not in queue
    tasks = portal_with_surveys.get("/satudata/my-tasks", headers=as_user(city.pembina)).body
    assert "Recommendation of BPS: Survei lalu lintas 2026" in tasks
    publication = portal_with_surveys.get("/satudata/review?tab=all", headers=as_user(city.pembina)).body
    assert f"/satudata/review/{package_id}/recommendation" not in publication
