"""Rounds of a review: holders, returns, snapshots of what was handed over"""

from __future__ import annotations

revision = "004_rounds"
down_revision = "003_review"
branch_labels = None
depends_on = None


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass
