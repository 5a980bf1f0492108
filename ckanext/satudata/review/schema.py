"""Reading the input of the review's actions; what is wrong is named by its field."""

from __future__ import annotations

import datetime as dt
import re
from typing import Any

import ckantoolkit as tk

from ckanext.satudata import config, json_text, listing
from ckanext.satudata.principles import PRINCIPLES, principle_label
from ckanext.satudata.texts import no_text

from . import wording
from .model import PUBLICATION
from .recommendation import service as recommendation
from .requirements import Request
from .transitions import CHANGE_KINDS
from .workflows import in_force, tracks

TRANSITION = frozenset(
    "id action comment principle_results field_comments release_at assignee body_id expected_version track "
    "change_kind public_note".split()
) | frozenset(recommendation.PARAMETERS)
LIST = frozenset("track state organization holder type overdue mine own q sort facets limit offset".split())
SORTS = {
    "waiting": ("state_since", False),
    "-waiting": ("state_since", True),
    "title": ("title", False),
    "-title": ("title", True),
    "organization": ("organization", False),
    "-organization": ("organization", True),
    "due": ("due_at", False),
    "-due": ("due_at", True),
    "holder": ("holder", False),
    "-holder": ("holder", True),
}
#: What PostgreSQL's text cannot hold, and what no person types.
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")


def read_transition(data_dict: dict[str, Any]) -> tuple[str, Request]:
    """The package and the request of ``satudata_review_transition``.

    :raises ValidationError: every field at fault at once, keyed by its name
    """
    listing.refuse_unknown(data_dict, TRANSITION)
    errors: dict[str, list[str]] = {}
    for name in ("id", "action"):
        if not data_dict.get(name) or not isinstance(data_dict[name], str):
            errors[name] = [tk._("Missing value")]
    request = Request(
        action=str(data_dict.get("action") or ""),
        comment=_text(data_dict.get("comment"), "comment", errors),
        principle_results=_principles(data_dict.get("principle_results"), errors),
        field_comments=_field_comments(data_dict.get("field_comments"), errors),
        release_at=_moment(data_dict.get("release_at"), errors),
        assignee=data_dict.get("assignee") or None,
        body_id=data_dict.get("body_id") or None,
        expected_version=_whole_number(data_dict.get("expected_version"), errors),
        track=_track(data_dict, errors),
        recommendation=recommendation.read(data_dict, errors),
        change_kind=_change_kind(data_dict.get("change_kind"), errors),
        public_note=_text(data_dict.get("public_note"), "public_note", errors),
    )
    if errors:
        raise tk.ValidationError(errors)
    return data_dict["id"], request


def read_list(data_dict: dict[str, Any]) -> dict[str, Any]:
    """Filters of ``satudata_review_list``.

    :raises ValidationError: keyed by the filter at fault
    """
    listing.refuse_unknown(data_dict, LIST)
    errors: dict[str, list[str]] = {}
    track = _track(data_dict, errors)
    known = in_force(track).states
    states = data_dict.get("state") or []
    states = [states] if isinstance(states, str) else list(states)
    unknown = [state for state in states if state not in known]
    if unknown:
        errors["state"] = [tk._("Unknown state. Known: {names}").format(names=", ".join(known))]
    sort = data_dict.get("sort") or "waiting"
    if sort not in SORTS:
        errors["sort"] = [tk._("Unknown order. Known: {names}").format(names=", ".join(SORTS))]
    flags = {}
    for name in ("overdue", "mine", "own", "facets"):
        try:
            flags[name] = tk.asbool(data_dict.get(name) or False)
        except ValueError:
            errors[name] = [tk._("Give true or false")]
    if errors:
        raise tk.ValidationError(errors)
    return {
        "track": track,
        "states": states,
        "organization": data_dict.get("organization") or None,
        "holder": data_dict.get("holder") or None,
        "type": data_dict.get("type") or None,
        "q": _CONTROL.sub("", str(data_dict.get("q") or "")).strip()[:200],
        "sort": SORTS[sort],
        "page": listing.page_of(data_dict),
        **flags,
    }


def _track(data_dict: dict[str, Any], errors: dict[str, list[str]]) -> str:
    """The track asked for; publication where none is named, or one that nobody knows."""
    track = data_dict.get("track") or PUBLICATION
    if track in tracks():
        return str(track)
    errors["track"] = [tk._("Unknown track. Known: {names}").format(names=", ".join(tracks()))]
    return PUBLICATION


def _change_kind(value: Any, errors: dict[str, list[str]]) -> str | None:
    if value in (None, "", *CHANGE_KINDS):
        return value or None
    errors["change_kind"] = [tk._("Unknown kind of change. Known: {names}").format(names=", ".join(CHANGE_KINDS))]
    return None


def _text(value: Any, name: str, errors: dict[str, list[str]]) -> str | None:
    if value in (None, ""):
        return None
    if isinstance(value, (list, dict, bool)):
        errors[name] = no_text()
        return None
    text = _CONTROL.sub("", str(value)).strip()
    if len(text) > config.comment_length():
        errors[name] = [
            tk._("Too long: {given} characters; at most {most}.").format(given=len(text), most=config.comment_length())
        ]
    return text or None


def text(value: Any, name: str) -> str | None:
    """A comment or reason, cleaned of control characters.

    :raises ValidationError: it is too long
    """
    errors: dict[str, list[str]] = {}
    result = _text(value, name, errors)
    if errors:
        raise tk.ValidationError(errors)
    return result


def year(value: Any, name: str) -> str | None:
    """A year of four digits, or None for empty.

    :raises ValidationError: it is neither
    """
    if value in (None, ""):
        return None
    if not re.fullmatch(r"(19|20|21)\d\d", str(value)):
        raise tk.ValidationError({name: [tk._("Give a year, as 2026, or nothing to clear it")]})
    return str(value)


def _principles(value: Any, errors: dict[str, list[str]]) -> dict[str, dict[str, Any]] | None:
    """Accept ``{principle: {"conforms": bool, "note": text}}`` and the short ``{principle: bool}``."""
    value = json_of(value)
    if value in (None, "", {}):
        return None
    if not isinstance(value, dict):
        errors["principle_results"] = [tk._("Give an object with one entry per principle")]
        return None
    results: dict[str, dict[str, Any]] = {}
    for name, given in value.items():
        entry = given if isinstance(given, dict) else {"conforms": given}
        conforms = entry.get("conforms")
        if name not in PRINCIPLES:
            message = tk._("Unknown principle “{name}”. Known: {names}").format(name=name, names=", ".join(PRINCIPLES))
            errors.setdefault("principle_results", []).append(message)
        elif not isinstance(conforms, bool):
            message = tk._("{principle}: say true (conforms) or false").format(principle=principle_label(name))
            errors.setdefault("principle_results", []).append(message)
        else:
            note = _text(entry.get("note"), "principle_results", errors)
            results[name] = {"conforms": conforms, **({"note": note} if note else {})}
    return results


def _field_comments(value: Any, errors: dict[str, list[str]]) -> dict[str, str] | None:
    value = json_of(value)
    if value in (None, "", {}):
        return None
    if not isinstance(value, dict) or len(value) > 200:
        errors["field_comments"] = [tk._("Give an object of field names and texts, at most 200")]
        return None
    comments = {str(name)[:200]: _text(text, "field_comments", errors) for name, text in value.items()}
    return {name: text for name, text in comments.items() if text} or None


def json_of(value: Any) -> Any:
    """Clients without JSON bodies send objects as text."""
    if isinstance(value, str) and value.strip()[:1] in ("{", "["):
        try:
            return json_text.loads(value)
        except ValueError:
            return value
    return value


def _moment(value: Any, errors: dict[str, list[str]]) -> dt.datetime | None:
    """An ISO 8601 moment; without an offset it is read in the portal's time zone. Kept as naive UTC."""
    if value in (None, ""):
        return None
    try:
        moment = (
            value if isinstance(value, dt.datetime) else dt.datetime.fromisoformat(str(value).replace("Z", "+00:00"))
        )
    except ValueError:
        errors["release_at"] = [tk._("Give a date and time as 2026-12-31T08:00")]
        return None
    return wording.to_utc(moment)


def _whole_number(value: Any, errors: dict[str, list[str]]) -> int | None:
    if value in (None, ""):
        return None
    try:
        return int(value)
    except (TypeError, ValueError):
        errors["expected_version"] = [tk._("Give the whole number that satudata_review_show answered as version")]
        return None
