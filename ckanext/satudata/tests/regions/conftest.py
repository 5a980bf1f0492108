from __future__ import annotations

from typing import Any

from ckan.tests import factories


def org(title: str, under: dict[str, Any] | None = None, **kwargs: Any) -> dict[str, Any]:
    """An organization with that title, under another one."""
    groups = [{"name": under["name"], "capacity": "parent"}] if under else []
    return factories.Organization(title=title, groups=groups, **kwargs)
