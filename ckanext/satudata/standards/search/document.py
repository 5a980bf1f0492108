"""What of ours goes into a Solr document, and where.

CKAN's stock schema takes any key as one exact value (dynamic field ``*``), and ``vocab_*`` as several. The latter is
also copied into the text people search, so ids of organizations stand level by level in fields of one value each:
``satudata_produsen_0`` is the root above the owner, ``satudata_produsen_1`` the next, down to the owner itself. All of
a subtree is one filter: ``satudata_produsen_<depth>:<organization id>``.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from ckan import model

from ckanext.satudata import startup
from ckanext.satudata.regions import service as regions
from ckanext.satudata.standards.quality import service as quality

PRODUCER = "satudata_produsen_"
SCORE, BAND, FRESHNESS = "satudata_skor", "satudata_mutu", "satudata_kesegaran"
PRIORITY, RELEASED = "vocab_satudata_prioritas", "satudata_terbit"
#: CKAN's tree is no deeper.
LEVELS = 8
#: Fields that say in which years data are a priority → what the facet calls them.
PRIORITIES = {"prioritas_tahun": "prioritas_nasional", "prioritas_daerah_tahun": "prioritas_daerah"}


def extend(document: dict[str, Any]) -> dict[str, Any]:
    """Add place, priority, score and freshness to a document before it is sent; one query.

    :param document: as CKAN built it
    """
    if not startup.is_migrated():
        return document
    row = _row(str(document["id"]), document.get("owner_org"))
    for level, organization_id in enumerate(_path(row, document.get("owner_org"))[:LEVELS]):
        document[f"{PRODUCER}{level}"] = organization_id
    flags = [name for field, name in PRIORITIES.items() if str(document.get(field) or "").strip()]
    if flags:
        document[PRIORITY] = flags
    released = None
    if row is not None and row.score is not None:
        # Text sorts as text: three digits each.
        document[SCORE] = f"{row.score:03d}"
        document[BAND] = row.band
        released = row.published_at.isoformat() + "Z" if row.published_at else None
        if row.freshness:
            document[FRESHNESS] = row.freshness
    document[RELEASED] = released or str(document.get("metadata_created") or "")
    return document


def _row(package_id: str, owner: Any) -> Any:
    """Score and place of one package, in one query."""
    scored = quality.scores_select().where(sa.literal_column("package_id") == package_id).subquery("scored")
    listed = regions.listed_select()
    one = sa.select(sa.literal(1).label("one")).subquery("one")
    query = sa.select(
        scored.c.score, scored.c.band, scored.c.freshness, scored.c.published_at, listed.c.path
    ).select_from(
        one.outerjoin(scored, sa.true()).outerjoin(listed, listed.c.organization_id == (str(owner) if owner else None))
    )
    return model.Session.execute(query).first()


def _path(row: Any, owner: Any) -> list[str]:
    if row is not None and row.path:
        return str(row.path).strip("/").split("/")
    # An organization the tree does not know yet is its own root.
    return [str(owner)] if owner else []
