"""What the pages of the review show: the strip of a dataset, the numbers in the header, words for events.

Reads only. Everything is computed once a request, however many templates ask.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, TypeVar

import ckantoolkit as tk
from ckan import model
from flask import g, has_request_context

from ckanext.satudata import config, startup
from ckanext.satudata.roles import service as roles
from ckanext.satudata.standards import service as standards

from . import ages, cases, dictize, lookups, queries, rules, said, wording
from .model import Review
from .people import Actor, actor_of
from .workflows import checking_roles, in_force

T = TypeVar("T")

#: Steps that not every dataset goes through stand in its line only while they concern it.
SOMETIMES = frozenset({"supporting_custodian", "pembina"})


def once(key: str, make: Callable[[], T]) -> T:
    """A value that is computed once a request."""
    if not has_request_context():
        return make()
    kept: dict[str, Any] = g.setdefault("satudata_review", {})
    if key not in kept:
        kept[key] = make()
    return kept[key]


def actor() -> Actor:
    """Whoever looks at the page."""
    user = getattr(g, "userobj", None) if has_request_context() else None
    if user is None:
        return Actor(None, "")
    return once("actor", lambda: actor_of({"user": user.name, "auth_user_obj": user}))


def view() -> queries.View:
    """What whoever looks at the page may see of the queue; asked once a request."""
    return once("view", lambda: queries.View(actor()))


def review_of(pkg: dict[str, Any]) -> Review | None:
    """The review row of a dataset shown on a page; one query a request, none for types without review."""
    package_id = pkg.get("id")
    if not package_id or not cases.is_reviewed_type(pkg.get("type")) or not startup.is_migrated():
        return None
    return once(f"review:{package_id}", lambda: cases.find(package_id))


def brief(pkg: dict[str, Any]) -> dict[str, Any] | None:
    """Where a dataset stands, in short; None where the review does not concern it."""
    review = review_of(pkg)
    if review is None:
        return None
    return {
        "state": review.state,
        "label": wording.state(review.state),
        "version": review.version,
        "mend": to_be_mended(review.state),
    }


def to_be_mended(state: str) -> bool:
    """Whether a state is one in which the producer mends what was sent back, and not the first draft."""
    workflow = in_force()
    return workflow.state(state).editable_by is not None and state != workflow.initial


# -- the header -----------------------------------------------------------------------------------------------


def header() -> dict[str, Any]:
    """What of ours the header shows this person: ``review`` (the queue), ``count``, ``work`` (Data kami).

    Nothing is asked for nobody; one query for a logged-in person, and the count only for checkers.
    """
    who = actor()
    if who.id is None or not startup.is_migrated() or not config.review_enabled():
        return {"review": False, "count": 0, "work": False}
    return once("header", lambda: _header(None))


def _header(count: int | None) -> dict[str, Any]:
    standing = view().standing
    checks = [scope for scope in standing["scopes"] if scope["role"] in checking_roles()]
    if count is None:
        count = queries.count_mine(view()) if checks else 0
    return {
        "review": bool(checks) or actor().sysadmin,
        "count": count if checks else 0,
        "work": bool(standing["organizations"]),
    }


def know_count(count: int) -> bool:
    """The queue has counted what waits for this person: the header need not count again.

    :returns: whether this person checks at all
    """
    return bool(once("header", lambda: _header(count))["review"])


# -- badges in lists ------------------------------------------------------------------------------------------


def note_private(packages: Iterable[Any]) -> None:
    """Remember which private datasets a list on this page holds, so that their states are asked for at once."""
    if has_request_context():
        listed: set[str] = g.setdefault("satudata_private", set())
        listed.update(item["id"] for item in packages if isinstance(item, dict) and item.get("private"))


def state_label(pkg: dict[str, Any]) -> str | None:
    """The word for a private dataset in a list; None where the review does not concern it."""
    if not pkg.get("id") or not cases.is_reviewed_type(pkg.get("type")) or not startup.is_migrated():
        return None
    note_private([{**pkg, "private": True}])
    known: dict[str, str | None] = g.setdefault("satudata_states", {})
    if pkg["id"] not in known:
        wanted = g.satudata_private - set(known)
        found = lookups.states(wanted)
        known.update({package_id: found.get(package_id) for package_id in wanted})
    state = known[pkg["id"]]
    return wording.state(state) if state else None


# -- the strip of a dataset page ------------------------------------------------------------------------------


def strip(pkg: dict[str, Any]) -> dict[str, Any] | None:
    """What the dataset page says of the review: all of it to those concerned, the date of the check to anybody."""
    review = review_of(pkg)
    if review is None:
        return None
    who = actor()
    package = model.Package.get(pkg["id"]) if who.id else None
    if package is None:
        return _public(review)
    case = cases.Case(package, review)
    if not rules.may_see(who, review, case.jenis_data):
        return _public(review)
    names = lookups.names([review.holder_id, review.submitted_by, review.asked_by])
    last = lookups.last_said(package.id)
    found = buttons(who, case)
    return {
        "public": False,
        "id": package.id,
        "state": review.state,
        "label": wording.state(review.state),
        "version": review.version,
        "mend": to_be_mended(review.state),
        "handed_over": case.state.editable_by is None,
        "steps": steps(review.state, rules.pembina_is_asked(case.fields)),
        "waits": in_force().state(review.state).waits_for is not None,
        "waits_for": wording.role(in_force().state(review.state).waits_for or ""),
        "yours": any(button["primary"] for button in found),
        "goes_on": "" if found else wording.who_goes_on(review.state),
        "holder": names.get(rules.holder(case) or "", ""),
        "submitted_by": names.get(review.submitted_by or "", ""),
        "asked_by": names.get(review.asked_by or "", ""),
        "asked": ages.day(review.asked_at),
        "since": ages.day(review.state_since),
        "age": ages.age(review.state_since),
        "due": ages.due(review.due_at),
        "overdue": dictize.review_dict(review, "", "")["overdue"],
        "release": ages.moment(review.release_at),
        "checked": checked(review),
        "limited": in_force().state(review.state).public and bool(package.private),
        "said": said.one(last, pkg) if last is not None else None,
        "buttons": found,
        "may_check": bool(checking_roles() & set(_roles(who, case))) or who.sysadmin,
        "findings": _missing(pkg) if any(b.get("action") in ("submit", "ask") for b in found) else [],
    }


def _public(review: Review) -> dict[str, Any] | None:
    words = checked(review)
    return {"public": True, "checked": words} if words and in_force().state(review.state).public else None


def checked(review: Review) -> str:
    """“Sudah diperiksa walidata dan Pembina Data, Senin, 23 November 2026”, or nothing."""
    if review.pembina_checked_at:
        return tk._("Checked by the custodian and the pembina on {day}").format(day=ages.day(review.pembina_checked_at))
    if review.custodian_checked_at:
        return tk._("Checked by the custodian on {day}").format(day=ages.day(review.custodian_checked_at))
    return ""


def steps(state: str, with_pembina: bool, track: str = "publication") -> list[dict[str, str]]:
    """The line from the first state to the last: each with its word and whether it is done, current or ahead.

    Read from the table in force: its states in their order up to the public one. Where the producer mends, that
    takes the place of the first; a state beside the line (withdrawn) is put behind it.
    """
    workflow = in_force(track)
    line = []
    for name, one in workflow.states.items():
        sometimes = one.waits_for in SOMETIMES and not (one.waits_for == "pembina" and with_pembina)
        back = one.editable_by is not None and name != workflow.initial
        if name == state or not (sometimes or back or (one.waits_for is None and not one.public)):
            line.append(name)
    if workflow.state(state).editable_by is not None and state != workflow.initial:
        line.remove(state)
        line[0] = state
    if state not in line:
        line.append(state)
    here = line.index(state)
    return [
        {
            "label": wording.state(name, track),
            "place": "done" if place < here else "current" if place == here else "ahead",
        }
        for place, name in enumerate(line)
    ]


def buttons(who: Actor, case: cases.Case) -> list[dict[str, Any]]:
    """At most two things to do next; ``post`` ones act at once, links lead to a page that asks more."""
    allowed = {transition.name: transition for transition in rules.actions_for(who, case)}
    package_id = case.package.id
    found: list[dict[str, Any]] = []

    def word(name: str) -> str:
        return wording.action(dictize.label_of(allowed[name], case))

    def page(endpoint: str, **values: Any) -> str:
        return tk.url_for(f"satudata_review.{endpoint}", id=package_id, **values)

    if "submit" in allowed or "ask" in allowed:
        name = "submit" if "submit" in allowed else "ask"
        # Asked already: the head of the organization has the next step, a second question helps nobody.
        if name == "submit" or not case.review.asked_by:
            found.append({"action": name, "label": word(name), "primary": True})
        edit = tk.url_for(f"{case.package.type}.edit", id=case.package.name)
        label = tk._("Mend the data") if case.review.state != case.workflow.initial else tk._("Fill in the form")
        found.append({"href": edit, "label": label, "primary": False})
    elif "publish" in allowed:
        found.append({"href": page("desk"), "label": tk._("Check and publish"), "primary": True})
    elif "return" in allowed or any(item.effect == "check" for item in allowed.values()):
        found.append({"href": page("desk"), "label": tk._("Check these data"), "primary": True})
        if "claim" in allowed and not rules.holder(case):
            found.append({"action": "claim", "label": word("claim"), "primary": False})
    for name in ("unpublish", "reopen", "withdraw"):
        # Who decides on a draft fills it in; going back to a draft is then one step too many.
        if name in allowed and not {"submit", "ask"} & set(allowed):
            found.append({"href": page("confirm", action=name), "label": word(name), "primary": False})
    return found[:2]


def may(pkg: dict[str, Any], action: str) -> bool:
    """Whether whoever looks may take that action on this dataset now."""
    review, who = review_of(pkg), actor()
    package = model.Package.get(pkg["id"]) if review is not None and who.id else None
    if review is None or package is None:
        return False
    return action in {transition.name for transition in rules.actions_for(who, cases.Case(package, review))}


def may_by_name(name_or_id: str, action: str) -> bool:
    """As :func:`may`, for a dataset known by name or id only."""
    package = model.Package.get(name_or_id)
    return package is not None and may({"id": package.id, "type": package.type}, action)


def managed(packages: list[dict[str, Any]]) -> list[str]:
    """Ids of those of these datasets that are under review."""
    return list(lookups.states([item["id"] for item in packages if cases.is_reviewed_type(item.get("type"))]))


def _roles(who: Actor, case: cases.Case) -> list[str]:
    over = roles.roles_over(who.id or "", case.review.organization_id or "", case.jenis_data)
    return [role for role, bodies in over.items() if bodies]


def _missing(pkg: dict[str, Any]) -> list[dict[str, Any]]:
    """What the producer has still to complete, each with the place in the form."""
    edit = tk.url_for(f"{pkg.get('type') or 'dataset'}.edit", id=pkg["name"])
    return [
        {**finding, "href": edit + said.anchor(finding["field"])}
        for finding in standards.check(pkg)["findings"]
        if finding["severity"] in ("error", "warning")
    ]
