"""Restriction records: why and until when data are not open"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "015_access"
down_revision = "014_quality"
branch_labels = None
depends_on = None

# As with the events of the review: the owner of a table can always drop a trigger, the hash chain is what tells.
APPEND_ONLY = """
CREATE OR REPLACE FUNCTION satudata_restriction_append_only() RETURNS trigger AS $$
BEGIN
    IF current_setting('satudata.allow_purge', true) = 'on' THEN
        IF TG_OP = 'DELETE' THEN RETURN OLD; END IF;
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'satudata_restriction is append-only: % refused', TG_OP
        USING ERRCODE = 'restrict_violation';
END
$$ LANGUAGE plpgsql;
CREATE TRIGGER satudata_restriction_rows BEFORE UPDATE OR DELETE ON satudata_restriction
    FOR EACH ROW EXECUTE FUNCTION satudata_restriction_append_only();
CREATE TRIGGER satudata_restriction_table BEFORE TRUNCATE ON satudata_restriction
    FOR EACH STATEMENT EXECUTE FUNCTION satudata_restriction_append_only();
"""


def upgrade() -> None:
    op.create_table(
        "satudata_restriction",
        sa.Column("id", sa.BigInteger, sa.Identity(), primary_key=True),
        sa.Column("package_id", sa.UnicodeText, nullable=False),
        sa.Column("kind", sa.UnicodeText, nullable=False),
        sa.Column("level", sa.UnicodeText, nullable=False),
        sa.Column("legal_basis", sa.UnicodeText, nullable=False),
        sa.Column("consequence", sa.UnicodeText, nullable=False),
        sa.Column("end_date", sa.Date),
        sa.Column("forum_date", sa.Date),
        sa.Column("decision_reference", sa.UnicodeText),
        sa.Column("note", sa.UnicodeText),
        sa.Column("actor_id", sa.UnicodeText),
        sa.Column("actor_name", sa.UnicodeText, nullable=False),
        sa.Column("role", sa.UnicodeText, nullable=False),
        sa.Column("body_id", sa.UnicodeText),
        sa.Column("at", sa.DateTime, nullable=False),
    )
    op.create_index("satudata_restriction_package_idx", "satudata_restriction", ["package_id", "id"])
    op.create_index("satudata_restriction_end_idx", "satudata_restriction", ["end_date"])
    op.create_table(
        "satudata_restriction_told",
        sa.Column("restriction_id", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("kind", sa.UnicodeText, primary_key=True),
        sa.Column("position", sa.BigInteger, nullable=False),
        sa.Column("at", sa.DateTime, nullable=False),
    )
    op.execute(APPEND_ONLY)


def downgrade() -> None:
    op.drop_table("satudata_restriction_told")
    op.drop_table("satudata_restriction")
    op.execute("DROP FUNCTION satudata_restriction_append_only()")
