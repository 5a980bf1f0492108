"""The periodic work from the command line: for cron, and to see how it stands."""

from __future__ import annotations

import datetime as dt

import click

from ckanext.satudata import moments

from . import schedule, ticking


@click.command("run-due", short_help="Run the periodic work that is due; for cron.")
@click.argument("name", required=False)
def run_due(name: str | None) -> None:
    """Run what is due, or the work called NAME now, due or not. What runs elsewhere already is left alone.

    Ends with code 1 where something failed.
    """
    with ticking.request_context():
        if name is None:
            outcomes = schedule.run_due()
        else:
            try:
                outcomes = [schedule.run(schedule.find(name), force=True)]
            except ValueError as error:
                raise click.ClickException(str(error)) from error
    for outcome in outcomes:
        click.echo(f"{outcome.name}: {outcome.fate.replace('_', ' ')} {outcome.text}".rstrip())
    if not outcomes:
        click.echo("Nothing is due.")
    if any(outcome.fate == "failed" for outcome in outcomes):
        raise SystemExit(1)


@click.command("schedule", short_help="What runs periodically, when it last did, and what went wrong.")
def show() -> None:
    """One line a piece of work, and whether the job workers run it by themselves."""
    for item in schedule.status():
        often = f"every {item['every']} s" if item["every"] else f"daily {schedule.config.daily_at()}"
        often = "every tick" if item["every"] == 1 else often
        last = _moment(item["succeeded_at"]) if item["succeeded_at"] else "never"
        result = f" ({item['result']})" if item["result"] else ""
        waits = "due now" if item["due"] else f"next {_moment(item['next_at'])}"
        click.echo(f"{item['name']:<14} {often:<14} last {last}{result}; {waits}")
        if item["error"]:
            click.echo(f"{'':<14} failed {_moment(item['started_at'])}: {item['error']}", err=True)
    if not schedule.config.schedule_enabled():
        click.echo("satudata.schedule.enabled is false: call `ckan satudata run-due` every minute.")
    elif ticking.armed():
        click.echo("The job workers run it: a tick is armed.")
    else:
        click.echo("No tick is armed: is a `ckan jobs worker` running, and does Redis answer?", err=True)


def _moment(at: dt.datetime | None) -> str:
    return moments.local(at).strftime("%Y-%m-%d %H:%M:%S") if at else ""


COMMANDS: list[click.Command] = [run_due, show]
