"""Each rule of the submission check, once passing and once failing."""

from __future__ import annotations

import time
from typing import Any

import pytest

from ckanext.satudata.principles import PRINCIPLES
from ckanext.satudata.standards import conditions, registry, service
from ckanext.satudata.standards.rules.registry import SEVERITIES
from ckanext.satudata.tests.factories import submittable

ASKED = [f["field_name"] for f in registry.own_schema("dataset")["dataset_fields"] if f.get("sdi_required")]


def complete(**changes: Any) -> dict[str, Any]:
    """A package with nothing to find but what ``changes`` break; ``None`` takes a field out."""
    package = {
        **submittable({"id": "org"}),
        "title": "Jumlah penduduk menurut jenis kelamin 2024",
        "tingkat_penyajian": "kelurahan_desa",
        "ukuran": "Jumlah",
        "resources": [{"id": "r1", "url": "penduduk.csv", "name": "Penduduk", "format": "CSV", "url_type": "upload"}],
        **changes,
    }
    return {name: value for name, value in package.items() if value is not None}


def ids(package: dict[str, Any], **options: Any) -> list[str]:
    return [f["id"] for f in service.check(package, with_files=False, **options)["findings"] if f["severity"] != "info"]


@pytest.fixture(autouse=True)
def portal(clean_once: None) -> None:
    """Rules read the schema of a running portal, and know no regions here; none of them writes."""


def test_a_complete_dataset_has_no_findings() -> None:
    assert ids(complete()) == []


@pytest.mark.parametrize("name", [name for name in ASKED if name != "tag_string"])
@pytest.mark.parametrize("value", [None, "", "  ", "-", "N/A"])
def test_a_field_asked_for_is_found_missing(name: str, value: str | None) -> None:
    result = service.check(complete(**{name: value}), with_files=False)
    finding = next(f for f in result["findings"] if f["id"] == f"required.{name}")
    field = registry.fields_of("dataset")[name]
    assert finding["field"] == name
    assert finding["severity"] == field["sdi_required"]
    assert finding["principle"] == field.get("sdi_principle", "metadata")
    assert finding["message"] and finding["fix"]


def test_an_empty_package_is_checked_without_an_error() -> None:
    result = service.check({}, with_files=False)
    assert result["errors"] > 10 and result["findings"][0]["severity"] == "error"


@pytest.mark.parametrize(
    ("id", "severity", "changes"),
    [
        ("tags.few", "warning", {"tags": [{"name": "satu"}]}),
        ("tags.few", "warning", {"tags": []}),
        ("tags.few", "warning", {"tags": None, "tag_string": "satu"}),
        ("title.short", "warning", {"title": "Data penduduk"}),
        ("title.capitals", "warning", {"title": "JUMLAH PENDUDUK MENURUT JENIS KELAMIN"}),
        ("notes.short", "warning", {"notes": "Data penduduk."}),
        ("notes.short", "warning", {"notes": "Jumlah penduduk menurut jenis kelamin 2024"}),
        ("owner.missing", "error", {"owner_org": ""}),
        ("format.tahun", "error", {"tahun": "dua ribu"}),
        ("format.tahun", "error", {"tahun": "24"}),
        ("format.periode_awal", "error", {"periode_awal": "Januari 2024"}),
        ("format.periode_akhir", "error", {"periode_akhir": "2024-02-30"}),
        ("format.jadwal_rilis", "warning", {"jadwal_rilis": "setiap Maret"}),
        ("format.maintainer_email", "warning", {"maintainer_email": "kantor lurah"}),
        ("choice.unknown.frekuensi", "error", {"frekuensi": "kalau sempat"}),
        ("choice.unknown.urusan", "error", {"urusan": "9.99"}),
        ("sdsn.unknown", "warning", {"kode_sdsn": "XX1"}),
        ("period.order", "error", {"periode_awal": "2024-07", "periode_akhir": "2024-06"}),
        ("period.year", "warning", {"tahun": "2019"}),
        ("period.future", "warning", {"tahun": "2090", "periode_awal": "2090", "periode_akhir": "2090"}),
        ("unit.measure", "warning", {"ukuran": "Jumlah", "satuan": "persen"}),
        ("unit.measure", "warning", {"ukuran": "Rasio jenis kelamin", "satuan": "orang"}),
        ("unit.measure", "warning", {"ukuran": "Orang", "satuan": "orang"}),
        ("region.codes.bare", "error", {"cakupan_wilayah": "1271"}),
        ("region.codes.bare", "error", {"cakupan_wilayah": "12.71, 1271151001"}),
        ("region.codes.shape", "error", {"cakupan_wilayah": "Kota Medan"}),
        ("region.codes.shape", "error", {"cakupan_wilayah": "12.7.1"}),
        ("files.none", "error", {"resources": []}),
        ("files.none", "error", {"resources": None}),
        ("files.format.missing", "warning", {"resources": [{"url": "a", "url_type": "upload"}]}),
        ("files.format.machine", "warning", {"resources": [{"url": "a", "url_type": "upload", "format": "PDF"}]}),
        ("files.remote", "warning", {"resources": [{"url": "https://example.com/a.csv", "format": "CSV"}]}),
    ],
)
def test_the_rule_finds(id: str, severity: str, changes: dict[str, Any]) -> None:
    result = service.check(complete(**changes), with_files=False)
    found = {f["id"]: f["severity"] for f in result["findings"]}
    assert found.get(id) == severity


@pytest.mark.parametrize(
    "changes",
    [
        {"periode_awal": "2024-Q1", "periode_akhir": "2024-Q4"},
        {"periode_awal": "2024", "periode_akhir": "2024"},
        {"periode_awal": "2024-S1", "periode_akhir": "2024-S2"},
        {"periode_awal": "2024-06-30", "periode_akhir": "2024-06-30"},
        {"frekuensi": "Tahunan"},
        {"kode_sdsn": "SD00001.01.01"},
        {"ukuran": "Persentase", "satuan": "persen"},
        {"ukuran": "Angka per 1.000 kelahiran", "satuan": "kematian per 1.000 kelahiran"},
        {"cakupan_wilayah": "12.71.15.1001, 12.71.15.1005"},
        {"tags": None, "tag_string": "gizi, balita"},
        {"jenis_data": "geospasial", "status_angka": None},
        {"ukuran": "Persentase penduduk", "satuan": "persen penduduk"},
    ],
)
def test_the_rules_are_content_with(changes: dict[str, Any]) -> None:
    wrong = [id for id in ids(complete(**changes)) if not id.startswith("required")]
    assert wrong == []


def test_the_collision_of_the_two_code_systems_is_explained() -> None:
    result = service.check(complete(cakupan_wilayah="1271"), "id", with_files=False)
    finding = next(f for f in result["findings"] if f["id"] == "region.codes.bare")
    assert "Sibolga" in finding["fix"] and "12.71" in finding["fix"]
    assert finding["principle"] == "kode_referensi"


def test_a_field_that_does_not_count_here_is_not_asked_for() -> None:
    assert "required.status_angka" in ids(complete(status_angka=None))
    assert "required.status_angka" not in ids(complete(status_angka=None, jenis_data="geospasial"))


def test_visibility_is_passed_on_from_field_to_field(monkeypatch: pytest.MonkeyPatch) -> None:
    schema = {
        "dataset_fields": [
            {"field_name": "a"},
            {"field_name": "b", "sdi_show_if": {"field": "a", "in": ["ya"]}},
            {"field_name": "c", "sdi_show_if": {"field": "b", "in": ["ya"]}, "sdi_required": "error", "label": "C"},
            {"field_name": "d", "sdi_show_if": {"field": "tidak_ada", "in": ["x"]}},
            {"field_name": "e", "sdi_show_if": {"field": "f", "in": ["x"]}},
            {"field_name": "f", "sdi_show_if": {"field": "e", "in": ["x"]}},
        ]
    }
    monkeypatch.setattr(registry, "schema_of", lambda name: schema)
    seen = {"a": "ya", "b": "ya"}
    assert "c" in conditions.visible_fields("x", seen)
    # b is not shown, so what it holds cannot show c.
    assert "c" not in conditions.visible_fields("x", {**seen, "a": "tidak"})
    assert {"d"} <= set(conditions.visible_fields("x", {}))


def test_fields_a_portals_own_schema_lacks_are_skipped(monkeypatch: pytest.MonkeyPatch) -> None:
    schema = {"dataset_fields": [{"field_name": "title"}, {"field_name": "satuan", "label": "Unit"}]}
    monkeypatch.setattr(registry, "schema_of", lambda name: schema)
    found = ids({"title": "Jumlah penduduk menurut umur", "resources": []})
    assert "required.satuan" in found  # a field of that name takes our keys as defaults
    assert not [id for id in found if "konsep" in id or "tahun" in id or "period" in id]


def test_a_type_without_any_schema_is_still_checked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registry, "schema_of", lambda name: None)
    result = service.check({"title": "Jumlah penduduk menurut umur"}, with_files=False)
    assert [f["id"] for f in result["findings"] if f["severity"] == "error"] == ["files.none"]


@pytest.mark.parametrize("lang", ["en", "id"])
def test_labels_and_help_come_in_the_language_asked_for(web: Any, lang: str) -> None:
    with web.flask_app.test_request_context():
        finding = service.check(complete(satuan=None), lang, with_files=False)["findings"][0]
    assert ("Satuan" if lang == "id" else "Unit") in finding["message"]
    assert ("misalnya" if lang == "id" else "for example") in finding["fix"] or "hektare" in finding["fix"]


def test_findings_have_the_shape_of_the_contract() -> None:
    keys = {"id", "severity", "principle", "field", "resource_id", "message", "fix"}
    for finding in service.check({}, with_files=False)["findings"]:
        assert set(finding) == keys
        assert finding["severity"] in SEVERITIES and finding["principle"] in PRINCIPLES


def test_counts_agree_with_the_findings() -> None:
    result = service.check(complete(konsep=None, sumber=None, title="Data"), with_files=False)
    severities = [f["severity"] for f in result["findings"]]
    assert (result["errors"], result["warnings"]) == (severities.count("error"), severities.count("warning"))
    assert result["errors"] == 1


def test_progress_counts_what_is_asked_for_by_group() -> None:
    whole = service.check(complete(), with_files=False)["progress"]
    assert whole["done"] == whole["total"]
    assert [g["name"] for g in whole["groups"]] == ["tentang", "standar", "cakupan", "berkas", "akses"]
    less = service.check(complete(konsep=None, satuan="", resources=[]), with_files=False)["progress"]
    assert less["total"] == whole["total"] and less["done"] == whole["total"] - 3
    by_name = {g["name"]: (g["done"], g["total"]) for g in less["groups"]}
    assert by_name["standar"] == (3, 5) and by_name["berkas"] == (0, 1)


def test_a_mistake_in_a_field_nobody_asked_for_counts_as_undone() -> None:
    progress = service.check(complete(kode_sdsn="X"), with_files=False)["progress"]
    assert progress["done"] == progress["total"] - 1


@pytest.mark.parametrize(
    ("package", "year"),
    [
        ({"tahun": "2024"}, "2024"),
        ({"tahun": 2024}, "2024"),
        ({"tahun": "", "periode_akhir": "2023-Q4"}, "2023"),
        ({"periode_awal": "2022-01-01"}, "2022"),
        ({"extras": [{"key": "tahun", "value": "2021"}]}, "2021"),
        ({"tahun": "entah"}, None),
        ({}, None),
    ],
)
def test_the_year_of_the_data(package: dict[str, Any], year: str | None) -> None:
    assert service.dataset_year(package) == year


@pytest.mark.parametrize(
    ("package", "level"),
    [
        ({}, "terbuka"),
        ({"accesslevel": ""}, "terbuka"),
        ({"accesslevel": "Terbatas"}, "terbatas"),
        ({"accesslevel": "closed"}, "tertutup"),
        ({"extras": [{"key": "accesslevel", "value": "tertutup"}]}, "tertutup"),
        ({"accesslevel": "entah apa"}, "tertutup"),
    ],
)
def test_the_access_level_and_what_nobody_understands_is_closed(package: dict[str, Any], level: str) -> None:
    assert service.access_level(package) == level


def test_a_check_of_the_whole_form_takes_a_few_milliseconds() -> None:
    package = complete(cakupan_wilayah="")
    service.check(package, with_files=False)
    # Of this thread's own time: what others do on the machine does not count.
    start = time.thread_time()
    for _ in range(20):
        service.check(package, with_files=False)
    # 35 fields; measured 2 ms.
    assert (time.thread_time() - start) / 20 < 0.02


@pytest.mark.parametrize("field", ["satuan", "ukuran", "konsep"])
def test_a_hundred_kilobytes_of_words_are_checked_in_a_moment(field: str) -> None:
    package = complete(**{"ukuran": "Jumlah", field: "statistik kelurahan " * 5_000})
    start = time.thread_time()
    service.check(package, with_files=False)
    assert time.thread_time() - start < 5
