"""What the demo is made of: people, grants and datasets, as files shipped with the package."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

DATA = Path(__file__).parent / "data"
#: First word of the title of everything that is not a fact.
EXAMPLE = "Contoh: "


def people() -> dict[str, Any]:
    """``sysadmin``, ``accounts`` and ``grants`` of ``people.yaml``."""
    return _read("people.yaml")


def front_page() -> dict[str, str]:
    """CKAN's own options for the front page, of ``front_page.yaml``."""
    return _read("front_page.yaml")


def datasets() -> list[dict[str, Any]]:
    """The datasets of ``datasets.yaml``, facts first; each with ``example`` (true or false)."""
    read = _read("datasets.yaml")
    facts = [{"state": "published", **entry, "example": False} for entry in read["nyata"]]
    return facts + [{**entry, "example": True} for entry in read["contoh"]]


def table(name: str) -> Path:
    """The path of a shipped CSV file."""
    return DATA / "files" / name


def avatar(name: str) -> Path:
    """The path of a shipped picture of a person, so that no page asks an address outside for one."""
    return DATA / "avatars" / f"{name}.png"


def _read(name: str) -> dict[str, Any]:
    return yaml.safe_load((DATA / name).read_text(encoding="utf-8"))
