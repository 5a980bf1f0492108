"""The demo: what it holds, where it loads, and that facts and examples stay apart."""

from __future__ import annotations

import csv
import io
import stat
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from urllib.parse import urlsplit

import ckantoolkit as tk
import pytest
from ckan import model
from ckan.tests import factories
from click.testing import CliRunner, Result

from ckanext.satudata import files as stored_files
from ckanext.satudata.demo import accounts, cli, files, safety
from ckanext.satudata.review.transitions import STATES
from ckanext.satudata.tests.conftest import call_as

LOOPBACK = "http://127.0.0.1:5000"
ENTRIES = files.datasets()
FACTS = [entry for entry in ENTRIES if not entry["example"]]
EXAMPLES = [entry for entry in ENTRIES if entry["example"]]


def run(*arguments: str) -> Result:
    return CliRunner().invoke(cli.demo, list(arguments))


def rows(entry: dict[str, Any]) -> list[dict[str, str]]:
    with files.table(entry["berkas"]["file"]).open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def fact(name: str) -> dict[str, Any]:
    return next(entry for entry in FACTS if entry["name"] == name)


@pytest.fixture(scope="module")
def loaded(clean_once: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[SimpleNamespace]:
    """The demo, loaded once for all tests that only look."""
    changed = ["ckan.site_url", *files.front_page()]
    old = {key: tk.config.get(key) for key in changed}
    tk.config["ckan.site_url"] = LOOPBACK
    path = tmp_path_factory.mktemp("demo") / "accounts.txt"
    result = run("load", "--accounts-file", str(path))
    assert result.exit_code == 0, result.output + repr(result.exception)
    yield SimpleNamespace(output=result.output, accounts=path)
    tk.config.update(old)


def user(name: str) -> dict[str, Any]:
    return {"name": name}


# -- facts and examples, as shipped ---------------------------------------------------------------------------


def test_the_population_is_that_of_december_2024() -> None:
    values = {
        row["jenis_kelamin"]: int(row["nilai"]) for row in rows(fact("penduduk-kota-medan-menurut-jenis-kelamin-2024"))
    }
    assert values == {"laki-laki": 1_263_569, "perempuan": 1_282_883, "jumlah": 2_546_452}


def test_the_code_list_has_173_regions_with_both_codes() -> None:
    table = rows(fact("kode-wilayah-kota-medan"))
    levels = [row["tingkat"] for row in table]
    assert (levels.count("kota"), levels.count("kecamatan"), levels.count("kelurahan")) == (1, 21, 151)
    assert len({row["kode_kemendagri"] for row in table}) == len({row["kode_bps"] for row in table}) == 173
    assert sum(row["padanan"] == "mirip" for row in table) == 8


def test_the_areas_are_of_21_kecamatan_and_sum_to_265_10() -> None:
    table = rows(fact("luas-kecamatan-kota-medan-2015"))
    assert len({row["kode_wilayah"] for row in table}) == 21
    assert round(sum(float(row["nilai"]) for row in table), 2) == 265.10
    assert list(table[0])[:3] == ["kode_wilayah", "periode", "nilai"]


def test_the_programme_of_2024_has_one_kelurahan_in_each_kecamatan() -> None:
    table = rows(fact("kelurahan-cantik-kota-medan-2024"))
    assert len(table) == len({row["kecamatan"] for row in table}) == 21
    names = {row["kode_kemendagri"]: row["nama"] for row in rows(fact("kode-wilayah-kota-medan"))}
    assert all(names[row["kode_wilayah"]] == row["kelurahan"] for row in table)


@pytest.mark.parametrize("entry", EXAMPLES, ids=lambda entry: entry["name"])
def test_an_example_says_so_everywhere_and_is_never_public(entry: dict[str, Any]) -> None:
    assert entry["title"].startswith(files.EXAMPLE)
    assert entry["name"].startswith("contoh-")
    assert entry["notes"].startswith("CONTOH") and "karangan" in entry["notes"]
    assert "contoh" in entry["tags"]
    assert not STATES[entry["state"]].public
    if "berkas" in entry:
        assert entry["berkas"]["file"].startswith("contoh_")
        assert entry["berkas"]["name"].startswith("Contoh ")
        assert all(row["keterangan"] == "contoh" for row in rows(entry))


@pytest.mark.parametrize("entry", FACTS, ids=lambda entry: entry["name"])
def test_a_fact_names_its_source_and_nothing_in_it_is_an_example(entry: dict[str, Any]) -> None:
    assert entry["fields"]["sumber"]
    assert "contoh" not in str(entry).lower()
    assert "contoh" not in files.table(entry["berkas"]["file"]).read_text(encoding="utf-8").lower()


def test_every_shipped_table_belongs_to_one_dataset() -> None:
    named = [entry["berkas"]["file"] for entry in ENTRIES if "berkas" in entry]
    assert sorted(named) == sorted(path.name for path in (files.DATA / "files").glob("*"))


# -- where it may be loaded -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "address", ["http://localhost:5000", "http://127.0.0.1", "http://127.9.9.9:8080/ckan", "http://[::1]:5000"]
)
def test_an_address_that_leads_back_to_this_machine_is_loopback(address: str) -> None:
    assert safety.is_loopback(address)


@pytest.mark.parametrize(
    "address",
    [
        "https://data.medan.example",
        "http://10.0.0.5",
        "http://0.0.0.0:5000",
        "",
        "127.0.0.1",
        "http://localhost.example",
    ],
)
def test_any_other_address_is_not_loopback(address: str) -> None:
    assert not safety.is_loopback(address)


def refused() -> str:
    before = safety.holdings()
    result = run("load", "--accounts-file", "/nonexistent/never-written")
    assert result.exit_code == 1
    assert "Nothing was loaded" in result.stderr
    assert safety.holdings() == before
    return result.stderr


def test_the_loader_refuses_a_portal_with_a_public_address(clean: None) -> None:
    tk.config["ckan.site_url"] = "https://data.medan.example"
    assert "https://data.medan.example" in refused()


@pytest.mark.parametrize("kind", ["user", "organization", "group"])
def test_the_loader_refuses_a_portal_that_holds_anything(clean: None, kind: str) -> None:
    tk.config["ckan.site_url"] = LOOPBACK
    {"user": factories.User, "organization": factories.Organization, "group": factories.Group}[kind]()
    assert f"1 {kind}s" in refused()


def test_the_loader_refuses_a_portal_with_a_deleted_dataset(clean: None) -> None:
    tk.config.update({"ckan.site_url": LOOPBACK, "satudata.review.exempt_types": "showcase"})
    admin = factories.Sysadmin()
    package = factories.Dataset(type="showcase", user=admin)
    call_as(admin, "package_delete", id=package["id"])
    assert "1 datasets" in refused()


def test_the_loader_refuses_a_portal_whose_review_is_switched_off(clean: None) -> None:
    tk.config.update({"ckan.site_url": LOOPBACK, "satudata.review.enabled": False})
    assert "satudata.review.enabled" in refused()


# -- what it loads --------------------------------------------------------------------------------------------


def test_every_dataset_stands_where_it_should_and_its_history_says_why(loaded: SimpleNamespace) -> None:
    for entry in ENTRIES:
        shown = call_as(user("admin"), "satudata_review_show", id=entry["name"])
        assert shown["state"] == entry["state"], entry["name"]
        events = call_as(user("admin"), "satudata_review_history", id=entry["name"])["results"]
        assert [event["action"] for event in events] == [step["action"] for step in entry["jalan"]]
        assert "admin" not in {event["actor_name"] for event in events}


def test_every_state_of_the_review_has_something_in_it(loaded: SimpleNamespace) -> None:
    found = call_as(user("admin"), "satudata_review_list", limit=100)["results"]
    assert {item["state"] for item in found} == set(STATES)
    waiting = [item for item in found if item["release_at"]]
    assert [item["state"] for item in waiting] == ["approved"]


def test_everyone_who_works_has_something_waiting(loaded: SimpleNamespace) -> None:
    for name in ("walidata", "walidata-dua", "pembina-bps", "produsen-indra-kasih", "produsen-aur"):
        assert call_as(user(name), "satudata_review_list", mine=True)["count"] > 0, name


def test_anonymous_finds_the_facts_and_no_example(loaded: SimpleNamespace) -> None:
    found = call_as(None, "package_search", rows=100)["results"]
    assert {package["name"] for package in found} == {entry["name"] for entry in FACTS}


def test_anonymous_finds_no_tag_that_only_examples_carry(loaded: SimpleNamespace) -> None:
    assert "contoh" not in call_as(None, "tag_list")
    assert "kecamatan" in call_as(None, "tag_list")


def test_the_files_are_stored_byte_for_byte(loaded: SimpleNamespace) -> None:
    for entry in FACTS:
        resource = call_as(None, "package_show", id=entry["name"])["resources"][0]
        content = b"".join(stored_files.chunks(resource))
        assert content == files.table(entry["berkas"]["file"]).read_bytes()


def test_submitted_data_has_nothing_left_to_complete(loaded: SimpleNamespace) -> None:
    for entry in ENTRIES:
        if entry["state"] != "draft" or entry["name"] == "contoh-lansia-aur-2025":
            found = call_as(user("admin"), "satudata_submission_check", id=entry["name"])
            assert found["errors"] == 0, (entry["name"], found["findings"])
    assert call_as(user("admin"), "satudata_submission_check", id="contoh-sarana-air-bersih-indra-kasih-2025")["errors"]


def test_each_account_logs_in_with_its_printed_password(loaded: SimpleNamespace) -> None:
    lines = loaded.accounts.read_text(encoding="utf-8").splitlines()[2:]
    people = files.people()
    assert [line.split()[0] for line in lines] == ["admin", *(person["name"] for person in people["accounts"])]
    for line in lines:
        name, password = line.split()[:2]
        assert model.User.get(name).validate_password(password), name
    assert len({line.split()[1] for line in lines}) == len(lines)
    assert stat.S_IMODE(loaded.accounts.stat().st_mode) == 0o600
    assert not any(line.split()[1] in loaded.output for line in lines), "passwords are kept out of the log"


def test_no_account_needs_an_outside_address_for_its_picture(loaded: SimpleNamespace) -> None:
    for person in files.people()["accounts"]:
        shown = call_as(user("admin"), "user_show", id=person["name"])
        assert urlsplit(shown["image_display_url"]).path.startswith("/uploads/user/"), shown["image_display_url"]


def test_the_front_page_says_what_is_real_and_what_is_not(loaded: SimpleNamespace) -> None:
    text = model.get_system_info("ckan.site_intro_text")
    assert text and "Contoh:" in text and "karangan" in text


def test_only_the_admin_is_a_sysadmin(loaded: SimpleNamespace) -> None:
    sysadmins = {found.name for found in model.User.all() if found.sysadmin}
    assert sysadmins - {tk.config["ckan.site_id"]} == {"admin"}


def test_a_second_load_is_refused(loaded: SimpleNamespace) -> None:
    assert "already holds data" in refused()


def test_the_accounts_are_shown_again_from_beside_the_configuration_file(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setitem(tk.config, "__file__", str(tmp_path / "ckan.ini"))
    assert "no demo was loaded here" in run("accounts").output
    accounts.write(tmp_path / accounts.FILE, "Ā\n")
    assert run("accounts").output == "Ā\n"


def test_a_password_is_new_each_time_and_long_enough_for_ckan() -> None:
    made = {accounts.password() for _ in range(200)}
    assert len(made) == 200 and min(map(len, made)) >= 12
    assert io.StringIO("\n".join(made)).read().isascii()
