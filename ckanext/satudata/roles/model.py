"""The table ``satudata_role_grant``: which body holds which role over which part of the tree."""

from __future__ import annotations

import datetime
import uuid
from typing import Any

import ckantoolkit as tk
import sqlalchemy as sa

ROLES = ("custodian", "supporting_custodian", "pembina", "planner")
JENIS_DATA = ("statistik", "geospasial", "keuangan", "lainnya")


def now() -> datetime.datetime:
    """UTC without a zone, as CKAN keeps its times."""
    return datetime.datetime.now(datetime.timezone.utc).replace(tzinfo=None)


class RoleGrant(tk.BaseModel):  # type: ignore[misc]
    """A grant. A revoked one stays, with who and when; nothing here is ever deleted.

    ``scope_id`` NULL is the whole portal. Names of persons are kept beside their ids: accounts may go.
    """

    __tablename__ = "satudata_role_grant"

    id = sa.Column(sa.UnicodeText, primary_key=True, default=lambda: str(uuid.uuid4()))
    organization_id = sa.Column(sa.UnicodeText, nullable=False)
    role = sa.Column(sa.UnicodeText, nullable=False)
    scope_id = sa.Column(sa.UnicodeText)
    jenis_data = sa.Column(sa.UnicodeText)
    note = sa.Column(sa.UnicodeText, nullable=False, default="", server_default="")
    granted_by = sa.Column(sa.UnicodeText, nullable=False)
    granted_by_name = sa.Column(sa.UnicodeText, nullable=False)
    granted_at = sa.Column(sa.DateTime, nullable=False, default=now)
    revoked_by = sa.Column(sa.UnicodeText)
    revoked_by_name = sa.Column(sa.UnicodeText)
    revoked_at = sa.Column(sa.DateTime)

    __table_args__ = (
        sa.Index("satudata_role_grant_organization", "organization_id", postgresql_where=sa.text("revoked_at IS NULL")),
        sa.Index("satudata_role_grant_scope", "scope_id", postgresql_where=sa.text("revoked_at IS NULL")),
        sa.Index(
            "satudata_role_grant_one_custodian",
            sa.text("coalesce(scope_id, '')"),
            unique=True,
            postgresql_where=sa.text("revoked_at IS NULL AND role = 'custodian'"),
        ),
        sa.Index(
            "satudata_role_grant_once",
            "organization_id",
            "role",
            sa.text("coalesce(scope_id, '')"),
            sa.text("coalesce(jenis_data, '')"),
            unique=True,
            postgresql_where=sa.text("revoked_at IS NULL"),
        ),
    )


grant = RoleGrant.__table__


def _iso(moment: datetime.datetime | None) -> str | None:
    return moment.isoformat() if moment else None


def shape(row: Any) -> dict[str, Any]:
    """A grant joined with names of its body and scope, as the API shows it."""
    return {
        "id": row.id,
        "organization_id": row.organization_id,
        "organization_name": row.organization_name,
        "organization_title": row.organization_title or row.organization_name,
        "role": row.role,
        "scope_id": row.scope_id,
        "scope_name": row.scope_name,
        "scope_title": row.scope_title or row.scope_name,
        "jenis_data": row.jenis_data,
        "note": row.note,
        "granted_by": row.granted_by,
        "granted_by_name": row.granted_by_name,
        "granted_at": _iso(row.granted_at),
        "revoked_by": row.revoked_by,
        "revoked_by_name": row.revoked_by_name,
        "revoked_at": _iso(row.revoked_at),
    }
