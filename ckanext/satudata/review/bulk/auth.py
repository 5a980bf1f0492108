"""Who may ask for many at once: every user; what becomes of each item the review decides under its locks."""

from __future__ import annotations

from typing import Any

from ..people import actor_of


def satudata_review_bulk_transition(context: dict[str, Any], data_dict: dict[str, Any]) -> dict[str, Any]:
    """Every user asks; each item is decided as if it were alone."""
    return {"success": bool(actor_of(context).id)}


def satudata_review_bulk_show(context: dict[str, Any], data_dict: dict[str, Any]) -> dict[str, Any]:
    """Every user; the action shows each person's own runs."""
    return {"success": bool(actor_of(context).id)}


AUTH_FUNCTIONS = {
    "satudata_review_bulk_transition": satudata_review_bulk_transition,
    "satudata_review_bulk_show": satudata_review_bulk_show,
}
