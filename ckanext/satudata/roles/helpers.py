"""What templates say of roles."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import ckantoolkit as tk


def satudata_role_label(role: str) -> str:
    """The role in the words of the law (Perpres 39/2019 Ps 19-24)."""
    return {
        "producer": tk._("Data producer"),
        "custodian": tk._("Data custodian"),
        "supporting_custodian": tk._("Supporting data custodian"),
        "pembina": tk._("Data supervisor (pembina)"),
        "planner": tk._("Data planner"),
    }.get(role, role)


HELPERS: dict[str, Callable[..., Any]] = {"satudata_role_label": satudata_role_label}
