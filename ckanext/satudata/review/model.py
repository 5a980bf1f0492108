"""The tables of the review. No foreign keys to CKAN's tables: rows outlive a purge."""

from __future__ import annotations

import datetime as dt
from typing import Any

import ckantoolkit as tk
import sqlalchemy as sa
from ckan import model
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from .transitions import PUBLICATION


class Review(tk.BaseModel):  # type: ignore[misc, name-defined]
    """Where one package stands on one track."""

    __tablename__ = "satudata_review"
    __table_args__ = (
        sa.Index("satudata_review_queue_idx", "track", "state", "state_since"),
        sa.Index("satudata_review_organization_idx", "organization_id", "state"),
        sa.Index("satudata_review_holder_idx", "holder_id"),
        sa.Index("satudata_review_release_idx", "release_at", postgresql_where=sa.text("release_at IS NOT NULL")),
    )

    package_id: Mapped[str] = mapped_column(sa.UnicodeText, primary_key=True)
    track: Mapped[str] = mapped_column(sa.UnicodeText, primary_key=True, default=PUBLICATION)
    state: Mapped[str] = mapped_column(sa.UnicodeText, nullable=False)
    version: Mapped[int] = mapped_column(sa.Integer, nullable=False, default=1)
    package_type: Mapped[str] = mapped_column(sa.UnicodeText, nullable=False, default="dataset")
    organization_id: Mapped[str | None] = mapped_column(sa.UnicodeText)
    state_since: Mapped[dt.datetime] = mapped_column(sa.DateTime, nullable=False, default=dt.datetime.utcnow)
    submitted_by: Mapped[str | None] = mapped_column(sa.UnicodeText)
    submitted_at: Mapped[dt.datetime | None] = mapped_column(sa.DateTime)
    submitted_digest: Mapped[str | None] = mapped_column(sa.UnicodeText)
    holder_id: Mapped[str | None] = mapped_column(sa.UnicodeText)
    holder_body_id: Mapped[str | None] = mapped_column(sa.UnicodeText)
    due_at: Mapped[dt.datetime | None] = mapped_column(sa.DateTime)
    release_at: Mapped[dt.datetime | None] = mapped_column(sa.DateTime)
    #: Ids of the people who changed or submitted the content since its last publication (four eyes).
    authors: Mapped[list[str]] = mapped_column(JSONB, nullable=False, default=list)
    #: Event position of the last return of a pembina that nobody has answered yet.
    pembina_return: Mapped[int | None] = mapped_column(sa.BigInteger)
    #: Event position of the last return of any checker; its comments stand in the form until mended.
    last_return: Mapped[int | None] = mapped_column(sa.BigInteger)
    held_since: Mapped[dt.datetime | None] = mapped_column(sa.DateTime)
    #: An officer asked the head of the organization to submit it (option ``satudata.review.submit_by``).
    asked_by: Mapped[str | None] = mapped_column(sa.UnicodeText)
    asked_at: Mapped[dt.datetime | None] = mapped_column(sa.DateTime)
    supporting_checked_at: Mapped[dt.datetime | None] = mapped_column(sa.DateTime)
    custodian_checked_at: Mapped[dt.datetime | None] = mapped_column(sa.DateTime)
    pembina_checked_at: Mapped[dt.datetime | None] = mapped_column(sa.DateTime)
    published_at: Mapped[dt.datetime | None] = mapped_column(sa.DateTime)
    #: Brought by a harvester: its own program may go on changing it.
    harvested: Mapped[bool] = mapped_column(sa.Boolean, nullable=False, default=False)
    #: A sysadmin's permission for one edit of what is otherwise closed: {"by": user id, "reason": text}.
    override: Mapped[dict[str, Any] | None] = mapped_column(JSONB)

    @classmethod
    def get(cls, package_id: str, track: str = PUBLICATION, lock: bool = False) -> Review | None:
        """The row of that package, or None. Lock the package first, then this.

        Unlocked, the session's own copy will do: it ends with the request, and a lock reads the row afresh.
        """
        if not lock:
            return model.Session.get(cls, (package_id, track))
        query = sa.select(cls).where(cls.package_id == package_id, cls.track == track).with_for_update()
        return model.Session.scalars(query.execution_options(populate_existing=True)).first()


class ReviewEvent(tk.BaseModel):  # type: ignore[misc, name-defined]
    """What happened, in one order for the whole portal. Rows are only ever added; a trigger refuses the rest."""

    __tablename__ = "satudata_review_event"
    __table_args__ = (
        sa.Index("satudata_review_event_package_idx", "package_id", "position"),
        sa.Index("satudata_review_event_actor_idx", "actor_id", "position"),
    )

    position: Mapped[int] = mapped_column(sa.BigInteger, primary_key=True, autoincrement=False)
    package_id: Mapped[str] = mapped_column(sa.UnicodeText, nullable=False)
    package_name: Mapped[str] = mapped_column(sa.UnicodeText, nullable=False, default="")
    package_title: Mapped[str] = mapped_column(sa.UnicodeText, nullable=False, default="")
    organization_id: Mapped[str | None] = mapped_column(sa.UnicodeText)
    track: Mapped[str] = mapped_column(sa.UnicodeText, nullable=False, default=PUBLICATION)
    action: Mapped[str] = mapped_column(sa.UnicodeText, nullable=False)
    from_state: Mapped[str | None] = mapped_column(sa.UnicodeText)
    to_state: Mapped[str | None] = mapped_column(sa.UnicodeText)
    actor_id: Mapped[str | None] = mapped_column(sa.UnicodeText)
    actor_name: Mapped[str] = mapped_column(sa.UnicodeText, nullable=False, default="")
    body_id: Mapped[str | None] = mapped_column(sa.UnicodeText)
    #: Policy under which a program acted; empty for people.
    program: Mapped[str | None] = mapped_column(sa.UnicodeText)
    at: Mapped[dt.datetime] = mapped_column(sa.DateTime, nullable=False)
    comment: Mapped[str | None] = mapped_column(sa.UnicodeText)
    principle_results: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    field_comments: Mapped[dict[str, str] | None] = mapped_column(JSONB)
    #: SHA-256 over ``content`` (RFC 8785), and the parts it is made of.
    content_digest: Mapped[str | None] = mapped_column(sa.UnicodeText)
    content: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    previous_hash: Mapped[str] = mapped_column(sa.UnicodeText, nullable=False)
    hash: Mapped[str] = mapped_column(sa.UnicodeText, nullable=False)


class Snapshot(tk.BaseModel):  # type: ignore[misc, name-defined]
    """What the content was when it was handed over, returned or published, so that a change can be shown.

    The chain vouches for it: the event of the same position carries its digest.
    """

    __tablename__ = "satudata_review_snapshot"

    package_id: Mapped[str] = mapped_column(sa.UnicodeText, primary_key=True)
    position: Mapped[int] = mapped_column(sa.BigInteger, primary_key=True, autoincrement=False)
    track: Mapped[str] = mapped_column(sa.UnicodeText, nullable=False)
    action: Mapped[str] = mapped_column(sa.UnicodeText, nullable=False)
    at: Mapped[dt.datetime] = mapped_column(sa.DateTime, nullable=False)
    #: The metadata as ``content.content_of`` gives it (`metadata` is a word of SQLAlchemy's).
    metadata_json: Mapped[dict[str, Any]] = mapped_column("metadata", JSONB, nullable=False)
