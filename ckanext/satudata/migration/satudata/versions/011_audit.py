"""The head of the audit trail and what its verifications found"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "011_audit"
down_revision = "010_bulk"
branch_labels = None
depends_on = None

# The head moves by one, never back, and never goes. As with the events, the owner of the table can drop this.
ONE_STEP = """
CREATE OR REPLACE FUNCTION satudata_audit_head_one_step() RETURNS trigger AS $$
BEGIN
    IF current_setting('satudata.allow_purge', true) = 'on' THEN
        IF TG_OP = 'DELETE' THEN RETURN OLD; END IF;
        RETURN NEW;
    END IF;
    IF TG_OP = 'UPDATE' THEN
        IF NEW.id = OLD.id AND NEW.position = OLD.position + 1 THEN RETURN NEW; END IF;
    END IF;
    RAISE EXCEPTION 'satudata_audit_head moves by one event at a time: % refused', TG_OP
        USING ERRCODE = 'restrict_violation';
END
$$ LANGUAGE plpgsql;
CREATE TRIGGER satudata_audit_head_rows BEFORE UPDATE OR DELETE ON satudata_audit_head
    FOR EACH ROW EXECUTE FUNCTION satudata_audit_head_one_step();
CREATE TRIGGER satudata_audit_head_table BEFORE TRUNCATE ON satudata_audit_head
    FOR EACH STATEMENT EXECUTE FUNCTION satudata_audit_head_one_step();
"""
EXISTING = """
INSERT INTO satudata_audit_head (id, position, hash)
SELECT 1, position, hash FROM satudata_review_event ORDER BY position DESC LIMIT 1
"""


def upgrade() -> None:
    op.create_table(
        "satudata_audit_head",
        sa.Column("id", sa.SmallInteger, primary_key=True, autoincrement=False),
        sa.Column("position", sa.BigInteger, nullable=False),
        sa.Column("hash", sa.UnicodeText, nullable=False),
        sa.CheckConstraint("id = 1", name="satudata_audit_head_one_row"),
    )
    op.create_table(
        "satudata_audit_run",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
        sa.Column("started_at", sa.DateTime, nullable=False),
        sa.Column("seconds", sa.Float, nullable=False),
        sa.Column("kind", sa.UnicodeText, nullable=False),
        sa.Column("from_position", sa.BigInteger, nullable=False),
        sa.Column("to_position", sa.BigInteger, nullable=False),
        sa.Column("head_hash", sa.UnicodeText, nullable=False),
        sa.Column("whole", sa.Boolean, nullable=False),
        sa.Column("bad_position", sa.BigInteger),
        sa.Column("problem", sa.UnicodeText),
    )
    op.execute(EXISTING)
    op.execute(ONE_STEP)


def downgrade() -> None:
    op.drop_table("satudata_audit_run")
    op.drop_table("satudata_audit_head")
    op.execute("DROP FUNCTION satudata_audit_head_one_step()")
