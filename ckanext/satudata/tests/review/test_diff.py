"""What differs between two versions: told per field, per row and per file, in the reader's words."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from ckanext.satudata.review.content import content_of
from ckanext.satudata.review.diff import Change, compare
from ckanext.satudata.review.diff_text import marked

SCHEMA: dict[str, Any] = {
    "dataset_fields": [
        {"field_name": "title", "label": {"en": "Title", "id": "Judul"}},
        {
            "field_name": "frekuensi",
            "label": {"en": "Frequency", "id": "Frekuensi"},
            "choices": [
                {"value": "tahunan", "label": {"en": "Yearly", "id": "Tahunan"}},
                {"value": "bulanan", "label": {"en": "Monthly", "id": "Bulanan"}},
            ],
        },
        {
            "field_name": "variabel",
            "label": {"en": "Variables", "id": "Variabel"},
            "repeating_subfields": [
                {"field_name": "nama", "label": {"en": "Name", "id": "Nama"}},
                {"field_name": "satuan", "label": {"en": "Unit", "id": "Satuan"}},
            ],
        },
    ],
    "resource_fields": [{"field_name": "url", "label": {"en": "File or address", "id": "Berkas atau alamat"}}],
}


@pytest.fixture(autouse=True)
def page(app_once: Any) -> Iterator[None]:
    with app_once.flask_app.test_request_context("/"):
        yield


def one(old: dict[str, Any], new: dict[str, Any], **more: Any) -> Change:
    (change,) = compare(old, new, SCHEMA, **more)
    return change


def resource(resource_id: str, **changes: Any) -> dict[str, Any]:
    return {"id": resource_id, "name": resource_id.upper(), "url": f"https://x.example/{resource_id}.csv", **changes}


def test_nothing_technical_is_a_difference() -> None:
    old = {"id": "a", "metadata_modified": "2026-01-01", "private": True, "notes": "", "title": "Same"}
    new = {"id": "b", "metadata_modified": "2026-02-02", "private": False, "notes": None, "title": "Same", "state": "x"}
    assert compare(old, new, SCHEMA) == []


def test_a_changed_field_is_told_with_its_label_and_the_words_of_its_choices() -> None:
    change = one({"frekuensi": "tahunan"}, {"frekuensi": "bulanan"})
    assert (change.kind, change.label, change.old_text, change.new_text) == (
        "changed",
        "Frequency",
        "Yearly",
        "Monthly",
    )
    assert change.as_dict()["new"] == "bulanan"


def test_labels_come_in_the_readers_language(app_once: Any) -> None:
    with app_once.flask_app.test_request_context("/", environ_overrides={"CKAN_LANG": "id"}):
        assert one({"frekuensi": "tahunan"}, {"frekuensi": "bulanan"}).label == "Frekuensi"


def test_a_filled_field_is_added_and_an_emptied_one_is_removed() -> None:
    assert one({}, {"title": "New"}).kind == "added"
    assert one({"title": "Old"}, {"title": ""}).kind == "removed"


def test_a_field_the_schema_lacks_is_told_under_its_own_name() -> None:
    assert one({"wilayah_kerja": "A"}, {"wilayah_kerja": "B"}).label == "wilayah_kerja"


def test_numbers_and_line_ends_of_other_clients_are_no_difference() -> None:
    assert compare({"title": "a\r\nb", "n": 1}, {"title": "a\nb", "n": "1"}, SCHEMA) == []


def test_tags_groups_and_extras_tell_what_came_and_what_went() -> None:
    old = {"tags": [{"name": "a"}, {"name": "b"}], "groups": [{"id": "1", "title": "Sosial"}], "extras": []}
    new = {"tags": [{"name": "b"}, {"name": "c"}], "groups": [], "extras": [{"key": "k", "value": "v"}]}
    tags, groups, extra = compare(old, new, SCHEMA)
    assert [(part.kind, part.label) for part in tags.parts] == [("removed", "a"), ("added", "c")]
    assert [(part.kind, part.label) for part in groups.parts] == [("removed", "Sosial")]
    assert (extra.kind, extra.field, extra.new) == ("added", "k", "v")


def test_one_inserted_row_is_one_change_and_a_changed_row_names_its_fields() -> None:
    rows = [{"nama": str(n), "satuan": "jiwa"} for n in range(12)]
    inserted = one({"variabel": rows}, {"variabel": [rows[0], {"nama": "x", "satuan": ""}, *rows[1:]]})
    assert [(row.kind, row.position) for row in inserted.parts] == [("added", (None, 2))]
    mended = one({"variabel": rows}, {"variabel": [*rows[:11], {"nama": "11", "satuan": "KK"}]})
    (row,) = mended.parts
    assert (row.kind, row.label) == ("changed", "Row 12")
    assert [(part.label, part.old_text, part.new_text) for part in row.parts] == [("Unit", "jiwa", "KK")]


def test_resources_are_added_removed_changed_and_moved() -> None:
    old = {"resources": [resource("a"), resource("b"), resource("c"), resource("d")]}
    new = {"resources": [resource("d"), resource("a"), resource("c", name="Renamed"), resource("e")]}
    found = {(change.field, change.kind): change for change in compare(old, new, SCHEMA)}
    assert set(found) == {("d", "moved"), ("c", "changed"), ("e", "added"), ("b", "removed")}
    assert found["d", "moved"].position == (4, 1)
    assert found["c", "changed"].position is None, "it stands where it stood, others went round it"
    assert [part.field for part in found["c", "changed"].parts] == ["name"]


def test_resources_of_a_copy_are_matched_by_the_given_mapping() -> None:
    old = {"resources": [resource("a", url_type="upload", url="https://x.example/a/download/t.csv")]}
    new = {"resources": [resource("z", name="A", url_type="upload", url="https://x.example/z/download/t.csv")]}
    assert compare(old, new, SCHEMA, resources={"a": "z"}) == []
    assert {change.kind for change in compare(old, new, SCHEMA)} == {"added", "removed"}


def test_a_replaced_file_is_told_by_its_digest_even_under_the_same_name() -> None:
    upload = resource("a", url_type="upload", url="https://x.example/a/download/t.csv", size=2048)
    change = one({"resources": [upload], "files": {"a": "1" * 64}}, {"resources": [upload], "files": {"a": "2" * 64}})
    (part,) = change.parts
    assert (change.kind, part.scope, part.old, part.new) == ("changed", "file", "1" * 64, "2" * 64)
    assert part.new_text == "t.csv (2 KiB)"


def test_rows_of_a_table_are_told_by_their_number() -> None:
    table = resource("a", url_type="datastore")
    change = one(
        {"resources": [table], "tables": {"a": {"rows": 1, "hash": "x"}}},
        {"resources": [table], "tables": {"a": {"rows": 3, "hash": "y"}}},
    )
    assert [(part.scope, part.old_text, part.new_text) for part in change.parts] == [("table", "1 row", "3 rows")]


def test_the_snapshot_of_an_older_time_may_lack_what_is_technical() -> None:
    old = {"title": "Same", "resources": [{"id": "a", "name": "A", "url": "t.csv", "url_type": "upload"}]}
    new = {
        "title": "Same",
        "resources": [resource("a", url="http://p/a/download/t.csv", url_type="upload", position=0, hash="", state="")],
    }
    assert compare(old, new, SCHEMA) == []


def test_a_snapshot_is_compared_with_what_package_show_gives() -> None:
    package = {
        "title": "Same",
        "tags": [{"name": "a", "display_name": "a"}],
        "groups": [{"id": "1", "title": "Sosial", "name": "sosial"}],
        "extras": [{"key": "k", "value": "v"}],
        "resources": [resource("a", size=3, position=0)],
    }
    assert compare(content_of(package), package, SCHEMA) == []
    tags, extra = compare(content_of(package), {**package, "tags": [{"name": "b"}], "extras": []}, SCHEMA)
    assert (tags.new_text, extra.kind) == ("b", "removed")


def test_two_texts_are_told_as_one_with_what_went_and_what_came() -> None:
    assert marked("Penduduk kelurahan 2024", "Penduduk kelurahan 2025") == [
        ("same", "Penduduk kelurahan "),
        ("removed", "2024"),
        ("added", "2025"),
    ]
    assert marked("", "baru") == [("added", "baru")]
