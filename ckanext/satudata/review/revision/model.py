"""Working copies: which package is one, of what, and which part of it stands for which part of the published one."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import Any, Literal

import ckantoolkit as tk
import sqlalchemy as sa
from ckan import model
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

Status = Literal["open", "published", "abandoned"]
OPEN: Status = "open"
PUBLISHED: Status = "published"
ABANDONED: Status = "abandoned"


class Revision(tk.BaseModel):  # type: ignore[misc, name-defined]
    """One working copy, from its start until it is published or abandoned; the row stays."""

    __tablename__ = "satudata_revision"
    __table_args__ = (
        # One open copy per published dataset, whoever asks and however many at once.
        sa.Index("satudata_revision_one_open", "live_id", unique=True, postgresql_where=sa.text("status = 'open'")),
        sa.Index("satudata_revision_live_idx", "live_id", "started_at"),
        sa.Index("satudata_revision_pending_idx", "copy_id", postgresql_where=sa.text("pending <> '[]'::jsonb")),
    )

    #: Id of the package that is the copy.
    copy_id: Mapped[str] = mapped_column(sa.UnicodeText, primary_key=True)
    live_id: Mapped[str] = mapped_column(sa.UnicodeText, nullable=False)
    status: Mapped[str] = mapped_column(sa.UnicodeText, nullable=False, default=OPEN)
    change_kind: Mapped[str] = mapped_column(sa.UnicodeText, nullable=False)
    #: What readers are told of the change (*Ralat: …*).
    public_note: Mapped[str | None] = mapped_column(sa.UnicodeText)
    started_by: Mapped[str | None] = mapped_column(sa.UnicodeText)
    started_at: Mapped[dt.datetime] = mapped_column(sa.DateTime, nullable=False, default=dt.datetime.utcnow)
    #: The published content the copy was made of, as ``fingerprint.take`` gives it: what a conflict is told by.
    base: Mapped[dict[str, Any]] = mapped_column(JSONB, nullable=False)
    ended_by: Mapped[str | None] = mapped_column(sa.UnicodeText)
    ended_at: Mapped[dt.datetime | None] = mapped_column(sa.DateTime)
    #: Position of the event that published it.
    position: Mapped[int | None] = mapped_column(sa.BigInteger)
    #: Steps still to be taken after a commit, in order; each may be taken again.
    pending: Mapped[list[str]] = mapped_column(JSONB, nullable=False, default=list)
    #: What those steps work on; see ``steps``.
    work: Mapped[dict[str, Any]] = mapped_column(JSONB, nullable=False, default=dict)
    #: Since when they wait, for the job that sweeps.
    pending_since: Mapped[dt.datetime | None] = mapped_column(sa.DateTime)
    #: When those concerned were told that it will be cleaned away.
    warned_at: Mapped[dt.datetime | None] = mapped_column(sa.DateTime)

    @property
    def is_open(self) -> bool:
        """Whether somebody still works on it."""
        return self.status == OPEN

    @classmethod
    def get(cls, copy_id: str, lock: bool = False) -> Revision | None:
        """The row of that copy, or None; lock both packages first, then this."""
        if not lock:
            return model.Session.get(cls, copy_id)
        query = sa.select(cls).where(cls.copy_id == copy_id).with_for_update()
        return model.Session.scalars(query.execution_options(populate_existing=True)).first()

    @classmethod
    def open_of(cls, live_id: str) -> Revision | None:
        """The open copy of a published dataset, or None."""
        return model.Session.scalars(sa.select(cls).where(cls.live_id == live_id, cls.status == OPEN)).first()


class RevisionPart(tk.BaseModel):  # type: ignore[misc, name-defined]
    """A resource or view of a copy, and the one it stands for in the published dataset.

    What is added to a copy gets its id there when it is published; kept here, so that a repeat finds it.
    """

    __tablename__ = "satudata_revision_part"
    __table_args__ = (sa.Index("satudata_revision_part_copy_idx", "copy_id"),)

    copy_part_id: Mapped[str] = mapped_column(sa.UnicodeText, primary_key=True)
    copy_id: Mapped[str] = mapped_column(sa.UnicodeText, nullable=False)
    kind: Mapped[str] = mapped_column(sa.UnicodeText, nullable=False)
    live_part_id: Mapped[str] = mapped_column(sa.UnicodeText, nullable=False)

    @classmethod
    def mapping(cls, copy_id: str, kind: str) -> dict[str, str]:
        """Id in the copy → id in the published dataset."""
        query = sa.select(cls.copy_part_id, cls.live_part_id).where(cls.copy_id == copy_id, cls.kind == kind)
        return {row.copy_part_id: row.live_part_id for row in model.Session.execute(query)}

    @classmethod
    def keep(cls, copy_id: str, kind: str, pairs: Iterable[tuple[str, str]]) -> None:
        """Add pairs ``(id in the copy, id in the published dataset)`` to the current transaction."""
        for copy_part_id, live_part_id in pairs:
            model.Session.add(cls(copy_part_id=copy_part_id, copy_id=copy_id, kind=kind, live_part_id=live_part_id))
        model.Session.flush()

    @classmethod
    def forget(cls, copy_part_ids: Iterable[str]) -> None:
        """Parts that are no more."""
        model.Session.execute(sa.delete(cls).where(cls.copy_part_id.in_(list(copy_part_ids))))
