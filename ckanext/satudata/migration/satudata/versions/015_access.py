"""Restriction records: why and until when data are not open"""

from __future__ import annotations

revision = "015_access"
down_revision = "014_quality"
branch_labels = None
depends_on = None


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass
