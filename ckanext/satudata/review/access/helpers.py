"""Helpers of templates about access, and about what the page says of figures and producers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import ckantoolkit as tk

from ckanext.satudata import startup
from ckanext.satudata.review import pages
from ckanext.satudata.standards import service as standards

from . import decisions, figures, public_pages
from .pages import brief


def satudata_restriction(pkg: dict[str, Any]) -> dict[str, Any] | None:
    """The restriction of a dataset in a line, for those concerned; see ``pages.brief``."""
    return pages.once(f"restriction:{pkg.get('id')}", lambda: brief(pkg)) if startup.is_migrated() else None


def satudata_restriction_address(data: dict[str, Any]) -> str:
    """Where the restriction record of a saved dataset is written; empty for one that was never saved."""
    return str(tk.url_for("satudata_access.record", id=data["id"])) if data.get("id") else ""


def satudata_restricted_matches(q: str) -> dict[str, Any] | None:
    """How many restricted data the words of a search find too; see ``public_pages.matches``."""
    return public_pages.matches(q or "")


def satudata_access_label(level: str) -> str:
    """The word for a level of access."""
    return decisions.level_label(level)


def satudata_status_angka(pkg: dict[str, Any]) -> dict[str, Any] | None:
    """How settled the figures of a dataset are; see ``figures.badge``."""
    return figures.badge(pkg) if startup.is_migrated() else None


def satudata_joint_producers(pkg: dict[str, Any]) -> list[dict[str, str]]:
    """Who produces a dataset together with its owner; see ``standards.producers``."""
    return standards.joint_producers(pkg.get("produsen_bersama"))


def satudata_joint_data(organization: dict[str, Any]) -> dict[str, Any] | None:
    """Data an organization produces together with others; see ``standards.producers``."""
    return standards.joint_data(organization)


HELPERS: dict[str, Callable[..., Any]] = {
    "satudata_access_label": satudata_access_label,
    "satudata_joint_data": satudata_joint_data,
    "satudata_joint_producers": satudata_joint_producers,
    "satudata_restricted_matches": satudata_restricted_matches,
    "satudata_restriction": satudata_restriction,
    "satudata_restriction_address": satudata_restriction_address,
    "satudata_status_angka": satudata_status_angka,
}
