"""Restrictions over the API: the record for those concerned, and the public record of restricted data."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import ckantoolkit as tk

from ckanext.satudata import listing
from ckanext.satudata.review.people import actor_of
from ckanext.satudata.review.sight import View

from . import public, queries, schema, service


def satudata_restriction_set(context: dict[str, Any], data_dict: dict[str, Any]) -> dict[str, Any]:
    """Propose a limit of access, or enter what was decided (Perpres 39/2019 Article 37).

    Every call adds an entry; nothing is ever overwritten. Values left out are those of the entry before. Access
    itself changes only with the data: where they are published, through a working copy.

    :param id: id or name of the dataset, or of a working copy of it
    :param proposed_level: ``terbuka``, ``terbatas`` or ``tertutup``; what the data name, where left out
    :param decided_level: what was decided; with it this is the custodian's entry of a decision
    :param legal_basis: law and article that allow the limit
    :param consequence: what opening would do, and to whom (*uji konsekuensi*)
    :param end_date: the last day of the limit, as 2027-12-31; a decision needs one
    :param forum_date: the day the Forum discussed it (decision)
    :param decision_reference: number and date of the decision (decision)
    :param note: a word for those concerned
    :param expected_version: ``version`` of the record the caller looked at
    :returns: the record, as ``satudata_restriction_show``
    :raises NotAuthorized: neither producer nor custodian of these data, or a decision by somebody else
    :raises ValidationError: keyed by parameter; nothing has changed
    """
    name_or_id, wish = schema.read_set(data_dict)
    tk.check_access("satudata_restriction_set", context, {"id": name_or_id})
    case = service.put(actor_of(context), name_or_id, wish)
    return service.record_dict(case)


@tk.side_effect_free
def satudata_restriction_show(context: dict[str, Any], data_dict: dict[str, Any]) -> dict[str, Any]:
    """The restriction record of a dataset: what was proposed, what was decided, until when, and every entry.

    :param id: id or name of the dataset, or of a working copy of it
    :returns: ``status`` (none, proposed, in_force, ended, opened), ``waiting``, ``ends_on``, ``proposal``,
        ``decision``, ``obstacle`` (why the data may not be published with the access they name, or None), ``history``
    :raises NotAuthorized: the caller has no role over it
    :raises ObjectNotFound: no such dataset, or it is not under review
    """
    listing.refuse_unknown(data_dict, {"id"})
    tk.check_access("satudata_restriction_show", context, data_dict)
    return service.record_dict(service.find(tk.get_or_bust(data_dict, "id")))


@tk.side_effect_free
def satudata_restriction_list(context: dict[str, Any], data_dict: dict[str, Any]) -> dict[str, Any]:
    """Restriction records, as the caller may see them: members of the owner, holders of a role over it, sysadmins.

    :param status: ``proposed`` (waits for a decision), ``in_force``, ``ending`` (soon), ``ended`` or ``opened``
    :param organization: id or name; with everything below it
    :param ends_before: only limits that end before this day
    :param q: part of a title of dataset or organization
    :param sort: ``end`` (default), ``title``, ``organization``, ``proposed``; with ``-`` the other way round
    :param limit: default 20, at most 1000
    :param offset: default 0
    :returns: ``{"count", "results"}`` of records without their history
    """
    filters = schema.read_list(data_dict)
    tk.check_access("satudata_restriction_list", context, {})
    count, rows = queries.listed(View(actor_of(context)), filters)
    results = []
    for package, review, proposal, decision, organization in rows:
        results.append({**service.shape(package, review, proposal, decision), "organization_title": organization or ""})
    return listing.listed(count, results)


@tk.side_effect_free
def satudata_restricted_list(context: dict[str, Any], data_dict: dict[str, Any]) -> dict[str, Any]:
    """Published data with restricted access: their public record, for everybody. Newest change first.

    :param q: words of title, description, concept or organization; nothing else is searched
    :param organization: id or name; with everything below it
    :param type: only this type of package
    :param since: only what changed at or after this moment (``metadata_modified``)
    :param limit: default 20, at most 1000
    :param offset: default 0
    :returns: ``{"count", "results"}`` of records as ``satudata_restricted_show`` gives them
    """
    filters = schema.read_public_list(data_dict)
    tk.check_access("satudata_restricted_list", context, {})
    return listing.listed(*public.listed(filters))


@tk.side_effect_free
def satudata_restricted_show(context: dict[str, Any], data_dict: dict[str, Any]) -> dict[str, Any]:
    """The public record of published data with restricted access: metadata without files, flattened.

    :param id: id or name
    :returns: core keys of CKAN with ``resources: []``, the fields of the schema as texts among ``extras``, and
        ``restriction`` (``level``, ``legal_basis``, ``decision_reference``, ``until``)
    :raises ObjectNotFound: nothing restricted is published there; also for what is closed, or no longer published
    """
    listing.refuse_unknown(data_dict, {"id"})
    tk.check_access("satudata_restricted_show", context, {})
    package = public.find(str(tk.get_or_bust(data_dict, "id")))
    if package is None:
        raise tk.ObjectNotFound(tk._("Dataset not found"))
    return public.show(package)


ACTIONS: dict[str, Callable[..., Any]] = {
    "satudata_restriction_set": satudata_restriction_set,
    "satudata_restriction_show": satudata_restriction_show,
    "satudata_restriction_list": satudata_restriction_list,
    "satudata_restricted_list": satudata_restricted_list,
    "satudata_restricted_show": satudata_restricted_show,
}
