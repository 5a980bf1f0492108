"""What the check of each file found, and how far a running check is"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "013_file_checks"
down_revision = "012_code_lists"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "satudata_file_check",
        sa.Column("identity", sa.UnicodeText, primary_key=True),
        sa.Column("package_id", sa.UnicodeText, nullable=False),
        sa.Column("resource_id", sa.UnicodeText, nullable=False),
        sa.Column("format", sa.UnicodeText, nullable=False),
        sa.Column("size", sa.BigInteger, nullable=False),
        sa.Column("status", sa.UnicodeText, nullable=False),
        sa.Column("progress", sa.Float, nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("facts", JSONB),
        sa.Column("error", sa.UnicodeText),
        sa.Column("created_at", sa.DateTime, nullable=False),
        sa.Column("touched_at", sa.DateTime, nullable=False),
        sa.Column("started_at", sa.DateTime),
        sa.Column("finished_at", sa.DateTime),
        sa.Column("used_at", sa.DateTime, nullable=False),
        sa.CheckConstraint("status IN ('waiting', 'running', 'done', 'failed')", name="satudata_file_check_status"),
    )
    op.create_index("satudata_file_check_resource_idx", "satudata_file_check", ["resource_id"])
    op.create_index(
        "satudata_file_check_open_idx",
        "satudata_file_check",
        ["touched_at"],
        postgresql_where=sa.text("status IN ('waiting', 'running')"),
    )


def downgrade() -> None:
    op.drop_table("satudata_file_check")
