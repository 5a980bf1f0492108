"""The review over the API."""

from __future__ import annotations

from typing import Any

import ckantoolkit as tk
from ckan import model

from ckanext.satudata import listing
from ckanext.satudata.standards import service as standards

from . import aftermath, cases, dictize, doors, officer_fields, outlines, queries, rules, schema, service, tables, tags
from .errors import invalid, refuse
from .model import PUBLICATION, Review
from .people import Actor, actor_of
from .recommendation import service as recommendation
from .workflows import tracks


@tk.side_effect_free
def satudata_review_show(context: dict[str, Any], data_dict: dict[str, Any]) -> dict[str, Any]:
    """Where a dataset stands, who has it, and what the caller may do now.

    :param id: id or name of the dataset
    :param track: default ``publication``; ``recommendation`` for sectoral surveys, with ``recommendation`` (identity
        and letter) in the answer
    :returns: the Review shape with ``findings`` (numbers of errors and warnings) and ``actions``; for those without
        a role, and only of published data, no more than state and dates of the check
    :raises NotAuthorized: not published, and the caller has no role over it
    :raises ObjectNotFound: no such dataset, or it is not under review
    """
    listing.refuse_unknown(data_dict, {"id", "track"})
    tk.check_access("satudata_review_show", context, data_dict)
    actor, case = _case(context, data_dict)
    if not rules.may_see(actor, case.review, case.jenis_data):
        return _public(case)
    result = dictize.case_dict(actor, case)
    findings = standards.check(cases.show(case.package.id))
    result["findings"] = {"errors": findings["errors"], "warnings": findings["warnings"]}
    if case.review.track == recommendation.TRACK:
        result["recommendation"] = recommendation.facts(case.review)
    return result


def satudata_review_transition(context: dict[str, Any], data_dict: dict[str, Any]) -> dict[str, Any]:
    """Take one action of the review: the only way its state changes.

    :param id: id or name of the dataset
    :param action: submit, claim, release, assign, return, forward, approve, publish, withdraw, unpublish, reopen
    :param comment: the reason; mandatory for return, unpublish and reopen
    :param principle_results: ``{principle: {"conforms": bool, "note": text}}``, all four for return and forward
    :param field_comments: ``{field name: text}``
    :param release_at: with publish: an ISO 8601 moment to come
    :param assignee: with assign: user name or id
    :param body_id: for which organization the caller acts, where there is a choice
    :param expected_version: the version the caller looked at
    :param track: default ``publication``; on ``recommendation`` the actions are submit, claim, release, assign,
        return, repair, feasible, not_feasible, letter, cancel
    :param identity: with feasible: the identity given by BPS, as ``V-23.1600.004``
    :param letter_number: with letter; as are ``letter_date`` (ISO 8601 day) and ``letter_reference`` (where it is kept)
    :returns: the Review shape after the action
    :raises NotAuthorized: wrong role or state, held by somebody else, four eyes; with the reason
    :raises ValidationError: keyed by field; nothing has changed
    """
    package_id, request = schema.read_transition(data_dict)
    tk.check_access("satudata_review_transition", context, {"id": package_id})
    actor = actor_of(context)
    case = service.transition(actor, package_id, request)
    return dictize.case_dict(actor, case)


@tk.side_effect_free
def satudata_review_list(context: dict[str, Any], data_dict: dict[str, Any]) -> dict[str, Any]:
    """The queue, as the caller may see it.

    :param state: one state or a list of them
    :param organization: id or name; with everything below it
    :param holder: user name or id
    :param overdue: only what is past its due date
    :param mine: only what waits for the caller
    :param own: only data of organizations the caller produces for
    :param type: only this type of package
    :param q: part of a title of dataset or organization
    :param sort: ``waiting`` (default, longest first), ``title``, ``organization``, ``due``, ``holder``; with ``-`` the
        other way round
    :param facets: also count what waits for the caller as a checker, and what is overdue
    :param track: default ``publication``
    :param limit: default 20, at most 1000
    :param offset: default 0
    :returns: ``{"count", "results"}`` of Review shapes with names of organization, holder and submitter, and
        ``waits_for_you`` (the caller is one of those to act now); with ``facets`` also
        ``{"facets": {"mine", "overdue"}}``
    """
    filters = schema.read_list(data_dict)
    tk.check_access("satudata_review_list", context, {})
    # A page that has asked already who looks at it need not ask again.
    view = context.get("satudata_view") or queries.View(actor_of(context))
    found = queries.queue(view, filters)
    results = []
    for row in found.rows:
        item = dictize.review_dict(row["Review"], row["package_name"], row["package_title"] or row["package_name"])
        item.update(
            organization_name=row["organization_name"],
            organization_title=row["organization_title"] or row["organization_name"],
            holder=row["holder_id"],
            holder_name=row["holder_name"],
            submitted_by_name=row["submitter_name"],
            waits_for_you=bool(row["waits_for_you"]),
        )
        results.append(item)
    listed = listing.listed(found.count, results)
    return {**listed, "facets": {"mine": found.mine, "overdue": found.overdue}} if filters["facets"] else listed


@tk.side_effect_free
def satudata_review_history(context: dict[str, Any], data_dict: dict[str, Any]) -> dict[str, Any]:
    """Every event of a dataset, oldest first: who decided what, when, and why.

    :param id: id or name of the dataset; an id still answers after a purge (sysadmins)
    :param track: default ``publication``
    :param limit: default 20, at most 1000
    :param offset: default 0
    :returns: ``{"count", "results"}`` of Event shapes
    :raises NotAuthorized: the caller has no role over it
    """
    listing.refuse_unknown(data_dict, {"id", "track", "limit", "offset"})
    page = listing.page_of(data_dict)
    tk.check_access("satudata_review_history", context, data_dict)
    package = model.Package.get(tk.get_or_bust(data_dict, "id"))
    package_id = package.id if package else data_dict["id"]
    events = queries.history(package_id, data_dict.get("track") or PUBLICATION)
    shown = events[page.offset : page.offset + page.limit]
    return listing.listed(len(events), [dictize.event_dict(event) for event in shown])


def satudata_review_override(context: dict[str, Any], data_dict: dict[str, Any]) -> dict[str, Any]:
    """Open one edit of what is otherwise closed, to the sysadmin who asks, as an event of its own.

    :param id: id or name of the dataset
    :param reason: why; stays readable in the history
    :returns: the Review shape
    """
    listing.refuse_unknown(data_dict, {"id", "reason"})
    tk.check_access("satudata_review_override", context, data_dict)
    reason = schema.text(data_dict.get("reason"), "reason")
    if not reason:
        raise invalid("reason", tk._("Write why this must be changed outside the review."))
    actor = actor_of(context)
    case = cases.lock(tk.get_or_bust(data_dict, "id"))
    case.review.override = {"by": actor.id, "reason": reason}
    case.review.version += 1
    service.record(actor, case.review, case.package, "override", comment=reason)
    model.Session.commit()
    return dictize.case_dict(actor, case)


def satudata_priority_set(context: dict[str, Any], data_dict: dict[str, Any]) -> dict[str, Any]:
    """Flag data as national or local priority for a year (Perpres 39/2019 Ps 28, 30; two flags, never one).

    :param id: id or name of the dataset
    :param prioritas_tahun: year of the national list, or empty to clear
    :param prioritas_daerah_tahun: year of the city's own list, or empty to clear
    :returns: ``{"package_id", "prioritas_tahun", "prioritas_daerah_tahun"}``
    :raises NotAuthorized: the caller is neither custodian nor planner over it
    """
    flags = ("prioritas_tahun", "prioritas_daerah_tahun")
    listing.refuse_unknown(data_dict, {"id", *flags})
    tk.check_access("satudata_priority_set", context, data_dict)
    years = {flag: schema.year(data_dict[flag], flag) for flag in flags if flag in data_dict}
    if not years:
        raise invalid(flags[0], tk._("Give a year for at least one of: {names}").format(names=", ".join(flags)))
    actor = actor_of(context)
    case = cases.lock(tk.get_or_bust(data_dict, "id"))
    bodies = [
        body
        for role in ("custodian", "planner")
        for body in actor.bodies(role, case.review.organization_id, case.jenis_data)
    ]
    if not bodies and not actor.sysadmin:
        raise refuse(tk._("Only the custodian or the planner of this organization sets priorities."))
    stored = dict(case.package.extras or {})
    for flag, year in years.items():
        if year:
            stored[flag] = year
        else:
            stored.pop(flag, None)
    case.package.extras = stored
    service.touch(case.package)
    case.review.version += 1
    answer = {flag: stored.get(flag) for flag in flags}
    service.record(
        actor,
        case.review,
        case.package,
        "priority",
        body_id=bodies[0] if bodies else None,
        comment=", ".join(f"{flag}: {year or '–'}" for flag, year in years.items()),
    )
    model.Session.commit()
    aftermath.reindex_or_enqueue(case.package.id)
    return {"package_id": case.package.id, **answer}


def _case(context: dict[str, Any], data_dict: dict[str, Any]) -> tuple[Actor, cases.Case]:
    """The case, unlocked, for reading."""
    package = model.Package.get(tk.get_or_bust(data_dict, "id"))
    track = data_dict.get("track") or PUBLICATION
    if track not in tracks():
        raise invalid("track", tk._("Unknown track. Known: {names}").format(names=", ".join(tracks())))
    review: Review | None = cases.find(package.id, track) if package else None
    if package is not None and review is None and cases.is_reviewed_type(package.type):
        review = recommendation.blank(package, track)
    if package is None or review is None:
        raise tk.ObjectNotFound(tk._("This dataset is not under review"))
    return actor_of(context), cases.Case(package, review)


def _public(case: cases.Case) -> dict[str, Any]:
    """What anybody may know of published data."""
    if not case.state.public or case.package.private:
        raise refuse(tk._("You have no role over this dataset."))
    return {
        "package_id": case.package.id,
        "package_name": case.package.name,
        "state": case.review.state,
        "state_label": dictize.wording.state(case.review.state),
        **dictize.checked(case.review),
    }


OWN_ACTIONS = {
    "satudata_review_show": satudata_review_show,
    "satudata_review_transition": satudata_review_transition,
    "satudata_review_list": satudata_review_list,
    "satudata_review_history": satudata_review_history,
    "satudata_review_override": satudata_review_override,
    "satudata_priority_set": satudata_priority_set,
    "satudata_activity_code_set": officer_fields.satudata_activity_code_set,
}


def actions() -> dict[str, Any]:
    """Our own actions, and the guard's links in the chains of CKAN's."""
    reading = {**tags.ACTIONS, **tables.actions(), **outlines.ACTIONS}
    return {**OWN_ACTIONS, **reading, **doors.actions()}
