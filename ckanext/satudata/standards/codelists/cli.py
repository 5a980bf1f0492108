"""``ckan satudata codelists``: loading, listing, showing and exporting code lists."""

from __future__ import annotations

from contextlib import nullcontext
from pathlib import Path
from typing import Any, NoReturn

import ckantoolkit as tk
import click

from ckanext.satudata.standards.codelists import export, loader, query, rows, service, shipped


def _in_request(ctx: click.Context) -> Any:
    app = ctx.meta.get("flask_app")  # there under the command `ckan`: texts are translated in its request only
    return app.test_request_context() if app else nullcontext()


def _refuse(texts: list[str]) -> NoReturn:
    for text in texts:
        click.secho(text, fg="red", err=True)
    click.secho(f"{len(texts)} errors; nothing was written.", fg="red", err=True)
    raise click.exceptions.Exit(1)


@click.group(short_help="Code lists (Kode Referensi).")
def codelists() -> None:
    """Lists of codes that fields choose from and everybody may read."""


@codelists.command(short_help="Load a version of a code list from a file.")
@click.argument("file")
@click.option("--list", "list_id", default="", help="Id of the list (default: what the YAML file or its name says).")
@click.option("--version", default="", help="Name of the version (default: what the YAML file says).")
@click.option("--draft", is_flag=True, help="Do not put it in force; a sysadmin publishes it on its page.")
@click.option("--dry-run", is_flag=True, help="Say what would be done, and do nothing.")
@click.pass_context
def load(ctx: click.Context, file: str, list_id: str, version: str, draft: bool, dry_run: bool) -> None:
    """Load FILE: a CSV, XLSX or YAML file, the name of a list shipped with the extension, or `all` of those.

    All or nothing; loading the same file again changes nothing. A published version is never changed: give codes
    that changed another version.
    """
    files = list(shipped.names()) if file == "all" else [file]
    with _in_request(ctx):
        for each in files:
            _load(each, list_id, version, draft, dry_run)


def _load(file: str, list_id: str, version: str, draft: bool, dry_run: bool) -> None:
    try:
        path = loader.locate(file)
        with click.progressbar(length=1, label=f"Reading {path.name}", show_eta=False) as bar:
            loaded = loader.read(path.read_bytes(), path.name)
            bar.update(1)
        done = service.store(
            list_id or str(loaded.facts.get("list") or path.stem.lower()),
            version or str(loaded.facts.get("version") or ""),
            loaded,
            user="cli",
            publish=not draft,
            dry_run=dry_run,
        )
    except rows.ListError as error:
        _refuse([str(each) for each in error.errors])
    except tk.ValidationError as error:
        _refuse([f"{key}: {text}" for key, texts in error.error_dict.items() for text in texts])
    what = {"created": "would be loaded" if dry_run else "loaded", "published": "published"}.get(
        done["verb"], done["verb"]
    )
    click.secho(
        f"{done['id']} {done['version']}: {what}; {done['count']} codes "
        f"({done['added']} added, {done['removed']} removed, {done['changed']} changed against the one in force).",
        fg="green",
    )


@codelists.command("list", short_help="The lists and the versions in force.")
def list_() -> None:
    """Every list, its version in force, and how many codes it has."""
    for each in query.everything():
        mark = " (shipped)" if each.id is None and each.list_id not in query.TREE else ""
        click.echo(f"{each.list_id:<24} {each.version:<14} {each.size:>7} codes  {each.title['en']}{mark}")


@codelists.command(short_help="The codes of a list.")
@click.argument("list_id")
@click.option("--version", default="", help="A published version (default: the one in force).")
@click.option("-q", default="", help="Only codes with this in code, label or alias.")
def show(list_id: str, version: str, q: str) -> None:
    """Print the codes of LIST_ID."""
    for code in query.codes(_found(list_id, version), q)[1]:
        successor = f"  → {code['successor']}" if code["successor"] else ""
        click.echo(f"{code['code']:<16} {code['label']['id']} / {code['label']['en']}{successor}")


@codelists.command("export", short_help="Write a list to a file.")
@click.argument("list_id")
@click.option("--version", default="", help="A published version (default: the one in force).")
@click.option("--format", "form", type=click.Choice(sorted(export.FORMATS)), default="csv", show_default=True)
@click.option("--output", "-o", type=click.Path(dir_okay=False, path_type=Path), help="A file instead of the screen.")
def export_(list_id: str, version: str, form: str, output: Path | None) -> None:
    """Write LIST_ID as CSV, which `load` takes back, or as JSON."""
    written = export.write(_found(list_id, version), form)
    if output:
        output.write_bytes(written)
        click.secho(f"Written: {output}", fg="green")
    else:
        click.echo(written.decode("utf-8-sig"), nl=False)


def _found(list_id: str, version: str) -> query.Version:
    found = query.find(list_id, version)
    if found is None:
        raise click.ClickException(f"There is no list {list_id!r}" + (f" in version {version!r}" if version else ""))
    return found


COMMANDS: list[click.Command] = [codelists]
