"""What has been decided about the access to a dataset, and what that lets through. Reads only.

Perpres 39/2019 Ps 37: a limit is proposed by producer or custodian, discussed in the Forum, decided by the minister,
and enforced by the custodian. So nothing is published with a limit nobody decided, and nothing is opened against a
decision that still holds.
"""

from __future__ import annotations

import datetime as dt

import ckantoolkit as tk
from ckan import model

from ckanext.satudata import config
from ckanext.satudata.review import calendar, wording
from ckanext.satudata.review.cases import Case
from ckanext.satudata.review.revision import marks
from ckanext.satudata.review.revision.model import Revision
from ckanext.satudata.standards import service as standards

from .model import DECISION, Restriction

OPEN, LIMITED, CLOSED = "terbuka", "terbatas", "tertutup"
LEVELS = (OPEN, LIMITED, CLOSED)
#: As the schema calls them. Not by way of the catalogue: CKAN shares it, and has “Open” there as a verb.
LEVEL_LABELS = {
    OPEN: {"en": "Open", "id": "Terbuka"},
    LIMITED: {"en": "Restricted", "id": "Terbatas"},
    CLOSED: {"en": "Closed", "id": "Tertutup"},
}


def level_label(level: str | None) -> str:
    """The word for a level of access, in the reader's language."""
    return wording.in_language(LEVEL_LABELS[level]) if level in LEVEL_LABELS else (level or "")


def lasting_id(package: model.Package) -> str:
    """The dataset a record belongs to: for a working copy the published dataset."""
    if not marks.is_copy(package):
        return str(package.id)
    revision = Revision.get(package.id)
    return revision.live_id if revision is not None else str(package.id)


def is_limit(row: Restriction | None) -> bool:
    """Whether an entry limits access, rather than leaving or making data open."""
    return row is not None and row.level != OPEN


def holds(row: Restriction | None, today: dt.date | None = None) -> bool:
    """Whether a decision limits access on that day; its end date is the last day."""
    if row is None or row.kind != DECISION or not is_limit(row):
        return False
    return row.end_date is None or row.end_date >= (today or calendar.today())


def obstacle(case: Case) -> str | None:
    """Why these data may not be published with the access they name, in words; None if nothing stands in the way."""
    if not config.access_decision_required() or case.review.harvested:
        return None
    level = standards.access_level(case.fields)
    row = Restriction.newest(lasting_id(case.package), DECISION)
    if holds(row):
        assert row is not None
        if row.level == level:
            return None
        return tk._(
            "The decision {reference} says “{decided}”, the data say “{level}”. Return them, so that both say the "
            "same, or enter a newer decision in the restriction record."
        ).format(reference=row.decision_reference or "", decided=level_label(row.level), level=level_label(level))
    if level == OPEN:
        return None
    if is_limit(row):
        assert row is not None and row.end_date is not None
        return tk._(
            "The decision that limits access ended on {day}. Enter the next decision in the restriction record, or "
            "return the data, so that the producer opens them."
        ).format(day=wording.day(calendar.start_of_day(row.end_date)))
    return tk._(
        "Access “{level}” needs a decision (Perpres 39/2019 Article 37), and none has been entered. Enter the day of "
        "the Forum and the decision in the restriction record, or return the data, so that the producer opens them."
    ).format(level=level_label(level))
