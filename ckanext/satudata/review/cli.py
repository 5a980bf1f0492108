"""The review from the command line; the same actions as the API, under the name of the person given."""

from __future__ import annotations

import json
from typing import Any

import ckantoolkit as tk
import click
from ckan import model

from ckanext.satudata.principles import PRINCIPLES

from . import adopt as adoption
from . import jobs
from .audit import cli as audit_cli
from .drift import cli as drift_cli
from .model import PUBLICATION
from .notices import cli as notices_cli
from .people import Actor
from .revision import file_cli
from .workflow import cli as workflow_cli


@click.group(short_help="Look at the review of datasets and take its actions.")
def review() -> None:
    """Look at the review of datasets and take its actions."""


def _call(user: str | None, action: str, data: dict[str, Any]) -> Any:
    """Call an action as that person, or as the site user; errors become one plain line per field."""
    name = user or tk.get_action("get_site_user")({"ignore_auth": True}, {})["name"]
    found = model.User.get(name)
    if found is None:
        raise click.ClickException(f"There is no user “{name}”.")
    try:
        return tk.get_action(action)({"user": found.name, "auth_user_obj": found}, data)
    except tk.ValidationError as error:
        lines = [f"{field}: {' '.join(map(str, messages))}" for field, messages in error.error_dict.items()]
        raise click.ClickException("\n".join(lines)) from error
    except (tk.NotAuthorized, tk.ObjectNotFound) as error:
        raise click.ClickException(str(error) or type(error).__name__) from error


@review.command()
@click.argument("dataset")
@click.option("--user", help="Whose actions to list; the site user by default.")
@click.option("--track", default=PUBLICATION, show_default=True)
def show(dataset: str, user: str | None, track: str) -> None:
    """Where DATASET stands, and what may be done now."""
    shown = _call(user, "satudata_review_show", {"id": dataset, "track": track})
    click.echo(f"{shown['title']}: {shown['state_label']} ({shown['state']}), version {shown['version']}")
    for item in shown.get("actions", []):
        click.echo(
            f"  {item['name']:<10} {item['label']}" + (f"  needs {', '.join(item['needs'])}" if item["needs"] else "")
        )


@review.command("list")
@click.option("--state", multiple=True)
@click.option("--organization")
@click.option("--limit", default=20, show_default=True)
@click.option("--track", default=PUBLICATION, show_default=True)
def list_(state: tuple[str, ...], organization: str | None, limit: int, track: str) -> None:
    """Reviews that wait longest, one a line."""
    found = _call(
        None,
        "satudata_review_list",
        {"state": list(state), "organization": organization, "limit": limit, "track": track},
    )
    for item in found["results"]:
        owner = item["organization_title"] or ""
        click.echo(f"{item['state']:<16} {item['state_since'][:10]}  {item['package_name']}  {owner}")
    click.echo(f"{len(found['results'])} of {found['count']}")


@review.command()
@click.argument("dataset")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
@click.option("--track", default=PUBLICATION, show_default=True)
def history(dataset: str, as_json: bool, track: str) -> None:
    """Every event of DATASET, oldest first."""
    for event in _call(None, "satudata_review_history", {"id": dataset, "limit": 1000, "track": track})["results"]:
        if as_json:
            click.echo(json.dumps(event, ensure_ascii=False))
            continue
        actor = event["actor_name"] or event["program"] or ""
        click.echo(f"{event['position']:>6}  {event['at'][:19]}  {actor:<20} {event['action']}")
        if event["comment"]:
            click.echo(f"{'':8}{event['comment']}")


@review.command()
@click.argument("dataset")
@click.argument("action")
@click.option("--user", required=True, help="Who acts; all checks are made as for that person.")
@click.option("--comment")
@click.option("--conforms/--conforms-not", default=None, help="The same result for all four principles.")
def transition(dataset: str, action: str, user: str, comment: str | None, conforms: bool | None) -> None:
    """Take ACTION on DATASET."""

    data: dict[str, Any] = {"id": dataset, "action": action}
    if comment:
        data["comment"] = comment
    if conforms is not None:
        data["principle_results"] = dict.fromkeys(PRINCIPLES, conforms)
    after = _call(user, "satudata_review_transition", data)
    click.echo(f"{after['title']}: {after['state_label']} ({after['state']})")


@review.command()
def release() -> None:
    """Publish what is approved and whose release date has come; run it every minute."""
    released = jobs.release_due()
    click.echo(f"{len(released)} released")


#: Of public data whose own field `accesslevel` is not `terbuka`; by whether it is a dry run.
HIDDEN = {
    False: "says of itself that it is not open (accesslevel), so its files are no longer public",
    True: "says of itself that it is not open (accesslevel): its files will no longer be public; "
    "if they should stay, set the field to terbuka first",
}


@click.command(short_help="Take datasets that were there before into the review.")
@click.option("--dry-run", is_flag=True, help="Say what would happen, change nothing.")
def adopt(dry_run: bool) -> None:
    """Give every dataset without a review its row: public ones count as published, all others become drafts."""
    site_user = tk.get_action("get_site_user")({"ignore_auth": True}, {})
    actor = Actor(model.User.get(site_user["name"]).id, site_user["name"], sysadmin=True, program="adopt")
    counts: dict[str, int] = {}
    problems = []
    total = len(adoption.unmanaged())
    with click.progressbar(adoption.adopt(actor, dry_run), length=total, label="Adopting") as fates:
        for fate in fates:
            counts[fate.state or "left"] = counts.get(fate.state or "left", 0) + 1
            if fate.problem:
                problems.append(f"{fate.name}: {fate.problem}")
            if fate.hidden:
                problems.append(f"{fate.name}: {HIDDEN[dry_run]}")
    for state, count in sorted(counts.items()):
        click.echo(f"{state}: {count}")
    for problem in problems:
        click.echo(problem, err=True)
    if dry_run:
        click.echo("Nothing was changed.")


COMMANDS: list[click.Command] = [
    review,
    adopt,
    *audit_cli.COMMANDS,
    *drift_cli.COMMANDS,
    *notices_cli.COMMANDS,
    *workflow_cli.COMMANDS,
    *file_cli.COMMANDS,
]
