"""The checker's desk: what it shows of one dataset, and how its form is read."""

from __future__ import annotations

from typing import Any

import ckantoolkit as tk
from ckan import model

from ckanext.satudata.principles import PRINCIPLES, principle_label
from ckanext.satudata.roles import service as roles
from ckanext.satudata.standards import service as standards

from . import ages, lookups, officers, pages, reasons, remarks, rules, said, service, wording
from .cases import Case
from .form import HOLDING, Form
from .model import PUBLICATION, Review, ReviewEvent
from .people import Actor
from .workflows import in_force

#: Actions decided at the foot of the desk, in the order of their buttons; the first is the way back.
DECISIONS = ("return", "forward", "approve", "publish")
#: What needs a page of its own.
ELSEWHERE = ("unpublish", "reopen", "withdraw")
#: What is the producer's to do, on the producer's pages.
PRODUCERS = ("submit", "ask", "revise")
#: How many rows of a table the desk shows of each file.
MOST_PREVIEWS = 10


def show(package_id: str, form: Form, errors: dict[str, Any] | None = None, refusal: str = "") -> dict[str, Any]:
    """Everything the desk's template needs.

    :param errors: of a refused transition, by parameter
    :param refusal: why it was not allowed, in words
    :raises NotAuthorized: this person has no role over the dataset
    :raises ObjectNotFound: no such dataset, or it is not under review
    """
    who = pages.actor()
    review = tk.get_action("satudata_review_show")({}, {"id": package_id})
    if "actions" not in review:
        raise tk.NotAuthorized(tk._("You have no role over this dataset."))
    pkg = tk.get_action("package_show")({}, {"id": review["package_id"]})
    findings = tk.get_action("satudata_submission_check")({}, {"id": review["package_id"]})["findings"]
    case = _case(review["package_id"], review["track"])
    row = case.review
    actions = {action["name"]: action for action in review["actions"]}
    decisions = _decisions(actions)
    with_principles = any("principles" in action["needs"] for action in decisions)
    pembina = pembina_return(row)
    if pembina is not None and with_principles and not form.action:
        form.take_over(pembina)
    last = lookups.last_said(review["package_id"])
    since = remarks.of_desk(row, pkg)
    bodies = _bodies(who, case, [*(action["name"] for action in decisions), *HOLDING])
    form.body_id = form.body_id or lookups.last_body(who.id or "", [one["id"] for one in bodies])
    return {
        "pkg": pkg,
        "review": review,
        "form": form,
        "errors": _words(errors or {}),
        "refusal": refusal,
        "steps": pages.steps(review["state"], rules.pembina_is_asked(pkg), review["track"]),
        **_facts(review),
        "said": said.one(last, pkg) if last is not None else None,
        "since": since,
        "decisions": decisions,
        "holding": {name: actions[name] for name in HOLDING if name in actions},
        "elsewhere": {name: actions[name] for name in ELSEWHERE if name in actions},
        "colleagues": _colleagues(who, case) if "assign" in actions else [],
        "bodies": bodies,
        "principles": _principles(findings, pkg),
        "reasons": [one for one in reasons.listed() if not one["principle"]],
        "asks_principles": with_principles,
        "labels": said.field_labels(pkg.get("type") or "dataset"),
        "files": _files(pkg, since),
    }


def _case(name_or_id: str, track: str = PUBLICATION) -> Case:
    """The case, unlocked.

    :raises ObjectNotFound: no such dataset, or it is not under review
    """
    package = model.Package.get(name_or_id)
    row = Review.get(package.id, track) if package is not None else None
    if package is None or row is None:
        raise tk.ObjectNotFound(tk._("This dataset is not under review"))
    return Case(package, row)


def asked(package_id: str, form: Form) -> dict[str, Any]:
    """The parameters of ``satudata_review_transition`` for what was pressed on the desk."""
    return form.request(package_id, pembina_return(_case(package_id).review))


def _decisions(actions: dict[str, dict[str, Any]]) -> list[dict[str, Any]]:
    """The buttons at the foot; a portal's own table may bring more, which stand behind ours."""
    known = [actions[name] for name in DECISIONS if name in actions]
    other = {*DECISIONS, *HOLDING, *ELSEWHERE, *PRODUCERS}
    return known + [action for name, action in actions.items() if name not in other]


def pembina_return(row: Review) -> ReviewEvent | None:
    """The return of the pembina that the custodian has not answered yet, or None."""
    return model.Session.get(ReviewEvent, row.pembina_return) if row.pembina_return else None


def _facts(review: dict[str, Any]) -> dict[str, str]:
    """Who has it, since when, until when."""
    names = lookups.names([review["holder"], review["submitted_by"]])
    return {
        "holder": names.get(review["holder"] or "", ""),
        "submitted_by": names.get(review["submitted_by"] or "", ""),
        "submitted": ages.day(review["submitted_at"]),
        "age": ages.age(review["state_since"]),
        "due": ages.due(review["due_at"]),
        "release": ages.moment(review["release_at"]),
    }


def _principles(findings: list[dict[str, Any]], pkg: dict[str, Any]) -> list[dict[str, Any]]:
    """The four principles, each with what the machine found and the standard reasons about it."""
    labels = said.field_labels(pkg.get("type") or "dataset")
    listed = reasons.listed()
    return [
        {
            "name": name,
            "label": principle_label(name),
            "checked": True,
            "findings": [
                {**finding, "label": labels.get(finding["field"] or "", "")}
                for finding in findings
                if finding["principle"] == name
            ],
            "reasons": [one for one in listed if one["principle"] == name],
        }
        for name in PRINCIPLES
    ]


def _files(pkg: dict[str, Any], since: dict[str, Any] | None) -> list[dict[str, Any]]:
    """The files in their order, each with its first rows and what has changed in it; then those that are gone."""
    changed = (since or {}).get("files", {})
    return [
        {**_file(resource, place), "change": changed.get(resource["id"])}
        for place, resource in enumerate(pkg.get("resources") or [])
    ]


def _words(errors: dict[str, Any]) -> dict[str, str]:
    return {
        name: " ".join(str(text) for text in texts) if isinstance(texts, list) else str(texts)
        for name, texts in errors.items()
    }


def _bodies(who: Actor, case: Case, names: list[str]) -> list[dict[str, str]]:
    """For which body somebody decides; only where there is a choice."""
    declared = [item for item in case.workflow.from_state(case.review.state) if item.name in names]
    held = {way.body_id for item in declared for way in rules.ways(who, case, item) if way.body_id}
    return lookups.organizations(held) if len(held) > 1 else []


def _colleagues(who: Actor, case: Case) -> list[dict[str, str]]:
    """To whom it may be handed over: the people of the bodies that hold one of the actor's roles here."""
    asked = {way.role for way in rules.ways(who, case, case.workflow.transitions["assign"])}
    owner, kind = case.review.organization_id or "", case.jenis_data
    people = officers.people_of({body for role in asked for body in roles.has_body(role, owner, kind)})
    left_out = rules.holder(case) or who.id
    return [{"id": one.id, "title": officers.said_of(one)} for one in people if one.id != left_out]


def _file(resource: dict[str, Any], place: int) -> dict[str, Any]:
    """A file with the first rows of its table; or with one of CKAN's own previews."""
    shown: dict[str, Any] = {"resource": resource, "rows": [], "columns": [], "total": None, "view": None}
    if place >= MOST_PREVIEWS:
        return shown
    if resource.get("datastore_active"):
        # None while the table is being loaded; the file itself can still be opened.
        return shown | (standards.first_rows(resource) or {})
    views = tk.get_action("resource_view_list")({}, {"id": resource["id"]}) if resource.get("has_views", True) else []
    shown["view"] = views[0] if views else None
    return shown


def waiting_states(track: str = PUBLICATION) -> list[str]:
    """The states that wait for somebody who checks."""
    states = in_force(track).states.values()
    return [state.name for state in states if state.waits_for not in (None, "producer")]


def next_of(who: Actor, package_id: str) -> tuple[dict[str, Any] | None, int]:
    """The next review that waits for this person, and how many do.

    :param package_id: the one just decided, which is never its own next
    """
    listed = tk.get_action("satudata_review_list")(
        {}, {"mine": True, "state": waiting_states(), "limit": 2, "sort": "waiting"}
    )
    following = [item for item in listed["results"] if item["package_id"] != package_id]
    return (following[0] if following else None), listed["count"]


def result(package_id: str) -> dict[str, Any]:
    """What the page after a decision shows: the outcome first, then the way on.

    :raises NotAuthorized: this person has no role over the dataset
    """
    review = tk.get_action("satudata_review_show")({}, {"id": package_id})
    if "actions" not in review:
        raise tk.NotAuthorized(tk._("You have no role over this dataset."))
    event = service.last_event(review["package_id"], review["track"])
    following, waiting = next_of(pages.actor(), review["package_id"])
    pkg = {"id": review["package_id"], "type": review["type"], "name": review["package_name"]}
    package = model.Package.get(review["package_id"])
    return {
        "review": review,
        "event": said.one(event, pkg) if event is not None else None,
        "outcome": outcome(event.action if event is not None else "", review),
        "next": following,
        "waiting": waiting,
        "public": package is not None and not package.private and in_force().state(review["state"]).public,
    }


def outcome(action: str, review: dict[str, Any]) -> str:
    """One sentence on what has just happened, and who has it now."""
    declared = in_force(review["track"]).transitions.get(action)
    if declared is not None and declared.words:
        return tk._("{done}. It is now “{state}”.").format(
            done=wording.done(action, review["track"]), state=review["state_label"]
        )
    sentences = {
        "submit": tk._("Submitted. The custodian has it now."),
        "claim": tk._("You hold it now."),
        "release": tk._("Let go. Colleagues can take it."),
        "assign": tk._("Handed over."),
        "return": tk._("Returned. The producer sees your reason and mends the data.")
        if review["waits_for"] == "producer"
        else tk._("Returned to the custodian, who answers it or returns it to the producer."),
        "forward": _forwarded(review),
        "ask": tk._("Asked for. The admins of your organization see it under “Our data” and submit it."),
        "approve": tk._("Approved. The custodian publishes it."),
        "publish": tk._("It will be published on {moment}.").format(moment=ages.moment(review.get("release_at")))
        if review.get("release_at")
        else tk._("Published. Everybody can find it now."),
        "withdraw": tk._("The submission is cancelled; it is a draft again."),
        "unpublish": tk._("Withdrawn from publication; the public no longer sees it."),
        "reopen": tk._("Reopened as a draft; the producer can mend it."),
    }
    return sentences.get(action, tk._("It is now “{state}”.").format(state=review.get("state_label", "")))


def _forwarded(review: dict[str, Any]) -> str:
    if review["waits_for"] == "pembina":
        return tk._("Forwarded to the pembina.")
    if "publish" in {action.name for action in in_force().from_state(review["state"])}:
        return tk._("Declared conforming. It can be published now.")
    return tk._("Checked. The custodian has it now.")
