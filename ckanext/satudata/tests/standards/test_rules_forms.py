"""Rules about rows, schedules, numbers and lines of the BPS forms: each with what passes and what does not."""

from __future__ import annotations

from typing import Any

import pytest

from ckanext.satudata.standards import service
from ckanext.satudata.tests.activities import ACTIVITY, INDICATOR

ROW = ACTIVITY["variabel"][0]


@pytest.fixture(autouse=True)
def portal(portal_once: None) -> None:
    """Rules read the schemas of a running portal; none of them writes."""


def found(base: dict[str, Any] = ACTIVITY, **changes: Any) -> dict[str, dict[str, Any]]:
    package = {**base, **changes}
    return {f["id"]: f for f in service.check(package, "en", with_files=False)["findings"]}


def test_a_complete_activity_and_indicator_pass_every_rule() -> None:
    assert [f for base in (ACTIVITY, INDICATOR) for f in found(base).values() if f["severity"] != "info"] == []


def test_what_a_row_lacks_is_said_once_by_its_number_and_name() -> None:
    result = found(variabel=[ROW, {**ROW, "nama": "Umur", "alias": "umur", "konsep": "", "definisi": "-"}])
    finding = result["rows.required.variabel.2"]
    assert finding["severity"] == "error" and finding["field"] == "variabel"
    assert finding["message"].startswith("Row 2 of") and "(Umur)" in finding["message"]
    assert "Concept, Definition" in finding["message"]
    assert "rows.required.variabel.1" not in result


def test_what_a_row_need_not_have_is_not_asked_for() -> None:
    without = {key: value for key, value in ROW.items() if key not in ("ukuran", "satuan", "klasifikasi_isian")}
    assert not [id for id in found(variabel=[without]) if id.startswith("rows.required")]
    rows = [{**row, "var_kode_kegiatan": ""} for row in INDICATOR["variabel_pembangun"]]
    assert not [id for id in found(INDICATOR, variabel_pembangun=rows) if id.startswith("rows.required")]


def test_many_incomplete_rows_are_counted_after_the_first_twenty() -> None:
    rows = [{"nama": f"Variabel {n}", "alias": f"v{n}"} for n in range(50)]
    told = [id for id in found(variabel=rows) if id.startswith("rows.required.variabel")]
    assert len(told) == 21 and "rows.required.variabel.more" in told
    assert found(variabel=rows)["rows.required.variabel.more"]["message"].startswith("30 more rows")


def test_rows_of_a_field_that_is_not_asked_for_are_not_looked_at() -> None:
    result = found(INDICATOR, indikator_pembangun=[{"pembangun_nama": "x"}])
    assert not [id for id in result if id.startswith("rows.")]


@pytest.mark.parametrize(("sub", "value"), [("tahun", "TA 2025"), ("akses_umum", "mungkin")])
def test_values_inside_rows_have_their_shape(sub: str, value: str) -> None:
    assert f"rows.format.variabel.1.{sub}" in found(variabel=[{**ROW, sub: value}])


@pytest.mark.parametrize("value", ["Ya", "YA", "tidak"])
def test_a_label_inside_a_row_is_as_good_as_its_value(value: str) -> None:
    assert not [id for id in found(variabel=[{**ROW, "akses_umum": value}]) if id.startswith("rows.format")]


def test_two_variables_of_one_name_are_told_with_their_rows() -> None:
    rows = [ROW, {**ROW, "nama": "Umur", "alias": "umur"}, {**ROW, "nama": "jumlah  anggota KELUARGA", "alias": "x"}]
    finding = found(variabel=rows)["rows.duplicate.variabel.nama.3"]
    assert finding["severity"] == "error" and "1, 3" in finding["message"]


def test_the_same_short_name_is_a_warning() -> None:
    result = found(variabel=[ROW, {**ROW, "nama": "Umur"}])
    assert result["rows.duplicate.variabel.alias.2"]["severity"] == "warning"


@pytest.mark.parametrize(("ends", "wrong"), [("2025-02-28", True), ("2025-03-03", False), ("2025-03-28", False)])
def test_no_step_ends_before_it_begins(ends: str, wrong: bool) -> None:
    assert ("schedule.order.jadwal_pengumpulan_akhir" in found(jadwal_pengumpulan_akhir=ends)) == wrong


@pytest.mark.parametrize(
    ("field", "value", "wrong"),
    [
        ("jumlah_enumerator", "14", False),
        ("jumlah_enumerator", "0", False),
        ("jumlah_enumerator", "1.200", False),
        ("jumlah_enumerator", "empat belas", True),
        ("jumlah_enumerator", "14 orang", True),
        ("jumlah_enumerator", "-3", True),
        ("telepon_penyelenggara", "061-4512345", False),
        ("telepon_penyelenggara", "(061) 451 2345", False),
        ("telepon_penyelenggara", "+62 61 4512345 ext. 12", False),
        ("telepon_penyelenggara", "Tidak ada", False),
        ("telepon_penyelenggara", "telepon kantor", True),
        ("telepon_penyelenggara", "123", True),
        ("identitas_rekomendasi", "V-25.1275.004", False),
        ("identitas_rekomendasi", "V-25.1275.4", True),
        ("identitas_rekomendasi", "nomor 4", True),
    ],
)
def test_numbers_telephones_and_identities(field: str, value: str, wrong: bool) -> None:
    assert (f"format.{field}" in found(**{"dapat_rekomendasi_bps": "ya", field: value})) == wrong


@pytest.mark.parametrize(
    ("text", "wrong"),
    [("1 = laki-laki\n2 = perempuan", False), ("tidak ada", False), ("laki-laki, perempuan", True), ("1 =", True)],
)
def test_codes_are_pairs_a_line(text: str, wrong: bool) -> None:
    result = found(variabel=[{**ROW, "klasifikasi_isian": text}])
    assert ("pairs.line.variabel.1" in result) == wrong


def test_an_unknown_choice_among_several_is_told() -> None:
    assert "choice.unknown.metode_pengumpulan" in found(metode_pengumpulan=["wawancara", "telepati"])
    assert "choice.unknown.metode_pengumpulan" not in found(metode_pengumpulan='["wawancara", "pengamatan"]')


def test_what_cannot_be_read_breaks_no_rule() -> None:
    for nonsense in ("[", "{}", 3, ["x"], [None], [{"nama": None}], {"nama": 1}, [{"nama": ["a"]}]):
        found(variabel=nonsense, wilayah=nonsense, metode_pengumpulan=nonsense, jumlah_supervisor=nonsense)
        found(INDICATOR, kegiatan=nonsense, variabel_pembangun=nonsense)
