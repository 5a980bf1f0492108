"""``ckan satudata demo``: a small Medan to look at."""

from __future__ import annotations

from pathlib import Path

import click

from ckanext.satudata.demo import accounts, files, safety
from ckanext.satudata.demo import load as loading
from ckanext.satudata.regions import cli as regions_cli

REGIONS = "medan"


@click.group(short_help="A demo of Medan, for an empty portal on this machine.")
def demo() -> None:
    """A small Medan: its organization tree, one account per role, and datasets in every state of the review."""


@demo.command(short_help="Load the demo into an empty portal.")
@click.option(
    "--accounts-file",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Where to keep the accounts and their passwords. Default: accounts.txt beside the configuration file.",
)
def load(accounts_file: Path | None) -> None:
    """Load organizations, accounts, grants and datasets.

    Refuses to run on a portal that holds anything already, or whose address is not loopback. The figures of
    datasets whose title begins with "Contoh:" are invented; those of the others are not.
    """
    found = safety.obstacles()
    if found:
        for sentence in found:
            click.secho(sentence, fg="red", err=True)
        click.secho("Nothing was loaded.", fg="red", err=True)
        raise click.exceptions.Exit(1)
    path = accounts_file or accounts.default_path()
    click.echo("Organization tree")
    click.get_current_context().invoke(_regions_load(), file=REGIONS, dry_run=False)
    made = loading.people()
    loading.front_page()
    accounts.write(path, accounts.as_text(made))
    click.echo(f"{len(made)} accounts and their grants; passwords in {path}")
    entries = files.datasets()
    for number, entry in enumerate(entries, 1):
        state = loading.dataset(entry)
        click.echo(f"[{number}/{len(entries)}] {entry['title']}: {state}")
        if state != entry["state"]:
            raise click.ClickException(f"{entry['name']} should stand in {entry['state']}, not in {state}")
    click.secho("The demo is loaded.", fg="green")


@demo.command(name="accounts", short_help="Show the demo's accounts.")
def show_accounts() -> None:
    """Show the accounts of the demo that was loaded on this portal, with their passwords."""
    path = accounts.default_path()
    try:
        click.echo(path.read_text(encoding="utf-8"), nl=False)
    except FileNotFoundError:
        raise click.ClickException(
            f"There is no {path}: no demo was loaded here. On an empty portal: ckan satudata demo load"
        ) from None


def _regions_load() -> click.Command:
    command = regions_cli.regions.get_command(click.get_current_context(), "load")
    assert command is not None
    return command


COMMANDS: list[click.Command] = [demo]
