"""Every event as text, streamed: for the auditor's own tools, and for keeping."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa
from ckan import model

from ckanext.satudata import sheets

from ..model import ReviewEvent

FORMATS = {"csv": "text/csv; charset=utf-8", "jsonl": "application/jsonl; charset=utf-8"}
BATCH = 1000
event = ReviewEvent.__table__
COLUMNS = ["position", *(column.name for column in event.columns if column.name != "position")]


def lines(form: str, since: dt.datetime | int | None = None) -> Iterator[str]:
    """The events, oldest first, in batches of a cursor on the server: memory stays small whatever their number.

    Names stand in the events themselves, so they outlive packages, users and activity.

    :param form: ``csv`` or ``jsonl``; a line of JSON holds exactly what the hash is about, and the hash
    :param since: a position, or a moment in UTC; from the first event if None
    """
    query = sa.select(*(event.c[name] for name in COLUMNS)).order_by(event.c.position)
    if since is not None:
        query = query.where(event.c.position >= since if isinstance(since, int) else event.c.at >= since)
    if form == "csv":
        # The mark tells spreadsheets that this is UTF-8.
        yield sheets.MARK + _csv(COLUMNS)
    write = _csv if form == "csv" else _json
    with model.meta.engine.connect() as connection:
        for batch in connection.execution_options(yield_per=BATCH).execute(query).partitions():
            yield "".join(write(row) for row in batch)


def _json(row: Any) -> str:
    values = {name: _plain(value) for name, value in zip(COLUMNS, row, strict=True)}
    return json.dumps(values, ensure_ascii=False, separators=(",", ":")) + "\n"


def _csv(row: Any) -> str:
    return sheets.line(
        json.dumps(value, ensure_ascii=False) if isinstance(value, dict) else _plain(value) for value in row
    )


def _plain(value: Any) -> Any:
    return value.isoformat(timespec="microseconds") if isinstance(value, dt.datetime) else value
