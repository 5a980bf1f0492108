"""Personal data by its look: NIK and family cards that decode, phones, e-mail, names of people with an address.

Facts of the numbers: a NIK is the six digits of the region where it was issued (province, city, kecamatan), day of
birth (women's plus 40), month, year, and a number of four digits; a family card (KK) has the date of issue in the
same place (Permendagri 109/2019; Perpres 96/2018). A NIP has 18 digits, an NPSN eight.
"""

from __future__ import annotations

import re

#: Codes of provinces as Kemendagri issues them, those of Papua's new provinces included.
PROVINCES = frozenset(
    "11 12 13 14 15 16 17 18 19 21 31 32 33 34 35 36 51 52 53 61 62 63 64 65 71 72 73 74 75 76 81 82 "
    "91 92 93 94 95 96 97".split()
)
#: How people part the 16 digits; anything else with dots is a code of a budget or a decimal number.
_GROUPS = frozenset(
    [
        (16,), (6, 6, 4), (2, 2, 2, 6, 4), (2, 2, 2, 2, 2, 2, 4), (4, 4, 4, 4), (6, 10), (12, 4), (6, 2, 2, 2, 4),
        (2, 2, 2, 10), (6, 2, 2, 2, 2, 2), (8, 8), (6, 3, 3, 4),
    ]
)  # fmt: skip
#: A first sieve in the dialect of polars, which has no look-around.
SIXTEEN_SIEVE = r"[0-9](?:[ .\-]?[0-9]){15}"
_RUN = re.compile(r"[0-9](?:[ .\-]?[0-9])*")
PHONE_SIEVE = r"(?:\+\s?62|62|\(?0)[ \-.]?\(?[0-9]"
_PHONE = re.compile(
    r"(?<![\w.,/\-+])(?:\+\s?62[ \-.]?\(?0?\)?|\(?0)(?:8[1-9]|2[1-9]|3[1-9]|4[1-9]|5[1-9]|6[1-9]|7[1-9]|9[1-9])"
    r"[0-9]?\)?(?:[ \-.]?[0-9]){5,10}(?![\w]|[.,\-/][0-9])"
)
_MOBILE = re.compile(r"^(?:\+?62|0)?8[1-9][0-9]{7,10}$")
_LANDLINE = re.compile(r"^(?:\+?62|0)(?:2[1-9]|[3-79][1-9])[0-9]{5,9}$")
EMAIL_SIEVE = r"[^\s@]@[^\s@]+\.[A-Za-z]{2,}"
_EMAIL = re.compile(r"[A-Za-z0-9._%+\-]+@([A-Za-z0-9\-]+(?:\.[A-Za-z0-9\-]+)*\.[A-Za-z]{2,})\b")
_OFFICE_DOMAIN = re.compile(r"\.(go|sch|ac|mil|desa)\.id$", re.IGNORECASE)
_OFFICE_BOX = re.compile(r"^(info|admin|humas|layanan|pengaduan|sekretariat|data|kontak|contact|cs|office)\b", re.I)

_ID_HEADER = re.compile(r"(^|_)(nik|ktp|kk|nokk|kartu_keluarga|nomor_induk_kependudukan)(_|$)")
_NOT_ID_HEADER = re.compile(r"(^|_)(jumlah|jml|total|banyaknya|persen|persentase|kepemilikan|punya|ber)(_|$)")
_PHONE_HEADER = re.compile(
    r"(^|_)(hp|no_hp|nohp|handphone|ponsel|telp|tlp|telepon|telpon|phone|wa|whatsapp|seluler)(_|$)"
)
_OFFICE_HEADER = re.compile(
    r"(^|_)(kantor|instansi|dinas|layanan|pengaduan|sekolah|puskesmas|faskes|hotel|perusahaan|call_center|opd|unit)(_|$)"
)
_CODE_HEADER = re.compile(
    r"(^|_)(kode|no_rek|rekening|norek|nomor_rekening|barang|seri|serial|imei|npwp|npsn|nip|nuptk|nib|nop|register|akun"
    r"|transaksi|id|barcode|sku|lat|lon|long|latitude|longitude|koordinat)(_|$)"
)
_PERSON_HEADER = re.compile(
    r"(^|_)nama_(lengkap|penduduk|warga|kepala_keluarga|kk|ibu|ayah|anak|bayi|balita|pasien|siswa|murid|penerima|peserta"
    r"|pemilik|pemohon|wali|orang_tua|pekerja|pegawai|kader|penyandang|lansia|responden|suami|istri|korban)(_|$)"
)
_PLAIN_NAME = re.compile(r"^(nama|name|full_name|nama_orang)$")
_ADDRESS_HEADER = re.compile(r"(^|_)(alamat|address|domisili|tempat_tinggal)(_|$)")
_BIRTH_HEADER = re.compile(r"(^|_)(tgl_lahir|tanggal_lahir|tempat_lahir|ttl|tempat_tanggal_lahir|birth_date)(_|$)")
_SEX_HEADER = re.compile(r"^(jk|jenis_kelamin|l_p|kelamin|sex|gender)$")
_PLACE = re.compile(
    r"(?i)^(sd|sdn|sds|smp|smpn|sma|sman|smk|smkn|mi|mis|mts|man|tk|paud|ra|slb|mdta|universitas|politeknik|rs|rsu|rsud"
    r"|rsia|puskesmas|pustu|posyandu|klinik|apotek|praktik|masjid|mesjid|musholla|mushalla|gereja|vihara|pura|kelenteng"
    r"|gbkp|hkbp|pt|cv|ud|pd|pdam|toko|warung|kedai|rumah|pasar|hotel|wisma|taman|jalan|jl|jln|gang|gg|kelurahan|kel"
    r"|kecamatan|kec|desa|kota|kabupaten|kab|provinsi|dinas|badan|kantor|bank|koperasi|yayasan|panti|terminal|halte"
    r"|stasiun|bandara|sungai|sei|danau|pantai|lapangan|gedung|museum|spbu|bengkel|salon|cafe|kafe|restoran|depot"
    r"|perumahan|komplek|kompleks|usaha|industri|pabrik|pos|polsek|polres|koramil|medan)\b"
)
_PERSON = re.compile(
    r"(?i)\b(bin|binti|br|boru|siti|nur|muhammad|mhd|muh|moh|ahmad|abdul|nasution|siregar|harahap|lubis|sinaga|simanjuntak"
    r"|simbolon|sitorus|manurung|hutapea|ginting|sembiring|tarigan|karo|purba|saragih|damanik|pane|pohan|batubara|daulay"
    r"|hasibuan|pulungan|rangkuti|situmorang|nainggolan|panjaitan|silalahi|sihombing|tambunan|marpaung|hutabarat|dewi|sri"
    r"|putri|putra|rahman|hidayat|wati|ningsih|susanto|wijaya|setiawan|santoso|kurniawan|gunawan|lestari|rahayu|yanti"
    r"|maria|yohanes|budi|agus|rina|andi|eko|dian|ayu|indah|fitri|yusuf|ibrahim|ismail|hasan|ali|umar)\b"
)


def decodes(digits: str) -> bool:
    """Whether 16 digits are built like a NIK or the number of a family card; a random number is in 0.7 %."""
    if len(digits) != 16 or digits[:2] not in PROVINCES or digits[12:] == "0000":
        return False
    city, district = int(digits[2:4]), int(digits[4:6])
    day, month = int(digits[6:8]), int(digits[8:10])
    day -= 40 if day > 40 else 0
    longest = 29 if month == 2 else 30 if month in (4, 6, 9, 11) else 31
    return (1 <= city <= 30 or 71 <= city <= 79) and 1 <= district <= 75 and 1 <= month <= 12 and 1 <= day <= longest


def ids_in(text: str) -> tuple[int, int]:
    """How many numbers of 16 digits stand in a text, and how many of them decode.

    Digits may be parted by spaces, dots or hyphens the way people part a NIK; a longer run of digits is another
    number, and 98.67223456789012 is a coordinate.
    """
    seen = good = 0
    for match in _RUN.finditer(text):
        run = match[0]
        before, after = text[: match.start()][-1:], text[match.end() :][:1]
        if before.isalpha() or after.isalpha() or before in "/_" or (after in "/_" and after):
            if before and (before.isalpha() or before in "/_"):
                continue
            if after and (after.isalpha() or after == "_"):
                continue
        digits = re.sub(r"[ .\-]", "", run)
        if len(digits) < 16:
            continue
        for candidate in _sixteens(run):
            seen += 1
            good += decodes(candidate)
    return seen, good


def _sixteens(run: str) -> list[str]:
    """The numbers of 16 digits in a run of digits with separators: the run itself, or whole pieces of it."""
    found = []
    for piece in [run] if _grouped(run) else re.split(r" ", run):
        groups = re.split(r"[ .\-]", piece)
        if tuple(len(group) for group in groups) in _GROUPS:
            found.append("".join(groups))
    return found


def _grouped(run: str) -> bool:
    return tuple(len(group) for group in re.split(r"[ .\-]", run)) in _GROUPS


def is_phone(value: str) -> bool:
    """Whether a whole cell is a phone number as it is dialled in Indonesia."""
    digits = re.sub(r"[ \-.()]", "", value)
    return bool(_MOBILE.match(digits) or _LANDLINE.match(digits)) and (digits[0] in "+0" or digits.startswith("62"))


def is_bare_mobile(value: str) -> bool:
    """A mobile number that lost its first zero, as Excel writes it: 81234567890."""
    return bool(re.fullmatch(r"8[1-9][0-9]{8,10}(\.0)?", value))


def phones_in(text: str) -> int:
    """How many phone numbers are dialled within a text."""
    found = 0
    for match in _PHONE.finditer(text):
        digits = re.sub(r"[^0-9+]", "", match[0]).replace("+620", "0").replace("+62", "0")
        found += 9 <= len(digits) <= 13 and not re.search(r"[0-9][.][0-9]{3}[.][0-9]{3}$", match[0])
    return found


def emails_in(text: str) -> tuple[int, int]:
    """How many e-mail addresses stand in a text, and how many of them are an office's."""
    found = office = 0
    for match in _EMAIL.finditer(text):
        found += 1
        office += bool(_OFFICE_DOMAIN.search(match[1]) or _OFFICE_BOX.match(match[0]))
    return found, office


def key_of(name: str) -> str:
    """A column name as the patterns here know it: ``No. HP/WA`` → ``no_hp_wa``."""
    return re.sub(r"[^a-z0-9]+", "_", name.casefold()).strip("_")


def means_id(key: str) -> bool:
    """A column named after NIK or family card, and not after how many have one."""
    return bool(_ID_HEADER.search(key)) and not _NOT_ID_HEADER.search(key) and not key.startswith("nama")


def means_phone(key: str) -> bool:
    return bool(_PHONE_HEADER.search(key)) and not _NOT_ID_HEADER.search(key)


def means_office(key: str) -> bool:
    return bool(_OFFICE_HEADER.search(key))


def means_code(key: str) -> bool:
    return bool(_CODE_HEADER.search(key))


def means_person(key: str) -> bool:
    return bool(_PERSON_HEADER.search(key))


def means_name(key: str) -> bool:
    return bool(_PLAIN_NAME.match(key))


def means_address(key: str) -> bool:
    return bool(_ADDRESS_HEADER.search(key)) and not _OFFICE_HEADER.search(key)


def means_birth(key: str) -> bool:
    return bool(_BIRTH_HEADER.search(key))


def means_sex(key: str) -> bool:
    return bool(_SEX_HEADER.match(key))


def like_place(value: str) -> bool:
    """A name that begins like that of a school, a shop, a street."""
    return bool(_PLACE.match(value.strip()))


def like_person(value: str) -> bool:
    """A name with a word that names of people in Sumatra and elsewhere in Indonesia have."""
    return bool(_PERSON.search(value)) and not like_place(value)


def holds_private(text: str) -> bool:
    """Whether a text, a column name for instance, must not be repeated in a message."""
    return bool(ids_in(text)[1] or phones_in(text) or is_phone(text) or emails_in(text)[0])
