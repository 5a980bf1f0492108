"""The code BPS gives an activity (MS-Keg 0.3): whoever may say it, and what becomes of it when others write."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import ckantoolkit as tk
import pytest
from ckan import model

from ckanext.satudata.review.model import ReviewEvent
from ckanext.satudata.tests.activities import ACTIVITY, INDICATOR
from ckanext.satudata.tests.conftest import call_as
from ckanext.satudata.tests.review.conftest import walk_to

CODE = "V-24.1275.007"


def activity(city: SimpleNamespace, **changes: Any) -> dict[str, Any]:
    made = call_as(
        city.producer, "package_create", **{**ACTIVITY, "owner_org": city.kelurahan["id"], "name": _name(), **changes}
    )
    return dict(made)


def _name() -> str:
    from uuid import uuid4

    return f"kegiatan-{uuid4().hex[:12]}"


def code_of(package: dict[str, Any]) -> str | None:
    return model.Session.get(model.Package, package["id"], populate_existing=True).extras.get("kode_kegiatan")


@pytest.mark.parametrize("where", ["field", "extra"])
def test_a_producer_is_refused_a_code_in_words_and_nothing_is_made(lasting_city: SimpleNamespace, where: str) -> None:
    name = _name()
    said = {"kode_kegiatan": CODE} if where == "field" else {"extras": [{"key": "kode_kegiatan", "value": CODE}]}
    with pytest.raises(tk.ValidationError) as refused:
        activity(lasting_city, name=name, **said)
    assert list(refused.value.error_dict) == ["kode_kegiatan"]
    assert CODE in refused.value.error_dict["kode_kegiatan"][0]
    assert model.Package.get(name) is None
    package = activity(lasting_city)
    with pytest.raises(tk.ValidationError):
        call_as(lasting_city.producer, "package_patch", id=package["id"], tujuan="Lain", **said)
    assert model.Package.get(package["id"]).extras["tujuan"] == ACTIVITY["tujuan"]


def test_the_pembina_enters_it_and_writes_of_the_producer_keep_it(lasting_city: SimpleNamespace) -> None:
    city = lasting_city
    package = activity(city)
    for person in (city.producer, city.custodian, city.planner, city.stranger):
        with pytest.raises(tk.NotAuthorized):
            call_as(person, "satudata_activity_code_set", id=package["id"], kode_kegiatan=CODE)
    told = call_as(city.pembina, "satudata_activity_code_set", id=package["id"], kode_kegiatan=f" {CODE} ")
    assert told == {"package_id": package["id"], "kode_kegiatan": CODE}
    whole = call_as(city.producer, "package_show", id=package["id"])
    assert whole["kode_kegiatan"] == CODE
    call_as(city.producer, "package_patch", id=package["id"], tujuan="Lain", kode_kegiatan="")
    call_as(city.producer, "package_update", **{**whole, "tujuan": "Lagi"})
    left_out = {key: value for key, value in whole.items() if key != "kode_kegiatan"}
    call_as(city.producer, "package_update", **left_out)
    assert code_of(package) == CODE
    with pytest.raises(tk.ValidationError):
        call_as(city.producer, "package_update", **{**whole, "kode_kegiatan": "V-24.1275.008"})
    events = model.Session.query(ReviewEvent).filter_by(package_id=package["id"], action="activity_code").all()
    assert [(event.actor_id, event.comment) for event in events] == [(city.pembina["id"], f"kode_kegiatan: {CODE}")]


@pytest.mark.parametrize("value", [["a"], {"a": 1}, 5, True, "x" * 51, "a\x07b"])
def test_a_code_that_is_no_short_text_is_refused_by_its_field(lasting_city: SimpleNamespace, value: Any) -> None:
    package = activity(lasting_city)
    with pytest.raises(tk.ValidationError) as refused:
        call_as(lasting_city.pembina, "satudata_activity_code_set", id=package["id"], kode_kegiatan=value)
    assert list(refused.value.error_dict) == ["kode_kegiatan"]


def test_the_portal_admin_writes_it_in_a_draft_and_clears_it(lasting_city: SimpleNamespace) -> None:
    package = activity(lasting_city)
    call_as(lasting_city.sysadmin, "package_patch", id=package["id"], kode_kegiatan=CODE)
    assert code_of(package) == CODE
    call_as(lasting_city.sysadmin, "satudata_activity_code_set", id=package["id"], kode_kegiatan=None)
    assert code_of(package) is None


def test_a_published_activity_gets_its_code_and_a_working_copy_takes_none_away(lasting_city: SimpleNamespace) -> None:
    city = lasting_city
    from ckanext.satudata.tests.review.conftest import ALL_CONFORM

    live = walk_to(city, "published", **{k: v for k, v in ACTIVITY.items() if k not in ("name", "owner_org")})
    copy = call_as(city.producer, "satudata_revision_start", id=live["id"], change_kind="koreksi", public_note="Tujuan")
    with pytest.raises(tk.ValidationError):
        call_as(city.pembina, "satudata_activity_code_set", id=copy["revision_id"], kode_kegiatan=CODE)
    call_as(city.pembina, "satudata_activity_code_set", id=live["id"], kode_kegiatan=CODE)
    assert call_as(None, "package_show", id=live["id"])["kode_kegiatan"] == CODE
    call_as(city.producer, "package_patch", id=copy["revision_id"], tujuan="Tujuan yang diralat")
    call_as(city.producer, "satudata_review_transition", id=copy["revision_id"], action="submit")
    call_as(
        city.custodian, "satudata_review_transition",
        id=copy["revision_id"], action="forward", principle_results=ALL_CONFORM,
    )  # fmt: skip
    call_as(city.custodian, "satudata_review_transition", id=copy["revision_id"], action="publish")
    shown = call_as(None, "package_show", id=live["id"])
    assert (shown["tujuan"], shown["kode_kegiatan"]) == ("Tujuan yang diralat", CODE)


def test_components_of_an_indicator_take_codes_the_portal_knows_and_no_others(lasting_city: SimpleNamespace) -> None:
    city = lasting_city
    known = activity(city)
    call_as(city.pembina, "satudata_activity_code_set", id=known["id"], kode_kegiatan="V-24.1275.100")
    rows = [dict(row, var_kode_kegiatan="V-24.1275.100") for row in INDICATOR["variabel_pembangun"]]
    made = {**INDICATOR, "owner_org": city.kelurahan["id"]}
    package = call_as(city.producer, "package_create", **{**made, "name": _name(), "variabel_pembangun": rows})
    assert [row["var_kode_kegiatan"] for row in package["variabel_pembangun"]] == ["V-24.1275.100"] * 2
    rows[1]["var_kode_kegiatan"] = "V-24.9999.999"
    with pytest.raises(tk.ValidationError) as refused:
        call_as(city.producer, "package_patch", id=package["id"], variabel_pembangun=rows)
    assert list(refused.value.error_dict) == ["variabel_pembangun"]
    assert "V-24.9999.999" in refused.value.error_dict["variabel_pembangun"][0]


def test_a_workbook_of_a_producer_brings_no_code_and_says_so(lasting_city: SimpleNamespace) -> None:
    from ckanext.satudata.standards.workbooks import writing
    from ckanext.satudata.tests.standards.workbooks.test_importing import done, fates, uploaded

    city, other = lasting_city, "V-24.1275.044"
    book = writing.write([{**ACTIVITY, "title": "Survei dengan kode", "kode_kegiatan": other}], [])
    made = uploaded(city, book)
    assert fates(made) == {"create": 1}
    assert [problem["message"] for problem in made["results"][0]["problems"] if other in problem["message"]]
    done(city, made)
    package = {"id": call_as(city.producer, "satudata_forms_import_show", id=made["id"])["results"][0]["package_id"]}
    assert code_of(package) is None
    assert fates(uploaded(city, book)) == {"unchanged": 1}
    call_as(city.pembina, "satudata_activity_code_set", id=package["id"], kode_kegiatan="V-24.1275.055")
    assert fates(uploaded(city, book)) == {"unchanged": 1}
