"""Working copies of published data"""

from __future__ import annotations

revision = "006_revision"
down_revision = "005_files"
branch_labels = None
depends_on = None


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass
