"""What everybody reads of restricted data: made of what may be shown, and of nothing else."""

from __future__ import annotations

import io
import json
from types import SimpleNamespace
from typing import Any

import ckantoolkit as tk
import pytest
from ckan import model
from ckan.tests import factories
from werkzeug.datastructures import FileStorage

from ckanext.satudata.standards import service as standards
from ckanext.satudata.tests.conftest import call_as
from ckanext.satudata.tests.factories import submittable

from ..conftest import DECIDED, ROADS, record_restriction, walk_to

#: In the files, or of no concern of the public's.
SECRETS = {
    "file": "daftar-pasien-kanari.csv", "resource": "Tabel kanari", "description": "Isi kanari", "column": "nik_kanari",
    "author": "Penulis Kanari", "author_email": "kanari@rahasia.example", "extra": "catatan kanari",
    "source": "https://kanari.example/data", "consequence": "akibat kanari", "note": "pesan kanari",
}  # fmt: skip


@pytest.fixture(scope="module")
def record(lasting_city: SimpleNamespace) -> dict[str, Any]:
    """The public record of data that hold secrets everywhere."""
    city = lasting_city
    package = call_as(
        city.producer, "package_create",
        **submittable(
            city.kelurahan, title="Penderita TB per lingkungan", name="penderita-tb", accesslevel="terbatas",
            resources=[], author=SECRETS["author"], author_email=SECRETS["author_email"], url=SECRETS["source"],
            kolom_variabel=[{"kolom": SECRETS["column"], "variabel": "NIK"}],
            extras=[{"key": "catatan", "value": SECRETS["extra"]}],
        ),
    )  # fmt: skip
    call_as(
        city.producer, "resource_create", package_id=package["id"], name=SECRETS["resource"], format="CSV",
        description=SECRETS["description"],
        upload=FileStorage(io.BytesIO(b"kode,jumlah\nA,1\n"), filename=SECRETS["file"]),
    )  # fmt: skip
    for person, action, data in ROADS["published"]:
        record_restriction(city, package["id"], action, "terbatas")
        call_as(getattr(city, person), "satudata_review_transition", id=package["id"], action=action, **data)
    call_as(
        city.custodian, "satudata_restriction_set", id=package["id"], decided_level="terbatas",
        **{**DECIDED, "consequence": SECRETS["consequence"], "note": SECRETS["note"]},
    )  # fmt: skip
    return call_as(None, "satudata_restricted_show", id="penderita-tb")


@pytest.mark.parametrize("what", SECRETS)
def test_no_word_of_files_persons_or_notes_is_in_it(record: dict[str, Any], what: str) -> None:
    assert SECRETS[what] not in json.dumps(record)
    assert SECRETS[what] not in json.dumps(call_as(None, "satudata_restricted_list", limit=1000))


def test_it_says_what_the_data_are_and_by_which_decision(record: dict[str, Any]) -> None:
    assert record["title"] == "Penderita TB per lingkungan" and record["name"] == "penderita-tb"
    assert record["resources"] == [] and record["num_resources"] == 0
    assert record["maintainer"] == "Seksi Pemerintahan" and record["maintainer_email"] == "data@kelurahan.example"
    assert record["restriction"] == {
        "level": "terbatas", "level_label": record["restriction"]["level_label"],
        "legal_basis": DECIDED["legal_basis"], "decision_reference": DECIDED["decision_reference"],
        "until": DECIDED["end_date"],
    }  # fmt: skip
    extras = {one["key"]: one["value"] for one in record["extras"]}
    assert extras["konsep"] == "Penduduk" and extras["satuan"] == "jiwa" and extras["accesslevel"] == "terbatas"


def test_every_value_is_a_text_so_that_any_ckan_takes_it(record: dict[str, Any]) -> None:
    assert all(isinstance(one["value"], str) and set(one) == {"key", "value"} for one in record["extras"])
    core = {"id", "name", "title", "notes", "type", "state", "license_id", "maintainer", "maintainer_email",
            "metadata_created", "metadata_modified", "owner_org", "organization", "tags", "resources",
            "num_resources", "extras", "restriction"}  # fmt: skip
    assert set(record) == core
    taken = call_as(
        factories.Sysadmin(), "package_create", name="disalin", owner_org=record["owner_org"], type="dataset",
        title=record["title"], notes=record["notes"],
        extras=[one for one in record["extras"] if one["key"] not in standards.public_fields("dataset")],
    )  # fmt: skip
    assert taken["title"] == record["title"]


def test_only_what_the_record_shows_is_searched(lasting_city: SimpleNamespace, record: dict[str, Any]) -> None:
    def found(q: str) -> int:
        return int(call_as(None, "satudata_restricted_list", q=q)["count"])

    assert found("Penderita TB") == found("penderita lingkungan") == 1
    assert found(lasting_city.kelurahan["title"]) >= 1
    for secret in SECRETS.values():
        assert found(secret) == 0, secret
    assert found("%") == found("_") == 0 and found("' OR 1=1 --") == 0


def test_the_list_pages_and_refuses_what_it_does_not_know(lasting_city: SimpleNamespace) -> None:
    city = lasting_city
    ids = [walk_to(city, "published", accesslevel="terbatas", title=f"Halaman {n}")["id"] for n in range(3)]
    pages = [call_as(None, "satudata_restricted_list", q="Halaman", limit=1, offset=n) for n in range(4)]
    assert [page["count"] for page in pages] == [3] * 4
    assert [row["id"] for page in pages for row in page["results"]] == ids[::-1]
    inside = call_as(None, "satudata_restricted_list", q="Halaman", organization=city.kota["name"])["count"]
    outside = call_as(None, "satudata_restricted_list", q="Halaman", organization=city.other["name"])["count"]
    assert (inside, outside) == (3, 0)
    last = pages[0]["results"][0]["metadata_modified"]
    assert call_as(None, "satudata_restricted_list", q="Halaman", since=last)["count"] == 1
    for wrong in ({"warna": "merah"}, {"limit": 1001}, {"since": "kemarin"}, {"organization": "entah"}):
        with pytest.raises(tk.ValidationError) as refused:
            call_as(None, "satudata_restricted_list", **wrong)
        assert set(refused.value.error_dict) == set(wrong)


@pytest.mark.parametrize("state", ["draft", "published"])
def test_names_of_packages_nobody_may_see_are_left_out(lasting_city: SimpleNamespace, state: str) -> None:
    other = walk_to(lasting_city, state)["name"]
    pid = walk_to(lasting_city, "published", accesslevel="terbatas", kegiatan_statistik=other)["id"]
    shown = {one["key"]: one["value"] for one in call_as(None, "satudata_restricted_show", id=pid)["extras"]}
    assert shown.get("kegiatan_statistik") == (other if state == "published" else None)


def test_an_older_spelling_of_the_level_counts_the_same(lasting_city: SimpleNamespace) -> None:
    pid = walk_to(lasting_city, "published", accesslevel="terbatas")["id"]
    package = model.Package.get(pid)
    package.extras = {**package.extras, "accesslevel": " Terbatas "}
    model.Session.commit()
    assert call_as(None, "satudata_restricted_show", id=pid)["id"] == pid


def test_deleted_and_closed_data_have_no_record(lasting_city: SimpleNamespace) -> None:
    city = lasting_city
    closed = walk_to(city, "published", accesslevel="tertutup")["id"]
    deleted = walk_to(city, "published", accesslevel="terbatas")["id"]
    call_as(city.sysadmin, "satudata_review_override", id=deleted, reason="Uji")
    call_as(city.sysadmin, "package_delete", id=deleted)
    for pid in (closed, deleted):
        with pytest.raises(tk.ObjectNotFound):
            call_as(None, "satudata_restricted_show", id=pid)
