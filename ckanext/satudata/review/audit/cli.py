"""``ckan satudata audit``: is the history whole, an anchor of it, and all of it as text."""

from __future__ import annotations

import dataclasses
import datetime as dt
import json
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click
from ckan import model

from ckanext.satudata import moments, startup

from . import anchor as anchors
from . import export as exports
from . import service, verify

#: Exit codes of ``audit verify``.
WHOLE, BROKEN, UNKNOWN = 0, 1, 2

MEANINGS = {
    "changed": "this event is not what its hash says: it was changed",
    "link": "this event does not follow from the one before: one was put in, taken out or moved",
    "missing": "this event is missing",
    "beyond": "this event stands after the end of the chain: it was put in",
    "head": "the end of the chain is another event than the head says",
    "no_head": "the row that says where the chain ends is gone (table satudata_audit_head)",
    "rewritten": "another event stood here when an earlier verification found the chain whole",
    "anchor": "another event stands here than the anchor says, or none",
}


@click.group(short_help="Verify, anchor and export the history of the review.")
def audit() -> None:
    """Verify, anchor and export the history of the review."""


class Unusable(click.ClickException):
    """The history could not be looked at; which says nothing about it."""

    exit_code = UNKNOWN


def _key(path: Path | None) -> bytes | None:
    try:
        return anchors.read_key(path.read_bytes()) if path else None
    except (OSError, anchors.AnchorError) as error:
        raise Unusable(str(error)) from error


def _known(path: Path, key: bytes | None) -> verify.Known:
    try:
        found = anchors.read(path.read_text(encoding="utf-8"), key)
    except (OSError, UnicodeDecodeError, anchors.AnchorError) as error:
        raise Unusable(f"{path}: {error}") from error
    if found.signature and key is None:
        click.echo(f"{path} is signed; its signature was not checked (give --key).", err=True)
    return found.known


File = click.Path(dir_okay=False, path_type=Path)


@audit.command("verify")
@click.option("--from-anchor", type=File, help="Trust what this anchor says, and look only at what came after it.")
@click.option("--anchor", "more", type=File, multiple=True, help="Look at everything; these anchors must hold too.")
@click.option("--key", type=File, help="The key file with which the anchors were signed.")
@click.option(
    "--processes", type=click.IntRange(1), default=lambda: os.cpu_count() or 1, help="One per core if not given."
)
@click.option("--json", "as_json", is_flag=True, help="The outcome as one JSON object.")
def verify_(from_anchor: Path | None, more: tuple[Path, ...], key: Path | None, processes: int, as_json: bool) -> None:
    """Hash every event anew and follow the chain from the first to the last.

    Exit code 0: the history is whole. 1: it is not; the first bad position is said. 2: it could not be looked at.
    """
    if not startup.is_migrated():
        raise Unusable(f"The tables are not there yet. Run: {startup.COMMAND}")
    secret = _key(key)
    known = [_known(path, secret) for path in more]
    since = _known(from_anchor, secret) if from_anchor else None
    with _progress(hidden=as_json or not sys.stderr.isatty()) as (started, progress):
        if since is None and not known:
            report = service.run("full", processes, started, progress)[1]
        else:
            report = verify.verify(since, known, processes, started, progress)
    bad = report.bad
    if as_json:
        outcome = {
            "whole": report.whole,
            "events": report.events,
            "from_position": report.first,
            "head": {"position": report.last, "hash": report.head_hash},
            "first_bad_position": bad.position if bad else None,
            "problems": [dataclasses.asdict(one) for one in _in_order(report)],
            "seconds": round(report.seconds, 3),
        }
        click.echo(json.dumps(outcome))
    elif bad is None:
        rate = report.events / report.seconds if report.seconds else 0
        click.echo(f"The history is whole: {report.events} events, {report.seconds:.1f} s, {rate:,.0f} a second.")
        click.echo(f"Head: {report.last} {report.head_hash}")
    else:
        click.echo(f"The history is NOT whole. First bad position: {bad.position}", err=True)
        for one in _in_order(report)[:20]:
            click.echo(f"  {one.position}: {MEANINGS[one.kind]}", err=True)
        if len(report.problems) > 20:
            click.echo(f"  and {len(report.problems) - 20} more", err=True)
    sys.exit(WHOLE if bad is None else BROKEN)


def _in_order(report: verify.Report) -> list[verify.Problem]:
    return sorted(set(report.problems), key=lambda one: (one.position, one.kind))


class _progress:
    """A progress bar on the error channel, whose length is known only once the verification has begun."""

    def __init__(self, hidden: bool) -> None:
        self.hidden = hidden
        self.bar: Any = None

    def __enter__(self) -> tuple[Callable[[int], None], Callable[[int], None]]:
        return self.started, self.step

    def started(self, events: int) -> None:
        if not self.hidden:
            self.bar = click.progressbar(length=events, label="Verifying", file=sys.stderr)
            self.bar.__enter__()

    def step(self, events: int) -> None:
        if self.bar is not None:
            self.bar.update(events)

    def __exit__(self, *error: Any) -> None:
        if self.bar is not None:
            self.bar.__exit__(*error)


@audit.command()
@click.option("--key", type=File, help="Sign it with this key file (make one: openssl rand -hex 32 > anchor.key).")
def anchor(key: Path | None) -> None:
    """Print where the history ends now; keep the text elsewhere and check it later with verify --anchor."""
    if not startup.is_migrated():
        raise Unusable(f"The tables are not there yet. Run: {startup.COMMAND}")
    click.echo(anchors.write(service.head(), _key(key)), nl=False)
    model.Session.rollback()


class _Since(click.ParamType):
    name = "position or date"

    def convert(self, value: Any, param: Any, ctx: Any) -> int | dt.datetime:
        if isinstance(value, (int, dt.datetime)):
            return value
        if value.isdigit():
            return int(value)
        try:
            moment = dt.datetime.fromisoformat(value)
        except ValueError:
            self.fail(f"{value!r} is neither a position nor a date as 2026-01-31", param, ctx)
        return moments.stored(moment)


@audit.command()
@click.option("--format", "form", type=click.Choice(list(exports.FORMATS)), default="jsonl", show_default=True)
@click.option("--since", type=_Since(), help="A position, or a date or time in UTC as 2026-01-31.")
@click.option("--output", type=File, help="Write here instead of to the screen.")
def export(form: str, since: int | dt.datetime | None, output: Path | None) -> None:
    """Every event as text, oldest first; names stay even where dataset and person are gone."""
    if output is None:
        for text in exports.lines(form, since):
            click.echo(text, nl=False)
        return
    with output.open("w", encoding="utf-8", newline="") as file:
        file.writelines(exports.lines(form, since))


COMMANDS: list[click.Command] = [audit]
