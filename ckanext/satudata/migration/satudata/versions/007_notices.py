"""Notices and who was told what"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "007_notices"
down_revision = "006_revision"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "satudata_notice_cursor",
        sa.Column("name", sa.UnicodeText, primary_key=True),
        sa.Column("position", sa.BigInteger, nullable=False),
        sa.Column("updated_at", sa.DateTime, nullable=False),
    )
    op.create_table(
        "satudata_notice_skipped",
        sa.Column("position", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("error", sa.UnicodeText, nullable=False),
        sa.Column("updated_at", sa.DateTime, nullable=False),
    )
    op.create_table(
        "satudata_notice",
        sa.Column("id", sa.BigInteger, sa.Identity(), primary_key=True),
        sa.Column("event_position", sa.BigInteger, nullable=False),
        sa.Column("user_id", sa.UnicodeText, nullable=False),
        sa.Column("package_id", sa.UnicodeText, nullable=False),
        sa.Column("track", sa.UnicodeText, nullable=False),
        sa.Column("kind", sa.UnicodeText, nullable=False),
        sa.Column("word", sa.UnicodeText, nullable=False),
        sa.Column("bulk_id", sa.UnicodeText),
        sa.Column("in_portal", sa.Boolean, nullable=False),
        sa.Column("mail", sa.UnicodeText, nullable=False),
        sa.Column("delivery_id", sa.BigInteger),
        sa.Column("created_at", sa.DateTime, nullable=False),
        sa.Column("read_at", sa.DateTime),
        sa.UniqueConstraint("event_position", "user_id", name="satudata_notice_once"),
    )
    op.create_index("satudata_notice_user_idx", "satudata_notice", ["user_id", "id"])
    op.create_index(
        "satudata_notice_unread_idx",
        "satudata_notice",
        ["user_id"],
        postgresql_where=sa.text("read_at IS NULL AND in_portal"),
    )
    op.create_index("satudata_notice_delivery_idx", "satudata_notice", ["delivery_id"])
    op.create_index(
        "satudata_notice_daily_idx",
        "satudata_notice",
        ["user_id"],
        postgresql_where=sa.text("mail = 'daily' AND delivery_id IS NULL"),
    )
    op.create_table(
        "satudata_notice_delivery",
        sa.Column("id", sa.BigInteger, sa.Identity(), primary_key=True),
        sa.Column("key", sa.UnicodeText, nullable=False, unique=True),
        sa.Column("user_id", sa.UnicodeText, nullable=False),
        sa.Column("digest", sa.Boolean, nullable=False),
        sa.Column("bulk_id", sa.UnicodeText),
        sa.Column("state", sa.UnicodeText, nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("next_at", sa.DateTime),
        sa.Column("created_at", sa.DateTime, nullable=False),
        sa.Column("claimed_at", sa.DateTime),
        sa.Column("sent_at", sa.DateTime),
        sa.Column("last_error", sa.UnicodeText),
    )
    op.create_index(
        "satudata_notice_outbox_idx",
        "satudata_notice_delivery",
        ["next_at"],
        postgresql_where=sa.text("state IN ('pending', 'sending')"),
    )
    op.create_index("satudata_notice_delivery_state_idx", "satudata_notice_delivery", ["state", "id"])
    op.create_table(
        "satudata_notice_preference",
        sa.Column("user_id", sa.UnicodeText, primary_key=True),
        sa.Column("language", sa.UnicodeText),
        sa.Column("choices", JSONB, nullable=False),
        sa.Column("updated_at", sa.DateTime, nullable=False),
    )
    # What happened before anybody could be told is history, not news.
    op.execute(
        "INSERT INTO satudata_notice_cursor (name, position, updated_at) "
        "SELECT 'review', COALESCE(MAX(position), 0), now() AT TIME ZONE 'utc' FROM satudata_review_event"
    )


def downgrade() -> None:
    for name in ("preference", "delivery"):
        op.drop_table(f"satudata_notice_{name}")
    op.drop_table("satudata_notice")
    for name in ("skipped", "cursor"):
        op.drop_table(f"satudata_notice_{name}")
