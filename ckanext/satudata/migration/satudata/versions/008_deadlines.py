"""Deadlines, absences, periodic jobs, and what the public was shown when"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "008_deadlines"
down_revision = "007_notices"
branch_labels = None
depends_on = None

# What is public now was made public by its last event that says so.
EXISTING = """
INSERT INTO satudata_public_change
    (position, kind, package_id, package_type, name, title, organization_id, organization_name, organization_title, at)
SELECT last.position, 'published', p.id, coalesce(p.type, 'dataset'), p.name, coalesce(nullif(p.title, ''), p.name),
    r.organization_id, coalesce(g.name, ''), coalesce(nullif(g.title, ''), g.name, ''), last.at
FROM satudata_review r
JOIN package p ON p.id = r.package_id AND p.state = 'active' AND NOT coalesce(p.private, false)
LEFT JOIN "group" g ON g.id = r.organization_id
JOIN LATERAL (
    SELECT e.position, e.at FROM satudata_review_event e
    WHERE e.package_id = r.package_id AND e.track = r.track AND e.to_state = 'published'
    ORDER BY e.position DESC LIMIT 1
) last ON true
WHERE r.track = 'publication' AND r.state = 'published'
"""


def upgrade() -> None:
    op.create_table(
        "satudata_review_reminder",
        sa.Column("package_id", sa.UnicodeText, primary_key=True),
        sa.Column("track", sa.UnicodeText, primary_key=True),
        sa.Column("kind", sa.UnicodeText, primary_key=True),
        sa.Column("state_since", sa.DateTime, primary_key=True),
        sa.Column("due_at", sa.DateTime, nullable=False),
        sa.Column("position", sa.BigInteger, nullable=False),
        sa.Column("at", sa.DateTime, nullable=False),
    )
    op.create_table(
        "satudata_absence",
        sa.Column("id", sa.UnicodeText, primary_key=True),
        sa.Column("user_id", sa.UnicodeText, nullable=False),
        sa.Column("from_date", sa.Date, nullable=False),
        sa.Column("until_date", sa.Date, nullable=False),
        sa.Column("stand_in_id", sa.UnicodeText),
        sa.Column("set_by", sa.UnicodeText, nullable=False),
        sa.Column("set_at", sa.DateTime, nullable=False),
        sa.Column("cleared_at", sa.DateTime),
        sa.CheckConstraint("from_date <= until_date", name="satudata_absence_order"),
        sa.CheckConstraint("stand_in_id IS NULL OR stand_in_id <> user_id", name="satudata_absence_another"),
    )
    op.create_index(
        "satudata_absence_user_idx",
        "satudata_absence",
        ["user_id", "until_date"],
        postgresql_where=sa.text("cleared_at IS NULL"),
    )
    op.create_table(
        "satudata_schedule",
        sa.Column("name", sa.UnicodeText, primary_key=True),
        sa.Column("queued_at", sa.DateTime),
        sa.Column("started_at", sa.DateTime),
        sa.Column("finished_at", sa.DateTime),
        sa.Column("succeeded_at", sa.DateTime),
        sa.Column("result", sa.UnicodeText),
        sa.Column("error", sa.UnicodeText),
    )
    op.create_table(
        "satudata_public_change",
        sa.Column("position", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("kind", sa.UnicodeText, nullable=False),
        sa.Column("package_id", sa.UnicodeText, nullable=False),
        sa.Column("package_type", sa.UnicodeText, nullable=False),
        sa.Column("name", sa.UnicodeText, nullable=False),
        sa.Column("title", sa.UnicodeText, nullable=False),
        sa.Column("organization_id", sa.UnicodeText),
        sa.Column("organization_name", sa.UnicodeText, nullable=False),
        sa.Column("organization_title", sa.UnicodeText, nullable=False),
        sa.Column("at", sa.DateTime, nullable=False),
        sa.Column("note", sa.UnicodeText),
    )
    op.create_index("satudata_public_change_package_idx", "satudata_public_change", ["package_id", "position"])
    op.create_index("satudata_public_change_name_idx", "satudata_public_change", ["name", "position"])
    op.execute(EXISTING)


def downgrade() -> None:
    for table in ("satudata_public_change", "satudata_schedule", "satudata_absence", "satudata_review_reminder"):
        op.drop_table(table)
