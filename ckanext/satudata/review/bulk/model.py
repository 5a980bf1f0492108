"""What was asked for many at once, and what became of each."""

from __future__ import annotations

import datetime as dt
from typing import Any, NamedTuple

import ckantoolkit as tk
import sqlalchemy as sa
from ckan import model
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

WAITING, DONE, FAILED = "waiting", "done", "failed"


class Bulk(tk.BaseModel):  # type: ignore[misc, name-defined]
    """One run: one action for many packages."""

    __tablename__ = "satudata_review_bulk"
    __table_args__ = (sa.UniqueConstraint("actor_id", "run_id", name="satudata_review_bulk_run_key"),)

    id: Mapped[str] = mapped_column(sa.UnicodeText, primary_key=True)
    #: What the caller calls this run; said again it is the same run.
    run_id: Mapped[str] = mapped_column(sa.UnicodeText, nullable=False)
    actor_id: Mapped[str] = mapped_column(sa.UnicodeText, nullable=False)
    action: Mapped[str] = mapped_column(sa.UnicodeText, nullable=False)
    track: Mapped[str] = mapped_column(sa.UnicodeText, nullable=False)
    #: The other parameters of the transition, as the API took them.
    request: Mapped[dict[str, Any]] = mapped_column(JSONB, nullable=False)
    #: Digest of everything asked, so that the same name for something else is noticed.
    fingerprint: Mapped[str] = mapped_column(sa.UnicodeText, nullable=False)
    total: Mapped[int] = mapped_column(sa.Integer, nullable=False)
    language: Mapped[str] = mapped_column(sa.UnicodeText, nullable=False)
    created_at: Mapped[dt.datetime] = mapped_column(sa.DateTime, nullable=False, default=dt.datetime.utcnow)
    finished_at: Mapped[dt.datetime | None] = mapped_column(sa.DateTime)

    @classmethod
    def named(cls, actor_id: str, run_id: str) -> Bulk | None:
        """The run this person gave that name."""
        return model.Session.scalars(sa.select(cls).where(cls.actor_id == actor_id, cls.run_id == run_id)).first()


class BulkItem(tk.BaseModel):  # type: ignore[misc, name-defined]
    """One package of a run. ``event_position`` names its event, so that notices can be put together by run."""

    __tablename__ = "satudata_review_bulk_item"
    __table_args__ = (
        sa.UniqueConstraint("bulk_id", "package_id", name="satudata_review_bulk_item_package_key"),
        sa.Index(
            "satudata_review_bulk_item_event_idx",
            "event_position",
            unique=True,
            postgresql_where=sa.text("event_position IS NOT NULL"),
        ),
    )

    bulk_id: Mapped[str] = mapped_column(sa.UnicodeText, primary_key=True)
    place: Mapped[int] = mapped_column(sa.Integer, primary_key=True, autoincrement=False)
    package_id: Mapped[str] = mapped_column(sa.UnicodeText, nullable=False)
    expected_version: Mapped[int] = mapped_column(sa.Integer, nullable=False)
    status: Mapped[str] = mapped_column(sa.UnicodeText, nullable=False, default=WAITING)
    #: The state it came to.
    state: Mapped[str | None] = mapped_column(sa.UnicodeText)
    #: ``{parameter or "id": [texts]}`` of a refusal.
    error: Mapped[dict[str, list[str]] | None] = mapped_column(JSONB(none_as_null=True))
    event_position: Mapped[int | None] = mapped_column(sa.BigInteger)


class Counts(NamedTuple):
    """How far a run is."""

    waiting: int
    done: int
    failed: int


def counts(bulk_id: str) -> Counts:
    """How many items of a run wait, are done, or were refused."""
    rows = model.Session.execute(
        sa.select(BulkItem.status, sa.func.count()).where(BulkItem.bulk_id == bulk_id).group_by(BulkItem.status)
    )
    found = {row[0]: row[1] for row in rows}
    return Counts(found.get(WAITING, 0), found.get(DONE, 0), found.get(FAILED, 0))
