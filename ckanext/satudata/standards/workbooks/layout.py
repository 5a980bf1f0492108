"""The lines of MS-Keg and the columns of MS-Var and MS-Ind as BPS prints them, with the words people know them by.

What is asked stands in the schema (:mod:`ckanext.satudata.standards.bps`); what is added here is how it lies on paper:
two dates of a phase on one line, a heading over questions that belong together.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from ckanext.satudata.standards import bps, registry
from ckanext.satudata.standards.bps import Item

from .labels import squashed, variants

#: Blocks of MS-Keg by the first digit of their numbers; 0 is the head of the form, which has no block.
BLOCKS = {
    "1": ("I", "PENYELENGGARA"),
    "2": ("II", "PENANGGUNG JAWAB"),
    "3": ("III", "PERENCANAAN DAN PERSIAPAN"),
    "4": ("IV", "DESAIN KEGIATAN"),
    "5": ("V", "DESAIN SAMPEL"),
    "6": ("VI", "PENGUMPULAN DATA"),
    "7": ("VII", "PENGOLAHAN DAN ANALISIS"),
    "8": ("VIII", "DISEMINASI HASIL"),
}
TITLES = {"ms_keg": "METADATA STATISTIK KEGIATAN (MS-Keg)", "ms_var": "METADATA STATISTIK VARIABEL (MS-Var)",
          "ms_ind": "METADATA STATISTIK INDIKATOR (MS-Ind)"}  # fmt: skip
SHEETS = {"ms_keg": "MS-Keg", "ms_var": "MS-Var", "ms_ind": "MS-Ind"}

#: Words by which officers, and other renderings of the forms, call the same item.
_ALSO: dict[str, tuple[str, ...]] = {
    "judul_kegiatan": ("Nama Kegiatan", "Judul", "Judul Kegiatan Statistik", "Nama Kegiatan Statistik"),
    "tahun": ("Tahun Kegiatan", "Tahun Pelaksanaan"),
    "kode_kegiatan": ("Kode Kegiatan diisi oleh petugas",),
    "identitas_rekomendasi": ("Nomor Rekomendasi", "Identitas Rekomendasi BPS"),
    "dapat_rekomendasi_bps": ("Apakah mendapatkan rekomendasi kegiatan statistik dari BPS",),
    "instansi_penyelenggara": ("Nama Instansi Penyelenggara", "Instansi"),
    "alamat_penyelenggara": ("Alamat", "Alamat Lengkap"),
    "telepon_penyelenggara": ("Telp", "No Telepon", "Nomor Telepon"),
    "email_penyelenggara": ("Surel", "Alamat E-mail"),
    "faks_penyelenggara": ("Faks", "Fax", "No Faksimile"),
    "eselon1": ("Eselon I", "Unit Eselon 1", "Unit Eselon I"),
    "eselon2": ("Eselon II", "Unit Eselon 2", "Unit Eselon II"),
    "pj_jabatan": ("Jabatan",),
    "pj_alamat": ("Alamat",),
    "pj_telepon": ("Telp", "No Telepon", "Nomor Telepon"),
    "pj_email": ("Surel", "Alamat E-mail"),
    "pj_faks": ("Faks", "Fax", "No Faksimile"),
    "latar_belakang": ("Latar Belakang",),
    "tujuan": ("Tujuan",),
    "jadwal_diseminasi_awal": ("Diseminasi",),
    "variabel": ("Variabel yang Dikumpulkan", "Karakteristik yang Dikumpulkan"),
    "wilayah": ("Wilayah Pengumpulan Data", "Jika sebagian wilayah Indonesia, sebutkan"),
    "nama": ("Nama",),
    "rumus": ("Metode Penghitungan", "Rumus Penghitungan", "Metode/Rumus Perhitungan", "Rumus"),
    "akses_umum": ("Dapat Diakses Umum", "Akses Umum", "Apakah Dapat Diakses Umum"),
    "komposit": ("Komposit", "Indikator Komposit"),
    "referensi_waktu": ("Referensi Waktu (Periode Enumerasi)", "Periode Enumerasi"),
    "alias": ("Nama Alias", "Alias/Singkatan"),
    "kalimat_pertanyaan": ("Pertanyaan",),
    "klasifikasi_isian": ("Klasifikasi",),
    "pembangun_publikasi": ("Publikasi Ketersediaan Indikator Pembangun", "Publikasi Ketersediaan"),
    "pembangun_nama": ("Nama Indikator Pembangun",),
    "var_kegiatan": ("Kegiatan Penghasil Variabel Pembangun", "Kegiatan Penghasil"),
    "var_kode_kegiatan": ("Kode Kegiatan",),
    "var_nama": ("Nama Variabel Pembangun",),
}
_COMPOSITE = re.compile(r"^(?P<parent>.+?)(?::\s+|\s+-\s+)(?P<own>.+)$")
_END = re.compile(r"\s*\(tanggal (awal|akhir)\)\s*$", re.IGNORECASE)


@dataclass(frozen=True)
class Line:
    """One line of MS-Keg.

    :ivar no: number on the form; empty in its head
    :ivar words: as BPS prints it
    :ivar items: what is asked: one item, or start and end of a phase; none for a heading
    :ivar place: its place in the form, from 0
    """

    no: str
    words: str
    items: tuple[Item, ...]
    place: int
    also: tuple[str, ...] = field(default=(), compare=False)

    @cached_property
    def keys(self) -> frozenset[str]:
        """The words it is known by, squashed."""
        return frozenset(key for text in (self.words, *self.also) for key in variants(text))

    @property
    def item(self) -> Item:
        """Its one item, or the start of its phase."""
        return self.items[0]


def label_of(item: Item) -> str:
    """What BPS calls an item; a portal may call its field otherwise, the form on paper stays."""
    if item.form in bps.FORMS:
        package_type, _holder = bps.STORED[item.form]
        fields = registry.own_schema(package_type)["dataset_fields"]
        if item.rows:
            holding: dict[str, Any] = next((each for each in fields if each["field_name"] == item.rows), {})
            fields = holding.get("repeating_subfields") or []
        for each in fields:
            if each["field_name"] == item.field and isinstance(each.get("label"), dict):
                return str(each["label"]["id"])
    return item.label.get("id") or item.label.get("en") or item.field


def lines(edition: str | None = None) -> list[Line]:
    """MS-Keg from top to bottom, headings included.

    :param edition: only what stands in that edition; None for all there is
    """
    made: list[Line] = []
    headings: set[str] = set()
    asked = [each for each in bps.items("ms_keg") if not each.rows and (edition is None or edition in each.editions)]
    for item in asked:
        label = label_of(item)
        own = _END.sub("", label)
        composite = _COMPOSITE.match(own) if item.no.count(".") == 2 else None
        if composite:
            heading = _heading(item.no, composite["parent"])
            if item.no[:3] not in headings and heading:
                headings.add(item.no[:3])
                made.append(Line(item.no[:3], heading, (), len(made), (composite["parent"],)))
            own = composite["own"]
        if made and item.kind == "date" and made[-1].no == item.no and made[-1].items:
            last = made[-1]
            made[-1] = Line(last.no, last.words, (*last.items, item), last.place, (*last.also, label))
            continue
        if item.no == "6.6.1" and "6.6" not in headings:
            headings.add("6.6")
            made.append(Line("6.6", "Jumlah Petugas", (), len(made)))
        also = (label, _END.sub("", label), item.label.get("id", ""), item.label.get("en", ""))
        made.append(Line("" if item.no.startswith("0") else item.no, own, (item,), len(made),
                         (*also, *_ALSO.get(item.key, ()))))  # fmt: skip
    return made


def _heading(number: str, parent: str) -> str:
    """The words over questions that belong together; address and contact hang on a question of their own."""
    return parent if number[:3] not in ("1.2",) else ""


def columns(form: str, edition: str | None = None) -> list[Item]:
    """The columns of MS-Var or MS-Ind from the left."""
    return [
        item
        for item in bps.items(form)
        if item.kind != "rows" and item.form == form and (edition is None or edition in item.editions)
    ]


def column_keys(item: Item) -> frozenset[str]:
    """The words a column is known by, squashed."""
    label = label_of(item)
    texts: Iterable[str] = (label, item.label.get("id", ""), item.label.get("en", ""), *_ALSO.get(item.key, ()))
    return frozenset(key for text in texts for key in variants(text))


def answer_lines() -> frozenset[str]:
    """Squashed words that begin a hint of the form, not an answer."""
    return frozenset(squashed(text) for text in HINTS)


#: What the form itself says in the place of an answer.
HINTS = ("diisi oleh petugas", "diisi petugas", "pilih salah satu", "beri tanda", "lihat lembar", "sebutkan",
         "boleh lebih dari satu", "isian dapat lebih dari satu", "tanggal awal", "tanggal akhir")  # fmt: skip
