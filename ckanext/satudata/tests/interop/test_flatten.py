"""Whatever a package holds, its flat record is one that a CKAN without our schema takes."""

from __future__ import annotations

import copy
import json
from typing import Any

import ckantoolkit as tk
import pytest
from ckan.lib.search.index import KEY_CHARS
from ckan.logic import schema
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ckanext.satudata.interop import flatten
from ckanext.satudata.interop.question import WORDS, fields_named

texts = st.text(max_size=60) | st.sampled_from(["", " ", "x" * 70_000, "é" * 40_000, '{"type": "Point"}'])
rows = st.lists(st.dictionaries(st.sampled_from(["nama", "satuan", "kode"]), texts, max_size=3), max_size=4)
values = (
    texts | rows | st.lists(texts, max_size=3) | st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False)
)
FIELDS = ("title", "konsep", "definisi", "variabel", "cakupan_wilayah", "state", "tag_string", "maintainer_email")
keys = st.sampled_from(
    [*FIELDS, "konsep_bagian_01", "title_isian", "spatial", "harvest_object_id", "groups"]
) | st.text(min_size=1, max_size=20)
packages: st.SearchStrategy[dict[str, Any]] = st.fixed_dictionaries(
    {"id": st.uuids(version=4).map(str), "name": st.from_regex(r"\A[a-z0-9_-]{2,100}\Z"), "owner_org": st.none()},
    optional={
        "title": texts,
        "notes": texts,
        "type": st.sampled_from(["dataset", "kegiatan", "indikator"]),
        "konsep": values,
        "definisi": values,
        "variabel": values,
        "cakupan_wilayah": values,
        "version": texts,
        "url": texts,
        "author_email": texts | st.emails(),
        "maintainer_email": texts | st.emails(),
        "license_id": texts,
        "extras": st.lists(
            st.fixed_dictionaries({"key": keys, "value": texts}), max_size=6, unique_by=lambda item: item["key"]
        ),
        "tags": st.lists(st.fixed_dictionaries({"name": st.text(max_size=30), "vocabulary_id": st.text()}), max_size=4),
        "groups": st.just([{"id": "g", "name": "g", "title": "G"}]),
        "resources": st.lists(
            st.fixed_dictionaries(
                {"id": st.uuids(version=4).map(str), "url": texts, "url_type": st.sampled_from(["", "upload"])},
                optional={"name": texts, "size": values, "kolom": values, "datastore_active": st.booleans()},
            ),
            max_size=2,
            unique_by=lambda resource: resource["id"],
        ),
        "relationships_as_subject": st.just([{"subject": "x"}]),
    },
)


def shuffled(value: Any) -> Any:
    """The same data with the keys of every dict the other way round."""
    if isinstance(value, dict):
        return {key: shuffled(value[key]) for key in reversed(list(value))}
    return [shuffled(item) for item in value] if isinstance(value, list) else value


@pytest.mark.usefixtures("portal_once")
@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(pkg=packages)
def test_any_package_becomes_a_record_that_stock_ckan_takes_whole(pkg: dict[str, Any]) -> None:
    given_pkg = copy.deepcopy(pkg)
    record = flatten.record(pkg, FIELDS, ("kolom",))
    assert pkg == given_pkg
    text = json.dumps(record, ensure_ascii=False)
    assert json.dumps(flatten.record(shuffled(pkg), FIELDS, ("kolom",)), ensure_ascii=False) == text
    extras = {item["key"]: item["value"] for item in record["extras"]}
    assert len(extras) == len(record["extras"])
    assert all(isinstance(value, str) and value.strip() for value in extras.values())
    assert all(len(value.encode()) <= flatten.LARGEST for value in extras.values())
    assert not set(extras) & flatten.core_keys()
    # As package_create does at a portal without our schema; ids, names and owners are the receiver's to look up.
    stock = schema.default_create_package_schema()
    for key in ("id", "name", "owner_org", "private", "groups"):
        stock.pop(key)
    stock["resources"] = {key: rule for key, rule in stock["resources"].items() if key != "id"}
    sent = {key: value for key, value in record.items() if key not in ("id", "name", "owner_org", "private", "groups")}
    sent["resources"] = [{key: one[key] for key in one if key != "id"} for one in record["resources"]]
    context = {"ignore_auth": True, "user": "", "schema_keys": list(schema.default_create_package_schema())}
    taken, errors = tk.navl_validate(sent, stock, context)
    assert errors == {}
    assert {item["key"]: item["value"] for item in taken.get("extras", [])} == extras


@pytest.mark.usefixtures("portal_once")
def test_long_texts_are_cut_and_can_be_put_together_again() -> None:
    long = "kata é 🙂 " * 9_000
    record = flatten.record({"id": "a", "name": "a", "konsep": long, "extras": []}, ["konsep"])
    pieces = [item["value"] for item in record["extras"] if item["key"].startswith("konsep_bagian_")]
    assert len(pieces) > 3 and "".join(pieces) == long
    assert [item["key"] for item in record["extras"]][:2] == ["konsep_bagian_01", "konsep_bagian_02"]
    assert set("konsep_bagian_01") <= set(KEY_CHARS)


@pytest.mark.usefixtures("portal_once")
def test_rows_and_several_values_become_json_with_nothing_lost() -> None:
    rows = [{"kolom": "jumlah", "variabel": "Penduduk"}, {"kolom": "kode"}]
    record = flatten.record(
        {"id": "a", "name": "a", "kolom_variabel": rows, "level": ["a", "b, c"]}, ["kolom_variabel", "level"]
    )
    told = {item["key"]: item["value"] for item in record["extras"]}
    assert json.loads(told["kolom_variabel"]) == rows and json.loads(told["level"]) == ["a", "b, c"]


@pytest.mark.parametrize(
    ("query", "named"),
    [
        ("*:*", {"*"}),
        ("organization:a OR organization:b", {"organization"}),
        ("-organization:a metadata_modified:[2026-01-01T10:00:00.123456Z TO *]", {"organization", "metadata_modified"}),
        ("metadata_modified:[NOW-1DAY/DAY TO NOW]", {"metadata_modified"}),
        ("+organization:(a OR b) +tags:(c (d e))", {"organization", "tags"}),
        ('title:"jumlah penduduk"~2^3', {"title"}),
        ("title:jumlah penduduk", {"title", WORDS}),
        ("(a)", {WORDS}),
        ("res_name : x", {"res_name"}),
        ("res\\_name:x", {WORDS}),
        ('title:[a TO "x]"] OR res_name:k OR title:"b"', {WORDS}),
        ('name:/a"b/ res_name:x', {WORDS}),
        ("extras_x-name:1", {"extras_x-name"}),
    ],
)
def test_a_query_names_its_fields_rather_one_too_many_than_one_too_few(query: str, named: set[str]) -> None:
    assert fields_named(query) == named


def test_the_address_of_an_uploaded_file_is_the_same_whoever_saved_it_and_whoever_asks(app_once: Any) -> None:
    stored = {"id": "b", "package_id": "a", "url_type": "upload"}
    addresses = set()
    for language, default in (("id", False), ("en", True)):
        environ = {"CKAN_LANG": language, "CKAN_LANG_IS_DEFAULT": default}
        with app_once.flask_app.test_request_context(environ_overrides=environ):
            for prefix in ("", "/id"):
                url = f"http://test.ckan.net{prefix}/dataset/a/resource/b/download/berkas.csv"
                addresses.add(flatten.address({**stored, "url": url}))
    assert addresses == {"http://test.ckan.net/dataset/a/resource/b/download/berkas.csv"}
