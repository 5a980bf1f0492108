"""Bulk runs of the review"""

from __future__ import annotations

revision = "010_bulk"
down_revision = "009_recommendation"
branch_labels = None
depends_on = None


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass
