"""What is asked of the database: a test that counts holds a page or an action to a number of queries."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import sqlalchemy as sa
from ckan import model


@contextmanager
def counted() -> Iterator[list[str]]:
    """The SQL statements that run inside, as they are sent."""
    statements: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        statements.append(statement)

    sa.event.listen(model.meta.engine, "before_cursor_execute", note)
    try:
        yield statements
    finally:
        sa.event.remove(model.meta.engine, "before_cursor_execute", note)
