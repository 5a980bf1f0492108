"""Actions: import BPS forms with a preview, watch it, carry it out; export forms."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any

import ckantoolkit as tk
from ckan import model

from ckanext.satudata.listing import refuse_unknown

from . import exporting, jobs, safety, service, telling
from .model import FormImport, counts
from .problems import Refused, told


def satudata_forms_import(context: dict[str, Any], data_dict: dict[str, Any]) -> dict[str, Any]:
    """Read a workbook of BPS forms (MS-Keg, MS-Var, MS-Ind) and say what would become of each item.

    Nothing of the portal's data is written before ``satudata_forms_import_run``, or ``dry_run=false`` here.

    :param upload: the workbook (.xlsx or .xlsm), as a file of a multipart request
    :param organization_id: who produces what is new; what is updated belongs to it already
    :param dry_run: only the preview (default true); with false it is carried out at once, by a background job
    :param background: with ``dry_run=false``: false does the work before answering (default true)
    :returns: as ``satudata_forms_import_show``
    :raises ValidationError: on ``upload``, saying why the file cannot be read and how to mend it
    :raises NotAuthorized: no editor of that organization
    """
    refuse_unknown(data_dict, ("upload", "organization_id", "dry_run", "background"))
    organization = model.Group.get(str(tk.get_or_bust(data_dict, "organization_id")))
    if organization is None or not organization.is_organization:
        raise tk.ObjectNotFound(tk._("Organization not found"))
    tk.check_access("satudata_forms_import", context, {"organization_id": organization.id})
    user = context.get("auth_user_obj") or model.User.get(context.get("user") or "")
    if not isinstance(user, model.User):
        raise tk.NotAuthorized(tk._("Log in first."))
    name, data = _uploaded(data_dict.get("upload"))
    try:
        made = service.preview(user, organization, name, data)
    except Refused as refused:
        said = told(refused.problem.as_dict())
        raise tk.ValidationError({"upload": [f"{said['message']} {said['fix']}".strip()]}) from refused
    if not tk.asbool(data_dict.get("dry_run", True)):
        _start(made, tk.asbool(data_dict.get("background", True)))
    return telling.shown(model.Session.get(FormImport, made.id, populate_existing=True))


def _uploaded(upload: Any) -> tuple[str, bytes]:
    """Name and bytes of what was uploaded: a file of a request, an open file or bytes.

    :raises ValidationError: nothing, or too much
    """
    name = str(getattr(upload, "filename", None) or getattr(upload, "name", None) or "")
    stream = getattr(upload, "stream", upload)
    if isinstance(upload, (bytes, bytearray)):
        stream = io.BytesIO(bytes(upload))
    if stream is None or isinstance(stream, str) or not hasattr(stream, "read"):
        raise tk.ValidationError({"upload": [tk._("Choose the workbook to be read")]})
    try:
        return name.replace("\\", "/").rsplit("/", 1)[-1], safety.taken(stream)
    except Refused as refused:
        said = told(refused.problem.as_dict())
        raise tk.ValidationError({"upload": [f"{said['message']} {said['fix']}"]}) from refused


def _start(made: FormImport, background: bool) -> None:
    import_id = made.id
    service.begin(made)
    # With nothing to do there is nothing to wait for.
    if not (background and counts(import_id).waiting and jobs.enqueue(import_id)):
        service.work(import_id)


@tk.side_effect_free
def satudata_forms_import_show(context: dict[str, Any], data_dict: dict[str, Any]) -> dict[str, Any]:
    """What an upload of forms would change, or has changed.

    :param id: id of the import
    :returns: ``{"id", "filename", "organization_id", "created_at", "started", "finished", "total", "fates":
        {"create", "update", "unchanged", "refused"}, "waiting", "done", "failed", "problems", "count", "results"}``;
        each result ``{"place", "kind", "title", "sheet", "row", "fate", "status", "package_id", "changes", "problems",
        "errors"}``, each problem ``{"severity", "where", "sheet", "cell", "message", "fix"}``
    :raises NotAuthorized: somebody else uploaded it
    :raises ObjectNotFound: there is none, or its time is over
    """
    refuse_unknown(data_dict, ("id",))
    return telling.shown(_import(context, data_dict, "satudata_forms_import_show"))


def satudata_forms_import_run(context: dict[str, Any], data_dict: dict[str, Any]) -> dict[str, Any]:
    """Carry a preview out: each item by package_create or package_patch, as the person who uploaded it.

    Called again it does what still waits; nothing is done twice.

    :param id: id of the import
    :param background: leave it to a background job and answer at once (default true)
    :returns: as ``satudata_forms_import_show``
    :raises NotAuthorized: somebody else uploaded it
    :raises ObjectNotFound: there is none, or its time is over
    """
    refuse_unknown(data_dict, ("id", "background"))
    made = _import(context, data_dict, "satudata_forms_import_run")
    _start(made, tk.asbool(data_dict.get("background", True)))
    return telling.shown(model.Session.get(FormImport, made.id, populate_existing=True))


def _import(context: dict[str, Any], data_dict: dict[str, Any], auth: str) -> FormImport:
    made = model.Session.get(FormImport, str(tk.get_or_bust(data_dict, "id")))
    if made is None:
        raise tk.ObjectNotFound(tk._("There is no such import; previews are kept for some days only."))
    tk.check_access(auth, context, {"id": made.id})
    return made


@tk.side_effect_free
def satudata_forms_export(context: dict[str, Any], data_dict: dict[str, Any]) -> dict[str, Any]:
    """Where the forms of activities and indicators can be downloaded, as Excel and PDF.

    :param ids: ids or names of packages of type ``kegiatan`` or ``indikator`` (a list, or text parted by commas);
        at most 500
    :param edition: ``later`` (default) or ``2021``, which has no place for what only the later one asks
    :returns: ``{"count", "edition", "files": [{"format", "mimetype", "filename", "url"}]}``; the addresses answer to
        whoever may see the packages, with the same key
    :raises NotAuthorized: one of them is not for this reader
    :raises ObjectNotFound: there is no such package
    :raises ValidationError: none, too many, another type, an unknown edition
    """
    refuse_unknown(data_dict, ("ids", "edition"))
    tk.check_access("satudata_forms_export", context, {})
    edition = exporting.edition_of(data_dict.get("edition"))
    given = data_dict.get("ids") or []
    ids = given if isinstance(given, list) else [part.strip() for part in str(given).split(",") if part.strip()]
    found = exporting.packages(context, [str(each) for each in ids])
    names = [package["name"] for package in found]
    return {
        "count": len(found),
        "edition": edition,
        "files": [
            {
                "format": file_format,
                "mimetype": mimetype,
                "filename": exporting.filename(found, file_format),
                "url": tk.url_for("satudata_forms.export", file_format=file_format, id=names, edition=edition,
                                  qualified=True),
            }
            for file_format, mimetype in exporting.FORMATS.items()
        ],
    }  # fmt: skip


ACTIONS: dict[str, Callable[..., Any]] = {
    "satudata_forms_export": satudata_forms_export,
    "satudata_forms_import": satudata_forms_import,
    "satudata_forms_import_run": satudata_forms_import_run,
    "satudata_forms_import_show": satudata_forms_import_show,
}
