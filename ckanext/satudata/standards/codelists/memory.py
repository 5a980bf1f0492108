"""The lists in force as this process remembers them, asked anew once a request (outside of one: at every use).

A small query (``query.stamp``) tells whether another process has published something since; only then the codes are
read again. So no worker goes on with stale choices, whichever of them published.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from flask import g, has_request_context

from ckanext.satudata import startup
from ckanext.satudata.standards.codelists import query

_lock = threading.RLock()
_asked: ContextVar[bool] = ContextVar("satudata_codelists_asked", default=False)
_stamp: tuple[Any, ...] | None = None
_codes: dict[str, list[dict[str, Any]]] = {}
_former: dict[str, list[dict[str, Any]]] = {}
_index: dict[str, dict[str, str]] = {}


@contextmanager
def asked_once() -> Iterator[None]:
    """For a run of many uses outside a request, as a check of one dataset: the database is asked once."""
    current()
    token = _asked.set(True)
    try:
        yield
    finally:
        _asked.reset(token)


def forget() -> None:
    """Ask the database again at the next use, also within this request."""
    if has_request_context():
        g.pop("satudata_codelists_asked", None)


def current() -> tuple[Any, ...] | None:
    """The stamp of what is in force now; None before the migration has run."""
    global _stamp
    if _asked.get() or (has_request_context() and g.get("satudata_codelists_asked")):
        return _stamp
    if not startup.is_migrated():
        return None
    now = query.stamp()
    with _lock:
        if now != _stamp:
            _codes.clear()
            _former.clear()
            _index.clear()
            _stamp = now
    if has_request_context():
        g.satudata_codelists_asked = True
    return now


def codes_in_force(list_id: str) -> list[dict[str, Any]]:
    """The codes of a list as the API gives them: loaded ones, else those that come with the extension."""
    if current() is None:
        from ckanext.satudata.standards.codelists import rows, shipped

        ours = shipped.of(list_id)
        return [rows.shape(code) for code in ours.codes] if ours else []
    with _lock:
        if list_id not in _codes:
            version = query.find(list_id)
            _codes[list_id] = query.codes(version)[1] if version else []
        return _codes[list_id]


def former_codes(list_id: str) -> list[dict[str, Any]]:
    """Codes only earlier versions have: they stay valid to show, and on datasets that carry them."""
    if current() is None:
        return []
    with _lock:
        if list_id not in _former:
            _former[list_id] = query.former(list_id)
        return _former[list_id]


def key_of(text: Any) -> str:
    """What spellings have in common: letters, digits and signs of units, in lower case."""
    return re.sub(r"[^\w%‰°²³/]+|_", " ", str(text)).strip().casefold()


def meant(list_id: str, text: str) -> dict[str, Any] | None:
    """The code in force that a text means: by code, by label in either language, or by an alias."""
    codes = codes_in_force(list_id)
    with _lock:
        if list_id not in _index:
            index: dict[str, str] = {}
            # Codes first, then labels, then aliases: what is said first of a spelling holds.
            for spellings in (
                lambda code: [code["code"]],
                lambda code: code["label"].values(),
                lambda code: code["aliases"],
            ):
                for code in codes:
                    for spelling in spellings(code):
                        index.setdefault(key_of(spelling), code["code"])
            _index[list_id] = index
        found = _index[list_id].get(key_of(text))
    return next((code for code in codes if code["code"] == found), None) if found is not None else None


def is_retired(code: dict[str, Any]) -> bool:
    """Whether a code is no longer to be used: its time is over, or another one took its place."""
    today = query.today().isoformat()
    return bool(code["successor"]) or bool(code["valid_to"] and code["valid_to"] < today)


def lists_of_kind(kind: str) -> list[str]:
    """Ids of the lists in force of a kind, as ``classification``."""
    if current() is None:
        from ckanext.satudata.standards.codelists import shipped

        return [name for name in shipped.names() if (of := shipped.of(name)) and of.facts.get("kind") == kind]
    asked = f"kind:{kind}"
    with _lock:
        if asked not in _codes:
            _codes[asked] = [{"id": name} for name, version in query.in_force().items() if version.kind == kind]
        return [str(each["id"]) for each in _codes[asked]]


def label_of(code: dict[str, Any], lang: str) -> str:
    """A code's label in the reader's language."""
    return str(code["label"].get("id" if lang.startswith("id") else "en") or code["label"].get("id") or code["code"])
