"""Grants of SDI roles to bodies, kept with their history."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "002_roles"
down_revision = "001_regions"
branch_labels = None
depends_on = None

TABLE = "satudata_role_grant"


def upgrade() -> None:
    op.create_table(
        TABLE,
        sa.Column("id", sa.UnicodeText, primary_key=True),
        sa.Column("organization_id", sa.UnicodeText, nullable=False),
        sa.Column("role", sa.UnicodeText, nullable=False),
        sa.Column("scope_id", sa.UnicodeText),
        sa.Column("jenis_data", sa.UnicodeText),
        sa.Column("note", sa.UnicodeText, nullable=False, server_default=""),
        sa.Column("granted_by", sa.UnicodeText, nullable=False),
        sa.Column("granted_by_name", sa.UnicodeText, nullable=False),
        sa.Column("granted_at", sa.DateTime, nullable=False),
        sa.Column("revoked_by", sa.UnicodeText),
        sa.Column("revoked_by_name", sa.UnicodeText),
        sa.Column("revoked_at", sa.DateTime),
    )
    in_force = sa.text("revoked_at IS NULL")
    op.create_index("satudata_role_grant_organization", TABLE, ["organization_id"], postgresql_where=in_force)
    op.create_index("satudata_role_grant_scope", TABLE, ["scope_id"], postgresql_where=in_force)
    # NULLs differ from each other in a UNIQUE index; '' stands for "the whole portal".
    op.create_index(
        "satudata_role_grant_one_custodian",
        TABLE,
        [sa.text("coalesce(scope_id, '')")],
        unique=True,
        postgresql_where=sa.text("revoked_at IS NULL AND role = 'custodian'"),
    )
    op.create_index(
        "satudata_role_grant_once",
        TABLE,
        ["organization_id", "role", sa.text("coalesce(scope_id, '')"), sa.text("coalesce(jenis_data, '')")],
        unique=True,
        postgresql_where=in_force,
    )


def downgrade() -> None:
    op.drop_table(TABLE)
