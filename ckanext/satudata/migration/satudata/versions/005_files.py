"""File keys: which bytes stand behind a resource"""

from __future__ import annotations

revision = "005_files"
down_revision = "004_rounds"
branch_labels = None
depends_on = None


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass
