"""What a return asks for, beside the fields it is about: in the form until mended, on the desk afterwards."""

from __future__ import annotations

from typing import Any

import ckantoolkit as tk

from . import cases, diff, diff_text, pages, rounds, said
from .model import Review, ReviewEvent
from .workflows import in_force

#: A value longer than this is told in its beginning only; the history has the rest.
LONGEST = 400


def of_form(data: dict[str, Any]) -> dict[str, Any] | None:
    """What the producer's form shows of the last return; None where nothing is asked for. Once a request.

    :param data: what the form knows: ``id`` and ``type`` of the dataset
    :returns: ``said`` (the returns in words), ``fields`` (name → remarks), ``listed`` (all remarks), ``open`` (how
        many fields still wait), ``total``
    """
    review = pages.review_of({"id": data.get("id"), "type": data.get("type") or data.get("package_type")})
    if review is None or in_force(review.track).state(review.state).editable_by != "producer":
        return None
    return pages.once(f"remarks:{review.package_id}", lambda: _of_form(review))


def _of_form(review: Review) -> dict[str, Any] | None:
    returns = rounds.returns_of(review)
    if not returns or rounds.is_answered(review, returns):
        return None
    pkg = cases.show(review.package_id)
    about_files = any("resources" in (event.field_comments or {}) for event in returns)
    changed = rounds.by_field(rounds.changes(review, pkg, with_files=about_files))
    found = _remarks(returns, changed, pkg)
    fields: dict[str, list[dict[str, Any]]] = {}
    for remark in found:
        fields.setdefault(remark["field"], []).append(remark)
    return {
        "said": said.events(returns, pkg),
        "fields": fields,
        "listed": found,
        "open": sum(1 for remarks in fields.values() if not remarks[0]["mended"]),
        "total": len(fields),
    }


def of_desk(review: Review, pkg: dict[str, Any]) -> dict[str, Any] | None:
    """What the checker is shown: what has changed since the return, and what has not; of a working copy that was
    never returned, what it changes in the published data.

    :returns: ``fields`` (name → words of its changes), ``files`` (id → the same), ``asked`` (name → remarks),
        ``changed`` and ``unchanged`` (``field, label`` of each), ``said`` (the returns in words); None where it was
        never returned and is no working copy; ``live`` says that it is compared with the published data
    """
    returns = rounds.returns_of(review)
    if not returns or not rounds.is_answered(review, returns):
        return _of_copy(review, pkg) if pkg.get("state") == "revision" else None
    changed = rounds.by_field(rounds.changes(review, pkg))
    asked: dict[str, list[dict[str, Any]]] = {}
    for remark in _remarks(returns, changed, pkg):
        asked.setdefault(remark["field"], []).append(remark)
    return {
        **_marks(review, changed),
        "live": False,
        "asked": asked,
        "unchanged": [
            {"field": name, "label": said.field_labels(review.package_type).get(name, name)}
            for name in asked
            if name not in changed
        ],
        "said": said.events(returns, pkg),
    }


def _of_copy(review: Review, pkg: dict[str, Any]) -> dict[str, Any] | None:
    """What a working copy changes in the published data."""
    try:
        told = tk.get_action("satudata_revision_diff")({}, {"id": pkg["id"]})
    except (tk.ObjectNotFound, tk.NotAuthorized):
        return None
    changed = rounds.by_field([_restored(change) for change in told["changes"]])
    return {**_marks(review, changed), "live": True, "asked": {}, "unchanged": [], "said": []}


def _restored(told: dict[str, Any]) -> diff.Change:
    """A change as the API tells it, as a change again."""
    position = tuple(told["position"]) if told["position"] else None
    parts = tuple(_restored(part) for part in told["parts"])
    return diff.Change(**{**told, "parts": parts, "position": position})


def _marks(review: Review, changed: dict[str, list[diff.Change]]) -> dict[str, Any]:
    """Changes as the desk marks them: by field, by file, and as links to the fields."""
    labels = said.field_labels(review.package_type)
    # By the id of the file as it is now: that is the one on the desk.
    files = {change.new: in_words(change) for change in changed.get("resources", []) if change.new}
    return {
        "files": files,
        "fields": {name: [in_words(change) for change in found] for name, found in changed.items()},
        "changed": [{"field": name, "label": labels.get(name, found[0].label)} for name, found in changed.items()],
    }


def _remarks(
    returns: list[ReviewEvent], changed: dict[str, list[diff.Change]], pkg: dict[str, Any]
) -> list[dict[str, Any]]:
    """Every comment on a field, once, in the order of the form."""
    found: dict[tuple[str, str], dict[str, Any]] = {}
    for event, words in zip(returns, said.events(returns, pkg), strict=True):
        for shown in words["fields"]:
            # The custodian passes on what the pembina wrote: said once is enough.
            key = (shown["name"], shown["text"].strip())
            found.setdefault(
                key,
                {
                    "field": shown["name"],
                    "label": shown["label"],
                    "text": shown["text"],
                    "anchor": shown["anchor"],
                    "who": words["who"],
                    "body": words["body"],
                    "at": words["at"],
                    "position": event.position,
                    "mended": shown["name"] in changed,
                    "changes": [in_words(change) for change in changed.get(shown["name"], [])],
                },
            )
    order = list(said.field_labels(pkg.get("type") or "dataset"))
    return sorted(found.values(), key=lambda one: order.index(one["field"]) if one["field"] in order else len(order))


def in_words(change: diff.Change) -> dict[str, Any]:
    """One difference in words: what it was and what it is."""
    old, new = change.old_text, change.new_text
    if change.scope == "resource":
        parts = [in_words(part) for part in change.parts]
        return {"label": change.label, "kind": _kind(change), "old": "", "new": "", "pieces": [], "parts": parts}
    if change.scope in ("rows", "row"):
        parts = [in_words(part) for part in change.parts]
        return {"label": change.label, "kind": _kind(change), "old": old, "new": new, "pieces": [], "parts": parts}
    # Names of files and numbers of rows are read whole, not word by word.
    whole = change.scope in ("file", "table", "columns")
    pieces = diff_text.marked(old, new) if old and new and not whole and len(old) + len(new) < 2 * LONGEST else []
    return {
        "label": change.label,
        "kind": _kind(change),
        "old": _short(old),
        "new": _short(new),
        "pieces": pieces,
        "parts": [],
    }


def _kind(change: diff.Change) -> str:
    words = {
        "added": tk._("added"),
        "removed": tk._("removed"),
        "changed": tk._("changed"),
        "moved": tk._("moved"),
    }
    return words[change.kind]


def _short(text: str) -> str:
    return text if len(text) <= LONGEST else text[:LONGEST].rstrip() + " …"
