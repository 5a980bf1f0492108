"""The wheel, put beside a plain CKAN 2.12 that already holds data: nothing moves, nothing is lost, all still edits."""

from __future__ import annotations

import io
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from bs4 import BeautifulSoup

from ckanext.satudata.tests.install.plain import PlainPortal, Refused, fields, form_with
from portal.home import ROOT, Home
from portal.services import Services, make_place

pytestmark = pytest.mark.install

PLAIN = "activity datastore text_view"
WITH_US = "activity satudata scheming_datasets datastore text_view"
COMMAND = "ckan db upgrade"
CSV = b"kecamatan,jumlah\nMedan Kota,10\nMedan Baru,12\n"
# Keys that our schema has too: one with a value it takes, one it refuses, one of a year; and one of their own.
EXTRAS = {
    "satuan": "orang",
    "frekuensi": "setiap panen raya",
    "tahun": "2019",
    "kontak-lama": "bagian tata usaha",
}

RIVALS = """
from ckan import plugins

class Labels(plugins.SingletonPlugin):
    plugins.implements(plugins.IPermissionLabels)
    def get_dataset_labels(self, dataset_obj): return ["public"]
    def get_user_dataset_labels(self, user_obj): return ["public"]

class Uploads(plugins.SingletonPlugin):
    plugins.implements(plugins.IUploader)
    def get_uploader(self, upload_to, old_filename): return None
    def get_resource_uploader(self, resource): return None
"""


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built from this checkout as a release would be."""
    folder = tmp_path_factory.mktemp("wheel")
    # By way of the source package: straight from the checkout, files left in build/ would come along.
    command = [sys.executable, "-m", "build", "--outdir", str(folder), str(ROOT)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    (built,) = folder.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PlainPortal]:
    """A portal without us, served, with an organization, an editor and datasets."""
    folder = tmp_path_factory.mktemp("existing")
    services = Services(Home(folder / "servers"), fast=True)
    try:
        services.up()
        portal = PlainPortal(folder, make_place(services, "existing", 1))
        portal.make_environment()
        portal.configure(PLAIN)
        portal.ckan("db", "init")
        fill(portal)
        yield portal
        portal.stop()
    finally:
        services.down()
        services.postgres.remove()


def fill(portal: PlainPortal) -> None:
    """What people put into it before they had heard of us."""
    for name in ("admin", "petugas"):
        portal.ckan("user", "add", name, f"email={name}@example.com", "password=rahasia-sekali")
    portal.ckan("sysadmin", "add", "admin")
    portal.admin = portal.ckan("user", "token", "add", "admin", "test", "-q").split()[-1]
    portal.editor = portal.ckan("user", "token", "add", "petugas", "test", "-q").split()[-1]
    portal.start()
    users = [{"name": "petugas", "capacity": "editor"}]
    portal.api("organization_create", portal.admin, name="dinas-lama", title="Dinas Lama", users=users)
    portal.api(
        "package_create",
        portal.editor,
        name="jumlah-penduduk",
        title="Jumlah Penduduk",
        notes="Dari pendataan lama.",
        owner_org="dinas-lama",
        tags=[{"name": "penduduk"}],
        extras=[{"key": key, "value": value} for key, value in EXTRAS.items()],
        resources=[{"name": "Tautan", "url": "http://example.com/lama.csv", "format": "CSV"}],
    )
    portal.file = portal.api(
        "resource_create",
        portal.editor,
        files={"upload": ("penduduk.csv", io.BytesIO(CSV), "text/csv")},
        package_id="jumlah-penduduk",
        name="Berkas",
        format="CSV",
    )
    portal.api("package_create", portal.editor, name="belum-terbuka", private=True, owner_org="dinas-lama")
    portal.api("package_create", portal.admin, name="tanpa-organisasi", title="Tanpa Organisasi")
    portal.before = portal.api("package_show", id="jumlah-penduduk")


@pytest.fixture(scope="module")
def installed(plain: PlainPortal, wheel: Path) -> PlainPortal:
    """The wheel installed beside it; the plugin not yet switched on."""
    plain.packages_before = plain.frozen()
    plain.pip("install", str(wheel))
    plain.packages_after = plain.frozen()
    return plain


@pytest.fixture(scope="module")
def enabled(installed: PlainPortal) -> PlainPortal:
    """The plugin switched on and the server restarted; the migration forgotten."""
    installed.stop()
    installed.configure(WITH_US)
    installed.start()
    return installed


@pytest.fixture(scope="module")
def migrated(enabled: PlainPortal) -> PlainPortal:
    """The command run that the pages ask for."""
    enabled.ckan("db", "upgrade")
    return enabled


def value_of(dataset: dict[str, Any], key: str) -> Any:
    """A value wherever it stands: as a field, as an extra, or as an extra put aside under ``lama_``."""
    extras = {extra["key"]: extra["value"] for extra in dataset.get("extras", [])}
    return dataset.get(key) or extras.get(key) or extras.get(f"lama_{key}")


# -- the package


def test_the_wheel_carries_every_file_of_the_extension_but_its_tests(wheel: Path) -> None:
    carried = set(zipfile.ZipFile(wheel).namelist())
    package = ROOT / "ckanext" / "satudata"
    wanted = {
        str(path.relative_to(ROOT))
        for path in package.rglob("*")
        if path.is_file()
        and "tests" not in path.relative_to(package).parts
        and "__pycache__" not in path.parts
        and path.suffix != ".pyc"
        and ".webassets-cache" not in path.parts
    }
    assert not wanted - carried
    assert not [name for name in carried if "/tests/" in name or name.startswith(("portal/", "benchmarks/"))]


def test_no_package_that_was_there_has_moved(installed: PlainPortal) -> None:
    assert not installed.packages_before - installed.packages_after
    added = {line.partition("==")[0].partition(" ")[0] for line in installed.packages_after - installed.packages_before}
    assert "ckanext-satudata" in {name.lower().replace("_", "-") for name in added}
    installed.pip("check")


def test_the_installed_package_is_the_wheels_not_the_checkouts(installed: PlainPortal) -> None:
    where = installed.run_python("-c", "import ckanext.satudata as m; print(m.__file__)")
    assert str(installed.folder) in where


def test_installed_but_not_switched_on_it_changes_nothing(installed: PlainPortal) -> None:
    assert installed.api("package_show", id="jumlah-penduduk") == installed.before


# -- plugin order and single owners


@pytest.mark.parametrize(
    ("plugins", "words"),
    [
        ("activity scheming_datasets satudata", "put 'satudata' before 'scheming_datasets'"),
        ("activity satudata", "needs 'scheming_datasets'"),
        ("rival_labels satudata scheming_datasets", "IPermissionLabels"),
        ("rival_uploads satudata scheming_datasets", "put 'satudata' before it"),
    ],
)
def test_a_plugin_list_that_would_switch_a_room_off_is_refused_at_start(
    installed: PlainPortal, plugins: str, words: str
) -> None:
    refused, said = start_with(installed, plugins)
    assert refused
    assert words in said
    assert "Traceback" not in said


@pytest.mark.parametrize(
    ("plugins", "words"),
    [
        ("satudata scheming_datasets rival_labels", "'rival_labels' implements IPermissionLabels too"),
        ("satudata scheming_datasets rival_uploads", "'rival_uploads' stores uploaded files in its own way"),
    ],
)
def test_a_second_plugin_for_what_ckan_asks_only_one_is_named_at_start(
    installed: PlainPortal, plugins: str, words: str
) -> None:
    refused, said = start_with(installed, plugins)
    assert not refused
    assert words in said


def start_with(portal: PlainPortal, plugins: str) -> tuple[bool, str]:
    """Whether a command is refused with that plugin list, and what is said."""
    rivals = portal.folder / "rivals"
    (rivals / "rivals-1.0.dist-info").mkdir(parents=True, exist_ok=True)
    (rivals / "rivals.py").write_text(RIVALS)
    (rivals / "rivals-1.0.dist-info" / "METADATA").write_text("Metadata-Version: 2.1\nName: rivals\nVersion: 1.0\n")
    (rivals / "rivals-1.0.dist-info" / "entry_points.txt").write_text(
        "[ckan.plugins]\nrival_labels = rivals:Labels\nrival_uploads = rivals:Uploads\n"
    )
    good = portal.ini.read_text()
    portal.configure(plugins)
    try:
        done = portal.try_ckan("db", "version", env={"PYTHONPATH": str(rivals)})
    finally:
        portal.ini.write_text(good)
    return done.returncode != 0, done.stdout + done.stderr


# -- before the migration


def test_before_the_migration_every_page_answers_503_with_the_command(enabled: PlainPortal) -> None:
    for path in (
        "/",
        "/dataset/",
        "/dataset/jumlah-penduduk",
        "/organization/",
        "/api/3/action/package_search",
    ):
        answer = enabled.get(path)
        assert (path, answer.status_code) == (path, 503)
        assert COMMAND in answer.text


# -- after it


def test_old_data_still_show(migrated: PlainPortal) -> None:
    shown = migrated.api("package_show", id="jumlah-penduduk")
    for key in ("id", "name", "title", "notes", "owner_org", "private", "state", "metadata_created"):
        assert shown[key] == migrated.before[key]
    assert [tag["name"] for tag in shown["tags"]] == ["penduduk"]
    assert [(each["id"], each["url"]) for each in shown["resources"]] == [
        (each["id"], each["url"]) for each in migrated.before["resources"]
    ]
    assert {key: value_of(shown, key) for key in EXTRAS} == EXTRAS
    page = migrated.get("/dataset/jumlah-penduduk")
    assert page.status_code == 200
    assert "Jumlah Penduduk" in page.text
    assert "bagian tata usaha" in page.text
    for path in ("/", "/dataset/", "/organization/dinas-lama", "/dataset/tanpa-organisasi"):
        assert (path, migrated.get(path).status_code) == (path, 200)


def test_old_files_are_the_same_byte_for_byte(migrated: PlainPortal) -> None:
    assert requests_path(migrated, migrated.file["url"]).content == CSV


def requests_path(portal: PlainPortal, url: str) -> Any:
    return portal.get(url.removeprefix(portal.url))


def test_private_data_stay_private_and_public_data_public(migrated: PlainPortal) -> None:
    found = {each["name"] for each in migrated.api("package_search")["results"]}
    assert found == {"jumlah-penduduk", "tanpa-organisasi"}
    with pytest.raises(Refused, match="403"):
        migrated.api("package_show", id="belum-terbuka")
    assert migrated.api("package_show", migrated.editor, id="belum-terbuka")["private"] is True


def test_the_whole_index_can_be_made_anew(migrated: PlainPortal) -> None:
    migrated.ckan("search-index", "rebuild")
    assert migrated.api("package_search", q="penduduk")["count"] == 1


def test_an_old_dataset_edits_and_saves_by_api(migrated: PlainPortal) -> None:
    migrated.api("package_patch", migrated.editor, id="jumlah-penduduk", notes="Diperbarui lewat API.")
    shown = migrated.api("package_show", id="jumlah-penduduk")
    assert shown["notes"] == "Diperbarui lewat API."
    assert shown["private"] is False
    assert shown["satuan"] == "orang"
    assert {key: value_of(shown, key) for key in EXTRAS} == EXTRAS
    assert len(shown["resources"]) == 2


def test_an_old_dataset_saves_when_a_client_sends_the_whole_of_it_back(migrated: PlainPortal) -> None:
    # What scripts written before us do: they take what they knew, extras and all, and send it.
    sent = {**migrated.before, "title": "Jumlah Penduduk (lama)"}
    migrated.api("package_update", migrated.editor, **sent)
    shown = migrated.api("package_show", id="jumlah-penduduk")
    assert shown["title"] == "Jumlah Penduduk (lama)"
    assert {key: value_of(shown, key) for key in EXTRAS} == EXTRAS


def test_an_old_dataset_edits_and_saves_in_the_form(migrated: PlainPortal) -> None:
    session = migrated.log_in("petugas", "rahasia-sekali")
    address = f"{migrated.url}/dataset/edit/jumlah-penduduk"
    page = session.get(address, timeout=60)
    assert page.status_code == 200
    form = form_with(BeautifulSoup(page.text, "html.parser"), "title")
    sent = {**fields(form), "title": "Jumlah Penduduk Menurut Kecamatan", "save": ""}
    answer = session.post(address, data=sent, timeout=60)
    assert answer.status_code == 200
    assert "/edit/" not in answer.url, BeautifulSoup(answer.text, "html.parser").get_text(" ", strip=True)[:3000]
    shown = migrated.api("package_show", id="jumlah-penduduk")
    assert shown["title"] == "Jumlah Penduduk Menurut Kecamatan"
    assert shown["private"] is False
    assert {key: value_of(shown, key) for key in EXTRAS} == EXTRAS


def test_old_resources_and_unowned_datasets_save_too(migrated: PlainPortal) -> None:
    migrated.api("resource_patch", migrated.editor, id=migrated.file["id"], description="Berkas lama")
    assert migrated.api("resource_show", id=migrated.file["id"])["description"] == "Berkas lama"
    migrated.api("package_patch", migrated.admin, id="tanpa-organisasi", notes="Masih bisa diubah.")
    assert migrated.api("package_show", id="tanpa-organisasi")["notes"] == "Masih bisa diubah."


def test_a_new_dataset_is_under_review_and_closed(migrated: PlainPortal) -> None:
    made = migrated.api("package_create", migrated.editor, name="data-baru", owner_org="dinas-lama")
    assert made["private"] is True
    with pytest.raises(Refused, match="403"):
        migrated.api("package_show", id="data-baru")
    assert migrated.api("satudata_review_show", migrated.editor, id="data-baru")["state"] == "draft"


def test_a_second_upgrade_has_nothing_left_to_do(migrated: PlainPortal) -> None:
    assert "unapplied" not in migrated.ckan("db", "upgrade")
    assert "satudata" not in migrated.ckan("db", "pending-migrations")
