"""In which language somebody reads: within a request, and where no browser says so (jobs, commands and mail)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import ckantoolkit as tk
import flask_babel
from flask import has_request_context, request


def portal_language() -> str:
    """The language of the portal, where nothing is known of the reader's."""
    return str(tk.config.get("ckan.locale_default") or "en")


def current() -> str:
    """The language of the reader: of the request, else the portal's own."""
    locale = flask_babel.get_locale()
    return str(locale) if locale else portal_language()


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


@contextmanager
def read_in(language: str) -> Iterator[None]:
    """Texts and addresses in that language, wherever it is called from: a job has no reader before a browser."""
    if has_request_context() and request.environ.get("CKAN_LANG", portal_language()) == language:
        yield
        return
    from ckan.config import middleware

    known = middleware._internal_test_request_context
    if known is None:
        yield
        return
    environ = {"CKAN_LANG": language, "CKAN_LANG_IS_DEFAULT": language == portal_language()}
    # With an application context of its own: Flask-Babel remembers the language there, and a request within another
    # would share it.
    with known.app.app_context(), known.app.test_request_context(environ_overrides=environ):
        yield
