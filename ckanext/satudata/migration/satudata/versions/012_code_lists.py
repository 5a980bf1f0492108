"""Code lists: lists of codes the admin loads, in versions"""

from __future__ import annotations

revision = "012_code_lists"
down_revision = "011_audit"
branch_labels = None
depends_on = None


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass
