"""The pages of restrictions, as producers, custodians and the public meet them."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from ckanext.satudata.tests.conftest import call_as

from ..conftest import DECIDED, REASONS, walk_to
from ..pages import our_forms, soup, words


def filled(page: Any, which: str, **typed: str) -> dict[str, str]:
    """What the form of a record sends, with these values typed into it."""
    form = next(one for one in our_forms(page) if one.select_one(f"input[name=which][value={which}]"))
    values = {str(one["name"]): str(one.get("value") or "") for one in form.select("input:not([type=radio])")}
    values |= {str(one["name"]): one.get_text() for one in form.select("textarea")}
    values |= {str(one["name"]): str(one["value"]) for one in form.select("input[type=radio][checked]")}
    return {**values, **typed}


def test_the_producer_proposes_and_the_custodian_decides_on_the_same_page(
    lasting_city: SimpleNamespace, app_once: Any, as_user: Any
) -> None:
    city = lasting_city
    pid = walk_to(city, "draft", accesslevel="terbatas")["id"]
    address, producer = f"/satudata/restrictions/{pid}", as_user(city.producer)
    page = soup(app_once.get(address, headers=producer))
    assert not page.select("input[name=which][value=decision]")
    empty = app_once.post(address, data=filled(page, "proposal"), headers=producer, status=400)
    assert "Nothing has changed yet" in empty.body and soup(empty).select("[aria-invalid=true]")
    refused = app_once.post(
        address, data=filled(page, "proposal", legal_basis="UU 27/2022"), headers=producer, status=400
    )
    assert soup(refused).select_one("#proposal-legal")["value"] == "UU 27/2022"
    app_once.post(address, data=filled(page, "proposal", **REASONS), headers=producer)
    assert call_as(city.producer, "satudata_restriction_show", id=pid)["status"] == "proposed"
    call_as(city.producer, "satudata_review_transition", id=pid, action="submit")

    custodian = as_user(city.custodian)
    desk = soup(app_once.get(f"/satudata/review/{pid}", headers=custodian))
    assert desk.select_one(f".satudata-access-line a[href$='{address}']")
    page = soup(app_once.get(address, headers=custodian))
    decided = {"forum_date": DECIDED["forum_date"], "decision_reference": DECIDED["decision_reference"]}
    # What the producer proposed stands in the boxes already.
    app_once.post(address, data=filled(page, "decision", **decided), headers=custodian)
    shown = call_as(city.producer, "satudata_restriction_show", id=pid)
    assert (shown["status"], shown["decision"]["legal_basis"]) == ("in_force", REASONS["legal_basis"])
    again = app_once.post(address, data=filled(page, "decision", **decided), headers=custodian, status=409)
    assert "Somebody has added to this record" in again.body


@pytest.mark.parametrize("person", ["nobody", "stranger", "neighbour"])
def test_the_record_is_not_for_others(lasting_city: SimpleNamespace, app_once: Any, as_user: Any, person: str) -> None:
    pid = walk_to(lasting_city, "draft", accesslevel="terbatas", title="Rahasia sekali")["id"]
    call_as(lasting_city.producer, "satudata_restriction_set", id=pid, **REASONS)
    headers = as_user(None if person == "nobody" else getattr(lasting_city, person))
    answer = app_once.get(f"/satudata/restrictions/{pid}", headers=headers, follow_redirects=False, expect_errors=True)
    assert answer.status_code == (302 if person == "nobody" else 403)
    assert "Rahasia sekali" not in answer.body


def test_planner_and_member_look_and_have_no_form(lasting_city: SimpleNamespace, app_once: Any, as_user: Any) -> None:
    pid = walk_to(lasting_city, "published", accesslevel="terbatas")["id"]
    for person in (lasting_city.planner, lasting_city.member):
        page = soup(app_once.get(f"/satudata/restrictions/{pid}", headers=as_user(person)))
        assert not page.select("input[name=which]")
        assert DECIDED["decision_reference"] in words(page.select_one(".satudata-review"))


def test_the_list_leads_to_the_records(lasting_city: SimpleNamespace, app_once: Any, as_user: Any) -> None:
    pid = walk_to(lasting_city, "published", accesslevel="tertutup", title="Dalam daftar pembatasan")["id"]
    for person in (lasting_city.producer, lasting_city.custodian, lasting_city.planner):
        page = soup(app_once.get("/satudata/restrictions?q=Dalam+daftar", headers=as_user(person)))
        assert [str(link["href"]).rpartition("/")[2] for link in page.select("td.satudata-main a")] == [pid]
    page = soup(app_once.get("/satudata/restrictions?status=in_force&q=Dalam", headers=as_user(lasting_city.custodian)))
    assert page.select("td.satudata-main a")
    nothing = app_once.get("/satudata/restrictions?q=Dalam+daftar", headers=as_user(lasting_city.neighbour))
    assert "Dalam daftar pembatasan" not in nothing.body


def test_restricted_data_are_described_to_everybody(lasting_city: SimpleNamespace, app_once: Any, as_user: Any) -> None:
    city = lasting_city
    package = walk_to(city, "published", accesslevel="terbatas", title="Penderita TB per lingkungan")
    listed = soup(app_once.get("/satudata/restricted?q=penderita"))
    assert listed.select_one(f"a[href$='/satudata/restricted/{package['name']}']")
    page = app_once.get(f"/satudata/restricted/{package['name']}")
    text = words(soup(page).select_one(".satudata-restricted"))
    assert "Orang yang berdomisili" in text and DECIDED["decision_reference"] in text
    assert "penduduk.csv" not in page.body and "Penduduk 2024" not in page.body
    # Its own address leads nobody in particular there, and those who may see it to all of it.
    moved = app_once.get(f"/dataset/{package['name']}", follow_redirects=False, status=302)
    assert moved.headers["Location"].endswith(f"/satudata/restricted/{package['name']}")
    whole = app_once.get(f"/dataset/{package['name']}", headers=as_user(city.member), follow_redirects=False)
    assert whole.status_code == 200
    assert "See all of it" in app_once.get(f"/satudata/restricted/{package['name']}", headers=as_user(city.member)).body
    closed = walk_to(city, "published", accesslevel="tertutup")
    for address in (f"/satudata/restricted/{closed['name']}", f"/satudata/restricted/{closed['id']}"):
        app_once.get(address, status=404)
    assert app_once.get(f"/dataset/{closed['name']}", follow_redirects=False, expect_errors=True).status_code == 404


def test_a_search_tells_how_many_restricted_data_match_and_no_more(
    lasting_city: SimpleNamespace, app_once: Any
) -> None:
    walk_to(lasting_city, "published", accesslevel="terbatas", title="Penyintas kekerasan domestik")
    page = soup(app_once.get("/dataset/?q=penyintas"))
    line = page.select_one(".satudata-restricted-matches")
    assert "1 dataset with restricted access" in words(line)
    assert "Penyintas kekerasan" not in words(page.select_one("body")).replace("penyintas", "")
    assert "match" not in words(soup(app_once.get("/dataset/?q=tidakada")).select_one(".satudata-restricted-matches"))


def test_pages_escape_what_was_typed(lasting_city: SimpleNamespace, app_once: Any, as_user: Any) -> None:
    attack = "<script>alert(1)</script>"
    pid = walk_to(lasting_city, "published", accesslevel="terbatas", title=attack, konsep=attack, notes=f"x {attack}")[
        "id"
    ]
    call_as(
        lasting_city.custodian, "satudata_restriction_set", id=pid, decided_level="terbatas",
        **{**DECIDED, "legal_basis": attack, "decision_reference": attack, "note": attack},
    )  # fmt: skip
    headers = as_user(lasting_city.custodian)
    for address in (f"/satudata/restrictions/{pid}", "/satudata/restrictions", "/satudata/restricted",
                    f"/satudata/restricted/{pid}"):  # fmt: skip
        assert attack not in app_once.get(address, headers=headers).body, address


def test_the_form_of_the_data_leads_to_the_record(lasting_city: SimpleNamespace, app_once: Any, as_user: Any) -> None:
    package = walk_to(lasting_city, "draft", accesslevel="terbatas")
    page = soup(app_once.get(f"/dataset/edit/{package['name']}", headers=as_user(lasting_city.producer)))
    assert page.select_one(f".satudata-access-link a[href$='/satudata/restrictions/{package['id']}']")
