"""Makers of test data; those of CKAN, plus what our rooms need."""

from __future__ import annotations

import copy
from typing import Any

from ckan.tests import factories


def officer(organization: dict[str, Any], capacity: str = "editor", **kwargs: Any) -> dict[str, Any]:
    """A user who is a direct member of that organization with that capacity."""
    from ckan.tests.helpers import call_action

    user = factories.User(**kwargs)
    call_action("member_create", id=organization["id"], object=user["id"], object_type="user", capacity=capacity)
    return user


def submittable(organization: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """A package dict with nothing left to complete: what a careful producer of a kelurahan would fill in.

    With ``type`` *kegiatan* or *indikator* the form of that type.
    """
    name = factories.Dataset.stub().name
    if changes.get("type") in ("kegiatan", "indikator"):
        from ckanext.satudata.tests.activities import ACTIVITY, INDICATOR

        filled = ACTIVITY if changes["type"] == "kegiatan" else INDICATOR
        return {**copy.deepcopy(filled), "name": name, "owner_org": organization["id"], **changes}
    package = {
        "name": name,
        "title": "Jumlah penduduk menurut jenis kelamin",
        "notes": "Jumlah penduduk kelurahan menurut jenis kelamin pada akhir tahun, dari register warga.",
        "owner_org": organization["id"],
        "tags": [{"name": "penduduk"}, {"name": "kelurahan"}],
        "urusan": "2.12",
        "jenis_data": "statistik",
        "konsep": "Penduduk",
        "definisi": "Orang yang berdomisili di wilayah kelurahan selama enam bulan atau lebih.",
        "klasifikasi": "Jenis kelamin",
        "ukuran": "Jumlah",
        "satuan": "jiwa",
        "tahun": "2024",
        "periode_awal": "2024-01-01",
        "periode_akhir": "2024-12-31",
        "frekuensi": "tahunan",
        "jadwal_rilis": "2025-03-01",
        "tingkat_penyajian": "kelurahan",
        "cakupan_wilayah": "12.71.10.1001",
        "status_angka": "tetap",
        "sumber": "Register penduduk kelurahan",
        "metodologi": "Pencatatan register",
        "accesslevel": "terbuka",
        "license_id": "cc-by",
        "maintainer": "Seksi Pemerintahan",
        "maintainer_email": "data@kelurahan.example",
        "resources": [{"url": "https://example.com/penduduk.csv", "name": "Penduduk 2024", "format": "CSV"}],
    }
    package.update(changes)
    return package
