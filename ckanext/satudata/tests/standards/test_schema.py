"""The schema itself, and how it comes into scheming."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from ckan import plugins
from ckan.common import config

from ckanext.satudata.principles import PRINCIPLES
from ckanext.satudata.standards import registry

OURS = registry.own_schema("dataset")
ALL_FIELDS = [
    (kind, field) for kind in registry.own_types() for field in registry.own_schema(kind)["dataset_fields"]
] + [("resource", field) for field in OURS["resource_fields"]]
#: Fields of rows, under the type and the field that holds them.
ALL_FIELDS += [
    (f"{kind}.{field['field_name']}", sub) for kind, field in ALL_FIELDS for sub in field.get("repeating_subfields", [])
]
IDS = [f"{kind}.{field['field_name']}" for kind, field in ALL_FIELDS]


@pytest.fixture
def reloaded(clean: None) -> Iterator[Any]:
    """Reload all plugins after changing the config; everything is put back afterwards."""

    def reload(**options: str) -> None:
        for name, value in options.items():
            config[name.replace("__", ".")] = value
        plugins.plugins_update()

    yield reload
    for name in ("scheming.dataset_schemas", "scheming.presets"):
        config.pop(name, None)
    plugins.plugins_update()


@pytest.mark.parametrize(("kind", "field"), ALL_FIELDS, ids=IDS)
def test_every_field_is_labelled_in_both_languages(kind: str, field: dict[str, Any]) -> None:
    assert set(field["label"]) == {"en", "id"} and all(field["label"].values())


@pytest.mark.parametrize(
    ("kind", "field"), [pair for pair in ALL_FIELDS if pair[1].get("form_snippet", "") is not None], ids=str
)
def test_help_is_one_sentence_in_both_languages(kind: str, field: dict[str, Any]) -> None:
    if field["field_name"] == "name" and kind in registry.own_types():
        return  # CKAN shows the address as a preview, beside which a sentence has no place
    assert set(field["help_text"]) == {"en", "id"}
    for text in field["help_text"].values():
        assert text.endswith(".") and len(text) < 160


@pytest.mark.parametrize(("kind", "field"), ALL_FIELDS, ids=IDS)
def test_choices_are_labelled_in_both_languages(kind: str, field: dict[str, Any]) -> None:
    for choice in field.get("choices", []):
        assert set(choice["label"]) == {"en", "id"} and all(choice["label"].values())


@pytest.mark.parametrize(("kind", "field"), ALL_FIELDS, ids=IDS)
def test_keys_of_ours_hold_known_values(kind: str, field: dict[str, Any]) -> None:
    own = kind in registry.own_types()
    groups = {group["name"] for group in registry.own_schema(kind)["kelompok"]} if own else set()
    assert field.get("sdi_required", "error") in {"error", "warning"}
    assert field.get("sdi_principle", "metadata") in PRINCIPLES
    assert not own or field["kelompok"] in groups
    condition = field.get("sdi_show_if")
    if condition is None:
        return
    siblings = {each["field_name"]: each for of, each in ALL_FIELDS if of == kind}
    values = {choice["value"] for choice in siblings[condition["field"]]["choices"]}
    assert set(condition["in"]) <= values


def test_the_five_elements_of_standar_data_stop_a_submission() -> None:
    elements = {f["field_name"] for f in OURS["dataset_fields"] if f.get("sdi_principle") == "standar_data"}
    needed = {f["field_name"] for f in OURS["dataset_fields"] if f.get("sdi_required") == "error"}
    assert {"konsep", "definisi", "klasifikasi", "ukuran", "satuan"} <= elements & needed


def test_nothing_a_harvester_reads_is_a_list_of_rows() -> None:
    mine = [*OURS["dataset_fields"], *OURS["resource_fields"]]
    assert not [field["field_name"] for field in mine if "repeating_subfields" in field]


def test_what_stands_on_a_bps_form_says_its_number_as_text() -> None:
    # YAML reads a bare `no` as false.
    printed = [field["bps"] for _, field in ALL_FIELDS if "bps" in field]
    assert len(printed) > 100
    assert all(set(each) <= {"form", "no", "key", "editions"} and isinstance(each["no"], str) for each in printed)


def test_priority_flags_stand_in_no_form(clean: None) -> None:
    fields = registry.fields_of("dataset")
    assert registry.protected_fields("dataset") == ["prioritas_tahun", "prioritas_daerah_tahun"]
    assert all(fields[name]["form_snippet"] is None for name in registry.protected_fields("dataset"))


def test_a_portal_without_a_schema_gets_ours(clean: None) -> None:
    assert "satuan" in registry.fields_of("dataset")


def test_the_type_a_portal_defines_itself_is_left_to_it(reloaded: Any) -> None:
    reloaded(scheming__dataset_schemas="ckanext.scheming:ckan_dataset.yaml")
    assert "satuan" not in registry.fields_of("dataset")
    assert "author_email" in registry.fields_of("dataset")


def test_a_portal_with_another_type_keeps_it_and_gets_ours_besides(reloaded: Any) -> None:
    reloaded(scheming__dataset_schemas="ckanext.scheming:camel_photos.yaml")
    assert registry.schema_of("camel-photos") is not None
    assert "satuan" in registry.fields_of("dataset")


def test_presets_of_the_portal_win_over_ours_and_both_are_there(reloaded: Any) -> None:
    from ckanext.scheming.helpers import scheming_get_preset

    reloaded(scheming__presets="ckanext.scheming:presets.json")
    assert scheming_get_preset("select")["form_snippet"] == "select.html"
    assert scheming_get_preset("satudata_select")["validators"].endswith("satudata_choice")


def test_nothing_of_ours_stays_in_the_config_or_in_scheming_without_our_plugin(clean: None) -> None:
    from ckanext.scheming.plugins import SchemingDatasetsPlugin

    assert "scheming.dataset_schemas" not in config
    plugins.unload("satudata")
    try:
        assert "dataset" not in dict(SchemingDatasetsPlugin.instance._schemas)
    finally:
        plugins.load("satudata")
    assert "satuan" in registry.fields_of("dataset")
