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


@standards.command("rules", short_help="The rules of the submission check.")
def rules_() -> None:
    """Every rule of this portal with its principle and severity; what the options switch off is marked."""
    from ckanext.satudata.standards.rules import switches, texts

    in_force = {rule.id: rule for rule in switches.rules_in_force()}
    for rule in sorted(switches.every_rule(), key=lambda rule: rule.id):
        said = in_force[rule.id].severity if rule.id in in_force else "off"
        click.echo(f"{rule.id:<24} {said:<8} {rule.principle:<18} {texts.english(rule).asks}")


COMMANDS: list[click.Command] = [standards]
