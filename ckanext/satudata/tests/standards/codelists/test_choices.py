"""What fields offer follows the list in force, in every process, and what is stored stays readable."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from ckan import model
from ckan.tests import factories

from ckanext.satudata.standards import form_fields, registry, service
from ckanext.satudata.standards.codelists import choices, loader, memory, query
from ckanext.satudata.standards.codelists import service as lists
from ckanext.satudata.standards.validators import choice_value
from ckanext.satudata.tests.conftest import call_as
from ckanext.satudata.tests.factories import officer, submittable
from ckanext.satudata.tests.statements import counted

AFFAIRS = """code,label_id,label_en,aliases,valid_to,successor
1.02,Kesehatan,Health,,,
2.12,Administrasi kependudukan,Population administration,Adminduk,,
9.01,Urusan baru,New affair,Serba baru,,
9.02,Urusan lama,Old affair,,2020-12-31,9.01
"""


def load(text: str = AFFAIRS, version: str = "2026", list_id: str = "urusan") -> None:
    facts = {"show_code": True}
    lists.store(list_id, version, loader.read(text.encode(), "a.csv"), facts=facts)


def field(name: str = "urusan") -> dict[str, Any]:
    choices.refresh()
    return registry.fields_of("dataset")[name]


@pytest.mark.parametrize("name", ["urusan", "frekuensi", "tingkat_penyajian", "status_angka"])
def test_the_schema_and_the_shipped_list_offer_the_same(clean: None, name: str) -> None:
    own = {f["field_name"]: f for f in registry.own_schema("dataset")["dataset_fields"]}[name]
    assert own["sdi_codelist"] == name
    offered = choices.choices_of(name, [])
    assert [(c["value"], c["label"]) for c in offered] == [(c["value"], c["label"]) for c in own["choices"]]
    assert [set(c.get("aliases", ())) - set(memory_labels(name)) for c in offered] == [
        set(c.get("aliases", ())) - set(memory_labels(name)) for c in own["choices"]
    ]


def memory_labels(name: str) -> list[str]:
    return [text for code in memory.codes_in_force(name) for text in code["label"].values()]


def test_a_loaded_list_is_offered_and_taken(clean: None) -> None:
    load()
    offered = {c["value"]: c for c in field()["choices"]}
    assert offered["9.01"]["label"] == {"id": "9.01 Urusan baru", "en": "9.01 New affair"}
    assert choice_value(field(), "serba baru") == choice_value(field(), "Urusan baru") == "9.01"
    user = officer(organization := factories.Organization())
    made = call_as(user, "package_create", **submittable(organization, urusan="Serba baru"))
    assert made["urusan"] == "9.01"
    shown = call_as(user, "scheming_dataset_schema_show", type="dataset")
    listed = next(f for f in shown["dataset_fields"] if f["field_name"] == "urusan")["choices"]
    assert "9.01" in {c["value"] for c in listed}


def test_without_a_loaded_list_the_schema_offers_its_own_again(clean: None) -> None:
    before = field()["choices"]
    load()
    assert field()["choices"] != before
    model.Session.execute(sa.text("UPDATE satudata_code_list_version SET published_at = NULL"))
    model.Session.commit()
    assert field()["choices"] == before


def test_a_publication_of_another_process_is_seen_at_the_next_request(clean: None, app_once: Any) -> None:
    address = "/api/3/action/scheming_dataset_schema_show?type=dataset"
    assert "9.01 Urusan baru" not in app_once.get(address).body
    load()
    # Another process wrote: this one only has its old memory.
    memory._stamp = None
    assert "9.01 Urusan baru" in app_once.get(address).body


def test_a_code_that_is_gone_can_be_read_and_saved_but_is_marked(clean: None) -> None:
    organization = factories.Organization()
    user = officer(organization)
    made = call_as(user, "package_create", **submittable(organization, urusan="1.05"))
    load()
    offered = {c["value"]: c for c in field()["choices"]}
    assert offered["1.05"]["retired"] and offered["9.02"]["retired"] and offered["9.02"]["successor"] == "9.01"
    assert not offered["1.02"].get("retired")
    saved = call_as(user, "package_patch", id=made["id"], notes="Keterangan lain yang cukup panjang untuk disimpan.")
    assert saved["urusan"] == "1.05"
    found = {finding["id"]: finding for finding in service.check(saved, "en")["findings"]}
    assert found["code.retired.urusan"]["severity"] == "warning"


def test_a_former_version_keeps_the_name_of_its_codes(clean: None) -> None:
    load()
    load(AFFAIRS.replace("9.01,Urusan baru,New affair,Serba baru,,\n", "").replace(",9.01\n", ",\n"), "2027")
    offered = {c["value"]: c for c in field()["choices"]}
    assert offered["9.01"]["label"]["id"] == "9.01 Urusan baru" and offered["9.01"]["retired"]


def test_lists_are_not_asked_again_while_nothing_changed(clean: None) -> None:
    load()
    field()
    with counted() as seen:
        field()
        with memory.asked_once():
            memory.meant("urusan", "Kesehatan")
            memory.meant("urusan", "Pendidikan")
    assert len([each for each in seen if "satudata_code_list" in each]) <= 4
    with counted() as asked:
        for _ in range(3):
            memory.codes_in_force("urusan")
    assert not [each for each in asked if "satudata_code_list_code" in each]


def test_every_code_of_ours_can_be_said_by_its_labels_and_aliases(clean: None) -> None:
    for name in query.shipped.names():
        for code in memory.codes_in_force(name):
            for text in (code["code"], *code["label"].values()):
                meant = memory.meant(name, text)
                assert meant is not None, (name, text)
                if text == code["code"]:
                    assert meant["code"] == code["code"]


def test_shipped_lists_say_nothing_twice() -> None:
    for path in sorted(Path(loader.SHIPPED).glob("*.yaml")):
        loaded = loader.read(path.read_bytes(), path.name)
        spellings = [memory.key_of(text) for code in loaded.codes for text in dict.fromkeys(
            memory.key_of(t) for t in (code.code, *code.label.values(), *code.aliases))]  # fmt: skip
        twice = {text for text in spellings if spellings.count(text) > 1}
        assert twice == set(), (path.name, json.dumps(sorted(twice)))


@pytest.mark.parametrize(("stored", "offered"), [("", False), ("1.05", True), ("9.02", False)])
def test_the_form_offers_a_code_that_is_gone_only_where_it_is_stored(clean: None, stored: str, offered: bool) -> None:
    load()
    made = form_fields.prepared(field(), registry.fields_of("dataset"), {"urusan": stored}, [], {})
    values = {choice["value"] for choice in made["choices"]}
    assert ("1.05" in values) is offered and ("9.02" in values) is (stored == "9.02")
    assert {"1.02", "9.01"} <= values
