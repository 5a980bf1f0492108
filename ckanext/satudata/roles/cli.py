"""``ckan satudata roles``: the same actions, as CKAN's site user."""

from __future__ import annotations

from typing import Any

import ckantoolkit as tk
import click

from ckanext.satudata.roles.model import JENIS_DATA, ROLES


def _call(action: str, **data: Any) -> Any:
    site_user = tk.get_action("get_site_user")({"ignore_auth": True}, {})
    try:
        return tk.get_action(action)({"user": site_user["name"]}, {k: v for k, v in data.items() if v is not None})
    except tk.ValidationError as error:
        for field, messages in error.error_dict.items():
            click.secho(f"{field}: {messages[0] if isinstance(messages, list) else messages}", fg="red", err=True)
    except tk.ObjectNotFound as error:
        click.secho(str(error), fg="red", err=True)
    raise click.exceptions.Exit(1)


def _line(one: dict[str, Any]) -> str:
    over = one["scope_name"] or one["scope_id"] or "*"
    kind = f" ({one['jenis_data']})" if one["jenis_data"] else ""
    since = f"{one['granted_at'][:10]} {one['granted_by_name']}"
    end = f", revoked {one['revoked_at'][:10]} {one['revoked_by_name']}" if one["revoked_at"] else ""
    body = one["organization_name"] or one["organization_id"]
    return f"{one['id']}  {body}  {one['role']}{kind}  over {over}  {since}{end}"


@click.group(short_help="Grant, revoke and list roles.")
def roles() -> None:
    """Who is custodian, supporting custodian, pembina and planner of which part of the tree."""


@roles.command(short_help="Give an organization a role.")
@click.argument("organization")
@click.argument("role", type=click.Choice(ROLES))
@click.option("--scope", help="Organization whose subtree is covered: name, id or Kemendagri code. Default: all.")
@click.option("--jenis-data", type=click.Choice(JENIS_DATA), help="What a pembina is asked about.")
@click.option("--note", help="For people, e.g. the decree.")
def grant(organization: str, role: str, scope: str | None, jenis_data: str | None, note: str | None) -> None:
    """Give ORGANIZATION (name, id or Kemendagri code) the ROLE."""
    made = _call(
        "satudata_role_grant",
        organization_id=organization,
        role=role,
        scope_id=scope,
        jenis_data=jenis_data,
        note=note,
    )
    click.echo(_line(made))


@roles.command(short_help="End a grant.")
@click.argument("grant_id")
def revoke(grant_id: str) -> None:
    """End the grant with this id; it stays listed with --all."""
    click.echo(_line(_call("satudata_role_revoke", id=grant_id)))


@roles.command(name="list", short_help="List grants.")
@click.option("--organization", help="Only of this body.")
@click.option("--role", type=click.Choice(ROLES))
@click.option("--all", "include_revoked", is_flag=True, help="Also grants that have ended.")
def list_(organization: str | None, role: str | None, include_revoked: bool) -> None:
    """One grant a line: id, body, role, scope, since when and by whom."""
    offset = 0
    while True:
        found = _call(
            "satudata_role_list",
            organization_id=organization,
            role=role,
            include_revoked=include_revoked,
            limit=1000,
            offset=offset,
        )
        for one in found["results"]:
            click.echo(_line(one))
        offset += 1000
        if offset >= found["count"]:
            break


COMMANDS: list[click.Command] = [roles]
