"""Standard reasons: what checkers write again and again, one press away. The list is a file a portal may replace."""

from __future__ import annotations

import functools
from pathlib import Path
from typing import Any

import ckantoolkit as tk
import yaml
from ckan.exceptions import CkanConfigurationException
from ckan.lib import i18n

from ckanext.satudata import config
from ckanext.satudata.principles import PRINCIPLES

BUILT_IN = Path(__file__).with_name("reasons.yaml")
#: More than this is no longer found by looking.
MOST = 100
LANGUAGES = ("id", "en")


def path() -> Path:
    """The file in force."""
    return Path(config.reasons_file() or BUILT_IN)


def check() -> None:
    """Refuse to start with a list nobody could read.

    :raises CkanConfigurationException: no such file, no YAML, or an entry at fault, named by its number
    """
    _read(path(), _changed(path()))


def listed() -> list[dict[str, str]]:
    """Every reason in the reader's language: ``name``, ``principle`` (or empty) and ``text``."""
    language = _language()
    return [
        {"name": one["name"], "principle": one["principle"], "text": one.get(language) or one["id"]}
        for one in _read(path(), _changed(path()))
    ]


def texts(names: list[str]) -> list[str]:
    """The texts of these reasons, in the order of the list; unknown names are passed over."""
    return [one["text"] for one in listed() if one["name"] in names]


def _changed(file: Path) -> float:
    try:
        return file.stat().st_mtime
    except OSError as error:
        raise CkanConfigurationException(f"satudata.review.reasons: cannot read {file}: {error.strerror}") from error


@functools.lru_cache(maxsize=4)
def _read(file: Path, changed: float) -> tuple[dict[str, str], ...]:
    """The entries of a file; read again when it has changed."""
    try:
        content = yaml.safe_load(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise CkanConfigurationException(f"satudata.review.reasons: {file}: {error}") from error
    entries = content.get("reasons") if isinstance(content, dict) else None
    if not isinstance(entries, list) or len(entries) > MOST:
        raise CkanConfigurationException(
            f"satudata.review.reasons: {file} needs a list named `reasons`, of at most {MOST}"
        )
    found: dict[str, dict[str, str]] = {}
    for number, entry in enumerate(entries, 1):
        fault = _fault(entry, found)
        if fault:
            raise CkanConfigurationException(f"satudata.review.reasons: {file}, reason {number}: {fault}")
        found[entry["name"]] = {key: str(entry.get(key) or "") for key in ("name", "principle", *LANGUAGES)}
    return tuple(found.values())


def _fault(entry: Any, found: dict[str, Any]) -> str | None:
    if not isinstance(entry, dict):
        return "give name, id and en"
    unknown = set(entry) - {"name", "principle", *LANGUAGES}
    if unknown:
        return f"unknown key {sorted(map(str, unknown))[0]}"
    if not isinstance(entry.get("name"), str) or not entry["name"]:
        return "name is missing"
    if entry["name"] in found:
        return f"{entry['name']} is there twice"
    if not isinstance(entry.get("id"), str) or not entry["id"].strip():
        return "its text in Indonesian (id) is missing"
    if entry.get("en") is not None and not isinstance(entry["en"], str):
        return "en must be a text"
    if entry.get("principle") and entry["principle"] not in PRINCIPLES:
        return f"unknown principle {entry['principle']}; known: {', '.join(PRINCIPLES)}"
    return None


def _language() -> str:
    try:
        return str(i18n.get_lang() or "id")[:2]
    except RuntimeError:  # outside a request
        return str(tk.config.get("ckan.locale_default", "id"))[:2]
