"""The code BPS gives an activity (MS-Keg 0.3, *diisi oleh petugas*): entered by the pembina, kept from everybody else.

It is no content of the producer: like the priority flags it is set beside the content, in any state, with an event of
its own, and stands outside of what an approval is about.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import ckantoolkit as tk
from ckan import model

from ckanext.satudata import listing
from ckanext.satudata.standards import service as standards

from . import aftermath, cases, service
from .errors import invalid, refuse
from .people import Actor, actor_of
from .revision.marks import is_copy

CODE = "kode_kegiatan"
LONGEST = 50


def may_fill(actor: Actor, organization_id: str | None, jenis_data: str) -> bool:
    """Whether this person fills in what BPS fills in: the pembina over the owner, and the portal admin."""
    return actor.sysadmin or bool(actor.bodies("pembina", organization_id, jenis_data))


def check(
    actor: Actor,
    context: dict[str, Any],
    data_dict: dict[str, Any],
    stored: Mapping[str, Any],
    package_type: str | None,
    open_to: bool,
) -> None:
    """Leave what BPS fills in as it is stored, unless this person fills it in. In place.

    :param open_to: whether content is open to this actor, and it is no working copy: those take the code of their
        activity when they are published
    :raises ValidationError: keyed by the field, where a producer says something else
    """
    if actor.trusted or actor.program:
        return
    owner = str(data_dict.get("owner_org") or "")
    organization = model.Group.get(owner) if owner else None
    kind = str(data_dict.get("jenis_data") or stored.get("jenis_data") or "statistik")
    if open_to and may_fill(actor, organization.id if organization else None, kind):
        for name in standards.officer.fields(package_type):
            if name not in data_dict and stored.get(name):
                data_dict[name] = stored[name]
        return
    at_fault = standards.officer.not_theirs(package_type, data_dict, stored)
    if at_fault:
        package_id = data_dict.get("id") if stored else None
        # Whoever CKAN itself refuses hears CKAN's answer.
        asked = {"id": package_id} if package_id else {"owner_org": owner, "type": package_type}
        tk.check_access("package_update" if package_id else "package_create", context, asked)
        raise tk.ValidationError({name: [_refusal(values)] for name, values in at_fault.items()})
    standards.officer.keep(package_type, data_dict, stored)


def _refusal(values: list[str]) -> str:
    return tk._(
        "An officer of BPS gives this code: leave “{values}” out. The pembina enters it, and it then stands here."
    ).format(values="; ".join(values)[:200])


def satudata_activity_code_set(context: dict[str, Any], data_dict: dict[str, Any]) -> dict[str, Any]:
    """Enter the code BPS gave an activity (MS-Keg 0.3, filled in by an officer).

    :param id: id or name of the activity
    :param kode_kegiatan: the code, or empty to clear it
    :returns: ``{"package_id", "kode_kegiatan"}``
    :raises NotAuthorized: the caller is no pembina over it
    """
    listing.refuse_unknown(data_dict, {"id", CODE})
    tk.check_access("satudata_activity_code_set", context, data_dict)
    package_id = tk.get_or_bust(data_dict, "id")
    code = _code(data_dict)
    actor = actor_of(context)
    case = cases.lock(package_id)
    bodies = actor.bodies("pembina", case.review.organization_id, case.jenis_data)
    if not bodies and not actor.sysadmin:
        raise refuse(tk._("Only the pembina of this organization enters what BPS fills in."))
    if CODE not in standards.officer.fields(case.package.type):
        raise invalid(CODE, tk._("This type has no such field."))
    if is_copy(case.package):
        raise invalid("id", tk._("Enter it at the published activity: its working copy takes it from there."))
    stored = dict(case.package.extras or {})
    if (stored.get(CODE) or "") != code:
        stored = {key: value for key, value in stored.items() if key != CODE} | ({CODE: code} if code else {})
        case.package.extras = stored
        service.touch(case.package)
        case.review.version += 1
        service.record(
            actor, case.review, case.package, "activity_code",
            body_id=bodies[0] if bodies else None, comment=f"{CODE}: {code or '–'}",
        )  # fmt: skip
        model.Session.commit()
        aftermath.reindex_or_enqueue(case.package.id)
    else:
        model.Session.rollback()
    return {"package_id": case.package.id, CODE: code or None}


def _code(data_dict: dict[str, Any]) -> str:
    if CODE not in data_dict:
        raise invalid(CODE, tk._("Missing value"))
    value = data_dict[CODE]
    code = " ".join(value.split()) if isinstance(value, str) else "" if value is None else None
    if code is None or len(code) > LONGEST or not code.isprintable():
        raise invalid(CODE, tk._("Give the code as text of at most {most} characters.").format(most=LONGEST))
    return code


def satudata_activity_code_set_auth(context: dict[str, Any], data_dict: dict[str, Any]) -> dict[str, Any]:
    """The pembina over the owner; asked with ``id``, or for a new activity with ``owner_org``."""
    package = model.Package.get(data_dict["id"]) if isinstance(data_dict.get("id"), str) else None
    owner = package.owner_org if package is not None else data_dict.get("owner_org")
    if owner is None or not actor_of(context).id:
        return {"success": bool(actor_of(context).id)}  # the action says what there is not
    kind = str((package.extras or {}).get("jenis_data") or "statistik") if package is not None else "statistik"
    if may_fill(actor_of(context), owner, kind):
        return {"success": True}
    return {"success": False, "msg": tk._("Only the pembina of this organization enters what BPS fills in.")}
