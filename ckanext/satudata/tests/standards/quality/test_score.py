"""The score as a pure function: what it counts, that it is the same every time, and that mending never lowers it."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ckanext.satudata.principles import PRINCIPLES
from ckanext.satudata.standards import registry
from ckanext.satudata.standards.quality import weights as weights_of
from ckanext.satudata.standards.quality.score import WHOLE, score_of
from ckanext.satudata.tests.factories import submittable

WEIGHTS = weights_of._read("")


def fields(package_type: str) -> dict[str, dict[str, Any]]:
    """The fields as our schema file has them: presets add nothing that counts here."""
    return {one["field_name"]: one for one in registry.own_schema(package_type)["dataset_fields"]}


FIELDS = {kind: fields(kind) for kind in ("dataset", "kegiatan", "indikator")}


def scored(pkg: dict[str, Any], findings: list[dict[str, Any]] | None = None, **links: bool) -> Any:
    return score_of(pkg, FIELDS[pkg.get("type", "dataset")], findings or [], links, WEIGHTS)


def complete() -> dict[str, Any]:
    """Everything filled in that the weights name, with a CSV."""
    pkg = submittable({"id": "kelurahan"}, type="dataset")
    pkg.update(kode_sdsn="SD00001.01.01", dimensi="jenis kelamin")
    pkg["resources"] = [{"id": "r1", "url": "penduduk.csv", "format": "CSV", "url_type": "upload"}]
    return pkg


def finding(principle: str = "metadata", severity: str = "error", field: str | None = None) -> dict[str, Any]:
    return {"id": "x", "principle": principle, "severity": severity, "field": field, "resource_id": None}


def test_what_lacks_nothing_has_a_hundred_and_no_advice() -> None:
    found = scored(complete())
    assert (found.score, found.band, found.advice) == (100, "sangat_baik", [])
    assert {name: part["score"] for name, part in found.parts.items()} == dict.fromkeys(PRINCIPLES, 100)


def test_an_empty_draft_has_little_and_its_advice_adds_up_to_what_is_missing() -> None:
    found = scored({"type": "dataset", "title": "Draf"})
    assert found.band == "kurang"
    assert sum(one["gain"] for one in found.advice) <= (100 - found.score) * 10
    assert sum(one["gain"] for one in found.advice) >= (100 - found.score) * 10 - len(found.advice) - 10


def test_advice_comes_with_the_largest_gain_first_and_following_it_gains_that_much() -> None:
    pkg = complete()
    del pkg["tags"], pkg["dimensi"]
    found = scored(pkg)
    assert [one["field"] for one in found.advice] == ["tag_string", "dimensi"]
    assert found.advice[0]["gain"] > found.advice[1]["gain"] > 0
    assert scored({**pkg, "tags": [{"name": "gizi"}]}).score - found.score in (
        found.advice[0]["gain"] // 10,
        found.advice[0]["gain"] // 10 + 1,
    )


def test_a_field_with_an_error_earns_nothing_and_with_a_warning_half() -> None:
    pkg = complete()
    points = WEIGHTS["fields"]["dataset"]["konsep"]
    whole = scored(pkg).parts["standar_data"]["earned"]
    assert whole - scored(pkg, [finding("standar_data", "error", "konsep")]).parts["standar_data"]["earned"] == points
    assert (
        whole - scored(pkg, [finding("standar_data", "warning", "konsep")]).parts["standar_data"]["earned"]
        == points // 2
    )


def test_findings_of_no_field_count_under_their_principle() -> None:
    found = scored(complete(), [finding("interoperabilitas", "error"), finding("interoperabilitas", "warning")])
    assert found.parts["interoperabilitas"]["score"] < 100
    assert {found.parts[name]["score"] for name in PRINCIPLES if name != "interoperabilitas"} == {100}
    assert found.advice[0]["kind"] == "conform" and found.advice[0]["findings"] == 2


@pytest.mark.parametrize(("better", "worse"), [("CSV", "XLSX"), ("XLSX", "XLS"), ("XLS", "PDF"), ("PDF", "")])
def test_formats_that_machines_read_count_more(better: str, worse: str) -> None:
    def with_format(name: str) -> int:
        pkg = complete()
        pkg["resources"][0]["format"] = name
        return int(scored(pkg).parts["interoperabilitas"]["earned"])

    assert with_format(better) > with_format(worse)


def test_a_pdf_beside_the_table_takes_nothing_away() -> None:
    pkg = complete()
    pkg["resources"].append({"id": "r2", "url": "catatan.pdf", "format": "PDF"})
    assert scored(pkg).score == 100


def test_a_broken_link_is_said_and_one_nobody_has_tried_is_believed() -> None:
    pkg = complete()
    assert scored(pkg, r1=True).score == 100
    found = scored(pkg, r1=False)
    assert found.score < 100 and found.advice[0] | {"gain": 0} == {
        "kind": "link", "principle": "interoperabilitas", "gain": 0, "field": "resources", "resource_id": "r1",
        "findings": 0,
    }  # fmt: skip


def test_without_a_file_there_is_one_advice_about_files() -> None:
    found = scored({**complete(), "resources": []})
    assert [one["kind"] for one in found.advice if one["field"] == "resources"] == ["file"]


def test_kegiatan_and_indikator_are_scored_without_files() -> None:
    for kind in ("kegiatan", "indikator"):
        found = scored({"type": kind, "title": "Pendataan"})
        assert 0 <= found.score < 100
        assert not any(one["field"] == "resources" for one in found.advice)


# -- whatever the dataset -------------------------------------------------------------------------------------

_text = st.sampled_from(["", "isi", "2024", "statistik", "geospasial", "ya", "tidak", "tahunan"])


@st.composite
def packages(draw: Any) -> dict[str, Any]:
    """A package of any type, each field empty, with some text, or with one of its choices."""
    kind = draw(st.sampled_from(["dataset", "kegiatan", "indikator"]))
    pkg: dict[str, Any] = {"type": kind}
    for name, each in FIELDS[kind].items():
        choices = [choice["value"] for choice in each.get("choices") or []]
        pkg[name] = draw(st.sampled_from(["", *choices])) if choices else draw(_text)
    formats = draw(st.lists(st.sampled_from(["CSV", "PDF", "", "XLSX", "ANEH"]), max_size=3))
    pkg["resources"] = [{"id": f"r{n}", "url": f"b{n}", "format": name} for n, name in enumerate(formats)]
    return pkg


_findings = st.lists(
    st.builds(
        finding,
        principle=st.sampled_from(PRINCIPLES),
        severity=st.sampled_from(["error", "warning", "info"]),
        field=st.sampled_from([None, "konsep", "title", "periode_awal", "urusan", "tidak_dikenal"]),
    ),
    max_size=8,
)


@settings(max_examples=150, deadline=None)
@given(packages(), _findings, st.data())
def test_mending_a_finding_never_lowers_the_score_or_a_principle(pkg: Any, findings: Any, data: Any) -> None:
    before = scored(pkg, findings)
    if findings:
        gone = data.draw(st.integers(0, len(findings) - 1))
        after = scored(pkg, findings[:gone] + findings[gone + 1 :])
        assert after.score >= before.score
        assert all(after.parts[name]["earned"] >= before.parts[name]["earned"] for name in PRINCIPLES)


@settings(max_examples=150, deadline=None)
@given(packages(), _findings, st.data())
def test_filling_an_empty_field_never_lowers_the_score(pkg: Any, findings: Any, data: Any) -> None:
    kind = pkg["type"]
    empty = [name for name in FIELDS[kind] if not pkg[name]]
    if not empty:
        return
    name = data.draw(st.sampled_from(empty))
    choices = [choice["value"] for choice in FIELDS[kind][name].get("choices") or []]
    filled = {**pkg, name: data.draw(st.sampled_from(choices)) if choices else "terisi"}
    before = scored(pkg, findings)
    after = scored(filled, [one for one in findings if one["field"] != name])
    assert after.score >= before.score


@settings(max_examples=60, deadline=None)
@given(packages(), _findings)
def test_the_same_dataset_gives_the_same_score_whatever_the_order_of_its_findings(pkg: Any, findings: Any) -> None:
    before = copy.deepcopy((pkg, findings))
    found = scored(pkg, findings)
    assert scored(pkg, list(reversed(findings))) == found == scored(copy.deepcopy(pkg), findings)
    assert (pkg, findings) == before
    assert 0 <= found.score <= 100 and WHOLE == 10_000
    points = sum(part["points"] for part in found.parts.values())
    assert points == sum(part["points"] for part in scored({"type": pkg["type"]}).parts.values())
