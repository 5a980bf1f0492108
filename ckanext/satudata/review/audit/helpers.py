"""What every page tells sysadmins of the audit trail."""

from __future__ import annotations

from typing import Any

from flask import g, has_request_context

from ckanext.satudata import startup

from .. import pages
from . import service


def satudata_audit_alarm() -> dict[str, Any] | None:
    """The first bad position, if the last verification found the history broken; only for sysadmins."""
    user = getattr(g, "userobj", None) if has_request_context() else None
    if user is None or not user.sysadmin or not startup.is_migrated():
        return None
    return pages.once("audit_alarm", _alarm)


def _alarm() -> dict[str, Any] | None:
    run = service.alarm()
    return {"position": run.bad_position} if run else None


HELPERS = {"satudata_audit_alarm": satudata_audit_alarm}
