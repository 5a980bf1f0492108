"""What the check of each file found, and how far a running check is"""

from __future__ import annotations

revision = "013_file_checks"
down_revision = "012_code_lists"
branch_labels = None
depends_on = None


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass
