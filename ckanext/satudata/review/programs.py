"""The policies under which programs act on data under review, each by a name that its events carry.

A program is code without a person behind it: a harvester, xloader, a job, a command of ``ckan``. It acts under one of

- ``technical``: a user named in ``satudata.review.programs`` keeps what no person decides (sizes, hashes, DataStore
  tables of uploaded files); no event, because no content changes;
- ``harvest:publish:<source>``: what that source brings is published at once, changed and deleted as the source says;
- ``harvest:review:<source>``: what it brings is a draft like any other, and its later changes wait their turn.

Everything else a program tries is decided like a person's attempt: neither ``ignore_auth`` nor a missing request
means "skip review".
"""

from __future__ import annotations

import dataclasses
from typing import Any, NamedTuple

import ckantoolkit as tk
import sqlalchemy as sa
from ckan import model, plugins

from ckanext.satudata import config

from .errors import refuse
from .people import Actor, actor_of

PUBLISH, REVIEW = "publish", "review"
#: ckanext-harvest keeps each source as a package of this type, with the same id.
SOURCE_TYPE = "harvest"


class Policy(NamedTuple):
    """What becomes of what one source brings."""

    policy: str
    source: str

    @property
    def name(self) -> str:
        """As it stands in the column ``program`` of an event."""
        return f"harvest:{self.policy}:{self.source}"


def policy_of_source(source_id: str | None, name: str | None) -> str:
    """``publish`` or ``review``: by id, by name, or the portal's default; anything else counts as ``review``."""
    named = config.harvested_sources()
    policy = named.get(source_id or "") or named.get(name or "") or config.harvested_policy()
    return PUBLISH if policy == PUBLISH else REVIEW


def harvest_policy(actor: Actor, package_id: str | None) -> Policy | None:
    """Under which policy a harvester brings this package now; None where it is not a harvester's doing.

    Its harvest object stands in the same database, and only ckanext-harvest writes those rows: nobody can claim
    this by a key of the request. Where several sources bring the same package, the strictest decides.
    """
    if not package_id or not actor.program or not plugins.plugin_loaded("harvest"):
        return None
    from ckanext.harvest.model import HarvestObject, HarvestSource

    rows = model.Session.execute(
        sa.select(HarvestSource.id, model.Package.name)
        .join(HarvestObject, HarvestObject.harvest_source_id == HarvestSource.id)
        .outerjoin(model.Package, model.Package.id == HarvestSource.id)
        .where(sa.or_(HarvestObject.package_id == package_id, HarvestObject.guid == package_id))
        .distinct()
    ).all()
    found = [Policy(policy_of_source(row.id, row.name), row.name or row.id) for row in rows]
    return next((one for one in found if one.policy == REVIEW), found[0] if found else None)


def may_publish(actor: Actor, package_id: str | None) -> Policy | None:
    """The policy that lets this program publish, change and delete what it harvests without review, or None."""
    policy = harvest_policy(actor, package_id)
    return policy if policy and policy.policy == PUBLISH else None


def under(actor: Actor, policy: Policy | None) -> Actor:
    """The same actor with the policy as the program that its events name."""
    return dataclasses.replace(actor, program=policy.name) if policy else actor


def check_source(context: dict[str, Any], data_dict: dict[str, Any], stored: model.Package | None = None) -> None:
    """Whoever makes a source decides what is published: under ``publish`` that is the portal admin.

    An editor of any organization may otherwise publish whatever an address of his own serves.

    :param data_dict: the package dict of the source, before it is saved
    :param stored: the source as it is, on update
    :raises NotAuthorized: with the way to go
    """
    package_type = stored.type if stored is not None else data_dict.get("type")
    if package_type != SOURCE_TYPE or not config.review_enabled() or not plugins.plugin_loaded("harvest"):
        return
    actor = actor_of(context)
    if actor.sysadmin or actor.trusted:
        return
    # Before and after a change of name: neither may lead to what is published unseen.
    names = {data_dict.get("name"), stored.name if stored is not None else data_dict.get("name")}
    source_id = stored.id if stored is not None else data_dict.get("id")
    if all(policy_of_source(source_id, name) == REVIEW for name in names):
        return
    raise refuse(
        tk._(
            "What this source brings is published without review, so only the portal admin makes or changes it. "
            "Ask the portal admin, who can also put the source under review (satudata.review.harvested_sources)."
        )
    )
