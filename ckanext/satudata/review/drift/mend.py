"""Mending drift: each package under its locks, looked at once more, with one event where a row was changed."""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Iterator
from typing import NamedTuple

import ckantoolkit as tk
from ckan import model
from ckan.lib import search

from .. import aftermath, cases, rules, service
from ..model import PUBLICATION, Review
from ..people import Actor
from . import find
from .find import Finding

log = logging.getLogger(__name__)

#: The program that mends; its name stands in the events.
CHECK = Actor(id=None, name="check", sysadmin=True, program="check")


class Mended(NamedTuple):
    """What became of a finding: mended, or why not."""

    finding: Finding
    mended: bool
    problem: str = ""


def mend(findings: list[Finding]) -> Iterator[Mended]:
    """Mend what can be mended; one failure stops no other.

    :param findings: of any kinds; those of one package are mended together
    """
    by_package: dict[str, list[Finding]] = {}
    for finding in findings:
        by_package.setdefault(finding.package_id, []).append(finding)
    for package_id, of_one in by_package.items():
        can = [finding for finding in of_one if find.KINDS[finding.kind]]
        try:
            if can:
                _mend(package_id, {finding.kind for finding in can})
        except Exception as error:
            model.Session.rollback()
            log.exception("Package %s could not be mended", package_id)
            yield from (Mended(finding, False, f"{type(error).__name__}: {error}") for finding in of_one)
            continue
        yield from (Mended(finding, finding in can) for finding in of_one)


def _mend(package_id: str, kinds: set[str]) -> None:
    if "pending_steps" in kinds:
        from ..revision import steps

        steps.finish(package_id)
    if "row_without_package" in kinds:
        _note_gone(package_id)
    if "only_in_index" in kinds and model.Package.get(package_id) is None:
        search.clear(package_id)
    here = kinds - {"pending_steps", "row_without_package", "only_in_index"}
    if here - find.INDEX_KINDS:
        _mend_rows(package_id)
    if here and not aftermath.reindex_or_enqueue(package_id):
        raise RuntimeError("Solr does not take it; a job will try again")


def _note_gone(package_id: str) -> None:
    """The package was removed by another way than CKAN's: write down that it is gone."""
    review = Review.get(package_id, PUBLICATION, lock=True)
    if review is not None and model.Package.get(package_id) is None:
        event = service.record(CHECK, review, None, "purge", comment="row_without_package")
        log.warning("Package %s was gone; event %s says so", package_id, event.position)
    model.Session.commit()


def _mend_rows(package_id: str) -> None:
    """Bring the rows of one package in line with its history, and write down what was changed."""
    case = cases.lock(package_id)
    done = []
    # Setting the state right shows what follows from it: at most once more.
    for _round in range(2):
        for finding in find.of_package(case.package.id):
            if find.KINDS[finding.kind]:
                _set_right(case, finding.kind)
                done.append(f"{finding.kind}: {finding.detail}" if finding.detail else finding.kind)
        model.Session.flush()
    if not done:
        model.Session.rollback()
        return
    service.record(CHECK, case.review, case.package, "mend", comment="; ".join(dict.fromkeys(done)))
    model.Session.commit()


def _set_right(case: cases.Case, kind: str) -> None:
    review, package = case.review, case.package
    if kind == "state_not_in_history":
        last = service.last_event(package.id)
        if last is not None and last.to_state:
            # Whoever looks at it now looks at something else: the next press is refused and says why.
            review.version += 1
            review.state, review.state_since = last.to_state, last.at
            review.holder_id = review.holder_body_id = review.held_since = review.release_at = None
            review.due_at = find.due_at(review)
    elif kind in ("public_too_early", "private_though_published"):
        service.move_package(package, rules.must_be_private(review.state, case.fields), dt.datetime.utcnow())
    elif kind == "core_state":
        package.state = model.State.ACTIVE
        service.touch(package)
    elif kind == "organization":
        review.organization_id = package.owner_org
    elif kind == "package_type":
        review.package_type = package.type
    elif kind == "holder":
        review.holder_id = review.holder_body_id = review.held_since = None
    elif kind == "due":
        review.due_at = find.due_at(review)
    elif kind == "release_date":
        review.release_at = None


def reconcile() -> dict[str, int]:
    """Periodic job: find all drift and mend it.

    :returns: how many findings of each kind, of those that were mended ``mended:<kind>`` as well
    """
    counts: dict[str, int] = {}
    found = [finding for finding in find.stream() if finding.kind not in find.NOTES]
    for outcome in mend(found):
        counts[outcome.finding.kind] = counts.get(outcome.finding.kind, 0) + 1
        if outcome.mended:
            key = f"mended:{outcome.finding.kind}"
            counts[key] = counts.get(key, 0) + 1
    if counts:
        log.warning("Drift found: %s", counts)
    return counts


def periodic() -> str:
    """The job as the schedule shows its outcome: a few words."""
    counts = reconcile()
    return ", ".join(f"{kind} {number}" for kind, number in counts.items()) or tk._("no drift")
