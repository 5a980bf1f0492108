"""What is kept beside the chain: where it ends, and what each verification found."""

from __future__ import annotations

import datetime as dt

import ckantoolkit as tk
import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column


class AuditHead(tk.BaseModel):  # type: ignore[misc, name-defined]
    """Position and hash of the newest event: one row, moved in the transaction that adds the event.

    Whoever cuts events off the end leaves it pointing at what is gone. Locking it is what serialises writers.
    """

    __tablename__ = "satudata_audit_head"

    id: Mapped[int] = mapped_column(sa.SmallInteger, primary_key=True, autoincrement=False, default=1)
    position: Mapped[int] = mapped_column(sa.BigInteger, nullable=False)
    hash: Mapped[str] = mapped_column(sa.UnicodeText, nullable=False)


class AuditRun(tk.BaseModel):  # type: ignore[misc, name-defined]
    """One verification. Each that found the chain whole is an anchor for all that follow."""

    __tablename__ = "satudata_audit_run"

    id: Mapped[int] = mapped_column(sa.Integer, primary_key=True, autoincrement=True)
    started_at: Mapped[dt.datetime] = mapped_column(sa.DateTime, nullable=False)
    seconds: Mapped[float] = mapped_column(sa.Float, nullable=False)
    #: ``full`` from the first event on, ``incremental`` from where the last good run ended.
    kind: Mapped[str] = mapped_column(sa.UnicodeText, nullable=False)
    from_position: Mapped[int] = mapped_column(sa.BigInteger, nullable=False)
    to_position: Mapped[int] = mapped_column(sa.BigInteger, nullable=False)
    head_hash: Mapped[str] = mapped_column(sa.UnicodeText, nullable=False)
    whole: Mapped[bool] = mapped_column(sa.Boolean, nullable=False)
    #: The first event that does not fit, and how; empty where the chain is whole.
    bad_position: Mapped[int | None] = mapped_column(sa.BigInteger)
    problem: Mapped[str | None] = mapped_column(sa.UnicodeText)
