"""What stands at the address of a dataset that is public no longer.

Only of what the public has once read: its title, its publisher, the day, and what was written for the public. Why the
custodian withdrew it stays among those concerned unless it was written for all.
"""

from __future__ import annotations

import sqlalchemy as sa
from ckan import model

from .feed import UNPUBLISHED, PublicChange, last_change


def find(name_or_id: str) -> PublicChange | None:
    """The withdrawal of the dataset that was public at this address, or None where nothing was, or it is public again.

    An address is the name the dataset had in public, or its id; a name it was given afterwards leads nowhere.
    """
    by_id = last_change(name_or_id)
    if by_id is None:
        query = sa.select(PublicChange).where(PublicChange.name == name_or_id)
        named = model.Session.scalars(query.order_by(PublicChange.position.desc()).limit(1)).first()
        by_id = last_change(named.package_id) if named is not None else None
    return by_id if by_id is not None and by_id.kind == UNPUBLISHED else None
