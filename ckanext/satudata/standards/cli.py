"""``ckan satudata standards …``"""

from __future__ import annotations

from contextlib import nullcontext

import ckantoolkit as tk
import click


@click.group(short_help="What data must say about itself.")
def standards() -> None:
    """Metadata standards and submission checks."""


@standards.command()
@click.argument("dataset")
@click.option("--lang", type=click.Choice(["id", "en"]), default=None, help="Language of the findings.")
@click.pass_context
def check(ctx: click.Context, dataset: str, lang: str | None) -> None:
    """Say what DATASET (id or name) still lacks before it can be submitted; exit code 1 if it cannot be."""
    app = ctx.meta.get("flask_app")  # there under the command `ckan`: texts are translated in its request only
    with app.test_request_context() if app else nullcontext():
        user = tk.get_action("get_site_user")({"ignore_auth": True}, {})["name"]
        try:
            result = tk.get_action("satudata_submission_check")(
                {"user": user, "ignore_auth": True}, {"id": dataset, **({"lang": lang} if lang else {})}
            )
        except tk.ObjectNotFound:
            raise click.ClickException(f"There is no dataset {dataset!r}") from None
    for finding in result["findings"]:
        where = finding["field"] or finding["resource_id"] or "-"
        click.echo(f"{finding['severity']:<8} {where}: {finding['message']}")
        if finding["fix"] and finding["severity"] != "info":
            click.echo(f"         {finding['fix']}")
    click.echo(f"{result['errors']} errors, {result['warnings']} warnings")
    if result["errors"]:
        ctx.exit(1)


COMMANDS: list[click.Command] = [standards]
