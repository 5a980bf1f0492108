"""Refusals of the review, in words a person can act on."""

from __future__ import annotations

import ckantoolkit as tk


def refuse(reason: str) -> tk.NotAuthorized:
    """A refusal with its reason, to be raised."""
    return tk.NotAuthorized(reason)


def invalid(field: str, message: str) -> tk.ValidationError:
    """An error on one input field, to be raised."""
    return tk.ValidationError({field: [message]})
