"""A corpus of tables as offices make them: with personal data, and near misses that only look like it.

Made by a seed, so that every run sees the same. Each case: a name, the file, and the kinds of personal data in it.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass

FIRST = "Siti Ahmad Budi Dewi Rina Andi Eko Fitri Yusuf Maria Agus Nur Sri Muhammad Abdul Ayu Dian Hasan".split()
LAST = "Nasution Siregar Harahap Lubis Sinaga Simanjuntak Ginting Tarigan Rahman Hidayat Wati Santoso Purba".split()
STREETS = ["Jl. Brigjend Katamso", "Gg. Bersama", "Jl. Pelita I", "Lorong Makmur", "Jl. Letda Sujono"]
CITIES = "1271 1207 1275 3171 3273 1208 1801 3578".split()
ROWS = 40


@dataclass(frozen=True)
class Sample:
    name: str
    text: str
    kinds: frozenset[str]


def nik(rng: random.Random, card: bool = False) -> str:
    """A number that is built like a NIK, or like the number of a family card."""
    day = rng.randint(1, 28) + (40 if not card and rng.random() < 0.5 else 0)
    month, year = rng.randint(1, 12), rng.randint(0, 99)
    return f"{rng.choice(CITIES)}{rng.randint(1, 21):02d}{day:02d}{month:02d}{year:02d}{rng.randint(1, 9999):04d}"


def person(rng: random.Random) -> str:
    return f"{rng.choice(FIRST)} {rng.choice(LAST)}"


def address(rng: random.Random) -> str:
    return f"{rng.choice(STREETS)} No. {rng.randint(1, 200)}"


def mobile(rng: random.Random) -> str:
    return f"08{rng.choice('1235789')}{rng.randint(10**7, 10**9 - 1)}"


def digits(rng: random.Random, count: int, first: str = "") -> str:
    return first + "".join(rng.choice("0123456789") for _ in range(count - len(first)))


def dialled(rng: random.Random, pattern: str) -> str:
    return pattern.format(digits(rng, 4), digits(rng, 4))


def table(header: str, row: Callable[[int], list[str]], rows: int = ROWS) -> str:
    lines = [";".join(row(number)) for number in range(1, rows + 1)]
    return "\n".join([header, *lines]) + "\n"


def samples(seed: int = 7) -> Iterator[Sample]:
    """Every case of the corpus."""
    rng = random.Random(seed)
    yield from _with_ids(rng)
    yield from _with_contacts(rng)
    yield from _with_names(rng)
    yield from _near_misses(rng)


def _with_ids(rng: random.Random) -> Iterator[Sample]:
    ids = frozenset({"id"})
    grouped = lambda n: f"{n[:6]} {n[6:12]} {n[12:]}"  # noqa: E731
    dotted = lambda n: f"{n[:2]}.{n[2:4]}.{n[4:6]}.{n[6:12]}.{n[12:]}"  # noqa: E731
    yield Sample("nik column", table("no;nik;umur", lambda i: [str(i), nik(rng), str(rng.randint(0, 90))]), ids)
    yield Sample("nik under another name", table("no;identitas", lambda i: [str(i), nik(rng)]), ids)
    yield Sample("family cards", table("no_kk;anggota", lambda i: [nik(rng, True), str(rng.randint(1, 7))]), ids)
    yield Sample("nik with spaces", table("data;rt", lambda i: [grouped(nik(rng)), "1"]), ids)
    yield Sample("nik with dots", table("data;rt", lambda i: [dotted(nik(rng)), "1"]), ids)
    yield Sample("nik with an apostrophe", table("data;rt", lambda i: ["'" + nik(rng), "1"]), ids)
    yield Sample(
        "nik in one sentence of many",
        table("no;keterangan", lambda i: [str(i), f"Usulan {nik(rng)} a.n. warga" if i == 23 else "lengkap"]),
        ids,
    )
    yield Sample("one nik alone", table("kode;nilai", lambda i: [nik(rng), "1"], 1), ids)
    yield Sample("no header at all", "\n".join(nik(rng) for _ in range(20)) + "\n", ids)
    yield Sample("nik as Excel spoils it", table("nik;rt", lambda i: ["1,27115E+15", str(i)]), ids)
    yield Sample("nik half empty", table("nik;rt", lambda i: [nik(rng) if i % 2 else "-", str(i)]), ids)
    yield Sample("some wrong nik", table("nik;rt", lambda i: [nik(rng) if i % 3 else digits(rng, 16), str(i)]), ids)


def _with_contacts(rng: random.Random) -> Iterator[Sample]:
    phone, mail = frozenset({"phone"}), frozenset({"email"})
    yield Sample("mobile numbers", table("no;no_hp", lambda i: [str(i), mobile(rng)]), phone)
    yield Sample("without the zero", table("no;hp", lambda i: [str(i), mobile(rng)[1:]]), phone)
    yield Sample("+62 with hyphens", table("rt;kontak", lambda i: [str(i), dialled(rng, "+62 812-{}-{}")]), phone)
    yield Sample("whatsapp with spaces", table("rt;wa", lambda i: [str(i), dialled(rng, "0812 {} {}")]), phone)
    yield Sample(
        "phone in a remark",
        table("rt;catatan", lambda i: [str(i), f"hubungi Pak RT {mobile(rng)}" if i == 9 else "baik"]),
        phone,
    )
    yield Sample("column without a telling name", table("rt;x", lambda i: [str(i), mobile(rng)]), phone)
    yield Sample("e-mail", table("rt;surel", lambda i: [str(i), f"{rng.choice(FIRST).lower()}{i}@gmail.com"]), mail)
    yield Sample(
        "e-mail in a remark",
        table("rt;catatan", lambda i: [str(i), "kirim ke budi.lubis@yahoo.co.id" if i == 4 else "-"]),
        mail,
    )
    yield Sample(
        "office phone", table("sekolah;telepon_kantor", lambda i: [f"SDN {i}", f"(061) {digits(rng, 7, '4')}"]), phone
    )
    yield Sample("office mail", table("opd;email", lambda i: [f"Dinas {i}", f"dinas{i}@medan.go.id"]), mail)


def _with_names(rng: random.Random) -> Iterator[Sample]:
    names = frozenset({"name"})
    yield Sample(
        "list of recipients", table("nama_penerima;alamat;bantuan", lambda i: [person(rng), address(rng), "PKH"]), names
    )
    yield Sample(
        "births",
        table("nama_bayi;tanggal_lahir;berat", lambda i: [person(rng), f"2024-05-{i % 28 + 1:02d}", "3,1"]),
        names,
    )
    yield Sample("names and addresses", table("nama;alamat;rt", lambda i: [person(rng), address(rng), str(i)]), names)
    yield Sample(
        "owners of small businesses",
        table("nama_usaha;nama_pemilik;alamat", lambda i: [f"Warung {i}", person(rng), address(rng)]),
        names,
    )
    yield Sample(
        "everything at once",
        table(
            "nama_lengkap;nik;tempat_lahir;alamat;no_hp",
            lambda i: [person(rng), nik(rng), "Medan", address(rng), mobile(rng)],
        ),
        frozenset({"name", "id", "phone"}),
    )


def _near_misses(rng: random.Random) -> Iterator[Sample]:
    none: frozenset[str] = frozenset()
    wrong = lambda: f"{rng.choice(['99', '00', '10', '50'])}{digits(rng, 14)}"  # noqa: E731
    yield Sample("account numbers", table("no_rekening;saldo", lambda i: [digits(rng, 16), str(i)], 200), none)
    yield Sample("card numbers", table("seri;rt", lambda i: [wrong(), str(i)]), none)
    yield Sample("NIP", table("nip;golongan", lambda i: [f"1985{digits(rng, 14)}", "III/a"]), none)
    yield Sample(
        "NIP with spaces", table("nip;gol", lambda i: [f"198501{i % 28 + 1:02d} 201001 1 {i:03d}", "III"]), none
    )
    yield Sample("NPSN", table("npsn;sekolah", lambda i: [digits(rng, 8, "102"), f"SDN 06{i}"]), none)
    yield Sample("NPWP", table("npwp;badan", lambda i: ["01.234.567.8-12" + str(i % 10) + ".000", "PT"]), none)
    yield Sample("NIB", table("nib;usaha", lambda i: [digits(rng, 13, "9120"), f"Warung {i}"]), none)
    yield Sample("budget codes", table("kode_rekening;pagu", lambda i: [f"5.1.02.01.01.{i:04d}", str(i * 10**6)]), none)
    yield Sample(
        "long budget codes",
        table("kode;pagu", lambda i: [f"1.02.0.00.0.00.01.{i:04d}.5.1.02", str(i * 10**6)]),
        none,
    )
    yield Sample(
        "coordinates",
        table("lat;lon", lambda i: [f"3.5{digits(rng, 14)}", f"98.{digits(rng, 14)}"]),
        none,
    )
    yield Sample("timestamps", table("waktu;nilai", lambda i: [f"20240131{digits(rng, 8)}", str(i)]), none)
    yield Sample("iso moments", table("waktu;nilai", lambda i: [f"2024-01-31T08:{i:02d}:00.123456", str(i)]), none)
    yield Sample(
        "region codes", table("kode_wilayah;nilai", lambda i: [f"12.71.{i % 21 + 1:02d}.{1000 + i}", "5"]), none
    )
    yield Sample("bps codes", table("kode_bps;nilai", lambda i: [f"1275{i:06d}", "5"]), none)
    yield Sample("tax objects", table("nop;njop", lambda i: [f"12.71.010.00{i % 9}.{i:03d}-{i:04d}.0", "1"]), none)
    yield Sample("rupiah", table("uraian;pagu", lambda i: ["Belanja", f"{rng.randint(1, 99)}.812.345.678"]), none)
    yield Sample(
        "large counts", table("uraian;nilai", lambda i: ["Ekspor", str(rng.randint(8 * 10**10, 9 * 10**10))]), none
    )
    yield Sample("shares", table("kecamatan;porsi", lambda i: [f"Medan {i}", f"0.{digits(rng, 10, '21')}"]), none)
    yield Sample(
        "schools with addresses",
        table("nama;alamat;akreditasi", lambda i: [f"SD Negeri 0609{i:02d}", address(rng), "A"]),
        none,
    )
    yield Sample(
        "puskesmas with addresses",
        table(
            "nama;alamat", lambda i: [f"Puskesmas {rng.choice(['Sukaramai', 'Mandala', 'Helvetia'])} {i}", address(rng)]
        ),
        none,
    )
    yield Sample("streets", table("nama_jalan;panjang", lambda i: [address(rng), str(i)]), none)
    yield Sample("officials", table("nama;jabatan", lambda i: [person(rng), "Lurah"]), none)
    yield Sample("regions", table("nama_kelurahan;jumlah", lambda i: [f"Sei Mati {i}", str(i)]), none)
    yield Sample("counts of families", table("kelurahan;jumlah_kk", lambda i: [f"Aur {i}", str(i * 37)]), none)
    yield Sample("owners of an identity card", table("kelurahan;kepemilikan_ktp", lambda i: ["Aur", str(i * 37)]), none)
    yield Sample("shares of phone owners", table("kelurahan;persen_hp", lambda i: ["Aur", f"{i},5"]), none)
    yield Sample("masked numbers", table("nik;bantuan", lambda i: [f"1271**********{i:02d}", "PKH"]), none)
    yield Sample("handles", table("kelurahan;akun", lambda i: ["Aur", f"@kelurahan_aur{i}"]), none)
    yield Sample("barcodes", table("barcode;stok", lambda i: [digits(rng, 13, "899"), str(i)]), none)
    yield Sample("stock numbers", table("kode_barang;stok", lambda i: [f"0812{i:06d}", str(i)]), none)
    yield Sample("hashes", table("sha;nilai", lambda i: ["a" + digits(rng, 16, "1271") + "f", str(i)]), none)
