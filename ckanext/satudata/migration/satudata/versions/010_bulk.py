"""Bulk runs of the review: what was asked for many at once, and what became of each"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "010_bulk"
down_revision = "009_recommendation"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "satudata_review_bulk",
        sa.Column("id", sa.UnicodeText, primary_key=True),
        sa.Column("run_id", sa.UnicodeText, nullable=False),
        sa.Column("actor_id", sa.UnicodeText, nullable=False),
        sa.Column("action", sa.UnicodeText, nullable=False),
        sa.Column("track", sa.UnicodeText, nullable=False),
        sa.Column("request", JSONB, nullable=False),
        sa.Column("fingerprint", sa.UnicodeText, nullable=False),
        sa.Column("total", sa.Integer, nullable=False),
        sa.Column("language", sa.UnicodeText, nullable=False),
        sa.Column("created_at", sa.DateTime, nullable=False),
        sa.Column("finished_at", sa.DateTime),
        sa.UniqueConstraint("actor_id", "run_id", name="satudata_review_bulk_run_key"),
    )
    op.create_table(
        "satudata_review_bulk_item",
        sa.Column("bulk_id", sa.UnicodeText, primary_key=True),
        sa.Column("place", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("package_id", sa.UnicodeText, nullable=False),
        sa.Column("expected_version", sa.Integer, nullable=False),
        sa.Column("status", sa.UnicodeText, nullable=False),
        sa.Column("state", sa.UnicodeText),
        sa.Column("error", JSONB),
        sa.Column("event_position", sa.BigInteger),
        sa.UniqueConstraint("bulk_id", "package_id", name="satudata_review_bulk_item_package_key"),
    )
    op.create_index(
        "satudata_review_bulk_item_event_idx",
        "satudata_review_bulk_item",
        ["event_position"],
        unique=True,
        postgresql_where=sa.text("event_position IS NOT NULL"),
    )
    # What a person did last: for which body, and which data ("Terakhir Anda memeriksa …").
    op.create_index("satudata_review_event_actor_idx", "satudata_review_event", ["actor_id", "position"])


def downgrade() -> None:
    op.drop_index("satudata_review_event_actor_idx", "satudata_review_event")
    op.drop_table("satudata_review_bulk_item")
    op.drop_table("satudata_review_bulk")
