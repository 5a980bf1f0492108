"""Which fields count: the evaluator against one written another way, and the four places that ask it."""

from __future__ import annotations

import copy
import json
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ckanext.satudata.standards import conditions, registry, service, show_if
from ckanext.satudata.tests.conftest import call_as
from ckanext.satudata.tests.factories import submittable

CHOICES = ("a", "b", "c")


@pytest.fixture(autouse=True)
def portal(portal_once: None) -> None:
    """Conditions are read from the schemas of a running portal."""


def _field(name: str, several: bool) -> dict[str, Any]:
    field = {"field_name": name, "choices": [{"value": each, "label": f"Pilihan {each}"} for each in CHOICES]}
    return {**field, "sdi_multiple": True} if several else field


@st.composite
def schemas(draw: st.DrawFn) -> dict[str, Any]:
    """Fields that hang on any field before them, and one repeating field whose rows do so too."""
    fields: list[dict[str, Any]] = []
    for number in range(draw(st.integers(2, 7))):
        field = _field(f"f{number}", draw(st.booleans()))
        if fields and draw(st.booleans()):
            other = draw(st.sampled_from(fields))["field_name"]
            field["sdi_show_if"] = {"field": other, "in": sorted(draw(st.sets(st.sampled_from(CHOICES), min_size=1)))}
        fields.append(field)
    subs: list[dict[str, Any]] = []
    for number in range(draw(st.integers(1, 4))):
        sub = _field(f"s{number}", False)
        if draw(st.booleans()):
            other = draw(st.sampled_from([*subs, *fields]))["field_name"]
            sub["sdi_show_if"] = {"field": other, "in": sorted(draw(st.sets(st.sampled_from(CHOICES), min_size=1)))}
        subs.append(sub)
    rows: dict[str, Any] = {"field_name": "rows", "repeating_subfields": subs}
    if draw(st.booleans()):
        rows["sdi_show_if"] = {"field": draw(st.sampled_from(fields))["field_name"], "in": ["a"]}
    fields.append(rows)
    order = draw(st.permutations(fields))
    return {"dataset_type": "uji", "dataset_fields": list(order)}


def _values(schema: dict[str, Any], draw: Any) -> dict[str, Any]:
    values: dict[str, Any] = {}
    one = st.sampled_from([*CHOICES, "", None, "Pilihan b", "lain"])
    for field in schema["dataset_fields"]:
        if "repeating_subfields" in field:
            names = [sub["field_name"] for sub in field["repeating_subfields"]]
            rows = draw(st.lists(st.fixed_dictionaries(dict.fromkeys(names, one)), max_size=3))
            values["rows"] = draw(st.sampled_from([rows, json.dumps(rows)]))
        elif field.get("sdi_multiple"):
            listed = draw(st.lists(st.sampled_from(CHOICES), max_size=3))
            values[field["field_name"]] = draw(st.sampled_from([listed, json.dumps(listed)]))
        else:
            values[field["field_name"]] = draw(one)
    return values


def _meant(value: Any) -> set[str]:
    listed = json.loads(value) if isinstance(value, str) and value.startswith("[") else value
    listed = listed if isinstance(listed, list) else [listed]
    return {"b" if item == "Pilihan b" else item for item in listed if item}


def brute_force(schema: dict[str, Any], values: dict[str, Any]) -> tuple[set[str], list[set[str]]]:
    """Visibility by a fixed point: everything is shown, then hidden until nothing more is to be hidden.

    Written without recursion and without the code under test.
    """
    fields = {field["field_name"]: field for field in schema["dataset_fields"]}
    shown = set(fields)
    while True:
        gone = {
            name
            for name in shown
            if (rule := fields[name].get("sdi_show_if"))
            and not (rule["field"] in shown and _meant(values.get(rule["field"])) & set(rule["in"]))
        }
        if not gone:
            break
        shown -= gone
    subs = {sub["field_name"]: sub for sub in fields["rows"]["repeating_subfields"]}
    rows = json.loads(values["rows"]) if isinstance(values["rows"], str) else values["rows"]
    seen = []
    for row in rows:
        of_row = set(subs) if "rows" in shown else set()
        while True:
            gone = set()
            for name in of_row:
                rule = subs[name].get("sdi_show_if")
                if not rule:
                    continue
                inside = rule["field"] in subs
                there = of_row if inside else shown
                held = (row if inside else values).get(rule["field"])
                if not (rule["field"] in there and _meant(held) & set(rule["in"])):
                    gone.add(name)
            if not gone:
                break
            of_row -= gone
        seen.append(of_row)
    return shown, seen


@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data(), schema=schemas())
def test_the_evaluator_agrees_with_one_written_another_way(data: Any, schema: dict[str, Any]) -> None:
    values = _values(schema, data.draw)
    fields = {field["field_name"]: field for field in schema["dataset_fields"]}
    seen = conditions.Visibility(fields, values)
    shown, of_rows = brute_force(schema, values)
    assert {name for name in fields if seen.field(name)} == shown
    rows = conditions.rows_of(values["rows"])
    assert [{n for n, there in seen.subfields("rows", row).items() if there} for row in rows] == of_rows


@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data(), schema=schemas())
def test_what_is_left_after_dropping_holds_nothing_hidden(data: Any, schema: dict[str, Any]) -> None:
    values = _values(schema, data.draw)
    kept = copy.deepcopy(values)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(registry, "schema_of", lambda name: schema)
        left, dropped = conditions.without_hidden("uji", values)
        assert values == kept
        # Nothing is hidden in what is left, and what was shown before is shown now, unchanged.
        again, more = conditions.without_hidden("uji", left)
        assert more == [] and again == left
        assert set(conditions.visible_fields("uji", left)) == set(conditions.visible_fields("uji", values))
    gone = {each["field"] for each in dropped if each["row"] is None}
    assert set(values) - set(left) == gone
    assert all(left[name] == values[name] for name in left if name != "rows")


@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data(), schema=schemas())
def test_what_the_page_is_given_says_the_same(data: Any, schema: dict[str, Any]) -> None:
    """The page knows only the JSON: read the way its program reads it, it comes to the same fields."""
    values = _values(schema, data.draw)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(registry, "schema_of", lambda name: schema)
        given_to_page = json.loads(json.dumps(conditions.for_page("uji")))

    def shown(name: str) -> bool:
        rule = given_to_page["fields"].get(name)
        return not rule or (shown(rule["field"]) and bool(_meant(values.get(rule["field"])) & set(rule["in"])))

    expected, _ = brute_force(schema, values)
    assert {field["field_name"] for field in schema["dataset_fields"] if shown(field["field_name"])} == expected


def _shown_of(schema: dict[str, Any], values: dict[str, Any]) -> set[str]:
    fields = {field["field_name"]: field for field in show_if.tidied(schema)["dataset_fields"]}
    seen = conditions.Visibility(fields, values)
    return {name for name in fields if seen.field(name)}


@pytest.mark.parametrize("value", ["x", "other", ""])
def test_a_ring_in_a_schema_of_the_portal_hides_nothing(value: str) -> None:
    ring = [
        {"field_name": "a", "sdi_show_if": {"field": "b", "in": ["x"]}},
        {"field_name": "b", "sdi_show_if": {"field": "c", "in": ["x"]}},
        {"field_name": "c", "sdi_show_if": {"field": "a", "in": ["x"]}},
        {"field_name": "itself", "sdi_show_if": {"field": "itself", "in": ["x"]}},
        # What hangs on a field of a ring keeps its condition.
        {"field_name": "leaf", "sdi_show_if": {"field": "a", "in": ["x"]}},
    ]
    whole = dict.fromkeys("abc", value)
    for fields in (ring, ring[::-1]):
        assert _shown_of({"dataset_fields": fields}, whole) == {"a", "b", "c", "itself"} | (
            {"leaf"} if value == "x" else set()
        )


@pytest.mark.parametrize(
    "condition", ["kind", ["kind"], {"in": ["x"]}, {"field": "kind"}, {"field": "nowhere", "in": ["x"]},
                  {"field": "kind", "in": [True]}, {"field": "kind", "in": [{}]}, {"field": 5, "in": ["x"]}, None],
)  # fmt: skip
def test_a_condition_that_is_none_in_a_schema_of_the_portal_hides_nothing(condition: Any) -> None:
    rows = [{"field_name": "sub", "sdi_show_if": condition}]
    fields = [
        {"field_name": "kind"},
        {"field_name": "field", "sdi_show_if": condition},
        {"field_name": "rows", "repeating_subfields": rows},
    ]
    tidy = show_if.tidied({"dataset_fields": fields})["dataset_fields"]
    assert "sdi_show_if" not in tidy[1] and "sdi_show_if" not in tidy[2]["repeating_subfields"][0]
    assert _shown_of({"dataset_fields": fields}, {"kind": "y"}) == {"kind", "field", "rows"}
    assert fields[1]["sdi_show_if"] is condition


def test_a_value_that_is_a_number_in_the_schema_of_the_portal_means_its_text() -> None:
    fields = [{"field_name": "kind"}, {"field_name": "one", "sdi_show_if": {"field": "kind", "in": 1}}]
    assert _shown_of({"dataset_fields": fields}, {"kind": "1"}) == {"kind", "one"}
    assert _shown_of({"dataset_fields": fields}, {"kind": "2"}) == {"kind"}


#: An answer, and the fields that appear or go with it: as the forms of BPS say it, item by item.
JUMPS: list[tuple[dict[str, Any], set[str], set[str]]] = [
    ({"dilakukan": "hanya_sekali"}, {"tipe_pengumpulan"}, {"frekuensi"}),
    ({"dilakukan": "Berulang"}, {"frekuensi"}, set()),
    ({"cakupan_wilayah": "seluruh_wilayah_indonesia"}, {"metode_pengumpulan"}, {"wilayah"}),
    (
        {"cara_pengumpulan_data": "survei", "metode_pemilihan_sampel": "sampel_probabilitas"},
        {"rancangan_sampel", "metode_probabilitas", "unit_observasi"},
        {"metode_nonprobabilitas"},
    ),
    (
        {"cara_pengumpulan_data": "pencacahan_lengkap", "metode_pemilihan_sampel": "sampel_probabilitas"},
        {"uji_coba"},
        {"rancangan_sampel", "metode_pemilihan_sampel", "metode_probabilitas", "metode_nonprobabilitas"},
    ),
    (
        {"jenis_kegiatan_statistik": "statistik_dasar", "dapat_rekomendasi_bps": "ya"},
        set(),
        {"dapat_rekomendasi_bps", "identitas_rekomendasi"},
    ),
    ({"produk_tercetak": "ya"}, {"rilis_tercetak"}, {"rilis_mikro"}),
    ({"metode_pengumpulan": ["wawancara", "lainnya"]}, {"metode_pengumpulan_lainnya"}, set()),
    ({"metode_pengumpulan": ["wawancara"]}, set(), {"metode_pengumpulan_lainnya"}),
]


@pytest.mark.parametrize(("answers", "asked", "not_asked"), JUMPS, ids=lambda value: "-".join(sorted(value))[:60])
def test_check_api_and_form_agree_about_a_jump(
    lasting_city: SimpleNamespace,
    app_once: Any,
    as_user: Any,
    answers: dict[str, Any],
    asked: set[str],
    not_asked: set[str],
) -> None:
    sent = submittable(lasting_city.kelurahan, type="kegiatan", **answers)
    for name in asked | not_asked:
        if name not in answers:
            sent.pop(name, None)
    # The check of what is typed.
    found = {f["field"] for f in service.check({**sent}, "en")["findings"] if f["id"].startswith("required")}
    assert asked - set(answers) <= found
    assert not found & not_asked
    # The API: saved, then asked again.
    package = call_as(lasting_city.producer, "package_create", **sent)
    result = call_as(lasting_city.producer, "satudata_submission_check", id=package["id"])
    stored = {f["field"] for f in result["findings"] if f["id"].startswith("required")}
    assert stored == found
    # The form: what does not count is hidden, but there, so that nothing typed is lost.
    page = app_once.get(f"/kegiatan/edit/{package['name']}", headers=as_user(lasting_city.producer)).body
    for name in asked | not_asked:
        assert f'name="{name}' in page, name
