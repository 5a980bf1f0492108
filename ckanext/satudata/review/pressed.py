"""What a press of *Ajukan* comes to in CKAN's own forms, and where one stands afterwards."""

from __future__ import annotations

from typing import Any

import ckantoolkit as tk
from flask import current_app, g, redirect, request

from ckanext.satudata import config
from ckanext.satudata.roles import service as roles

from . import desk, dropping, pages, rules, said


def after_saving(endpoint: str, package: dict[str, Any]) -> Any:
    """Let CKAN's own view save what was sent; once it has, submit, or ask whoever may.

    :param endpoint: the view of CKAN
    :param package: ``id``, ``name`` and ``type`` of what is stored already
    """
    answer = current_app.view_functions[endpoint](package_type=package["type"], id=package["name"])
    action = "ask" if request.args.get("ask") else "submit"
    return handed_over(package["id"], action, answer) if _saved(answer) else answer


def has_form(package_type: str) -> bool:
    """Whether CKAN has a form for new packages of this type; organizations have one at an address like it."""
    rules_of = current_app.url_map.iter_rules
    try:
        return any((one.defaults or {}).get("package_type") == package_type for one in rules_of(f"{package_type}.new"))
    except KeyError:
        return False


def after_creating(package_type: str) -> Any:
    """Let CKAN's own view make what was sent; once it is there, submit it, or ask whoever may.

    A form that comes back with errors has made nothing, and is again one that saves a draft.
    """
    g.form_action = tk.url_for(f"{package_type}.new")
    answer = current_app.view_functions[f"{package_type}.new"](package_type=package_type)
    # CKAN's form names what is made already when somebody comes back to its first step.
    package_id = request.form.get("pkg_name") or g.get("satudata_begun")
    if not _saved(answer) or not package_id:
        return answer
    asks = pages.may_by_name(package_id, "ask") and not pages.may_by_name(package_id, "submit")
    return handed_over(package_id, "ask" if asks else "submit", answer)


def first_action(owner_org: str | None) -> str:
    """What hands over data that are only begun: officers ask where the head of the organization submits."""
    who = pages.actor()
    if config.submit_by() != "admin" or who.sysadmin:
        return "submit"
    led = roles.direct_organizations(who.id or "", rules.LEAD)
    return "submit" if (owner_org in led if owner_org else led) else "ask"


def _saved(answer: Any) -> bool:
    return getattr(answer, "status_code", 200) in (301, 302, 303)


def handed_over(package_id: str, action: str, answer: Any) -> Any:
    """Submit what has just been saved, or lead to the first thing that is missing.

    :param answer: where CKAN leads after saving; given where this person may not submit
    """
    # By its id: the form may have changed its address.
    try:
        review = tk.get_action("satudata_review_transition")({}, {"id": package_id, "action": action})
    except tk.ValidationError as error:
        return to_first_gap(package_id, error, saved=True)
    except tk.NotAuthorized as error:
        tk.h.flash_error(tk._("Saved, but not submitted.") + " " + str(error))
        return answer
    tk.h.flash_success(desk.outcome(action, review))
    say_dropped(review)
    return to_dataset(review)


def say_dropped(review: dict[str, Any]) -> None:
    """Say what the submission dropped, if it did."""
    told = dropping.told(review["package_id"], said.field_labels(review["type"]))
    if told:
        tk.h.flash_notice(told)


def to_first_gap(id: str, error: tk.ValidationError, saved: bool = False) -> Any:
    """Not submitted: say how much is missing, and open the form at the first of it."""
    package = tk.get_action("package_show")({}, {"id": id})
    fields = list(error.error_dict)
    number = sum(len(texts) if isinstance(texts, list) else 1 for texts in error.error_dict.values())
    before = tk._("Saved.") + " " if saved else ""
    if fields == ["resources"] and not package.get("resources"):
        # Not a mistake: the form has no place for a file, its second step has.
        tk.h.flash_notice(before + tk._("Only the file is still missing: add it here and submit with it."))
        return tk.redirect_to(f"{package['type']}_resource.new", id=package["name"])
    told = tk.ungettext(
        "Not submitted yet: {n} thing is still to be completed.",
        "Not submitted yet: {n} things are still to be completed.",
        number,
    ).format(n=number)
    tk.h.flash_error(before + told)
    # In the order of the form and down to the row, where what is missing is known so well.
    place = tk.h.satudata_first_gap(package) or said.anchor(fields[0] if fields else None)
    return redirect(tk.url_for(f"{package['type']}.edit", id=package["name"]) + place)


def to_dataset(review: dict[str, Any]) -> Any:
    """The dataset's page, or the queue where this person no longer sees the dataset."""
    try:
        package = tk.get_action("package_show")({}, {"id": review["package_id"]})
    except tk.NotAuthorized:
        return tk.redirect_to("satudata_review.queue")
    return tk.redirect_to(f"{package['type']}.read", id=package["name"])
