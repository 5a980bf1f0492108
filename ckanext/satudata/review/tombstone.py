"""What stands at the address of a dataset that is public no longer.

Only of what the public has once read: its title, its publisher, the day, and what was written for the public. Why the
custodian withdrew it stays among those concerned unless it was written for all.
"""

from __future__ import annotations

import sqlalchemy as sa
from ckan import model

from .feed import UNPUBLISHED, PublicChange


def find(name_or_id: str) -> PublicChange | None:
    """The withdrawal of the dataset that was public at this address, or None where nothing was, or it is public again.

    An address is the name the dataset had in public, or its id; a name it was given afterwards leads nowhere. One
    query, by index.
    """
    by_id = sa.select(PublicChange.package_id).where(PublicChange.package_id == name_or_id).limit(1)
    by_name = (
        sa.select(PublicChange.package_id)
        .where(PublicChange.name == name_or_id)
        .order_by(PublicChange.position.desc())
        .limit(1)
    )
    meant = sa.func.coalesce(by_id.scalar_subquery(), by_name.scalar_subquery())
    newest = sa.select(PublicChange).where(PublicChange.package_id == meant)
    row = model.Session.scalars(newest.order_by(PublicChange.position.desc()).limit(1)).first()
    return row if row is not None and row.kind == UNPUBLISHED else None
