"""Which page of a list is shown, and the addresses of its neighbours."""

from __future__ import annotations

from typing import Any, NamedTuple

import ckantoolkit as tk


class Pager(NamedTuple):
    """A page of a list, as the snippet ``review/snippets/pager.html`` shows it."""

    page: int
    pages: int
    previous: str | None
    following: str | None


def pager(endpoint: str, values: dict[str, Any], page: int, rows: int, count: int) -> Pager:
    """Where page ``page`` of ``count`` rows stands."""
    pages = max(1, -(-count // rows))

    def address(number: int) -> str:
        return str(tk.h.url_for(endpoint, **values, **({"page": number} if number > 1 else {})))

    return Pager(page, pages, address(page - 1) if page > 1 else None, address(page + 1) if page < pages else None)
