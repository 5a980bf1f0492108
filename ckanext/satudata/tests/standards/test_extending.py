"""A portal's own YAML: the example of the documentation at work, and what is refused at start, by file and field."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from ckan import plugins
from ckan.common import config
from ckan.exceptions import CkanConfigurationException
from ckan.tests import factories

from ckanext.satudata.standards import extending, registry, service
from ckanext.satudata.tests.conftest import call_as
from ckanext.satudata.tests.factories import officer, submittable

EXAMPLE = Path(__file__).parents[4] / "docs" / "examples" / "schema-kelurahan.yaml"


@pytest.fixture
def reloaded(clean: None) -> Iterator[Callable[..., None]]:
    """Reload all plugins with other options; everything is put back afterwards."""

    def reload(**options: str) -> None:
        for name, value in options.items():
            config[name.replace("__", ".")] = value
        plugins.plugins_update()

    yield reload
    for name in ("satudata.schemas.extend", "scheming.dataset_schemas", "scheming.presets"):
        config.pop(name, None)
    plugins.plugins_update()


def test_the_example_adds_fields_a_group_and_choices_and_changes_ours(
    reloaded: Any, app_once: Any, as_user: Any
) -> None:
    reloaded(satudata__schemas__extend=str(EXAMPLE))
    names = [group["name"] for group in registry.groups_of("dataset")]
    assert names == ["tentang", "standar", "cakupan", "monografi", "berkas", "akses"]
    organization = factories.Organization()
    producer = officer(organization)
    sent = submittable(organization, jumlah_lingkungan="7", punya_peta="Ya", tingkat_penyajian="Dasawisma")
    found = {f["id"] for f in service.check(sent, "en", with_files=False)["findings"]}
    assert "required.alamat_peta" in found
    package = call_as(producer, "package_create", **{**sent, "alamat_peta": "https://peta.example/aur"})
    assert (package["punya_peta"], package["tingkat_penyajian"]) == ("ya", "dasawisma")
    checked = {
        f["id"] for f in service.check({**package, "sumber": "", "jumlah_lingkungan": "tujuh"}, "en")["findings"]
    }
    assert {"required.sumber", "format.jumlah_lingkungan"} <= checked
    assert "required.alamat_peta" not in checked
    page = app_once.get(f"/dataset/edit/{package['name']}", headers=as_user(producer)).body
    assert 'id="kelompok-monografi"' in page and 'name="alamat_peta"' in page and 'name="dimensi"' not in page
    # Ours are as before in everything else.
    assert registry.own_schema("dataset")["dataset_fields"] != registry.schema_of("dataset")["dataset_fields"]
    assert "Other" in str(registry.choice_labels("dataset", "tingkat_penyajian")["lainnya"])
    assert list(registry.choice_labels("dataset", "tingkat_penyajian"))[-2:] == ["dasawisma", "lainnya"]


def test_the_page_of_the_documentation_shows_the_example_as_it_is() -> None:
    page = (EXAMPLE.parents[1] / "schemas.md").read_text(encoding="utf-8")
    assert EXAMPLE.read_text(encoding="utf-8") in page


def test_without_the_option_ours_are_as_they_were(reloaded: Any) -> None:
    reloaded(satudata__schemas__extend=str(EXAMPLE))
    reloaded(satudata__schemas__extend="")
    assert "jumlah_lingkungan" not in registry.fields_of("dataset")


def test_a_file_may_come_with_a_python_module(portal_once: None) -> None:
    ours = {"dataset": registry.own_schema("dataset")}
    with pytest.raises(CkanConfigurationException, match="cannot be read"):
        extending.extended(ours, ["ckanext.satudata.standards:schemas/tidak-ada.yaml"], [])
    with pytest.raises(CkanConfigurationException, match=r"no Python module 'tidak\.ada'"):
        extending.extended(ours, ["tidak.ada:x.yaml"], [])


def _field(**keys: Any) -> dict[str, Any]:
    return {"field_name": "baru", "kelompok": "tentang", "label": {"en": "New", "id": "Baru"}, **keys}


FIELD = "dataset_fields"
ROWS = _field(repeating_subfields=[_field(repeating_subfields=[_field()])])
OPEN = {"field_name": "accesslevel", "choices": [{"value": "x", "label": "X"}]}
#: What does not fit, and the words that say which field and what.
REFUSED: list[tuple[str, dict[str, Any] | str, str]] = [
    ("no YAML", "extends: [dataset", "is no YAML at line 1"),
    ("no schema", "just words", "begins with 'extends: dataset'"),
    ("unknown type", {"extends": "survei"}, "'survei' is none of our types"),
    ("unknown key", {"extends": "dataset", "fields": []}, "unknown keys: fields"),
    ("no list", {"extends": "dataset", FIELD: {"a": 1}}, "dataset_fields: a list"),
    ("no name", {"extends": "dataset", FIELD: [{"label": "x"}]}, "without 'field_name'"),
    ("no label", {"extends": "dataset", FIELD: [_field(label=None)]}, "baru: has no label"),
    ("unknown group", {"extends": "dataset", FIELD: [_field(kelompok="lain")]}, "baru: kelompok: there is no group"),
    ("group without label", {"extends": "dataset", "kelompok": [{"name": "x"}]}, "x: a group has a label"),
    ("bad place", {"extends": "dataset", FIELD: [_field(after="tidak_ada")]}, "baru: after: there is no 'tidak_ada'"),
    ("bad name", {"extends": "dataset", FIELD: [_field(field_name="Nama Baru")]}, "Nama Baru: a name is made of"),
    ("bad format", {"extends": "dataset", FIELD: [_field(sdi_format="tanggal")]}, "baru: sdi_format: 'tanggal'"),
    ("bad severity", {"extends": "dataset", FIELD: [_field(sdi_required="ya")]}, "baru: sdi_required: 'ya'"),
    ("no choices", {"extends": "dataset", FIELD: [_field(preset="satudata_select")]}, "baru: the preset satudata"),
    ("bad preset", {"extends": "dataset", FIELD: [_field(preset="tidak_ada")]}, "baru: there is no preset 'tidak_ada'"),
    (
        "choices twice",
        {"extends": "dataset", FIELD: [_field(choices=[{"value": "a", "label": "A"}, {"value": "a", "label": "B"}])]},
        "baru: two choices have the same value",
    ),
    (
        "unknown condition",
        {"extends": "dataset", FIELD: [_field(sdi_show_if={"field": "tidak_ada", "in": ["x"]})]},
        "baru: sdi_show_if: there is no field 'tidak_ada'",
    ),
    (
        "unknown choice of the condition",
        {"extends": "dataset", FIELD: [_field(sdi_show_if={"field": "accesslevel", "in": ["buka"]})]},
        "'accesslevel' has no choice buka",
    ),
    (
        "a ring",
        {"extends": "dataset", FIELD: [{"field_name": "sumber", "sdi_show_if": {"field": "sumber", "in": ["x"]}}]},
        "sumber: sdi_show_if: the conditions go round",
    ),
    ("rows in rows", {"extends": "dataset", FIELD: [ROWS]},
     "rows inside rows"),
    ("unprotected", {"extends": "dataset", FIELD: [{"field_name": "prioritas_tahun", "sdi_protected": False}]},
     "prioritas_tahun: 'sdi_protected'"),
    ("access", {"extends": "dataset", FIELD: [OPEN]},
     "accesslevel: its choices decide"),
    ("other rows", {"extends": "kegiatan", FIELD: [{"field_name": "variabel", "repeating_subfields": []}]},
     "variabel: 'repeating_subfields'"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "message"), [each[1:] for each in REFUSED], ids=[each[0] for each in REFUSED])
def test_what_does_not_fit_is_refused_by_file_and_field(tmp_path: Path, text: Any, message: str) -> None:
    file = tmp_path / "kami.yaml"
    file.write_text(text if isinstance(text, str) else yaml.safe_dump(text), encoding="utf-8")
    ours = {kind: registry.own_schema(kind) for kind in registry.own_types()}
    presets = {"satudata_select", "satudata_text", "title", "satudata_textarea", *_presets(ours)}
    with pytest.raises(CkanConfigurationException) as refused:
        extending.extended(ours, [str(file)], [], presets)
    assert message in str(refused.value) and str(file) in str(refused.value)


def _presets(ours: dict[str, Any]) -> set[str]:
    return {preset for schema in ours.values() for _, preset in extending._presets(schema)}


def test_a_portal_that_refuses_says_so_when_it_starts(reloaded: Any, tmp_path: Path) -> None:
    file = tmp_path / "kami.yaml"
    file.write_text("extends: dataset\ndataset_fields: [{field_name: baru}]", encoding="utf-8")
    with pytest.raises(CkanConfigurationException, match=r"kami\.yaml: baru: has no label"):
        reloaded(satudata__schemas__extend=str(file))


def test_a_type_the_portal_defines_itself_is_changed_there(reloaded: Any) -> None:
    with pytest.raises(CkanConfigurationException, match="defines 'dataset' by itself"):
        reloaded(scheming__dataset_schemas="ckanext.scheming:ckan_dataset.yaml", satudata__schemas__extend=str(EXAMPLE))


def test_a_portal_may_still_define_a_whole_type(reloaded: Any, tmp_path: Path) -> None:
    own = {**registry.own_schema("indikator"), "about": "Indikator kota kami"}
    own["dataset_fields"] = [
        f for f in own["dataset_fields"] if f["field_name"] in ("title", "name", "owner_org", "rumus")
    ]
    file = tmp_path / "indikator.yaml"
    file.write_text(yaml.safe_dump(own), encoding="utf-8")
    # Its presets are wanted before ours are there: who writes a whole type with them names our file too.
    presets = "ckanext.scheming:presets.json ckanext.satudata.standards:schemas/presets.json"
    reloaded(scheming__dataset_schemas=f"file://{file}", scheming__presets=presets)
    assert set(registry.fields_of("indikator")) == {"title", "name", "owner_org", "rumus"}
    assert "variabel" in registry.fields_of("kegiatan")
    package = {"type": "indikator", "title": "Indikator kami sendiri saja"}
    found = {f["id"] for f in service.check(package, "en")["findings"]}
    assert "required.rumus" in found and "required.konsep" not in found
