from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import sqlalchemy as sa
from ckan import model
from ckan.tests import factories


def org(title: str, under: dict[str, Any] | None = None, **kwargs: Any) -> dict[str, Any]:
    """An organization with that title, under another one."""
    groups = [{"name": under["name"], "capacity": "parent"}] if under else []
    return factories.Organization(title=title, groups=groups, **kwargs)


@pytest.fixture
def count_queries(portal_once: None) -> Callable[[], Any]:
    """``with count_queries() as statements:`` collects every statement sent to the database."""

    @contextmanager
    def counting() -> Iterator[list[str]]:
        statements: list[str] = []

        def note(_conn, _cursor, statement, *_rest) -> None:
            statements.append(statement)

        sa.event.listen(model.meta.engine, "before_cursor_execute", note)
        try:
            yield statements
        finally:
            sa.event.remove(model.meta.engine, "before_cursor_execute", note)

    return counting
