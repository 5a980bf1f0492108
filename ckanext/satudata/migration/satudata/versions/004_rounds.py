"""Rounds of a review: holders, returns, snapshots of what was handed over"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "004_rounds"
down_revision = "003_review"
branch_labels = None
depends_on = None

COLUMNS = {
    "last_return": sa.BigInteger,
    "held_since": sa.DateTime,
    "asked_by": sa.UnicodeText,
    "asked_at": sa.DateTime,
    "supporting_checked_at": sa.DateTime,
}


def upgrade() -> None:
    for name, kind in COLUMNS.items():
        op.add_column("satudata_review", sa.Column(name, kind))
    op.create_table(
        "satudata_review_snapshot",
        sa.Column("package_id", sa.UnicodeText, primary_key=True),
        sa.Column("position", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("track", sa.UnicodeText, nullable=False),
        sa.Column("action", sa.UnicodeText, nullable=False),
        sa.Column("at", sa.DateTime, nullable=False),
        sa.Column("metadata", JSONB, nullable=False),
    )


def downgrade() -> None:
    op.drop_table("satudata_review_snapshot")
    for name in COLUMNS:
        op.drop_column("satudata_review", name)
