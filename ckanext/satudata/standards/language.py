"""Texts of the schema and of the checks in the language somebody reads, inside a request and out of it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import ckantoolkit as tk
import flask_babel


def current() -> str:
    """The language of the reader: of the request, else the portal's own."""
    locale = flask_babel.get_locale()
    return str(locale) if locale else str(tk.config.get("ckan.locale_default") or "en")


@contextmanager
def speaking(lang: str | None) -> Iterator[str]:
    """Run a block in that language; ``None`` leaves the one in force."""
    if not lang:
        yield current()
        return
    with flask_babel.force_locale(lang):
        yield lang


def text_in(text: Any, lang: str) -> str:
    """One language out of ``{en: …, id: …}`` (English, then any, where that one is missing); plain text as it is."""
    if isinstance(text, dict):
        short = lang.split("_")[0]
        return str(text.get(lang) or text.get(short) or text.get("en") or next(iter(text.values()), ""))
    return str(text or "")
