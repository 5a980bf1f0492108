"""Whatever is typed, Solr takes it, and people find it."""

from __future__ import annotations

from typing import Any

import pytest

from ckanext.satudata.standards import registry, service
from ckanext.satudata.tests.conftest import call_as

LONG = "statistik kelurahan " * 5_000  # 100 KB
ONE_WORD = "x" * 100_000
FREE_TEXT = [
    field["field_name"]
    for field in registry.own_schema("dataset")["dataset_fields"]
    if not field.get("choices")
    and field["field_name"] not in ("title", "name", "owner_org", "tag_string")
    and not field.get("sdi_protected")
]


def create(editor: dict[str, Any], **fields: Any) -> dict[str, Any]:
    return call_as(editor, "package_create", name="uji", owner_org=editor["organization_id"], **fields)


def found(editor: dict[str, Any], **question: Any) -> int:
    return call_as(editor, "package_search", include_private=True, **question)["count"]


@pytest.mark.parametrize("text", [LONG, ONE_WORD, "é" * 40_000, "𝒳" * 20_000], ids=["words", "word", "é", "astral"])
def test_a_hundred_kilobytes_in_every_free_text_are_saved_and_indexed(editor: dict[str, Any], text: str) -> None:
    fields = dict.fromkeys(FREE_TEXT, text)
    saved = create(editor, title="Judul", **fields)
    assert saved["konsep"].strip() == text.strip()
    assert found(editor, fq="name:uji") == 1
    assert call_as(editor, "package_show", id="uji")["konsep"] == saved["konsep"]


def test_long_free_extras_and_resource_fields_are_saved_and_indexed(editor: dict[str, Any]) -> None:
    create(
        editor,
        extras=[{"key": "catatan", "value": ONE_WORD}, {"key": "catatan dua", "value": LONG}],
        resources=[
            {"url": "https://example.com/" + "a" * 40_000, "name": LONG, "description": ONE_WORD, "periode": LONG}
        ],
    )
    assert found(editor, fq="name:uji") == 1


def test_the_beginning_of_a_long_text_is_still_found(editor: dict[str, Any]) -> None:
    create(editor, konsep="kerukunan " + LONG)
    assert found(editor, q="kerukunan") == 1


def test_control_characters_do_not_reach_the_index(editor: dict[str, Any]) -> None:
    create(editor, konsep="sebelum\x0bsesudah\x1f", extras=[{"key": "x", "value": "a\x08b"}])
    assert found(editor, fq="name:uji") == 1


def test_several_region_codes_can_each_be_filtered_by(editor: dict[str, Any]) -> None:
    create(editor, cakupan_wilayah="12.71.15.1001, 12.71.15.1005")
    assert found(editor, fq='vocab_cakupan_wilayah:"12.71.15.1005"') == 1
    facets = call_as(editor, "package_search", include_private=True, **{"facet.field": ["vocab_cakupan_wilayah"]})[
        "search_facets"
    ]["vocab_cakupan_wilayah"]["items"]
    assert {item["name"] for item in facets} == {"12.71.15.1001", "12.71.15.1005"}


def test_a_field_with_one_value_can_be_filtered_by(editor: dict[str, Any]) -> None:
    create(editor, urusan="1.02", frekuensi="tahunan", tahun="2025")
    assert found(editor, fq="urusan:1.02 AND frekuensi:tahunan AND tahun:2025") == 1


SCHEMA = {
    "dataset_fields": [
        {"field_name": "variabel", "repeating_subfields": [{"field_name": "nama"}]},
        {"field_name": "sektor", "validators": "scheming_multiple_choice", "choices": []},
        {"field_name": "daftar", "validators": "scheming_multiple_text"},
    ]
}


@pytest.fixture
def other_schema(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registry, "schema_of", lambda name: SCHEMA)


def test_rows_are_indexed_as_text_and_never_bare(other_schema: None) -> None:
    document = service.prepare_for_index({"dataset_type": "x", "variabel": '[{"nama": "umur"}, {"nama": "alamat"}]'})
    assert document == {"dataset_type": "x", "extras_variabel": "umur alamat"}


def test_rows_that_are_no_json_do_not_break_the_index(other_schema: None) -> None:
    document = service.prepare_for_index({"dataset_type": "x", "variabel": "umur, alamat"})
    assert document["extras_variabel"] == "umur, alamat" and "variabel" not in document


@pytest.mark.parametrize("name", ["sektor", "daftar"])
def test_fields_with_several_values_become_lists(other_schema: None, name: str) -> None:
    document = service.prepare_for_index({"dataset_type": "x", name: '["a", "b"]'})
    assert document == {"dataset_type": "x", f"vocab_{name}": ["a", "b"], f"extras_{name}": "a b"}


@pytest.mark.parametrize("value", ["[", "[]", "", "[1, null]"])
def test_broken_lists_do_not_break_the_index(other_schema: None, value: str) -> None:
    document = service.prepare_for_index({"dataset_type": "x", "sektor": value})
    assert "sektor" not in document


def test_a_dict_of_an_own_field_is_dropped_bare(other_schema: None) -> None:
    assert service.prepare_for_index({"dataset_type": "x", "lain": {"a": 1}}) == {"dataset_type": "x"}
