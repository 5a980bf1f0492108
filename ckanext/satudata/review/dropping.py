"""What fields held before their conditions hid them: kept in the draft, dropped when the data are handed over.

A producer who tries *Berulang* and goes back to *Hanya sekali* loses nothing while the draft is open. What is handed
over, checked and approved holds no value nobody is shown: it goes in the transaction of the submission, before the
digest of the content is taken, and the event says which fields they were.
"""

from __future__ import annotations

from typing import Any

import ckantoolkit as tk
import sqlalchemy as sa
from ckan import model

from ckanext.satudata.standards import service as standards

from .cases import Case
from .model import ReviewEvent

#: Columns of a package a schema may hang on a condition; every other field of a schema stands in its extras.
_COLUMNS = frozenset({"notes", "url", "version", "author", "author_email", "maintainer", "maintainer_email"})
#: How much of a dropped value the event keeps, for whoever asks what it was.
_KEPT = 200


def drop(case: Case) -> list[dict[str, Any]]:
    """Take the values of hidden fields out of the locked package; no commit.

    :returns: what the event records: ``{"field", "row", "sub", "value"}`` each, the value as its beginning
    """
    hidden = standards.hidden_values(case.as_dict)
    if not hidden:
        return []
    package = case.package
    shown = {name: case.as_dict.get(name) for name in _COLUMNS}
    left, dropped = standards.without_hidden(package.type, {**(package.extras or {}), **shown})
    package.extras = {name: value for name, value in left.items() if name not in _COLUMNS}
    for each in dropped:
        if each["field"] in _COLUMNS:
            setattr(package, each["field"], None)
    model.Session.flush()
    case.forget()
    return [{**each, "value": str(each["value"])[:_KEPT]} for each in dropped]


def of_event(event: ReviewEvent, labels: dict[str, str]) -> list[str]:
    """The fields whose values a submission dropped, as the form calls them; each once."""
    names = [each["field"] for each in (event.content or {}).get("dropped") or []]
    return [labels.get(name, name) for name in dict.fromkeys(names)]


def told(package_id: str, labels: dict[str, str]) -> str | None:
    """What the page says after a submission that dropped something; None where the last step dropped nothing."""
    query = sa.select(ReviewEvent).where(ReviewEvent.package_id == package_id).order_by(ReviewEvent.position.desc())
    last = model.Session.scalars(query.limit(1)).first()
    fields = of_event(last, labels) if last is not None else []
    return (
        tk._("Dropped because it is no longer asked for: {fields}.").format(fields=", ".join(fields))
        if fields
        else None
    )
