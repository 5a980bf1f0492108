"""``ckan satudata solr-schema``: the patched schema, and whether the portal's Solr has it."""

from __future__ import annotations

from pathlib import Path

import ckantoolkit as tk
import click
import requests

from . import solr


@click.command("solr-schema", short_help="CKAN's Solr schema with Indonesian words.")
@click.option("--output", type=click.Path(file_okay=False, path_type=Path), help="The conf directory of a Solr core.")
@click.option("--overwrite-words", is_flag=True, help="Also write over word lists that are there already.")
@click.option("--check", is_flag=True, help="Ask the portal's Solr whether it has this schema; exit code 1 if not.")
def solr_schema(output: Path | None, overwrite_words: bool, check: bool) -> None:
    """Print the schema of the CKAN installed, patched for Indonesian; or write it with its word lists.

    After a change of the schema or of its words: reload the core, then `ckan search-index rebuild`.
    """
    try:
        if check:
            _check()
        elif output:
            written = solr.write(output, overwrite_words)
            click.echo(f"Written to {output}: {', '.join(written)}")
            click.echo("Now reload the core and run: ckan search-index rebuild")
        else:
            click.echo(solr.patched(solr.stock_schema().read_text(encoding="utf-8")), nl=False)
    except (solr.SchemaError, OSError) as error:
        raise click.ClickException(str(error)) from error


def _check() -> None:
    if is_in_force():
        click.echo("Solr finds Indonesian words by their stems and synonyms.")
        return
    click.echo("Solr has CKAN's stock schema: searching works, inflected words and synonyms are not found.")
    click.echo("To change that: ckan satudata solr-schema --output <conf directory of the core>")
    raise SystemExit(1)


def is_in_force() -> bool:
    """Whether the portal's Solr analyses text by our schema.

    :raises OSError: Solr does not answer
    """
    user, password = tk.config.get("solr_user"), tk.config.get("solr_password")
    answer = requests.get(
        f"{tk.config['solr_url'].rstrip('/')}/schema/fieldtypes/text",
        params={"wt": "json"},
        auth=(user, password) if user and password else None,
        timeout=30,
    )
    answer.raise_for_status()
    return "IndonesianStemFilterFactory" in answer.text or '"indonesianStem"' in answer.text


COMMANDS: list[click.Command] = [solr_schema]
