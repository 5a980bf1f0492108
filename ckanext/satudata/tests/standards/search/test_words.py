"""Indonesian words in Solr, on real cores: the stock schema works, ours also finds inflections and synonyms."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pysolr
import pytest
from ckan.lib.search import check_solr_schema_version
from click.testing import CliRunner

from ckanext.satudata.standards.search import cli, questions, solr
from ckanext.satudata.tests.standards.search.cores import core, fill, find

TITLES = {
    "penduduk": "Jumlah penduduk menurut jenis kelamin dan kelompok umur",
    "sehat": "Fasilitas kesehatan per kelurahan",
    "didik": "Pendidikan terakhir kepala keluarga",
    "stunting": "Prevalensi stunting",
    "miskin": "Garis kemiskinan Kota Medan",
    "rumah": "Perumahan rakyat",
    "huni": "Rumah tidak layak huni",
    "ternak": "Populasi ternak sapi",
    "kerja": "Pekerja menurut lapangan usaha",
    "lansia": "Lansia yang tinggal sendiri",
    "duduk": "Kedudukan dan susunan organisasi",
}


@pytest.fixture(scope="module")
def cores(portal_once: None) -> Iterator[dict[str, pysolr.Solr]]:
    """The same datasets in a core with each schema."""
    with core(ours=False) as stock, core(ours=True) as ours:
        for each in (stock, ours):
            fill(each, TITLES)
        yield {"stock": stock, "ours": ours}


@pytest.mark.parametrize(
    ("q", "name"),
    [
        ("sehat", "sehat"),
        ("peternakan", "ternak"),
        ("pekerjaan", "kerja"),
        ("bekerja", "kerja"),
        ("rumah", "rumah"),
        ("miskin", "miskin"),
        ("kependudukan", "penduduk"),
        ("penduduknya", "penduduk"),
        ("pendidik", "didik"),
        # synonyms
        ("tengkes", "stunting"),
        ("lanjut usia", "lansia"),
        ("warga", "penduduk"),
        ("rtlh", "huni"),
    ],
)
def test_inflected_words_and_synonyms_are_found_with_our_schema_only(cores: dict[str, Any], q: str, name: str) -> None:
    assert f"{name}" in find(cores["ours"], q)
    assert f"{name}" not in find(cores["stock"], q)


@pytest.mark.parametrize("q", ["penduduk", "stunting", "jenis kelamin", "Garis Kemiskinan", "perumahan", "kelurahan"])
def test_plain_words_are_found_with_both(cores: dict[str, Any], q: str) -> None:
    assert find(cores["stock"], q)
    assert set(find(cores["stock"], q)) <= set(find(cores["ours"], q))


@pytest.mark.parametrize(
    ("q", "not_found"), [("penduduk", "duduk"), ("kedudukan", "penduduk"), ("lurah", "sehat"), ("stunting", "penduduk")]
)
def test_words_that_only_look_alike_are_not_mixed_up(cores: dict[str, Any], q: str, not_found: str) -> None:
    assert f"{not_found}" not in find(cores["ours"], q)


@pytest.mark.parametrize(
    ("q", "asked"),
    [
        ("penduduk menurut umur", "penduduk umur"),
        ("penduduk yang menurut", "penduduk"),
        ("Data Dari Kelurahan", "Data Kelurahan"),
        ("yang dan di", "yang dan di"),
        ("title:dan", "title:dan"),
        ('"umur dan jenis"', '"umur dan jenis"'),
        ("penduduk AND dan", "penduduk AND dan"),
        ("", ""),
        ("*:*", "*:*"),
    ],
)
def test_stop_words_are_taken_out_of_plain_questions(q: str, asked: str) -> None:
    assert questions.without_stop_words(q) == asked
    params = {"q": q, "fq": "title:dan", "sort": "id asc"}
    assert questions.ease(dict(params)) == {**params, "q": asked}


@pytest.mark.parametrize("q", ["penduduk yang menurut", "umur dan jenis kelamin dari penduduk", "stunting di"])
def test_a_question_with_stop_words_finds_what_it_finds_without(cores: dict[str, Any], q: str) -> None:
    for each in cores.values():
        assert find(each, questions.without_stop_words(q))[0] in ("penduduk", "stunting")


def test_the_patch_changes_one_field_type_and_no_field() -> None:
    stock = solr.stock_schema().read_text(encoding="utf-8")
    ours = solr.patched(stock)
    before, after = ElementTree.fromstring(stock), ElementTree.fromstring(ours)
    for part in ("fields", "types"):
        old = {one.get("name"): ElementTree.tostring(one) for one in before.find(part)}
        new = {one.get("name"): ElementTree.tostring(one) for one in after.find(part)}
        assert {name for name in new if new[name] != old.get(name)} == ({"text"} if part == "types" else set())
    assert before.get("name") == after.get("name")
    assert solr.patched(ours) == ours


@pytest.mark.parametrize(
    "schema", ["<schema/>", '<fieldType name="text" class="solr.TextField"></fieldType>', "kein XML"]
)
def test_a_schema_of_another_layout_is_refused(schema: str) -> None:
    with pytest.raises(solr.SchemaError):
        solr.patched(schema)


def test_writing_keeps_the_portals_own_words(tmp_path: Path) -> None:
    conf = tmp_path / "conf"
    assert "schema.xml" in solr.write(conf)
    (conf / "satudata_synonyms.txt").write_text("kata, istilah\n")
    (conf / "managed-schema.xml").write_text("<schema/>")
    assert solr.write(conf) == ["managed-schema.xml"]
    assert (conf / "satudata_synonyms.txt").read_text() == "kata, istilah\n"
    assert "satudata_synonyms.txt" in solr.write(conf, overwrite_words=True)
    assert "balita" in (conf / "satudata_synonyms.txt").read_text(encoding="utf-8")


def test_the_command_prints_writes_and_checks(portal_once: None, tmp_path: Path, monkeypatch: Any) -> None:
    import ckantoolkit as tk

    run = CliRunner().invoke
    assert run(cli.solr_schema).output == solr.patched(solr.stock_schema().read_text(encoding="utf-8"))
    assert "schema.xml" in run(cli.solr_schema, ["--output", str(tmp_path)]).output
    before = tk.config["solr_url"]
    try:
        for ours, code in ((True, 0), (False, 1)):
            with core(ours=ours) as made:
                tk.config["solr_url"] = made.url
                assert run(cli.solr_schema, ["--check"]).exit_code == code
                # CKAN itself accepts it.
                assert check_solr_schema_version()
    finally:
        tk.config["solr_url"] = before


def test_each_word_list_says_what_it_means_to_say() -> None:
    lists = solr.word_files()
    for line in lists["satudata_stems.txt"].splitlines():
        assert line.startswith("#") or len(line.split("\t")) == 2, line
    for line in lists["satudata_synonyms.txt"].splitlines():
        if line and not line.startswith("#"):
            words = [part.strip() for part in line.split(",")]
            assert len(words) > 1 and all(words) and line == line.lower() and "-" not in line, line
