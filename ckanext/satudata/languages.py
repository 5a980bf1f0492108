"""Who reads, where no browser says so: texts and addresses of jobs, commands and mail."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import ckantoolkit as tk
from flask import has_request_context, request


def portal_language() -> str:
    """The language of the portal, where nothing is known of the reader's."""
    return str(tk.config.get("ckan.locale_default") or "en")


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
