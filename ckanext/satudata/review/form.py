"""What was typed on the desk or for a bulk run; kept as typed, so that no answer of ours ever loses it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import ckantoolkit as tk

from ckanext.satudata.principles import PRINCIPLES, principle_label

from . import reasons
from .model import ReviewEvent

#: Who has it: taken, let go or handed over; takes no reasons.
HOLDING = ("claim", "release", "assign")


class Form:
    """The values of a form, as text."""

    def __init__(self, values: Mapping[str, str] | None = None) -> None:
        values = values or {}
        self.action = values.get("action", "")
        self.comment = _with_reasons(values.get("comment", ""), _listed(values, "reason"))
        self.release_at = values.get("release_at", "")
        self.assignee = values.get("assignee", "")
        self.body_id = values.get("body_id", "")
        self.expected_version = values.get("expected_version", "")
        self.conforms = {name: values.get(f"conforms.{name}", "") for name in PRINCIPLES}
        self.notes = {name: values.get(f"note.{name}", "") for name in PRINCIPLES}
        for name in PRINCIPLES:
            ticked = _listed(values, f"reason.{name}")
            self.notes[name] = _with_reasons(self.notes[name], ticked)
            if ticked and not self.conforms[name]:
                self.conforms[name] = "no"
        self.fields = {
            key.removeprefix("field."): text for key, text in values.items() if key.startswith("field.") and text
        }
        #: Whose words stand in the boxes before anybody has typed.
        self.taken_over = ""

    def take_over(self, event: ReviewEvent) -> None:
        """Begin with what the pembina wrote, so that the custodian who returns it on adds to it (Ps 35)."""
        self.comment = event.comment or ""
        self.fields = dict(event.field_comments or {})
        for name, result in (event.principle_results or {}).items():
            if name in self.conforms:
                self.conforms[name] = "yes" if result.get("conforms") else "no"
                self.notes[name] = result.get("note") or ""
        self.taken_over = event.comment or ""

    def request(self, package_id: str, pembina: ReviewEvent | None = None) -> dict[str, Any]:
        """The parameters of ``satudata_review_transition``; only what belongs to the action pressed.

        :param pembina: the pembina's return that nobody has answered yet: the pembina's own words, left standing in
            the box, are no answer to the pembina
        """
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
        echo = pembina is not None and self.action != "return"
        comment, fields = self.comment, self.fields
        if echo and pembina is not None:
            if _same(comment, pembina.comment):
                comment = ""
            kept = pembina.field_comments or {}
            fields = {name: text for name, text in fields.items() if not _same(text, kept.get(name))}
        asked |= {"comment": comment, "principle_results": results, "field_comments": fields}
        if self.action == "publish":
            asked["release_at"] = self.release_at
        return asked

    @property
    def typed(self) -> list[tuple[str, str]]:
        """Every text that was typed, with its heading: shown where its own box is no longer there."""
        texts = [(tk._("Reason or note"), self.comment)]
        texts += [(principle_label(name), self.notes[name]) for name in PRINCIPLES]
        texts += list(self.fields.items())
        return [(heading, text) for heading, text in texts if text]


def _listed(values: Mapping[str, str], name: str) -> list[str]:
    """All values of a box that may be ticked several times."""
    several = getattr(values, "getlist", None)
    if several is not None:
        return list(several(name))
    return [values[name]] if values.get(name) else []


def _with_reasons(text: str, ticked: list[str]) -> str:
    """A text with the standard reasons that were ticked beside it, each once."""
    added = [reason for reason in reasons.texts(ticked) if reason not in text] if ticked else []
    return "\n".join([*([text.rstrip()] if text.strip() else []), *added]) if added else text


def _same(one: str | None, other: str | None) -> bool:
    return " ".join((one or "").split()) == " ".join((other or "").split())
