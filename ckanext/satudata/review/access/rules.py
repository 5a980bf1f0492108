"""Rules of the submission check that ask the review: they stand in the one registry of all rules."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import ckantoolkit as tk
from ckan import model

from ckanext.satudata import config, startup
from ckanext.satudata.standards import service as standards
from ckanext.satudata.standards.service import Problem, Subject, rule

from . import decisions
from .decisions import OPEN
from .model import DECISION, Restriction


@rule("access.restriction", "metadata", "error")
def restriction_record(subject: Subject) -> Iterator[Problem]:
    """Data that are not open to all have a restriction record.

    Perpres 39/2019 Article 37: a limit of access is proposed by producer or custodian and discussed in the Forum.
    Whoever submits data as *terbatas* or *tertutup* writes down, before that, what the law is, what opening would do,
    and until when; the record is reached from the field *Access*. Publication needs the decision itself.

    To mend: fill in the restriction record, or choose *Open*. Example: “UU 27/2022 Article 4 (2): data on health”.
    """
    if not subject.has("accesslevel") or not config.access_decision_required():
        return
    level = standards.access_level(subject.pkg)
    if level == OPEN:
        return
    row = _newest(subject.pkg)
    if decisions.is_limit(row):
        return
    yield Problem(
        tk._("Access is “{level}”, and nobody has written down why yet.").format(level=decisions.level_label(level)),
        tk._("Fill in the restriction record (link below this field), or choose “Open”.")
        if subject.pkg.get("id")
        else tk._("Save first; then fill in the restriction record (link below this field), or choose “Open”."),
        field="accesslevel",
    )


@rule("access.decided", "metadata", "warning")
def decided_level(subject: Subject) -> Iterator[Problem]:
    """The access the data name is the access that was decided.

    Perpres 39/2019 Article 37. Data that name another level than a decision that holds are not published; the
    producer hears it before the custodian has to return them.

    To mend: choose the level that was decided, or ask the custodian for a newer decision.
    """
    if not subject.has("accesslevel") or not config.access_decision_required():
        return
    row = _newest(subject.pkg, DECISION)
    level = standards.access_level(subject.pkg)
    if decisions.holds(row) and row is not None and row.level != level:
        yield Problem(
            tk._("The decision {reference} says “{decided}”, here stands “{level}”.").format(
                reference=row.decision_reference or "",
                decided=decisions.level_label(row.level),
                level=decisions.level_label(level),
            ),
            tk._("Choose what was decided, or ask the custodian to enter a newer decision."),
            field="accesslevel",
        )


def _newest(pkg: dict[str, Any], kind: str | None = None) -> Restriction | None:
    """The last entry about a stored dataset; two small queries, and none for what was never saved."""
    if not pkg.get("id") or not startup.is_migrated():
        return None
    package = model.Session.get(model.Package, str(pkg["id"]))
    return Restriction.newest(decisions.lasting_id(package), kind) if package is not None else None
