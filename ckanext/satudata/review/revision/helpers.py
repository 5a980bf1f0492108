"""Helpers of the templates that know of working copies."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from . import pages


def satudata_revision_banner(pkg: dict[str, Any]) -> dict[str, Any] | None:
    """What the page or form of a dataset says of working copies; see ``pages.banner``."""
    return pages.banner(pkg)


HELPERS: dict[str, Callable[..., Any]] = {"satudata_revision_banner": satudata_revision_banner}
