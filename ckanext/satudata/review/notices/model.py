"""What people are told: notices, the outbox of messages, and what each person wants.

A notice is a pointer to an event of the audit trail; it repeats neither title nor comment, so that what a person may
no longer see is not to be found here either. No foreign keys: rows outlive a purge and are then shown to nobody.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

import ckantoolkit as tk
import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

#: States of a message. ``sending`` is written before the mail server is called, and its row is locked meanwhile.
PENDING, SENDING, SENT, FAILED, CANCELLED = "pending", "sending", "sent", "failed", "cancelled"
STATES = (PENDING, SENDING, SENT, FAILED, CANCELLED)


class Cursor(tk.BaseModel):  # type: ignore[misc, name-defined]
    """How far something has come: ``review`` in positions of the chain, others in days. Locked by who moves it."""

    __tablename__ = "satudata_notice_cursor"

    name: Mapped[str] = mapped_column(sa.UnicodeText, primary_key=True)
    position: Mapped[int] = mapped_column(sa.BigInteger, nullable=False, default=0)
    updated_at: Mapped[dt.datetime] = mapped_column(sa.DateTime, nullable=False, default=dt.datetime.utcnow)


class Skipped(tk.BaseModel):  # type: ignore[misc, name-defined]
    """An event whose receivers could not be found out; the cursor went on without it, the sweep tries again."""

    __tablename__ = "satudata_notice_skipped"

    position: Mapped[int] = mapped_column(sa.BigInteger, primary_key=True, autoincrement=False)
    attempts: Mapped[int] = mapped_column(sa.Integer, nullable=False, default=1)
    error: Mapped[str] = mapped_column(sa.UnicodeText, nullable=False)
    updated_at: Mapped[dt.datetime] = mapped_column(sa.DateTime, nullable=False, default=dt.datetime.utcnow)


class Notice(tk.BaseModel):  # type: ignore[misc, name-defined]
    """That one person is told of one thing, once."""

    __tablename__ = "satudata_notice"
    __table_args__ = (
        sa.UniqueConstraint("event_position", "user_id", name="satudata_notice_once"),
        sa.Index("satudata_notice_user_idx", "user_id", "id"),
        sa.Index("satudata_notice_unread_idx", "user_id", postgresql_where=sa.text("read_at IS NULL AND in_portal")),
        sa.Index("satudata_notice_delivery_idx", "delivery_id"),
        sa.Index(
            "satudata_notice_daily_idx",
            "user_id",
            postgresql_where=sa.text("mail = 'daily' AND delivery_id IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(sa.BigInteger, sa.Identity(), primary_key=True)
    event_position: Mapped[int] = mapped_column(sa.BigInteger, nullable=False)
    user_id: Mapped[str] = mapped_column(sa.UnicodeText, nullable=False)
    package_id: Mapped[str] = mapped_column(sa.UnicodeText, nullable=False)
    track: Mapped[str] = mapped_column(sa.UnicodeText, nullable=False)
    #: ``waiting``, ``deadline`` or ``news``: what a person chooses by.
    kind: Mapped[str] = mapped_column(sa.UnicodeText, nullable=False)
    #: Which sentence it is, out of ``words.LABELS``.
    word: Mapped[str] = mapped_column(sa.UnicodeText, nullable=False)
    #: The run of ``review.bulk`` it comes from; all of one run are one notice to its reader.
    bulk_id: Mapped[str | None] = mapped_column(sa.UnicodeText)
    in_portal: Mapped[bool] = mapped_column(sa.Boolean, nullable=False)
    #: ``once``, ``daily`` or ``none``: how it leaves the portal.
    mail: Mapped[str] = mapped_column(sa.UnicodeText, nullable=False)
    delivery_id: Mapped[int | None] = mapped_column(sa.BigInteger)
    created_at: Mapped[dt.datetime] = mapped_column(sa.DateTime, nullable=False, default=dt.datetime.utcnow)
    read_at: Mapped[dt.datetime | None] = mapped_column(sa.DateTime)


class Delivery(tk.BaseModel):  # type: ignore[misc, name-defined]
    """One message that leaves, or left, the portal; the outbox."""

    __tablename__ = "satudata_notice_delivery"
    __table_args__ = (
        sa.Index("satudata_notice_outbox_idx", "next_at", postgresql_where=sa.text("state IN ('pending', 'sending')")),
        sa.Index("satudata_notice_delivery_state_idx", "state", "id"),
    )

    id: Mapped[int] = mapped_column(sa.BigInteger, sa.Identity(), primary_key=True)
    #: Says what the message is about; the same thing is never put in twice, and its Message-ID follows from it.
    key: Mapped[str] = mapped_column(sa.UnicodeText, nullable=False, unique=True)
    user_id: Mapped[str] = mapped_column(sa.UnicodeText, nullable=False)
    digest: Mapped[bool] = mapped_column(sa.Boolean, nullable=False, default=False)
    bulk_id: Mapped[str | None] = mapped_column(sa.UnicodeText)
    state: Mapped[str] = mapped_column(sa.UnicodeText, nullable=False, default=PENDING)
    attempts: Mapped[int] = mapped_column(sa.Integer, nullable=False, default=0)
    #: Not before this moment; empty while its bulk run goes on.
    next_at: Mapped[dt.datetime | None] = mapped_column(sa.DateTime)
    created_at: Mapped[dt.datetime] = mapped_column(sa.DateTime, nullable=False, default=dt.datetime.utcnow)
    claimed_at: Mapped[dt.datetime | None] = mapped_column(sa.DateTime)
    sent_at: Mapped[dt.datetime | None] = mapped_column(sa.DateTime)
    last_error: Mapped[str | None] = mapped_column(sa.UnicodeText)


class Preference(tk.BaseModel):  # type: ignore[misc, name-defined]
    """What one person wants; without a row, the defaults of ``preferences``."""

    __tablename__ = "satudata_notice_preference"

    user_id: Mapped[str] = mapped_column(sa.UnicodeText, primary_key=True)
    #: Language of messages; empty means the portal's own.
    language: Mapped[str | None] = mapped_column(sa.UnicodeText)
    #: ``{channel: {kind: choice}}``, only what differs from the defaults.
    choices: Mapped[dict[str, Any]] = mapped_column(JSONB, nullable=False, default=dict)
    updated_at: Mapped[dt.datetime] = mapped_column(sa.DateTime, nullable=False, default=dt.datetime.utcnow)
