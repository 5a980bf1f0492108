"""Working copies of published data"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "006_revision"
down_revision = "005_files"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "satudata_revision",
        sa.Column("copy_id", sa.UnicodeText, primary_key=True),
        sa.Column("live_id", sa.UnicodeText, nullable=False),
        sa.Column("status", sa.UnicodeText, nullable=False),
        sa.Column("change_kind", sa.UnicodeText, nullable=False),
        sa.Column("public_note", sa.UnicodeText),
        sa.Column("started_by", sa.UnicodeText),
        sa.Column("started_at", sa.DateTime, nullable=False),
        sa.Column("base", JSONB, nullable=False),
        sa.Column("ended_by", sa.UnicodeText),
        sa.Column("ended_at", sa.DateTime),
        sa.Column("position", sa.BigInteger),
        sa.Column("pending", JSONB, nullable=False),
        sa.Column("work", JSONB, nullable=False),
        sa.Column("pending_since", sa.DateTime),
        sa.Column("warned_at", sa.DateTime),
    )
    op.create_index(
        "satudata_revision_one_open",
        "satudata_revision",
        ["live_id"],
        unique=True,
        postgresql_where=sa.text("status = 'open'"),
    )
    op.create_index("satudata_revision_live_idx", "satudata_revision", ["live_id", "started_at"])
    op.create_index(
        "satudata_revision_pending_idx",
        "satudata_revision",
        ["copy_id"],
        postgresql_where=sa.text("pending <> '[]'::jsonb"),
    )
    op.create_table(
        "satudata_revision_part",
        sa.Column("copy_part_id", sa.UnicodeText, primary_key=True),
        sa.Column("copy_id", sa.UnicodeText, nullable=False),
        sa.Column("kind", sa.UnicodeText, nullable=False),
        sa.Column("live_part_id", sa.UnicodeText, nullable=False),
    )
    op.create_index("satudata_revision_part_copy_idx", "satudata_revision_part", ["copy_id"])


def downgrade() -> None:
    op.drop_table("satudata_revision_part")
    op.drop_table("satudata_revision")
