"""Deadlines, reminders and absences"""

from __future__ import annotations

revision = "008_deadlines"
down_revision = "007_notices"
branch_labels = None
depends_on = None


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass
