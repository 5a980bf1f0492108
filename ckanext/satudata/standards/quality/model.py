"""The table ``satudata_quality``: one row per package, computed when something changes, never when somebody looks."""

from __future__ import annotations

import datetime as dt
from typing import Any

import ckantoolkit as tk
import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column


class Quality(tk.BaseModel):  # type: ignore[misc, name-defined]
    """Score and freshness of a package. No foreign key to core's table; a purge removes the row."""

    __tablename__ = "satudata_quality"
    __table_args__ = (
        sa.CheckConstraint("score BETWEEN 0 AND 100", name="satudata_quality_score"),
        sa.Index("satudata_quality_changes", "changes_on"),
        sa.Index("satudata_quality_links", "links_due_at", postgresql_where=sa.text("links_due_at IS NOT NULL")),
        sa.Index("satudata_quality_files", "package_id", postgresql_where=sa.text("files_pending")),
    )

    package_id: Mapped[str] = mapped_column(sa.UnicodeText, primary_key=True)
    score: Mapped[int] = mapped_column(sa.SmallInteger, nullable=False)
    band: Mapped[str] = mapped_column(sa.UnicodeText, nullable=False)
    #: ``{principle: {"score": 0–100, "earned": points, "points": points}}``
    parts: Mapped[dict[str, Any]] = mapped_column(JSONB, nullable=False, default=dict, server_default="{}")
    #: What would raise the score, most first; see ``score.Advice``.
    advice: Mapped[list[dict[str, Any]]] = mapped_column(JSONB, nullable=False, default=list, server_default="[]")
    #: ``fresh``, ``due``, ``overdue``, ``delinquent``; None where nobody can say.
    freshness: Mapped[str | None] = mapped_column(sa.UnicodeText)
    next_due: Mapped[dt.date | None] = mapped_column(sa.Date)
    #: The day on which the freshness changes by itself: what the daily job looks for.
    changes_on: Mapped[dt.date | None] = mapped_column(sa.Date)
    #: Naive UTC; told by whoever publishes.
    published_at: Mapped[dt.datetime | None] = mapped_column(sa.DateTime)
    #: ``{resource id: {"url", "ok", "why", "at"}}`` of the remote links that were tried.
    links: Mapped[dict[str, Any]] = mapped_column(JSONB, nullable=False, default=dict, server_default="{}")
    links_due_at: Mapped[dt.datetime | None] = mapped_column(sa.DateTime)
    #: The files are too large to be opened while somebody waits; a job does it.
    files_pending: Mapped[bool] = mapped_column(sa.Boolean, nullable=False, default=False, server_default=sa.false())
    computed_at: Mapped[dt.datetime] = mapped_column(sa.DateTime, nullable=False, default=dt.datetime.utcnow)
    rules_version: Mapped[str] = mapped_column(sa.UnicodeText, nullable=False)


#: The bare table, for statements that bypass the identity map.
quality = Quality.__table__
