"""What outlines of hidden data CKAN gives away without showing the data: words of the index, and bare ids."""

from __future__ import annotations

from typing import Any

import ckantoolkit as tk
import sqlalchemy as sa
from ckan import model

from ckanext.satudata import config
from ckanext.satudata.roles import service as roles

from .people import actor_of
from .revision.marks import CORE_STATE


def count_what_is_there(search_params: dict[str, Any]) -> dict[str, Any]:
    """For ``before_dataset_search``: a facet lists no value that stands on nothing the reader sees.

    With ``facet.mincount=0`` Solr lists every value of the index with a nought beside it: tags and titles of drafts,
    and by ``permission_labels`` who works on what.
    """
    asked = search_params.get("facet.mincount")
    if asked is not None and not (str(asked).isdecimal() and int(asked) >= 1):
        search_params["facet.mincount"] = 1
    return search_params


@tk.side_effect_free
@tk.chained_action
def member_list(next_action: Any, context: dict[str, Any], data_dict: dict[str, Any]) -> list[Any]:
    """As CKAN does, without ids of datasets that are nobody's business: only members learn of what is not public."""
    found: list[Any] = next_action(context, data_dict)
    datasets = [row[0] for row in found if row[1] == "package"]
    actor = actor_of(context)
    if not datasets or not config.review_enabled() or actor.trusted or actor.sysadmin:
        return found
    own = roles.direct_organizations(actor.id, ("member", "editor", "admin")) if actor.id else []
    public = sa.and_(model.Package.state == model.State.ACTIVE, model.Package.private.is_(False))
    told = set(
        model.Session.scalars(
            sa.select(model.Package.id).where(
                model.Package.id.in_(datasets),
                model.Package.state != CORE_STATE,
                sa.or_(public, model.Package.owner_org.in_(own)),
            )
        )
    )
    return [row for row in found if row[1] != "package" or row[0] in told]


ACTIONS = {"member_list": member_list}
