"""Helpers of templates of this room."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ckanext.satudata import config

from . import ages, pages, pressed, remarks, stale_form, wording
from .recommendation import panel as recommendation


def satudata_review(pkg: dict[str, Any]) -> dict[str, Any] | None:
    """``state``, ``label`` and ``version`` of a dataset under review; None for any other. One query a request."""
    return pages.brief(pkg)


def satudata_review_strip(pkg: dict[str, Any]) -> dict[str, Any] | None:
    """What the dataset page says of the review; see ``pages.strip``."""
    return pages.strip(pkg)


def satudata_review_remarks(data: dict[str, Any]) -> dict[str, Any] | None:
    """What the last return asks for, for the form of the producer; see ``remarks.of_form``."""
    return remarks.of_form(data)


def satudata_review_header() -> dict[str, Any]:
    """What of the review stands in the header; see ``pages.header``."""
    return pages.header()


def satudata_review_label(pkg: dict[str, Any]) -> str | None:
    """The word for a private dataset in a list, in place of "Private"."""
    return pages.state_label(pkg)


def satudata_review_may(pkg: dict[str, Any], action: str) -> bool:
    """Whether whoever looks at the page may take that action on the dataset now."""
    return pages.may(pkg, action)


def satudata_review_may_by_name(name_or_id: str, action: str) -> bool:
    """As ``satudata_review_may``, where a form knows no more of the dataset than its name."""
    return pages.may_by_name(name_or_id, action)


def satudata_review_first_action(owner_org: str | None) -> str:
    """What hands over data that are only begun, ``submit`` or ``ask``; see ``pressed.first_action``."""
    return pressed.first_action(owner_org)


def satudata_review_managed(packages: list[dict[str, Any]]) -> list[str]:
    """Ids of those of the listed datasets that are under review; one query."""
    return pages.managed(packages)


def satudata_review_comment_length() -> int:
    """The longest comment that is taken."""
    return config.comment_length()


def satudata_recommendation(pkg: dict[str, Any]) -> dict[str, Any] | None:
    """The recommendation of BPS in a line; None for what is no sectoral survey, or not for whoever looks."""
    return recommendation.summary(pkg)


HELPERS: dict[str, Callable[..., Any]] = {
    "satudata_review_first_action": satudata_review_first_action,
    **stale_form.HELPERS,
    "satudata_recommendation": satudata_recommendation,
    "satudata_review": satudata_review,
    "satudata_review_header": satudata_review_header,
    "satudata_review_label": satudata_review_label,
    "satudata_review_managed": satudata_review_managed,
    "satudata_review_may": satudata_review_may,
    "satudata_review_may_by_name": satudata_review_may_by_name,
    "satudata_review_comment_length": satudata_review_comment_length,
    "satudata_review_remarks": satudata_review_remarks,
    "satudata_review_strip": satudata_review_strip,
    "satudata_review_age": ages.age,
    "satudata_review_day": ages.day,
    "satudata_review_due": ages.due,
    "satudata_review_moment": ages.moment,
    "satudata_review_action": wording.action,
    "satudata_review_state": wording.state,
}
