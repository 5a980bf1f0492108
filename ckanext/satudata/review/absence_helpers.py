"""Helpers of templates: organizations nobody works for."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ckanext.satudata import config, startup

from . import officers, pages


def satudata_cares_for_producers() -> bool:
    """Whether whoever looks at the page is shown which organizations have nobody; asked once a request."""
    who = pages.actor()
    if who.id is None or not config.review_enabled() or not startup.is_migrated():
        return False
    return who.sysadmin or any(scope["role"] in officers.CARING_ROLES for scope in pages.view().standing["scopes"])


def satudata_lacks_editor(organization_id: str) -> bool:
    """Whether an organization has no editor of its own, said only to those who care for it."""
    return (
        satudata_cares_for_producers()
        and officers.cares_for(pages.actor(), organization_id)
        and not officers.has_editor(organization_id)
    )


HELPERS: dict[str, Callable[..., Any]] = {
    "satudata_cares_for_producers": satudata_cares_for_producers,
    "satudata_lacks_editor": satudata_lacks_editor,
}
