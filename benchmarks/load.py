"""Fill one side of a comparison: ``python -m benchmarks.load INI COUNT``, run in a process of its own.

The same organizations, people and datasets on both sides. Where ``satudata`` is loaded the datasets are published the
way people do it (submit, forward, publish); on the plain side they are simply public. Prints, as one line of JSON, the
tokens and names the measurement needs.
"""

from __future__ import annotations

import json
import sys
from typing import Any

from ckanext.satudata.principles import PRINCIPLES

ORGANIZATIONS = 10


def dataset(name: str, organization: str, number: int) -> dict[str, Any]:
    """A dataset as an officer fills it in: every field that submission asks for, and one resource by its address."""
    return {
        "name": name,
        "title": f"Jumlah penduduk menurut jenis kelamin, bagian {number}",
        "notes": "Banyaknya penduduk yang tercatat menurut jenis kelamin dan kelurahan pada akhir tahun. " * 4,
        "owner_org": organization,
        "private": True,
        "license_id": "cc-by",
        "tags": [{"name": "penduduk"}, {"name": "kelurahan"}, {"name": f"tahun {2000 + number % 25}"}],
        "konsep": "Penduduk adalah semua orang yang berdomisili di wilayah Republik Indonesia.",
        "definisi": "Orang yang tercatat dalam administrasi kependudukan pada akhir Desember.",
        "klasifikasi": "Jenis kelamin: laki-laki dan perempuan.",
        "ukuran": "Jumlah",
        "satuan": "Orang",
        "urusan": "2.12",
        "jenis_data": "statistik",
        "frekuensi": "tahunan",
        "jadwal_rilis": "2026-03-15",
        "periode_awal": "2025-01",
        "periode_akhir": "2025-12",
        "tahun": "2025",
        "tingkat_penyajian": "kelurahan_desa",
        "cakupan_wilayah": "12.71",
        "status_angka": "tetap",
        "sumber": "Registrasi penduduk",
        "metodologi": "Kompilasi produk administrasi",
        "accesslevel": "terbuka",
        "maintainer": "Petugas data",
        "maintainer_email": "data@example.com",
        "resources": [
            {
                "name": "Tabel",
                "url": f"https://example.com/tabel-{number}.csv",
                "format": "CSV",
                "description": "Satu baris per kelurahan.",
            }
        ],
    }


def fill(count: int) -> dict[str, Any]:
    """Make people, organizations and ``count`` public datasets."""
    from ckan import model, plugins
    from ckan.logic import get_action

    reviewed = plugins.plugin_loaded("satudata")
    site = get_action("get_site_user")({"ignore_auth": True}, {})["name"]

    def call(name: str, user: str = site, /, **data: Any) -> Any:
        context: dict[str, Any] = {
            "user": user,
            "auth_user_obj": model.User.get(user),
            "ignore_auth": user == site,
        }
        return get_action(name)(context, data)

    def person(name: str, **data: Any) -> str:
        call("user_create", name=name, email=f"{name}@example.com", password="only-for-comparisons", **data)
        return str(call("api_token_create", user=name, name="measure")["token"])

    producer, custodian = person("produsen"), person("walidata")
    organizations = []
    for number in range(ORGANIZATIONS):
        made = call("organization_create", name=f"kelurahan-{number}", title=f"Kelurahan {number}")
        organizations.append(made["id"])
        call("member_create", id=made["id"], object="produsen", object_type="user", capacity="editor")
    office = call("organization_create", name="kominfo", title="Dinas Kominfo")["id"]
    call("member_create", id=office, object="walidata", object_type="user", capacity="editor")
    if reviewed:
        call("satudata_role_grant", organization_id=office, role="custodian")

    results = {name: {"conforms": True} for name in PRINCIPLES}
    for number in range(count):
        data = dataset(f"penduduk-{number}", organizations[number % ORGANIZATIONS], number)
        if not reviewed:
            call("package_create", "produsen", **{**data, "private": False})
            continue
        made = call("package_create", "produsen", **data)
        call("satudata_review_transition", "produsen", id=made["id"], action="submit")
        forward = {"action": "forward", "principle_results": results}
        call("satudata_review_transition", "walidata", id=made["id"], **forward)
        call("satudata_review_transition", "walidata", id=made["id"], action="publish")
    return {"producer": producer, "custodian": custodian, "organizations": organizations}


def main() -> int:
    from ckan.cli import load_config
    from ckan.config.middleware import make_app

    ini, count = sys.argv[1], int(sys.argv[2])
    application = make_app(load_config(ini))
    with application._wsgi_app.test_request_context():  # type: ignore[attr-defined]
        print(json.dumps(fill(count)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
