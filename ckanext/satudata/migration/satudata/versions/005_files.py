"""File keys: which bytes stand behind a resource"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "005_files"
down_revision = "004_rounds"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "satudata_file",
        sa.Column("key", sa.UnicodeText, primary_key=True),
        sa.Column("resource_id", sa.UnicodeText, nullable=False),
        sa.Column("written_at", sa.DateTime, nullable=False),
        sa.Column("size", sa.BigInteger),
        sa.Column("sha256", sa.UnicodeText),
        sa.Column("unreferenced_since", sa.DateTime),
    )
    op.create_index(
        "satudata_file_unreferenced_idx",
        "satudata_file",
        ["unreferenced_since"],
        postgresql_where=sa.text("unreferenced_since IS NOT NULL"),
    )
    op.create_table(
        "satudata_file_key",
        sa.Column("resource_id", sa.UnicodeText, primary_key=True),
        sa.Column("key", sa.UnicodeText, nullable=False),
        sa.Column("set_at", sa.DateTime, nullable=False),
    )
    op.create_index("satudata_file_key_idx", "satudata_file_key", ["key"])
    op.create_table(
        "satudata_file_version",
        sa.Column("id", sa.UnicodeText, primary_key=True),
        sa.Column("package_id", sa.UnicodeText, nullable=False),
        sa.Column("resource_id", sa.UnicodeText, nullable=False),
        sa.Column("key", sa.UnicodeText, nullable=False),
        sa.Column("name", sa.UnicodeText, nullable=False),
        sa.Column("filename", sa.UnicodeText, nullable=False),
        sa.Column("format", sa.UnicodeText, nullable=False),
        sa.Column("mimetype", sa.UnicodeText),
        sa.Column("size", sa.BigInteger),
        sa.Column("sha256", sa.UnicodeText),
        sa.Column("published_at", sa.DateTime, nullable=False),
        sa.Column("position", sa.BigInteger),
        sa.UniqueConstraint("resource_id", "key", name="satudata_file_version_once"),
    )
    op.create_index("satudata_file_version_package_idx", "satudata_file_version", ["package_id", "published_at"])
    op.create_index("satudata_file_version_key_idx", "satudata_file_version", ["key"])


def downgrade() -> None:
    op.drop_table("satudata_file_version")
    op.drop_table("satudata_file_key")
    op.drop_table("satudata_file")
