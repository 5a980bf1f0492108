"""``ckan satudata forms …``: the same actions as the pages and the API, in the name of the person given."""

from __future__ import annotations

from contextlib import nullcontext
from pathlib import Path
from typing import Any

import ckantoolkit as tk
import click
from ckan import model

from ckanext.satudata.standards import bps

from . import exporting, service, telling, writing
from .model import FormImport


@click.group(short_help="BPS forms (MS-Keg, MS-Var, MS-Ind) as workbooks.")
def forms() -> None:
    """Import and export the metadata forms of BPS."""


def _person(name: str | None) -> model.User:
    name = name or tk.get_action("get_site_user")({"ignore_auth": True}, {})["name"]
    found = model.User.get(name)
    if found is None:
        raise click.ClickException(f"There is no user {name!r}")
    return found


def _lines(error: tk.ValidationError) -> str:
    return "\n".join(f"{name}: {' '.join(map(str, texts))}" for name, texts in error.error_dict.items())


@forms.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--organization", required=True, help="Id or name of the producer.")
@click.option("--user", help="In whose name; the site user by default.")
@click.option("--dry-run", is_flag=True, help="Say what would happen, change nothing.")
@click.pass_context
def import_(ctx: click.Context, file: Path, organization: str, user: str | None, dry_run: bool) -> None:
    """Import the workbook FILE; exit code 1 where an item is not possible."""
    app = ctx.meta.get("flask_app")  # there under the command `ckan`: texts are translated in its request only
    with app.test_request_context() if app else nullcontext():
        person = _person(user)
        context = {"user": person.name, "auth_user_obj": person}
        try:
            with file.open("rb") as stream:
                made = tk.get_action("satudata_forms_import")(
                    context, {"upload": stream, "organization_id": organization}
                )
        except tk.ValidationError as error:
            raise click.ClickException(_lines(error)) from None
        except (tk.NotAuthorized, tk.ObjectNotFound) as error:
            raise click.ClickException(str(error) or type(error).__name__) from None
        _say_plan(made)
        if not dry_run and made["waiting"]:
            made = _carry_out(made)
        bad = made["fates"]["refused"] + made["failed"]
    if bad:
        ctx.exit(1)


def _say_plan(made: dict[str, Any]) -> None:
    for problem in made["problems"]:
        _say_problem(problem, "")
    for item in made["results"]:
        where = f"{item['sheet']}" + (f":{item['row']}" if item["row"] else "")
        click.echo(f"{item['fate']:<10} {item['title']}  ({where})")
        for problem in item["problems"]:
            _say_problem(problem, "           ")
    click.echo(", ".join(f"{count} {fate}" for fate, count in made["fates"].items()))


def _say_problem(problem: dict[str, str], indent: str) -> None:
    where = f"{problem['where']}: " if problem["where"] else ""
    click.echo(f"{indent}{problem['severity']}: {where}{problem['message']} {problem['fix']}".rstrip(), err=True)


def _carry_out(made: dict[str, Any]) -> dict[str, Any]:
    """Item by item, with a progress bar."""
    stored = model.Session.get(FormImport, made["id"])
    service.begin(stored)
    with click.progressbar(length=made["waiting"], label="Importing") as bar:
        for _place in service.steps(made["id"]):
            bar.update(1)
    after = telling.shown(model.Session.get(FormImport, made["id"], populate_existing=True))
    for item in after["results"]:
        for field, texts in item["errors"].items():
            click.echo(f"{item['title']}: {field}: {' '.join(texts)}", err=True)
    click.echo(f"{after['done']} saved, {after['failed']} failed")
    return after


@forms.command()
@click.argument("packages", nargs=-1, required=True)
@click.option("-o", "--output", required=True, type=click.Path(dir_okay=False, path_type=Path), help=".xlsx or .pdf")
@click.option("--edition", type=click.Choice(bps.EDITIONS), default="later", show_default=True)
@click.option("--user", help="In whose name; the site user by default.")
def export(packages: tuple[str, ...], output: Path, edition: str, user: str | None) -> None:
    """Write the activities and indicators PACKAGES (ids or names) into one file."""
    file_format = output.suffix.lstrip(".").lower()
    if file_format not in exporting.FORMATS:
        raise click.ClickException(f"{output}: give a name ending in .xlsx or .pdf")
    person = _person(user)
    try:
        found = exporting.packages({"user": person.name, "auth_user_obj": person}, list(packages))
    except tk.ValidationError as error:
        raise click.ClickException(_lines(error)) from None
    except (tk.NotAuthorized, tk.ObjectNotFound) as error:
        raise click.ClickException(str(error) or "Not found") from None
    output.write_bytes(exporting.written(found, file_format, edition))
    click.echo(f"{len(found)} written to {output}")


@forms.command()
@click.option("-o", "--output", required=True, type=click.Path(dir_okay=False, path_type=Path))
@click.option("--edition", type=click.Choice(bps.EDITIONS), default="later", show_default=True)
def template(output: Path, edition: str) -> None:
    """Write the empty forms."""
    output.write_bytes(writing.template(edition))
    click.echo(f"Written to {output}")


COMMANDS: list[click.Command] = [forms]
