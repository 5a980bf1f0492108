"""What pages show of the recommendation: a line beside the review, and a page of its own with its forms. Reads only."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

import ckantoolkit as tk
from ckan import model

from ckanext.satudata import config, startup
from ckanext.satudata.roles import service as roles

from .. import ages, cases, lookups, pages, queries, rules, said, wording, workflows
from ..model import Review
from . import FEASIBLE, TRACK, service

#: Actions in the order of their forms, and what each form asks for.
FORMS: dict[str, tuple[str, ...]] = {
    "submit": (),
    "repair": ("comment",),
    "claim": (),
    "feasible": ("identity", "comment"),
    "return": ("comment",),
    "not_feasible": ("comment",),
    "letter": ("letter_number", "letter_date", "letter_reference"),
    "assign": ("assignee",),
    "release": (),
    "cancel": ("comment",),
}
FIELDS = ("comment", "identity", "letter_number", "letter_date", "letter_reference", "assignee", "body_id")


def summary(pkg: dict[str, Any]) -> dict[str, Any] | None:
    """The recommendation in a line, for the pages of the activity; None where there is none or it is not for them.

    :param pkg: as ``package_show`` gives it; for types that are no activity nothing is asked
    """
    who = pages.actor()
    if pkg.get("type") not in config.recommendation_types() or who.id is None or not startup.is_migrated():
        return None
    package = model.Package.get(pkg["id"])
    if package is None:
        return None
    review = Review.get(package.id, TRACK) or service.blank(package, TRACK)
    if review is None:
        return None
    case = cases.Case(package, review)
    if not rules.may_see(who, review, case.jenis_data):
        return None
    facts = service.facts(review)
    return {
        "href": tk.url_for("satudata_recommendation.page", id=package.id),
        "label": wording.state(review.state, TRACK) if facts["asked"] else tk._("Not asked for yet"),
        "identity": facts["identity"],
        "yours": facts["asked"] and _is_turn(who, case),
        "due": ages.due(_iso(review.due_at)) if review.due_at else "",
    }


def _is_turn(who: Any, case: cases.Case) -> bool:
    waits_for = case.state.waits_for
    return bool(waits_for and who.bodies(waits_for, case.review.organization_id, case.jenis_data))


def _iso(moment: dt.datetime | None) -> str | None:
    return moment.replace(tzinfo=dt.timezone.utc).isoformat() if moment else None


def show(package_id: str, typed: Mapping[str, str], errors: dict[str, Any] | None = None) -> dict[str, Any]:
    """Everything the page needs.

    :param typed: what was sent with a refused form; kept
    :raises NotAuthorized: this person has no role over the activity
    :raises ObjectNotFound: no such package, or BPS does not recommend on it
    """
    review = tk.get_action("satudata_review_show")({}, {"id": package_id, "track": TRACK})
    if "actions" not in review:
        raise tk.NotAuthorized(tk._("You have no role over this dataset."))
    allowed = {action["name"]: action for action in review["actions"]}
    names = lookups.names([review["holder"], review["submitted_by"]])
    known = (*FORMS, *(name for name in allowed if name not in FORMS))
    events = queries.history(review["package_id"], TRACK)
    package = model.Package.get(review["package_id"])
    facts = review["recommendation"]
    return {
        "review": review,
        "facts": facts,
        "state": review["state_label"] if facts["asked"] else tk._("Not asked for yet"),
        "turn": wording.role(review["waits_for"]) if facts["asked"] and review["waits_for"] else "",
        "steps": _steps(review["state"]) if facts["asked"] else [],
        "holder": names.get(review["holder"] or "", ""),
        "submitted_by": names.get(review["submitted_by"] or "", ""),
        "submitted": ages.day(review["submitted_at"]),
        "due": ages.due(review["due_at"]),
        "letter_day": wording.day(dt.datetime.fromisoformat(facts["letter_date"])) if facts["letter_date"] else "",
        "awaits_letter": review["state"] == FEASIBLE and not facts["letter_number"],
        "forms": [
            {
                "name": name,
                "label": allowed[name]["label"],
                "asks": FORMS.get(name, ("comment",)),
                "open": typed.get("action") == name,
            }
            for name in known
            if name in allowed
        ],
        "needs": {name: set(action["needs"]) for name, action in allowed.items()},
        "colleagues": _colleagues(package, review) if "assign" in allowed else [],
        "typed": {name: typed.get(name, "") for name in FIELDS},
        "action": typed.get("action", ""),
        "errors": {
            name: " ".join(map(str, texts if isinstance(texts, list) else [texts]))
            for name, texts in (errors or {}).items()
        },
        "events": list(reversed(said.events(events, {"type": review["type"]}))),
        "back": _back(package),
    }


def _steps(state: str) -> list[dict[str, str]]:
    """The line from the request to the recommendation, with where it stands now."""
    table = workflows.in_force(TRACK)
    end = state if table.state(state).waits_for is None else FEASIBLE
    line = list(dict.fromkeys((table.initial, state, end)))
    here = line.index(state)
    return [
        {
            "label": wording.state(name, TRACK),
            "place": "done" if place < here else "current" if place == here else "ahead",
        }
        for place, name in enumerate(line)
    ]


def _colleagues(package: model.Package | None, review: dict[str, Any]) -> list[dict[str, str]]:
    if package is None:
        return []
    kind = cases.Case(package, Review(package_id=package.id, track=TRACK, state=review["state"])).jenis_data
    people = lookups.colleagues(roles.has_body("pembina", review["organization_id"] or "", kind))
    return [person for person in people if person["id"] != review["holder"]]


def _back(package: model.Package | None) -> str:
    """The page of the activity; the queue where this person does not see it."""
    if package is None:
        return tk.url_for("satudata_review.queue")
    try:
        tk.check_access("package_show", {}, {"id": package.id})
    except tk.NotAuthorized:
        return tk.url_for("satudata_review.queue")
    return tk.url_for(f"{package.type}.read", id=package.name)


def asked(package_id: str, typed: Mapping[str, str]) -> dict[str, Any]:
    """The parameters of ``satudata_review_transition`` for a form; only what belongs to the action pressed."""
    action = typed.get("action", "")
    given = {name: typed[name] for name in (*FORMS.get(action, ("comment",)), "body_id") if typed.get(name)}
    return {
        "id": package_id,
        "track": TRACK,
        "action": action,
        "expected_version": typed.get("expected_version"),
        **given,
    }
