"""For every rule that needs no file: a dataset it finds something in, and one it is content with.

What stands here is what officers of a kelurahan write. Rules about files have theirs in ``tests/standards/files``,
where the files are; those that need links, records or rows in ``ELSEWHERE``.
"""

from __future__ import annotations

from typing import Any, NamedTuple


class Example(NamedTuple):
    """What differs from a complete dataset: once so that the rule finds something, once so that it does not."""

    wrong: dict[str, Any]
    right: dict[str, Any]


TITLE = "Jumlah penduduk menurut jenis kelamin, Kelurahan Aur, 2024"
FILE = {"id": "r1", "url": "penduduk.csv", "name": "Penduduk", "format": "CSV", "url_type": "upload"}

EXAMPLES: dict[str, list[Example]] = {
    "required": [Example({"satuan": "-"}, {"satuan": "jiwa"}), Example({"urusan": ""}, {"urusan": "1.02"})],
    "tags.few": [Example({"tags": [{"name": "gizi"}]}, {"tags": [{"name": "gizi"}, {"name": "balita"}]})],
    "title.short": [Example({"title": "Data gizi"}, {"title": TITLE})],
    "title.capitals": [Example({"title": TITLE.upper()}, {"title": TITLE})],
    "title.place": [Example({"title": "Jumlah penduduk 2024"}, {"title": TITLE})],
    "title.year": [
        Example({"title": "Jumlah penduduk Kelurahan Aur"}, {"title": TITLE}),
        Example({"title": "Jumlah penduduk Kelurahan Aur 2023"}, {"title": TITLE}),
        Example(
            {"title": "Penduduk Aur 2019", "periode_awal": "2020"},
            {"title": "Jumlah penduduk Kelurahan Aur", "periode_awal": "2020"},
        ),
    ],
    "notes.short": [Example({"notes": TITLE}, {"notes": "Satu baris adalah satu jenis kelamin; dari register warga."})],
    "owner.missing": [Example({"owner_org": ""}, {"owner_org": "kelurahan-aur"})],
    "format": [
        Example({"periode_awal": "Januari 2024"}, {"periode_awal": "2024-01"}),
        Example({"tahun": "TA 2024"}, {"tahun": "2024"}),
    ],
    "choice.unknown": [Example({"frekuensi": "tiap tgl 5"}, {"frekuensi": "Bulanan"})],
    "period.order": [Example({"periode_awal": "2024-12", "periode_akhir": "2024-01"}, {"periode_akhir": "2024-12"})],
    "period.year": [Example({"tahun": "2023"}, {"tahun": "2024"})],
    "period.future": [Example({"periode_awal": "2052", "periode_akhir": "2052"}, {"periode_awal": "2024-01-01"})],
    "period.files": [
        Example({"resources": [{**FILE, "periode": "2023"}]}, {"resources": [{**FILE, "periode": "2024-06"}]}),
        Example({"resources": [{**FILE, "periode": "Juni"}]}, {"resources": [FILE]}),
    ],
    "frequency.period": [
        Example({"periode_akhir": "2024-03-31"}, {"periode_akhir": "2024-12-31"}),
        Example(
            {"frekuensi": "bulanan", "periode_awal": "2024-06-01", "periode_akhir": "2024-06-07"},
            {"frekuensi": "bulanan", "periode_awal": "2024-06-30", "periode_akhir": "2024-06-30"},
        ),
        Example(
            {"frekuensi": "lima_tahunan", "periode_akhir": "2024-02"},
            {"frekuensi": "lima_tahunan", "periode_akhir": "2024-12"},
        ),
    ],
    "standard.none": [
        Example({"satuan": "tidak ada"}, {"klasifikasi": "tidak ada"}),
        Example({"definisi": "Nihil."}, {"definisi": "Orang yang berdomisili di wilayah kelurahan."}),
    ],
    "standard.title": [Example({"title": TITLE, "definisi": TITLE.upper()}, {"title": TITLE})],
    "standard.repeated": [
        Example({"konsep": "Penduduk kelurahan", "definisi": "penduduk  kelurahan"}, {"konsep": "Penduduk"})
    ],
    "sdsn.unknown": [
        Example({"kode_sdsn": "SD0001.1.1"}, {"kode_sdsn": "SD00001.01.01"}),
        Example({"kode_sdsn": "ada"}, {"kode_sdsn": "st01246.00.00"}),
    ],
    "unit.unknown": [
        Example({"satuan": "oranng"}, {"satuan": "orang"}),
        Example({"satuan": "bakul"}, {"satuan": "Rumah Tangga"}),
    ],
    "unit.measure": [
        Example({"ukuran": "Persentase", "satuan": "orang"}, {"ukuran": "Persentase", "satuan": "persen"}),
        Example({"ukuran": "Luas wilayah", "satuan": "jiwa"}, {"ukuran": "Luas wilayah", "satuan": "km²"}),
        Example(
            {"ukuran": "Angka kematian bayi", "satuan": "persen"},
            {"ukuran": "Angka kematian bayi", "satuan": "per 1.000 kelahiran hidup"},
        ),
        Example(
            {"ukuran": "Kepadatan penduduk", "satuan": "orang"},
            {"ukuran": "Kepadatan penduduk", "satuan": "jiwa/km2"},
        ),
        Example({"ukuran": "Realisasi anggaran", "satuan": "unit"}, {"ukuran": "Anggaran", "satuan": "juta rupiah"}),
    ],
    "classification.codes": [
        Example(
            {"klasifikasi": "gizi buruk, gizi kurang, gizi normal sekali"},
            {"klasifikasi": "gizi buruk, gizi kurang, gizi baik"},
        ),
        Example(
            {"klasifikasi": "Belum kawin, Kawin, Cerai hidup, Cerai gantung"},
            {"klasifikasi": "Lingkungan I, Lingkungan II dan Lingkungan III"},
        ),
    ],
    "region.codes": [
        Example({"cakupan_wilayah": "1271"}, {"cakupan_wilayah": "12.71"}),
        Example({"cakupan_wilayah": "1275070006"}, {"cakupan_wilayah": "12.71.15.1001"}),
        Example({"cakupan_wilayah": "Medan Maimun"}, {"cakupan_wilayah": "12.71.15"}),
    ],
    "region.level": [
        Example({"tingkat_penyajian": "kecamatan"}, {"tingkat_penyajian": "lingkungan"}),
        Example(
            {"tingkat_penyajian": "kabupaten_kota", "cakupan_wilayah": "12.71.15"},
            {"tingkat_penyajian": "kecamatan", "cakupan_wilayah": "12.71"},
        ),
    ],
    "files.none": [Example({"resources": []}, {"resources": [FILE]})],
    "files.format": [Example({"resources": [{**FILE, "format": ""}]}, {"resources": [FILE]})],
    "files.remote": [
        Example({"resources": [{"url": "https://x.go.id/a.csv", "format": "CSV"}]}, {"resources": [FILE]})
    ],
}

#: Rules whose examples need more than the fields of a dataset, and the tests that have them.
ELSEWHERE: dict[str, str] = {
    "code.retired": "codelists/test_choices.py",
    "indicator.formula": "rules/test_indicators.py",
    "indicator.names": "rules/test_indicators.py",
}
#: Rules of other parts, whose tests stand with them.
PARTS = ("access.", "files.", "hidden.", "links.", "pairs.", "personal.", "rows.", "schedule.", "source.", "table.")
