"""What an organization usually writes: proposed in a new form, never in place of what somebody has typed.

From the organization's own page (address, telephone, e-mail), from its place in the tree (region code, level), and
from what it wrote last in the same field. Nothing of another organization's is ever proposed.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import ckantoolkit as tk
import sqlalchemy as sa
from ckan import model
from flask import g, has_request_context, request

from ckanext.satudata.regions import service as regions
from ckanext.satudata.standards import registry

#: Newest packages of the organization that are looked at.
LOOKED_AT = 20
#: Field → where its proposal comes from, first to last. A schema may say so itself: ``sdi_default_from: [last]``.
FROM: dict[str, tuple[str, ...]] = {
    "maintainer": ("last", "title"),
    "maintainer_email": ("last", "email"),
    "license_id": ("last",),
    "tingkat_penyajian": ("last", "level"),
    "cakupan_wilayah": ("last", "code"),
    "instansi_penyelenggara": ("last", "title"),
    "alamat_penyelenggara": ("address", "last"),
    "telepon_penyelenggara": ("phone", "last"),
    "email_penyelenggara": ("email", "last"),
    "faks_penyelenggara": ("fax", "last"),
    "eselon1": ("last",),
    "eselon2": ("last",),
    "pj_jabatan": ("last",),
    "pj_alamat": ("last", "address"),
    "pj_telepon": ("last", "phone"),
    "pj_email": ("last", "email"),
    "pj_faks": ("last", "fax"),
}
#: Names under which organizations keep such things among their extras.
EXTRAS = {
    "address": ("alamat", "address"),
    "phone": ("telepon", "telp", "phone", "telephone"),
    "email": ("surel", "email", "e-mail"),
    "fax": ("faks", "faksimile", "fax"),
}
LEVELS = {
    "provinsi": "provinsi",
    "kota": "kabupaten_kota",
    "kabupaten": "kabupaten_kota",
    "perangkat_daerah": "kabupaten_kota",
    "kecamatan": "kecamatan",
    "kelurahan": "kelurahan_desa",
    "desa": "kelurahan_desa",
}
_COLUMNS = ("maintainer", "maintainer_email", "license_id")


def of(organization_id: str, package_type: str) -> dict[str, dict[str, str]]:
    """What this organization would write in a new package of that type; a handful of queries, whatever its size.

    :returns: ``{field: {"value", "source"}}``; ``source`` is ``organization``, ``region`` or ``last``
    """
    organization = model.Group.get(organization_id)
    fields = registry.fields_of(package_type)
    asked = {name: tuple(declared.get("sdi_default_from") or FROM.get(name, ())) for name, declared in fields.items()}
    asked = {name: sources for name, sources in asked.items() if sources}
    if organization is None or not asked:
        return {}
    known = _known(organization)
    last = _last(organization.id, package_type, [name for name, sources in asked.items() if "last" in sources])
    found: dict[str, dict[str, str]] = {}
    for name, sources in asked.items():
        for source in sources:
            value = last.get(name) if source == "last" else known.get(source)
            if value and _allowed(fields[name], value):
                kind = "last" if source == "last" else "region" if source in ("code", "level") else "organization"
                found[name] = {"value": value, "source": kind}
                break
    return found


def _known(organization: model.Group) -> dict[str, str]:
    extras = {str(key).strip().lower(): str(value or "").strip() for key, value in (organization.extras or {}).items()}
    known = {part: next((extras[name] for name in names if extras.get(name)), "") for part, names in EXTRAS.items()}
    known["title"] = str(organization.title or "")
    place = regions.region_of(organization.id) or {}
    known["level"] = LEVELS.get(place.get("kind") or "", "")
    known["code"] = place.get("kode_kemendagri") or ""
    if not known["code"]:
        # An office has no code of its own: that of the city or kecamatan it works for.
        for ancestor in regions.ancestor_ids(organization.id)[1:]:
            above = regions.region_of(ancestor) or {}
            if above.get("kode_kemendagri"):
                known["code"] = above["kode_kemendagri"]
                break
    return known


def _last(organization_id: str, package_type: str, names: list[str]) -> dict[str, str]:
    package = model.Package
    statement = (
        sa.select(package.extras, *(getattr(package, column) for column in _COLUMNS))
        .where(
            package.owner_org == organization_id,
            package.type == package_type,
            package.state.in_((model.State.ACTIVE, "draft")),
        )
        .order_by(package.metadata_modified.desc())
        .limit(LOOKED_AT)
    )
    found: dict[str, str] = {}
    for row in model.Session.execute(statement):
        values = {**(row.extras or {}), **{column: getattr(row, column) for column in _COLUMNS}}
        for name in names:
            value = values.get(name)
            if name not in found and isinstance(value, str) and value.strip():
                found[name] = value.strip()
    return found


def _allowed(declared: Mapping[str, Any], value: str) -> bool:
    choices = declared.get("choices")
    return not choices or value in {str(choice["value"]) for choice in choices}


def into_form(package_type: str, data: dict[str, Any]) -> None:
    """Fill the proposals into a form that is opened for a new package; what is there already, even empty, stays.

    Only where it is opened: what comes back after an error is what somebody typed.
    """
    organization_id = data.get("owner_org")
    if not has_request_context() or request.method != "GET" or data.get("id") or not organization_id:
        return
    try:
        tk.check_access("satudata_defaults_show", {"user": g.get("user") or ""}, {"organization_id": organization_id})
    except tk.NotAuthorized:
        return
    filled = {}
    for name, proposal in of(organization_id, package_type).items():
        if name not in data:
            data[name] = proposal["value"]
            filled[name] = proposal["source"]
    g.satudata_defaults = filled
