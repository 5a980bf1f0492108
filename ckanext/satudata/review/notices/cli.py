"""``ckan satudata notices``: what jobs do, by hand."""

from __future__ import annotations

import click
from ckan import model

from ckanext.satudata import moments
from ckanext.satudata.languages import portal_language, read_in

from . import outbox, service


@click.group(short_help="Tell people of the review, and see how that goes.")
def notices() -> None:
    """Tell people of the review, and see how that goes."""


@notices.command()
@click.option("--retry", is_flag=True, help="Try anew also what was given up or waits for a later attempt.")
def send(retry: bool) -> None:
    """Announce what is new and send every message that is due."""
    if retry:
        click.echo(f"{outbox.retry()} to be tried anew")
        model.Session.commit()
    with read_in(portal_language()):
        _echo(service.run())


@notices.command()
def sweep() -> None:
    """As send; and whatever a lost job has left, and the daily digest once its hour has come."""
    with read_in(portal_language()):
        _echo(service.sweep())


@notices.command()
def status() -> None:
    """What waits, and what could not be sent; exit code 1 if a person has to look."""
    found = service.health()
    for name in ("behind", "skipped", "pending", "sending", "failed", "sent"):
        click.echo(f"{name:<8} {found[name]}")
    if found["oldest"]:
        click.echo(f"oldest unsent: {moments.local(found['oldest']):%Y-%m-%d %H:%M}")
    if found["last_error"]:
        click.echo(f"last error: {found['last_error']}")
    if found["failed"] or found["skipped"]:
        raise SystemExit(1)


def _echo(found: dict[str, int]) -> None:
    for name, number in found.items():
        click.echo(f"{name:<8} {number}")


COMMANDS: list[click.Command] = [notices]
