"""The checker's desk: what it shows of one dataset, and how its form is read."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import ckantoolkit as tk
from ckan import model

from ckanext.satudata.roles import service as roles
from ckanext.satudata.standards import service as standards

from . import ages, lookups, pages, rules, service, wording
from .people import Actor
from .transitions import PRINCIPLES
from .workflows import in_force

#: Actions decided at the foot of the desk, in the order of their buttons; the first is the way back.
DECISIONS = ("return", "forward", "approve", "publish")
#: Who has it: taken, let go or handed over above the two columns.
HOLDING = ("claim", "release", "assign")
#: How many rows of a table the desk shows of each file.
MOST_PREVIEWS = 10


class Form:
    """What was typed on the desk; kept as typed, so that no answer of ours ever loses it."""

    def __init__(self, values: Mapping[str, str] | None = None) -> None:
        values = values or {}
        self.action = values.get("action", "")
        self.comment = values.get("comment", "")
        self.release_at = values.get("release_at", "")
        self.assignee = values.get("assignee", "")
        self.body_id = values.get("body_id", "")
        self.expected_version = values.get("expected_version", "")
        self.conforms = {name: values.get(f"conforms.{name}", "") for name in PRINCIPLES}
        self.notes = {name: values.get(f"note.{name}", "") for name in PRINCIPLES}
        self.fields = {
            key.removeprefix("field."): text for key, text in values.items() if key.startswith("field.") and text
        }

    def request(self, package_id: str) -> dict[str, Any]:
        """The parameters of ``satudata_review_transition``; only what belongs to the action pressed."""
        asked: dict[str, Any] = {"id": package_id, "action": self.action, "expected_version": self.expected_version}
        if self.body_id:
            asked["body_id"] = self.body_id
        if self.action in HOLDING:
            return asked | ({"assignee": self.assignee} if self.action == "assign" else {})
        results = {
            name: {"conforms": self.conforms[name] == "yes", "note": self.notes[name]}
            for name in PRINCIPLES
            if self.conforms[name] in ("yes", "no")
        }
        asked |= {"comment": self.comment, "principle_results": results, "field_comments": self.fields}
        if self.action == "publish":
            asked["release_at"] = self.release_at
        return asked

    @property
    def typed(self) -> list[tuple[str, str]]:
        """Every text that was typed, with its heading: shown where its own box is no longer there."""
        texts = [(tk._("Reason or note"), self.comment)]
        texts += [(wording.principle(name), self.notes[name]) for name in PRINCIPLES]
        texts += list(self.fields.items())
        return [(heading, text) for heading, text in texts if text]


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
    actions = {action["name"]: action for action in review["actions"]}
    names = lookups.names([review["holder"], review["submitted_by"]])
    labels = pages.field_labels(pkg.get("type") or "dataset")
    said = lookups.last_said(review["package_id"])
    decisions = [actions[name] for name in DECISIONS if name in actions]
    asked = "return" in actions or "forward" in actions
    return {
        "pkg": pkg,
        "review": review,
        "form": form,
        "errors": _words(errors or {}),
        "refusal": refusal,
        "steps": pages.steps(review["state"], rules.pembina_is_asked(pkg)),
        "holder": names.get(review["holder"] or "", ""),
        "submitted_by": names.get(review["submitted_by"] or "", ""),
        "submitted": ages.day(review["submitted_at"]),
        "age": ages.age(review["state_since"]),
        "due": ages.due(review["due_at"]),
        "release": ages.moment(review["release_at"]),
        "said": pages.said_words(said, pkg) if said is not None else None,
        "decisions": decisions,
        "holding": {name: actions[name] for name in HOLDING if name in actions},
        "elsewhere": {name: actions[name] for name in ("unpublish", "reopen", "withdraw") if name in actions},
        "colleagues": _colleagues(who, review, pkg) if "assign" in actions else [],
        "bodies": _bodies(who, review, pkg) if decisions else [],
        "principles": [
            {
                "name": name,
                "label": wording.principle(name),
                "findings": [
                    {**finding, "label": labels.get(finding["field"] or "", "")}
                    for finding in findings
                    if finding["principle"] == name
                ],
            }
            for name in PRINCIPLES
        ],
        "asks_principles": asked,
        "labels": labels,
        "files": [_file(resource, place) for place, resource in enumerate(pkg.get("resources") or [])],
    }


def _words(errors: dict[str, Any]) -> dict[str, str]:
    return {
        name: " ".join(str(text) for text in texts) if isinstance(texts, list) else str(texts)
        for name, texts in errors.items()
    }


def _held(who: Actor, review: dict[str, Any], pkg: dict[str, Any]) -> list[str]:
    role = in_force(review["track"]).state(review["state"]).waits_for or "custodian"
    over = roles.roles_over(who.id or "", review["organization_id"] or "", str(pkg.get("jenis_data") or "statistik"))
    return over.get(role, [])


def _bodies(who: Actor, review: dict[str, Any], pkg: dict[str, Any]) -> list[dict[str, str]]:
    """For which body somebody decides; only where there is a choice."""
    held = _held(who, review, pkg)
    return lookups.organizations(held) if len(held) > 1 else []


def _colleagues(who: Actor, review: dict[str, Any], pkg: dict[str, Any]) -> list[dict[str, str]]:
    """To whom it may be handed over: the people of the bodies that hold the role here."""
    role = in_force(review["track"]).state(review["state"]).waits_for or "custodian"
    kind = str(pkg.get("jenis_data") or "statistik")
    people = lookups.colleagues(roles.has_body(role, review["organization_id"] or "", kind))
    return [person for person in people if person["id"] != (review["holder"] or who.id)]


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


def next_of(who: Actor, package_id: str) -> tuple[dict[str, Any] | None, int]:
    """The next review that waits for this person, and how many do.

    :param package_id: the one just decided, which is never its own next
    """
    listed = tk.get_action("satudata_review_list")(
        {}, {"mine": True, "state": list(WAITING), "limit": 2, "sort": "waiting"}
    )
    following = [item for item in listed["results"] if item["package_id"] != package_id]
    return (following[0] if following else None), listed["count"]


#: States that wait for a checker.
WAITING = ("submitted", "custodian_check", "pembina_review", "approved")


def result(package_id: str) -> dict[str, Any]:
    """What the page after a decision shows: the outcome first, then the way on.

    :raises NotAuthorized: this person has no role over the dataset
    """
    review = tk.get_action("satudata_review_show")({}, {"id": package_id})
    if "actions" not in review:
        raise tk.NotAuthorized(tk._("You have no role over this dataset."))
    event = service.last_event(review["package_id"])
    following, waiting = next_of(pages.actor(), review["package_id"])
    pkg = {"id": review["package_id"], "type": review["type"], "name": review["package_name"]}
    package = model.Package.get(review["package_id"])
    return {
        "review": review,
        "event": pages.said_words(event, pkg) if event is not None else None,
        "outcome": outcome(event.action if event is not None else "", review),
        "next": following,
        "waiting": waiting,
        "public": package is not None and not package.private and review["state"] == "published",
    }


def outcome(action: str, review: dict[str, Any]) -> str:
    """One sentence on what has just happened, and who has it now."""
    sentences = {
        "submit": tk._("Submitted. The custodian has it now."),
        "claim": tk._("You hold it now."),
        "release": tk._("Let go. Colleagues can take it."),
        "assign": tk._("Handed over."),
        "return": tk._("Returned. The producer sees your reason and mends the data.")
        if review["state"] == "returned"
        else tk._("Returned to the custodian, who answers it or returns it to the producer."),
        "forward": tk._("Forwarded to the pembina.")
        if review["waits_for"] == "pembina"
        else tk._("Declared conforming. It can be published now."),
        "approve": tk._("Approved. The custodian publishes it."),
        "publish": tk._("It will be published on {moment}.").format(moment=ages.moment(review.get("release_at")))
        if review["state"] == "approved"
        else tk._("Published. Everybody can find it now."),
        "withdraw": tk._("The submission is cancelled; it is a draft again."),
        "unpublish": tk._("Withdrawn from publication; the public no longer sees it."),
        "reopen": tk._("Reopened as a draft; the producer can mend it."),
    }
    return sentences.get(action, tk._("It is now “{state}”.").format(state=review.get("state_label", "")))
