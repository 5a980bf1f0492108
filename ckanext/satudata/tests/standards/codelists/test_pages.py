"""Pages, downloads, API and commands of code lists, as readers, programs and the portal admin use them."""

from __future__ import annotations

import io
import json
from typing import Any

import ckantoolkit as tk
import pytest
from bs4 import BeautifulSoup
from ckan import model
from ckan.tests import factories
from click.testing import CliRunner

from ckanext.satudata.cli import satudata
from ckanext.satudata.regions import write
from ckanext.satudata.standards.codelists import query
from ckanext.satudata.tests.conftest import call_as

NEW = "code,label_id,label_en,parent,valid_to,successor\nA,Satu,One,,,\nB,Dua,Two,A,2020-12-31,A\n"


@pytest.fixture(scope="module", autouse=True)
def medan(clean_once: None) -> dict[str, Any]:
    made = factories.Organization(name="aur", title="Aur <b>")
    write.store(made["id"], {"kind": "kelurahan", "kode_kemendagri": "12.71.15.1001", "kode_bps": "1275070006"})
    model.repo.commit()
    return made


@pytest.fixture(scope="module")
def admin(medan: Any) -> dict[str, Any]:
    user = factories.Sysadmin()
    token = call_as(user, "api_token_create", user=user["name"], name="t")["token"]
    return {**user, "headers": {"Authorization": token}}


# -- API -----------------------------------------------------------------------------------------------------------


def test_anybody_lists_the_lists() -> None:
    found = call_as(None, "satudata_codelist_list", limit=100)
    assert found["count"] == len(found["results"]) >= 16
    assert [each["id"] for each in found["results"]][:2] == ["wilayah", "instansi"]
    assert call_as(None, "satudata_codelist_list", q="nutritional")["results"][0]["id"] == "status_gizi"
    assert call_as(None, "satudata_codelist_list", limit=1, offset=1)["results"][0]["id"] == "instansi"


def test_anybody_reads_a_list_page_by_page() -> None:
    shown = call_as(None, "satudata_codelist_show", id="urusan", limit=2, offset=1)
    assert (shown["count"], [code["code"] for code in shown["results"]]) == (33, ["1.02", "1.03"])
    assert shown["list"]["version"] == "2019" and shown["versions"][0]["in_force"]
    assert [c["code"] for c in call_as(None, "satudata_codelist_show", id="urusan", q="KESEHA")["results"]] == ["1.02"]


def test_regions_and_organizations_are_lists_too() -> None:
    (code,) = call_as(None, "satudata_codelist_show", id="wilayah")["results"]
    assert (code["code"], code["parent"], code["extra"]["kode_bps"]) == ("12.71.15.1001", "12.71.15", "1275070006")
    (office,) = call_as(None, "satudata_codelist_show", id="instansi", q="aur")["results"]
    assert office["code"] == "aur"


@pytest.mark.parametrize(
    ("data", "error"),
    [({"id": "gibts-nicht"}, tk.ObjectNotFound), ({"id": "urusan", "version": "1900"}, tk.ObjectNotFound),
     ({}, tk.ValidationError), ({"id": "urusan", "x": 1}, tk.ValidationError),
     ({"id": "urusan", "limit": -1}, tk.ValidationError)],
)  # fmt: skip
def test_a_wrong_question_is_refused(data: dict[str, Any], error: type[Exception]) -> None:
    with pytest.raises(error):
        call_as(None, "satudata_codelist_show", **data)


@pytest.mark.parametrize("name", ["load", "publish", "discard"])
def test_only_a_sysadmin_loads_lists(name: str) -> None:
    for user in (None, factories.User()):
        with pytest.raises(tk.NotAuthorized):
            call_as(user, f"satudata_codelist_{name}", id="baru", version="1", codes=[{"code": "a", "label_id": "A"}])


def test_a_program_of_the_admin_loads_a_list(admin: dict[str, Any]) -> None:
    codes = [{"code": "x", "label": {"id": "Iks", "en": "Ex"}, "extra": {"warna": "biru"}}]
    done = call_as(admin, "satudata_codelist_load", id="huruf", version="1", codes=codes, title="Huruf", publish=False)
    assert done["verb"] == "created"
    with pytest.raises(tk.ObjectNotFound):
        call_as(None, "satudata_codelist_show", id="huruf", version="1")
    assert call_as(admin, "satudata_codelist_publish", id="huruf", version="1")["title"]["id"] == "Huruf"
    shown = call_as(None, "satudata_codelist_show", id="huruf")
    assert shown["results"][0]["extra"] == {"warna": "biru"} and shown["list"]["columns"] == ["warna"]


@pytest.mark.parametrize(
    ("codes", "says"),
    [([{"code": "a"}, {"label_id": "B"}], ["Line 1, label_id", "Line 2, code"]), ("nothing", ["list of objects"]),
     ([{"code": 1.1, "label_id": "A"}], ["quotation"]), ([], ["list of objects"]), ([7], ["Line 1"])],
)  # fmt: skip
def test_codes_that_are_wrong_are_told_row_by_row(admin: dict[str, Any], codes: Any, says: list[str]) -> None:
    with pytest.raises(tk.ValidationError) as caught:
        call_as(admin, "satudata_codelist_load", id="salah", version="1", codes=codes)
    told = " ".join(caught.value.error_dict["codes"])
    assert [each for each in says if each not in told] == []
    assert query.find("salah") is None


# -- pages ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("lang", ["en", "id"])
@pytest.mark.parametrize(
    "address", ["codes", "codes?q=zzz", "codes/urusan", "codes/satuan?q=zzz", "codes/wilayah", "codes/instansi",
                "codes/urusan?page=9999", "codes/urusan?page=x", "master-data", "rules"],
)  # fmt: skip
def test_everybody_reads_the_pages(app_once: Any, lang: str, address: str) -> None:
    page = BeautifulSoup(app_once.get(f"/{lang}/satudata/{address}").body, "html.parser")
    assert page.h1 and page.title
    assert page.find("b") is None or "Aur" not in page.find("b").text
    assert len(page.select(".primary table, .satudata-empty, .satudata-rule")) >= 1


@pytest.mark.parametrize("address", ["codes/none", "codes/urusan?version=1900", "codes/urusan.xml", "codes/none.csv"])
def test_what_is_not_there_is_not_found(app_once: Any, address: str) -> None:
    app_once.get(f"/satudata/{address}", status=404)


def test_the_master_data_stand_in_the_navigation(app_once: Any) -> None:
    page = BeautifulSoup(app_once.get("/en/").body, "html.parser")
    assert page.select_one('header a[href="/en/satudata/master-data"]')
    assert page.select_one('footer a[href="/en/satudata/codes"]')


@pytest.mark.parametrize("form", ["csv", "json"])
@pytest.mark.parametrize("name", ["urusan", "wilayah"])
def test_a_download_is_the_same_bytes_until_the_list_changes(app_once: Any, name: str, form: str) -> None:
    first = app_once.get(f"/satudata/codes/{name}.{form}")
    again = app_once.get(f"/satudata/codes/{name}.{form}")
    assert first.data == again.data and first.headers["ETag"] == again.headers["ETag"]
    tag = {"If-None-Match": first.headers["ETag"]}
    assert app_once.get(f"/satudata/codes/{name}.{form}", headers=tag, status=304).data == b""
    assert form in first.headers["Content-Disposition"]


def test_a_changed_region_changes_the_download(app_once: Any, medan: dict[str, Any]) -> None:
    before = app_once.get("/satudata/codes/wilayah.csv").headers["ETag"]
    write.store(medan["id"], {"aliases": ["Auer"]})
    model.repo.commit()
    assert app_once.get("/satudata/codes/wilayah.csv").headers["ETag"] != before


# -- the admin -----------------------------------------------------------------------------------------------------

ADMIN = "/ckan-admin/satudata/codelists"


def upload(text: str | bytes, name: str = "baru.csv") -> tuple[io.BytesIO, str]:
    return io.BytesIO(text.encode() if isinstance(text, str) else text), name


def test_only_sysadmins_see_the_pages_of_the_admin(app_once: Any) -> None:
    app_once.get(ADMIN, status=302, follow_redirects=False)
    user = factories.User()
    token = call_as(user, "api_token_create", user=user["name"], name="t")["token"]
    app_once.get(ADMIN, headers={"Authorization": token}, status=403)


def test_the_admin_uploads_looks_and_publishes(app_once: Any, admin: dict[str, Any]) -> None:
    data = {"list": "abjad", "version": "2026", "title": "Abjad", "file": upload(NEW)}
    page = app_once.post(ADMIN, data=data, headers=admin["headers"])
    assert "Draft: only admins see it." in page.body and "One" in page.body
    app_once.get("/satudata/codes/abjad", status=404)
    assert "abjad" in app_once.get(ADMIN, headers=admin["headers"]).body
    done = app_once.post(f"{ADMIN}/abjad/2026", data={"action": "publish"}, headers=admin["headers"])
    assert "Published and in force." in done.body
    public = app_once.get("/en/satudata/codes/abjad").body
    assert "No longer in use" in public and "now A" in public
    changed = NEW.replace("Satu,One", "Esa,Only").replace("B,Dua,Two,A,2020-12-31,A\n", "C,Tiga,Three,,,\n")
    data = {"list": "abjad", "version": "2027", "file": upload(changed)}
    preview = app_once.post(ADMIN, data=data, headers=admin["headers"]).body
    assert "Against version 2026" in preview and "<del>One</del> <ins>Only</ins>" in preview
    app_once.post(f"{ADMIN}/abjad/2027", data={"action": "discard"}, headers=admin["headers"])
    assert query.find("abjad", "2027", drafts=True) is None


@pytest.mark.parametrize(
    ("data", "says"),
    [
        ({"list": "abjad2", "version": "1"}, "Choose a file"),
        ({"list": "abjad2", "version": "1", "file": upload("code,label_id\n,x\n")}, "Line 2, code"),
        ({"list": "A B", "version": "1", "file": upload(NEW)}, "Name the list"),
        ({"list": "abjad2", "version": "", "file": upload(NEW)}, "Name the version"),
        ({"list": "wilayah", "version": "1", "file": upload(NEW)}, "regions load"),
        ({"list": "abjad2", "version": "1", "valid_from": "besok", "file": upload(NEW)}, "2026-01-31"),
        ({"list": "abjad2", "version": "1", "file": upload(b"\x00\x01", "a.exe")}, "Give a CSV"),
    ],
)
def test_a_file_that_is_wrong_leaves_nothing(app_once: Any, admin: dict[str, Any], data: Any, says: str) -> None:
    page = app_once.post(ADMIN, data=data, headers=admin["headers"]).body
    assert says in page
    assert query.find("abjad2", "1", drafts=True) is None


def test_markup_in_a_list_is_shown_as_text(app_once: Any, admin: dict[str, Any]) -> None:
    evil = 'code,label_id,note\n"<script>1</script>","<img src=x onerror=alert(1)>",<b>\n'
    data = {"list": "jahat", "version": "1", "title": "<script>2</script>", "file": upload(evil)}
    app_once.post(ADMIN, data=data, headers=admin["headers"])
    app_once.post(f"{ADMIN}/jahat/1", data={"action": "publish"}, headers=admin["headers"])
    for address in ("codes/jahat", "codes", "master-data"):
        body = app_once.get(f"/satudata/{address}").body
        assert "<script>1" not in body and "<script>2" not in body and "<img src=x" not in body


# -- commands ------------------------------------------------------------------------------------------------------


def command(*arguments: str) -> Any:
    return CliRunner().invoke(satudata, ["codelists", *arguments])


def test_the_operator_loads_shows_and_exports(tmp_path: Any, app_once: Any) -> None:
    file = tmp_path / "warna.csv"
    file.write_text("code,label_id\nm,Merah\nb,Biru\n")
    with app_once.flask_app.test_request_context():
        assert "would be loaded; 2 codes" in command("load", str(file), "--version", "1", "--dry-run").output
        assert query.find("warna") is None
        assert "warna 1: loaded; 2 codes" in command("load", str(file), "--version", "1").output
        assert "warna 1: unchanged" in command("load", str(file), "--version", "1").output
        file.write_text("code,label_id\nm,Merah\n,Biru\n")
        failed = command("load", str(file), "--version", "2")
        assert failed.exit_code == 1 and "Line 3, code" in failed.output and "nothing was written" in failed.output
        assert "warna" in command("list").output
        assert "Merah / Merah" in command("show", "warna").output
        out = tmp_path / "out.json"
        command("export", "warna", "--format", "json", "-o", str(out))
        assert [code["code"] for code in json.loads(out.read_text())["codes"]] == ["m", "b"]
        assert command("show", "tidakada").exit_code == 1
        assert command("load", "tidakada").exit_code == 1
        assert "frekuensi 2024: loaded" in command("load", "frekuensi").output
