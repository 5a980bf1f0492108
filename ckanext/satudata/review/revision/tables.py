"""DataStore tables of working copies: copied whole, and put in the place of the live ones in one moment.

The DataStore is another database than CKAN's, so nothing makes both commit at once. What holds instead: the swap is
carried out and held open, CKAN commits, the swap commits, milliseconds apart; and a swap that was cut off in between
is redone from a token that CKAN's transaction stored and the swap itself notes as done.
"""

from __future__ import annotations

import datetime as dt
import logging
import random
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import sqlalchemy as sa
from ckan import plugins
from sqlalchemy.exc import DBAPIError

from ckanext.satudata.review import content

from . import table_parts as parts
from .table_parts import quote, run

log = logging.getLogger(__name__)

#: How long a statement waits for a lock before it steps back. Readers that come meanwhile queue behind it.
LOCK_TIMEOUT_MS = 300
#: How long a swap goes on trying before it says that the table is busy.
PATIENCE_SECONDS = 20.0
#: Lock not available, deadlock, serialization; and a table that was replaced while we waited for it.
BUSY = frozenset({"55P03", "40P01", "40001", "42P01"})
DEPENDED_ON = "2BP01"

#: (the copy's resource id or None, the live resource id)
Pair = tuple[str | None, str]


class SwapRefused(RuntimeError):
    """The live table cannot be replaced now; nothing was changed.

    ``busy``: somebody kept reading or writing it; try again. Otherwise something of the database's own hangs on it.
    """

    def __init__(self, message: str, busy: bool) -> None:
        super().__init__(message)
        self.busy = busy


def _engine() -> Any:
    """The write engine, or None where there is no DataStore in PostgreSQL."""
    if not plugins.plugin_loaded("datastore"):
        return None
    from ckanext.datastore.backend import DatastoreBackend
    from ckanext.datastore.backend.postgres import DatastorePostgresqlBackend, get_write_engine

    if not isinstance(DatastoreBackend.get_active_backend(), DatastorePostgresqlBackend):
        return None
    return get_write_engine()


def has_table(resource_id: str) -> bool:
    """Whether a table stands behind the resource, whatever its ``datastore_active`` says."""
    engine = _engine()
    if engine is None:
        return False
    with engine.connect() as connection:
        return parts.oid_of(connection, resource_id) is not None


def copy(from_id: str, to_id: str) -> int | None:
    """Give a resource a whole copy of another's table: rows, dictionary, keys, indexes, triggers, rights.

    Repeating it makes the copy anew. Aliases are not copied: their names belong to the live table.

    :returns: how many rows, or None where there is no table to copy (and so none at the copy)
    """
    engine = _engine()
    if engine is None:
        return None
    with engine.connect() as connection, connection.begin():
        old = parts.oid_of(connection, from_id)
        run(connection, f"DROP TABLE IF EXISTS {quote(to_id)} CASCADE")
        connection.execute(sa.text("DELETE FROM _table_stats WHERE resource_id = :id"), {"id": to_id})
        if old is None:
            return None
        source, target = quote(from_id), quote(to_id)
        # Keys and indexes after the rows: 200,000 rows in a fraction of the time.
        run(connection, f"CREATE TABLE {target} (LIKE {source} INCLUDING ALL EXCLUDING INDEXES)")
        for column, sequence, kind in parts.sequences_of(connection, old):
            own = quote(parts.renamed(sequence, from_id, to_id))
            run(connection, f"CREATE SEQUENCE {own} AS {kind} OWNED BY {target}.{quote(column)}")
            default = f"ALTER COLUMN {quote(column)} SET DEFAULT nextval({parts.literal(own)}::regclass)"
            run(connection, f"ALTER TABLE {target} {default}")
            value = f"SELECT setval({parts.literal(own)}, last_value, is_called) FROM {quote(sequence)}"  # noqa: S608
            run(connection, value)
        names = ", ".join(quote(name) for name, _type, made in parts.columns_of(connection, old) if not made)
        rows = run(connection, f"INSERT INTO {target} ({names}) SELECT {names} FROM {source}").rowcount  # noqa: S608
        for statement in (
            *parts.index_statements(connection, old, from_id, to_id),
            *parts.trigger_statements(connection, old, from_id, to_id),
            *parts.grant_statements(connection, old, to_id),
        ):
            run(connection, statement)
        run(connection, f"ANALYZE {target}")
        _note_rows(connection, to_id, rows)
        return rows


def _note_rows(connection: sa.Connection, resource_id: str, rows: int) -> None:
    """CKAN answers the total of a search from here; it must change in the same moment as the table."""
    connection.execute(
        sa.text(
            "INSERT INTO _table_stats (resource_id, stats) VALUES (:id, jsonb_build_object('rows', :rows)) "
            "ON CONFLICT (resource_id) DO UPDATE SET stats = excluded.stats"
        ),
        {"id": resource_id, "rows": rows},
    )


class Swap:
    """A swap that is carried out and not yet committed: readers of the live tables wait until it is."""

    def __init__(self, connection: sa.Connection | None, already: bool = False) -> None:
        self._connection = connection
        #: Nothing to commit: this swap was committed before, or there is no table on either side.
        self.already = already

    def commit(self) -> None:
        """Let readers have the new tables. Call it straight after CKAN's commit."""
        if self._connection is not None:
            self._connection.commit()
            self._connection = None


@contextmanager
def prepared_swap(pairs: Iterable[Pair], token: str) -> Iterator[Swap]:
    """Carry out a swap and hold it open: ``with prepared_swap(…) as swap: <CKAN commits>; swap.commit()``.

    Do everything slow before: from here until ``commit`` readers of the live tables wait. Left without ``commit``
    (an exception, a killed process), nothing has happened.

    :param pairs: copy and live resource; where the copy has no table the live one is dropped with its aliases, where
        the live one has none the copy's becomes it. A resource taken out is ``(None, live id)``
    :param token: names this publication, best the id of the copy; store it, with the pairs, in CKAN's transaction,
        and :func:`redo` from there what was cut off
    :raises SwapRefused: the table stayed busy for 20 s, or something unknown hangs on it
    """
    wanted = list(pairs)
    engine = _engine()
    if engine is None or not wanted:
        yield Swap(None, already=True)
        return
    _make_ledger(engine)
    deadline, pause = time.monotonic() + PATIENCE_SECONDS, 0.02
    while True:
        connection = engine.connect()
        try:
            already = not _carry_out(connection, wanted, token)
            break
        except DBAPIError as error:
            connection.rollback()
            connection.close()
            code = getattr(error.orig, "pgcode", None)
            if code == DEPENDED_ON:
                raise SwapRefused(str(error.orig).strip(), busy=False) from error
            if code not in BUSY:
                raise
            if time.monotonic() > deadline:
                raise SwapRefused("The table stayed busy", busy=True) from error
            # Readers that queued behind us get their turn before the next try.
            time.sleep(pause * random.uniform(0.5, 1.5))  # noqa: S311
            pause = min(pause * 2, 0.5)
        except BaseException:
            connection.close()
            raise
    try:
        yield Swap(connection, already)
    finally:
        # Does nothing after a commit.
        connection.rollback()
        connection.close()


def redo(pairs: Iterable[Pair], token: str) -> bool:
    """Carry out a swap that may have been cut off; safe to repeat. Whether there was still something to do."""
    with prepared_swap(pairs, token) as swap:
        swap.commit()
        return not swap.already


LEDGER = "_satudata_swap"


def _make_ledger(engine: sa.Engine) -> None:
    """The list of swaps that were committed. It stands in the DataStore, so that both commit together."""
    with engine.connect() as connection:
        if parts.oid_of(connection, LEDGER) is not None:
            return
        run(connection, f"CREATE TABLE IF NOT EXISTS {LEDGER} (token text PRIMARY KEY, done_at timestamp NOT NULL)")
        connection.commit()


def _carry_out(connection: sa.Connection, pairs: list[Pair], token: str) -> bool:
    """The swap itself, uncommitted; False where the ledger says that it was committed before."""
    run(connection, f"SET LOCAL lock_timeout = {LOCK_TIMEOUT_MS}")
    note = sa.text(f"INSERT INTO {LEDGER} VALUES (:token, :now) ON CONFLICT DO NOTHING")  # noqa: S608
    if connection.execute(note, {"token": token, "now": dt.datetime.utcnow()}).rowcount == 0:
        return False
    # Whoever writes into a copy ends first; nobody waits for these locks. Then count, then stop the readers.
    copies = {live: copy_id for copy_id, live in pairs if copy_id and _lock(connection, copy_id)}
    rows = {live: _count(connection, copy_id) for live, copy_id in copies.items()}
    # In one order, so that two swaps never wait for each other.
    for live in sorted({live for _copy, live in pairs}):
        there = _lock(connection, live)
        views = _drop_live(connection, live) if there else []
        if live not in copies:
            continue
        _take_over(connection, copies[live], live)
        for statement in views:
            run(connection, statement)
        _note_rows(connection, live, rows[live])
    return True


def _lock(connection: sa.Connection, resource_id: str) -> bool:
    """Have a table to ourselves; False where there is none."""
    if parts.oid_of(connection, resource_id) is None:
        return False
    run(connection, f"LOCK TABLE {quote(resource_id)} IN ACCESS EXCLUSIVE MODE")
    return True


def _count(connection: sa.Connection, resource_id: str) -> int:
    return int(run(connection, f"SELECT count(*) FROM {quote(resource_id)}").scalar_one())  # type: ignore[arg-type]  # noqa: S608


def _drop_live(connection: sa.Connection, live: str) -> list[str]:
    """Drop a table with its aliases; returns the statements that make the aliases anew."""
    oid = parts.oid_of(connection, live)
    assert oid is not None
    drops, makes = parts.view_statements(connection, oid, live)
    makes = [*parts.grant_statements(connection, oid, live), *makes]
    for statement in (*drops, f"DROP TABLE {quote(live)}"):
        run(connection, statement)
    connection.execute(sa.text("DELETE FROM _table_stats WHERE resource_id = :id"), {"id": live})
    return makes


def _take_over(connection: sa.Connection, copy_id: str, live: str) -> None:
    """Give a copy's table, and all that hangs on it, the names of the live one."""
    oid = parts.oid_of(connection, copy_id)
    assert oid is not None
    for old, new in parts.index_names(connection, oid, copy_id, live).items():
        if old != new:
            run(connection, f"ALTER INDEX {quote(old)} RENAME TO {quote(new)}")
    for _column, sequence, _kind in parts.sequences_of(connection, oid):
        name = parts.renamed(sequence, copy_id, live)
        if name != sequence:
            run(connection, f"ALTER SEQUENCE {quote(sequence)} RENAME TO {quote(name)}")
    run(connection, f"ALTER TABLE {quote(copy_id)} RENAME TO {quote(live)}")
    connection.execute(sa.text("DELETE FROM _table_stats WHERE resource_id = :id"), {"id": copy_id})


def drop(resource_ids: Iterable[str]) -> int:
    """Drop the tables of those resources with their aliases, where there are any; how many there were.

    :raises SwapRefused: one stayed busy
    """
    ids, dropped = sorted(set(resource_ids)), 0
    engine = _engine()
    if engine is None:
        return 0
    for resource_id in ids:
        if has_table(resource_id):
            # Each its own swap: one busy table keeps no other.
            with prepared_swap([(None, resource_id)], f"drop:{resource_id}:{time.time_ns()}") as swap:
                swap.commit()
            dropped += 1
    return dropped


def fingerprint(resource_id: str) -> dict[str, Any] | None:
    """What is in a table, whatever its order: count and hash of its rows, and a digest of columns and dictionary.

    :returns: ``{"rows": n, "hash": text, "fields": sha256}``, or None where there is no table
    """
    engine = _engine()
    found = content.table_digest(resource_id) if engine is not None else None
    if found is None:
        return None
    return {**found, "fields": content.digest(fields_of(resource_id) or [])}


def fields_of(resource_id: str) -> list[list[str]] | None:
    """Columns of a table in order, each ``[name, type, dictionary as JSON text]``; None where there is no table."""
    engine = _engine()
    if engine is None:
        return None
    with engine.connect() as connection:
        oid = parts.oid_of(connection, resource_id)
        if oid is None:
            return None
        dictionary = parts.comments_of(connection, oid)
        return [
            [name, kind, dictionary.get(name, "").strip()]
            for name, kind, _generated in parts.columns_of(connection, oid)
            if not name.startswith("_")
        ]
