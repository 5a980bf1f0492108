"""``ckan satudata workflow``: look at the table in force, try another one, find and lead back what it lacks."""

from __future__ import annotations

import ckantoolkit as tk
import click
from ckan import model

from .. import workflows
from ..model import PUBLICATION
from ..people import Actor
from . import loader, lost, show, start
from .problems import BadTable


@click.group(short_help="The tables of the review: show them, check one, mend rows they lack.")
def workflow() -> None:
    """The tables of the review: show them, check one, mend rows they lack."""


@workflow.command("show")
@click.option("--track", default=PUBLICATION, show_default=True)
@click.option("--format", "form", type=click.Choice(show.FORMATS), default="text", show_default=True)
def show_(track: str, form: str) -> None:
    """The table in force, as text, as a Mermaid diagram, or as YAML to start one's own from."""
    click.echo(show.render(_table(track), form, show.both()))


@workflow.command()
@click.argument("files", nargs=-1)
def check(files: tuple[str, ...]) -> None:
    """Look for rows in states that the tables lack; with FILES, as if those tables were in force.

    Nothing is changed. Ends with 1 if a file is refused or a row would be lost.
    """
    try:
        tables = loader.load(files, start.built_in(), str(tk.config.get("here") or "")) if files else []
    except BadTable as error:
        raise click.ClickException(f"{len(error.problems)} problems\n{error}") from error
    before = [workflows.in_force(track) for track in workflows.tracks()]
    try:
        if tables:
            workflows.put_in_force(*before, *tables)
        found = lost.lost()
    finally:
        workflows.put_in_force(*before)
    for table in tables:
        click.echo(f"{table.track}: {len(table.states)} states and {len(table.transitions)} actions, safe")
    for line in lost.words(found):
        click.echo(line)
    if found:
        click.echo("Lead them back, one state at a time: ckan satudata workflow move STATE TARGET --dry-run")
        raise SystemExit(1)
    click.echo("Every dataset is in a state the tables have.")


@workflow.command()
@click.argument("state")
@click.argument("target")
@click.option("--track", default=PUBLICATION, show_default=True)
@click.option("--dry-run", is_flag=True, help="Say what would happen, change nothing.")
def move(state: str, target: str, track: str, dry_run: bool) -> None:
    """Lead what is in STATE, which the table no longer has, to TARGET; each as an event of its history."""
    _table(track)
    site_user = tk.get_action("get_site_user")({"ignore_auth": True}, {})
    actor = Actor(model.User.get(site_user["name"]).id, site_user["name"], sysadmin=True, program="table")
    try:
        result = lost.move(actor, state, target, track, dry_run)
    except tk.ValidationError as error:
        raise click.ClickException(
            " ".join(str(text) for texts in error.error_dict.values() for text in texts)
        ) from error
    for name in result.moved:
        click.echo(f"{name}: {state} → {target}")
    for name, reason in result.left:
        click.echo(f"{name}: left alone. {reason}", err=True)
    click.echo(f"{len(result.moved)} {'would move' if dry_run else 'moved'}, {len(result.left)} left alone")
    if result.left:
        raise SystemExit(1)


def _table(track: str) -> workflows.Workflow:
    if track not in workflows.tracks():
        raise click.ClickException(f"There is no track “{track}”. Known: {', '.join(workflows.tracks())}")
    return workflows.in_force(track)


COMMANDS: list[click.Command] = [workflow]
