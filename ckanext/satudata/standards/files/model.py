"""What the check of each stored file found, and how far a running check is: one row per file, however many use it."""

from __future__ import annotations

import datetime as dt
from typing import Any

import ckantoolkit as tk
import sqlalchemy as sa
from ckan import model
from sqlalchemy.dialects.postgresql import JSONB, insert
from sqlalchemy.orm import Mapped, mapped_column

WAITING, RUNNING, DONE, FAILED = "waiting", "running", "done", "failed"
#: A running check that has not said so for this long was killed with its worker.
SILENT = dt.timedelta(minutes=5)
#: A check that nobody has begun after this long waits for a worker that is not there.
UNATTENDED = dt.timedelta(minutes=10)
#: So often a check is begun before it is given up: a file that kills its worker does so again.
MOST_ATTEMPTS = 3


class FileCheck(tk.BaseModel):  # type: ignore[misc, name-defined]
    """One stored file, as it was declared.

    ``package_id`` and ``resource_id`` say who asked first; a copy by reference has the same identity.
    """

    __tablename__ = "satudata_file_check"
    __table_args__ = (
        sa.CheckConstraint("status IN ('waiting', 'running', 'done', 'failed')", name="satudata_file_check_status"),
        sa.Index("satudata_file_check_resource_idx", "resource_id"),
        sa.Index(
            "satudata_file_check_open_idx",
            "touched_at",
            postgresql_where=sa.text("status IN ('waiting', 'running')"),
        ),
    )

    identity: Mapped[str] = mapped_column(sa.UnicodeText, primary_key=True)
    package_id: Mapped[str] = mapped_column(sa.UnicodeText, nullable=False)
    resource_id: Mapped[str] = mapped_column(sa.UnicodeText, nullable=False)
    format: Mapped[str] = mapped_column(sa.UnicodeText, nullable=False)
    size: Mapped[int] = mapped_column(sa.BigInteger, nullable=False)
    status: Mapped[str] = mapped_column(sa.UnicodeText, nullable=False)
    progress: Mapped[float] = mapped_column(sa.Float, nullable=False)
    attempts: Mapped[int] = mapped_column(sa.Integer, nullable=False)
    facts: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    error: Mapped[str | None] = mapped_column(sa.UnicodeText)
    created_at: Mapped[dt.datetime] = mapped_column(sa.DateTime, nullable=False)
    touched_at: Mapped[dt.datetime] = mapped_column(sa.DateTime, nullable=False)
    started_at: Mapped[dt.datetime | None] = mapped_column(sa.DateTime)
    finished_at: Mapped[dt.datetime | None] = mapped_column(sa.DateTime)
    used_at: Mapped[dt.datetime] = mapped_column(sa.DateTime, nullable=False)


table = FileCheck.__table__
_OPEN = (WAITING, RUNNING)

# What is noted here belongs to no transaction of a page: each call has a connection of its own and commits at once,
# so that a refused submission keeps what was found, and two requests never begin the same check.


def find(identity: str) -> Any | None:
    """The row of that file, or None."""
    with model.meta.engine.connect() as connection:
        return connection.execute(sa.select(table).where(table.c.identity == identity)).first()


def keep(identity: str, who: dict[str, str], format: str, size: int, facts: dict[str, Any]) -> None:
    """Keep facts that were found while somebody waited."""
    now = dt.datetime.utcnow()
    values = {
        "status": DONE, "progress": 1.0, "attempts": 1, "facts": facts, "error": None, "touched_at": now,
        "started_at": now, "finished_at": now, "used_at": now,
    }  # fmt: skip
    query = insert(table).values(identity=identity, **who, format=format, size=size, created_at=now, **values)
    with model.meta.engine.begin() as connection:
        connection.execute(query.on_conflict_do_update(index_elements=["identity"], set_=values))


def wait(identity: str, who: dict[str, str], format: str, size: int) -> bool:
    """Note that a check is wanted; whether this call was the first to say so."""
    now = dt.datetime.utcnow()
    query = insert(table).values(
        identity=identity, **who, format=format, size=size, status=WAITING, progress=0.0, attempts=0,
        created_at=now, touched_at=now, used_at=now,
    )  # fmt: skip
    with model.meta.engine.begin() as connection:
        made = connection.execute(query.on_conflict_do_nothing().returning(table.c.identity)).first()
    return made is not None


def begin(identity: str) -> bool:
    """Take a waiting check, or one whose worker has fallen silent; whether the caller has it now."""
    now = dt.datetime.utcnow()
    free = sa.or_(table.c.status == WAITING, sa.and_(table.c.status == RUNNING, table.c.touched_at < now - SILENT))
    query = (
        sa.update(table)
        .where(table.c.identity == identity, free)
        .values(status=RUNNING, started_at=now, touched_at=now, progress=0.0, attempts=table.c.attempts + 1)
        .returning(table.c.identity)
    )
    with model.meta.engine.begin() as connection:
        return connection.execute(query).first() is not None


def note(identity: str, **values: Any) -> None:
    """Write down how far a check is, or how it ended."""
    values["touched_at"] = dt.datetime.utcnow()
    with model.meta.engine.begin() as connection:
        connection.execute(sa.update(table).where(table.c.identity == identity).values(**values))


def forget(identity: str) -> None:
    """Remove the row of a file, so that it is checked anew; one that runs is left to its end."""
    silent = table.c.touched_at < dt.datetime.utcnow() - SILENT
    query = sa.delete(table).where(table.c.identity == identity, sa.or_(table.c.status != RUNNING, silent))
    with model.meta.engine.begin() as connection:
        connection.execute(query)


def used(identity: str) -> None:
    """Note that somebody still asks for these facts; at most once a day."""
    now = dt.datetime.utcnow()
    query = sa.update(table).where(table.c.identity == identity, table.c.used_at < now - dt.timedelta(days=1))
    with model.meta.engine.begin() as connection:
        connection.execute(query.values(used_at=now))


def stranded(limit: int = 50) -> list[Any]:
    """Checks whose job was lost with Redis, and those whose worker was killed; oldest first."""
    now = dt.datetime.utcnow()
    lost = sa.and_(table.c.status == WAITING, table.c.touched_at < now - dt.timedelta(minutes=2))
    killed = sa.and_(table.c.status == RUNNING, table.c.touched_at < now - SILENT)
    query = sa.select(table).where(sa.or_(lost, killed)).order_by(table.c.touched_at).limit(limit)
    with model.meta.engine.connect() as connection:
        return list(connection.execute(query))


def remove_unused(days: int) -> int:
    """Remove facts nobody has asked for in so many days; they can be found again."""
    before = dt.datetime.utcnow() - dt.timedelta(days=days)
    query = sa.delete(table).where(table.c.used_at < before, table.c.status.in_((DONE, FAILED)))
    with model.meta.engine.begin() as connection:
        return int(connection.execute(query).rowcount)
