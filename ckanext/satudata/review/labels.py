"""Who may see a dataset: CKAN's permission labels, one owner for the whole portal.

CKAN's own names stay (``public``, ``member-…``, ``creator-…``, ``collaborator-…``), so that an older index stays
right. One label per ancestor of the owner is added, and a user carries one per grant: never one per organization
covered, which breaks Solr at 1,024 clauses.
"""

from __future__ import annotations

from typing import Any

import ckantoolkit as tk
import sqlalchemy as sa
from ckan import authz, model

from ckanext.satudata import config, startup
from ckanext.satudata.regions import service as regions
from ckanext.satudata.roles import service as roles

from .cases import find, is_reviewed_type
from .model import Review
from .recommendation import service as recommendation
from .workflows import in_force

PUBLIC = "public"
#: Roles that see data from the first hand-over on.
SEEING_ROLES = ("supporting_custodian", "custodian", "pembina", "planner")


def dataset_labels(package: model.Package) -> list[str]:
    """The labels of a dataset; at most two queries, none for what is public."""
    owner = package.owner_org
    if (package.state == model.State.ACTIVE and not package.private) or not owner or not startup.is_migrated():
        return labels_of(package, [], None)
    review = find(package.id) if is_reviewed_type(package.type) else None
    return labels_of(package, regions.ancestor_ids(owner), review)


def labels_of(package: model.Package, ancestors: list[str], review: Review | None) -> list[str]:
    """The labels of a dataset whose place in the tree and in the review is known already.

    :param ancestors: ids from its owner up to the root
    :param review: its row on the track of publication, None where the review does not concern it
    """
    if package.state == model.State.ACTIVE and not package.private:
        return [PUBLIC]
    labels: list[str] = []
    if authz.check_config_permission("allow_dataset_collaborators"):
        labels.append(f"collaborator-{package.id}")
    owner = package.owner_org
    if not owner:
        return [*labels, f"creator-{package.creator_user_id}"]
    labels.append(f"member-{owner}")
    labels.extend(f"satudata:admin:{ancestor}" for ancestor in ancestors)
    if review is not None and in_force().state(review.state).seen_by_roles:
        for role in SEEING_ROLES:
            labels.append(f"satudata:{role}:*")
            labels.extend(f"satudata:{role}:{ancestor}" for ancestor in ancestors)
    elif (
        review is not None and package.type in config.recommendation_types() and recommendation.handed_over(package.id)
    ):
        # The producer has asked BPS to look at it, and nobody else yet.
        labels.append("satudata:pembina:*")
        labels.extend(f"satudata:pembina:{ancestor}" for ancestor in ancestors)
    return labels


def user_labels(user: Any) -> list[str]:
    """The labels a user carries; three bounded queries, none for nobody."""
    if not user or user.is_anonymous:
        return [PUBLIC]
    labels = [PUBLIC, f"creator-{user.id}"]
    admin_cascades = "admin" in tk.aslist(tk.config.get("ckan.auth.roles_that_cascade_to_sub_groups"))
    memberships = model.Session.execute(
        sa.select(model.Member.group_id, model.Member.capacity)
        .join(model.Group, model.Group.id == model.Member.group_id)
        .where(
            model.Member.table_name == "user",
            model.Member.table_id == user.id,
            model.Member.state == model.State.ACTIVE,
            model.Group.state == model.State.ACTIVE,
            model.Group.is_organization.is_(True),
        )
    )
    for organization_id, capacity in memberships:
        labels.append(f"member-{organization_id}")
        if capacity == "admin" and admin_cascades:
            labels.append(f"satudata:admin:{organization_id}")
    if authz.check_config_permission("allow_dataset_collaborators"):
        rows = model.Session.execute(
            sa.select(model.PackageMember.package_id).where(model.PackageMember.user_id == user.id)
        )
        labels.extend(f"collaborator-{row.package_id}" for row in rows)
    if startup.is_migrated():
        labels.extend(roles.user_labels(user.id))
    return labels
