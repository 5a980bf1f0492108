"""The organization tree: kind, codes, aliases and the materialised path of every organization."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "001_regions"
down_revision = None
branch_labels = None
depends_on = None

TABLE = "satudata_region"

# Organizations made before this table get their row here. CKAN allows two parents and, through the model,
# loops: the oldest-sorting parent wins, and whoever stands on a loop becomes a root.
ADOPT = """
WITH RECURSIVE parent AS (
    SELECT DISTINCT ON (m.group_id) m.group_id AS id, m.table_id AS parent_id
    FROM member m
    JOIN "group" p ON p.id = m.table_id AND p.is_organization AND p.state = 'active'
    WHERE m.table_name = 'group' AND m.state = 'active' AND m.table_id <> m.group_id
    ORDER BY m.group_id, m.capacity = 'parent' DESC, m.id
), up AS (
    SELECT g.id, g.id AS ancestor, 0 AS height, ARRAY[g.id] AS seen
    FROM "group" g WHERE g.is_organization
    UNION ALL
    SELECT up.id, parent.parent_id, up.height + 1, up.seen || parent.parent_id
    FROM up JOIN parent ON parent.id = up.ancestor
    WHERE NOT parent.parent_id = ANY(up.seen)
), ends AS (
    SELECT DISTINCT ON (up.id) up.id, up.ancestor AS root FROM up ORDER BY up.id, up.height DESC
), whole AS (
    SELECT up.id, '/' || string_agg(up.ancestor, '/' ORDER BY up.height DESC) || '/' AS path,
           max(up.height) AS depth
    FROM up JOIN ends ON ends.id = up.id
    WHERE NOT EXISTS (SELECT 1 FROM parent WHERE parent.id = ends.root)
    GROUP BY up.id
)
INSERT INTO satudata_region (organization_id, parent_id, path, depth, search_text)
SELECT g.id, CASE WHEN whole.id IS NULL THEN NULL ELSE parent.parent_id END,
       coalesce(whole.path, '/' || g.id || '/'), coalesce(whole.depth, 0),
       '|' || regexp_replace(lower(coalesce(g.title, '')), '[^a-z0-9]+', '', 'g') || '|'
           || regexp_replace(lower(g.name), '[^a-z0-9]+', '', 'g') || '|'
FROM "group" g
LEFT JOIN whole ON whole.id = g.id
LEFT JOIN parent ON parent.id = g.id
WHERE g.is_organization
"""


def upgrade() -> None:
    op.create_table(
        TABLE,
        sa.Column("organization_id", sa.UnicodeText, primary_key=True),
        sa.Column("parent_id", sa.UnicodeText),
        sa.Column("path", sa.UnicodeText, nullable=False),
        sa.Column("depth", sa.Integer, nullable=False, server_default="0"),
        sa.Column("kind", sa.UnicodeText, nullable=False, server_default=""),
        sa.Column("kode_kemendagri", sa.UnicodeText),
        sa.Column("kode_bps", sa.UnicodeText),
        sa.Column("aliases", JSONB, nullable=False, server_default="[]"),
        sa.Column("programmes", JSONB, nullable=False, server_default="[]"),
        sa.Column("search_text", sa.UnicodeText, nullable=False, server_default=""),
    )
    op.create_index("satudata_region_kode_kemendagri", TABLE, ["kode_kemendagri"], unique=True)
    op.create_index("satudata_region_kode_bps", TABLE, ["kode_bps"], unique=True)
    op.create_index("satudata_region_parent", TABLE, ["parent_id"])
    # LIKE 'prefix%' uses a btree only with this operator class, whatever the database's collation.
    op.create_index("satudata_region_path", TABLE, ["path"], postgresql_ops={"path": "text_pattern_ops"})
    if sa.inspect(op.get_bind()).has_table("group"):
        op.execute(ADOPT)


def downgrade() -> None:
    op.drop_table(TABLE)
