"""Workbooks for the tests, made by code: as offices hold them, and with everything people do to a form."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any

from openpyxl import Workbook, load_workbook

Change = Callable[[Any], None]


def saved(book: Any) -> bytes:
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def of_rows(**sheets: list[list[Any]]) -> bytes:
    """A workbook of these sheets, cell by cell; ``MS_Keg`` is the sheet ``MS-Keg``."""
    book = Workbook()
    book.remove(book.active)
    for name, rows in sheets.items():
        sheet = book.create_sheet(name.replace("_", "-"))
        for at, row in enumerate(rows, 1):
            for column, value in enumerate(row, 1):
                if value is not None:
                    sheet.cell(at, column, value)
    return saved(book)


def changed(data: bytes, *changes: Change) -> bytes:
    """The same workbook after these changes to each of its visible sheets."""
    book = load_workbook(io.BytesIO(data))
    for sheet in book.worksheets:
        if sheet.sheet_state == "visible":
            for change in changes:
                change(sheet)
    return saved(book)


def rebuilt(data: bytes, place: Callable[[int, int], tuple[int, int]], text: Callable[[str], str] = str) -> bytes:
    """The values of a workbook laid out anew: each cell moved, each text retyped; merged ranges move along."""
    old = load_workbook(io.BytesIO(data))
    new = Workbook()
    new.remove(new.active)
    for sheet in old.worksheets:
        if sheet.sheet_state != "visible":
            continue
        made = new.create_sheet(sheet.title)
        for row in sheet.iter_rows():
            for cell in row:
                if cell.value is None:
                    continue
                at = made.cell(*place(cell.row, cell.column))
                at.value = text(cell.value) if isinstance(cell.value, str) else cell.value
                if isinstance(at.value, str):
                    at.data_type = "s"
                elif cell.is_date:
                    at.number_format = cell.number_format
        for merged in sheet.merged_cells.ranges:
            top, left = place(merged.min_row, merged.min_col)
            bottom, right = place(merged.max_row, merged.max_col)
            made.merge_cells(start_row=top, end_row=bottom, start_column=left, end_column=right)
    return saved(new)


#: MS-Keg as an office has it: labels with their numbers in one column, colons, answers two columns on, choices listed
#: over columns with boxes, answers by number where the sheet lists them.
OFFICE_KEG: list[list[Any]] = [
    [None, "FORMULIR METADATA STATISTIK KEGIATAN"],
    [],
    [None, "Judul Kegiatan", ":", "Pendataan Keluarga Kelurahan Aur"],
    [None, "Tahun", ":", 2025.0],
    [None, "KODE KEGIATAN (diisi oleh petugas)", ":", "(diisi oleh petugas)"],
    [None, "Cara pengumpulan data", ":", 2, "1. Pencacahan Lengkap", "2. Survei", "3. Kompilasi Produk Administrasi"],
    [None, "Sektor Kegiatan :", None, "demografi  dan kependudukan"],
    [],
    [None, "BLOK I. PENYELENGGARA"],
    [None, "1.1. Instansi Penyelenggara", ":", "Kelurahan Aur"],
    [None, "1.2. Alamat lengkap instansi penyelenggara", ":", "Jl. Brigjen Katamso Gg. Nasional 1"],
    [None, "Telepon", ":", "061-4512345", None, "Faksimile", ":", "-"],
    [None, "Email", ":", "kel.aur@medan.go.id"],
    [None, "BLOK II. PENANGGUNG JAWAB"],
    [None, "2.1. Unit Eselon Penanggung Jawab"],
    [None, "Eselon I", ":", "Sekretariat Daerah"],
    [None, "Eselon II", ":", "Kecamatan Medan Maimun"],
    [None, "2.2. Penanggung Jawab Teknis (setingkat eselon 3)"],
    [None, "Jabatan", ":", "Lurah"],
    [None, "Alamat", ":", "Jl. Brigjen Katamso"],
    [None, "Telepon", ":", 8126001122.0],
    [None, "E-mail", ":", "lurah.aur@medan.go.id"],
    [None, "BLOK III. PERENCANAAN DAN PERSIAPAN"],
    [None, "3.1 Latar Belakang Kegiatan"],
    [None, "Data keluarga belum pernah dihimpun."],
    [None, "Karena itu kelurahan mendatanya sendiri."],
    [None, "3.2 Tujuan Kegiatan : Mengetahui jumlah keluarga"],
    [None, "3.3 Rencana Jadwal", None, "Mulai", "Selesai"],
    [None, "A. Perencanaan Kegiatan", None, "Senin, 6 Januari 2025", "31/01/2025"],
    [None, "B. Desain", None, None, "2025-02-14"],
    [None, "C. Pengumpulan Data", None, 45717, 45747],
    [None, "D. Pengolahan Data", None, "1 April 2025 s.d. 30 April 2025"],
    [None, "BLOK IV. DESAIN KEGIATAN"],
    [None, "4.1 Kegiatan ini dilakukan", ":", "BERULANG"],
    [None, "4.2 Frekuensi penyelenggaraan", ":", "> dua tahunan"],
    [None, "4.3 Tipe Pengumpulan Data", None, "1. Longitudinal Panel"],
    [None, None, None, "2. Longitudinal Cross Sectional"],
    [None, None, "✓", "3. Cross Sectional"],
    [None, "4.4 Cakupan Wilayah", ":", "sebagian wilayah indonesia"],
    [None, "4.5 Wilayah Kegiatan", None, "Provinsi", "Kabupaten / Kota"],
    [None, None, None, "Sumatera Utara", "Kota Medan"],
    [None, None, None, "Sumatera Utara", "Kota Binjai"],
    [None, "4.6 Metode Pengumpulan Data", ":", "wawancara; Pengamatan"],
    [None, "4.7 Sarana Pengumpulan Data", None, "[x] PAPI"],
    [None, None, None, "[ ] CAPI"],
    [None, None, None, "[x] Lainnya: pesan singkat"],
    [None, "4.8 Unit Pengumpulan Data", None, "Individu", "V"],
    [None, None, None, "Rumah Tangga", "V"],
    [None, None, None, "Usaha/Perusahaan"],
    [None, None, None, "Lainnya (sebutkan)"],
    [None, "BLOK VI. PENGUMPULAN DATA"],
    [None, "6.1 Apakah melakukan uji coba (pilot survey)", None, "Ya - 1", "Tidak - 2", 2],
    [None, "6.6.1 Jumlah supervisor/penyelia/pengawas", ":", "2 orang"],
    [None, "6.6.2 Jumlah pengumpul data/enumerator", ":", "1.200 orang"],
    [None, "BLOK VII. PENGOLAHAN DAN ANALISIS"],
    [None, "7.1 Tahapan Pengolahan Data", None, "Ya", "Tidak"],
    [None, "Penyuntingan (editing)", None, "√"],
    [None, "Penyandian (coding)", None, None, "√"],
    [None, "7.4 Tingkat penyajian hasil analisis", ":", "Kabupaten/Kota\nLainnya: kelurahan"],
    [None, "VIII. DISEMINASI HASIL"],
    [None, "8.1 Produk kegiatan yang tersedia untuk umum"],
    [None, "Tercetak (hardcopy)", ":", "Tidak"],
    [None, "Digital (softcopy)", ":", "Ya"],
    [None, "8.2 Rencana rilis produk"],
    [None, "Digital (softcopy)", ":", "1 Juni 2025"],
]

#: What a person reads in it.
OFFICE_ANSWERS: dict[str, Any] = {
    "title": "Pendataan Keluarga Kelurahan Aur",
    "tahun": "2025",
    "cara_pengumpulan_data": "survei",
    "sektor_kegiatan": "demografi_dan_kependudukan",
    "instansi_penyelenggara": "Kelurahan Aur",
    "alamat_penyelenggara": "Jl. Brigjen Katamso Gg. Nasional 1",
    "telepon_penyelenggara": "061-4512345",
    "faks_penyelenggara": "-",
    "email_penyelenggara": "kel.aur@medan.go.id",
    "eselon1": "Sekretariat Daerah",
    "eselon2": "Kecamatan Medan Maimun",
    "pj_jabatan": "Lurah",
    "pj_alamat": "Jl. Brigjen Katamso",
    "pj_telepon": "8126001122",
    "pj_email": "lurah.aur@medan.go.id",
    "latar_belakang": "Data keluarga belum pernah dihimpun.\nKarena itu kelurahan mendatanya sendiri.",
    "tujuan": "Mengetahui jumlah keluarga",
    "jadwal_perencanaan_awal": "2025-01-06",
    "jadwal_perencanaan_akhir": "2025-01-31",
    "jadwal_desain_akhir": "2025-02-14",
    "jadwal_pengumpulan_awal": "2025-03-01",
    "jadwal_pengumpulan_akhir": "2025-03-31",
    "jadwal_pengolahan_awal": "2025-04-01",
    "jadwal_pengolahan_akhir": "2025-04-30",
    "dilakukan": "berulang",
    "frekuensi": "lebih_dari_dua_tahunan",
    "tipe_pengumpulan": "cross_sectional",
    "cakupan_wilayah": "sebagian_wilayah_indonesia",
    "wilayah": [
        {"provinsi": "Sumatera Utara", "kabupaten_kota": "Kota Medan"},
        {"provinsi": "Sumatera Utara", "kabupaten_kota": "Kota Binjai"},
    ],
    "metode_pengumpulan": ["wawancara", "pengamatan"],
    "sarana_pengumpulan": ["papi", "lainnya"],
    "sarana_pengumpulan_lainnya": "pesan singkat",
    "unit_pengumpulan": ["individu", "rumah_tangga"],
    "uji_coba": "tidak",
    "jumlah_supervisor": "2",
    "jumlah_enumerator": "1200",
    "pengolahan_editing": "ya",
    "pengolahan_coding": "tidak",
    "tingkat_penyajian": ["kabupaten_kota", "lainnya"],
    "tingkat_penyajian_lainnya": "kelurahan",
    "produk_tercetak": "tidak",
    "produk_digital": "ya",
    "rilis_digital": "2025-06-01",
}
