"""The table ``satudata_region``: what CKAN's organizations do not say about their place."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

import ckantoolkit as tk
import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB

KINDS = (
    "provinsi",
    "kabupaten",
    "kota",
    "perangkat_daerah",
    "unit_kerja",
    "kecamatan",
    "kelurahan",
    "desa",
    "instansi_vertikal",
    "lainnya",
)


def folded(text: str | None) -> str:
    """Letters and digits only, in lower case: "Sari Rejo" and "Sarirejo" are the same to a person who searches."""
    return re.sub(r"[^a-z0-9]+", "", (text or "").lower())


def search_text(title: str | None, name: str, aliases: Iterable[str]) -> str:
    """What a search by name looks through: title, name and aliases, folded and fenced with ``|``."""
    parts = dict.fromkeys(part for part in map(folded, (title, name, *aliases)) if part)
    return "|" + "".join(f"{part}|" for part in parts)


def prefix_pattern(path: str) -> str:
    """The LIKE pattern of everything at or under that path; ids may hold ``_``, which LIKE would read as any."""
    return re.sub(r"([\\%_])", r"\\\1", path) + "%"


class Region(tk.BaseModel):  # type: ignore[misc]
    """One row per organization, also of deleted ones (so that an undelete finds its codes); purging removes it.

    ``path`` is ``/<root id>/…/<own id>/`` and equals the walk up the active ``Member`` rows; see ``sync.py``.
    """

    __tablename__ = "satudata_region"

    organization_id = sa.Column(sa.UnicodeText, primary_key=True)
    parent_id = sa.Column(sa.UnicodeText)
    path = sa.Column(sa.UnicodeText, nullable=False)
    depth = sa.Column(sa.Integer, nullable=False, default=0, server_default="0")
    kind = sa.Column(sa.UnicodeText, nullable=False, default="", server_default="")
    kode_kemendagri = sa.Column(sa.UnicodeText)
    kode_bps = sa.Column(sa.UnicodeText)
    aliases = sa.Column(JSONB, nullable=False, default=list, server_default="[]")
    programmes = sa.Column(JSONB, nullable=False, default=list, server_default="[]")
    search_text = sa.Column(sa.UnicodeText, nullable=False, default="", server_default="")

    __table_args__ = (
        sa.Index("satudata_region_kode_kemendagri", "kode_kemendagri", unique=True),
        sa.Index("satudata_region_kode_bps", "kode_bps", unique=True),
        sa.Index("satudata_region_parent", "parent_id"),
        sa.Index("satudata_region_path", "path", postgresql_ops={"path": "text_pattern_ops"}),
    )


#: The bare table, for statements that bypass the identity map (rows change under it by set-based updates).
region = Region.__table__


def shape(row: Any) -> dict[str, Any]:
    """A row of :data:`region` joined with CKAN's ``group`` as the Region shape of the API."""
    return {
        "organization_id": row.organization_id,
        "name": row.name,
        "title": row.title or row.name,
        "kind": row.kind,
        "kode_kemendagri": row.kode_kemendagri,
        "kode_bps": row.kode_bps,
        "aliases": list(row.aliases or []),
        "programmes": list(row.programmes or []),
        "parent_id": row.parent_id,
        "depth": row.depth,
    }
