"""How a cell looks: patterns in the dialect of polars, and names of columns that have a part to play."""

from __future__ import annotations

INTEGER = r"^[+-]?[0-9]+$"
POINT = r"^[+-]?[0-9]*\.[0-9]+(?:[eE][+-]?[0-9]+)?$"
SCIENTIFIC = r"^[+-]?[0-9]+(?:[.,][0-9]+)?[eE][+-]?[0-9]+$"
COMMA = r"^[+-]?[0-9]+,[0-9]+$"
DOTS = r"^[+-]?[0-9]{1,3}(?:\.[0-9]{3}){2,}(?:,[0-9]+)?$|^[+-]?[0-9]{1,3}\.[0-9]{3},[0-9]+$"
COMMAS = r"^[+-]?[0-9]{1,3}(?:,[0-9]{3}){2,}(?:\.[0-9]+)?$|^[+-]?[0-9]{1,3},[0-9]{3}\.[0-9]+$"
UNIT = r"^(?:Rp\.? ?)?[+-]?[0-9][0-9.,]* ?(?:%|[A-Za-z²³/]{1,12}\.?)$|^Rp\.? ?[0-9][0-9.,]*$"
PERIOD = r"^[0-9]{4}(?:-(?:(?:0[1-9]|1[0-2])(?:-[0-3][0-9])?|Q[1-4]|S[12]))?$"
DATE = r"^[0-9]{4}-[01][0-9]-[0-3][0-9](?:[T ][0-9:.]+Z?)?$"
LOOSE = (
    r"(?i)^(?:[0-3]?[0-9][ /.\-])?(?:jan|feb|mar|apr|mei|may|jun|jul|agu|ags|aug|sep|okt|oct|nov|des|dec)[a-z]*\.?"
    r"[ /.\-]*(?:[0-9]{2}|[0-9]{4})$"
    r"|^[0-3]?[0-9][/.\-][01]?[0-9][/.\-](?:[0-9]{2}|[0-9]{4})$|^[01]?[0-9][/\-][0-9]{4}$|^[0-9]{4}/[0-9]{2,4}$"
    r"|^(?:tahun|thn|ta|t\.a\.?|tw|triwulan|trw|q|semester|smt|kuartal)[ .\-]*[ivx0-9]*[ ,/.\-]*(?:tahun )?[0-9]{4}$"
    r"|^(?:i|ii|iii|iv|[1-4])[ /\-](?:[0-9]{4})$|^[0-9]{6}$|^[0-9]{4}[01][0-9][0-3][0-9]$"
)
MONTH = r"(?i)^(?:januari|februari|maret|april|mei|juni|juli|agustus|september|oktober|november|desember)$"
CODE = r"^[0-9]{2}(?:\.[0-9]{1,2}(?:\.[0-9]{1,2}(?:\.[0-9]{1,4})?)?)?$|^[0-9]{2,13}$"
PHONE_START = r"(?:\+ ?62|62|0)[ \-.]?[0-9(]|\(0[0-9]"
DIALLED = r"^\(?(?:\+ ?62|62|0)[0-9 \-.()]{7,}$|^8[1-9][0-9]{8,11}(?:\.0)?$"
ANY_CODE = r"^[0-9]+(?:\.[0-9]+){2,}$"

ROLES = {
    "nilai": ("nilai", "value", "nilai_indikator"),
    "periode": ("periode", "period", "tahun", "year", "bulan", "triwulan", "semester", "tanggal", "waktu"),
    "kode_bps": ("kode_bps", "bps_kode", "kode_wilayah_bps", "bps_kode_kabupaten_kota", "kode_desa_bps"),
    "kode_wilayah": (
        "kode_wilayah", "kode_kemendagri", "kemendagri_kode", "kode_kelurahan", "kode_kecamatan", "kode_desa",
        "kode_kota", "kode_kabupaten", "kode_kabupaten_kota", "kode_provinsi", "kode_wilayah_kemendagri", "kode_kel",
        "kode_kec", "kode_daerah", "kemendagri_kode_kelurahan", "kemendagri_kode_kecamatan",
        "kemendagri_kode_kabupaten_kota", "kemendagri_kode_provinsi",
    ),
}  # fmt: skip
ROLE_OF = {name: role for role, names in ROLES.items() for name in names}
