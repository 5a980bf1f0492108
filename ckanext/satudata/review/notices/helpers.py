"""Helpers of templates of the notices."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ckanext.satudata import config, startup

from .. import pages
from . import mail, reading, words


def satudata_notices() -> int | None:
    """How many notices whoever looks at the page has not read; None for nobody. Asked once a request."""
    who = pages.actor()
    if who.id is None or not startup.is_migrated() or not config.review_enabled():
        return None
    return pages.once("notices", lambda: reading.unread(who, pages.view()))


HELPERS: dict[str, Callable[..., Any]] = {
    "satudata_notices": satudata_notices,
    "satudata_notices_said": mail.said,
    "satudata_notices_choice": words.choice,
    "satudata_notices_kind": words.kind,
    "satudata_notices_channel": words.channel,
}
