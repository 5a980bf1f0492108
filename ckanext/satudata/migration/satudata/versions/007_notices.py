"""Notices and who was told what"""

from __future__ import annotations

revision = "007_notices"
down_revision = "006_revision"
branch_labels = None
depends_on = None


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass
