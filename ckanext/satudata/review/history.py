"""The history of one dataset, as a page."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import ckantoolkit as tk
from ckan import model

from . import listings, pages, queries, said

ROWS = 50


def show(package_id: str, args: Mapping[str, str]) -> dict[str, Any]:
    """The newest events first, a page of them.

    :raises NotAuthorized: this person has no role over the dataset
    :raises ObjectNotFound: no such dataset
    """
    tk.check_access("satudata_review_history", {}, {"id": package_id})
    package = model.Package.get(package_id)
    if package is None:
        raise tk.ObjectNotFound(tk._("Dataset not found"))
    pkg = {"id": package.id, "name": package.name, "title": package.title or package.name, "type": package.type}
    events = list(reversed(queries.history(package.id)))
    pager = listings.Pager(len(events), args, "satudata_review.history", ROWS, id=package.id)
    return {
        "pkg": pkg,
        "brief": pages.brief(pkg),
        "events": said.events(events[pager.offset : pager.offset + ROWS], pkg),
        "pager": pager,
    }
