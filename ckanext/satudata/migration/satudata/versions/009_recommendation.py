"""The recommendation track: identity and letter of a sectoral survey"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "009_recommendation"
down_revision = "008_deadlines"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "satudata_review_recommendation",
        sa.Column("package_id", sa.UnicodeText, primary_key=True),
        sa.Column("identity", sa.UnicodeText, nullable=False),
        sa.Column("given_by", sa.UnicodeText),
        sa.Column("given_at", sa.DateTime, nullable=False),
        sa.Column("letter_number", sa.UnicodeText),
        sa.Column("letter_date", sa.Date),
        sa.Column("letter_reference", sa.UnicodeText),
        sa.Column("letter_by", sa.UnicodeText),
        sa.Column("letter_at", sa.DateTime),
    )
    op.create_index(
        "satudata_review_recommendation_identity_idx", "satudata_review_recommendation", ["identity"], unique=True
    )


def downgrade() -> None:
    op.drop_table("satudata_review_recommendation")
