"""Quality score and freshness of each dataset"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "014_quality"
down_revision = "013_file_checks"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "satudata_quality",
        sa.Column("package_id", sa.UnicodeText, primary_key=True),
        sa.Column("score", sa.SmallInteger, nullable=False),
        sa.Column("band", sa.UnicodeText, nullable=False),
        sa.Column("parts", JSONB, nullable=False, server_default="{}"),
        sa.Column("advice", JSONB, nullable=False, server_default="[]"),
        sa.Column("freshness", sa.UnicodeText),
        sa.Column("next_due", sa.Date),
        sa.Column("changes_on", sa.Date),
        sa.Column("published_at", sa.DateTime),
        sa.Column("links", JSONB, nullable=False, server_default="{}"),
        sa.Column("links_due_at", sa.DateTime),
        sa.Column("files_pending", sa.Boolean, nullable=False, server_default=sa.false()),
        sa.Column("computed_at", sa.DateTime, nullable=False),
        sa.Column("rules_version", sa.UnicodeText, nullable=False),
        sa.CheckConstraint("score BETWEEN 0 AND 100", name="satudata_quality_score"),
    )
    # The daily job, the checks of links and of large files each ask for the few rows that are due.
    op.create_index("satudata_quality_changes", "satudata_quality", ["changes_on"])
    op.create_index(
        "satudata_quality_links",
        "satudata_quality",
        ["links_due_at"],
        postgresql_where=sa.text("links_due_at IS NOT NULL"),
    )
    op.create_index(
        "satudata_quality_files", "satudata_quality", ["package_id"], postgresql_where=sa.text("files_pending")
    )


def downgrade() -> None:
    op.drop_table("satudata_quality")
