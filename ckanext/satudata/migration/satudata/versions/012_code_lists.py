"""Code lists: lists of codes the admin loads, in versions"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "012_code_lists"
down_revision = "011_audit"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "satudata_code_list",
        sa.Column("id", sa.UnicodeText, primary_key=True),
        sa.Column("title", JSONB, nullable=False),
        sa.Column("description", JSONB, nullable=False, server_default="{}"),
        sa.Column("kind", sa.UnicodeText, nullable=False, server_default=""),
        sa.Column("source", sa.UnicodeText, nullable=False, server_default=""),
        sa.Column("show_code", sa.Boolean, nullable=False, server_default=sa.false()),
    )
    op.create_table(
        "satudata_code_list_version",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
        sa.Column("list_id", sa.UnicodeText, sa.ForeignKey("satudata_code_list.id"), nullable=False),
        sa.Column("version", sa.UnicodeText, nullable=False),
        sa.Column("valid_from", sa.Date),
        sa.Column("note", sa.UnicodeText, nullable=False, server_default=""),
        sa.Column("columns", JSONB, nullable=False, server_default="[]"),
        sa.Column("digest", sa.UnicodeText, nullable=False),
        sa.Column("count", sa.Integer, nullable=False),
        sa.Column("loaded_at", sa.DateTime, nullable=False),
        sa.Column("loaded_by", sa.UnicodeText, nullable=False, server_default=""),
        sa.Column("published_at", sa.DateTime),
        sa.UniqueConstraint("list_id", "version", name="satudata_code_list_version_key"),
    )
    op.create_table(
        "satudata_code_list_code",
        sa.Column(
            "version_id",
            sa.Integer,
            sa.ForeignKey("satudata_code_list_version.id", ondelete="CASCADE"),
            primary_key=True,
            autoincrement=False,
        ),
        sa.Column("code", sa.UnicodeText, primary_key=True),
        sa.Column("place", sa.Integer, nullable=False),
        sa.Column("label", JSONB, nullable=False),
        sa.Column("parent", sa.UnicodeText),
        sa.Column("valid_from", sa.Date),
        sa.Column("valid_to", sa.Date),
        sa.Column("successor", sa.UnicodeText),
        sa.Column("note", sa.UnicodeText, nullable=False, server_default=""),
        sa.Column("aliases", JSONB, nullable=False, server_default="[]"),
        sa.Column("extra", JSONB, nullable=False, server_default="{}"),
        sa.Column("search_text", sa.UnicodeText, nullable=False, server_default=""),
    )
    op.create_index("satudata_code_list_code_place", "satudata_code_list_code", ["version_id", "place"])


def downgrade() -> None:
    op.drop_table("satudata_code_list_code")
    op.drop_table("satudata_code_list_version")
    op.drop_table("satudata_code_list")
