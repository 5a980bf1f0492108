"""Imports of BPS forms: what a workbook would change, and what became of it"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "016_form_imports"
down_revision = "015_access"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "satudata_form_import",
        sa.Column("id", sa.UnicodeText, primary_key=True),
        sa.Column("user_id", sa.UnicodeText, nullable=False),
        sa.Column("organization_id", sa.UnicodeText, nullable=False),
        sa.Column("filename", sa.UnicodeText, nullable=False),
        sa.Column("problems", JSONB, nullable=False),
        sa.Column("total", sa.Integer, nullable=False),
        sa.Column("language", sa.UnicodeText, nullable=False),
        sa.Column("created_at", sa.DateTime, nullable=False, index=True),
        sa.Column("started_at", sa.DateTime),
        sa.Column("finished_at", sa.DateTime),
    )
    op.create_table(
        "satudata_form_import_item",
        sa.Column("import_id", sa.UnicodeText, primary_key=True),
        sa.Column("place", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("kind", sa.UnicodeText, nullable=False),
        sa.Column("title", sa.UnicodeText, nullable=False),
        sa.Column("sheet", sa.UnicodeText, nullable=False),
        sa.Column("row", sa.Integer),
        sa.Column("fate", sa.UnicodeText, nullable=False),
        sa.Column("package_id", sa.UnicodeText),
        sa.Column("seen", sa.UnicodeText),
        sa.Column("values", JSONB, nullable=False),
        sa.Column("changes", JSONB, nullable=False),
        sa.Column("problems", JSONB, nullable=False),
        sa.Column("status", sa.UnicodeText, nullable=False),
        sa.Column("taken_at", sa.DateTime),
        sa.Column("error", JSONB),
    )


def downgrade() -> None:
    op.drop_table("satudata_form_import_item")
    op.drop_table("satudata_form_import")
