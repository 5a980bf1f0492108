"""Actions about the next edition of something, and about what an organization usually writes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import ckantoolkit as tk
from ckan import model

from ckanext.satudata.listing import refuse_unknown
from ckanext.satudata.standards import registry
from ckanext.satudata.standards.editions import defaults, marks, service
from ckanext.satudata.texts import no_text

#: What a person may say otherwise than proposed; everything else is mended in the form.
CHANGEABLE = ("title", "seri", "tahun", "periode_awal", "periode_akhir")
MOST_MONTHS = 1200


@tk.side_effect_free
def satudata_edition_preview(context: dict[str, Any], data_dict: dict[str, Any]) -> dict[str, Any]:
    """Say what the next edition of a dataset, an activity or an indicator would take over; nothing is written.

    :param id: id or name of the earlier one
    :param months: how many months on (optional; from period and frequency, else a year)
    :returns: ``values``, ``proposed``, ``left_out``, ``months``, ``seri``, ``series_missing``, ``exists``
    :raises ObjectNotFound: there is no such package
    :raises NotAuthorized: no editor of the organization that produces it
    :raises ValidationError: a working copy, a deleted package, an unknown parameter
    """
    refuse_unknown(data_dict, ("id", "months"))
    tk.check_access("satudata_edition_preview", context, _known(data_dict))
    return service.preview(_source(data_dict["id"]), _months(data_dict))


def satudata_edition_create(context: dict[str, Any], data_dict: dict[str, Any]) -> dict[str, Any]:
    """Make the next edition of a dataset, or a copy of last year's activity or indicator, as a draft.

    Metadata and rows are copied; never figures, files, recommendation, codes given by BPS, or who it was.

    :param id: id or name of the earlier one
    :param months: how many months on (optional)
    :param title: instead of the one proposed; likewise ``seri``, ``tahun``, ``periode_awal``, ``periode_akhir``
    :returns: the new package, with ``satudata_series`` (``filled``: also written to the earlier one; ``closed``: the
        earlier one has no series and is closed to changes; ``kept``: it has one)
    :raises ValidationError: that edition exists; a value is refused; a working copy; an unknown parameter
    :raises NotAuthorized: no editor of the organization that produces it
    """
    refuse_unknown(data_dict, ("id", "months", *CHANGEABLE))
    tk.check_access("satudata_edition_create", context, _known(data_dict))
    # Two presses of one button: the second waits here, and finds the edition made.
    source_id = model.Package.get(data_dict["id"]).id
    model.Session.query(model.Package).filter_by(id=source_id).populate_existing().with_for_update().one()
    source = _source(data_dict["id"])
    plan = service.preview(source, _months(data_dict))
    fields = registry.fields_of(source.get("type"))
    for name in CHANGEABLE:
        given = data_dict.get(name)
        if isinstance(given, (list, dict, bool)):
            raise tk.ValidationError({name: no_text()})
        if given is not None and str(given).strip() and name in fields:
            plan["values"][name] = str(given).strip()
    if not str(plan["values"].get("title") or "").strip():
        raise tk.ValidationError({"title": [tk._("Give the new edition a title")]})
    made = service.create(context, source, plan)
    return {**made, "satudata_series": _series_of_source(context, source, plan)}


def _series_of_source(context: dict[str, Any], source: dict[str, Any], plan: dict[str, Any]) -> str:
    """Write the series to the earlier edition too, where it is open to this person."""
    if not plan["series_missing"]:
        return "kept"
    try:
        tk.get_action("package_patch")(
            tk.fresh_context(context), {"id": source["id"], "seri": plan["values"].get("seri") or plan["seri"]}
        )
    except (tk.NotAuthorized, tk.ValidationError):
        model.Session.rollback()
        return "closed"
    return "filled"


def satudata_proposals_confirm(context: dict[str, Any], data_dict: dict[str, Any]) -> dict[str, Any]:
    """Say that the proposed values of a draft have been looked at; they are marked no longer.

    :param id: id or name of the package
    :returns: ``{"id": …}``
    """
    refuse_unknown(data_dict, ("id",))
    tk.check_access("satudata_proposals_confirm", context, _known(data_dict))
    package = model.Package.get(data_dict["id"])
    marks.clear(package.id)
    model.Session.commit()
    return {"id": package.id}


@tk.side_effect_free
def satudata_defaults_show(context: dict[str, Any], data_dict: dict[str, Any]) -> dict[str, Any]:
    """Say what an organization would usually write in a new package.

    :param organization_id: its id or name
    :param type: ``dataset`` (default), ``kegiatan``, ``indikator`` or a type of the portal's own
    :returns: ``{field: {"value", "source"}}``, ``source`` being ``organization``, ``region`` or ``last``
    :raises NotAuthorized: no editor of that organization
    """
    refuse_unknown(data_dict, ("organization_id", "type"))
    organization = model.Group.get(tk.get_or_bust(data_dict, "organization_id"))
    if organization is None or not organization.is_organization:
        raise tk.ObjectNotFound(tk._("Organization not found"))
    tk.check_access("satudata_defaults_show", context, {"organization_id": organization.id})
    return defaults.of(organization.id, str(data_dict.get("type") or "dataset"))


def _known(data_dict: dict[str, Any]) -> dict[str, Any]:
    package = model.Package.get(tk.get_or_bust(data_dict, "id"))
    if package is None:
        raise tk.ObjectNotFound(tk._("Dataset not found"))
    return {"id": package.id}


def _source(name_or_id: str) -> dict[str, Any]:
    package = model.Package.get(name_or_id)
    if package.state not in service.SOURCES:
        raise tk.ValidationError(
            {"id": [tk._("A working copy or a deleted dataset is no source for an edition; take the published one")]}
        )
    show = {"user": "", "ignore_auth": True}
    source: dict[str, Any] = tk.get_action("package_show")(show, {"id": package.id})
    return source


def _months(data_dict: dict[str, Any]) -> int | None:
    if data_dict.get("months") in (None, ""):
        return None
    try:
        months = 0 if isinstance(data_dict["months"], bool) else int(data_dict["months"])
    except (TypeError, ValueError):
        months = 0
    if not 1 <= months <= MOST_MONTHS:
        raise tk.ValidationError({"months": [tk._("Give a whole number of months, 12 for a year")]})
    return months


ACTIONS: dict[str, Callable[..., Any]] = {
    "satudata_defaults_show": satudata_defaults_show,
    "satudata_edition_create": satudata_edition_create,
    "satudata_edition_preview": satudata_edition_preview,
    "satudata_proposals_confirm": satudata_proposals_confirm,
}
