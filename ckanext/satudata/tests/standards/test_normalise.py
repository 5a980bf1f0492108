"""Mending what arrives: rows in order, old extras moved, control characters gone; twice is like once."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ckanext.satudata.standards import registry, service

REPEATING = {
    "dataset_type": "kegiatan_uji",
    "dataset_fields": [
        {"field_name": "title"},
        {"field_name": "satuan", "validators": "ignore_empty unicode_safe"},
        {"field_name": "pilihan", "validators": "scheming_required scheming_choices", "choices": [{"value": "a"}]},
        {"field_name": "angka", "validators": "ignore_missing int_validator"},
        {"field_name": "variabel", "repeating_subfields": [{"field_name": "nama"}, {"field_name": "tipe"}]},
    ],
    "resource_fields": [{"field_name": "kolom", "repeating_subfields": [{"field_name": "nama"}]}],
}


@pytest.fixture
def repeating(portal_once: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """A schema with rows, as a portal may have one."""
    schemas = {"kegiatan_uji": REPEATING}
    monkeypatch.setattr(registry, "schema_of", lambda name: schemas.get(name or "dataset"))


def mended(data: dict[str, Any], stored: dict[str, str] | None = None, type: str = "dataset") -> dict[str, Any]:
    service.normalise(data, type, stored)
    return data


def extras_of(data: dict[str, Any]) -> dict[str, str]:
    return {item["key"]: item["value"] for item in data.get("extras", [])}


def test_more_than_ten_rows_stay_in_the_order_they_were_typed(repeating: None) -> None:
    typed = {f"variabel-{n}-nama": f"baris {n}" for n in range(25)}
    data = mended(dict(sorted(typed.items())), type="kegiatan_uji")
    assert [row["nama"] for row in data["variabel"]] == [f"baris {n}" for n in range(25)]
    assert not [key for key in data if "-" in key]


def test_rows_left_blank_are_dropped(repeating: None) -> None:
    data = mended(
        {"variabel-0-nama": "umur", "variabel-1-nama": " ", "variabel-1-tipe": "", "variabel-2-tipe": "teks"},
        type="kegiatan_uji",
    )
    assert data["variabel"] == [{"nama": "umur"}, {"tipe": "teks"}]


def test_blank_rows_of_a_list_are_dropped_too(repeating: None) -> None:
    data = mended({"variabel": [{"nama": ""}, {"nama": "umur"}, {"nama": None}]}, type="kegiatan_uji")
    assert data["variabel"] == [{"nama": "umur"}]


def test_rows_of_resources_are_folded(repeating: None) -> None:
    data = mended({"resources": [{"kolom-10-nama": "b", "kolom-9-nama": "a"}]}, type="kegiatan_uji")
    assert data["resources"][0] == {"kolom": [{"nama": "a"}, {"nama": "b"}]}


def test_keys_that_only_look_like_rows_are_left_alone(repeating: None) -> None:
    data = {"variabel-x-nama": "a", "lain-0-nama": "b", "variabel-0": "c", "variabel-": "d"}
    assert mended(dict(data), type="kegiatan_uji") == data


rows = st.lists(
    st.dictionaries(st.sampled_from(["nama", "tipe"]), st.text(max_size=8), min_size=1, max_size=2), max_size=15
)


@given(rows=rows, order=st.randoms(use_true_random=False))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=60)
def test_folding_keeps_every_row_that_says_something_in_order(repeating: None, rows: Any, order: Any) -> None:
    keys = [(f"variabel-{n}-{sub}", value) for n, row in enumerate(rows) for sub, value in row.items()]
    order.shuffle(keys)
    data = mended(dict(keys), type="kegiatan_uji")
    clean = [{sub: service_clean(value) for sub, value in row.items()} for row in rows]
    assert data.get("variabel", []) == [row for row in clean if any(value.strip() for value in row.values())]
    again = copy.deepcopy(data)
    assert mended(again, type="kegiatan_uji") == data


def service_clean(text: str) -> str:
    return "".join(c for c in text if c in "\t\n\r" or (ord(c) >= 32 and c not in "\ufffe\uffff"))


keys = st.sampled_from(["satuan", "frekuensi", "jenis_data", "cakupan_wilayah", "bebas", "lama_satuan", "konsep"])
values = st.one_of(st.text(max_size=20), st.sampled_from(["Tahunan", "statistik", "bukan pilihan", "orang"]))
texts = st.dictionaries(keys, values, max_size=5)


@given(typed=texts, extras=texts, stored=texts)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=150)
def test_mending_twice_changes_nothing_and_loses_no_old_value(
    portal_once: None, typed: Any, extras: Any, stored: Any
) -> None:
    data = {**{key: value for key, value in typed.items() if not key.startswith(("bebas", "lama"))}}
    data["extras"] = [{"key": key, "value": value} for key, value in extras.items()]
    mended(data, stored)
    once = copy.deepcopy(data)
    assert mended(data, stored) == once
    fields = registry.fields_of("dataset")
    assert not [key for key in extras_of(once) if key in fields]
    kept = {str(value) for value in (*once.values(), *extras_of(once).values())}
    for key, value in extras.items():
        value = service_clean(value)
        if value and key not in fields:
            assert extras_of(once)[key] == value
        elif value and key not in typed and "choices" not in fields[key]:
            assert value in kept


def test_a_valid_old_extra_becomes_the_field(portal_once: None) -> None:
    data = mended({"extras": [{"key": "satuan", "value": "orang"}, {"key": "bebas", "value": "x"}]})
    assert data["satuan"] == "orang"
    assert extras_of(data) == {"bebas": "x"}


@pytest.mark.parametrize(
    ("said", "meant"),
    [("Tahunan", "tahunan"), ("tiga bulanan", "triwulanan"), ("Monthly", "bulanan"), ("SEMESTERAN", "semesteran")],
)
def test_an_old_spelling_of_a_choice_is_understood(portal_once: None, said: str, meant: str) -> None:
    assert mended({"extras": [{"key": "frekuensi", "value": said}]})["frekuensi"] == meant


def test_an_old_extra_the_field_refuses_is_kept_aside(portal_once: None) -> None:
    data = mended({"extras": [{"key": "frekuensi", "value": "kalau sempat"}]})
    assert "frekuensi" not in data
    assert extras_of(data) == {"lama_frekuensi": "kalau sempat"}


def test_aside_is_never_over_another_value(portal_once: None) -> None:
    data = mended({"extras": [{"key": "lama_frekuensi", "value": "a"}, {"key": "frekuensi", "value": "b"}]})
    assert extras_of(data) == {"lama_frekuensi": "a", "lama_frekuensi_2": "b"}


def test_what_is_typed_now_wins_over_the_stored_extra(portal_once: None) -> None:
    data = mended({"satuan": "jiwa", "extras": [{"key": "satuan", "value": "orang"}]}, {"satuan": "orang"})
    assert data["satuan"] == "jiwa"
    assert extras_of(data) == {}


def test_two_answers_in_one_call_are_both_kept(portal_once: None) -> None:
    data = mended({"satuan": "jiwa", "extras": [{"key": "satuan", "value": "orang"}]})
    assert data["satuan"] == "jiwa"
    assert extras_of(data) == {"lama_satuan": "orang"}


def test_a_stored_value_its_field_refuses_does_not_block_the_save(portal_once: None) -> None:
    stored = {"jenis_data": "Statistika dan lain-lain"}
    data = mended({"title": "baru", **stored}, stored)
    assert "jenis_data" not in data
    assert extras_of(data) == {"lama_jenis_data": "Statistika dan lain-lain"}


def test_a_stored_value_a_form_could_not_show_is_not_lost(portal_once: None) -> None:
    data = mended({"jenis_data": ""}, {"jenis_data": "Statistika"})
    assert extras_of(data) == {"lama_jenis_data": "Statistika"}


def test_a_new_wrong_value_is_left_to_the_validators(portal_once: None) -> None:
    data = mended({"jenis_data": "ngawur"}, {"jenis_data": "statistik"})
    assert data["jenis_data"] == "ngawur"


def test_rows_stored_as_something_else_than_json_are_kept_aside(repeating: None) -> None:
    data = mended({"extras": [{"key": "variabel", "value": "umur, jenis kelamin"}]}, type="kegiatan_uji")
    assert "variabel" not in data
    assert extras_of(data) == {"lama_variabel": "umur, jenis kelamin"}


def test_rows_stored_as_json_become_rows(repeating: None) -> None:
    text = json.dumps([{"nama": "umur"}])
    assert mended({"extras": [{"key": "variabel", "value": text}]}, type="kegiatan_uji")["variabel"] == [
        {"nama": "umur"}
    ]


@pytest.mark.parametrize("text", ["{}", "[1, 2]", '[{"asing": 1}]', '"teks"', "null"])
def test_json_of_another_shape_is_no_rows(repeating: None, text: str) -> None:
    data = mended({"extras": [{"key": "variabel", "value": text}]}, type="kegiatan_uji")
    assert extras_of(data) == {"lama_variabel": text}


def test_validators_of_a_portals_own_field_decide(repeating: None) -> None:
    data = mended({"extras": [{"key": "angka", "value": "x"}, {"key": "pilihan", "value": "a"}]}, type="kegiatan_uji")
    assert data["pilihan"] == "a"
    assert extras_of(data) == {"lama_angka": "x"}


def test_control_characters_are_taken_out_everywhere(portal_once: None) -> None:
    data = mended(
        {"konsep": "a\x00b\x0bc\nd\te", "extras": [{"key": "x", "value": "\x01y"}], "resources": [{"name": "\x02z"}]}
    )
    assert data["konsep"] == "abc\nd\te"
    assert extras_of(data) == {"x": "y"}
    assert data["resources"][0]["name"] == "z"


def test_priority_flags_stay_where_no_form_sends_them(portal_once: None) -> None:
    assert mended({"title": "x"}, {"prioritas_tahun": "2026"})["prioritas_tahun"] == "2026"


def test_a_type_without_a_schema_passes_unchanged(portal_once: None) -> None:
    data = {"extras": [{"key": "satuan", "value": "orang"}], "a-0-b": "c"}
    assert mended(copy.deepcopy(data), type="tidak_dikenal") == data


def test_odd_extras_do_not_break_the_mending(portal_once: None) -> None:
    mended({"extras": None})
    mended({"extras": "teks"})
    mended({"extras": [None, "x", {"key": "satuan"}, {"value": "y"}, {"key": 5, "value": []}]})
