"""An upload shows what would become of each item; then it is done as that person, once, and can be repeated."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import ckantoolkit as tk
import pytest
from ckan import model
from click.testing import CliRunner

from ckanext.satudata.standards.workbooks import cli, jobs, service, writing
from ckanext.satudata.standards.workbooks.model import FormImport, FormImportItem
from ckanext.satudata.tests.conftest import call_as
from ckanext.satudata.tests.factories import submittable
from ckanext.satudata.tests.review.conftest import walk_to
from ckanext.satudata.tests.standards.workbooks import books

FORM = {"type": "kegiatan"}


def activity(city: SimpleNamespace, **changes: Any) -> dict[str, Any]:
    return submittable(city.kelurahan, type="kegiatan", **changes)


def indicator(city: SimpleNamespace, **changes: Any) -> dict[str, Any]:
    return submittable(city.kelurahan, type="indikator", **changes)


def uploaded(city: SimpleNamespace, data: bytes, user: Any = None, **more: Any) -> dict[str, Any]:
    person = user or city.producer
    return call_as(person, "satudata_forms_import", upload=data, organization_id=city.kelurahan["id"], **more)


def done(city: SimpleNamespace, made: dict[str, Any]) -> dict[str, Any]:
    return call_as(city.producer, "satudata_forms_import_run", id=made["id"], background=False)


def fates(made: dict[str, Any]) -> dict[str, int]:
    return {name: count for name, count in made["fates"].items() if count}


def packages_in(city: SimpleNamespace) -> int:
    return model.Session.query(model.Package).filter_by(owner_org=city.kelurahan["id"]).count()


def test_a_preview_writes_nothing_and_importing_twice_changes_nothing(lasting_city: SimpleNamespace) -> None:
    city = lasting_city
    book = writing.write([activity(city, title="Pendataan warga")], [indicator(city, title="Rasio ketergantungan")])
    before = packages_in(city)
    made = uploaded(city, book)
    assert fates(made) == {"create": 2} and not made["started"] and packages_in(city) == before
    after = done(city, made)
    assert (after["done"], after["failed"], after["finished"]) == (2, 0, True)
    kept = [call_as(city.producer, "package_show", id=item["package_id"]) for item in after["results"]]
    assert [(each["type"], each["private"], each["owner_org"]) for each in kept] == [
        (kind, True, city.kelurahan["id"]) for kind in ("kegiatan", "indikator")
    ]
    states = {call_as(city.producer, "satudata_review_show", id=each["id"])["state"] for each in kept}
    assert states == {"draft"}
    assert kept[0]["variabel"] == activity(city)["variabel"]
    assert fates(uploaded(city, book)) == {"unchanged": 2}
    assert done(city, made)["done"] == 2 and packages_in(city) == before + 2


def test_what_is_exported_from_the_portal_comes_back_unchanged(lasting_city: SimpleNamespace) -> None:
    city = lasting_city
    package = call_as(city.producer, "package_create", **activity(city, title="Kegiatan bolak-balik"))
    other = call_as(city.producer, "package_create", **indicator(city, title="Indikator bolak-balik"))
    shown = [call_as(city.producer, "package_show", id=each["id"]) for each in (package, other)]
    for edition in ("2021", "later"):
        made = uploaded(city, writing.write(shown[:1], shown[1:], edition))
        assert fates(made) == {"unchanged": 2}, [item["changes"] for item in made["results"]]
    assert uploaded(city, writing.write(shown[:1], []), dry_run=False)["finished"]
    assert call_as(city.producer, "package_show", id=package["id"]) == shown[0]


def test_only_what_differs_is_updated_and_empty_cells_take_nothing_away(lasting_city: SimpleNamespace) -> None:
    city = lasting_city
    package = call_as(city.producer, "package_create", **activity(city, title="Pendataan usaha", notes="Uraian kami"))
    book = {**package, "tujuan": "Tujuan yang baru", "latar_belakang": "", "kode_kegiatan": ""}
    book["variabel"] = [{"nama": package["variabel"][1]["nama"].upper(), "alias": "alias baru"}, {"nama": "Tambahan"}]
    made = uploaded(city, writing.write([book], []))
    (item,) = made["results"]
    assert (item["fate"], [change["field"] for change in item["changes"]]) == ("update", ["tujuan", "variabel"])
    done(city, made)
    now = call_as(city.producer, "package_show", id=package["id"])
    assert (now["tujuan"], now["latar_belakang"], now["notes"]) == (
        "Tujuan yang baru", package["latar_belakang"], "Uraian kami")  # fmt: skip
    first, second = package["variabel"][:2]
    assert now["variabel"][0] == first
    assert now["variabel"][1] == {**second, "nama": second["nama"].upper(), "alias": "alias baru"}
    assert now["variabel"][-1] == {"nama": "Tambahan"}


def test_published_data_is_refused_with_the_way_and_its_working_copy_is_taken(lasting_city: SimpleNamespace) -> None:
    city = lasting_city
    live = walk_to(city, "published", **FORM, title="Survei yang sudah terbit")
    shown = call_as(city.producer, "package_show", id=live["id"])
    book = writing.write([{**shown, "tujuan": "Tujuan lain"}], [])
    made = uploaded(city, book)
    assert fates(made) == {"refused": 1} and made["waiting"] == 0
    assert "working copy" in made["results"][0]["problems"][0]["message"]
    assert fates(uploaded(city, writing.write([shown], []))) == {"unchanged": 1}
    copy = call_as(city.producer, "satudata_revision_start", id=live["id"], change_kind="koreksi")
    again = uploaded(city, book)
    assert fates(again) == {"update": 1}
    done(city, again)
    values = {
        each: model.Package.get(each).extras["tujuan"] for each in (live["id"], again["results"][0]["package_id"])
    }
    assert values == {live["id"]: shown["tujuan"], again["results"][0]["package_id"]: "Tujuan lain"}
    assert again["results"][0]["package_id"] in str(copy)


def test_what_was_changed_after_the_preview_is_not_overwritten(lasting_city: SimpleNamespace) -> None:
    city = lasting_city
    package = call_as(city.producer, "package_create", **activity(city, title="Kegiatan dua orang"))
    made = uploaded(city, writing.write([{**package, "tujuan": "Dari buku kerja"}], []))
    call_as(city.colleague, "package_patch", id=package["id"], tujuan="Dari rekan")
    after = done(city, made)
    assert (after["done"], after["failed"], after["results"][0]["status"]) == (0, 1, "failed")
    assert after["results"][0]["errors"]
    assert model.Package.get(package["id"]).extras["tujuan"] == "Dari rekan"


def test_one_item_that_cannot_be_saved_stops_no_other(lasting_city: SimpleNamespace) -> None:
    city = lasting_city
    rows = [["No", "Nama Indikator", "Konsep", "Definisi", "Apakah Indikator Komposit", "Tahun"],
            [1, "Indikator baik satu", "a", "b", "Tidak", 2025],
            [2, "Indikator rusak", "a", "b", "barangkali", 2025],
            [3, None, "tanpa nama", "b", "Ya", 2025],
            [4, "indikator  BAIK satu", "a", "b", "Tidak", 2025],
            [5, "Indikator baik dua", "a", "b", "Ya", "dua ribu"],
            [6, "Indikator baik tiga", "a", "b", "Ya", 2024.0]]  # fmt: skip
    made = uploaded(city, books.of_rows(MS_Ind=rows))
    assert fates(made) == {"create": 2, "refused": 4}
    said = {item["row"]: [(p["cell"], p["severity"]) for p in item["problems"]] for item in made["results"]}
    assert (said[3], said[4], said[6]) == ([("E3", "error")], [("4", "error")], [("F6", "error")])
    after = done(city, made)
    assert (after["done"], after["failed"]) == (2, 0)


def test_an_interrupted_import_goes_on_and_makes_nothing_twice(lasting_city: SimpleNamespace) -> None:
    city = lasting_city
    book = writing.write([], [indicator(city, title=f"Indikator ke-{n}") for n in range(3)])
    made = uploaded(city, book)
    stored = model.Session.get(FormImport, made["id"])
    service.begin(stored)
    next(service.steps(made["id"]))
    # A worker died after it had made the second package, and before it could say so.
    service._take(made["id"], 2)
    user = model.User.get(city.producer["name"])
    assert service._do(user, made["id"], 2) is None
    model.Session.rollback()
    item = model.Session.get(FormImportItem, (made["id"], 2), populate_existing=True)
    item.taken_at, item.package_id = dt.datetime.utcnow() - dt.timedelta(hours=1), None
    model.Session.commit()
    before = packages_in(city)
    jobs.run(made["id"])
    after = call_as(city.producer, "satudata_forms_import_show", id=made["id"])
    assert (after["done"], after["failed"], after["finished"], packages_in(city)) == (3, 0, True, before + 1)


def test_an_import_is_for_editors_and_seen_by_the_uploader_alone(lasting_city: SimpleNamespace) -> None:
    city = lasting_city
    book = writing.write([activity(city, title="Kegiatan rahasia")], [])
    for person in (city.member, city.neighbour, city.stranger, None):
        with pytest.raises(tk.NotAuthorized):
            call_as(person, "satudata_forms_import", upload=book, organization_id=city.kelurahan["id"])
    made = uploaded(city, book)
    for person in (city.colleague, city.custodian, city.stranger, None):
        for action in ("satudata_forms_import_show", "satudata_forms_import_run"):
            with pytest.raises(tk.NotAuthorized):
                call_as(person, action, id=made["id"])
    assert call_as(city.sysadmin, "satudata_forms_import_show", id=made["id"])["total"] == 1


def test_an_export_holds_only_what_the_reader_may_see(lasting_city: SimpleNamespace) -> None:
    city = lasting_city
    draft = call_as(city.producer, "package_create", **activity(city, title="Masih draf"))
    live = walk_to(city, "published", type="indikator", title="Indikator terbit")
    assert call_as(None, "satudata_forms_export", ids=[live["id"]])["count"] == 1
    with pytest.raises(tk.NotAuthorized):
        call_as(None, "satudata_forms_export", ids=[live["id"], draft["id"]])
    assert call_as(city.producer, "satudata_forms_export", ids=f"{live['id']},{draft['name']}")["count"] == 2
    for wrong in ([], [walk_to(city, "draft")["id"]]):
        with pytest.raises(tk.ValidationError, match="ids"):
            call_as(city.producer, "satudata_forms_export", ids=wrong)


def test_previews_are_forgotten_after_some_days(lasting_city: SimpleNamespace) -> None:
    city = lasting_city
    made = uploaded(city, writing.write([activity(city, title="Kegiatan lama")], []))
    stored = model.Session.get(FormImport, made["id"])
    stored.created_at = dt.datetime.utcnow() - dt.timedelta(days=8)
    model.Session.commit()
    jobs.resume()
    with pytest.raises(tk.ObjectNotFound):
        call_as(city.producer, "satudata_forms_import_show", id=made["id"])
    assert model.Session.query(FormImportItem).filter_by(import_id=made["id"]).count() == 0


@pytest.mark.parametrize("upload", [None, "", "text", b""])
def test_no_file_is_told_on_its_field(lasting_city: SimpleNamespace, upload: Any) -> None:
    with pytest.raises(tk.ValidationError) as refused:
        uploaded(lasting_city, upload)
    assert list(refused.value.error_dict) == ["upload"]


def test_the_command_line_imports_exports_and_writes_empty_forms(lasting_city: SimpleNamespace, tmp_path: Path) -> None:
    city, file = lasting_city, tmp_path / "formulir.xlsx"
    file.write_bytes(writing.write([], [indicator(city, title="Dari baris perintah", tahun="2025")]))
    asked = ["import", str(file), "--organization", city.kelurahan["name"], "--user", city.producer["name"]]
    run = CliRunner().invoke
    dry = run(cli.forms, [*asked, "--dry-run"])
    assert dry.exit_code == 0 and "create     Dari baris perintah" in dry.output and "saved" not in dry.output
    real = run(cli.forms, asked)
    assert real.exit_code == 0 and "1 saved, 0 failed" in real.output
    assert "unchanged  Dari baris perintah" in run(cli.forms, asked).output
    for name, first in (("semua.xlsx", b"PK"), ("semua.pdf", b"%PDF")):
        done_ = run(cli.forms, ["export", "dari-baris-perintah-2025", "-o", str(tmp_path / name)])
        assert done_.exit_code == 0 and (tmp_path / name).read_bytes().startswith(first)
    assert run(cli.forms, ["template", "-o", str(tmp_path / "kosong.xlsx"), "--edition", "2021"]).exit_code == 0
    file.write_bytes(b"tidak")
    refused = run(cli.forms, asked)
    assert refused.exit_code == 1 and "upload: " in refused.output and "Traceback" not in refused.output
