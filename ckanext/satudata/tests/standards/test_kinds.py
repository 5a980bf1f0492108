"""A body of the API with values of other kinds: an error by the name of each key, or clean storage; no error page."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import ckantoolkit as tk
import pytest
from ckan import model

from ckanext.satudata.standards import kinds, registry
from ckanext.satudata.tests.conftest import call_as
from ckanext.satudata.tests.factories import submittable

OTHER: dict[str, Any] = {
    "list": [1, "dua"],
    "object": {"a": {"b": [1]}},
    "true": True,
    "objects": [{"name": 5, "id": {"a": 1}, "key": [1]}],
    "lists": [["a"], [None]],
}


@pytest.mark.parametrize("kind", ["dataset", "kegiatan", "indikator"])
@pytest.mark.parametrize("value", OTHER.values(), ids=OTHER)
def test_each_text_of_another_kind_is_named(lasting_city: SimpleNamespace, kind: str, value: Any) -> None:
    sent = submittable(lasting_city.kelurahan, type=kind)
    fields = {
        name: field for name, field in registry.fields_of(kind).items() if name not in (*kinds.TEXTS, "tag_string")
    }
    texts = [name for name, field in fields.items() if kinds._takes_text(field)]
    assert len(texts) > 10
    for names in (["title", "notes", "author", "url", "license_id"], texts):
        body = {**sent, **dict.fromkeys(names, value)}
        with pytest.raises(tk.ValidationError) as refused:
            call_as(lasting_city.producer, "package_create", **body)
        assert set(names) <= set(refused.value.error_dict), set(names) - set(refused.value.error_dict)
    assert model.Package.get(sent["name"]) is None


@pytest.mark.parametrize(
    "name", ["owner_org", "type", "id", "name", "tag_string", "groups", "tags", "extras", "resources"]
)
@pytest.mark.parametrize("value", [*OTHER.values(), 5, 5.5], ids=[*OTHER, "number", "fraction"])
def test_keys_of_ckan_are_refused_by_their_name(lasting_city: SimpleNamespace, name: str, value: Any) -> None:
    if name == "resources" and value == OTHER["objects"]:
        value = [5]  # what stands in a file is CKAN's to judge
    with pytest.raises(tk.ValidationError) as refused:
        call_as(lasting_city.producer, "package_create", **{**submittable(lasting_city.kelurahan), name: value})
    assert list(refused.value.error_dict) == [name]
    assert str(refused.value)


@pytest.mark.parametrize("name", ["id", "name", "owner_org", "type"])
def test_an_update_is_refused_by_name_too(lasting_city: SimpleNamespace, name: str) -> None:
    package = call_as(lasting_city.producer, "package_create", **submittable(lasting_city.kelurahan))
    with pytest.raises(tk.ValidationError) as refused:
        call_as(lasting_city.producer, "package_update", **{**package, name: {"a": 1}})
    assert list(refused.value.error_dict) == [name]


@pytest.mark.parametrize("value", [{"nama": "Umur"}, ["Umur"], "Umur", "[1, 2", 5, True, [["a"]]], ids=str)
def test_what_is_no_list_of_rows_is_refused_by_its_field(lasting_city: SimpleNamespace, value: Any) -> None:
    with pytest.raises(tk.ValidationError) as refused:
        call_as(lasting_city.producer, "package_create",
                **submittable(lasting_city.kelurahan, type="kegiatan", variabel=value))  # fmt: skip
    assert list(refused.value.error_dict) == ["variabel"]


def test_columns_of_rows_are_refused_with_their_row(lasting_city: SimpleNamespace) -> None:
    rows = [{"nama": "Umur"}, {"nama": ["a"], "alias": {"b": 1}, "konsep": 12}]
    with pytest.raises(tk.ValidationError) as refused:
        call_as(lasting_city.producer, "package_create",
                **submittable(lasting_city.kelurahan, type="kegiatan", variabel=rows))  # fmt: skip
    (texts,) = refused.value.error_dict.values()
    assert len(texts) == 2 and "2, nama" in texts[0] and "2, alias" in texts[1]


def test_what_means_nothing_or_is_a_number_is_stored_clean(lasting_city: SimpleNamespace) -> None:
    sent = submittable(lasting_city.kelurahan, konsep=12, definisi=[], version=1.5, maintainer={}, title=2024)
    package = call_as(lasting_city.producer, "package_create", **sent)
    shown = call_as(lasting_city.producer, "package_show", id=package["id"])
    assert (shown["konsep"], shown["version"], shown["title"]) == ("12", "1.5", "2024")
    assert not shown.get("definisi") and not shown.get("maintainer")


def test_half_a_character_is_taken_out_of_every_text(lasting_city: SimpleNamespace) -> None:
    half = "a\ud800b"
    sent = submittable(lasting_city.kelurahan, type="kegiatan", title=half, notes=half, tujuan=half,
                       variabel=[{"nama": half}], extras=[{"key": "lain", "value": half}])  # fmt: skip
    package = call_as(lasting_city.producer, "package_create", **sent)
    shown = call_as(lasting_city.producer, "package_show", id=package["id"])
    assert {shown["title"], shown["notes"], shown["tujuan"], shown["variabel"][0]["nama"]} == {"ab"}
    assert shown["extras"][0]["value"] == "ab"


def test_very_long_and_very_deep_texts_are_stored_or_refused_in_words(lasting_city: SimpleNamespace) -> None:
    city = lasting_city
    with pytest.raises(tk.ValidationError) as refused:
        call_as(city.producer, "package_create", **submittable(city.kelurahan, title="judul " * 500))
    assert list(refused.value.error_dict) == ["title"]
    deep = "[" * 6000
    for kind, name in (("dataset", "produsen_bersama"), ("dataset", "kolom_variabel"), ("kegiatan", "tujuan")):
        package = call_as(city.producer, "package_create", **submittable(city.kelurahan, type=kind, **{name: deep}))
        assert call_as(city.producer, "satudata_submission_check", id=package["id"])
    for name in ("metode_pengumpulan", "variabel"):
        body = submittable(city.kelurahan, type="kegiatan", **{name: deep})
        with pytest.raises(tk.ValidationError) as refused:
            call_as(city.producer, "package_create", **body)
        assert list(refused.value.error_dict) == [name]
    long = dict.fromkeys(("notes", "konsep"), "x" * 1_000_000)
    package = call_as(city.producer, "package_create", **submittable(city.kelurahan, **long))
    shown = call_as(city.producer, "package_show", id=package["id"])
    assert (len(shown["notes"]), len(shown["konsep"])) == (1_000_000, 1_000_000)
