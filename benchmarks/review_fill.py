"""A portal grown large, written straight into its tables: what takes hours by hand takes a minute by SQL.

Numbers of rows, their lengths and their links are those of a portal in use; nothing of it is indexed.
"""

from __future__ import annotations

import datetime as dt
import io
import itertools
import json
import uuid
from collections.abc import Iterator
from typing import Any

ROOT = "akar"

ORGANIZATIONS = """
INSERT INTO "group" (id, name, title, type, is_organization, state, approval_status, created)
SELECT 'org-' || n, 'org-' || n, 'Kelurahan ' || n, 'organization', true, 'active', 'approved', now()
FROM generate_series(1, :count) n;
INSERT INTO member (id, group_id, table_id, table_name, capacity, state)
SELECT 'member-' || n, 'org-' || n, CASE WHEN n <= 100 THEN :root ELSE 'org-' || (1 + n % 100) END, 'group', 'parent',
    'active' FROM generate_series(1, :count) n;
INSERT INTO satudata_region (organization_id, parent_id, path, depth)
SELECT 'org-' || n, CASE WHEN n <= 100 THEN :root ELSE 'org-' || (1 + n % 100) END,
    '/' || :root || '/' || CASE WHEN n <= 100 THEN '' ELSE 'org-' || (1 + n % 100) || '/' END || 'org-' || n || '/',
    CASE WHEN n <= 100 THEN 1 ELSE 2 END FROM generate_series(1, :count) n
"""
PACKAGES = """
INSERT INTO package (id, name, title, type, state, private, owner_org, creator_user_id, metadata_created,
    metadata_modified, extras)
SELECT 'data-' || n, 'data-' || n, 'Jumlah penduduk menurut jenis kelamin, bagian ' || n, 'dataset', 'active', true,
    'org-' || (1 + n % :organizations), :user, now(), now(),
    jsonb_build_object('jenis_data', 'statistik', 'konsep', repeat('Penduduk ', 30), 'definisi', repeat('Orang ', 60))
FROM generate_series(1, :count) n;
INSERT INTO satudata_review (package_id, track, state, version, package_type, organization_id, state_since,
    submitted_by, submitted_at, authors, due_at, harvested)
SELECT 'data-' || n, 'publication', (ARRAY['submitted', 'submitted', 'custodian_check', 'pembina_review', 'approved',
    'published', 'published', 'published', 'returned', 'draft'])[1 + n % 10], 2, 'dataset',
    'org-' || (1 + n % :organizations), now() - n * interval '40 seconds', :user, now() - n * interval '40 seconds',
    '[]'::jsonb, CASE WHEN n % 10 < 4 THEN now() + (n % 7 - 3) * interval '1 day' END, false
FROM generate_series(1, :count) n
"""
#: One round of a review: action, from, to. Half of the events say what the content was, a sixth are returns.
ROUND = (
    ("submit", "draft", "submitted"),
    ("claim", "submitted", "custodian_check"),
    ("return", "custodian_check", "returned"),
    ("submit", "returned", "submitted"),
    ("forward", "submitted", "approved"),
    ("publish", "approved", "published"),
)


def statements(text: str) -> list[str]:
    """The single statements of a script."""
    return [statement for statement in text.split(";") if statement.strip()]


def tree(count: int) -> None:
    """A root with 100 organizations below it and the others below those."""
    import sqlalchemy as sa
    from ckan import model

    with model.meta.engine.begin() as connection:
        root = connection.execute(sa.text('SELECT id FROM "group" WHERE name = :name'), {"name": ROOT}).scalar_one()
        for statement in statements(ORGANIZATIONS):
            connection.execute(sa.text(statement), {"count": count, "root": root})
        connection.execute(sa.text('ANALYZE "group", member, satudata_region'))


def reviews(count: int, organizations: int, user_id: str) -> None:
    """That many packages with their rows, in all states."""
    import sqlalchemy as sa
    from ckan import model

    with model.meta.engine.begin() as connection:
        for statement in statements(PACKAGES):
            connection.execute(sa.text(statement), {"count": count, "organizations": organizations, "user": user_id})
        connection.execute(sa.text("ANALYZE package, satudata_review"))


def events(count: int) -> None:
    """A chain of that many events, from the head on, each with the hash it must have."""
    import sqlalchemy as sa
    from ckan import model

    from ckanext.satudata.review.audit import rows, service

    head = service.head()
    model.Session.rollback()
    connection = model.meta.engine.raw_connection()
    try:
        cursor: Any = connection.cursor()
        cursor.execute("SET LOCAL satudata.allow_purge = 'on'")
        made = _events(head.position, head.hash)
        last = head.hash
        for part in range(0, count, 10_000):
            lines = io.StringIO()
            for values in itertools.islice(made, min(10_000, count - part)):
                lines.write("\t".join(_cell(values[name]) for name in rows.COLUMNS) + "\n")
                last = values["hash"]
            lines.seek(0)
            cursor.copy_expert(f"COPY satudata_review_event ({', '.join(rows.COLUMNS)}) FROM STDIN", lines)
        cursor.execute("UPDATE satudata_audit_head SET position = %s, hash = %s", (head.position + count, last))
        connection.commit()
    finally:
        connection.close()
    with model.meta.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as plain:
        plain.execute(sa.text("VACUUM ANALYZE satudata_review_event"))


def _events(position: int, previous: str) -> Iterator[dict[str, Any]]:
    from ckanext.satudata.review import chain

    at = dt.datetime(2026, 1, 1)
    for number in itertools.count():
        action, came, went = ROUND[number % len(ROUND)]
        id, at = str(uuid.uuid4()), at + dt.timedelta(seconds=7, microseconds=number % 997)
        digest = f"{number:064x}"
        content = {"metadata": digest, "files": {id: digest}, "tables": {}, "derived_tables": {}}
        results = {name: {"conforms": True} for name in ("standar_data", "metadata", "interoperabilitas")}
        position += 1
        values: dict[str, Any] = {
            "position": position,
            "package_id": id,
            "package_name": f"jumlah-penduduk-{number}",
            "package_title": f"Jumlah penduduk menurut jenis kelamin, bagian {number}",
            "organization_id": id,
            "track": "publication",
            "action": action,
            "from_state": came,
            "to_state": went,
            "actor_id": id,
            "actor_name": "walidata",
            "body_id": None if action == "submit" else id,
            "program": None,
            "at": at,
            "comment": "Satuan belum tepat: orang, bukan jiwa.\nLengkapi." if action == "return" else None,
            "principle_results": results if action in ("return", "forward") else None,
            "field_comments": {"satuan": "Orang", "definisi": "Perjelas"} if action == "return" else None,
            "content_digest": digest if action in ("submit", "publish") else None,
            "content": content if action in ("submit", "forward", "publish") else None,
            "previous_hash": previous,
        }
        previous = values["hash"] = chain.hash_of_values(values)
        yield values


def _cell(value: Any) -> str:
    """One column in the text form of ``COPY``."""
    if value is None:
        return "\\N"
    text = json.dumps(value) if isinstance(value, dict) else str(value)
    return text.replace("\\", "\\\\").replace("\t", "\\t").replace("\n", "\\n").replace("\r", "\\r")
