"""Quality score and freshness of each dataset"""

from __future__ import annotations

revision = "014_quality"
down_revision = "013_file_checks"
branch_labels = None
depends_on = None


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass
