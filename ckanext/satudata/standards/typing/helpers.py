"""Helpers of templates: which files can be gone on typing in."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ckanext.satudata.standards.typing.service import COLUMNS


def satudata_is_typed(resource: Mapping[str, Any]) -> bool:
    """Whether a file was typed in the browser, so that it is opened there again; reads nothing."""
    return bool(resource.get(COLUMNS)) and resource.get("url_type") == "upload"


HELPERS: dict[str, Callable[..., Any]] = {"satudata_is_typed": satudata_is_typed}
