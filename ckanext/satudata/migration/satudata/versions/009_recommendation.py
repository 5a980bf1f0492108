"""The recommendation track"""

from __future__ import annotations

revision = "009_recommendation"
down_revision = "008_deadlines"
branch_labels = None
depends_on = None


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass
