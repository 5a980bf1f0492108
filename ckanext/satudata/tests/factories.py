"""Makers of test data; those of CKAN, plus what our rooms need."""

from __future__ import annotations

from typing import Any

from ckan.tests import factories


def officer(organization: dict[str, Any], capacity: str = "editor", **kwargs: Any) -> dict[str, Any]:
    """A user who is a direct member of that organization with that capacity."""
    from ckan.tests.helpers import call_action

    user = factories.User(**kwargs)
    call_action("member_create", id=organization["id"], object=user["id"], object_type="user", capacity=capacity)
    return user
