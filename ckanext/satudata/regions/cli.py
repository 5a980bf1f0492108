"""``ckan satudata regions``: loading the tree from a file."""

from __future__ import annotations

from collections import Counter
from typing import NoReturn

import click

from ckanext.satudata.regions import carry_out, loader, plan


def _refuse(error: loader.LoadError) -> NoReturn:
    for one in error.errors:
        click.secho(str(one), fg="red", err=True)
    click.secho(
        f"{len(error.errors)} error{'' if len(error.errors) == 1 else 's'}; nothing was written.", fg="red", err=True
    )
    raise click.exceptions.Exit(1)


@click.group(short_help="The organization tree.")
def regions() -> None:
    """Organizations as a tree of regions and offices, with their codes."""


@regions.command(short_help="Load regions and offices from a CSV file.")
@click.argument("file")
@click.option("--dry-run", is_flag=True, help="Say what would be done, and do nothing.")
def load(file: str, dry_run: bool) -> None:
    """Load FILE, a path or the name of a file shipped with the extension (medan).

    Columns: kind, title, name, kode_kemendagri, kode_bps, parent, aliases, kelurahan_cantik_tahun.
    Organizations that are there are found by code, by name, or by title and alias within their parent; what is
    ambiguous is refused. All or nothing; loading the same file again changes nothing.
    """
    try:
        rows = loader.read(loader.locate(file))
        with click.progressbar(length=len(rows), label="Checking") as bar:
            steps = plan.make(rows, bar.update)
    except loader.LoadError as error:
        _refuse(error)
    if dry_run:
        for step in steps:
            if step.verb != "keep":
                found = f" (found by {step.found_by})" if step.found_by else ""
                click.echo(f"Line {step.row.line}: {step.verb} {step.name}{found}")
    else:
        with click.progressbar(length=len(steps), label="Writing") as bar:
            carry_out.apply(steps, bar.update)
    counts = Counter(step.verb for step in steps)
    done = "would be created" if dry_run else "created"
    click.secho(f"{counts['create']} {done}, {counts['update']} updated, {counts['keep']} unchanged.", fg="green")


COMMANDS: list[click.Command] = [regions]
