"""Stored files from the command line: collecting, letting a version go, leaving this extension."""

from __future__ import annotations

import datetime as dt

import ckantoolkit as tk
import click
from ckan import model

from ckanext.satudata import config

from . import files
from .settle import CannotSettle
from .settle import settle as put_back


@click.group("files", short_help="Stored files: versions, what nobody needs, leaving this extension.")
def stored() -> None:
    """Stored files: versions, what nobody needs, leaving this extension."""


@stored.command()
@click.option("--grace-days", type=click.IntRange(min=0), help="Instead of satudata.review.file_grace_days.")
def collect(grace_days: int | None) -> None:
    """Remove the bytes nobody has needed for the grace time, as the daily job does."""
    days = config.file_grace_days() if grace_days is None else grace_days
    done = files.collect(dt.timedelta(days=days))
    click.echo(
        f"Removed {done.removed} files ({done.bytes / 1e6:.1f} MB) and {done.versions} versions too old to keep."
    )
    if done.waiting:
        click.echo(f"{done.waiting} more wait for their {days} days to end.")
    if done.skipped:
        click.echo(f"{done.skipped} were in use or could not be removed; the next run tries again.")


@stored.command()
def check() -> None:
    """Name the resources whose file is not there; exit code 1 where there are any."""
    found = files.lost()
    for name, resource_id in found:
        click.echo(f"{name}  {resource_id}")
    if found:
        raise click.ClickException(f"{len(found)} files are not there. Restore them from the backup of the files.")
    click.echo("Every file is there.")


@stored.command()
@click.argument("dataset")
def versions(dataset: str) -> None:
    """Published versions of the files of DATASET, newest first."""
    package = model.Package.get(dataset)
    if package is None:
        raise click.ClickException(f"There is no dataset “{dataset}”.")
    found = files.versions_of(package.id)
    for version in found:
        now = "  now" if version["current"] else ""
        click.echo(f"{version['id']}  {version['published_at']:%Y-%m-%d %H:%M}  {version['filename']}{now}")
    if not found:
        click.echo("No version is kept.")


@stored.command()
@click.argument("version")
def forget(version: str) -> None:
    """Let the published VERSION of a file go, for instance because it shows personal data.

    Its bytes are removed at once, unless it is the file the resource has now.
    """
    try:
        key = files.key_of_version(version)
    except tk.ObjectNotFound as error:
        raise click.ClickException(str(error)) from error
    files.forget_version(version)
    model.Session.commit()
    if files.collect_now(key):
        click.echo("The version and its bytes are gone.")
    else:
        click.echo("The version is gone from the list. Its bytes stay: the resource, or another version, has them now.")


@stored.command()
@click.option("--yes", is_flag=True, help="Do not ask.")
def settle(yes: bool) -> None:
    """Put every file where plain CKAN looks for it, before this extension is switched off for good.

    Stop the portal first. Kept versions of files are given up where their bytes stand in the way.
    """
    if not yes:
        click.confirm("Is the portal stopped, and is there a backup of the files and the database?", abort=True)
    try:
        moved, missing = put_back()
    except CannotSettle as error:
        raise click.ClickException(f"Files are stored by another plugin ({error}); only that can move them.") from error
    click.echo(f"{moved} files stand under the id of their resource now.")
    for resource_id in missing:
        click.echo(f"  The file of resource {resource_id} is not there; nothing was moved for it.", err=True)


COMMANDS: list[click.Command] = [stored]
