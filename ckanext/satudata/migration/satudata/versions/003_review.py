"""Reviews and their append-only trail of events"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "003_review"
down_revision = "002_roles"
branch_labels = None
depends_on = None

# The owner of a table can always drop a trigger: it keeps programs honest, the hash chain keeps owners honest.
# `satudata.allow_purge` exists for the reset between tests and is set by nothing else.
APPEND_ONLY = """
CREATE OR REPLACE FUNCTION satudata_review_event_append_only() RETURNS trigger AS $$
BEGIN
    IF current_setting('satudata.allow_purge', true) = 'on' THEN
        IF TG_OP = 'DELETE' THEN RETURN OLD; END IF;
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'satudata_review_event is append-only: % refused', TG_OP
        USING ERRCODE = 'restrict_violation';
END
$$ LANGUAGE plpgsql;
CREATE TRIGGER satudata_review_event_rows BEFORE UPDATE OR DELETE ON satudata_review_event
    FOR EACH ROW EXECUTE FUNCTION satudata_review_event_append_only();
CREATE TRIGGER satudata_review_event_table BEFORE TRUNCATE ON satudata_review_event
    FOR EACH STATEMENT EXECUTE FUNCTION satudata_review_event_append_only();
"""


def upgrade() -> None:
    op.create_table(
        "satudata_review",
        sa.Column("package_id", sa.UnicodeText, primary_key=True),
        sa.Column("track", sa.UnicodeText, primary_key=True),
        sa.Column("state", sa.UnicodeText, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("package_type", sa.UnicodeText, nullable=False),
        sa.Column("organization_id", sa.UnicodeText),
        sa.Column("state_since", sa.DateTime, nullable=False),
        sa.Column("submitted_by", sa.UnicodeText),
        sa.Column("submitted_at", sa.DateTime),
        sa.Column("submitted_digest", sa.UnicodeText),
        sa.Column("holder_id", sa.UnicodeText),
        sa.Column("holder_body_id", sa.UnicodeText),
        sa.Column("due_at", sa.DateTime),
        sa.Column("release_at", sa.DateTime),
        sa.Column("authors", JSONB, nullable=False),
        sa.Column("pembina_return", sa.BigInteger),
        sa.Column("custodian_checked_at", sa.DateTime),
        sa.Column("pembina_checked_at", sa.DateTime),
        sa.Column("published_at", sa.DateTime),
        sa.Column("harvested", sa.Boolean, nullable=False),
        sa.Column("override", JSONB),
    )
    op.create_index("satudata_review_queue_idx", "satudata_review", ["track", "state", "state_since"])
    op.create_index("satudata_review_organization_idx", "satudata_review", ["organization_id", "state"])
    op.create_index("satudata_review_holder_idx", "satudata_review", ["holder_id"])
    op.create_index(
        "satudata_review_release_idx",
        "satudata_review",
        ["release_at"],
        postgresql_where=sa.text("release_at IS NOT NULL"),
    )
    op.create_table(
        "satudata_review_event",
        sa.Column("position", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("package_id", sa.UnicodeText, nullable=False),
        sa.Column("package_name", sa.UnicodeText, nullable=False),
        sa.Column("package_title", sa.UnicodeText, nullable=False),
        sa.Column("organization_id", sa.UnicodeText),
        sa.Column("track", sa.UnicodeText, nullable=False),
        sa.Column("action", sa.UnicodeText, nullable=False),
        sa.Column("from_state", sa.UnicodeText),
        sa.Column("to_state", sa.UnicodeText),
        sa.Column("actor_id", sa.UnicodeText),
        sa.Column("actor_name", sa.UnicodeText, nullable=False),
        sa.Column("body_id", sa.UnicodeText),
        sa.Column("program", sa.UnicodeText),
        sa.Column("at", sa.DateTime, nullable=False),
        sa.Column("comment", sa.UnicodeText),
        sa.Column("principle_results", JSONB),
        sa.Column("field_comments", JSONB),
        sa.Column("content_digest", sa.UnicodeText),
        sa.Column("content", JSONB),
        sa.Column("previous_hash", sa.UnicodeText, nullable=False),
        sa.Column("hash", sa.UnicodeText, nullable=False),
    )
    op.create_index("satudata_review_event_package_idx", "satudata_review_event", ["package_id", "position"])
    op.execute(APPEND_ONLY)


def downgrade() -> None:
    op.drop_table("satudata_review_event")
    op.execute("DROP FUNCTION satudata_review_event_append_only()")
    op.drop_table("satudata_review")
