"""``ckan satudata check``: does everything that must say the same say the same?"""

from __future__ import annotations

import json
import sys

import click
import pysolr
from ckan.lib.search import SearchError

from ckanext.satudata import startup

from . import find, mend

#: Exit codes.
IN_STEP, DRIFT, UNKNOWN = 0, 1, 2

MEANINGS = {
    "unknown_state": "the workflow in force has no such state",
    "state_not_in_history": "the state is not the one the history ends with",
    "public_too_early": "public although it is not published, or not open",
    "private_though_published": "private although it is published and open",
    "core_state": "CKAN counts it as a draft although it was submitted",
    "organization": "the review names another organization than the dataset",
    "package_type": "the review names another type than the dataset",
    "no_owner": "it has no organization: give it one",
    "deleted_though_published": "deleted although it is published: restore or unpublish it",
    "holder": "held by somebody who no longer has the role",
    "due": "its due date is missing, or there although nothing is due",
    "release_date": "it has a release date although it does not wait for release",
    "row_without_package": "its dataset is gone, and no event says so",
    "pending_steps": "steps of a working copy were cut off",
    "not_indexed": "missing in the index",
    "index_state": "the index has another state",
    "index_private": "the index says public, the database private, or the other way round",
    "index_labels": "the index shows it to others than the database says",
    "index_old": "the index has an older version",
    "only_in_index": "only in the index: its dataset is gone",
    "unmanaged": "not under review yet",
}


@click.command("check", short_help="Find and mend drift between review, database and index.")
@click.option("--fix", is_flag=True, help="Mend what is found; each changed row gets an event.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
def check(fix: bool, as_json: bool) -> None:
    """Compare the review with CKAN's rows and with the index.

    Exit code 0: all in step, or mended. 1: something is left to do. 2: it could not be looked at.
    """
    if not startup.is_migrated():
        click.echo(f"The tables are not there yet. Run: {startup.COMMAND}", err=True)
        sys.exit(UNKNOWN)
    found: list[find.Finding] = []
    reached = True
    try:
        with click.progressbar(length=find.total(), label="Checking", file=sys.stderr) as bar:
            for finding in find.stream(bar.update):
                found.append(finding)
    except (pysolr.SolrError, SearchError) as error:
        reached = False
        click.echo(f"The index could not be asked: {error}", err=True)
    found.sort(key=lambda finding: (list(find.KINDS).index(finding.kind), finding.name))
    outcomes = list(mend.mend(found)) if fix else [mend.Mended(finding, False) for finding in found]
    for outcome in outcomes:
        _say(outcome, as_json)
    left = [one for one in outcomes if not one.mended and one.finding.kind not in find.NOTES]
    mended = sum(one.mended for one in outcomes)
    if not as_json:
        notes = sum(one.finding.kind in find.NOTES for one in outcomes)
        click.echo(f"{len(left)} to do, {mended} mended, {notes} not under review yet.")
        if left and not fix:
            click.echo("Mend with: ckan satudata check --fix")
    sys.exit(UNKNOWN if not reached else DRIFT if left else IN_STEP)


def _say(outcome: mend.Mended, as_json: bool) -> None:
    finding = outcome.finding
    if as_json:
        click.echo(json.dumps({**finding._asdict(), "mended": outcome.mended, "problem": outcome.problem}))
        return
    detail = f" ({finding.detail})" if finding.detail else ""
    mark = "mended" if outcome.mended else "note" if finding.kind in find.NOTES else "DRIFT"
    click.echo(
        f"{mark:<7} {finding.name or finding.package_id}: {MEANINGS[finding.kind]}{detail} {outcome.problem}".rstrip()
    )


COMMANDS: list[click.Command] = [check]
