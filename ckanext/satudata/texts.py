"""Texts among the values somebody sends: which values are none, and what of a text a database can keep."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

import ckantoolkit as tk

#: PostgreSQL takes no NUL and no half of a surrogate pair, and Solr neither: with them a request is an error page.
_BROKEN = re.compile("[\x00\ud800-\udfff]")


def storable(text: str) -> str:
    """A text without what no database can be asked for; other control characters stay."""
    return _BROKEN.sub("", text)


def no_text() -> list[str]:
    """The error of a key that holds something else than a text, as CKAN lists errors."""
    return [tk._("Give a text, not a list, an object or true or false")]


def texts_only(data_dict: Mapping[str, Any], names: Iterable[str]) -> None:
    """Refuse what is no text under a parameter that names something: CKAN hands it to PostgreSQL, and fails there.

    :raises ValidationError: keyed by each parameter at fault
    """
    wrong = [name for name in names if isinstance(data_dict.get(name), (list, dict, bool, int, float))]
    if wrong:
        raise tk.ValidationError({name: no_text() for name in wrong})
