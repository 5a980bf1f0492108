"""Lists as they come with the extension: what is in force until the admin loads a list of that name."""

from __future__ import annotations

from functools import cache, lru_cache
from typing import Any, NamedTuple

from ckanext.satudata.standards.codelists import loader, rows


class Shipped(NamedTuple):
    """A list from a file of ours."""

    facts: dict[str, Any]
    codes: list[rows.Code]
    columns: list[str]
    digest: str


@cache
def of(name: str) -> Shipped | None:
    """The shipped list of that name; read once per process."""
    if name not in names():
        return None
    path = loader.locate(name)
    loaded = loader.read(path.read_bytes(), path.name)
    return Shipped(loaded.facts, loaded.codes, loaded.columns, rows.digest(loaded.codes))


@lru_cache(maxsize=1)
def names() -> tuple[str, ...]:
    """Ids of the shipped lists."""
    return tuple(loader.shipped())
