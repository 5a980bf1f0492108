"""After organizations moved: what the index says about who may see their data is put right in the background."""

from __future__ import annotations

import ckantoolkit as tk
import sqlalchemy as sa
from ckan import model
from ckan.lib import search

from ckanext.satudata.regions.model import prefix_pattern, region

package = model.Package.__table__


def enqueue_reindex(organization_ids: list[str]) -> None:
    """Ask for the packages under these organizations to be indexed again; called after the commit."""
    tk.enqueue_job(reindex_subtrees, [organization_ids], title="Re-index after organizations moved")


def packages_under(organization_ids: list[str]) -> list[str]:
    """Ids of all packages, drafts and private ones too, owned in the subtrees of these organizations."""
    paths = (
        model.Session.execute(sa.select(region.c.path).where(region.c.organization_id.in_(organization_ids)))
        .scalars()
        .all()
    )
    if not paths:
        return []
    owners = sa.select(region.c.organization_id).where(
        sa.or_(*(region.c.path.like(prefix_pattern(path)) for path in paths))
    )
    query = sa.select(package.c.id).where(package.c.owner_org.in_(owners), package.c.state != "deleted")
    return list(model.Session.execute(query).scalars())


def reindex_subtrees(organization_ids: list[str]) -> int:
    """Index those packages again: their permission labels name the organizations above them.

    :returns: how many
    """
    ids = packages_under(organization_ids)
    if ids:
        search.rebuild(package_ids=ids, defer_commit=True)
        search.commit()
    return len(ids)
